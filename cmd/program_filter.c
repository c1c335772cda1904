/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <poll.h>

#include "base/clock.h"

int
program_filter_options(struct program_filter_options *o, int argc, char *argv[],
    const char *letters, const char *usage)
{
	for (;;) {
		int ch = program_options(argc, argv, letters, usage);

		if (ch == 'a')
			o->copy_all = true;
		else if (ch == 'c')
			o->conf = optarg;
		else if (ch == 'l')
			o->live = optarg;
		else if (ch == 's')
			o->state = optarg;
		else if (ch == -1 && (optind != argc || o->conf == NULL))
			program_usage(usage);
		else
			return ch;
	}
}

void
program_bad_line(struct program_faults *faults, int64_t line,
    const char *culprit, const char *why)
{
	const int64_t most = 10;
	const char *name = faults->name != NULL ? faults->name :
						  "standard input";

	if (++faults->bad > most)
		return;
	program_say("%s:%lld: bad record: %s%s%s", name, (long long)line,
	    culprit, *culprit != '\0' ? ": " : "", why);
	if (faults->bad == most)
		program_say("%s: further bad records are not reported", name);
}

static void
bad_record(struct program_faults *faults, const struct filter *f)
{
	program_bad_line(faults, f->line, f->culprit, f->why);
}

void
program_filter_failed(const struct filter *f)
{
	program_fail(STATUS_OS,
	    f->input_failed ? "standard input" : "standard output");
}

int
program_status(const struct program_faults *faults)
{
	if (faults->unsaved)
		return STATUS_OS;
	return faults->bad > 0 ? STATUS_DATA : STATUS_OK;
}

/* Nothing is kept back while there is nothing more to read. */
static void
wait_for_line(struct lines *in, struct output *out)
{
	struct pollfd fd = { .fd = in->fd, .events = POLLIN };

	if (output_flush(out) == -1)
		program_fail(STATUS_OS, "standard output");
	if ((poll(&fd, 1, -1) == -1 && errno != EINTR) || lines_fill(in) == -1)
		program_fail(STATUS_OS, "standard input");
}

void
program_each_line(struct lines *in, struct output *out,
    struct program_faults *faults,
    void (*take)(void *user, const char *line, size_t len, int64_t number),
    void *user)
{
	enum lines_got got;
	const char *line;
	int64_t number = 0;
	size_t len;

	while ((got = lines_next(in, &line, &len)) != LINES_END) {
		if (got == LINES_EMPTY) {
			wait_for_line(in, out);
			continue;
		}
		number++;
		if (got == LINES_LINE)
			take(user, line, len, number);
		else
			program_bad_line(faults, number, "",
			    got == LINES_LONG ? "line too long" : "cut off");
	}
	if (output_flush(out) == -1)
		program_fail(STATUS_OS, "standard output");
}

static void
wait_for_records(struct filter *f, int64_t due_us, const sigset_t *open_mask)
{
	struct timespec left;

	if (due_us != INT64_MAX)
		left = clock_until(due_us);
	if (filter_wait(f, due_us == INT64_MAX ? NULL : &left, open_mask) == -1)
		program_filter_failed(f);
}

bool
program_filter(const struct program_filter *does, struct filter *f,
    struct program_faults *faults, void *user, const sigset_t *open_mask)
{
	enum filter_got got;

	while ((got = filter_next(f)) != FILTER_END) {
		if (got == FILTER_MESSAGE) {
			does->take(user);
			continue;
		}
		if (got == FILTER_BAD) {
			bad_record(faults, f);
			continue;
		}
		if (got == FILTER_ERROR)
			program_filter_failed(f);
		does->act(user);
		if (program_stopping)
			break;
		wait_for_records(f,
		    does->due_us == NULL ? INT64_MAX : does->due_us(user),
		    open_mask);
	}
	return got == FILTER_END;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns files that are replaced now and then into a stream of records. */
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/output.h"
#include "program.h"
#include "record/messages.h"

#define FILES 32

static const char usage_text[] =
    "usage: wanctl-follow [-i INTERVAL] [-n COUNT] FILE ...\n";

struct file {
	const char *path;
	struct stat seen;
	int64_t newest_us; /* of what was written; -1: nothing */
	bool failed;       /* it was said that it cannot be read */
};

static struct file files[FILES];
static struct output out;

/* The t of a record that goes through pipes; -1: it is none. */
static int64_t
time_of(const char *line, size_t len)
{
	struct record r;
	struct slice t;
	int64_t t_us = -1;

	if (record_parse(&r, line, len) != NULL)
		return -1;
	t = record_get(&r, "t");
	for (size_t i = 0; message_kinds[i] != NULL; i++)
		if (t.at != NULL && slice_is(r.kind, message_kinds[i]->kind) &&
		    number_int(t.at, t.len, 0, T_MAX, &t_us) == NULL)
			return t_us;
	return -1;
}

/* Writes the records of text that are newer than those before. */
static void
write_new(struct file *f, const char *text)
{
	int64_t newest_us = -1;
	const char *line;
	size_t len;

	for (line = text; *line != '\0'; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (time_of(line, len) > newest_us)
			newest_us = time_of(line, len);
	}
	/* All of them are older: its writer's clock was set back. */
	if (newest_us != -1 && newest_us < f->newest_us)
		f->newest_us = -1;
	for (line = text; *line != '\0'; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (time_of(line, len) > f->newest_us &&
		    output_line_lf(&out, line, len) == -1)
			program_fail(STATUS_OS, "standard output");
	}
	if (newest_us != -1)
		f->newest_us = newest_us;
}

static void
say_unreadable(struct file *f)
{
	/* A file may come later. */
	if (errno != ENOENT && !f->failed)
		program_say("%s: %s", f->path, strerror(errno));
	f->failed = errno != ENOENT;
}

static void
read_if_new(struct file *f)
{
	static char text[STORE_MAX];
	struct stat now;
	ssize_t len;
	int fd;

	if (stat(f->path, &now) == 0 && now.st_ino == f->seen.st_ino &&
	    now.st_size == f->seen.st_size &&
	    now.st_mtim.tv_sec == f->seen.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == f->seen.st_mtim.tv_nsec)
		return;
	if ((fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1) {
		say_unreadable(f);
		return;
	}
	len = read(fd, text, sizeof text - 1);
	if (len == -1)
		say_unreadable(f);
	else if (fstat(fd, &f->seen) == 0)
		f->failed = false;
	(void)close(fd);
	if (len <= 0)
		return;
	text[len] = '\0';
	write_new(f, text);
}

/* False when nobody reads any more, or a signal came. */
static bool
wait_until(int64_t due_us, const sigset_t *open_mask)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };

	while (!program_stopping && clock_monotonic() < due_us) {
		struct timespec left = clock_until(due_us);

		if (ppoll(&reader, 1, &left, open_mask) > 0)
			return false;
	}
	return !program_stopping;
}

int
main(int argc, char *argv[])
{
	int64_t interval_us = 500000, count = 0, due_us;
	sigset_t open_mask;
	int ch, n;

	while ((ch = program_options(argc, argv, "i:n:", usage_text)) != -1) {
		if (ch == 'i')
			interval_us = program_want_duration('i', optarg, 10000,
			    3600000000);
		else
			count = program_want_count('n', optarg);
	}
	n = argc - optind;
	if (n < 1 || n > FILES)
		program_usage(usage_text);
	for (int i = 0; i < n; i++)
		files[i] = (struct file){ .path = argv[optind + i],
			.newest_us = -1 };
	program_keep(PRIVILEGE_FILES);
	output_init(&out, STDOUT_FILENO);
	program_catch_signals(&open_mask, &out);
	due_us = clock_monotonic();
	do {
		for (int i = 0; i < n; i++)
			read_if_new(&files[i]);
		if (output_flush(&out) == -1)
			program_fail(STATUS_OS, "standard output");
		if (count > 0 && --count == 0)
			break;
		due_us += interval_us;
	} while (wait_until(due_us, &open_mask));
	return STATUS_OK;
}

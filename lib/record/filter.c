/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/filter.h"

#include <errno.h>
#include <poll.h>

void
filter_init(struct filter *f, int in, int out)
{
	lines_init(&f->in, in);
	output_init(&f->out, out);
	f->line = 0;
	f->input_failed = false;
}

static enum filter_got
bad(struct filter *f, const char *culprit, const char *why)
{
	f->culprit = culprit;
	f->why = why;
	return FILTER_BAD;
}

/* The kind that is consumed, NULL if this record is not for us. */
static const struct message_kind *
kind_of(const struct filter *f, const struct record *r)
{
	struct slice wan;

	for (size_t i = 0; f->kinds[i] != NULL; i++) {
		if (!slice_is(r->kind, f->kinds[i]->kind))
			continue;
		wan = record_get(r, "wan");
		return wan.at == NULL || slice_is(wan, f->wan) ||
			(f->other_wan != NULL && slice_is(wan, f->other_wan)) ?
		    f->kinds[i] :
		    NULL;
	}
	return NULL;
}

static int
copy(struct filter *f, const char *line, size_t len)
{
	return output_line_lf(&f->out, line, len);
}

/* FILTER_WAIT here means that the line was copied and there is nothing to
 * deliver. */
static enum filter_got
take_line(struct filter *f, const char *line, size_t len)
{
	const char *why, *culprit = "";
	struct record r;

	if ((why = record_parse(&r, line, len)) != NULL)
		return bad(f, "", why);
	if (f->each != NULL)
		f->each(f->user, &r, line, len);
	f->kind = kind_of(f, &r);
	if ((f->kind == NULL || f->copy_all) && copy(f, line, len) == -1)
		return FILTER_ERROR;
	if (f->kind == NULL)
		return FILTER_WAIT;
	why = message_unpack(f->kind, &f->message, &r, &culprit);
	return why != NULL ? bad(f, culprit, why) : FILTER_MESSAGE;
}

enum filter_got
filter_next(struct filter *f)
{
	enum filter_got got = FILTER_WAIT;
	enum lines_got next;
	const char *line;
	size_t len;

	while (got == FILTER_WAIT) {
		next = lines_next(&f->in, &line, &len);
		if (next == LINES_EMPTY)
			return FILTER_WAIT;
		if (next == LINES_END)
			return FILTER_END;
		f->line++;
		if (next == LINES_LONG)
			return bad(f, "", "line too long");
		if (next == LINES_CUT)
			return bad(f, "", "cut off");
		got = take_line(f, line, len);
	}
	return got;
}

int
filter_write(struct filter *f, const struct message_kind *kind,
    const void *message)
{
	char line[RECORD_MAX + 1];
	size_t len = message_pack(kind, line, message);

	return output_line(&f->out, line, len);
}

/* ppoll(2) delivers no signal when input is ready, so a filter that is kept
 * busy would never stop: a wait for nothing lets a pending one in. */
static void
let_signals_in(const sigset_t *mask)
{
	const struct timespec none = { 0 };

	(void)ppoll(NULL, 0, &none, mask);
}

int
filter_wait(struct filter *f, const struct timespec *timeout,
    const sigset_t *mask)
{
	struct pollfd in = { .fd = f->in.fd, .events = POLLIN };
	int ready;

	f->input_failed = false;
	if (output_flush(&f->out) == -1)
		return -1;
	f->input_failed = true;
	ready = ppoll(&in, 1, timeout, mask);
	if (ready > 0)
		let_signals_in(mask);
	if (ready == -1 && errno != EINTR)
		return -1;
	if (ready > 0 && lines_fill(&f->in) == -1)
		return -1;
	f->input_failed = false;
	return 0;
}

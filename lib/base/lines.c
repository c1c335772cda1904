/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
lines_init(struct lines *l, int fd)
{
	l->fd = fd;
	l->start = l->end = 0;
	l->skipping = l->eof = false;
}

/* No LF in what is buffered. */
static enum lines_got
unfinished(struct lines *l)
{
	bool had = l->end > l->start;

	if (l->end - l->start >= LINES_MAX || l->skipping) {
		had = l->skipping;
		l->start = l->end = 0;
		l->skipping = true;
		if (!had)
			return LINES_LONG;
	}
	if (!l->eof)
		return LINES_EMPTY;
	l->start = l->end = 0;
	if (l->skipping || !had)
		return LINES_END;
	return LINES_CUT;
}

enum lines_got
lines_next(struct lines *l, const char **line, size_t *len)
{
	for (;;) {
		char *at = l->buf + l->start;
		char *lf = memchr(at, '\n', l->end - l->start);

		if (lf == NULL)
			return unfinished(l);
		l->start = (size_t)(lf - l->buf) + 1;
		if (l->skipping) {
			l->skipping = false;
			continue;
		}
		if (lf - at + 1 > LINES_MAX)
			return LINES_LONG;
		*line = at;
		*len = (size_t)(lf - at);
		return LINES_LINE;
	}
}

int
lines_fill(struct lines *l)
{
	ssize_t got;

	memmove(l->buf, l->buf + l->start, l->end - l->start);
	l->end -= l->start;
	l->start = 0;
	if (l->end == sizeof l->buf)
		return 1; /* not an end of file: read(2) of no bytes is 0 */
	got = read(l->fd, l->buf + l->end, sizeof l->buf - l->end);
	if (got == -1)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	if (got == 0)
		l->eof = true;
	l->end += (size_t)got;
	return 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
output_init(struct output *o, int fd)
{
	o->fd = fd;
	o->len = 0;
}

static int
make_room(struct output *o, size_t len)
{
	if (len > sizeof o->buf) {
		errno = EMSGSIZE;
		return -1;
	}
	return len > sizeof o->buf - o->len ? output_flush(o) : 0;
}

int
output_line(struct output *o, const char *line, size_t len)
{
	if (make_room(o, len) == -1)
		return -1;
	memcpy(o->buf + o->len, line, len);
	o->len += len;
	return 0;
}

int
output_line_lf(struct output *o, const char *line, size_t len)
{
	if (make_room(o, len + 1) == -1)
		return -1;
	memcpy(o->buf + o->len, line, len);
	o->buf[o->len + len] = '\n';
	o->len += len + 1;
	return 0;
}

int
output_flush(struct output *o)
{
	size_t done = 0;

	while (done < o->len) {
		ssize_t n = write(o->fd, o->buf + done, o->len - done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		done += (size_t)n;
	}
	o->len = 0;
	return 0;
}

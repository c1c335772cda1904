/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void
output_init(struct output *o, int fd)
{
	o->fd = fd;
	o->mask = NULL;
	o->stopping = NULL;
	o->given_up = false;
	o->len = 0;
}

void
output_stops(struct output *o, const sigset_t *mask,
    const volatile sig_atomic_t *stopping)
{
	o->mask = mask;
	o->stopping = stopping;
}

/* Until a write would not wait: a pipe that has room takes PIPE_BUF bytes.
 * False when it is given up. An error is for the write to find. */
static bool
await_room(struct output *o)
{
	const struct timespec grace = { 0, OUTPUT_GRACE_MS * 1000000 },
			      none = { 0 };
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };
	int ready;

	if (o->mask == NULL)
		return true;
	do {
		ready = ppoll(&p, 1,
		    o->given_up      ? &none :
			*o->stopping ? &grace :
				       NULL,
		    o->mask);
	} while (ready == -1 && errno == EINTR);
	o->given_up = ready == 0;
	return ready != 0;
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

	while (done < o->len && await_room(o)) {
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

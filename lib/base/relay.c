/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* A description of its own for a pipe or terminal, so that a write to it need
 * not wait, and that of others is as it was. Anything else is always ready, or
 * polled. */
static int
open_again(int fd)
{
	char path[32];
	struct stat st;

	if (fstat(fd, &st) == -1 ||
	    (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)))
		return -1;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int
own(int out)
{
	int again = open_again(out);

	return again != -1 ? again : fcntl(out, F_DUPFD_CLOEXEC, 3);
}

void
relay_init(struct relay *r, int in, int out)
{
	r->in = in;
	r->out = own(out);
	r->ended = r->begun = false;
	r->len = 0;
	r->dropped = 0;
	(void)fcntl(in, F_SETFL, O_NONBLOCK);
}

static void
cut(struct relay *r, size_t from, size_t to)
{
	memmove(r->buf + from, r->buf + to, r->len - to);
	r->len -= to - from;
}

/* Bytes of the whole lines at the beginning, at most `most`. */
static size_t
whole(const struct relay *r, size_t most)
{
	const char *lf = memrchr(r->buf, '\n', r->len < most ? r->len : most);

	return lf == NULL ? 0 : (size_t)(lf - r->buf) + 1;
}

/* Leaves the rest of a line that was begun, and half of the buffer's newest. */
static void
drop(struct relay *r)
{
	const char *lf = r->begun ? memchr(r->buf, '\n', r->len) : NULL;
	size_t from = lf == NULL ? 0 : (size_t)(lf - r->buf) + 1;
	size_t to = whole(r, from + RELAY_MAX / 2);

	if (to <= from) {
		/* No lines at all, so not ours. */
		to = r->len;
		r->begun = false;
	}
	r->dropped += text_count_lines(r->buf + from, to - from);
	cut(r, from, to);
}

void
relay_to(struct relay *r, int out)
{
	const char *lf = r->begun ? memchr(r->buf, '\n', r->len) : NULL;

	if (r->begun)
		cut(r, 0, lf == NULL ? r->len : (size_t)(lf - r->buf) + 1);
	r->begun = false;
	(void)close(r->out);
	r->out = own(out);
}

/* 1: there may be more; 0: not now, or no more; -1 with errno. */
static int
fill(struct relay *r)
{
	ssize_t n;

	if (r->ended)
		return 0;
	if (r->len == sizeof r->buf)
		drop(r);
	n = read(r->in, r->buf + r->len, sizeof r->buf - r->len);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	r->ended = n == 0;
	r->len += (size_t)n;
	return n > 0;
}

static bool
has_room(const struct relay *r)
{
	struct pollfd p = { .fd = r->out, .events = POLLOUT };

	return poll(&p, 1, 0) == 1;
}

/* 1: it took all whole lines; 0: it has no room; -1 with errno. */
static int
pass(struct relay *r)
{
	size_t len;
	ssize_t n;

	while ((len = whole(r, PIPE_BUF)) > 0) {
		if (!has_room(r))
			return 0;
		n = write(r->out, r->buf, len);
		if (n == -1)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		r->begun = n == 0 ? r->begun : r->buf[n - 1] != '\n';
		cut(r, 0, (size_t)n);
	}
	return 1;
}

enum relay_state
relay_move(struct relay *r)
{
	int more, taken;

	do {
		more = fill(r);
		taken = more == -1 ? -1 : pass(r);
	} while (more == 1);
	if (taken == -1)
		return more != -1 && errno == EPIPE ? RELAY_GONE : RELAY_FAILED;
	return r->ended ? RELAY_END : RELAY_OPEN;
}

bool
relay_waits(const struct relay *r)
{
	return whole(r, PIPE_BUF) > 0;
}

void
relay_close(struct relay *r)
{
	(void)close(r->in);
	(void)close(r->out);
}

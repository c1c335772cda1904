/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/resolver.h"

/* Attempts under way: a socket for each address that was tried; -1: none. */
struct attempts {
	struct resolved found;
	in_port_t port;
	struct pollfd socket[RESOLVER_ADDRESSES];
	size_t tried;
	int64_t next_us; /* when another one is tried */
	int error;       /* of the last one that failed */
};

/* NULL, or why not. */
static enum failure
resolve(struct resolved *found, const char *name, int64_t deadline_us,
    const char **detail)
{
	struct resolver r = { 0 };
	struct timespec left;
	struct pollfd in;

	found->count = 1;
	if (address_parse(&found->address[0], name) == NULL)
		return WORKED;
	if (resolver_start(&r, RESOLVER_HERE, name, AF_UNSPEC,
		clock_monotonic()) == -1) {
		*detail = strerror(errno);
		return FAILURE_UNREACHABLE;
	}
	in = (struct pollfd){ .fd = r.fd, .events = POLLIN };
	do
		left = clock_until(deadline_us);
	while (ppoll(&in, 1, &left, NULL) == -1 && errno == EINTR);
	*detail = resolver_finish(&r, found);
	if (*detail == NULL)
		return WORKED;
	if (in.revents != 0)
		return FAILURE_UNREACHABLE;
	*detail = "the name is not resolved in time";
	return FAILURE_TIMEOUT;
}

/* --- attempts ------------------------------------------------------------- */

static void
give_up(struct pollfd *p, int error, struct attempts *a)
{
	(void)close(p->fd);
	p->fd = -1;
	a->error = error;
	a->next_us = 0;
}

/* Begins with the next address. */
static void
try_next(struct attempts *a, int64_t now_us)
{
	const int on = 1;
	union address to = a->found.address[a->tried];
	struct pollfd *p = &a->socket[a->tried++];

	*(to.sa.sa_family == AF_INET ? &to.in.sin_port :
				       &to.in6.sin6_port) = a->port;
	p->events = POLLOUT;
	p->fd = socket(to.sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd == -1) {
		a->error = errno;
		return;
	}
	(void)setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(p->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	a->next_us = now_us + TCP_NEXT_US;
	if (connect(p->fd, &to.sa, address_size(&to)) == -1 &&
	    errno != EINPROGRESS)
		give_up(p, errno, a);
}

static bool
is_pending(const struct attempts *a)
{
	for (size_t i = 0; i < a->tried; i++)
		if (a->socket[i].fd != -1)
			return true;
	return false;
}

/* The one that is connected, or -1; those that failed are given up. */
static int
connected(struct attempts *a)
{
	for (size_t i = 0; i < a->tried; i++) {
		struct pollfd *p = &a->socket[i];
		socklen_t len = sizeof(int);
		int error = 0, fd = p->fd;

		if (fd == -1 || p->revents == 0)
			continue;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
			error = errno;
		if (error == 0) {
			p->fd = -1;
			return fd;
		}
		give_up(p, error, a);
	}
	return -1;
}

/* The socket, or -1 with a->error. */
static int
race(struct attempts *a, int64_t deadline_us)
{
	for (;;) {
		bool more = a->tried < a->found.count;
		int64_t now_us = clock_monotonic();
		struct timespec left;
		int fd;

		if (now_us >= deadline_us) {
			a->error = ETIMEDOUT;
			return -1;
		}
		if (more && (now_us >= a->next_us || !is_pending(a))) {
			try_next(a, now_us);
			continue;
		}
		if (!is_pending(a))
			return -1;
		left = clock_until(more && a->next_us < deadline_us ?
			a->next_us :
			deadline_us);
		if (ppoll(a->socket, a->tried, &left, NULL) > 0 &&
		    (fd = connected(a)) != -1)
			return fd;
	}
}

int
tcp_connect(const char *address, int port, int64_t deadline_us,
    enum failure *why, const char **detail)
{
	struct attempts a = { .port = htons((uint16_t)port) };
	int fd;

	*why = resolve(&a.found, address, deadline_us, detail);
	if (*why != WORKED)
		return -1;
	fd = race(&a, deadline_us);
	for (size_t i = 0; i < a.tried; i++)
		if (a.socket[i].fd != -1)
			(void)close(a.socket[i].fd);
	if (fd != -1)
		return fd;
	*detail = strerror(a.error);
	*why = a.error == ETIMEDOUT ? FAILURE_TIMEOUT :
	    a.error == ECONNREFUSED ? FAILURE_REFUSED :
				      FAILURE_UNREACHABLE;
	return -1;
}

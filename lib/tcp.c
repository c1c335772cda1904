/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

/* 0, or an errno. */
static int
await(int fd, int64_t deadline_us)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	for (;;) {
		struct timespec left = clock_until(deadline_us);
		int ready = ppoll(&p, 1, &left, NULL);

		if (ready == 0)
			return ETIMEDOUT;
		if (ready == 1)
			break;
		if (errno != EINTR)
			return errno;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return errno;
	return error;
}

static int
try_one(const struct addrinfo *a, int64_t deadline_us, int *error)
{
	const int on = 1;
	int fd = socket(a->ai_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);

	if (fd == -1) {
		*error = errno;
		return -1;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	*error = 0;
	if (connect(fd, a->ai_addr, a->ai_addrlen) == -1)
		*error = errno == EINPROGRESS ? await(fd, deadline_us) : errno;
	if (*error == 0)
		return fd;
	(void)close(fd);
	return -1;
}

int
tcp_connect(const char *address, int port, int64_t deadline_us,
    const char **why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char service[12];
	int fd = -1, error = EHOSTUNREACH;

	(void)snprintf(service, sizeof service, "%d", port);
	*why = "unreachable";
	if (getaddrinfo(address, service, &hints, &found) != 0)
		return -1;
	for (const struct addrinfo *a = found; a != NULL && fd == -1;
	     a = a->ai_next)
		fd = try_one(a, deadline_us, &error);
	freeaddrinfo(found);
	if (fd == -1)
		*why = error == ETIMEDOUT ? "timeout" :
		    error == ECONNREFUSED ? "refused" :
					    "unreachable";
	return fd;
}

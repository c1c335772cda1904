/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/connector.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum egress_step
connector_bind(struct connector *c, int family, const struct egress *egress)
{
	enum egress_step what = egress_bind(c->fd, family, egress);

	if (what == EGRESS_DONE && egress->device[0] != '\0')
		c->device = egress_device(c->fd, egress->device);
	c->away = egress->later && egress->device[0] != '\0' && c->device == 0;
	return what;
}

enum egress_step
connector_open(struct connector *c, int family, const struct egress *egress)
{
	enum egress_step what;
	int saved;

	*c = (struct connector){ .fd = -1 };
	c->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd == -1)
		return EGRESS_TCP_SOCKET;
	what = connector_bind(c, family, egress);
	if (what == EGRESS_DONE)
		return EGRESS_DONE;
	saved = errno;
	connector_close(c);
	errno = saved;
	return what;
}

void
connector_close(struct connector *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
	c->pending = false;
}

/* A connection to nobody ends the one that there is, with a reset. */
void
connector_abandon(struct connector *c)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	(void)connect(c->fd, &nobody, sizeof nobody);
	c->pending = false;
}

int
connector_start(struct connector *c, const union address *to, int port)
{
	union address a = *to;
	int saved;

	if (c->away) {
		errno = ENODEV;
		return -1;
	}
	if (a.sa.sa_family == AF_INET)
		a.in.sin_port = htons((uint16_t)port);
	else
		a.in6.sin6_port = htons((uint16_t)port);
	if (connect(c->fd, &a.sa, address_size(&a)) == 0 ||
	    errno == EINPROGRESS) {
		c->pending = true;
		return 0;
	}
	saved = errno;
	connector_abandon(c);
	errno = saved;
	return -1;
}

enum connector_got
connector_finish(struct connector *c, int64_t *us)
{
	struct pollfd out = { .fd = c->fd, .events = POLLOUT };
	struct tcp_info info = { 0 };
	socklen_t size = sizeof info, error_size = sizeof(int);
	int error = 0;

	*us = 0;
	if (poll(&out, 1, 0) != 1)
		return CONNECTOR_PENDING;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &error_size) == -1)
		error = errno;
	/* The first request or its answer was lost, and nobody knows which one
	 * this is to. */
	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
	    info.tcpi_total_retrans > 0)
		error = ETIMEDOUT;
	if (error == 0)
		*us = info.tcpi_rtt;
	connector_abandon(c);
	if (error == 0)
		return CONNECTOR_ACCEPTED;
	errno = error;
	return error == ECONNREFUSED ? CONNECTOR_REFUSED : CONNECTOR_FAILED;
}

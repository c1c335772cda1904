/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolver.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
lookup(const char *host, int family, int flags, struct sockaddr_storage *addr)
{
	struct addrinfo hints = { .ai_family = family,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = flags };
	struct addrinfo *found;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	memset(addr, 0, sizeof *addr);
	memcpy(addr, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return true;
}

bool
resolver_numeric(const char *host, int family, struct sockaddr_storage *addr)
{
	return lookup(host, family, AI_NUMERICHOST, addr);
}

static _Noreturn void
child(int fd, const char *host, int family)
{
	struct sockaddr_storage addr;

	(void)signal(SIGPIPE, SIG_DFL);
	if (!lookup(host, family, AI_ADDRCONFIG, &addr))
		_exit(1);
	_exit(write(fd, &addr, sizeof addr) == sizeof addr ? 0 : 1);
}

int
resolver_start(struct resolver *r, const char *host, int family,
    int64_t deadline_us)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	r->pid = fork();
	if (r->pid == 0)
		child(fds[1], host, family);
	(void)close(fds[1]);
	if (r->pid == -1) {
		(void)close(fds[0]);
		r->pid = 0;
		return -1;
	}
	r->fd = fds[0];
	r->deadline_us = deadline_us;
	return 0;
}

const char *
resolver_finish(struct resolver *r, struct sockaddr_storage *addr)
{
	struct pollfd ready = { .fd = r->fd, .events = POLLIN };
	ssize_t n = -1;
	bool late = poll(&ready, 1, 0) != 1;

	if (!late)
		n = read(r->fd, addr, sizeof *addr);
	(void)kill(r->pid, SIGKILL);
	(void)waitpid(r->pid, NULL, 0);
	(void)close(r->fd);
	r->pid = 0;
	if (late)
		return "no answer in time";
	return n == sizeof *addr ? NULL : "not found";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child says; below PIPE_BUF, so it is there whole or not at all. */
struct answer {
	int status; /* of getaddrinfo */
	int error;  /* errno, for EAI_SYSTEM */
	struct resolved found;
};

/* --- the child ------------------------------------------------------------ */

static void
collect(struct resolved *found, const struct addrinfo *list)
{
	for (; list != NULL && found->count < RESOLVER_ADDRESSES;
	     list = list->ai_next) {
		union address *a = &found->address[found->count];

		if ((list->ai_family == AF_INET ||
			list->ai_family == AF_INET6) &&
		    list->ai_addrlen <= sizeof *a) {
			memcpy(a, list->ai_addr, list->ai_addrlen);
			found->count++;
		}
	}
}

/* Nothing of the parent is kept: neither its signal handlers, nor a pipe of
 * which somebody else waits for the end, nor a socket. */
static int
leave_parent(int fd, pid_t parent)
{
	int nowhere = open("/dev/null", O_RDWR);
	sigset_t none;

	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (nowhere != -1)
		for (int i = 0; i < 3; i++)
			(void)dup2(nowhere, i);
	(void)dup2(fd, 3);
#ifdef SYS_close_range
	if (syscall(SYS_close_range, 4U, ~0U, 0) == 0)
		return 3;
#endif
	for (int i = 4; i < 256; i++)
		(void)close(i);
	return 3;
}

static _Noreturn void
child(int fd, const char *name, int family)
{
	struct addrinfo hints = { .ai_family = family,
		.ai_socktype = SOCK_DGRAM };
	struct answer answer;
	struct addrinfo *list = NULL;

	memset(&answer, 0, sizeof answer);
	answer.status = getaddrinfo(name, NULL, &hints, &list);
	answer.error = errno;
	collect(&answer.found, list);
	_exit(write(fd, &answer, sizeof answer) == sizeof answer ? 0 : 1);
}

/* --- the parent ----------------------------------------------------------- */

int
resolver_start(struct resolver *r, const char *name, int family, int64_t now_us)
{
	pid_t parent = getpid();
	int end[2];

	if (pipe2(end, O_CLOEXEC) == -1)
		return -1;
	r->pid = fork();
	if (r->pid == 0)
		child(leave_parent(end[1], parent), name, family);
	(void)close(end[1]);
	if (r->pid == -1) {
		r->pid = 0;
		(void)close(end[0]);
		return -1;
	}
	r->fd = end[0];
	r->deadline_us = now_us + RESOLVER_LIMIT_US;
	return 0;
}

void
resolver_stop(struct resolver *r)
{
	if (r->pid == 0)
		return;
	(void)close(r->fd);
	(void)kill(r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) == -1 && errno == EINTR)
		;
	r->pid = 0;
}

static const char *
reason(const struct answer *answer)
{
	if (answer->status == EAI_SYSTEM)
		return strerror(answer->error);
	return gai_strerror(answer->status);
}

const char *
resolver_finish(struct resolver *r, struct resolved *found)
{
	struct pollfd in = { .fd = r->fd, .events = POLLIN };
	struct answer answer;
	ssize_t n = 0;
	bool ready = poll(&in, 1, 0) == 1;

	if (ready)
		n = read(r->fd, &answer, sizeof answer);
	resolver_stop(r);
	if (!ready)
		return "no answer in time";
	if (n != sizeof answer)
		return "the resolving process died";
	if (answer.status != 0)
		return reason(&answer);
	if (answer.found.count == 0 || answer.found.count > RESOLVER_ADDRESSES)
		return "no address";
	*found = answer.found;
	return NULL;
}

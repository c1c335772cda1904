/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/coprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

void
coprocess_prepare(void)
{
	long most = sysconf(_SC_OPEN_MAX);

	/* Or the status of a child would be lost. */
	(void)signal(SIGCHLD, SIG_DFL);
#ifdef SYS_close_range
	/* CLOSE_RANGE_CLOEXEC, which older headers do not have. */
	if (syscall(SYS_close_range, 3U, ~0U, 1U << 2) == 0)
		return;
#endif
	for (int fd = 3; fd < (most > 0 && most < 4096 ? most : 4096); fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags != -1)
			(void)fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
	}
}

struct collected {
	int fd;
	char *out;
	size_t size, len;
};

/* Reads what is there; -1 when there will be no more, or none is now. */
static int
collect(struct collected *c)
{
	size_t room = c->size - 1 - c->len;
	char rest[512];
	ssize_t n;

	n = room > 0 ? read(c->fd, c->out + c->len, room) :
		       read(c->fd, rest, sizeof rest);
	if (n == -1)
		return errno == EINTR ? 0 : -1;
	if (room > 0) {
		c->len += (size_t)n;
		c->out[c->len] = '\0';
	}
	return n == 0 ? -1 : 0;
}

/* Waits for the child's end or the deadline and collects its output. What it
 * has started may hold that open for longer, so its end is what counts. */
static int
wait_for(pid_t pid, int pidfd, struct collected *c, int64_t deadline_us)
{
	struct pollfd fds[2] = { { .fd = c->fd, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN } };
	int status, ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		int64_t now_us = clock_monotonic(), until_us = deadline_us;
		struct timespec left;

		if (now_us >= deadline_us) {
			errno = ETIMEDOUT;
			return -1;
		}
		/* Before Linux 5.3 its end wakes nobody. */
		if (pidfd == -1 && now_us + 2000 < until_us)
			until_us = now_us + 2000;
		left = clock_until(until_us);
		if (ppoll(fds, 2, &left, NULL) > 0 && fds[0].revents != 0 &&
		    collect(c) == -1)
			fds[0].fd = -1;
	}
	if (ended == -1)
		return -1;
	while (c->len + 1 < c->size && collect(c) == 0)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
open_pidfd(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

int
coprocess_run(const char *const argv[], char *out, size_t size,
    int64_t timeout_us)
{
	int64_t deadline_us = clock_monotonic() + timeout_us;
	int fds[2], error, status = -1, pidfd;
	struct collected c = { .out = out, .size = size };
	struct child_wiring w = { .in = -1,
		.err = -1,
		.apart = true,
		.privileges = CHILD_PRIVILEGES };
	pid_t pid;

	out[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	c.fd = fds[0];
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	w.out = fds[1];
	pid = child_spawn(argv, &w);
	error = errno;
	(void)close(fds[1]);
	if (pid != -1) {
		pidfd = open_pidfd(pid);
		status = wait_for(pid, pidfd, &c, deadline_us);
		error = errno;
		if (status == -1 && error == ETIMEDOUT) {
			(void)kill(-pid, SIGKILL);
			(void)waitpid(pid, NULL, 0);
		}
		if (pidfd != -1)
			(void)close(pidfd);
	}
	(void)close(fds[0]);
	errno = error;
	return status;
}

/* 0 or -1: there are too many. */
static int
append(const char *argv[static CHILD_ARGUMENTS], const char *const words[])
{
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	for (size_t i = 0; words[i] != NULL; i++) {
		if (n + 1 == CHILD_ARGUMENTS)
			return -1;
		argv[n++] = words[i];
	}
	argv[n] = NULL;
	return 0;
}

enum failure
coprocess_command(const struct coprocess_command *c, char *out, size_t size,
    char detail[static COPROCESS_DETAIL])
{
	char text[CHILD_COMMAND], what[80] = "";
	const char *argv[CHILD_ARGUMENTS], *program = c->text;
	size_t len = 0;
	int status = -1;

	for (size_t i = 0; c->words[i] != NULL && len < sizeof what; i++)
		len += (size_t)snprintf(what + len, sizeof what - len, " %s",
		    c->words[i]);
	errno = E2BIG;
	if (child_split(c->text, text, argv) == NULL) {
		program = argv[0];
		if (append(argv, c->words) == 0)
			status = coprocess_run(argv, out, size, c->timeout_us);
	}
	if (status == 0)
		return WORKED;
	if (status != -1)
		(void)snprintf(detail, COPROCESS_DETAIL,
		    "%.100s%s: exit status %d", program, what, status);
	else if (errno != ETIMEDOUT)
		(void)snprintf(detail, COPROCESS_DETAIL, "%.100s%s: %s",
		    program, what, strerror(errno));
	else {
		(void)snprintf(detail, COPROCESS_DETAIL,
		    "%.100s%s: took longer than %.30s and was killed", program,
		    what, c->limit);
		return FAILURE_TIMEOUT;
	}
	return FAILURE_FAILED;
}

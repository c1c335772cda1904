/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/coprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

extern char **environ;

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

/* 0 and *pid, or an errno. */
static int
spawn(const char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	char *args[COPROCESS_ARGUMENTS];
	sigset_t none;
	size_t n = 0;
	int error;

	for (; argv[n] != NULL; n++) {
		if (n + 1 == COPROCESS_ARGUMENTS)
			return E2BIG;
		/* What exec(3) takes has no const, for old times' sake. */
		memcpy(&args[n], &argv[n], sizeof args[n]);
	}
	args[n] = NULL;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
	    O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	error = posix_spawnp(pid, args[0], &files, &attr, args, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return error;
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
	pid_t pid;

	out[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	c.fd = fds[0];
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	error = spawn(argv, fds[1], &pid);
	(void)close(fds[1]);
	if (error == 0) {
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

/* argv: the words of text, which is cut up, and behind them `more`. 0 or -1:
 * there are too many. */
static int
cut_up(const char *argv[static COPROCESS_ARGUMENTS], char *text,
    const char *const more[])
{
	size_t n = 0;

	for (text += strspn(text, " "); *text != '\0';
	     text += strspn(text, " ")) {
		if (n == COPROCESS_ARGUMENTS - 1)
			return -1;
		argv[n++] = text;
		text += strcspn(text, " ");
		if (*text != '\0')
			*text++ = '\0';
	}
	for (size_t i = 0; more[i] != NULL; i++) {
		if (n == COPROCESS_ARGUMENTS - 1)
			return -1;
		argv[n++] = more[i];
	}
	argv[n] = NULL;
	return 0;
}

enum failure
coprocess_command(const struct coprocess_command *c, char *out, size_t size,
    char detail[static COPROCESS_DETAIL])
{
	char text[COPROCESS_COMMAND], what[80] = "";
	const char *argv[COPROCESS_ARGUMENTS];
	size_t len = 0;
	int status = -1;

	for (size_t i = 0; c->words[i] != NULL && len < sizeof what; i++)
		len += (size_t)snprintf(what + len, sizeof what - len, " %s",
		    c->words[i]);
	if (snprintf(text, sizeof text, "%s", c->text) >= (int)sizeof text ||
	    cut_up(argv, text, c->words) == -1)
		errno = E2BIG;
	else
		status = coprocess_run(argv, out, size, c->timeout_us);
	if (status == 0)
		return WORKED;
	if (status != -1)
		(void)snprintf(detail, COPROCESS_DETAIL,
		    "%.100s%s: exit status %d", text, what, status);
	else if (errno != ETIMEDOUT)
		(void)snprintf(detail, COPROCESS_DETAIL, "%.100s%s: %s", text,
		    what, strerror(errno));
	else {
		(void)snprintf(detail, COPROCESS_DETAIL,
		    "%.100s%s: took longer than %.30s and was killed", text,
		    what, c->limit);
		return FAILURE_TIMEOUT;
	}
	return FAILURE_FAILED;
}

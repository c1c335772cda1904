/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

extern char **environ;

/* 0 and *pid, or an errno. */
static int
spawn(const char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	char *args[64];
	sigset_t none;
	size_t n = 0;
	int error;

	for (; argv[n] != NULL && n + 1 < sizeof args / sizeof args[0]; n++)
		memcpy(&args[n], &argv[n], sizeof args[n]);
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

/* Reads until the end or the deadline; false at the deadline. */
static bool
read_all(int fd, char *out, size_t size, int64_t deadline_us)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };
	char rest[512];
	size_t len = 0;

	out[0] = '\0';
	for (;;) {
		struct timespec left = clock_until(deadline_us);
		bool room = len + 1 < size;
		ssize_t n;

		if (ppoll(&in, 1, &left, NULL) == 0)
			return false;
		n = read(fd, room ? out + len : rest,
		    room ? size - 1 - len : sizeof rest);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		if (room) {
			len += (size_t)n;
			out[len] = '\0';
		}
	}
}

/* Its status, or -1 at the deadline. It may have closed its output and live
 * on. */
static int
reap(pid_t pid, int64_t deadline_us)
{
	struct timespec nap = { .tv_nsec = 2000000 };
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_monotonic() >= deadline_us)
			return -1;
		(void)nanosleep(&nap, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
coprocess_run(const char *const argv[], char *out, size_t size,
    int64_t timeout_us)
{
	int64_t deadline_us = clock_monotonic() + timeout_us;
	int fds[2], error, status = -1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	error = spawn(argv, fds[1], &pid);
	(void)close(fds[1]);
	if (error == 0) {
		if (read_all(fds[0], out, size, deadline_us))
			status = reap(pid, deadline_us);
		if (status == -1) {
			(void)kill(-pid, SIGKILL);
			(void)waitpid(pid, NULL, 0);
			error = ETIMEDOUT;
		}
	}
	(void)close(fds[0]);
	errno = error;
	return status;
}

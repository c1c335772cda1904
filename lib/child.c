/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

/* The ends of three pipes: its output, its errors if they are apart, and what
 * tells that it could not be started. -1: not open. */
struct pipes {
	int out[2], err[2], told[2];
};

static void
become(const char *const argv[], const struct pipes *p, pid_t parent)
{
	char *args[CHILD_ARGUMENTS];
	sigset_t none;
	size_t n;
	int null = open("/dev/null", O_RDONLY);

	for (n = 0; n < CHILD_ARGUMENTS - 1 && argv[n] != NULL; n++)
		memcpy(&args[n], &argv[n], sizeof args[n]);
	args[n] = NULL;
	sigemptyset(&none);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(p->out[1], STDOUT_FILENO) == -1 ||
	    (p->err[1] != -1 && dup2(p->err[1], STDERR_FILENO) == -1) ||
	    setpgid(0, 0) == -1 || prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    getppid() != parent)
		return;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execvp(args[0], args);
}

static void
close_ends(struct pipes *p, int end)
{
	int *const fds[] = { &p->out[end], &p->err[end], &p->told[end] };

	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		if (*fds[i] != -1)
			(void)close(*fds[i]);
		*fds[i] = -1;
	}
}

/* -1 with errno. */
static int
give_up(struct pipes *p, int error)
{
	close_ends(p, 0);
	close_ends(p, 1);
	errno = error;
	return -1;
}

static int
unblocked(int fd)
{
	if (fd != -1)
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

int
child_start(struct child *c, const char *const argv[], bool apart)
{
	struct pipes p = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	pid_t parent = getpid(), pid;
	int error = 0;

	*c = CHILD_NONE;
	if (pipe2(p.out, O_CLOEXEC) == -1 ||
	    (apart && pipe2(p.err, O_CLOEXEC) == -1) ||
	    pipe2(p.told, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		return give_up(&p, errno);
	if (pid == 0) {
		become(argv, &p, parent);
		error = errno;
		(void)!write(p.told[1], &error, sizeof error);
		_exit(127);
	}
	close_ends(&p, 1);
	(void)setpgid(pid, pid);
	if (read(p.told[0], &error, sizeof error) > 0) {
		(void)waitpid(pid, NULL, 0);
		return give_up(&p, error);
	}
	(void)close(p.told[0]);
	*c = (struct child){ pid, unblocked(p.out[0]), unblocked(p.err[0]) };
	return 0;
}

int
child_status(struct child *c)
{
	int status;

	if (c->pid <= 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return -1;
	c->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
child_end(struct child *c, int64_t grace_us)
{
	const struct timespec tick = { 0, 5000000 };
	int64_t until_us = clock_monotonic() + grace_us;
	pid_t group = c->pid;

	if (group > 0)
		(void)kill(-group, SIGTERM);
	while (c->pid > 0 && child_status(c) == -1) {
		if (clock_monotonic() >= until_us) {
			(void)kill(-group, SIGKILL);
			(void)waitpid(group, NULL, 0);
			c->pid = 0;
		} else {
			(void)nanosleep(&tick, NULL);
		}
	}
	if (c->out != -1)
		(void)close(c->out);
	if (c->err != -1)
		(void)close(c->err);
	c->out = c->err = -1;
}

const char *
child_split(const char *command, char buf[static CHILD_COMMAND],
    const char *argv[static CHILD_ARGUMENTS])
{
	size_t n = 0;

	if (strlen(command) >= CHILD_COMMAND)
		return "too long";
	memcpy(buf, command, strlen(command) + 1);
	for (char *p = buf + strspn(buf, " \t"); *p != '\0';) {
		if (n + 1 == CHILD_ARGUMENTS)
			return "too many arguments";
		argv[n++] = p;
		p += strcspn(p, " \t");
		if (*p != '\0')
			*p++ = '\0';
		p += strspn(p, " \t");
	}
	argv[n] = NULL;
	return n == 0 ? "empty" : NULL;
}

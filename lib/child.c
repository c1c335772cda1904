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

static void
become(const char *const argv[], int out, bool both, pid_t parent)
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
	    dup2(out, STDOUT_FILENO) == -1 ||
	    (both && dup2(out, STDERR_FILENO) == -1) || setpgid(0, 0) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		return;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execvp(args[0], args);
}

/* -1 with errno. */
static int
give_up(const int fds[2], const int told[2])
{
	int saved = errno;

	for (int i = 0; i < 2; i++) {
		(void)close(fds[i]);
		if (told[i] != -1)
			(void)close(told[i]);
	}
	errno = saved;
	return -1;
}

int
child_start(struct child *c, const char *const argv[], bool both)
{
	int fds[2], told[2] = { -1, -1 }, error = 0;
	pid_t parent = getpid();

	c->pid = 0;
	c->out = -1;
	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	if (pipe2(told, O_CLOEXEC) == -1 || (c->pid = fork()) == -1) {
		c->pid = 0;
		return give_up(fds, told);
	}
	if (c->pid == 0) {
		become(argv, fds[1], both, parent);
		error = errno;
		(void)!write(told[1], &error, sizeof error);
		_exit(127);
	}
	(void)close(fds[1]);
	(void)close(told[1]);
	(void)setpgid(c->pid, c->pid);
	if (read(told[0], &error, sizeof error) > 0) {
		(void)waitpid(c->pid, NULL, 0);
		(void)close(fds[0]);
		c->pid = 0;
	}
	(void)close(told[0]);
	if (c->pid == 0) {
		errno = error;
		return -1;
	}
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	c->out = fds[0];
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
	c->out = -1;
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

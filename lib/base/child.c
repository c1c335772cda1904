/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/privilege.h"

/* For who executes: 0, or -1 with errno. */
static int
wire(const struct child_wiring *w)
{
	int in = w->in != -1 ? w->in : open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (in == -1 || dup2(in, STDIN_FILENO) == -1 ||
	    (w->out != -1 && dup2(w->out, STDOUT_FILENO) == -1) ||
	    (w->err != -1 && dup2(w->err, STDERR_FILENO) == -1) ||
	    (w->apart && setpgid(0, 0) == -1))
		return -1;
	if (w->privileges != CHILD_PRIVILEGES)
		privilege_hand_on(w->privileges);
	return prctl(PR_SET_PDEATHSIG, w->farewell);
}

static void
become(const char *const argv[], const struct child_wiring *w, pid_t parent)
{
	char *args[CHILD_ARGUMENTS];
	sigset_t none;
	size_t n;

	for (n = 0; argv[n] != NULL; n++) {
		if (n + 1 == CHILD_ARGUMENTS) {
			errno = E2BIG;
			return;
		}
		/* exec(3) takes no const, for old times' sake. */
		memcpy(&args[n], &argv[n], sizeof args[n]);
	}
	args[n] = NULL;
	sigemptyset(&none);
	/* A parent that died before can send no signal. */
	if (wire(w) == -1 || getppid() != parent)
		return;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execvp(args[0], args);
}

static void
close_both(int fd[2])
{
	int saved = errno;

	for (int i = 0; i < 2; i++) {
		if (fd[i] != -1)
			(void)close(fd[i]);
		fd[i] = -1;
	}
	errno = saved;
}

pid_t
child_spawn(const char *const argv[], const struct child_wiring *w)
{
	const pid_t parent = getpid();
	int told[2], error = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(told, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == -1) {
		close_both(told);
		return -1;
	}
	if (pid == 0) {
		become(argv, w, parent);
		error = errno;
		(void)!write(told[1], &error, sizeof error);
		_exit(127);
	}
	(void)close(told[1]);
	told[1] = -1;
	if (w->apart)
		(void)setpgid(pid, pid);
	/* Nothing comes when it is executed. */
	while (
	    (got = read(told[0], &error, sizeof error)) == -1 && errno == EINTR)
		continue;
	close_both(told);
	if (got <= 0)
		return pid;
	(void)waitpid(pid, NULL, 0);
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
	int out[2] = { -1, -1 }, error[2] = { -1, -1 };
	struct child_wiring w = { -1, -1, -1, true, SIGKILL, CHILD_PRIVILEGES };
	pid_t pid = -1;

	*c = CHILD_NONE;
	if (pipe2(out, O_CLOEXEC) != -1 &&
	    (!apart || pipe2(error, O_CLOEXEC) != -1)) {
		w.out = out[1];
		w.err = error[1];
		pid = child_spawn(argv, &w);
	}
	if (pid == -1) {
		close_both(out);
		close_both(error);
		return -1;
	}
	(void)close(out[1]);
	if (error[1] != -1)
		(void)close(error[1]);
	*c = (struct child){ pid, unblocked(out[0]), unblocked(error[0]) };
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

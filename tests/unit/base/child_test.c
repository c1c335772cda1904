/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that run beside this one. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"
#include "base/clock.h"

static void
nap(void)
{
	const struct timespec t = { 0, 10000000 };

	(void)nanosleep(&t, NULL);
}

/* Until it has ended, for ten seconds. */
static int
status_of(struct child *c)
{
	int status = -1;

	for (int i = 0; i < 1000 && status == -1; i++) {
		status = child_status(c);
		nap();
	}
	return status;
}

static void
test_output(void)
{
	const char *const argv[] = { "sh", "-c",
		"cat; echo here; echo there >&2; exit 3", NULL };
	struct child c;
	char buf[16] = "", err[16] = "";

	ok(child_start(&c, argv, true) == 0, "a program starts");
	is_int(status_of(&c), 3, "its exit status");
	ok(read(c.out, buf, sizeof buf - 1) == 5, "its output, after its end");
	is_str(buf, "here\n", "... and nothing on its input");
	ok(read(c.err, err, sizeof err - 1) == 6, "its errors, apart");
	is_str(err, "there\n", "... of that");
	child_end(&c, 0);
	is_int(c.out, -1, "closed");
}

static void
test_many(void)
{
	const char *many[CHILD_ARGUMENTS + 1];
	struct child c;

	for (size_t i = 0; i < CHILD_ARGUMENTS; i++)
		many[i] = "true";
	many[CHILD_ARGUMENTS] = NULL;
	is_int(child_start(&c, many, false), -1, "too many arguments");
	is_int(errno, E2BIG, "... are refused, not left out");
	many[CHILD_ARGUMENTS - 1] = NULL;
	is_int(child_start(&c, many, false), 0, "one less is fine");
	is_int(status_of(&c), 0, "... and runs");
	child_end(&c, 0);
}

static void
test_end(void)
{
	const char *const polite[] = { "sleep", "60", NULL };
	const char *const deaf[] = { "sh", "-c",
		"trap '' TERM; while :; do sleep 0.1; done", NULL };
	const char *const none[] = { "/no/such/program", NULL };
	struct child c;
	int64_t begun_us = clock_monotonic();

	ok(child_start(&c, polite, false) == 0, "one that would take long");
	child_end(&c, 30000000);
	ok(clock_monotonic() - begun_us < 20000000, "is ended at once");
	ok(child_start(&c, deaf, false) == 0, "one that does not listen");
	child_end(&c, 100000);
	is_int(c.pid, 0, "is killed");
	ok(child_start(&c, none, false) == -1 && errno == ENOENT,
	    "one that is not there");
	child_end(&c, 0);
}

/* A process that is killed takes its child along. */
static void
test_orphan(void)
{
	const char *const argv[] = { "sleep", "60", NULL };
	int fds[2], alive = 0;
	pid_t pid, grandchild = 0;
	struct child c;

	ok(pipe(fds) == 0, "a pipe");
	if ((pid = fork()) == 0) {
		(void)child_start(&c, argv, true);
		(void)!write(fds[1], &c.pid, sizeof c.pid);
		(void)pause();
		_exit(0);
	}
	ok(read(fds[0], &grandchild, sizeof grandchild) == sizeof grandchild &&
		grandchild > 0,
	    "a child's child");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	for (int i = 0; i < 1000; i++) {
		char path[32], state = '?';
		FILE *f;

		snprintf(path, sizeof path, "/proc/%d/stat", (int)grandchild);
		alive = 0;
		if ((f = fopen(path, "r")) == NULL)
			break;
		alive = fscanf(f, "%*d (%*[^)]) %c", &state) == 1 &&
		    state != 'Z';
		fclose(f);
		if (!alive)
			break;
		nap();
	}
	is_int(alive, 0, "R72: dies with it");
}

static int
open_files(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

/* In a process of its own: what is tried there without more files than two,
 * or without more processes. Exit status 0: it failed, and left nothing. */
static int
start_without(bool files)
{
	const char *const argv[] = { "true", NULL };
	const struct rlimit none = { 0, 0 };
	struct rlimit few = { 0, 256 };
	struct child c;
	int before, status;
	pid_t pid = fork();

	if (pid != 0)
		return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		    WEXITSTATUS(status) :
		    -1;
	before = open_files();
	few.rlim_cur = (rlim_t)before + 2;
	if (files) {
		if (setrlimit(RLIMIT_NOFILE, &few) == -1)
			_exit(2);
	} else if ((getuid() == 0 && setuid(65534) == -1) ||
	    setrlimit(RLIMIT_NPROC, &none) == -1) {
		_exit(2);
	}
	if (child_start(&c, argv, false) != -1)
		_exit(3);
	if (errno != (files ? EMFILE : EAGAIN) || c.pid != 0 || c.out != -1)
		_exit(4);
	_exit(open_files() == before ? 0 : 5);
}

int
main(void)
{
	char buf[CHILD_COMMAND];
	const char *argv[CHILD_ARGUMENTS];

	ok(child_split("  a  bc\td ", buf, argv) == NULL, "a command");
	ok(strcmp(argv[0], "a") == 0 && strcmp(argv[1], "bc") == 0 &&
		strcmp(argv[2], "d") == 0 && argv[3] == NULL,
	    "... split at blanks");
	ok(child_split(" ", buf, argv) != NULL, "an empty one");
	test_output();
	test_many();
	test_end();
	test_orphan();
	is_int(start_without(true), 0, "without files: none is left open");
	is_int(start_without(false), 0, "without processes: the same");
	return tap_done();
}

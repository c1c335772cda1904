/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the user's: their output, their status, their end. */
#include "base/child.h"
#include "base/coprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"
#include "base/clock.h"

#define SEC 1000000
#define ENOUGH (60 * (int64_t)SEC) /* for what is not about a deadline */

static char out[64];

static int
run(const char *script, int64_t timeout_us)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return coprocess_run(argv, out, sizeof out, timeout_us);
}

static void
test_output(void)
{
	const char *const missing[] = { "wanctl-no-such-program", NULL };
	const char *many[CHILD_ARGUMENTS + 1];

	is_int(run("echo 5; exit 3", ENOUGH), 3, "its status");
	is_str(out, "5\n", "its output");
	is_int(run("cat", ENOUGH), 0, "its input is empty");
	is_str(out, "", "no output");
	is_int(run("kill -9 $$", ENOUGH), 128 + 9, "killed by a signal");
	is_int(run("seq 10000", ENOUGH), 0, "too much output is no fault");
	is_int((int64_t)strlen(out), sizeof out - 1, "but cut off");
	is_int(run("exec >&-; echo x >&2; exit 4", ENOUGH), 4, "output closed");
	is_int(coprocess_run(missing, out, sizeof out, ENOUGH), -1,
	    "no program");
	ok(errno == ENOENT || errno == EACCES, "says so");
	is_str(out, "", "and has no output");
	for (size_t i = 0; i < CHILD_ARGUMENTS; i++)
		many[i] = "true";
	many[CHILD_ARGUMENTS] = NULL;
	is_int(coprocess_run(many, out, sizeof out, ENOUGH), -1,
	    "too many arguments");
	is_int(errno, E2BIG, "says so");
	many[CHILD_ARGUMENTS - 1] = NULL;
	is_int(coprocess_run(many, out, sizeof out, ENOUGH), 0,
	    "one less is fine");
}

static void
test_command(void)
{
	static const char *const words[] = { "a b", "c", NULL };
	char detail[COPROCESS_DETAIL], text[CHILD_COMMAND + 1];
	struct coprocess_command c = { .text = "  printf  %s.%s\\n ",
		.words = words,
		.timeout_us = ENOUGH,
		.limit = "timeout of [x]" };

	is_failure(coprocess_command(&c, out, sizeof out, detail), NULL,
	    "it ran");
	is_str(out, "a b.c\n", "its own words are cut at blanks, ours are not");
	c.text = "  false";
	is_failure(coprocess_command(&c, out, sizeof out, detail), "failed",
	    "it failed");
	is_str(detail, "false a b c: exit status 1", "how");
	c.text = "wanctl-no-such-program x";
	is_failure(coprocess_command(&c, out, sizeof out, detail), "failed",
	    "it is missing");
	ok(strncmp(detail, "wanctl-no-such-program a b c: ", 30) == 0,
	    "says so: %s", detail);
	c.words = words + 2;
	c.text = "sleep 30";
	c.timeout_us = SEC / 20;
	is_failure(coprocess_command(&c, out, sizeof out, detail), "timeout",
	    "it takes too long");
	is_str(detail, "sleep: took longer than timeout of [x] and was killed",
	    "by which limit");
	c.timeout_us = ENOUGH;
	(void)memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	c.text = text;
	is_failure(coprocess_command(&c, out, sizeof out, detail), "failed",
	    "too long a command");
	is_int((long long)strspn(detail, "x"), 100, "says which: %s", detail);
	for (size_t i = 0; i < sizeof text - 1; i += 2)
		text[i] = ' ';
	text[sizeof text - 2] = '\0';
	is_failure(coprocess_command(&c, out, sizeof out, detail), "failed",
	    "too many arguments");
}

#define PIPE "pipe"

static void
test_deadline(void)
{
	int64_t begin_us = clock_monotonic(), took_us;
	char byte;
	int fd;

	is_int(run("sleep 600", 100000), -1, "too long");
	is_int(errno, ETIMEDOUT, "says so");
	is_int(run("trap '' TERM; echo 7; while :; do :; done", 100000), -1,
	    "it may not want to end");
	is_int(run("yes", 100000), -1, "nor to stop writing");
	is_int(errno, ETIMEDOUT, "says so");
	is_int(run("exec >&-; sleep 600", 100000), -1, "nor even write");
	took_us = clock_monotonic() - begin_us;
	ok(took_us < 60 * SEC, "all that took %lld us", (long long)took_us);

	/* Its children end with it: nobody holds the pipe any more. */
	unlink(PIPE);
	is_int(mkfifo(PIPE, 0600), 0, "a pipe");
	fd = open(PIPE, O_RDONLY | O_NONBLOCK);
	is_int(run("(exec 3>" PIPE "; sleep 600) & wait", 100000), -1,
	    "a child that is slow");
	for (int i = 0; i < 6000 && read(fd, &byte, 1) == -1; i++)
		usleep(10000);
	is_int(read(fd, &byte, 1), 0, "is killed too");
	close(fd);
	unlink(PIPE);
}

static void
test_left_behind(void)
{
	int64_t begin_us = clock_monotonic(), took_us;

	is_int(run("echo 9; sleep 100 & exit 0", 90 * SEC), 0,
	    "one that leaves a child with its output behind");
	is_str(out, "9\n", "has said all");
	took_us = clock_monotonic() - begin_us;
	ok(took_us < 60 * SEC, "and is not waited for: %lld us",
	    (long long)took_us);
}

static void
test_descriptors(void)
{
	int fd = open("/dev/null", O_RDONLY);
	char script[64];

	snprintf(script, sizeof script, "exec 2>/dev/null; : <&%d", fd);
	coprocess_prepare();
	ok(run(script, ENOUGH) != 0, "no descriptor of ours is open in it");
	ok(fcntl(fd, F_GETFD) == FD_CLOEXEC, "and ours stays open");
	close(fd);
	signal(SIGCHLD, SIG_IGN);
	coprocess_prepare();
	is_int(run("exit 5", ENOUGH), 5, "a parent that ignored its children");
}

int
main(void)
{
	char dir[] = "/tmp/coprocess_test.XXXXXX";

	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	test_output();
	test_command();
	test_deadline();
	test_left_behind();
	test_descriptors();
	if (rmdir(dir) == -1)
		printf("# %s: something is left\n", dir);
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

static struct output out;
static char big[PIPE_BUF + 2];

static void
test_batches(void)
{
	char got[100] = "";
	int fd[2];

	if (pipe2(fd, O_NONBLOCK) == -1)
		abort();
	output_init(&out, fd[1]);
	is_int(output_line(&out, "one\n", 4), 0, "a line");
	is_int(output_line_lf(&out, "two", 3), 0, "and one without LF");
	is_int(read(fd[0], got, sizeof got), -1, "wait for the flush");
	is_int(output_flush(&out), 0, "flush");
	is_int(read(fd[0], got, sizeof got), 8, "both");
	is_str(got, "one\ntwo\n", "in order");
	is_int(output_flush(&out), 0, "nothing is left");
	is_int(read(fd[0], got, sizeof got), -1, "to write");
	close(fd[0]);
	close(fd[1]);
}

/* One read(2) of a packet socket is one write(2): each must hold whole lines
 * and at most PIPE_BUF bytes. */
static void
test_whole_lines(void)
{
	char got[2 * PIPE_BUF], line[400];
	int fd[2], bad = 0, lines = 0;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) == -1)
		abort();
	output_init(&out, fd[1]);
	for (int i = 0; i < 100; i++) {
		size_t len = (size_t)(i * 37 % 390);

		memset(line, 'x', len);
		bad += output_line_lf(&out, line, len) != 0;
	}
	bad += output_flush(&out) != 0;
	while ((n = read(fd[0], got, sizeof got)) > 0) {
		bad += n > PIPE_BUF || got[n - 1] != '\n';
		for (ssize_t i = 0; i < n; i++)
			lines += got[i] == '\n';
	}
	is_int(bad, 0, "every write is whole lines and at most PIPE_BUF");
	is_int(lines, 100, "and no line is missing");
	close(fd[0]);
	close(fd[1]);
}

static void
test_bounds(void)
{
	int fd[2];

	if (pipe2(fd, O_NONBLOCK) == -1)
		abort();
	output_init(&out, fd[1]);
	memset(big, 'x', sizeof big);
	is_int(output_line_lf(&out, big, PIPE_BUF - 1), 0,
	    "a line of PIPE_BUF bytes with its LF");
	is_int(output_flush(&out), 0, "is written");
	is_int(output_line_lf(&out, big, PIPE_BUF), -1, "one more is refused");
	is_int(errno, EMSGSIZE, "as too long");
	is_int(output_line(&out, big, PIPE_BUF + 1), -1, "in either way");
	is_int(out.len, 0, "and leaves nothing behind");
	close(fd[0]);
	close(fd[1]);
}

static void
test_errors(void)
{
	int full = open("/dev/full", O_WRONLY);

	output_init(&out, full);
	is_int(output_line_lf(&out, "x", 1), 0, "a full disk is not noticed");
	is_int(output_flush(&out), -1, "until the flush");
	is_int(errno, ENOSPC, "which says so");
	output_init(&out, full);
	output_line_lf(&out, big, PIPE_BUF - 1);
	is_int(output_line_lf(&out, "x", 1), -1, "or the line that needs room");
	close(full);
	output_init(&out, -1);
	output_line_lf(&out, "x", 1);
	is_int(output_flush(&out), -1, "a closed output");
	is_int(errno, EBADF, "is an error too");
}

static void
on_alarm(int sig)
{
	(void)sig;
}

/* Signals that do not end the program interrupt its writes. */
static int
write_interrupted(int fd)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, 500 }, { 0, 500 } };

	if (sigaction(SIGALRM, &sa, NULL) == -1 ||
	    setitimer(ITIMER_REAL, &often, NULL) == -1)
		return 1;
	output_init(&out, fd);
	for (int i = 0; i < 1000; i++)
		if (output_line_lf(&out, big, 1000) == -1)
			return 1;
	return output_flush(&out) == 0 ? 0 : 1;
}

/* A reader slower than the writer: the pipe takes a part at a time. */
static void
test_slow_reader(void)
{
	int fd[2], total = 0, status = -1;
	ssize_t n;
	pid_t child;

	fflush(stdout); /* or the child says it again */
	if (pipe(fd) == -1 || fcntl(fd[1], F_SETPIPE_SZ, 4096) == -1 ||
	    (child = fork()) == -1)
		abort();
	if (child == 0)
		exit(write_interrupted(fd[1]));
	close(fd[1]);
	while ((n = read(fd[0], big, 700)) > 0) {
		total += (int)n;
		usleep(50);
	}
	waitpid(child, &status, 0);
	is_int(total, 1001000, "a slow reader gets all of it");
	is_int(status, 0, "and the writer is content");
	close(fd[0]);
}

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

/* A full pipe whose reader is stopped, with signals as programs have them. */
static void
test_stops(void)
{
	const struct itimerval soon = { .it_value = { 0, 20000 } };
	struct sigaction sa = { .sa_handler = on_stop };
	sigset_t block, open_mask;
	char got[100];
	int fd[2];

	if (pipe(fd) == -1 || fcntl(fd[1], F_SETPIPE_SZ, 2 * PIPE_BUF) == -1)
		abort();
	sigemptyset(&block);
	sigaddset(&block, SIGALRM);
	(void)sigprocmask(SIG_BLOCK, &block, &open_mask);
	(void)sigaction(SIGALRM, &sa, NULL);
	output_init(&out, fd[1]);
	output_stops(&out, &open_mask, &stopping);
	is_int(output_line(&out, "taken\n", 6), 0, "a line");
	is_int(output_flush(&out), 0, "is written while there is room");
	(void)setitimer(ITIMER_REAL, &soon, NULL);
	for (int n = 0; n < 3 * PIPE_BUF && !out.given_up; n++)
		if (output_line(&out, "a line\n", 7) == -1 ||
		    output_flush(&out) == -1)
			break;
	ok(stopping && out.given_up,
	    "R105: a signal while it waits for a stopped reader");
	is_int(output_line(&out, "late\n", 5), 0, "... what comes then");
	is_int(output_flush(&out), 0, "... is no error");
	is_int(read(fd[0], got, 6), 6, "the reader goes on");
	is_int(memcmp(got, "taken\n", 6), 0, "... with what it had");
	(void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	test_batches();
	test_whole_lines();
	test_bounds();
	test_errors();
	test_slow_reader();
	test_stops();
	return tap_done();
}

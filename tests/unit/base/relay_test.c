/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tap.h"

static struct relay r;
static int in[2], out[2];

static void
begin(bool socket)
{
	if (pipe2(in, O_CLOEXEC) == -1 ||
	    (socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, out) :
		      pipe2(out, O_CLOEXEC)) == -1)
		abort();
	relay_init(&r, in[0], out[1]);
}

static void
end(void)
{
	relay_close(&r);
	for (int i = 0; i < 2; i++) {
		if (in[1] != -1)
			(void)close(in[1]);
		in[1] = -1;
		(void)close(out[i]);
	}
}

/* Line `number`, as long as that asks for. */
static size_t
make_line(char *line, int number)
{
	return (size_t)sprintf(line, "%08d%.*s\n", number, number * 37 % 300,
	    "......................................................................"
	    "......................................................................"
	    "......................................................................"
	    "......................................................................"
	    "....................");
}

static void
give(int from, int to)
{
	char line[400];

	for (int i = from; i < to; i++) {
		size_t len = make_line(line, i);

		if (write(in[1], line, len) != (ssize_t)len)
			abort();
		(void)relay_move(&r);
	}
}

/* Reads what is there. Of lines that are whole, from and to what number; -1 for
 * one that is not as it was given. */
static int first, last, got_lines;
static void
take(void)
{
	static char all[1 << 18];
	char line[400];
	size_t len = 0;
	ssize_t n;

	(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	do {
		(void)relay_move(&r);
		while ((n = read(out[0], all + len, sizeof all - len - 1)) > 0)
			len += (size_t)n;
	} while (relay_waits(&r));
	all[len] = '\0';
	first = last = -1;
	got_lines = 0;
	for (char *at = all; *at != '\0'; got_lines++) {
		size_t want;

		last = atoi(at);
		want = make_line(line, last);
		if (strncmp(at, line, want) != 0) {
			last = -1;
			return;
		}
		if (first == -1)
			first = last;
		at += want;
	}
}

static void
test_quick(bool socket)
{
	begin(socket);
	for (int i = 0; i < 50; i++) {
		give(i * 100, i * 100 + 100);
		take();
		if (first != i * 100 || last != i * 100 + 99 ||
		    got_lines != 100)
			break;
	}
	is_int(last, 4999, "a reader that is quick gets every line");
	is_int(r.dropped, 0, "and none is dropped");
	end();
}

static void
test_stopped(bool socket)
{
	int lines = 0, before;

	begin(socket);
	give(0, 5000);
	ok(r.dropped > 2000, "a reader that is stopped: %lld are dropped",
	    (long long)r.dropped);
	before = (int)r.dropped;
	take();
	is_int(first, 0, "it goes on: what was on its way");
	is_int(last, 4999, "... and the newest");
	lines = got_lines;
	is_int(lines + before, 5000, "each line is whole, or was dropped");
	give(5000, 5100);
	take();
	is_int(first * 10000 + last, 5000 * 10000 + 5099, "then all again");
	is_int(r.dropped, before, "... and none is dropped");
	end();
}

static void
test_ends(void)
{
	begin(false);
	is_int(relay_move(&r), RELAY_OPEN, "nothing to do");
	give(0, 3);
	(void)close(in[1]);
	in[1] = -1;
	is_int(relay_move(&r), RELAY_END, "the end of the input");
	take();
	is_int(got_lines, 3, "after all lines");
	end();
	begin(false);
	(void)close(out[0]);
	if (write(in[1], "x\n", 2) != 2)
		abort();
	is_int(relay_move(&r), RELAY_GONE, "nobody reads");
	end();
	begin(false);
	if (write(in[1], "half", 4) != 4)
		abort();
	is_int(relay_move(&r), RELAY_OPEN, "half a line");
	ok(!relay_waits(&r), "waits for its other half, not for the reader");
	if (write(in[1], "\n", 1) != 1)
		abort();
	(void)relay_move(&r);
	is_int(read(out[0], r.buf, 10), 5, "and is passed on when it is whole");
	end();
}

/* Whoever gave the descriptor finds it as it was. */
static void
test_polite(void)
{
	begin(false);
	is_int(fcntl(out[1], F_GETFL) & O_NONBLOCK, 0,
	    "the description of others still blocks");
	end();
}

/* What is not lines at all goes through no quicker, and does no harm. */
static void
test_garbage(void)
{
	static char block[4096];

	begin(false);
	memset(block, 'x', sizeof block);
	for (int i = 0; i < 100; i++) {
		if (write(in[1], block, sizeof block) != sizeof block)
			abort();
		if (relay_move(&r) != RELAY_OPEN)
			break;
	}
	ok(r.len <= sizeof r.buf, "no line at all is kept within bounds");
	if (write(in[1], "\n", 1) != 1)
		abort();
	give(7, 9);
	ok(relay_move(&r) == RELAY_OPEN, "and lines go on");
	end();
}

int
main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	test_quick(false);
	test_quick(true);
	test_stopped(false);
	test_stopped(true);
	test_ends();
	test_polite();
	test_garbage();
	return tap_done();
}

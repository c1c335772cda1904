/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../random.h"
#include "../tap.h"

static struct lines lines;
static char input[200000], story[400000];

/* A pipe that the reader is on. */
static int
open_pipe(void)
{
	int fd[2];

	if (pipe2(fd, O_NONBLOCK) == -1)
		abort();
	lines_init(&lines, fd[0]);
	return fd[1];
}

/* Adds what all calls up to the next wait or the end deliver to the story:
 * each line in brackets, LONG and CUT by name. */
static enum lines_got
drain(void)
{
	const char *line;
	enum lines_got got;
	size_t len;

	while ((got = lines_next(&lines, &line, &len)) != LINES_EMPTY &&
	    got != LINES_END) {
		size_t at = strlen(story);

		if (got == LINES_LINE)
			snprintf(story + at, sizeof story - at, "[%.*s]",
			    (int)len, line);
		else
			snprintf(story + at, sizeof story - at, "%s",
			    got == LINES_LONG ? "LONG" : "CUT");
	}
	return got;
}

/* The story of an input that arrives in pieces of `piece` bytes. */
static const char *
tell(const char *in, size_t len, size_t piece)
{
	enum lines_got got = LINES_EMPTY;
	int fd = open_pipe();
	size_t sent = 0;

	story[0] = '\0';
	while (got != LINES_END) {
		size_t n = len - sent < piece ? len - sent : piece;
		ssize_t wrote = n > 0 ? write(fd, in + sent, n) : 0;

		if (wrote > 0)
			sent += (size_t)wrote;
		if (sent == len && fd != -1) {
			close(fd);
			fd = -1;
		}
		if (lines_fill(&lines) == -1)
			return "error";
		got = drain();
	}
	close(lines.fd);
	return story;
}

static const struct {
	const char *in, *want;
} cases[] = {
	{ "", "" },
	{ "\n", "[]" },
	{ "a\n", "[a]" },
	{ "a\nbc\n", "[a][bc]" },
	{ "a\n\nb\n", "[a][][b]" },
	{ "a", "CUT" },
	{ "a\nb", "[a]CUT" },
	{ "a\r\n", "[a\r]" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t piece = 1; piece <= 4; piece++)
			is_str(tell(cases[i].in, strlen(cases[i].in), piece),
			    cases[i].want, "case %zu in pieces of %zu", i,
			    piece);
}

/* n bytes 'x' and the rest, at the start of input. */
static size_t
long_input(size_t n, const char *rest)
{
	memset(input, 'x', n);
	memcpy(input + n, rest, strlen(rest) + 1);
	return n + strlen(rest);
}

static void
test_long(void)
{
	static const size_t pieces[] = { 1, 7, 4095, 4096, 4097, 60000,
		sizeof input };
	size_t len;

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		size_t piece = pieces[i];

		len = long_input(LINES_MAX - 1, "\nb\n");
		ok(strlen(tell(input, len, piece)) == LINES_MAX + 1 + 3 &&
			strstr(story, "LONG") == NULL,
		    "4095 bytes and a LF are a line, by %zu", piece);
		len = long_input(LINES_MAX, "\nb\n");
		is_str(tell(input, len, piece), "LONG[b]",
		    "4096 and a LF are not, by %zu", piece);
		len = long_input(150000, "\nb\n");
		is_str(tell(input, len, piece), "LONG[b]",
		    "more than the buffer is one long line, by %zu", piece);
		len = long_input(150000, "");
		is_str(tell(input, len, piece), "LONG",
		    "a long line without an end, by %zu", piece);
	}
}

/* Lines of random length in random pieces, against a count by hand. */
static void
test_random(void)
{
	int bad = 0;

	random_start();
	for (int round = 0; round < 300; round++) {
		size_t len = 0, want = 0;
		char *p = story;

		while (len < 20000) {
			size_t n = (size_t)random_int(0,
			    random_int(0, 9) == 0 ? 6000 : 300);

			memset(input + len, 'y', n);
			len += n;
			input[len++] = '\n';
			want += n + 1 > LINES_MAX ? 4 : n + 2;
		}
		tell(input, len, (size_t)random_int(1, 9000));
		bad += strlen(p) != want;
	}
	is_int(bad, 0, "300 random inputs in random pieces");
}

static void
test_waiting(void)
{
	int fd = open_pipe(), dir;

	is_int(lines_fill(&lines), 0, "nothing there yet");
	is_int(errno, EAGAIN, "is EAGAIN");
	story[0] = '\0';
	is_int(drain(), LINES_EMPTY, "and no end");
	if (write(fd, "half", 4) != 4)
		abort();
	is_int(lines_fill(&lines), 1, "half a line");
	is_int(drain(), LINES_EMPTY, "is not delivered");
	if (write(fd, " and half\n", 10) != 10)
		abort();
	lines_fill(&lines);
	drain();
	is_str(story, "[half and half]", "until it is whole");
	close(fd);
	lines_fill(&lines);
	is_int(drain(), LINES_END, "then the end");
	is_int(drain(), LINES_END, "which stays the end");
	close(lines.fd);

	dir = open("/", O_RDONLY);
	lines_init(&lines, dir);
	is_int(lines_fill(&lines), -1, "a directory cannot be read");
	is_int(errno, EISDIR, "and errno says why");
	close(dir);
}

/* A caller that fills twice before it looks must not see an end. */
static void
test_full_buffer(void)
{
	int fd = open_pipe();
	size_t done = 0;

	for (size_t i = 0; i < LINES_SIZE / 2; i++)
		memcpy(input + 2 * i, "a\n", 2);
	while (done < LINES_SIZE) {
		ssize_t n = write(fd, input + done, LINES_SIZE - done);

		done += n > 0 ? (size_t)n : 0;
		lines_fill(&lines);
	}
	is_int(lines_fill(&lines), 1, "a full buffer takes no more");
	story[0] = '\0';
	is_int(drain(), LINES_EMPTY, "and that is no end of file");
	is_int(strlen(story), LINES_SIZE / 2 * 3, "all lines are there");
	close(fd);
	close(lines.fd);
}

int
main(void)
{
	test_cases();
	test_long();
	test_random();
	test_waiting();
	test_full_buffer();
	return tap_done();
}

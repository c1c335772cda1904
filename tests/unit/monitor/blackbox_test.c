/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/blackbox.h"

#include <string.h>
#include <unistd.h>

#include "../tap.h"

#define MIN ((int64_t)60000000)

static struct blackbox b;

static void
begin(int64_t window_us, size_t room)
{
	blackbox_free(&b);
	b = (struct blackbox){ .window_us = window_us, .room = room };
}

static const char *
all(void)
{
	static char buf[65536];
	FILE *f = tmpfile();
	size_t n;

	if (f == NULL || blackbox_write(&b, fileno(f)) == -1)
		printf("Bail out! no file\n");
	rewind(f);
	n = fread(buf, 1, sizeof buf - 1, f);
	buf[n] = '\0';
	fclose(f);
	return buf;
}

static void
add(const char *line)
{
	blackbox_add(&b, line, strlen(line));
}

static void
test_window(void)
{
	begin(10 * MIN, 1 << 20);
	is_str(all(), "", "R117: nothing yet");
	add("early");
	is_str(all(), "early\n", "what comes before the first cut is kept");
	ok(!b.beginning, "and is no beginning");
	for (int i = 0; i <= 6; i++) {
		char line[8];

		blackbox_cut(&b, (100 + 5 * i) * MIN);
		snprintf(line, sizeof line, "at %d", 100 + 5 * i);
		add(line);
	}
	is_str(all(), "at 120\nat 125\nat 130\n",
	    "ten minutes back, from a cut, and no more");
	ok(b.beginning && !b.is_short, "which is a beginning");
	blackbox_cut(&b, 130 * MIN + MIN - 1);
	is_str(all(), "at 120\nat 125\nat 130\n", "a cut within: it all stays");
	blackbox_cut(&b, 135 * MIN - 1);
	is_str(all(), "at 120\nat 125\nat 130\n", "not yet ten minutes");
	blackbox_cut(&b, 135 * MIN);
	is_str(all(), "at 125\nat 130\n", "ten minutes");
	blackbox_cut(&b, 90 * MIN);
	add("back");
	is_str(all(), "at 125\nat 130\nback\n", "a clock that is set back");
}

static void
test_room(void)
{
	begin(10 * MIN, 24);
	blackbox_cut(&b, 1 * MIN);
	add("1234567");
	blackbox_cut(&b, 2 * MIN);
	add("2345678");
	add("3456789");
	ok(!b.is_short && b.len == 24, "R117: just enough room");
	add("4");
	is_str(all(), "2345678\n3456789\n4\n", "the oldest piece goes");
	ok(b.is_short && b.beginning, "so it is short, but a beginning");
	add("5678901");
	is_str(all(), "5678901\n", "one piece alone is too much: anew");
	ok(!b.beginning, "which is no beginning");
	add("this line is longer than all the room");
	is_str(all(), "", "a line that has no room is not kept");
	blackbox_cut(&b, 3 * MIN);
	add("6");
	is_str(all(), "6\n", "and it goes on");
	ok(b.beginning, "from a beginning");
}

static void
test_many(void)
{
	begin(24 * 60 * MIN, 1 << 20);
	add("early");
	blackbox_cut(&b, MIN);
	ok(b.pieces == 2, "R117: the first cut begins a piece at once");
	for (int i = 1; i <= 60; i++) {
		blackbox_cut(&b, (i + 1) * MIN);
		add("x");
	}
	ok(b.pieces == 3, "R117: a piece has a part of the window, or");
	for (int i = 0; i < 1 << 15; i++)
		add("x");
	blackbox_cut(&b, 62 * MIN);
	ok(b.pieces == 4, "a part of the room");
	begin(24 * 60 * MIN, 1 << 20);
	for (int i = 0; i < 3 * BLACKBOX_PIECES; i++) {
		blackbox_cut(&b, 1000 - i);
		add("x");
	}
	ok(strlen(all()) == (size_t)2 * BLACKBOX_PIECES && b.is_short,
	    "no more pieces than there is room for, whatever the clock says");
	begin(10 * MIN, 32 << 20);
	for (int i = 0; i < 300000; i++)
		add("rtt t=1769000000000000 host=192.0.2.1 us=18000");
	ok(b.len == (size_t)300000 * 47 && b.pieces == 1, "a piece of 14 MB");
}

int
main(void)
{
	test_window();
	test_room();
	test_many();
	blackbox_free(&b);
	ok(b.len == 0 && b.pieces == 0, "nothing is left");
	return tap_done();
}

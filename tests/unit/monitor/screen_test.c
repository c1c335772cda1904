/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screens of every size: nothing is wider or higher, and what is drawn is
 * right. */
#include "monitor/screen.h"

#include <string.h>

#include "../tap.h"
#include "state.h"

static struct health line[3];
static struct screen_past past[3];
static char screen[SCREEN_BYTES], rows[SCREEN_BYTES];
static size_t lines;

/* The screen as text: rows, without what a terminal takes for itself. */
static const char *
draw(int width, int height, bool blocks)
{
	const struct screen_form form = { width, height, false, blocks };
	struct text out;
	char *to = rows;

	text_init(&out, screen, sizeof screen);
	screen_draw(&out, &form, line, past, lines);
	for (const char *at = screen; *at != '\0'; at++) {
		if (*at == '\033') {
			while (*at < '@' || *at == '[')
				at++;
			continue;
		}
		if (*at != '\r')
			*to++ = *at;
	}
	*to = '\0';
	return out.full ? "too long" : rows;
}

/* The widest row in cells, and how many rows. */
static void
size_of(const char *text, int *width, int *height)
{
	int column = 0;

	*width = 0;
	*height = 1;
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			(*height)++;
			column = 0;
		} else if (((unsigned char)*text & 0xc0) != 0x80) {
			column++;
		}
		if (column > *width)
			*width = column;
	}
}

static void
sizes(void)
{
	bool good = true;

	for (int width = 1; width <= SCREEN_WIDTH + 20; width++)
		for (int height = 1; height <= 40; height += 3) {
			int wide, high;

			size_of(draw(width, height, width % 2 == 0), &wide,
			    &high);
			good = good && wide <= width && high <= height;
		}
	ok(good, "R110: no row is too wide, nothing is too high");
	ok(strcmp(draw(0, 0, true), "C") == 0,
	    "R110: no size is the least one");
}

static void
contents(void)
{
	is_str(draw(80, 24, false),
	    "Cable  ok\n"
	    " down yellow    45.2 Mbit/s [###|#============......................] "
	    "load  34 %\n"
	    "      delay          1.2 ms .............................. used, "
	    "beyond the know\n"
	    " up   green      4.0 Mbit/s [#######|#######################........] "
	    "load 101 %\n"
	    "      delay         -0.2 ms                                the rate "
	    "stays where \n"
	    " rtr  answers\n"
	    " to   dsl: away, score 77, ok\n"
	    "dsl  never ran\n"
	    " down -                   -\n"
	    "      delay               -                                \n"
	    " up   -                   -\n"
	    "      delay               -                                \n",
	    "R110: two lines, steering and a router");
	ok(strstr(draw(200, 24, false),
	       " used, beyond the known capacity: climbs ever faster\n") !=
		NULL,
	    "R110: a wide one has the whole reason");
	is_str(draw(20, 3, false),
	    "Cable  ok\n down yellow    45.2\n      delay         ",
	    "R110: a narrow one what there is room for");
	ok(strstr(draw(80, 24, true), "[\xe2\x96\x88") != NULL,
	    "R110: blocks where they are known");
}

/* A peak stays where it is while the minute is pressed together. */
static void
pictures(void)
{
	for (int i = 0; i < SCREEN_SECONDS; i++) {
		line[0].dir[DOWN].rate.delta_us = i == 30 ? 100000 : 10000;
		screen_note(&past[0], &line[0]);
	}
	line[0].dir[DOWN].rate.delta_us = 10000;
	ok(strstr(draw(200, 24, false),
	       " ..............................@............................. ") !=
		NULL,
	    "R110: a cell for each second");
	ok(strstr(draw(80, 24, false), " ...............@.............. ") !=
		NULL,
	    "R110: for two seconds the greater of both");
	line[0].dir[DOWN].rate.delta_us = -30;
	ok(strstr(draw(80, 24, false), " 0.0 ms") != NULL,
	    "R110: next to nothing has no sign");
}

static void
in_short(void)
{
	char buf[300];
	struct text out;

	text_init(&out, buf, sizeof buf);
	screen_short(&out, &line[1]);
	is_str(buf,
	    "2026-01-21 12:53:30Z dsl  down - 0.0 Mbit/s 0.0 ms  up - 0.0 "
	    "Mbit/s 0.0 ms  never ran",
	    "R110: a line in short");
}

int
main(void)
{
	static const char two[] = STATE_WELL STATE_NEW;

	lines = health_read_lines(line, 3, two, strlen(two));
	for (int i = 0; i < 70; i++)
		screen_note(&past[0], &line[0]);
	sizes();
	contents();
	pictures();
	in_short();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/screen.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "record/reason.h"

#define LEVELS 8        /* of a delay in the picture of the last minute */
#define LEAST_US 20000  /* the whole height at least: noise stays small */
#define NAME_COLUMNS 15 /* of rows of a direction, before the rate */
#define BAR_LEAST 8     /* a shorter bar says nothing */
#define BAR_MOST 60
#define BAR_EDGES 3
#define RATE_COLUMNS 12
#define LOAD_COLUMNS 11
#define REASON_COLUMNS 40

enum colour { PLAIN, GREEN, YELLOW, MAGENTA, RED, DIM };

/* A screen that is being drawn: the next cell. */
struct pen {
	struct text *out;
	const struct screen_form *form;
	int row, column;
	enum colour colour;
};

/* --- cells ---------------------------------------------------------------- */

static void
set_colour(struct pen *p, enum colour colour)
{
	static const char *const codes[] = { "\033[0m", "\033[32m", "\033[33m",
		"\033[35m", "\033[31m", "\033[2m" };

	if (!p->form->colours || p->colour == colour)
		return;
	if (p->colour != PLAIN)
		text_add(p->out, codes[PLAIN]);
	if (colour != PLAIN)
		text_add(p->out, codes[colour]);
	p->colour = colour;
}

/* One cell, of however many bytes; none beyond the edge. */
static void
put_cell(struct pen *p, const char *bytes, size_t len)
{
	if (p->column >= p->form->width)
		return;
	text_bytes(p->out, bytes, len);
	p->column++;
}

/* Words come from files: what is not printable is '?'. */
static void
put(struct pen *p, const char *s)
{
	for (; *s != '\0'; s++)
		put_cell(p, *s < ' ' || *s > '~' ? "?" : s, 1);
}

/* A cell as a block of Unicode, or as ASCII has it. */
static void
put_glyph(struct pen *p, const char *block, const char *plain)
{
	const char *glyph = p->form->blocks ? block : plain;

	put_cell(p, glyph, strlen(glyph));
}

static void
fill_to(struct pen *p, int column)
{
	while (p->column < column && p->column < p->form->width)
		put_cell(p, " ", 1);
}

/* The rest of the row is empty; the next one, if there is room. */
static void
end_row(struct pen *p)
{
	set_colour(p, PLAIN);
	text_add(p->out, "\033[K");
	p->row++;
	p->column = 0;
	if (p->row < p->form->height)
		text_add(p->out, "\r\n");
}

static bool
has_room(const struct pen *p)
{
	return p->row < p->form->height;
}

/* --- parts of rows -------------------------------------------------------- */

static enum colour
colour_of(const char *state)
{
	static const enum colour colours[ZONES] = { DIM, GREEN, YELLOW, MAGENTA,
		RED, RED };

	for (int i = 0; i < ZONES; i++)
		if (strcmp(state, zone_names[i]) == 0)
			return colours[i];
	return DIM;
}

static void
put_rate(struct pen *p, int64_t bps)
{
	char out[32] = "-";

	if (bps != NONE)
		(void)snprintf(out, sizeof out, "%.1f Mbit/s",
		    (double)bps / 1e6);
	fill_to(p, p->column + RATE_COLUMNS - (int)strlen(out));
	put(p, out);
}

/* The rate as a part of the ceiling, the load as a part of the rate, and where
 * the floor is. */
static void
put_bar(struct pen *p, const struct health *h, enum direction dir, int width)
{
	const struct health_rate *rate = &h->dir[dir].rate;
	int64_t ceiling_bps = h->line.ceiling_bps[dir], width_cells = width;
	int64_t rate_cells, load_cells, floor_cell;

	if (ceiling_bps == NONE || ceiling_bps == 0 || rate->bps == NONE)
		return;
	rate_cells = number_muldiv(number_clamp(rate->bps, 0, ceiling_bps),
	    width_cells, ceiling_bps);
	load_cells = number_muldiv(rate_cells, number_clamp(rate->load, 0, 100),
	    100);
	floor_cell = h->line.floor_bps[dir] == NONE ?
	    -1 :
	    number_muldiv(h->line.floor_bps[dir], width_cells, ceiling_bps);
	put(p, " [");
	for (int64_t i = 0; i < width_cells; i++) {
		if (i == floor_cell)
			put(p, "|");
		else if (i < load_cells)
			put_glyph(p, "\xe2\x96\x88", "#");
		else if (i < rate_cells)
			put_glyph(p, "\xe2\x96\x92", "=");
		else
			put(p, ".");
	}
	put(p, "]");
}

static void
put_load(struct pen *p, int64_t load)
{
	char out[40];

	if (load == NONE)
		return;
	(void)snprintf(out, sizeof out, " load %3lld %%", (long long)load);
	put(p, out);
}

/* A second's delay as a level of its own. */
static void
put_level(struct pen *p, int64_t us, int64_t most_us)
{
	static const char plain[LEVELS + 1][2] = { " ", ".", ":", "-", "=", "+",
		"*", "#", "@" };
	static const char blocks[LEVELS + 1][4] = { " ", "\xe2\x96\x81",
		"\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84", "\xe2\x96\x85",
		"\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88" };
	size_t level = us <= 0 ?
	    0 :
	    1 + (size_t)number_muldiv(us, LEVELS - 1, most_us);

	put_glyph(p, blocks[level], plain[level]);
}

/* The minute in so many cells, of one, two or four seconds each. */
static void
put_past(struct pen *p, const struct screen_past *past, enum direction dir,
    int cells)
{
	int64_t most_us = LEAST_US;
	int each = SCREEN_SECONDS / cells;

	for (int i = 0; i < SCREEN_SECONDS; i++)
		if (past->delta_us[dir][i] > most_us)
			most_us = past->delta_us[dir][i];
	for (int cell = 0; cell < cells; cell++) {
		int64_t us = 0;

		for (int i = cell * each; i < (cell + 1) * each; i++) {
			int64_t one =
			    past->delta_us[dir][(past->next + (size_t)i) %
				SCREEN_SECONDS];

			us = one > us ? one : us;
		}
		put_level(p, us, most_us);
	}
}

/* What leaves room for the reason beside it. */
static int
cells_of_past(int left)
{
	if (left >= SCREEN_SECONDS + REASON_COLUMNS)
		return SCREEN_SECONDS;
	return left >= SCREEN_SECONDS / 2 + REASON_COLUMNS / 2 ?
	    SCREEN_SECONDS / 2 :
	    SCREEN_SECONDS / 4;
}

/* --- rows ----------------------------------------------------------------- */

static void
draw_name(struct pen *p, const struct health *h)
{
	char out[HEALTH_FAULT];
	const char *down = health_fault(h, DOWN, out), *fault = down;

	if (fault == NULL)
		fault = health_fault(h, UP, out);
	put(p, h->line.wan);
	put(p, "  ");
	set_colour(p, fault == NULL ? GREEN : RED);
	put(p, fault == NULL ? "ok" : fault);
	end_row(p);
}

static void
draw_rate(struct pen *p, const struct health *h, enum direction dir)
{
	const struct health_rate *rate = &h->dir[dir].rate;
	int bar = p->form->width - NAME_COLUMNS - RATE_COLUMNS - BAR_EDGES -
	    LOAD_COLUMNS;

	put(p, dir == DOWN ? " down " : " up   ");
	set_colour(p, colour_of(rate->state));
	put(p, rate->state[0] != '\0' ? rate->state : "-");
	set_colour(p, PLAIN);
	fill_to(p, NAME_COLUMNS);
	put_rate(p, rate->bps);
	if (bar >= BAR_LEAST)
		put_bar(p, h, dir, bar < BAR_MOST ? bar : BAR_MOST);
	put_load(p, rate->load);
	end_row(p);
}

static void
draw_delay(struct pen *p, const struct health *h,
    const struct screen_past *past, enum direction dir)
{
	const struct health_rate *rate = &h->dir[dir].rate;
	char out[40] = "-";

	if (rate->delta_us != NONE)
		(void)snprintf(out, sizeof out, "%.1f ms",
		    (double)health_shown_us(rate->delta_us) / 1000);
	put(p, "      delay");
	fill_to(p, NAME_COLUMNS + RATE_COLUMNS - (int)strlen(out));
	put(p, out);
	put(p, " ");
	put_past(p, past, dir, cells_of_past(p->form->width - p->column));
	put(p, " ");
	set_colour(p, DIM);
	put(p, rate->why[0] != '\0' ? reason_rate_sentence(rate->why) : "");
	end_row(p);
}

static void
draw_steering(struct pen *p, const struct health *h)
{
	char fault[HEALTH_FAULT], out[80];
	const char *word;
	bool well;

	word = health_steering(h, fault, &well);
	(void)snprintf(out, sizeof out, " to   %.32s: %s, score %lld, ",
	    h->steer.to, h->steer.on == 1 ? "away" : "at home",
	    (long long)(h->steer.confidence != NONE ? h->steer.confidence : 0));
	put(p, out);
	set_colour(p, well ? GREEN : RED);
	put(p, word);
	end_row(p);
}

static void
draw_router(struct pen *p, const struct health *h)
{
	const char *failure = health_router_failure(h);
	int64_t left_us = health_pause_us(h, HEALTH_SHAPER);
	char age[HEALTH_AGE];

	put(p, " rtr  ");
	set_colour(p, failure[0] == '\0' ? GREEN : RED);
	put(p, failure[0] == '\0' ? "answers" : failure);
	set_colour(p, PLAIN);
	if (left_us > 0) {
		put(p, ", left alone for ");
		put(p, health_age(age, left_us));
	}
	end_row(p);
}

static void
draw_line(struct pen *p, const struct health *h, const struct screen_past *past)
{
	draw_name(p, h);
	for (int dir = 0; dir < DIRECTIONS; dir++) {
		if (has_room(p))
			draw_rate(p, h, (enum direction)dir);
		if (has_room(p))
			draw_delay(p, h, past, (enum direction)dir);
	}
	if (h->line.backend != HEALTH_HERE && has_room(p))
		draw_router(p, h);
	if (health_has_steering(h) && has_room(p))
		draw_steering(p, h);
}

/* --- the screen ----------------------------------------------------------- */

void
screen_note(struct screen_past *past, const struct health *h)
{
	for (int dir = 0; dir < DIRECTIONS; dir++) {
		int64_t us = h->dir[dir].rate.delta_us;

		past->delta_us[dir][past->next] = us == NONE ? 0 : us;
	}
	past->next = (past->next + 1) % SCREEN_SECONDS;
}

void
screen_draw(struct text *out, const struct screen_form *wanted,
    const struct health *line, const struct screen_past *past, size_t lines)
{
	struct screen_form form = *wanted;
	struct pen p = { out, &form, 0, 0, PLAIN };

	form.width = (int)number_clamp(form.width, 1, SCREEN_WIDTH);
	form.height = (int)number_clamp(form.height, 1, SCREEN_HEIGHT);
	text_add(out, "\033[H");
	for (size_t i = 0; i < lines && has_room(&p); i++)
		draw_line(&p, &line[i], &past[i]);
	if (has_room(&p))
		text_add(out, "\033[J");
}

void
screen_short(struct text *out, const struct health *h)
{
	char fault[HEALTH_FAULT], row[200];
	const char *wrong = health_fault(h, DOWN, fault);

	if (wrong == NULL)
		wrong = health_fault(h, UP, fault);
	text_date(out, h->line.now_us, ' ');
	text_add(out, " ");
	text_add(out, h->line.wan);
	for (int dir = 0; dir < DIRECTIONS; dir++) {
		const struct health_rate *r = &h->dir[dir].rate;

		(void)snprintf(row, sizeof row, "  %s %s %.1f Mbit/s %.1f ms",
		    direction_names[dir], r->state[0] != '\0' ? r->state : "-",
		    r->bps == NONE ? 0 : (double)r->bps / 1e6,
		    r->delta_us == NONE ?
			0 :
			(double)health_shown_us(r->delta_us) / 1000);
		text_add(out, row);
	}
	text_add(out, "  ");
	text_add(out, wrong == NULL ? "ok" : wrong);
}

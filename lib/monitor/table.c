/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/table.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define CELL HEALTH_AGE

/* --- cells ---------------------------------------------------------------- */

static const char *
rate_cell(char out[static CELL], int64_t bps)
{
	double n = (double)bps;

	if (bps == NONE)
		return "-";
	if (bps >= 1000000000)
		(void)snprintf(out, CELL, "%.2f Gbit/s", n / 1e9);
	else if (bps >= 100000000)
		(void)snprintf(out, CELL, "%.0f Mbit/s", n / 1e6);
	else if (bps >= 1000000)
		(void)snprintf(out, CELL, "%.1f Mbit/s", n / 1e6);
	else
		(void)snprintf(out, CELL, "%.0f kbit/s", n / 1e3);
	return out;
}

static const char *
delay_cell(char out[static CELL], int64_t us)
{
	if (us == NONE)
		return "-";
	(void)snprintf(out, CELL, "%.1f ms",
	    (double)health_shown_us(us) / 1000);
	return out;
}

static const char *
age_cell(const struct health *h, char out[static CELL], int64_t t_us)
{
	return t_us == NONE ? "-" : health_age(out, h->line.now_us - t_us);
}

static void
put_row(char row[static TABLE_ROW], const char *wan, const char *const cell[8],
    const char *health)
{
	(void)snprintf(row, TABLE_ROW,
	    "%-12s %-4s %-8s %11s %11s %10s %9s %6s %6s  %s", wan, cell[0],
	    cell[1], cell[2], cell[3], cell[4], cell[5], cell[6], cell[7],
	    health);
	text_printable(row);
}

void
table_heading(char row[static TABLE_ROW])
{
	static const char *const cell[8] = { "DIR", "STATE", "RATE", "WANTED",
		"DELAY", "BASE", "LOAD", "AGE" };

	put_row(row, "WAN", cell, "HEALTH");
}

/* --- rows ----------------------------------------------------------------- */

static bool
direction_row(const struct health *h, enum direction dir,
    char row[static TABLE_ROW])
{
	const struct health_direction *d = &h->dir[dir];
	char cell[5][CELL], out[HEALTH_FAULT], load[CELL] = "-";
	const char *fault = health_fault(h, dir, out);

	if (d->rate.load != NONE)
		(void)snprintf(load, sizeof load, "%lld %%",
		    (long long)d->rate.load);
	put_row(row, h->line.wan,
	    (const char *const[8]){ direction_names[dir],
		d->rate.state[0] != '\0' ? d->rate.state : "-",
		rate_cell(cell[0], d->applied.bps),
		rate_cell(cell[1], d->rate.bps),
		delay_cell(cell[2], d->rate.delta_us),
		delay_cell(cell[3], d->rate.base_us), load,
		age_cell(h, cell[4], d->rate.t_us) },
	    fault != NULL                   ? fault :
		health_is_unmanaged(h, dir) ? "ok: unmanaged" :
					      "ok");
	return fault == NULL;
}

/* What is not known is none yet. */
static int64_t
sum_of(int64_t down, int64_t up)
{
	return (down == NONE ? 0 : down) + (up == NONE ? 0 : up);
}

static void
router_row(const struct health *h, char row[static TABLE_ROW])
{
	const struct health_shaper *down = &h->dir[DOWN].shaper,
				   *up = &h->dir[UP].shaper;
	int64_t left_us = health_pause_us(h, HEALTH_SHAPER);
	char age[HEALTH_AGE];

	(void)snprintf(row, TABLE_ROW,
	    "%-12s %-4s %lld writes%s, %lld failures%s%s", h->line.wan, "rtr",
	    (long long)sum_of(down->writes, up->writes),
	    h->line.backend == HEALTH_FLASH ? " to its flash memory" : "",
	    (long long)sum_of(down->failures, up->failures),
	    left_us > 0 ? "; left alone for " : "",
	    left_us > 0 ? health_age(age, left_us) : "");
}

static bool
steering_row(const struct health *h, char row[static TABLE_ROW])
{
	const struct health_steer *s = &h->steer;
	char cell[3][CELL], out[HEALTH_FAULT], score[CELL] = "-";
	const char *word;
	bool well;

	word = health_steering(h, out, &well);
	if (s->confidence != NONE)
		(void)snprintf(score, sizeof score, "%lld",
		    (long long)s->confidence);
	put_row(row, h->line.wan,
	    (const char *const[8]){ "to", s->on == 1 ? "away" : "home", s->to,
		"-", delay_cell(cell[0], s->delta_us),
		delay_cell(cell[1], s->to_rtt_us), score,
		age_cell(h, cell[2], s->t_us) },
	    word);
	return well;
}

bool
table_row(const struct health *h, int i, char row[static TABLE_ROW], bool *well)
{
	*well = true;
	if (i < DIRECTIONS) {
		*well = direction_row(h, (enum direction)i, row);
		return true;
	}
	i -= DIRECTIONS;
	if (h->line.backend != HEALTH_HERE && i-- == 0) {
		router_row(h, row);
		return true;
	}
	if (health_has_steering(h) && i == 0) {
		*well = steering_row(h, row);
		return true;
	}
	return false;
}

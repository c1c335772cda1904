/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/summary.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define STEPS 128 /* classes for a power of two */
#define LOG_STEPS 7

/* --- spreads -------------------------------------------------------------- */

/* The class of a value: its highest eight bits, and how many are below. */
static size_t
class_of(int64_t us)
{
	size_t shift = 0;

	while ((us >> shift) >= 2 * STEPS)
		shift++;
	return shift * STEPS + (size_t)(us >> shift);
}

/* The middle of a class. */
static int64_t
value_of(size_t class)
{
	size_t shift = class < 2 * STEPS ? 0 : class / STEPS - 1;
	int64_t high = (int64_t)(class - shift * STEPS);

	return (high << shift) + (((int64_t)1 << shift) >> 1);
}

void
summary_add(struct summary_spread *s, int64_t us)
{
	size_t class = class_of(us > 0 ? us : 0);

	s->count[class < SUMMARY_CLASSES ? class : SUMMARY_CLASSES - 1]++;
	s->all++;
}

int64_t
summary_at(const struct summary_spread *s, int64_t permille)
{
	int64_t before = 0;
	size_t i = 0;

	if (s->all == 0)
		return NONE;
	for (i = 0; i < SUMMARY_CLASSES - 1; i++) {
		before += s->count[i];
		/* At least one, so that the least is one that there was. */
		if (before > 0 && before * 1000 >= s->all * permille)
			break;
	}
	return value_of(i);
}

/* --- records -------------------------------------------------------------- */

static enum rate_reason
reason_of(const char *why)
{
	for (int i = 0; i < RATE_REASONS; i++)
		if (strcmp(rate_reasons[i].word, why) == 0)
			return (enum rate_reason)i;
	return RATE_UNDECIDED;
}

static void
add_load(struct summary_direction *d, const struct rate *rate)
{
	if (rate->load == NONE)
		return;
	if (rate->delta_us != NONE && rate->load < SUMMARY_IDLE)
		summary_add(&d->idle, rate->delta_us);
	if (rate->load < SUMMARY_LOADED)
		return;
	if (rate->delta_us != NONE)
		summary_add(&d->loaded, rate->delta_us);
	if (rate->bps == NONE || rate->goodput == NONE)
		return;
	d->rate_kbps += rate->bps / 1000;
	d->passed_kbps += rate->goodput / 1000;
	d->loads++;
}

void
summary_rate(struct summary *s, const struct rate *rate)
{
	struct summary_direction *d = &s->dir[rate->dir];
	int64_t past_us = rate->t_us - d->last.t_us;

	d->decisions++;
	if (d->last.t_us != 0 && past_us > 0 && past_us <= SUMMARY_GAP_US)
		d->state_us[d->last.state] += past_us;
	if (rate->bps != NONE && rate->was != NONE && rate->bps < rate->was)
		d->cuts[reason_of(rate->why)]++;
	add_load(d, rate);
	d->last = *rate;
}

void
summary_applied(struct summary *s, const struct applied *applied)
{
	s->dir[applied->dir].writes += applied->wrote == 1;
	s->dir[applied->dir].failures += applied->ok == 0;
}

/* --- rows ----------------------------------------------------------------- */

/* What a row is of, and which one it is of those. */
enum kind {
	DECISIONS,
	IDLE,
	LOADED,
	RATE,
	USED,
	STATE,
	CUTS,
	WRITES,
	FAILURES
};

static bool
kind_of(int i, enum kind *kind, int *which)
{
	static const int counts[] = { [DECISIONS] = 1,
		[IDLE] = 3,
		[LOADED] = 3,
		[RATE] = 1,
		[USED] = 1,
		[STATE] = ZONES,
		[CUTS] = RATE_REASONS,
		[WRITES] = 1,
		[FAILURES] = 1 };

	for (int k = DECISIONS; k <= FAILURES; k++) {
		if (i < counts[k]) {
			*kind = (enum kind)k;
			*which = i;
			return true;
		}
		i -= counts[k];
	}
	return false;
}

static const int permilles[] = { 500, 950, 990 };

static void
put_label(char label[static SUMMARY_CELL], enum kind kind, int which)
{
	static const char *const names[] = { [DECISIONS] = "decisions",
		[IDLE] = "delay, idle",
		[LOADED] = "delay, loaded",
		[RATE] = "rate, loaded",
		[USED] = "used of that",
		[STATE] = "time",
		[CUTS] = "lowered",
		[WRITES] = "writes",
		[FAILURES] = "failures" };
	char rest[SUMMARY_CELL] = "";

	if (kind == IDLE || kind == LOADED)
		(void)snprintf(rest, sizeof rest, " p%d",
		    permilles[which] / 10);
	else if (kind == STATE)
		(void)snprintf(rest, sizeof rest, " %s", zone_names[which]);
	else if (kind == CUTS)
		(void)snprintf(rest, sizeof rest, " %s",
		    which != RATE_UNDECIDED ? rate_reasons[which].word :
					      "otherwise");
	(void)snprintf(label, SUMMARY_CELL, "%.15s%.15s", names[kind], rest);
}

static void
put_count(char cell[static SUMMARY_CELL], int64_t n)
{
	(void)snprintf(cell, SUMMARY_CELL, "%lld", (long long)n);
}

static void
put_ms(char cell[static SUMMARY_CELL], int64_t us)
{
	if (us != NONE)
		(void)snprintf(cell, SUMMARY_CELL, "%.1f ms",
		    (double)us / 1000);
}

static void
put_share(char cell[static SUMMARY_CELL], int64_t part, int64_t all)
{
	if (all > 0)
		(void)snprintf(cell, SUMMARY_CELL, "%.1f %%",
		    100 * (double)part / (double)all);
}

static int64_t
sum_of(const int64_t *n, size_t count)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += n[i];
	return sum;
}

/* "-" is not known. */
static void
put_cell(char cell[static SUMMARY_CELL], const struct summary_direction *d,
    enum kind kind, int which)
{
	(void)snprintf(cell, SUMMARY_CELL, "-");
	switch (kind) {
	case DECISIONS:
		put_count(cell, d->decisions);
		break;
	case IDLE:
		put_ms(cell, summary_at(&d->idle, permilles[which]));
		break;
	case LOADED:
		put_ms(cell, summary_at(&d->loaded, permilles[which]));
		break;
	case RATE:
		if (d->loads > 0)
			(void)snprintf(cell, SUMMARY_CELL, "%.1f Mbit/s",
			    (double)d->rate_kbps / (double)d->loads / 1000);
		break;
	case USED:
		put_share(cell, d->passed_kbps, d->rate_kbps);
		break;
	case STATE:
		put_share(cell, d->state_us[which], sum_of(d->state_us, ZONES));
		break;
	case CUTS:
		put_count(cell, d->cuts[which]);
		break;
	case WRITES:
		put_count(cell, d->writes);
		break;
	case FAILURES:
		put_count(cell, d->failures);
		break;
	}
}

bool
summary_row(const struct summary *of, int i, struct summary_row *row)
{
	enum kind kind;
	int which;

	if (!kind_of(i, &kind, &which))
		return false;
	put_label(row->label, kind, which);
	for (int dir = 0; dir < DIRECTIONS; dir++)
		put_cell(row->cell[dir], &of->dir[dir], kind, which);
	return true;
}

bool
summary_is_empty(const struct summary *of, int i)
{
	enum kind kind;
	int which;

	if (!kind_of(i, &kind, &which))
		return true;
	for (int dir = 0; dir < DIRECTIONS; dir++)
		if ((kind != STATE || of->dir[dir].state_us[which] > 0) &&
		    (kind != CUTS || of->dir[dir].cuts[which] > 0))
			return false;
	return true;
}

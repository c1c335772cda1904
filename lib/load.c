/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "load.h"

#include <string.h>

#include "number.h"

/* Bits a second between two totals, NONE if the later one is lower. */
static int64_t
rate_between(int64_t before, int64_t after, int64_t dt_us)
{
	if (before == NONE || after == NONE || after < before)
		return NONE;
	return number_muldiv(after - before, 8000000, dt_us);
}

static void
compare(struct load *l, const struct queue *q)
{
	int64_t dt_us = q->t_us - l->t_us;

	l->goodput_bps = l->arrival_bps = l->new_drops = NONE;
	l->dt_us = 0;
	if (!l->seen || dt_us > LOAD_GAP_US ||
	    strcmp(l->source, q->source) != 0)
		return;
	l->dt_us = dt_us;
	l->goodput_bps = rate_between(l->bytes, q->bytes, dt_us);
	l->arrival_bps = rate_between(l->line_bytes, q->line_bytes, dt_us);
	if (l->arrival_bps == NONE)
		l->arrival_bps = l->goodput_bps;
	if (l->drops != NONE && q->drops != NONE && q->drops >= l->drops)
		l->new_drops = q->drops - l->drops;
}

bool
load_add(struct load *l, const struct queue *q)
{
	if (l->seen && q->t_us <= l->t_us && l->t_us - q->t_us <= LOAD_GAP_US)
		return false;
	/* Far back in time: the producer's clock was set; begin again. */
	if (q->t_us <= l->t_us)
		l->seen = false;
	compare(l, q);
	l->seen = true;
	memcpy(l->source, q->source, sizeof l->source);
	l->t_us = q->t_us;
	l->bytes = q->bytes;
	l->line_bytes = q->line_bytes;
	l->backlog = q->backlog;
	l->drops = q->drops;
	l->shaper_bps = q->bps;
	return true;
}

static bool
is_fresh(const struct load *l, int64_t t_us)
{
	int64_t most_us = 2 * l->dt_us > LOAD_FRESH_US ? 2 * l->dt_us :
							 LOAD_FRESH_US;

	return l->seen && t_us - l->t_us <= most_us;
}

int64_t
load_goodput(const struct load *l, int64_t t_us)
{
	return is_fresh(l, t_us) ? l->goodput_bps : NONE;
}

int64_t
load_percent(const struct load *l, int64_t rate_bps, int64_t t_us)
{
	int64_t shaper_bps, percent;

	if (!is_fresh(l, t_us) || l->arrival_bps == NONE)
		return NONE;
	shaper_bps = l->shaper_bps != NONE && l->shaper_bps > 0 ?
	    l->shaper_bps :
	    rate_bps;
	percent = number_muldiv(l->arrival_bps, 100, shaper_bps);
	return percent > LOAD_PERCENT_MAX ? LOAD_PERCENT_MAX : percent;
}

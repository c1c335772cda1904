/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/utilisation.h"

#include <string.h>

#include "base/number.h"

/* Bits a second between two totals, NONE if the later one is lower. */
static int64_t
rate_between(int64_t before, int64_t after, int64_t dt_us)
{
	if (before == NONE || after == NONE || after < before)
		return NONE;
	return number_muldiv(after - before, 8000000, dt_us);
}

/* Keeps the reading of the last time. */
static void
keep_reading(struct utilisation *l)
{
	if (l->readings == UTILISATION_READINGS)
		memmove(l->reading, l->reading + 1,
		    --l->readings * sizeof l->reading[0]);
	l->reading[l->readings++] = (struct utilisation_reading){ l->t_us,
		l->bytes, l->line_bytes, l->backlog };
}

static const struct utilisation_reading *
reading_before(const struct utilisation *l, int64_t t_us)
{
	size_t i = l->readings - 1;

	while (i > 0 && t_us - l->reading[i].t_us < UTILISATION_SPAN_US)
		i--;
	return &l->reading[i];
}

static void
compare(struct utilisation *l, const struct queue *q)
{
	const struct utilisation_reading *from;

	l->goodput_bps = l->arrival_bps = l->new_drops = NONE;
	l->dt_us = l->span_us = 0;
	if (!l->seen || q->t_us - l->t_us > UTILISATION_GAP_US ||
	    strcmp(l->source, q->source) != 0 || q->bytes < l->bytes) {
		l->readings = 0;
		return;
	}
	keep_reading(l);
	from = reading_before(l, q->t_us);
	l->dt_us = q->t_us - l->t_us;
	l->span_us = q->t_us - from->t_us;
	l->goodput_bps = rate_between(from->bytes, q->bytes, l->span_us);
	l->arrival_bps = rate_between(from->line_bytes, q->line_bytes,
	    l->span_us);
	if (l->arrival_bps == NONE)
		l->arrival_bps = l->goodput_bps;
	if (l->drops != NONE && q->drops != NONE && q->drops >= l->drops)
		l->new_drops = q->drops - l->drops;
}

bool
utilisation_add(struct utilisation *l, const struct queue *q)
{
	if (l->seen && q->t_us <= l->t_us &&
	    l->t_us - q->t_us <= UTILISATION_GAP_US)
		return false;
	/* Far back in time: the producer's clock was set; begin again. */
	if (q->t_us <= l->t_us) {
		l->seen = false;
		l->readings = 0;
	}
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
is_fresh(const struct utilisation *l, int64_t t_us)
{
	int64_t most_us = 2 * l->dt_us > UTILISATION_FRESH_US ?
	    2 * l->dt_us :
	    UTILISATION_FRESH_US;

	return l->seen && t_us - l->t_us <= most_us;
}

static int64_t
mean_backlog(const struct utilisation *l)
{
	int64_t sum = l->backlog, n = 1;

	if (l->backlog == NONE)
		return NONE;
	for (size_t i = 0; i < l->readings; i++)
		if (l->reading[i].backlog != NONE &&
		    l->t_us - l->reading[i].t_us <= UTILISATION_SPAN_US) {
			/* Any number may stand in a record. */
			sum = sum > INT64_MAX - l->reading[i].backlog ?
			    INT64_MAX :
			    sum + l->reading[i].backlog;
			n++;
		}
	return sum / n;
}

static int64_t
percent_of(const struct utilisation *l, int64_t rate_bps)
{
	int64_t shaper_bps, percent;

	shaper_bps = l->shaper_bps != NONE && l->shaper_bps > 0 ?
	    l->shaper_bps :
	    rate_bps;
	if (l->arrival_bps == NONE || shaper_bps == 0)
		return NONE;
	percent = number_muldiv(l->arrival_bps, 100, shaper_bps);
	return percent > UTILISATION_PERCENT_MAX ? UTILISATION_PERCENT_MAX :
						   percent;
}

struct usage
utilisation_at(const struct utilisation *l, int64_t rate_bps, int64_t t_us)
{
	struct usage use = { NONE, NONE, NONE, 0, NONE };

	if (!is_fresh(l, t_us))
		return use;
	use.percent = percent_of(l, rate_bps);
	use.goodput_bps = l->goodput_bps;
	use.arrival_bps = l->arrival_bps;
	use.measured_us = l->span_us + (t_us > l->t_us ? t_us - l->t_us : 0);
	use.backlog = mean_backlog(l);
	return use;
}

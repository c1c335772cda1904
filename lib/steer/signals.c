/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steer/signals.h"

#include <string.h>

#define PACKET \
	1500 /* bytes, for a shaper that tells only how many of these wait */
#define DELTA_MAX 10000000

void
signals_init(struct signals *e)
{
	*e = (struct signals){ .base_us = NONE, .noted_us = NONE };
	for (int i = 0; i < DIRECTIONS; i++) {
		struct signals_side *d = &e->side[i];

		d->rate_us = d->queue_us = d->total = d->queued = NONE;
	}
}

/* --- baseline ------------------------------------------------------------- */

static int64_t
distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static void
believe(struct signals *e, const struct steer_settings *s,
    const struct rate *rate)
{
	int64_t base_us = rate->base_us, median_us;

	if (e->noted_us == NONE || rate->t_us < e->noted_us ||
	    rate->t_us - e->noted_us >= SIGNALS_BASE_US) {
		e->noted_us = rate->t_us;
		window_add(&e->bases, base_us, SIGNALS_BASES);
	}
	median_us = window_median(&e->bases, base_us);
	e->doubt = NULL;
	e->said_us = base_us;
	if (e->base_us != NONE &&
	    distance(base_us, e->base_us) > s->base_jump_us) {
		e->doubt = "jump";
		if (distance(median_us, e->base_us) <= s->base_jump_us)
			return;
	}
	if (base_us > median_us) {
		e->doubt = e->doubt != NULL ? e->doubt : "median";
		base_us = median_us;
	}
	if (base_us < s->base_min_us || base_us > s->base_max_us) {
		e->doubt = "bounds";
		base_us = base_us < s->base_min_us ? s->base_min_us :
						     s->base_max_us;
	}
	e->base_us = base_us;
}

/* --- records -------------------------------------------------------------- */

void
signals_rate(struct signals *e, const struct steer_settings *s,
    const struct rate *rate)
{
	struct signals_side *d = &e->side[rate->dir];
	int64_t dt_us = d->rate_us == NONE ? 0 : rate->t_us - d->rate_us;
	int64_t delta_us;

	if (d->rate_us != NONE && dt_us <= 0)
		return;
	d->rate_us = rate->t_us;
	d->zone = rate->state;
	if (rate->base_us != NONE)
		believe(e, s, rate);
	/* In a blackout there is no delay to tell. */
	if (rate->delta_us == NONE || rate->state == ZONE_BLACKOUT ||
	    rate->state == ZONE_UNKNOWN)
		return;
	delta_us = rate->delta_us;
	if (rate->base_us != NONE)
		delta_us += rate->base_us - e->base_us;
	if (delta_us < 0)
		delta_us = 0;
	if (delta_us > DELTA_MAX)
		delta_us = DELTA_MAX;
	if (!d->delta.set || dt_us > s->max_age_us)
		d->delta.set = false;
	if (!d->delta.set)
		ewma_add(&d->delta, delta_us, 1, 1);
	else
		ewma_add_after(&d->delta, delta_us, dt_us, s->smooth_us);
}

/* A device's drops are not those of a queue before it, and a router's CAKE is
 * known to report 0 whatever it dropped: neither is a signal. */
static int64_t
drops_of(const struct queue *q)
{
	if (strcmp(q->source, "device") == 0 ||
	    (strncmp(q->source, "router", 6) == 0 && q->drops == 0))
		return NONE;
	return q->drops;
}

/* Both 0 or more; as much as fits. */
static int64_t
sum(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

void
signals_queue(struct signals *e, const struct queue *q)
{
	struct signals_side *d = &e->side[q->dir];
	int64_t queued = NONE, total = drops_of(q);

	if (d->queue_us != NONE && q->t_us <= d->queue_us)
		return;
	d->queue_us = q->t_us;
	if (total != NONE && d->total != NONE)
		d->drops = sum(d->drops,
		    total >= d->total ? total - d->total : total);
	d->total = total;
	if (q->queued != NONE)
		queued = q->queued;
	else if (q->backlog != NONE)
		queued = q->backlog / PACKET + (q->backlog % PACKET != 0);
	if (d->fresh == 0 || queued > d->queued)
		d->queued = queued;
	d->fresh = 1;
	d->missing = 0;
}

/* --- what it comes to ----------------------------------------------------- */

int64_t
signals_t(const struct signals *e)
{
	int64_t t_us = NONE;

	for (int i = 0; i < DIRECTIONS; i++)
		if (e->side[i].rate_us > t_us)
			t_us = e->side[i].rate_us;
	return t_us;
}

static void
add_counters(const struct signals_side *d, struct votes_signals *g)
{
	if (d->queue_us == NONE ||
	    (d->fresh == 0 && d->missing >= SIGNALS_MISSING - 1))
		return;
	if (d->total != NONE)
		g->drops = sum(g->drops == NONE ? 0 : g->drops, d->drops);
	if (d->queued > g->queued)
		g->queued = d->queued;
}

void
signals_now(const struct signals *e, const struct steer_settings *s,
    int64_t t_us, struct votes_signals *g)
{
	*g = (struct votes_signals){ ZONE_UNKNOWN, NONE, NONE, NONE };
	for (int i = 0; i < DIRECTIONS; i++) {
		const struct signals_side *d = &e->side[i];
		int64_t delta_us = ewma_value(&d->delta, NONE);

		add_counters(d, g);
		if (d->rate_us == NONE || t_us - d->rate_us > s->max_age_us)
			continue;
		if (d->zone > g->zone)
			g->zone = d->zone;
		if (d->zone != ZONE_UNKNOWN && delta_us > g->delta_us)
			g->delta_us = delta_us;
	}
	/* Earlier delays say nothing about a blackout. */
	if (g->zone == ZONE_BLACKOUT)
		g->delta_us = NONE;
}

int64_t
signals_rtt(const struct signals *e, const struct votes_signals *g)
{
	if (e->base_us == NONE || g->delta_us == NONE)
		return NONE;
	return e->base_us + g->delta_us;
}

void
signals_decided(struct signals *e)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		struct signals_side *d = &e->side[i];

		if (d->fresh == 0 && d->missing < SIGNALS_MISSING)
			d->missing++;
		d->drops = d->fresh = 0;
	}
}

static void
shift(int64_t *t_us, int64_t by_us)
{
	if (*t_us != NONE)
		*t_us += by_us;
}

void
signals_shift(struct signals *e, int64_t by_us)
{
	shift(&e->noted_us, by_us);
	for (int i = 0; i < DIRECTIONS; i++) {
		shift(&e->side[i].rate_us, by_us);
		shift(&e->side[i].queue_us, by_us);
	}
}

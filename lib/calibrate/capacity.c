/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/capacity.h"

#include <string.h>

#include "base/number.h"

#define SEC 1000000
#define MBIT 1e6

/* A window is as long as it takes to count packets and not to count one more
 * or less: 2 % of it. */
#define LEAST_BYTES (64 * 1514)

/* And as long as it takes for the jitter of the delays at both ends, 1.4 times
 * that of one of them, to be 5 % of it. */
#define LEAST_JITTERS 28

/* A reading comes some ms after its time, the next one does not. */
#define LEAST_US (CAPACITY_STEP_US / 4 * 3)

/* Windows of one load from which a spread can be told. */
#define SPREAD_LEAST 8

/* Of the normal distribution: 90 % lie within so many standard deviations. */
#define SIGMAS 1.645

const int capacity_percent[HELD_SHARES] = { 5, 50, 99 };

struct queue_delay {
	bool known;
	int64_t us;
};

/* When a probe was where the device counts. */
static int64_t
time_of(const struct samples_probe *p, enum direction dir)
{
	return dir == UP ? p->sent_us : p->back_us;
}

/* The delay at that time, between the probes before and after it. */
static struct queue_delay
delay_at(const struct samples *s, enum direction dir, int64_t at_us)
{
	const struct samples_probe *before = NULL, *after = NULL;
	struct queue_delay d = { false, 0 };
	double part;

	for (size_t i = 0; i < s->probes; i++) {
		const struct samples_probe *p = &s->probe[i];
		int64_t t_us = time_of(p, dir);

		if (t_us <= at_us &&
		    (before == NULL || t_us >= time_of(before, dir)))
			before = p;
		if (t_us > at_us &&
		    (after == NULL || t_us < time_of(after, dir)))
			after = p;
	}
	if (before == NULL || after == NULL)
		return d;
	part = (double)(at_us - time_of(before, dir)) /
	    (double)(time_of(after, dir) - time_of(before, dir));
	d.known = true;
	d.us = before->delta_us +
	    (int64_t)(part * (double)(after->delta_us - before->delta_us));
	return d;
}

/* One more window, which follows one of *last_bps, or none if that is 0. */
static void
add_window(struct capacity *c, int64_t bps, int64_t us, int64_t *last_bps)
{
	double rate = (double)bps / MBIT;
	size_t at = c->n;

	if (c->n == CAPACITY_WINDOWS)
		return;
	for (; at > 0 && c->window[at - 1].bps > bps; at--)
		c->window[at] = c->window[at - 1];
	c->window[at] = (struct capacity_window){ bps, us };
	c->n++;
	c->us += us;
	c->sum += rate;
	c->squares += rate * rate;
	if (*last_bps > 0) {
		c->products += rate * ((double)*last_bps / MBIT);
		c->pairs++;
	}
	*last_bps = bps;
}

void
capacity_add(struct capacity *c, enum direction dir,
    const struct capacity_reading reading[], size_t readings,
    const struct samples *s, int64_t jitter_us, int64_t target_us)
{
	const struct capacity_reading *from = NULL;
	int64_t least_us = LEAST_US, from_delay_us = 0, last_bps = 0;

	if (dir == UP && jitter_us > LEAST_US / LEAST_JITTERS)
		least_us = LEAST_JITTERS * jitter_us;
	for (size_t i = 0; i < readings; i++) {
		const struct capacity_reading *r = &reading[i];
		struct queue_delay d = delay_at(s, dir, r->at_us);
		int64_t us, bytes;

		if (!d.known || d.us < target_us || r->bytes < 0) {
			from = NULL;
			last_bps = 0;
			continue;
		}
		us = from == NULL ? 0 : r->at_us - from->at_us;
		if (dir == UP)
			us += from == NULL ? 0 : d.us - from_delay_us;
		bytes = from == NULL ? 0 : r->bytes - from->bytes;
		if (from != NULL && (us < least_us || bytes < LEAST_BYTES))
			continue;
		if (from != NULL)
			add_window(c, number_muldiv(bytes, 8 * SEC, us), us,
			    &last_bps);
		from = r;
		from_delay_us = d.us;
	}
}

/* As many windows as are independent of each other: by how much one tells the
 * next one, and no fewer than there are runs of windows without a gap. */
static double
independent(const struct capacity *c)
{
	double n = (double)c->n, mean = c->sum / n;
	double variance = c->squares / n - mean * mean, like = 0;
	double runs = n - (double)c->pairs;

	if (c->pairs > 0 && variance > 0)
		like = (c->products / (double)c->pairs - mean * mean) /
		    variance;
	if (like <= 0)
		return n;
	n *= (1 - like) / (1 + like);
	return n > runs ? n : runs;
}

void
capacity_share(const struct capacity *c, int percent,
    struct capacity_share *out)
{
	double slower = (100 - percent) / 100.0, variance;
	int64_t before_us = 0; /* all windows that are slower */

	*out = (struct capacity_share){ 0, 0, 0 };
	if (c->n == 0)
		return;
	variance = SIGMAS * SIGMAS * slower * (1 - slower) / independent(c);
	for (size_t i = 0; i < c->n; i++) {
		double off = (double)before_us / (double)c->us - slower;
		bool below = before_us * 100 <= c->us * (100 - percent);
		bool away = off * off > variance;

		if (i == 0 || (below && away))
			out->low_bps = c->window[i].bps;
		if (below)
			out->bps = c->window[i].bps;
		if (below || !away)
			out->high_bps = c->window[i].bps;
		before_us += c->window[i].us;
	}
}

int64_t
capacity_spread_percent(const struct capacity *c)
{
	struct capacity_share slow, middle, fast;

	if (c->n < SPREAD_LEAST)
		return -1;
	capacity_share(c, 90, &slow);
	capacity_share(c, 50, &middle);
	capacity_share(c, 10, &fast);
	return number_muldiv(fast.bps - slow.bps, 100, middle.bps);
}

bool
capacity_changes(const struct capacity *c)
{
	return capacity_spread_percent(c) >= CAPACITY_CHANGES_PERCENT;
}

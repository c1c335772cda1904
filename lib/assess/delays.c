/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/delays.h"

#include <string.h>

#define MS 1000

/* By how much the last sample but one is above both of its neighbours, or
 * below. */
static void
learn_roughness(struct delays *d)
{
	const int64_t *t_us = d->t_us + d->count, *x = d->us + d->count;
	int64_t before, after, peak;

	if (d->count < 3 || t_us[-1] - t_us[-3] > DELAYS_SPAN_US)
		return;
	before = x[-2] - x[-3];
	after = x[-2] - x[-1];
	if (before < 0) {
		before = -before;
		after = -after;
	}
	peak = before < after ? before : after;
	if (peak < 0)
		peak = 0;
	else if (peak > DELAYS_ROUGH_MAX_US)
		peak = DELAYS_ROUGH_MAX_US;
	d->rough_us += (peak - d->rough_us) / DELAYS_MEAN;
}

void
delays_add(struct delays *d, int64_t t_us, int64_t us)
{
	if (d->count == DELAYS_MAX) {
		d->count--;
		memmove(d->t_us, d->t_us + 1, d->count * sizeof d->t_us[0]);
		memmove(d->us, d->us + 1, d->count * sizeof d->us[0]);
	}
	d->t_us[d->count] = t_us;
	d->us[d->count++] = us;
	learn_roughness(d);
}

int64_t
delays_least(const struct delays *d, size_t n)
{
	int64_t least = 0;

	for (size_t i = 0; i < n && d->count >= n; i++) {
		int64_t x = d->us[d->count - 1 - i];

		if (i == 0 || x < least)
			least = x;
	}
	return least;
}

/* Times in milliseconds keep the sums small. */
int64_t
delays_slope(const struct delays *d, size_t n)
{
	int64_t used = 0, st = 0, sx = 0, stt = 0, stx = 0, now, var;

	if (d->count == 0)
		return 0;
	now = d->t_us[d->count - 1];
	for (size_t i = d->count > n ? d->count - n : 0; i < d->count; i++) {
		int64_t t = (d->t_us[i] - now) / MS, x = d->us[i];

		/* A later one is of a clock that was set, or of a state that
		 * nobody wrote. */
		if (now - d->t_us[i] > DELAYS_SPAN_US || d->t_us[i] > now)
			continue;
		used++;
		st += t;
		sx += x;
		stt += t * t;
		stx += t * x;
	}
	var = used * stt - st * st;
	/* Spread over less than some 60 ms a slope is but noise. */
	if (used < 3 || var < used * used * 400)
		return 0;
	return (used * stx - st * sx) * 1000 / var;
}

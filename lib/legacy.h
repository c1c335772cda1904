/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of wanctl's predecessor, the Python program of that name:
 * its keys, of the release 1.0 and of later versions, as ours.
 *
 * Its moving averages were given as a share alpha of each new sample, or as a
 * time constant. alpha at one sample each `interval` is the time constant
 *
 *	tau = -interval / ln(1 - alpha)
 *
 * which is not interval / alpha: of alpha = 0.5 that would be 39 % too much.
 */
#ifndef LEGACY_H
#define LEGACY_H

#include <stddef.h>
#include <stdint.h>

#include "settings.h"

#define LEGACY_TEXT_MAX 256

enum legacy_fate {
	LEGACY_CARRIED, /* the same under our name */
	LEGACY_CHANGED, /* it says the same in another way */
	LEGACY_DROPPED, /* nothing of ours does that, or another thing does */
};

/* What became of one key: "[section] key = value", or why it was dropped. */
struct legacy_note {
	enum legacy_fate fate;
	char text[LEGACY_TEXT_MAX];
};

/* Time constant of alpha (parts per million, 1..999999) at that interval. */
int64_t legacy_time_constant(int64_t alpha_ppm, int64_t interval_us);

/* Takes over one key, a path as yamlist.h gives it. interval_us is the time
 * between two samples of the wan file (its alphas), steer_interval_us that of
 * the steering file. */
struct legacy_intervals {
	int64_t wan_us, steer_us;
};
void legacy_take(struct settings *s, const char *path, const char *value,
    const struct legacy_intervals *intervals, struct legacy_note *note);

/* After the last key: what theirs was by default and ours is not. */
void legacy_finish(struct settings *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classic law: a state machine on the delay above the baseline, the median
 * of the last few samples, then a moving average.
 *
 *	GREEN     after `green_samples` in a row, each adds `step`
 *	YELLOW    holds
 *	SOFT_RED  after `soft_red_samples` in a row, lowers to floor_soft_red
 *	          and holds; until then the state is YELLOW
 *	RED       multiplies by `factor` each sample, down to the floor
 *
 * With three states there is no SOFT_RED, and RED begins at its threshold.
 * A floor bounds a cut; it never raises a rate that is below it, only GREEN's
 * steps do. Thresholds and floors are keys of [download] and [upload]; median,
 * load_time and pace are keys of [assess].
 *
 * Both directions see the whole round trip.
 */
#ifndef LAW_CLASSIC_H
#define LAW_CLASSIC_H

#include "assess/law.h"
#include "base/ewma.h"
#include "base/window.h"

struct law_classic {
	struct classic_direction {
		int64_t green, soft_red; /* samples in a row */
		int64_t t_us;            /* of the last sample */
		int64_t step_us;         /* of the last decision */
		struct window window;    /* of delays above the baseline */
		struct ewma delta;
	} dir[DIRECTIONS];
};

extern const struct law law_classic;

#endif

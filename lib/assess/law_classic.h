/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classic law: a state machine on the delay above the baseline.
 *
 *	GREEN     after `green_samples` in a row, each adds `step`
 *	YELLOW    holds
 *	SOFT_RED  after `soft_red_samples` in a row, lowers to floor_soft_red
 *	          and holds; until then the state is YELLOW
 *	RED       multiplies by `factor` each sample, down to the floor
 *
 * With three states there is no SOFT_RED, and RED begins at its threshold.
 * A floor bounds a cut; it never raises a rate that is below it, only GREEN's
 * steps do. Thresholds and floors are keys of [download] and [upload].
 */
#ifndef LAW_CLASSIC_H
#define LAW_CLASSIC_H

#include "assess/law.h"

/* Zero-initialised is a fresh start. */
struct law_classic {
	int64_t green, soft_red; /* samples in a row */
};

struct law_output law_classic_step(struct law_classic *law,
    const struct direction_settings *d, const struct law_input *in);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that decisions depend on, in text: what comes after it is decided alike,
 * byte for byte. assess_describe keeps less, since after a restart the
 * counters and the last samples say nothing about now.
 *
 * Counts for people (tally.h) are left out.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "assess/assess.h"

/* A path has a line, a direction up to a dozen, and so has its law. */
#define SNAPSHOT_MAX 20000

/* Writes it, below SNAPSHOT_MAX. */
void snapshot_take(const struct assess *a, const struct settings *s,
    char out[static SNAPSHOT_MAX]);

/* Initialises *a from that text. NULL, or why not, and then nothing is known.
 * Rates and baselines are brought inside the bounds of this configuration. */
const char *snapshot_resume(struct assess *a, const struct settings *s,
    const struct law *law, const char *text);

#endif

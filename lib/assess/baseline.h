/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The delay of one path when nothing queues: of one reflector, and of one
 * direction where there is a one-way delay.
 *
 * It falls at once, since no packet is faster than the path; only a much lower
 * sample has to come twice. It rises slowly,
 * and only while the line is not known to be under load, so that a queue is
 * never learned. And it is guaranteed to relearn: when every sample for a
 * time was above the gate, the least of the later half is the path, which
 * became longer. On an idle line that time is `relearn`. Under load a queue can
 * look the same, so it takes `relearn_busy`, and a difference of more than
 * `busy_limit` waits for the line to be idle: a full buffer that drops from
 * its tail is as flat as a path. Where there are no counters, nobody knows
 * that, and ten times relearn_busy decides. All are keys of [baseline],
 * wanctl.conf(5).
 */
#ifndef BASELINE_H
#define BASELINE_H

#include <stdint.h>

#include "base/ewma.h"
#include "conf/settings.h"

enum activity {
	ACTIVITY_UNKNOWN, /* no counters */
	ACTIVITY_IDLE,
	ACTIVITY_BUSY,
};

/* Zero-initialised has no value yet. */
struct baseline {
	struct ewma value; /* microseconds */
	int64_t t_us;      /* of the last sample */
	/* The watch: since when has every sample been above the gate? */
	int64_t least_us; /* of its later half; 0 when there is no watch */
	int64_t watched_us, idle_us; /* how long, and how long of it idle */
	int64_t busy;                /* 1: some of it was under load */
	int64_t low_us; /* a much lower sample, waiting for a second one */
};

/* Takes a sample of `us` > 0 and returns what it is above the baseline, as the
 * baseline was before it: a sample must not soften its own effect. */
int64_t baseline_add(struct baseline *b, const struct settings *s, int64_t t_us,
    int64_t us, enum activity activity);

/* The value, or none. */
int64_t baseline_us(const struct baseline *b, int64_t none);

/* Sets a value from saved state, brought inside the configured bounds. */
void baseline_set(struct baseline *b, const struct settings *s, int64_t us);

#endif

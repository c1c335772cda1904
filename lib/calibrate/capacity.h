/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capacity of a line over time. A line whose capacity changes has no best
 * rate, but rates that it carries for a share of the time.
 *
 * While a load keeps the queue at the bottleneck filled, the line carries what
 * it can. Each window of a load is one sample of that. A window in which the
 * queue may have been empty tells nothing about the capacity and is left out.
 *
 * On the download the device counts what has passed the queue: the capacity is
 * bytes / (b - a) between two readings at a and b. On the upload it counts what
 * goes into the queue. The queue is first in, first out, so what enters it
 * between a and b leaves it between a + d(a) and b + d(b), where d is the added
 * delay of a probe that is sent at that time: the capacity is
 * bytes / (b - a + d(b) - d(a)).
 */
#ifndef CAPACITY_H
#define CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calibrate/samples.h"
#include "record/zone.h"

/* The counter is read so often: the loop follows a change that lasts longer. */
#define CAPACITY_STEP_US 200000

/* Room for an hour of both directions at default lengths of a load; windows
 * beyond it are left out. */
#define CAPACITY_WINDOWS 8192

/* From that spread on a line changes: the windows of a line that stands still
 * differ by packets and jitter, a twentieth at most. */
#define CAPACITY_CHANGES_PERCENT 15

/* Rates are told by shares of the time if there are so many windows. */
#define CAPACITY_ENOUGH 40

struct capacity_reading {
	int64_t at_us; /* on the clock of the samples */
	int64_t bytes; /* of the line's device; negative: nobody counts */
};

struct capacity_window {
	int64_t bps, us; /* so long */
};

struct capacity {
	struct capacity_window window[CAPACITY_WINDOWS]; /* slowest first */
	size_t n;
	int64_t us; /* of all windows */
	/* Of rates in Mbit/s, and of rates and the next one of the same load.
	 */
	double sum, squares, products;
	size_t pairs;
};

/* Shares of the time for which a line carries its ceiling, base and floor. */
enum capacity_held { HELD_CEILING, HELD_BASE, HELD_FLOOR, HELD_SHARES };
extern const int capacity_percent[HELD_SHARES]; /* 5, 50, 99 */

/* A rate, and the range in which it lies with a probability of 90 %. */
struct capacity_share {
	int64_t bps, low_bps, high_bps;
};

/* Adds the windows of one load in that direction: readings in the order of
 * time, and its probes. jitter_us is that of the idle line. A delay below
 * target_us may be that of an empty queue. */
void capacity_add(struct capacity *c, enum direction dir,
    const struct capacity_reading reading[], size_t readings,
    const struct samples *s, int64_t jitter_us, int64_t target_us);

/* The highest rate that the line carried, or more, for `percent` of the time,
 * 1..99; zeros if there is no window. The range is that of the normal
 * distribution, for as many windows as are independent of each other: by how
 * much a window tells the next one. */
void capacity_share(const struct capacity *c, int percent,
    struct capacity_share *out);

/* The rates carried for 10 and for 90 % of the time differ by so much, in
 * percent of the middle one; negative: too few windows of one load to say. */
int64_t capacity_spread_percent(const struct capacity *c);

bool capacity_changes(const struct capacity *c);

#endif

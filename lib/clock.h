/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time of records: microseconds since the epoch as of the start of the
 * process, plus monotonic time since. Readable, and no step inside a run
 * whatever happens to the wall clock.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

struct clock {
	int64_t offset_us; /* record time minus monotonic time */
};

void clock_start(struct clock *c);
int64_t clock_now(const struct clock *c); /* record time */

/* CLOCK_MONOTONIC in microseconds, for deadlines. */
int64_t clock_monotonic(void);

/* For ppoll(2): the time from now until a monotonic moment, 0 if past. */
struct timespec clock_until(int64_t monotonic_us);

#endif

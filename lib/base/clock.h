/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks of the kernel in microseconds. The time of records is timeline.h's. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_read(clockid_t id);

/* CLOCK_MONOTONIC in microseconds, for deadlines. */
int64_t clock_monotonic(void);

/* For ppoll(2): the time from now until a monotonic moment, 0 if past, and a
 * day if it is later: a time_t of 32 bits has no room for any. */
#define CLOCK_WAIT_MAX 86400000000
struct timespec clock_until(int64_t monotonic_us);

#endif

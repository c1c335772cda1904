/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

int64_t
clock_read(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

struct timespec
clock_until(int64_t monotonic_us)
{
	int64_t now = clock_read(CLOCK_MONOTONIC);
	int64_t left = monotonic_us > now ? monotonic_us - now : 0;

	if (left > CLOCK_WAIT_MAX)
		left = CLOCK_WAIT_MAX;
	return (struct timespec){ .tv_sec = (time_t)(left / 1000000),
		.tv_nsec = (long)(left % 1000000 * 1000) };
}

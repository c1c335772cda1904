/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random input for property tests: xorshift64*, so that a seed means the same
 * everywhere. The seed is printed and WANCTL_SEED=N repeats a run.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t random_state;

__attribute__((unused)) static void
random_start(void)
{
	const char *given = getenv("WANCTL_SEED");

	random_state = given != NULL ? strtoull(given, NULL, 10) :
				       (uint64_t)time(NULL) * 2654435761U;
	random_state |= 1;
	printf("# WANCTL_SEED=%llu\n", (unsigned long long)random_state);
}

__attribute__((unused)) static uint64_t
random_bits(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 2685821657736338717U;
}

/* lo..hi, both included. */
__attribute__((unused)) static int64_t
random_int(int64_t lo, int64_t hi)
{
	uint64_t span = (uint64_t)hi - (uint64_t)lo + 1;
	uint64_t r = random_bits();

	return (int64_t)((uint64_t)lo + (span == 0 ? r : r % span));
}

/* Any magnitude is as likely as any other: half of all uniform 64-bit numbers
 * are near the largest, and bugs live near 0 and near the bounds. */
__attribute__((unused)) static int64_t
random_wide(void)
{
	int64_t v = (int64_t)(random_bits() >> random_int(1, 63));

	switch (random_int(0, 15)) {
	case 0:
		return INT64_MAX;
	case 1:
		return INT64_MIN;
	case 2:
		return 0;
	default:
		return random_int(0, 1) ? v : -v;
	}
}

#endif

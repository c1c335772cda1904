/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last few delays of one direction above the baseline: the least of them, a
 * standing delay; their slope; and how rough they are.
 *
 * A queue delays every packet, jitter does so but rarely: so the least of three
 * samples in a row tells them apart. A queue grows and drains over several
 * samples, jitter goes up and back with each: that is roughness.
 */
#ifndef DELAYS_H
#define DELAYS_H

#include <stddef.h>
#include <stdint.h>

#define DELAYS_MAX 6

/* The slope of samples further apart than this is not that of one queue. */
#define DELAYS_SPAN_US 900000

/* Roughness is a mean of so many samples, each no more than this. */
#define DELAYS_MEAN 64
#define DELAYS_ROUGH_MAX_US 20000

/* Zero-initialised is empty. */
struct delays {
	int64_t t_us[DELAYS_MAX], us[DELAYS_MAX];
	size_t count;     /* of them, the newest last */
	int64_t rough_us; /* mean of what one sample goes up and back */
};

/* t_us does not run backwards. */
void delays_add(struct delays *d, int64_t t_us, int64_t us);

/* The least of the last n; 0 with fewer, as then there is no standing delay. */
int64_t delays_least(const struct delays *d, size_t n);

/* By least squares, of the last n at most, in seconds a second, parts per
 * million; 0 where samples are too few or too near to each other to tell. */
int64_t delays_slope(const struct delays *d, size_t n);

#endif

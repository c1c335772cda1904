/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exponentially weighted moving average in fixed point.
 *
 * "No value yet" is a state of its own, so a true 0 is never taken for it.
 * Inputs are clamped to +-EWMA_BOUND, so nothing can overflow, and the value
 * always lies between the least and the greatest (clamped) input.
 */
#ifndef EWMA_H
#define EWMA_H

#include <stdbool.h>
#include <stdint.h>

/* 2^40: 12 days in microseconds, 1.1 Tbit/s in bits a second. */
#define EWMA_BOUND ((int64_t)1 << 40)

/* Zero-initialised is empty. */
struct ewma {
	int64_t scaled; /* the value times 2^EWMA_SHIFT; meaningless if !set */
	bool set;
};
#define EWMA_SHIFT 16

/* Adds x with weight num/den, 0 < num <= den <= 2^41; the first input becomes
 * the value. Returns the value. */
int64_t ewma_add(struct ewma *e, int64_t x, int64_t num, int64_t den);

/* Adds x, dt_us after the input before it, with time constant tau_us >= 0.
 * Weight dt / (tau + dt), the implicit Euler step of a first-order filter:
 * within (0, 1] for every dt > 0, so irregular samples need no special case.
 * Without a time constant x becomes the value; else dt <= 0 changes nothing. */
int64_t ewma_add_after(struct ewma *e, int64_t x, int64_t dt_us,
    int64_t tau_us);

/* The value, or none if nothing was added yet. */
int64_t ewma_value(const struct ewma *e, int64_t none);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last few samples: least, median. Bounded by construction.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stddef.h>
#include <stdint.h>

#define WINDOW_MAX 15

/* Zero-initialised is empty. */
struct window {
	int64_t sample[WINDOW_MAX];
	size_t next, count;
};

/* Adds x and forgets all but the last `size` samples, 1 <= size <= WINDOW_MAX.
 * Every call for one window must give the same size. */
void window_add(struct window *w, int64_t x, size_t size);

/* The i-th sample of those there, the oldest first; i < w->count. */
int64_t window_at(const struct window *w, size_t i);

/* The lower median of what is there; none if empty. Of two samples it is the
 * lesser, so one outlier right after the start does not count either. */
int64_t window_median(const struct window *w, int64_t none);

/* The least of what is there; none if empty. */
int64_t window_least(const struct window *w, int64_t none);

#endif

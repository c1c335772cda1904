/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * At most so many writes within a sliding time, for the sake of flash memory.
 * It only says whether there is room: a write that must not wait is counted
 * all the same. Times are record time, so they mean something after a restart.
 */
#ifndef LIMITER_H
#define LIMITER_H

#include <stddef.h>
#include <stdint.h>

#define LIMITER_MAX 64

/* Zero-initialised: no writes yet. */
struct limiter {
	int64_t t_us[LIMITER_MAX]; /* the newest writes, as a ring */
	size_t count, next;
};

void limiter_wrote(struct limiter *l, int64_t t_us);

/* When there is room for one more write: t_us or earlier is now. Writes of
 * the future, after a clock that was set back, do not count. */
int64_t limiter_room(const struct limiter *l, int64_t limit, int64_t window_us,
    int64_t t_us);

#endif

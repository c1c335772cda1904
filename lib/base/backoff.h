/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pause after each failure in a row, twice as long as the one before.
 *
 * Pure; times are whatever clock the caller has, from 0 on.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised: no failure yet, nothing is waited for. */
struct backoff {
	int64_t pause_us; /* the last one; 0: the last try worked */
	int64_t until_us; /* nothing is tried before */
};

/* The pause after one of last_us (0: none): first_us, then the double, at most
 * most_us. */
int64_t backoff_next(int64_t last_us, int64_t first_us, int64_t most_us);

void backoff_failed(struct backoff *b, int64_t now_us, int64_t first_us,
    int64_t most_us);
void backoff_worked(struct backoff *b);

/* Nothing is tried until then, for another reason; the next pause is as long as
 * it would have been. */
void backoff_hold(struct backoff *b, int64_t until_us);

bool backoff_is_over(const struct backoff *b, int64_t now_us);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a peer that fails is tried again: after a pause that doubles with each
 * failure in a row, up to five minutes, a quarter of it left to chance so that
 * several that fail together do not come back together. After the pause one
 * try goes through; its success closes the breaker.
 *
 * A failure that does not mend itself (a wrong password, a changed host key)
 * begins with a longer pause.
 */
#ifndef BREAKER_H
#define BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FIRST_US 250000
#define BREAKER_LASTING_US 30000000
#define BREAKER_MOST_US 300000000

/* Zero-initialised: closed. */
struct breaker {
	int64_t failed;   /* in a row */
	int64_t until_us; /* nothing is tried before; monotonic */
	int64_t last_us;  /* the last pause, without chance */
};

bool breaker_allows(const struct breaker *b, int64_t now_us);

/* It failed. `least_us` is the least pause (0: none asked for); `chance` is
 * any number, better a random one. */
void breaker_failed(struct breaker *b, int64_t now_us, bool lasting,
    int64_t least_us, uint32_t chance);

void breaker_worked(struct breaker *b);

#endif

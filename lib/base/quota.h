/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often messages of one kind are printed, whatever data asks for: some at
 * once, and then one a minute, so that nobody fills a log by records or packets
 * that change something to and fro. With the next one that is printed comes how
 * many were not.
 */
#ifndef QUOTA_H
#define QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#define QUOTA_BURST 64           /* a fault and its end, of 32 reflectors */
#define QUOTA_PERIOD_US 60000000 /* 1440 lines a day at the very most */
#define QUOTA_KINDS 32

/* Zero-initialised. */
struct quota {
	struct quota_kind {
		const void *key; /* NULL: no more are known */
		int64_t full_us; /* when there is room for a burst again */
		int64_t left_out;
	} kind[QUOTA_KINDS];
};

/* Whether a message of that kind, not NULL, may be printed at the monotonic
 * time now_us; *left_out is how many before it were not. When there are more
 * kinds than QUOTA_KINDS, the last place is for all others. */
bool quota_allows(struct quota *q, const void *key, int64_t now_us,
    int64_t *left_out);

#endif

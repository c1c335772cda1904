/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check after a search: load at the very rate that will be written.
 *
 * The search's rate is the middle of where the edge may be, so it may be a
 * little too high. A rate that fails its check is lowered by the precision of
 * the search and checked again, some times; then the search's own proven rate
 * is tried (search_proven). A rate is written as proven only if the last load
 * at it kept the target. When the checks, the time or the data end before
 * that, the proven rate of the search is taken, which lies below all that
 * failed, and it is said that it is not checked.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include "calibrate/search.h"

#define VERIFY_CHECKS 4

enum verify_end {
	VERIFY_GOES_ON,
	VERIFY_KEPT,   /* a load at this rate kept the target */
	VERIFY_FAILED, /* higher rates failed; this one was not checked */
	VERIFY_NONE,   /* there was no check */
};

/* "kept", "failed" or "none": of a record. */
extern const char *const verify_names[];

/* A clause about an end, for people. */
const char *verify_text(enum verify_end end);

struct verify {
	int64_t bps;        /* the rate to check next; after the end, to use */
	int64_t failed_bps; /* the lowest that failed; 0: none */
	int checks;
	enum verify_end end;
};

/* Of that rate: the middle of a search that has ended, or one that is known
 * from elsewhere. */
void verify_start(struct verify *p, int64_t bps);

/* Takes a load at p->bps; it counts for the search too. */
void verify_add(struct verify *p, struct search *s,
    const struct search_probe *probe);

/* Nothing more can be checked: p->bps is what may be used. No change of a
 * proof that has ended. */
void verify_stop(struct verify *p, const struct search *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value of a thing that others may change too, brought to what is wanted: the
 * rate of a shaper, the switch of a diverter.
 *
 *	reconcile_begin		a cycle begins
 *	reconcile_read		what it has, or why that is not known
 *	reconcile_wrote		if the caller wrote: what it has then
 *	reconcile_not_taken	... which is not what was written
 *	reconcile_end		whether all that is news
 *
 * After a failure there is a pause, which doubles up to RECONCILE_MOST_US, so
 * that a broken peer is left alone; then the cycle begins with reading.
 *
 * Pure; times are monotonic.
 */
#ifndef RECONCILE_H
#define RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/backoff.h"
#include "base/failure.h"

#define RECONCILE_FIRST_US 100000
#define RECONCILE_MOST_US 5000000

/* reconcile_init before use. */
struct reconcile {
	int64_t want;    /* NONE: nothing yet */
	int64_t has;     /* as last read; NONE: not known */
	int64_t left;    /* what it had after the last cycle; NONE: unknown */
	int64_t read_us; /* when it was last read */
	struct backoff backoff;
	enum failure why; /* of the last reading or writing */

	/* This cycle. */
	bool read, tried; /* tried to write */
	bool wrote;
	bool foreign; /* it was read, and somebody else had changed it */

	/* The last report. */
	bool spoke;
	enum failure said; /* its why */
};

void reconcile_init(struct reconcile *r);

void reconcile_begin(struct reconcile *r);

/* `value` is only looked at if why is WORKED. */
void reconcile_read(struct reconcile *r, int64_t now_us, enum failure why,
    int64_t value);

/* set_why of the writing, get_why of the reading back. */
void reconcile_wrote(struct reconcile *r, int64_t now_us, enum failure set_why,
    enum failure get_why, int64_t value);
void reconcile_not_taken(struct reconcile *r);

/* True if the cycle is worth a record: it wrote, something fails in another way
 * or works again, or it is the first. */
bool reconcile_end(struct reconcile *r, int64_t now_us);

#endif

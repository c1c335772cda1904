/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a wanted rate is written to the shaper, for one direction.
 *
 * The newest decision wins. It is brought inside floor and ceiling, so that
 * the input can only choose a rate inside the band. It is written when it is
 * above what the shaper has by more than the deadband, or below it by more than
 * half of that, as a queue costs more than a few per cent of a climb; the floor
 * and the ceiling are written exactly, once. What the shaper has is read at the
 * start, after each write, and now and then; if somebody else changed it, the
 * rate is written again, see reconcile.h.
 *
 * Pure: the caller reads and writes the shaper and says what came of it.
 *
 *	if (writer_must_read(...))	writer_read(..., what it has or why not)
 *	if (writer_must_write(...))	writer_wrote(..., what it has then)
 *	if (writer_report(...))		the record is worth writing
 *
 * Times without a "t" are monotonic.
 */
#ifndef WRITER_H
#define WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/settings.h"
#include "record/messages.h"
#include "shape/reconcile.h"

#define WRITER_REPORT_US 1000000 /* a quiet direction reports this often */

/* writer_init before use. */
struct writer {
	struct reconcile shaper; /* its rate, in bits a second */
	int64_t was_bps;         /* before this cycle wrote it */

	/* The decision. */
	bool fresh;      /* it was not looked at yet */
	bool clamped;    /* it asked for more or less than is allowed */
	bool exact;      /* it is a limit, which was not the last written */
	int64_t set_bps; /* what was last written; NONE: nothing yet */
	bool limited;    /* an increase waits, until limit_us */
	int64_t limit_us;

	/* Reports. */
	int64_t spoke_us;
	struct applied last; /* the newest one; t_us NONE: none */
	int64_t writes;      /* of the shaper, since the state began */
	int64_t failures;    /* tries that did not do what was asked for */
	int64_t held;        /* increases that had to wait */
};

void writer_init(struct writer *w);

/* Takes a decision. NULL, or why not: "stale", it is older than max_age at
 * record time t_us. */
const char *writer_decide(struct writer *w, const struct settings *s,
    const struct rate *rate, int64_t t_us);

/* Is there something to do at now_us? It begins a cycle. And if not: when
 * will there be without another decision; INT64_MAX: never. */
bool writer_begin(struct writer *w, const struct settings *s, int64_t now_us);
int64_t writer_due_us(const struct writer *w, const struct settings *s);

/* Does it have to be read, and what came of it: bps is only looked at if why
 * is WORKED. */
bool writer_must_read(const struct writer *w, const struct settings *s,
    int64_t now_us);
void writer_read(struct writer *w, int64_t now_us, enum failure why,
    int64_t bps);

/* This cycle's increase waits until then. A lower rate never does: the caller
 * asks writer_raises first. */
bool writer_raises(const struct writer *w);
void writer_limit(struct writer *w, int64_t until_us);

/* Does the wanted rate have to be written, and what came of it: set_why of the
 * writing, get_why of the reading back. */
bool writer_must_write(const struct writer *w, const struct settings *s);
void writer_wrote(struct writer *w, const struct settings *s, int64_t now_us,
    enum failure set_why, enum failure get_why, int64_t bps);

/* Ends a cycle. True if its record, w->last, is news: it wrote, it is the
 * first, something failed or works again, or it was quiet for a second. With
 * dry_run nothing counts as written. */
struct writer_times {
	int64_t begin_us, end_us; /* of the cycle */
	int64_t t_us;             /* its end as record time */
};
bool writer_report(struct writer *w, const struct settings *s,
    enum direction dir, const struct writer_times *times, bool dry_run);

/* The state file's text, see wanctl-records(5); below WRITER_TEXT_MAX. The
 * applied records are its live part; `more` are lines of others before that,
 * at most WRITER_MORE_MAX bytes. */
#define WRITER_MORE_MAX 4096
#define WRITER_TEXT_MAX (WRITER_MORE_MAX + 4096)
void writer_describe(const struct writer w[static DIRECTIONS],
    const struct settings *s, const char *more,
    char out[static WRITER_TEXT_MAX]);

/* NULL, or why not; then both are as initialised. What does not fit the
 * configuration any more is left out. */
const char *writer_restore(struct writer w[static DIRECTIONS],
    const struct settings *s, const char *text);

extern const struct message_kind *const writer_kinds[];

#endif

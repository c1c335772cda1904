/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a wanted rate is written to the shaper, for one direction.
 *
 * The newest decision wins. It is brought inside floor and ceiling, so that
 * the input can only choose a rate inside the band. It is written when it
 * differs from what the shaper has by more than the deadband, or when nobody
 * knows what the shaper has. Pure: the caller reads and writes the shaper.
 */
#ifndef WRITER_H
#define WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"
#include "settings.h"

/* writer_init before use. */
struct writer {
	int64_t want_bps;  /* NONE: no decision yet */
	int64_t want_t_us; /* record time of the decision */
	bool fresh;        /* it was not looked at yet */
	bool clamped;      /* it asked for more or less than is allowed */
	int64_t has_bps;   /* as last read; NONE: not known */
	int64_t writes;    /* of the shaper, since the state began */
	int64_t failures;  /* that did not do what was asked for */
};

void writer_init(struct writer *w);

/* Takes a decision. NULL, or the word why not ("stale": older than max_age at
 * record time now_us, or older than the one before). */
const char *writer_decide(struct writer *w, const struct settings *s,
    const struct rate *rate, int64_t now_us);

/* Is the difference more than the deadband? */
bool writer_must_write(const struct writer *w, const struct settings *s);

/* Did the shaper take the rate? Shapers count in bytes, and routers round. */
bool writer_took(const struct writer *w);

/* The state file's text, see wanctl-records(5); below WRITER_TEXT_MAX. The
 * applied records are its live part. */
#define WRITER_TEXT_MAX 4096
void writer_describe(const struct writer w[static DIRECTIONS],
    const struct applied last[static DIRECTIONS], const struct settings *s,
    char out[static WRITER_TEXT_MAX]);

/* NULL, or why not; then both are as initialised. */
const char *writer_restore(struct writer w[static DIRECTIONS],
    const struct settings *s, const char *text);

extern const struct message_kind *const writer_kinds[];

#endif

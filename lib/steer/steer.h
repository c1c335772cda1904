/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where latency-sensitive traffic of a line goes: decisions from the records
 * of both lines.
 *
 *	signals of both lines ---> votes or score ---> a wish
 *	---> hold, brake, the alternate line's health ---> a decision
 *
 * A decision is made when the primary line has been measured anew, at most
 * once in [steer] interval. When its measurements stop, the last decision
 * stands, and nothing more is decided.
 *
 * Traffic only goes to a line that is alive, not congested, and has the
 * shorter round trip; it comes back at once (two decisions) from one that died
 * while the primary lives, and after the hold from one that became worse.
 *
 * Pure: time comes from the records alone, so the same records give the same
 * decisions. Time in which neither line was measured does not count for any
 * timer; after STEER_STALE_US of it traffic is where it belongs and all begins
 *anew.
 */
#ifndef STEER_H
#define STEER_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/settings.h"
#include "record/messages.h"
#include "steer/score.h"
#include "steer/signals.h"
#include "steer/votes.h"

#define STEER_STALE_US 600000000 /* ten minutes */
#define STEER_BACK 10            /* records of the past in a row: time is set */

enum line { PRIMARY, ALTERNATE };
#define LINES 2

struct steerer {
	struct signals line[LINES];
	int64_t now_us;     /* the newest t of all; NONE: none yet */
	int64_t back;       /* records in a row that were older by max_age */
	int64_t decided_us; /* t of the last decision; NONE: none yet */
	int64_t seen_us;    /* t of the delay that it was about */
	int64_t diverted;   /* 1: traffic goes to the alternate line */
	int64_t changed_us; /* t of the last change; NONE: there was none */
	int64_t bad;        /* decisions in a row with a bad alternate */
	int64_t changes, decisions;
	int64_t away, refused; /* changes to the alternate; decisions against
				* one that was wished for */
	struct votes votes;
	struct score score;
	struct brake brake;
	struct steer last; /* the last decision */
};

void steer_init(struct steerer *p);

/* A record of either line, told apart by its wan; one without is the
 * primary's. True if it led to a decision, p->last. */
bool steer_rate(struct steerer *p, const struct settings *s,
    const struct rate *rate);
void steer_queue(struct steerer *p, const struct settings *s,
    const struct queue *queue);

/* The state file's text, below STEER_TEXT_MAX bytes: all that later decisions
 * depend on. */
#define STEER_TEXT_MAX 12000
void steer_describe(const struct steerer *p, const struct settings *s,
    char out[static STEER_TEXT_MAX]);

/* Reads that text. Names of states that end in GOOD or DEGRADED, in whatever
 * case and with a line's name before them, are understood here and nowhere
 * else. NULL, or why not, and then *p is as initialised. */
const char *steer_restore(struct steerer *p, const struct settings *s,
    const char *text);

extern const struct message_kind *const steer_kinds[];

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a line congested, by votes of three signals, and for how long.
 *
 * A vote is RED when every configured signal that can be had is up: delay
 * above the baseline, packets dropped, packets waiting. It is YELLOW when the
 * delay is, or the queue is longer than queue_yellow, and else GREEN. A severe
 * delay or loss, if configured, is RED by itself, and so is a blackout.
 *
 * Some RED votes in a row ask to divert; more GREEN ones, without a RED one
 * between them, ask to return. YELLOW does not undo GREEN votes, or a line
 * that is never quite idle would never get its traffic back; and after a long
 * calm without RED it comes back from YELLOW too.
 *
 * Pure; counters belong to the caller and stay at what they must reach, so
 * that a wish which could not be granted is still there at the next vote.
 */
#ifndef VOTES_H
#define VOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/settings.h"
#include "record/messages.h"
#include "record/reason.h"

/* A line's signals at one moment. */
struct votes_signals {
	int64_t zone;     /* enum zone, the worse direction's */
	int64_t delta_us; /* above the baseline, smoothed */
	int64_t drops;    /* since the last decision; NONE: cannot be had */
	int64_t queued;   /* packets waiting; NONE: cannot be had */
};

enum wish { WISH_STAY, WISH_DIVERT, WISH_RETURN };

struct votes {
	int64_t red, green;       /* votes */
	int64_t red_us, green_us; /* record time of the first of them */
	int64_t calm_us;          /* of the last RED vote, or of the change */
};

/* The vote, and the rule that made it RED. */
enum vote votes_vote(const struct steer_settings *s,
    const struct votes_signals *signals, enum steer_reason *why);

/* Counts a vote. *why is the rule that a wish follows: the vote's, or
 * STEER_HEALTHY or STEER_CALM. */
enum wish votes_step(struct votes *st, const struct steer_settings *s,
    bool diverted, enum vote vote, int64_t t_us, enum steer_reason *why);

/* After a change all is counted anew. */
void votes_changed(struct votes *st, int64_t t_us);

/* Time in which nothing was measured does not count. */
void votes_shift(struct votes *st, int64_t by_us);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How sure we are that a line is congested, as a score of 0..100, and what
 * keeps changes apart.
 *
 *	the line's state    RED or blackout 50, lasting SOFT_RED 25, YELLOW 10
 *	delay               above 80 ms 15, above 120 ms 25
 *	drops that rise     10
 *	a queue that stays  10
 *
 * A score of 55 for 2 s asks to divert, one of 20 or less for 3 s to return.
 *
 * The brake counts changes: more than 4 in 5 minutes raise the threshold by
 * 15 for a minute after the last one. All these numbers are keys of [steer].
 */
#ifndef SCORE_H
#define SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/settings.h"
#include "steer/votes.h"

struct score {
	int64_t soft_red, drops, queue;      /* decisions in a row */
	int64_t high, low;                   /* 1: the score is, since: */
	int64_t high_since_us, low_since_us; /* record time */
};

#define BRAKE_MAX 16 /* one more than the most of flaps */

struct brake {
	int64_t t_us[BRAKE_MAX]; /* of the last changes, the oldest first */
	size_t count;
	int64_t until_us; /* it is on up to here, if `on` */
	bool on;
};

/* The score of this decision; counts what lasts. */
int64_t score_score(struct score *c, const struct steer_settings *s,
    const struct votes_signals *signals);

/* The wish that follows from a score, with the threshold raised by `points`. */
enum wish score_step(struct score *c, const struct steer_settings *s,
    bool diverted, int64_t score, int64_t points, int64_t t_us);

/* After a change all is timed anew; what lasts, lasts. */
void score_changed(struct score *c);
void score_shift(struct score *c, int64_t by_us);

/* A change was made. */
void brake_add(struct brake *b, const struct steer_settings *s, int64_t t_us);

/* The points that it adds now, 0 if it is not on. */
int64_t brake_points(const struct brake *b, const struct steer_settings *s,
    int64_t t_us);
bool brake_is_on(const struct brake *b, int64_t t_us);
void brake_shift(struct brake *b, int64_t by_us);

#endif

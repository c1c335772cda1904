/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the configured reflectors are probed. Of m, n are active and the
 * others are spares, which are probed too, but seldom: so that a spare is known
 * to answer before it is needed, and what reads the records has learned the
 * delay of its path while nothing queued on it. A newcomer with its first probe
 * under load would take the queue for its path.
 *
 * An active one is at fault when, of its last REFLECTORS_WINDOW probes,
 *
 *	it lost more than the others did, by `lost` of all
 *	it is slower than the others, by `slower`: the medians of round trips
 *	it has become slower while the others have not, by `drift`: what the
 *	median is above the least median that there was
 *
 * each compared with the median of the other active ones, the greater of two.
 * So what most of them have in common, a queue or a jammed line, blames none.
 * And the one at fault is replaced only by a spare that answered a probe that
 * was sent after the fault showed: with a dead line there is none.
 *
 * If most of them lose nearly all, they are judged by the spares: one that lost
 * each of its last probes is replaced by a spare that answered two since, in
 * whose time it was asked too. At the end of a blackout no spare is ahead by
 * that much, so it blames none, even if only one is active.
 *
 * One that was replaced is a spare again after `rest`.
 *
 * Time is an argument. All limits are keys of [ping], wanctl.conf(5).
 */
#ifndef REFLECTORS_H
#define REFLECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/settings.h"

#define REFLECTORS_WINDOW 15   /* probes: 4.5 s by default */
#define REFLECTORS_LEAST 8     /* answers that make a median */
#define REFLECTORS_DARK 900000 /* lost by the others, parts per million */

enum reflectors_fault {
	REFLECTORS_FINE,
	REFLECTORS_LOSES,
	REFLECTORS_SLOWER,
	REFLECTORS_DRIFTS,
};

struct reflector {
	bool active;
	/* The last probes: round trips, 0 if lost. */
	int64_t us[REFLECTORS_WINDOW];
	size_t next, count;
	int64_t least_us;  /* least median since it is active; 0: none yet */
	int64_t rested_us; /* it is not a spare before */
	int64_t tried_us;  /* when its last answered probe was sent; 0: never
			    * or lost since */
	int64_t before_us; /* the same of the one before; 0: none in a row */
};

struct reflectors {
	struct reflector one[SETTINGS_HOSTS];
	size_t count;
	int64_t judged_us; /* last time */
	int64_t spare_us;  /* when the next spare is to be probed */
	size_t spare;      /* the one before */
	/* The one at fault for which a spare is sought. */
	size_t accused;
	enum reflectors_fault fault;
	int64_t since_us; /* 0: none is */
	bool dark;        /* most of the others lose nearly all, too */
};

/* The first `active` of `count` are; 1 <= active <= count <= SETTINGS_HOSTS. */
void reflectors_init(struct reflectors *r, size_t count, size_t active,
    int64_t now_us);

/* A probe's result, the round trip or 0 if it was lost, of a probe sent at
 * sent_us. What could not be sent for a reason of our own is none. */
void reflectors_add(struct reflectors *r, size_t which, int64_t sent_us,
    int64_t us);

/* Whether a spare is to be probed now, and which; -1: none. Each spare in turn
 * every [ping] spare_interval, and while one is accused, each in turn every
 * [ping] interval. */
int reflectors_spare(struct reflectors *r, const struct settings *s,
    int64_t now_us);

/* When there is next something to ask for; INT64_MAX: never, as there are no
 * spares. */
int64_t reflectors_due_us(const struct reflectors *r);

/* One takes the place of another, and why. */
struct replacement {
	size_t from, to;
	enum reflectors_fault fault;
};

/* Judges, at most once an [ping] interval. True if one was replaced, as *out
 * says. */
bool reflectors_judge(struct reflectors *r, const struct settings *s,
    int64_t now_us, struct replacement *out);

#endif

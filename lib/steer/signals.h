/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signs of congestion in the records of one line.
 *
 * Delay comes from rate records, that is from another process, so its
 * baseline is not believed blindly: it is kept between base_min and base_max,
 * one that leaps by more than base_jump counts only when the median of the
 * last ones has come after it, and one that is above that median counts as the
 * median. What is not believed of the baseline is delay.
 *
 * Drops are differences of totals: a first total says nothing, a lesser one
 * is a reset. After three decisions without counters they are left out.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ewma.h"
#include "base/window.h"
#include "conf/settings.h"
#include "record/messages.h"
#include "steer/votes.h"

#define SIGNALS_BASES 15
#define SIGNALS_BASE_US 2000000 /* a baseline is noted this often */
#define SIGNALS_MISSING 3

struct signals_side {
	int64_t rate_us; /* t of the last rate record; NONE: none */
	int64_t zone;
	struct ewma delta;
	int64_t queue_us; /* t of the last queue record; NONE: none */
	int64_t total;    /* drops; NONE: the shaper does not say */
	int64_t drops;    /* since the last decision */
	int64_t queued;   /* most since then; NONE: not known */
	int64_t fresh;    /* 1: a queue record since then */
	int64_t missing;  /* decisions in a row without one */
};

struct signals {
	struct signals_side side[DIRECTIONS];
	int64_t base_us; /* believed; NONE: none yet */
	int64_t noted_us;
	struct window bases; /* the last ones, as they came */
	const char *doubt; /* why the last one was not believed; NULL: it was */
	int64_t said_us;   /* that one */
};

void signals_init(struct signals *e);

/* A record of this line. */
void signals_rate(struct signals *e, const struct steer_settings *s,
    const struct rate *rate);
void signals_queue(struct signals *e, const struct queue *queue);

/* The t of its newest delay, NONE: there was none. */
int64_t signals_t(const struct signals *e);

/* The sum of them, of directions not older than max_age at t_us. */
void signals_now(const struct signals *e, const struct steer_settings *s,
    int64_t t_us, struct votes_signals *signals);

/* Baseline and delay; NONE: not known. */
int64_t signals_rtt(const struct signals *e,
    const struct votes_signals *signals);

/* Drops and queues are looked at anew from here. */
void signals_decided(struct signals *e);

void signals_shift(struct signals *e, int64_t by_us);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording in figures: how much delay a line added while it was idle and
 * while it was loaded, how much of its rate was used, its time in each state,
 * why its rates were lowered, and how often its shaper was written.
 *
 * Percentiles come from histograms whose classes are less than 1 % wide, so a
 * recording of any length takes the same memory. Pure.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/messages.h"
#include "record/reason.h"
#include "record/zone.h"

/* A direction is idle or loaded when it carries less or more than that, in per
 * cent of its rate; between the two, a delay says little of either. */
#define SUMMARY_IDLE 20
#define SUMMARY_LOADED 50

/* Decisions that are further apart have a gap between them: nothing is known of
 * it. A pass comes each few seconds. */
#define SUMMARY_GAP_US 60000000

/* 128 classes for each power of two up to 2^33 us, which is two hours. */
#define SUMMARY_CLASSES (27 * 128)

/* Of values of 0 and more. Zero-initialised: none. */
struct summary_spread {
	int64_t count[SUMMARY_CLASSES], all;
};

void summary_add(struct summary_spread *s, int64_t us);

/* The value that this many in a thousand are not above; NONE if there are
 * none. */
int64_t summary_at(const struct summary_spread *s, int64_t permille);

struct summary_direction {
	int64_t decisions, writes, failures;
	struct summary_spread idle, loaded; /* delays in microseconds */
	int64_t state_us[ZONES];
	int64_t cuts[RATE_REASONS];
	/* While loaded: sums of rates and of what passed, and their number. */
	int64_t rate_kbps, passed_kbps, loads;
	struct rate last; /* t_us 0: none */
};

/* Zero-initialised: nothing was recorded. */
struct summary {
	struct summary_direction dir[DIRECTIONS];
};

void summary_rate(struct summary *s, const struct rate *rate);
void summary_applied(struct summary *s, const struct applied *applied);

/* Row i of a table, as long as there is one: what it is of, and a cell for each
 * direction of each of the summaries. */
#define SUMMARY_CELL 32
struct summary_row {
	char label[SUMMARY_CELL];
	char cell[DIRECTIONS][SUMMARY_CELL];
};
bool summary_row(const struct summary *of, int i, struct summary_row *row);

/* Row i says nothing of any direction. */
bool summary_is_empty(const struct summary *of, int i);

#endif

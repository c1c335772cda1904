/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts of what has happened on a line since counting began, for those who
 * look on: probes, decisions by their reasons, the time in each state, and how
 * the added delay was spread. Nothing is decided by them.
 *
 * Pure; zero-initialised has counted nothing.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

#include "base/text.h"
#include "record/messages.h"
#include "record/reason.h"
#include "record/zone.h"

/* Upper bounds of the added delay, in microseconds; one more class has what is
 * above the last. */
#define TALLY_BOUNDS 12
extern const int64_t tally_bounds_us[TALLY_BOUNDS];

struct tally_probes {
	int64_t answered, lost, late;
};

struct tally_direction {
	int64_t why[RATE_REASONS];        /* decisions */
	int64_t state_us[ZONES];          /* time in each state */
	int64_t delays[TALLY_BOUNDS + 1]; /* decisions by their delay; a delay
					   * below 0 is one of 0 */
	int64_t delay_us;                 /* their sum */
	/* The last decision: the time since then is that of its state. */
	int64_t t_us; /* 0: none */
	enum zone zone;
};

struct tally {
	int64_t since_us; /* the first record; 0: none yet */
	struct tally_probes probes;
	struct tally_direction dir[DIRECTIONS];
};

/* An rtt record: of all, and of its own reflector. */
void tally_probe(struct tally *t, struct tally_probes *of_host,
    const struct rtt *rtt);

/* A decision. After a silence of more than gap_us nobody knows the state. */
void tally_decision(struct tally *t, const struct rate *rate,
    enum rate_reason why, int64_t gap_us);

/* The clock was set back: what was later than newest_us was then. */
void tally_forget_later(struct tally *t, int64_t newest_us);

/* The counts as records of these kinds (ended by NULL), below TALLY_TEXT_MAX,
 * and back: true if a record was one of them; *reason then says why it cannot
 * be taken, or is NULL. Those of reflectors are their owner's. */
#define TALLY_TEXT_MAX 8192
extern const struct message_kind *const tally_kinds[];
void tally_describe(const struct tally *t, struct text *out);
bool tally_restore(struct tally *t, const struct record *line,
    const char **reason);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a direction carries, from readings of its counters: the last, and
 * the one before it that is UTILISATION_SPAN_US older.
 *
 * Counters are totals, so a first reading says nothing, and neither does one
 * that is lower than the one before: the shaper was made anew or a counter
 * wrapped. Unknown is NONE, never 0.
 */
#ifndef UTILISATION_H
#define UTILISATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/messages.h"

/* Readings further apart than this are two first ones. */
#define UTILISATION_GAP_US 65000000

/* A reading counts for so long, or for twice the time between the last two if
 * that is longer. */
#define UTILISATION_FRESH_US 5000000

/* A nonsensical reading must not become a number that overflows later. */
#define UTILISATION_PERCENT_MAX 1000000

/* A rate is measured over at least this, as long as readings are no further
 * apart: a burst of packets is not a rate. */
#define UTILISATION_SPAN_US 190000
#define UTILISATION_READINGS 8

/* Zero-initialised knows nothing. */
struct utilisation {
	bool seen; /* the fields below are of a reading */
	int64_t t_us, bytes, line_bytes;
	int64_t dt_us;         /* between the last two readings */
	char source[WORD_MAX]; /* another source counts something else */
	int64_t backlog, drops;
	int64_t shaper_bps; /* what the shaper was set to, or NONE */
	/* Readings before the last, the newest last. */
	struct utilisation_reading {
		int64_t t_us, bytes, line_bytes, backlog;
	} reading[UTILISATION_READINGS];
	size_t readings;
	int64_t span_us; /* that the rates are of */
	/* Of the last reading. NONE if the readings did not say. */
	int64_t goodput_bps; /* through the shaper */
	int64_t arrival_bps; /* on the WAN's device, else goodput */
	int64_t new_drops;
};

/* Takes a reading. False if it is not newer than the one before. */
bool utilisation_add(struct utilisation *l, const struct queue *q);

/* The use at one time. NONE: not known, or too old. */
struct usage {
	/* Arrivals, in per cent of the rate, or of the rate that the shaper is
	 * reported to have; NONE if the rate is 0, unknown. It may be over 100:
	 * on the download, arrivals are counted before the shaper. */
	int64_t percent;
	int64_t goodput_bps, arrival_bps; /* as above */
	int64_t measured_us; /* since that measure began; 0: the same time */
	int64_t backlog;     /* bytes in the shaper, the mean of the readings of
			      * that span */
};
struct usage utilisation_at(const struct utilisation *l, int64_t rate_bps,
    int64_t t_us);

#endif

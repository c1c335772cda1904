/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a line is, from the files that its programs leave in its run-time
 * directory: rows of a table for people, and whether each is well.
 *
 * Files are read leniently: a line that is not a record, or a key that is not
 * what it should be, is absent. The order of the files does not matter. Pure.
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/messages.h"
#include "record/zone.h"

#define HEALTH_ROW 256

/* The keeper of the rates, which decides what a write costs. */
enum health_backend { HEALTH_HERE, HEALTH_FLASH, HEALTH_ROUTER };

/* One direction. NONE and "" are absent. */
struct health_direction {
	struct health_rate {
		int64_t t_us, bps, delta_us, base_us, load;
		char state[WORD_MAX], why[WORD_MAX];
	} rate;
	struct health_applied {
		int64_t t_us, bps, ok;
		char why[WORD_MAX];
	} applied;
};

struct health {
	/* Set by the caller, after health_init. */
	char wan[WAN_MAX];
	int64_t now_us;      /* of record time */
	int64_t interval_us; /* [pass] interval: older than three is stale */
	enum health_backend backend;
	bool steers; /* [steer] is configured */

	bool seen; /* there was a state of a program of the loop */
	struct health_direction dir[DIRECTIONS];
	int64_t writes, failures;
	struct health_steer {
		int64_t t_us, on, dry_run, delta_us, to_rtt_us, confidence;
		char to[WAN_MAX], alternate[WORD_MAX];
	} steer;
	struct health_diverted {
		int64_t ok, on;
		char why[WORD_MAX];
	} diverted;
	int64_t pause_us[2]; /* until when: of the shaper, the diverter */
	int file;            /* whose lines come: an index of pause_us */
};

void health_init(struct health *h);

/* All lines of a file. */
void health_read(struct health *h, const char *text, size_t len);

/* The heading; each row, from 0, as long as there is one. *well: nothing is
 * wrong with it. */
void health_heading(char row[static HEALTH_ROW]);
bool health_row(const struct health *h, int i, char row[static HEALTH_ROW],
    bool *well);

#endif

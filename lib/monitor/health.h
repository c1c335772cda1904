/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a line is, from the files that its programs leave in its run-time
 * directory, and what is wrong with it. table.h, metrics.h and documents.h show
 * it.
 *
 * Files are read leniently: a line that is not a record, or a key that is not
 * what it should be, is absent. The order of the files does not matter. Pure.
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assess/tally.h"
#include "base/text.h"
#include "conf/settings.h"
#include "record/event.h"
#include "record/messages.h"
#include "record/zone.h"

#define HEALTH_FAULT 128

/* Records are stale when they are older than three intervals of [pass] and
 * this: a pass may be late. */
#define HEALTH_SLACK_US 5000000

/* The keeper of the rates, which decides what a write costs. */
enum health_backend { HEALTH_HERE, HEALTH_FLASH, HEALTH_ROUTER };

/* What is known of a line before any of its files: a record `line`. NONE is
 * unknown. */
struct health_line {
	char wan[WAN_MAX];
	int64_t now_us;      /* record time when this was asked */
	int64_t interval_us; /* [pass] interval: older than three is stale */
	int64_t backend;     /* enum health_backend */
	int64_t steers;      /* 1: [steer] is configured */
	int64_t ceiling_bps[DIRECTIONS], floor_bps[DIRECTIONS];
	/* [steer]: what is a RED vote, and how many of a kind count. */
	int64_t delta_us, red_samples, green_samples;
};

/* One direction. NONE and "" are absent. */
struct health_direction {
	struct health_rate {
		int64_t t_us, bps, delta_us, base_us, load;
		char state[WORD_MAX], why[WORD_MAX];
	} rate;
	struct health_applied {
		int64_t t_us, bps, ok, took_us;
		char why[WORD_MAX];
	} applied;
	struct health_queue {
		int64_t bytes, packets, drops, marks, backlog, line_bytes;
	} queue;
	struct health_shaper {
		int64_t writes, failures, held;
	} shaper;
};

struct health_reflector {
	char host[HOST_MAX], method[WORD_MAX];
	int64_t answered, lost, late, base_us, answered_t_us;
};

struct health {
	struct health_line line;

	bool seen; /* there was a state of a program of the loop */
	struct health_direction dir[DIRECTIONS];
	struct tally tally; /* since_us 0: nothing was counted */
	struct health_reflector reflector[SETTINGS_HOSTS];
	size_t reflectors;
	struct health_steer {
		int64_t t_us, on, dry_run, delta_us, to_rtt_us, confidence,
		    changed_us, changes, away, red, green, brake_us;
		char to[WAN_MAX], alternate[WORD_MAX], state[WORD_MAX];
	} steer;
	struct health_diverted {
		int64_t ok, on;
		char why[WORD_MAX];
	} diverted;
	/* Of the shaper's router, the diverter's: until when it is left alone,
	 * after how many failures in a row; NONE: it is not. */
	struct health_pause {
		int64_t until_us, failed;
	} pause[2];
	/* How often the shaper's router was left alone; sectors of its flash
	 * memory that it wrote since it booted. */
	int64_t pauses, sectors;
	struct health_alerts {
		bool seen; /* there was a state of wanctl-alert */
		struct health_alert {
			int64_t count, quiet_us;
			bool told;
		} of[ALERT_EVENTS];
	} alerts;
	int file; /* whose lines come: an index of pause */
};
#define HEALTH_SHAPER 0 /* of pause */
#define HEALTH_DIVERTER 1

void health_init(struct health *h);

/* All lines of a file. */
void health_read(struct health *h, const char *text, size_t len);

/* The files of several lines, each after its `line` record: fills up to `max`,
 * and gives their number. */
size_t health_read_lines(struct health *h, size_t max, const char *text,
    size_t len);

/* The `line` record. */
void health_describe(const struct health_line *line, struct text *out);
extern const struct message_kind *const health_kinds[];

/* A direction is measured and never set. */
bool health_is_unmanaged(const struct health *h, enum direction dir);

/* What is wrong with a direction, in words; NULL: nothing. */
const char *health_fault(const struct health *h, enum direction dir,
    char out[static HEALTH_FAULT]);

/* Is there steering to speak of? Then how it is, in words, and whether that is
 * well. */
bool health_has_steering(const struct health *h);
const char *health_steering(const struct health *h,
    char out[static HEALTH_FAULT], bool *well);

/* Nothing is wrong with either direction, or with steering. */
bool health_is_well(const struct health *h);

/* Decisions of both directions; NONE if none was counted. */
int64_t health_decisions(const struct health *h);

/* The direction with the greater delay; DIRECTIONS: no delay is known. */
enum direction health_worse(const struct health *h);

/* Why the router was not reached when it was asked last; "": it was, or nobody
 * asked. */
const char *health_router_failure(const struct health *h);

/* How long it is left alone, in microseconds; 0: it is not. `whose` is
 * HEALTH_SHAPER or HEALTH_DIVERTER. */
int64_t health_pause_us(const struct health *h, int whose);

/* A reflector has answered lately. */
bool health_answers(const struct health *h, const struct health_reflector *r);

/* For a tenth of a millisecond: "-0.0" would be odd. */
int64_t health_shown_us(int64_t us);

/* How long ago in words, or until then: "3 s", "in 5 min". */
#define HEALTH_AGE 32
const char *health_age(char out[static HEALTH_AGE], int64_t us);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The adaptive law: full throughput and low delay at once.
 *
 * While the provider's queue is not empty the line runs at its capacity, so
 * congestion itself tells the rate: it is measured once and remembered, the
 * knee. Each direction is in one of three phases:
 *
 *	OPEN   the rate climbs while it is used, slowly up to the knee and a
 *	       little beyond, then ever faster; unused it drifts to the base
 *	DRAIN  a standing delay was seen: the rate is below the knee, deep
 *	       enough to empty the queue within drain_time
 *	HOLD   just below the knee for a while, longer each time it is confirmed
 *
 * A delay counts when the least of the last three samples is above `trigger`,
 * or that of the last two is above half as much again: a queue delays every
 * packet, jitter does so but rarely. How much it does is learned while a
 * direction is idle, and `noise` times that is added to `trigger`. Jitter that
 * begins under load is told by its shape: a queue grows and drains over several
 * samples, jitter goes up and back with each.
 *
 * Where the delay of each direction is known, each owns its own. Of round trips
 * alone the directions under load are suspects, and our own shaper's backlog
 * acquits one: there the bottleneck is ours. If cutting the other one is in
 * vain, it is the one after all; if nothing tells, both are cut. One that is
 * not managed is never cut: the other one is tried, and if that is in vain, it
 * is left alone until the delay is over, or for a minute.
 *
 * Capacity: on the download what arrives before the shaper; on the upload the
 * queue grows by (rate - C) / C seconds a second, so C follows from the slope
 * of the delay, by least squares. While a queue stays, each sample tells it
 * anew, so a line that becomes slower still is cut again at once.
 *
 * Every word in `why` is one rule of wanctl-assess(8). Constants are keys of
 * [adaptive], wanctl.conf(5), or in law_adaptive_constants.h.
 */
#ifndef LAW_ADAPTIVE_H
#define LAW_ADAPTIVE_H

#include <stdint.h>

#include "assess/delays.h"
#include "assess/law.h"

enum adaptive_phase { ADAPTIVE_OPEN, ADAPTIVE_DRAIN, ADAPTIVE_HOLD };
#define ADAPTIVE_PHASES 3
extern const char *const adaptive_phase_names[ADAPTIVE_PHASES];

/* Times are those of records; 0 is never. Zero-initialised is a fresh start. */
struct adaptive_direction {
	struct delays delays;      /* its own, or the whole round trip's */
	int64_t phase;             /* enum adaptive_phase */
	int64_t step_us;           /* when this direction was last decided on */
	int64_t knee_bps;          /* last known capacity; 0 unknown */
	int64_t before_bps;        /* the rate when the episode began */
	int64_t onset_us;          /* when that was */
	int64_t wait_us;           /* until when nothing is judged or climbed */
	int64_t felt_us;           /* when samples show what the last cut did */
	int64_t cut_delta_us;      /* standing delay at the last cut */
	int64_t flat;              /* cuts in a row that changed no delay */
	int64_t low_us, high_us;   /* between which the delay was since then */
	int64_t hold_us;           /* how long the present knee is held */
	int64_t grow_ppm;          /* growth a second of the climb */
	int64_t active_us;         /* when it was last under load */
	int64_t slack_us;          /* since when it is not used */
	int64_t blind_us;          /* since when it is full without any queue */
	int64_t brake_us;          /* since when its climb is braked */
	int64_t drained_us;        /* what a queue would have lost since there
				    * was last none */
	int64_t least_us, most_us; /* the delay since then */
	int64_t noise_us;          /* mean standing delay without load */
};

/* The ground of a suspicion. */
enum adaptive_evidence { ADAPTIVE_TRIAL, ADAPTIVE_LOAD, ADAPTIVE_QUEUE };

struct law_adaptive {
	struct adaptive_direction dir[DIRECTIONS];
	/* Of round trips alone: */
	int64_t tried;    /* suspects cut in vain */
	int64_t suspects; /* bits 1 << enum direction; 0 none */
	int64_t evidence; /* who is suspected: enum adaptive_evidence */
};

extern const struct law law_adaptive;

#endif

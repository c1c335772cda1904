/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs that calibration runs beside itself: wanctl-ping, whose probes
 * it collects, and a load, whose throughput it takes from the counters of the
 * line's device or from what the load itself says.
 *
 * Each function that waits gives STATUS_OK or the status to end with; `detail`
 * then has the reason, or "" when a signal came, about which there is nothing
 * to say. Signals come only inside waits.
 */
#ifndef LOAD_GENERATOR_H
#define LOAD_GENERATOR_H

#include <signal.h>

#include "base/child.h"
#include "base/lines.h"
#include "base/status.h"
#include "calibrate/calibrate_args.h"
#include "calibrate/capacity.h"
#include "calibrate/samples.h"

#define LOAD_GENERATOR_OUTPUT 4194304 /* of a load program */
#define LOAD_GENERATOR_DETAIL 512
#define LOAD_GENERATOR_AGAIN_US \
	3000000 /* that a busy server is given, at last */
#define LOAD_GENERATOR_RAMP_US 2000000 /* of iperf3, or so */
#define LOAD_GENERATOR_HOLD_US 4000000
#define LOAD_GENERATOR_SETTLE_US 700000 /* after it, buffers empty */
#define LOAD_GENERATOR_READINGS (LOAD_GENERATOR_HOLD_US / CAPACITY_STEP_US + 2)

struct load_generator {
	/* Set by the caller before load_generator_start. */
	const struct settings *settings;
	const char *server;                    /* of iperf3; or NULL */
	struct calibrate_args_ports ports;     /* ... one after the other */
	const char *command[DIRECTIONS];       /* instead; or NULL */
	const sigset_t *open_mask;             /* signals that end a wait */
	const volatile sig_atomic_t *stopping; /* ... and say so here */
	int64_t ramp_us; /* until a load is at its full rate; not measured */
	/* Called some times a second while it waits, and between attempts. */
	void (*tick)(void *user);
	void *user;
	/* Until then a server that says that it is busy is asked again. */
	int64_t patience_us;
	struct capacity *capacity;    /* where a load's is added, or NULL */
	int64_t jitter_us, target_us; /* ... by those of capacity_add */

	struct samples samples;
	struct child ping, load;
	enum direction loading;
	int64_t port; /* of the last attempt; 0: none yet */
	struct lines lines;
	char out[LOAD_GENERATOR_OUTPUT]; /* of the load */
	size_t len;
	char err[LOAD_GENERATOR_DETAIL /
	    2]; /* the last that it said of errors */
	size_t err_len;
	bool load_ended;
	int64_t ended_us; /* about when, if it has */
	int load_status;
	const char *trouble; /* why a load is tried again, or NULL */
	struct capacity_reading reading[LOAD_GENERATOR_READINGS];
	size_t readings;
	int64_t read_us; /* when the next one is due */
	/* For people who watch: of about the last second, and what that is
	 * counted from; negative: unknown. */
	int64_t now_bps, from_bytes, from_us;
	char said[LOAD_GENERATOR_DETAIL /
	    2]; /* the last word of a load that failed */
	char detail[LOAD_GENERATOR_DETAIL];
};

/* Whether there is a program for that direction. */
bool load_generator_has(const struct load_generator *l, enum direction dir);

/* How long one load takes, with what comes before and after. */
int64_t load_generator_probe_us(const struct load_generator *l);

/* Starts wanctl-ping. */
enum status load_generator_start(struct load_generator *l);

/* Takes probes of the idle line for so long. */
enum status load_generator_idle(struct load_generator *l, int64_t for_us);

/* One load: all figures but the rate are set. A load that fails is tried again,
 * three times, and for as long as l->patience_us allows if the server is busy,
 * at its next port if it has several; time and data are those of all attempts,
 * of both directions if the line's device counts them. Where the load is what
 * failed, and not something else, l->trouble is set afterwards. */
enum status load_generator_measure(struct load_generator *l, enum direction dir,
    struct search_probe *out);

/* Bits a second by two readings of a counter of bytes and the time between; -1
 * if there was none, or it began anew, as that of a device that is new does. */
int64_t load_generator_rate(int64_t from, int64_t to, int64_t us);

/* Ends what still runs. May be called at any time after the fields are set to
 * zero. */
void load_generator_end(struct load_generator *l, int64_t grace_us);

#endif

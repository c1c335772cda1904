/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every control law is given and what it answers, for one direction.
 *
 * A law is a pure function of its own state, the settings of the direction,
 * and one input; assess.c feeds it once per sample and owns everything else:
 * baselines, filters, load, missing data. A new law is one more module with a
 * step of this shape and a state that assess.c keeps, saves and restores.
 */
#ifndef LAW_H
#define LAW_H

#include <stdint.h>

#include "conf/settings.h"
#include "record/messages.h"
#include "record/zone.h"

struct law_input {
	int64_t t_us;      /* of the sample */
	int64_t delta_us;  /* filtered delay above the baseline */
	int64_t sample_us; /* this sample's own */
	int64_t load;      /* per cent, or NONE */
	int64_t goodput_bps, arrival_bps; /* or NONE */
	int64_t backlog;                  /* bytes in our shaper, or NONE */
	int64_t rate_bps;                 /* the rate so far */
};

struct law_output {
	enum zone zone;
	int64_t rate_bps; /* within floor and ceiling */
	const char *why;  /* one word of wanctl-records(5) */
};

#endif

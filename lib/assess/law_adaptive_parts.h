/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the parts of law_adaptive.h; nothing else includes this. */
#ifndef LAW_ADAPTIVE_PARTS_H
#define LAW_ADAPTIVE_PARTS_H

#include "assess/law_adaptive.h"

#ifndef ADAPTIVE_CONSTANT
#define ADAPTIVE_CONSTANT(name, value) name = value,
enum {
#include "assess/law_adaptive_constants.h"
};
#endif

#define ADAPTIVE_BOTH (1 << DOWN | 1 << UP) /* suspects */

/* A direction at this sample. */
struct adaptive_view {
	const struct law_input *in;
	const struct settings *s;
	int dir;
	int64_t dt_us, m2_us, m3_us, slope_ppm;
	int64_t trigger_us;
	int64_t steep_ppm; /* slope of the last three when they are far up */
	int64_t lag_us;    /* until an answer tells of a change */
	int64_t rate_bps, load, capacity_bps;
	bool active, starved, congested;
	int64_t backlog_us; /* or NONE */
	bool trial;         /* suspected, but it may be the other one */
	bool together;      /* both are suspected */
	bool alone;         /* the other one is not under load */
	bool lone; /* suspected by trial, and the other one is never cut */
};

/* Takes the sample of a direction. */
struct adaptive_view adaptive_view_of(struct adaptive_direction *d,
    const struct settings *s, const struct law_input *in, int dir);

/* Learns the delay that stands although nobody sends. */
void adaptive_learn_noise(struct law_adaptive *law,
    const struct adaptive_view v[DIRECTIONS]);

/* That, or the jitter that the shape of the delay shows. */
int64_t adaptive_noise_us(const struct adaptive_direction *d,
    const struct law_input *in, int dir);

/* The bottleneck is where the queue is: with one in our shaper, which passes
 * all of its rate, a little delay elsewhere is but bursts. */
bool adaptive_is_ours(const struct adaptive_view *v);

/* Of round trips alone: whose delay it is, and how that was told. */
void adaptive_blame(struct law_adaptive *law,
    struct adaptive_view v[DIRECTIONS], enum evidence evidence[DIRECTIONS]);

/* law_adaptive.describe, restore and kinds: law_adaptive_state.c. */
extern const struct message_kind *const law_adaptive_kinds[];
void law_adaptive_describe(const void *state, struct text *t);
const char *law_adaptive_restore(void *state, const struct settings *s,
    const struct record *line);

#endif

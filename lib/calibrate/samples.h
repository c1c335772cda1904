/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probes of calibration: first those of the idle line, of each reflector, then
 * those of one load after the other, each above its own reflector's idle round
 * trip. The caller owns it all; it is large.
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "calibrate/search.h"
#include "conf/settings.h"
#include "record/messages.h"

#define SAMPLES_MAX 4096
#define SAMPLES_IDLE 512 /* of a reflector */

struct idle_host {
	char name[HOST_MAX];
	int64_t us[SAMPLES_IDLE]; /* in order; sorted at the end */
	size_t n;
	int64_t lost;
	int64_t least_us, idle_us, jitter_us; /* idle: median; 0: unknown */
};

/* A probe that came back, on the monotonic clock. */
struct samples_probe {
	int64_t sent_us, back_us;
	int64_t delta_us; /* above its reflector's idle round trip */
};

struct samples {
	struct idle_host host[SETTINGS_HOSTS];
	size_t hosts;
	int64_t delta[SAMPLES_MAX], rtt[SAMPLES_MAX];
	size_t n;
	/* The same in the order of time, and those that came back late. */
	struct samples_probe probe[SAMPLES_MAX];
	size_t probes;
	int64_t lost;
	int64_t newest_us; /* the last delta; negative: none */
};

void samples_init(struct samples *s);

/* A probe of the idle line. More hosts or probes than there is room for are
 * left out. */
void samples_idle(struct samples *s, const struct rtt *r);

/* Sets the figures of each host. The one with the shortest idle round trip, or
 * NULL if none has answered. */
const struct idle_host *samples_idle_end(struct samples *s);

/* The idle line's jitter, after that: the middle one of the hosts' jitters, as
 * each has the line's and its own, and is of few probes; the lower of two. 0 if
 * none has answered. */
int64_t samples_jitter(const struct samples *s);

/* A load begins; a probe of it that came back at that time. What hosts without
 * an idle figure say is left out. */
void samples_begin(struct samples *s);
void samples_take(struct samples *s, const struct rtt *r, int64_t back_us);

/* A probe that comes back after the load: it tells the delay at the time when
 * it was sent, but is not one of the load's. */
void samples_late(struct samples *s, const struct rtt *r, int64_t back_us);

/* The load has ended: sets bloat_us, p95_us, mean_us and rpm. When more were
 * lost than came back, all of them are a second. */
void samples_add_up(struct samples *s, struct search_probe *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When somebody is told of a line: rules over the records that its programs
 * leave. A condition that holds for as long as its rule wants is told once, and
 * its end is told whenever its beginning was. A condition that comes again is
 * told again after a cool-down only.
 *
 *	congestion_sustained	SOFT_RED or RED for `sustained` of [alert]
 *	hard_red		RED; its cool-down is hard_red_cooldown
 *	flapping		the state changed `flaps` times in flap_window
 *	latency_regression	a delay for `sustained` without a load that
 *				would explain it
 *	baseline_drift		the baseline is half as long again as when it
 *				was noted, or half of it
 *	wan_offline		no reflector answers: BLACKOUT
 *	steering_activated	traffic goes to the other line
 *	router_lost		rates could not be set for ALERTING_LOST_US
 *	blind			there are no decisions
 *	alternate_dead		the other line is dead
 *
 * Pure: times are those of records; a caller without records says what time it
 * is.
 */
#ifndef ALERTING_H
#define ALERTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "conf/settings.h"
#include "record/event.h"
#include "record/messages.h"

/* A router that misses a write or two is no news: a pass comes each 2 s. */
#define ALERTING_LOST_US 10000000

/* The baseline that is compared is the least of so long, since each record has
 * that of another reflector. */
#define ALERTING_BASE_US 60000000

/* The Python program's limit, in parts per million. */
#define ALERTING_DRIFT_PPM 500000

/* zero-initialised: nothing was seen. */
struct alerting {
	struct alerting_event {
		int64_t since_us; /* it holds since then; 0: it does not */
		bool told;
		int64_t quiet_us; /* it is not told again before */
		int64_t count;    /* how often its beginning was told */
	} event[ALERT_EVENTS];
	struct alerting_direction {
		struct rate last; /* t_us 0: none */
		bool failed;      /* its last rate could not be set */
		int64_t toggle_us[SETTINGS_FLAPS_MAX]; /* a ring */
		size_t next;
	} dir[DIRECTIONS];
	char why[WORD_MAX]; /* of the last rate that could not be set */
	int64_t newest_us;  /* of all records and times; 0: none */
	int64_t decided_us; /* the newest decision; 0: none */
	/* The baseline: as noted; the least since `base_us`. 0: none. */
	int64_t noted_us, least_us, base_us;
};

/* What is to be told. */
struct alerting_news {
	struct alert alert[2 * ALERT_EVENTS];
	size_t count;
};

/* A record. Each appends to *news. */
void alerting_rate(struct alerting *a, const struct settings *s,
    const struct rate *rate, struct alerting_news *news);
void alerting_applied(struct alerting *a, const struct settings *s,
    const struct applied *applied, struct alerting_news *news);
void alerting_steer(struct alerting *a, const struct settings *s,
    const struct steer *steer, struct alerting_news *news);

/* It is t_us, without a record. When that is worth saying at the latest. */
void alerting_time(struct alerting *a, const struct settings *s, int64_t t_us,
    struct alerting_news *news);
int64_t alerting_due_us(const struct alerting *a, const struct settings *s);

/* The state's lines as text, below ALERTING_TEXT_MAX, and back: NULL, or why
 * not, and then nothing was seen. */
#define ALERTING_TEXT_MAX 4096
void alerting_describe(const struct alerting *a, const struct settings *s,
    char out[static ALERTING_TEXT_MAX]);
const char *alerting_restore(struct alerting *a, const struct settings *s,
    const char *text);
extern const struct message_kind *const alerting_kinds[];

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one direction, as people, steering and alerts see it.
 */
#ifndef ZONE_H
#define ZONE_H

#include <stdint.h>

enum zone {
	ZONE_UNKNOWN, /* no sample yet */
	ZONE_GREEN,
	ZONE_YELLOW,
	ZONE_SOFT_RED,
	ZONE_RED,
	ZONE_BLACKOUT, /* probes are sent and none is answered */
};
#define ZONES 6

/* Words of records and messages, indexed by enum zone. */
extern const char *const zone_names[ZONES];

enum direction { DOWN, UP };
#define DIRECTIONS 2
extern const char *const direction_names[DIRECTIONS];

struct zone_limits {
	int64_t yellow_us, soft_red_us, red_us; /* ascending */
	int64_t states; /* 4, or 3: RED from soft_red_us on, no SOFT_RED */
};

/* The zone of a delay above the baseline. At a threshold the better zone
 * holds: GREEN is delta <= yellow_us. */
enum zone zone_of(const struct zone_limits *limits, int64_t delta_us);

#endif

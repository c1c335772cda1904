/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/zone.h"

const char *const zone_names[ZONES] = {
	"unknown",
	"green",
	"yellow",
	"soft_red",
	"red",
	"blackout",
};

const char *const direction_names[DIRECTIONS] = { "down", "up" };

enum zone
zone_of(const struct zone_limits *limits, int64_t delta_us)
{
	if (delta_us <= limits->yellow_us)
		return ZONE_GREEN;
	if (delta_us <= limits->soft_red_us)
		return ZONE_YELLOW;
	if (limits->states == 3)
		return ZONE_RED;
	return delta_us <= limits->red_us ? ZONE_SOFT_RED : ZONE_RED;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/zone.h"

#include "../tap.h"

static const struct zone_limits four = { 15000, 45000, 80000, 4 };
static const struct zone_limits three = { 15000, 45000, 80000, 3 };

static const struct {
	int64_t delta;
	enum zone four, three;
} cases[] = {
	{ INT64_MIN, ZONE_GREEN, ZONE_GREEN },
	{ -1, ZONE_GREEN, ZONE_GREEN },
	{ 0, ZONE_GREEN, ZONE_GREEN },
	{ 15000, ZONE_GREEN, ZONE_GREEN },
	{ 15001, ZONE_YELLOW, ZONE_YELLOW },
	{ 45000, ZONE_YELLOW, ZONE_YELLOW },
	{ 45001, ZONE_SOFT_RED, ZONE_RED },
	{ 80000, ZONE_SOFT_RED, ZONE_RED },
	{ 80001, ZONE_RED, ZONE_RED },
	{ INT64_MAX, ZONE_RED, ZONE_RED },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		is_int(zone_of(&four, cases[i].delta), cases[i].four,
		    "R20: four states, %lld us", (long long)cases[i].delta);
		is_int(zone_of(&three, cases[i].delta), cases[i].three,
		    "R20: three states, %lld us", (long long)cases[i].delta);
	}
	is_str(zone_names[ZONE_UNKNOWN], "unknown", "words of the zones");
	is_str(zone_names[ZONE_GREEN], "green", "green");
	is_str(zone_names[ZONE_YELLOW], "yellow", "yellow");
	is_str(zone_names[ZONE_SOFT_RED], "soft_red", "soft_red");
	is_str(zone_names[ZONE_RED], "red", "red");
	is_str(zone_names[ZONE_BLACKOUT], "blackout", "blackout");
	is_str(direction_names[DOWN], "down", "words of the directions: down");
	is_str(direction_names[UP], "up", "up");
	return tap_done();
}

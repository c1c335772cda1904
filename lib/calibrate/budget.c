/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/budget.h"

int64_t
budget_left_us(const struct budget *b, int64_t now_us)
{
	int64_t left = b->max_us - (now_us - b->begun_us);

	return left > 0 ? left : 0;
}

bool
budget_allows(const struct budget *b, enum direction dir, int64_t now_us)
{
	int64_t time_us = b->probe_us, bytes = b->load_bytes[dir];

	if (dir == DOWN && b->has_load[UP]) {
		time_us += b->probe_us;
		bytes += b->load_bytes[UP];
	}
	return budget_left_us(b, now_us) >= time_us &&
	    (b->max_bytes == 0 || b->spent_bytes + bytes <= b->max_bytes);
}

void
budget_search(const struct budget *b, enum direction dir, int64_t now_us,
    struct search_limits *limits)
{
	int64_t searches = dir == DOWN && b->has_load[UP] ? 2 : 1;
	int64_t time_us = budget_left_us(b, now_us);
	int64_t bytes = b->max_bytes - b->spent_bytes;

	for (enum direction d = DOWN; d < DIRECTIONS; d++)
		if (b->has_load[d]) {
			time_us -= b->probe_us;
			bytes -= b->load_bytes[d];
		}
	/* 0 would be no limit. */
	limits->time_us = time_us > searches ? time_us / searches : 1;
	limits->bytes = b->max_bytes == 0 ? 0 :
	    bytes > searches              ? bytes / searches :
					    1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time and data that a calibration may use, and the part that is kept back for
 * the check of each direction at its end. All times are of one monotonic clock.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include "calibrate/search.h"
#include "record/zone.h"

struct budget {
	int64_t begun_us, max_us;
	int64_t spent_bytes, max_bytes; /* max_bytes 0: no limit */
	int64_t probe_us;               /* what one load takes */
	/* A load in that direction moves so much; 0: there is none. */
	int64_t load_bytes[DIRECTIONS];
	bool has_load[DIRECTIONS];
};

/* Never negative. */
int64_t budget_left_us(const struct budget *b, int64_t now_us);

/* Whether there is room for one more check; one of the download leaves enough
 * for one of the upload. */
bool budget_allows(const struct budget *b, enum direction dir, int64_t now_us);

/* Sets time_us and bytes: download first, which leaves the upload its half, and
 * a check for both. A search has one probe at least. */
void budget_search(const struct budget *b, enum direction dir, int64_t now_us,
    struct search_limits *limits);

#endif

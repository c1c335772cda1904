/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calibration's findings about one direction so far: input of the report, the
 * plot and the configuration.
 */
#ifndef DIRECTION_RESULT_H
#define DIRECTION_RESULT_H

#include "calibrate/capacity.h"
#include "calibrate/search.h"
#include "calibrate/verify.h"

struct direction_result {
	bool has_raw, has_best, has_after;
	struct search_probe raw;  /* without a shaper, if it could be opened */
	struct capacity capacity; /* ... of all such loads */
	/* It changes: it has shares of the time instead of a best rate, of
	 * which `best` is the ceiling, and the floor is what is checked. */
	bool changes;
	struct capacity_share held[HELD_SHARES];
	struct search search;
	enum search_end end;
	struct search_result best; /* the rate to use */
	struct verify proof;
	struct search_probe after; /* figures at that rate */
};

#endif

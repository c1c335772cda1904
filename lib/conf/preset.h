/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of lines, and what a configuration follows from: mostly from what was
 * measured on the line, and from its kind only where a measurement of some
 * minutes cannot tell, such as how low the line goes at its worst hour.
 */
#ifndef PRESET_H
#define PRESET_H

#include <stddef.h>
#include <stdint.h>

#include "record/zone.h"

struct preset {
	const char *name, *what;
	int64_t floor_percent; /* of the ceiling: the line's worst hour */
	int64_t yellow_us;     /* least threshold, before the jitter */
};

extern const struct preset presets[];
#define PRESETS 5

/* NULL if there is none of that name. */
const struct preset *preset_find(const char *name);

/* A key that a kind of line wants beside its rates and thresholds: values as in
 * wanctl.conf(5). */
struct preset_extra {
	const char *preset, *section, *key, *value, *why;
};
extern const struct preset_extra preset_extras[];
#define PRESET_EXTRAS 5

/* Measured figures of a line; negative: unknown. */
struct measured {
	int64_t idle_us, jitter_us;
	int64_t raw_bps[DIRECTIONS];
	int64_t spread_percent[DIRECTIONS]; /* search_spread */
};

#define PRESET_WHY_MAX 128

/* The kind that fits best, never NULL, and why. */
const struct preset *preset_choose(const struct measured *m,
    char why[static PRESET_WHY_MAX]);

enum chosen_key {
	CHOSEN_CEILING,
	CHOSEN_BASE,
	CHOSEN_FLOOR,
	CHOSEN_YELLOW,
	CHOSEN_SOFT_RED,
	CHOSEN_RED,
	CHOSEN_KEYS
};
extern const char *const chosen_keys[CHOSEN_KEYS];

struct chosen {
	int64_t value; /* bit/s, or microseconds */
	char why[PRESET_WHY_MAX];
};

/* The values of a direction whose best rate is best_bps > 0. They are in the
 * order that wanctl.conf(5) wants. */
void preset_values(const struct preset *p, const struct measured *m,
    int64_t best_bps, int64_t target_us, struct chosen out[static CHOSEN_KEYS]);

/* Those of a direction whose rate changes, and whose ceiling, base and floor
 * are known: why is the caller's to say. 0 < floor <= base <= ceiling. */
void preset_known(const struct preset *p, const struct measured *m,
    const int64_t bps[static CHOSEN_FLOOR + 1], int64_t target_us,
    struct chosen out[static CHOSEN_KEYS]);

#endif

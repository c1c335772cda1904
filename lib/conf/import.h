/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * To take over keys of other programs' configurations: the fate of each, and
 * what all of them need. legacy.h, autorate.h and sqm.h know the keys.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <stddef.h>

#include "conf/settings.h"

#define IMPORT_TEXT_MAX 256

enum import_fate {
	IMPORT_CARRIED, /* the same under our name */
	IMPORT_CHANGED, /* it says the same in another way */
	IMPORT_DROPPED, /* nothing of ours does that, or another thing does */
};

/* The fate of one key: "[section] key = value", or why it was dropped. */
struct import_note {
	enum import_fate fate;
	char text[IMPORT_TEXT_MAX];
};

/* A key of theirs. The first rule that fits counts, and the last one has the
 * path "*". */
struct import_rule {
	const char *path; /* a last "*" is any number of parts */
	int kind;         /* for its user */
	const char *section, *key;
};
const struct import_rule *import_find(const struct import_rule rules[],
    const char *path);

/* A number with our unit, without digits that the unit does not have, and zeros
 * at the end. */
void import_unit(const char *value, const char *unit, char *out, size_t size);

/* Time constant of a moving average that takes the share alpha (parts per
 * million, 1..999999) of each new sample:
 *
 *	tau = -interval / ln(1 - alpha)
 *
 * which is not interval / alpha: of alpha = 0.5 that would be 39 % too much. */
int64_t import_time_constant(int64_t alpha_ppm, int64_t interval_us);

/* The same of text, as whole milliseconds. NULL, or why not. */
const char *import_alpha(const char *value, int64_t interval_us, char *out,
    size_t size);

/* Sets a key; what is set twice has the last value, a list has one more. NULL,
 * or why not: then it is as before. */
const char *import_set(struct settings *s, const char *section, const char *key,
    const char *value);

/* Sets it to our text of their value, and notes that. */
void import_take(struct settings *s, const struct import_rule *r,
    const char *theirs, const char *ours, struct import_note *note);

/* Notes why it cannot be, and what would be taken. */
void import_refuse(struct import_note *note, const struct import_rule *r,
    const char *why);

void import_note(struct import_note *note, enum import_fate fate,
    const char *text);

#endif

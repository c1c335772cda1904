/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration that calibration writes: the keys that were given, as they
 * were given, and those that it chose, each with its reason in a comment.
 */
#ifndef COMPOSER_H
#define COMPOSER_H

#include "base/text.h"
#include "calibrate/outcome.h"
#include "conf/preset.h"
#include "conf/settings.h"

#define COMPOSER_MAX 32768 /* room for any */

struct composer {
	const struct settings *settings; /* those with a line are given */
	const struct preset *preset;
	const char *preset_why;
	const char *date; /* of the first line */
	const struct measured *measured;
	int64_t target_us;
	const struct outcome *outcome; /* of both directions, has_best */
};

/* What was given, and nothing else: for a program that reads a file. */
void compose_given(const struct settings *s, struct text *t);

/* Both: t->full says that it did not fit. */
void compose(const struct composer *c, struct text *t);

#endif

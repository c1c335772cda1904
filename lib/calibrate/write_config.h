/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration that calibration writes: the keys that were given, as they
 * were given, and those that it chose, each with its reason in a comment.
 */
#ifndef WRITE_CONFIG_H
#define WRITE_CONFIG_H

#include "base/text.h"
#include "calibrate/direction_result.h"
#include "conf/preset.h"
#include "conf/settings.h"

#define WRITE_CONFIG_MAX 32768 /* room for any */

struct write_config {
	const struct settings *settings; /* those with a line are given */
	const struct preset *preset;
	const char *preset_why;
	const char *date; /* of the first line */
	const struct measured *measured;
	int64_t target_us;
	const struct direction_result
	    *outcome; /* of both directions, has_best */
};

/* The given keys and nothing else: for a program that reads a file. */
void compose_given(const struct settings *s, struct text *t);

/* Both: t->full says that it did not fit. */
void compose(const struct write_config *c, struct text *t);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration that calibration writes: the keys that were given, as they
 * were given, and those that it chose, each with its reason in a comment. Of a
 * file that it began with, all the rest stays: order, comments, blank lines.
 */
#ifndef WRITE_CONFIG_H
#define WRITE_CONFIG_H

#include "base/text.h"
#include "calibrate/direction_result.h"
#include "conf/preset.h"
#include "conf/settings.h"

/* Room for any, and for the file. */
#define WRITE_CONFIG_MAX (4 * 32768)

struct write_config {
	const struct settings *settings; /* those with a line are given */
	const char *text;                /* of the file, "": there was none */
	const struct preset *preset;
	const char *preset_why;
	const char *date; /* of the first line */
	const struct measured *measured;
	int64_t target_us;
	const struct direction_result
	    *outcome; /* of both directions, has_best */
};

/* t->full: it did not fit. */
void write_config(const struct write_config *c, struct text *t);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration file into settings, with every fault and not only the first.
 *
 * inih does the grammar, but it is fed by a reader of ours, because by itself
 * it cuts a long line in two, takes a line that begins with a blank for more
 * of the value before it, drops text after a [section], stops counting faults
 * of its grammar at the first one, and cannot say which line a key was on.
 */
#ifndef CONFLOAD_H
#define CONFLOAD_H

#include "conf/settings.h"

#define CONF_FAULTS 64
#define CONF_LINE_MAX SETTINGS_LINE_MAX
#define CONF_SECTION_MAX 48 /* inih's is 50 */

struct conf_fault {
	int line; /* 0: about the whole file, e.g. a missing key */
	char text[SETTINGS_TEXT_MAX + SETTINGS_FAULT_MAX + SETTINGS_RANGE_MAX];
};

struct conf_report {
	struct conf_fault fault[CONF_FAULTS];
	size_t count;   /* faults found; only CONF_FAULTS are kept */
	size_t missing; /* those of them that are but keys not given */
};

/* Reads path into *s. 0: s is complete and consistent. 1: refused, see
 * *report, in order of lines. -1 with errno: the file could not be read. */
int conf_load(struct settings *s, const char *path, struct conf_report *report);

#endif

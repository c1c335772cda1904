/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of a line in a directory: WAN-20260131T120000Z-WHY.rec, and beside
 * it, as .conf, the configuration that was in force. A name that is not of this
 * form is not ours, and stays.
 */
#ifndef RECORDINGS_H
#define RECORDINGS_H

#include <stddef.h>
#include <stdint.h>

#include "monitor/blackbox.h"

#define RECORDINGS_PATH 512

struct recording {
	const char *directory;    /* is made if it is not there */
	const char *wan, *why;    /* names */
	int64_t t_us;             /* now */
	const struct blackbox *b; /* what it has */
	const char *conf;         /* text */
};

/* Written as a whole, or not at all. 0 and its path, or -1 with errno and the
 * path that could not be written. */
int recordings_save(const struct recording *r,
    char path[static RECORDINGS_PATH]);

/* Removes the oldest of that line, all but `most`. 0, or -1 with errno. */
int recordings_prune(const char *directory, const char *wan, int64_t most);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A shaper that is borrowed: its rates are saved in a state file before the
 * first is changed, and given back at the end. A process that was killed leaves
 * the file, and the next one gives them back from it.
 *
 * The caller owns the store: it takes its lock, and loads it with
 * borrowed_shaper_read.
 */
#ifndef BORROWED_SHAPER_H
#define BORROWED_SHAPER_H

#include "record/store.h"
#include "shape/shaper.h"

#define BORROWED_SHAPER_OPEN_BPS 100000000000 /* as good as no shaper */
#define BORROWED_SHAPER_LEAST_BPS 64000

struct borrowed_shaper {
	struct shaper shaper;
	struct store store;
	const char *wan;
	int64_t found_bps[DIRECTIONS]; /* the shaper's before; NONE */
	bool changed;                  /* ... and it has others now, or may */
	bool writable;
	char detail[DIRECTIONS][TC_KERNEL_DETAIL]; /* why not */
};

/* Opens the shaper of these settings; they are changed so that any rate may be
 * set. conf as in shaper_open. 0, or -1 with errno. */
int borrowed_shaper_open(struct borrowed_shaper *k, struct settings *settings,
    const char *conf);

/* For program_load_store; user is the borrowed shaper, opened. */
const char *borrowed_shaper_read(void *user, const char *text);

/* Asks for the rates. What cannot be read is not written: false, see detail. */
bool borrowed_shaper_look(struct borrowed_shaper *k, enum direction dir);

/* Saves what was found, the first time, and sets a rate. After a failure
 * nothing is written any more. */
enum failure borrowed_shaper_set(struct borrowed_shaper *k, enum direction dir,
    int64_t bps);

/* Gives back. True when both have their rates again and the file is gone; else
 * detail says why not, for each direction that has not ("": it has). */
bool borrowed_shaper_restore(struct borrowed_shaper *k);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of sqm-scripts, /etc/config/sqm of OpenWrt, as a configuration of
 * ours. Its rates are fixed: they become the highest ones, and what the line
 * carries at worst is not in the file.
 */
#ifndef SQM_H
#define SQM_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/import.h"
#include "conf/keylist.h"

struct sqm_context {
	char queue[KEYLIST_PATH_MAX]; /* "queue.eth1." */
	char why[160];
};

/* Finds the queue to take; "": the only one. NULL, or why there is none. */
const char *sqm_look(struct sqm_context *c, const struct keylist *l,
    const char *queue);

/* Takes over one key, a path as ucilist.h gives it. */
void sqm_take(struct settings *s, const struct sqm_context *c, const char *path,
    const char *value, struct import_note *note);

/* What the file does not say and a line needs, from i = 0: it is set, and
 * noted. False: no more. */
bool sqm_finish(struct settings *s, int i, struct import_note *note);

#endif

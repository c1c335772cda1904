/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of wanctl's predecessor, the Python program of that name:
 * its keys, of the release 1.0 and of later versions, as ours.
 */
#ifndef LEGACY_H
#define LEGACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/import.h"

/* Where a key is from. */
enum legacy_file { LEGACY_WAN, LEGACY_STEERING, LEGACY_FILES };

/* Values of other keys that decide about one: filled by legacy_look for all of
 * them before the first is taken. Begins as zeros, but for the times. */
struct legacy_context {
	int64_t wan_us, steer_us; /* between two samples, for the alphas */
	bool seen[LEGACY_FILES];  /* there is such a file */
	bool local;               /* the shaper is on this machine */
	bool rule;                /* steering is a rule of a router */
	bool said[LEGACY_FILES];  /* how the router is spoken to */
	bool rest[LEGACY_FILES];  /* ... over REST; else over SSH */
	bool no_fallback;         /* fallback_checks are off */
	int64_t tcp_port;         /* the first of tcp_targets; 0: none */
};
void legacy_look(struct legacy_context *c, enum legacy_file file,
    const char *path, const char *value);

/* Takes over one key, a path as keylist.h has it. */
void legacy_take(struct settings *s, const struct legacy_context *c,
    enum legacy_file file, const char *path, const char *value,
    struct import_note *note);

/* After the last key: what theirs was by default and ours is not. */
void legacy_finish(struct settings *s, const struct legacy_context *c);

/* A step for a person, outside the file, before the line can run; from i = 0.
 * False: no more. */
bool legacy_todo(const struct settings *s, int i,
    char out[static IMPORT_TEXT_MAX]);

/* For a test: the section and key that rule i writes to, false if there is no
 * such rule. NULLs for one that drops its key. */
bool legacy_target(int i, const char **section, const char **key);

#endif

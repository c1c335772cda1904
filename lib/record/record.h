/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line format that all programs speak, wanctl-records(5):
 *
 *	record = kind *( SP key "=" value ) LF     at most 512 bytes with the LF
 *	kind, key = lower-case letter, then lower-case letters, digits, "_"
 *	value     = one or more printable ASCII characters, no space
 *
 * A parsed record borrows the line; it allocates and copies nothing.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_MAX 512   /* bytes of a line, with its LF */
#define RECORD_FIELDS 40 /* twice what any kind of ours has */

struct slice {
	const char *at;
	size_t len;
};

struct record {
	struct slice kind;
	struct {
		struct slice key, value;
	} field[RECORD_FIELDS];
	size_t fields;
};

/* Parses a line without its LF. NULL, or why it is not a record. */
const char *record_parse(struct record *r, const char *line, size_t len);

bool slice_is(struct slice s, const char *word);

/* The value of a key, or { NULL, 0 }. */
struct slice record_get(const struct record *r, const char *key);

#endif

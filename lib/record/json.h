/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record as a line of JSON (RFC 8259), for jq, Loki and the like.
 *
 *	rtt t=17 host=192.0.2.1 us=18 ->
 *{"kind":"rtt","t":17,"host":"192.0.2.1","us":18}
 *
 * A value is a number when it is one as a record writes it (no "007") and
 * every reader of JSON keeps it exactly, that is within +-2^53; else it is a
 * string. A key that is known to hold a word (wan, host, why...) is a string
 * even when the word is "5", so its type never changes. The key "kind" of a
 * record, which none of ours has, is written as "_kind".
 */
#ifndef JSON_H
#define JSON_H

#include "record/record.h"

/* The longest: 40 keys with six more bytes each, and every byte of the values
 * escaped. */
#define JSON_MAX 2048

/* Writes a line with LF and NUL and returns its length. */
size_t json_write(char out[static JSON_MAX], const struct record *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON (RFC 8259) with objects and lists inside each other, for documents.h;
 * record/json.h makes a flat object of a record.
 *
 *	json_open(j, NULL, '{'); json_word(j, "status", "healthy");
 *	json_open(j, "wans", '['); ... json_close(j, ']'); json_close(j, '}');
 *
 * A key is NULL in a list, and at the top. The writer keeps to the order and to
 * the depth. Pure.
 */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Appends to *out; { out, false } before the first. */
struct json_tree {
	struct text *out;
	bool more; /* an element comes before the next one */
};

void json_open(struct json_tree *j, const char *key, char bracket);
void json_close(struct json_tree *j, char bracket);

/* NULL is null. Bytes of a word that are not printable ASCII become '?'. */
void json_word(struct json_tree *j, const char *key, const char *word);
void json_bool(struct json_tree *j, const char *key, bool value);

/* value / 10^places; NONE is null. */
void json_number(struct json_tree *j, const char *key, int64_t value,
    int places);

#endif

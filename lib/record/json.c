/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/json.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "record/messages.h"

#define EXACT ((int64_t)1 << 53) /* in a double, as readers of JSON use */

/* Printable ASCII without '"' and '\' stands for itself. */
static void
add_string(struct text *t, struct slice s)
{
	text_bytes(t, "\"", 1);
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"' || s.at[i] == '\\')
			text_bytes(t, "\\", 1);
		text_bytes(t, s.at + i, 1);
	}
	text_bytes(t, "\"", 1);
}

static const struct message_kind *
find_kind(struct slice kind)
{
	for (size_t i = 0; message_kinds[i] != NULL; i++)
		if (slice_is(kind, message_kinds[i]->kind))
			return message_kinds[i];
	return NULL;
}

static bool
is_word(const struct message_kind *kind, struct slice key)
{
	for (size_t i = 0; kind != NULL && i < kind->count; i++)
		if (slice_is(key, kind->fields[i].key))
			return kind->fields[i].type != MESSAGE_INT;
	return false;
}

static bool
is_number(struct slice v)
{
	char again[NUMBER_MAX];
	int64_t n;

	if (number_int(v.at, v.len, -EXACT, EXACT, &n) != NULL)
		return false;
	number_format(again, n);
	return slice_is(v, again);
}

size_t
json_write(char out[static JSON_MAX], const struct record *r)
{
	const struct message_kind *kind = find_kind(r->kind);
	struct text t;

	text_init(&t, out, JSON_MAX);
	text_add(&t, "{\"kind\":");
	add_string(&t, r->kind);
	for (size_t i = 0; i < r->fields; i++) {
		struct slice key = r->field[i].key, v = r->field[i].value;

		text_add(&t, slice_is(key, "kind") ? ",\"_" : ",\"");
		text_bytes(&t, key.at, key.len);
		text_add(&t, "\":");
		if (!is_word(kind, key) && is_number(v))
			text_bytes(&t, v.at, v.len);
		else
			add_string(&t, v);
	}
	text_add(&t, "}\n");
	return t.len;
}

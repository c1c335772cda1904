/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/record.h"

#include <string.h>

static bool
is_name_start(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_name(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '_';
}

/* Length of the name at p, 0 if there is none. */
static size_t
name_length(const char *p, const char *end)
{
	const char *q = p;

	if (p == end || !is_name_start(*p))
		return 0;
	while (q < end && is_name(*q))
		q++;
	return (size_t)(q - p);
}

static size_t
value_length(const char *p, const char *end)
{
	const char *q = p;

	while (q<end && * q> ' ' && *q <= '~')
		q++;
	return (size_t)(q - p);
}

static bool
has_key(const struct record *r, struct slice key)
{
	for (size_t i = 0; i < r->fields; i++)
		if (r->field[i].key.len == key.len &&
		    memcmp(r->field[i].key.at, key.at, key.len) == 0)
			return true;
	return false;
}

const char *
record_parse(struct record *r, const char *line, size_t len)
{
	const char *p = line, *end = line + len;
	struct slice key, value;

	if (len + 1 > RECORD_MAX)
		return "longer than 512 bytes";
	r->fields = 0;
	r->kind = (struct slice){ p, name_length(p, end) };
	if (r->kind.len == 0)
		return "does not begin with a kind";
	for (p += r->kind.len; p < end; p = value.at + value.len) {
		if (*p != ' ')
			return "bad character after a kind or value";
		key = (struct slice){ p + 1, name_length(p + 1, end) };
		p = key.at + key.len;
		if (key.len == 0 || p == end || *p != '=')
			return "not key=value";
		value = (struct slice){ p + 1, value_length(p + 1, end) };
		if (value.len == 0)
			return "key without a value";
		if (r->fields == RECORD_FIELDS)
			return "more than 40 keys";
		if (has_key(r, key))
			return "duplicate key";
		r->field[r->fields].key = key;
		r->field[r->fields++].value = value;
	}
	return NULL;
}

bool
slice_is(struct slice s, const char *word)
{
	return strlen(word) == s.len && memcmp(s.at, word, s.len) == 0;
}

struct slice
record_get(const struct record *r, const char *key)
{
	for (size_t i = 0; i < r->fields; i++)
		if (slice_is(r->field[i].key, key))
			return r->field[i].value;
	return (struct slice){ NULL, 0 };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/columns.h"

#include <string.h>

#include "base/text.h"

static bool
is_name(struct slice s)
{
	if (s.len == 0 || s.at[0] < 'a' || s.at[0] > 'z')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= 'a' && s.at[i] <= 'z') &&
		    !(s.at[i] >= '0' && s.at[i] <= '9') && s.at[i] != '_')
			return false;
	return true;
}

static const char *
add_field(struct columns *c, const char *at, size_t len)
{
	const char *equals = memchr(at, '=', len);
	size_t i = c->fields;

	if (i == COLUMNS_MAX)
		return "too many keys";
	c->field[i].key = (struct slice){ at,
		equals != NULL ? (size_t)(equals - at) : len };
	c->field[i].value = (struct slice){ NULL, 0 };
	if (equals != NULL)
		c->field[i].value = (struct slice){ equals + 1,
			len - c->field[i].key.len - 1 };
	if (!is_name(c->field[i].key))
		return "a key is a lower-case letter, then letters, digits, _";
	if (equals != NULL && c->field[i].value.len == 0)
		return "a value is missing";
	c->fields++;
	return NULL;
}

const char *
columns_parse(struct columns *c, const char *text)
{
	const char *why, *at = strchr(text, ':');
	bool any = false;
	size_t len;

	if (at == NULL)
		return "must be KIND:KEY,KEY...";
	*c = (struct columns){ .kind = { text, (size_t)(at - text) } };
	if (!is_name(c->kind))
		return "a kind is a lower-case letter, then letters, digits, _";
	do {
		at++;
		len = strcspn(at, ",");
		if ((why = add_field(c, at, len)) != NULL)
			return why;
		any = any || c->field[c->fields - 1].value.at == NULL;
		at += len;
	} while (*at == ',');
	return any ? NULL : "has no column: KEY=VALUE only chooses records";
}

static bool
is_same(struct slice a, struct slice b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* { "", 0 }, which no value is, if there is none. */
static struct slice
value_of(const struct record *r, struct slice key)
{
	for (size_t i = 0; i < r->fields; i++)
		if (is_same(r->field[i].key, key))
			return r->field[i].value;
	return (struct slice){ "", 0 };
}

static bool
is_chosen(const struct columns *c, const struct record *r)
{
	if (!is_same(r->kind, c->kind))
		return false;
	for (size_t i = 0; i < c->fields; i++)
		if (c->field[i].value.at != NULL &&
		    !is_same(value_of(r, c->field[i].key), c->field[i].value))
			return false;
	return true;
}

size_t
columns_write(char out[static COLUMNS_LINE], const struct columns *c,
    const struct record *r)
{
	struct text t;
	bool more = false;

	if (r != NULL && !is_chosen(c, r))
		return 0;
	text_init(&t, out, COLUMNS_LINE);
	for (size_t i = 0; i < c->fields; i++) {
		struct slice s = c->field[i].key;

		if (c->field[i].value.at != NULL)
			continue;
		if (r != NULL)
			s = value_of(r, s);
		text_add(&t, more ? "\t" : "");
		text_bytes(&t, s.at, s.len);
		more = true;
	}
	text_add(&t, "\n");
	return t.len;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/json_tree.h"

#include <stddef.h>

#include "record/messages.h"

static void
add_string(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			text_add(t, "\\");
		text_bytes(t, *s < ' ' || *s > '~' ? "?" : s, 1);
	}
	text_add(t, "\"");
}

/* What is before a value. */
static void
begin(struct json_tree *j, const char *key)
{
	if (j->more)
		text_add(j->out, ",");
	j->more = true;
	if (key == NULL)
		return;
	add_string(j->out, key);
	text_add(j->out, ":");
}

void
json_open(struct json_tree *j, const char *key, char bracket)
{
	begin(j, key);
	text_bytes(j->out, &bracket, 1);
	j->more = false;
}

void
json_close(struct json_tree *j, char bracket)
{
	text_bytes(j->out, &bracket, 1);
	j->more = true;
}

void
json_word(struct json_tree *j, const char *key, const char *word)
{
	begin(j, key);
	if (word == NULL)
		text_add(j->out, "null");
	else
		add_string(j->out, word);
}

void
json_bool(struct json_tree *j, const char *key, bool value)
{
	begin(j, key);
	text_add(j->out, value ? "true" : "false");
}

void
json_number(struct json_tree *j, const char *key, int64_t value, int places)
{
	begin(j, key);
	if (value == NONE)
		text_add(j->out, "null");
	else
		text_decimal(j->out, value, places);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/conf_edit.h"

#include <string.h>

#define BLANKS " \t\r"
#define LONG_VALUE 150 /* nothing to spare for blanks: see conf_load */

struct part {
	const char *at;
	size_t len;
};

struct editing {
	struct text *out;
	struct conf_change *changes;
	size_t count;
	struct part section;
	struct part held; /* comments and blank lines before the next line */
};

static bool
part_is(struct part p, const char *word)
{
	return p.len == strlen(word) && memcmp(p.at, word, p.len) == 0;
}

static struct part
trim(struct part p)
{
	while (p.len > 0 && strchr(BLANKS, *p.at) != NULL) {
		p.at++;
		p.len--;
	}
	while (p.len > 0 && strchr(BLANKS, p.at[p.len - 1]) != NULL)
		p.len--;
	return p;
}

static bool
is_comment(struct part line)
{
	line = trim(line);
	return line.len > 0 && (*line.at == '#' || *line.at == ';');
}

static void
put_comment(struct text *out, const char *comment)
{
	for (;;) {
		size_t len = strcspn(comment, "\n");

		text_add(out, len > 0 ? "# " : "#");
		text_bytes(out, comment, len);
		text_add(out, "\n");
		if (comment[len] == '\0')
			return;
		comment += len + 1;
	}
}

static void
put_key(struct text *out, const char *key, const char *value)
{
	text_add(out, key);
	text_add(out, strlen(value) > LONG_VALUE ? "=" : " = ");
	text_add(out, value);
	text_add(out, "\n");
}

static void
put_section(struct text *out, const char *section)
{
	text_add(out, "\n[");
	text_add(out, section);
	text_add(out, "]\n");
}

static void
put(struct text *out, struct conf_change *c)
{
	c->done = true;
	if (*c->value == '\0')
		return;
	if (c->comment != NULL)
		put_comment(out, c->comment);
	put_key(out, c->key, c->value);
}

static void
release(struct editing *e)
{
	text_bytes(e->out, e->held.at, e->held.len);
	e->held.len = 0;
}

/* Keys that the section lacks go to its end, before the blank lines and the
 * comments that follow. */
static void
end_section(struct editing *e)
{
	for (size_t i = 0; i < e->count; i++)
		if (!e->changes[i].done &&
		    part_is(e->section, e->changes[i].section))
			put(e->out, &e->changes[i]);
	release(e);
}

/* Comments right before a key, which have been held, go with it. */
static void
drop_comments(struct part *held)
{
	while (held->len > 0) {
		size_t begin = held->len - 1;

		while (begin > 0 && held->at[begin - 1] != '\n')
			begin--;
		if (!is_comment((struct part){ held->at + begin,
			held->len - 1 - begin }))
			return;
		held->len = begin;
	}
}

static struct part
key_of(struct part line)
{
	struct part key = { line.at, 0 };

	while (key.len < line.len && strchr("=:", line.at[key.len]) == NULL)
		key.len++;
	return trim(key);
}

/* The next change of that key, from the i-th on. */
static struct conf_change *
change_of(const struct editing *e, struct part key, size_t i)
{
	for (; i < e->count; i++)
		if (part_is(key, e->changes[i].key) &&
		    part_is(e->section, e->changes[i].section))
			return &e->changes[i];
	return NULL;
}

static void
edit_key(struct editing *e, struct part line, struct part whole)
{
	struct part key = key_of(line);
	struct conf_change *c = change_of(e, key, 0);

	if (c == NULL) {
		release(e);
		text_bytes(e->out, whole.at, whole.len);
		return;
	}
	if (c->done || *c->value == '\0' || c->comment != NULL)
		drop_comments(&e->held);
	release(e);
	/* A list may take several. */
	for (; c != NULL && !c->done;
	     c = change_of(e, key, (size_t)(c - e->changes) + 1))
		put(e->out, c);
}

static void
edit_line(struct editing *e, struct part whole)
{
	struct part line = trim((struct part){ whole.at,
	    whole.at[whole.len - 1] == '\n' ? whole.len - 1 : whole.len });

	if (line.len == 0 || is_comment(line)) {
		if (e->held.len == 0)
			e->held.at = whole.at;
		e->held.len += whole.len;
	} else if (*line.at == '[') {
		end_section(e);
		e->section = trim(
		    (struct part){ line.at + 1, strcspn(line.at + 1, "]\n") });
		text_bytes(e->out, whole.at, whole.len);
	} else {
		edit_key(e, line, whole);
	}
}

/* Sections that were not there, in the order of the changes. */
static void
add_sections(struct editing *e)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct conf_change *c = &e->changes[i];

		if (c->done || *c->value == '\0')
			continue;
		put_section(e->out, c->section);
		e->section = (struct part){ c->section, strlen(c->section) };
		end_section(e);
	}
}

void
conf_edit(struct text *out, const char *text, struct conf_change changes[],
    size_t count)
{
	struct editing e = { out, changes, count, { text, 0 }, { text, 0 } };

	for (size_t i = 0; i < count; i++)
		changes[i].done = false;
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		edit_line(&e, (struct part){ text, len });
		text += len;
	}
	/* A last line may lack its end. */
	if (out->len > 0 && e.held.len == 0 && out->buf[out->len - 1] != '\n')
		text_add(out, "\n");
	end_section(&e);
	add_sections(&e);
}

void
conf_given(const struct settings *s, struct text *out)
{
	char value[SETTINGS_VALUE_MAX];
	const char *section = "";

	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (s->line[i] <= 0)
			continue;
		if (strcmp(row->section, section) != 0) {
			section = row->section;
			put_section(out, section);
		}
		for (size_t at = 0; settings_value_line(s, i, &at, value);)
			put_key(out, row->key, value);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/shvars.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SHELL "takes a shell"

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char digits[] = "0123456789";

struct reader {
	struct keylist *list;
	const char *at, *end;
	int line;
	char word[KEYLIST_VALUE_MAX];
	struct text t; /* into word */
};

static bool
is_at(const struct reader *r, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(r->end - r->at) >= len && memcmp(r->at, text, len) == 0;
}

/* One of those, and there is something. */
static bool
is_one_of(const struct reader *r, const char *set)
{
	return r->at < r->end && *r->at != '\0' && strchr(set, *r->at) != NULL;
}

static void
skip(struct reader *r, const char *set)
{
	while (is_one_of(r, set))
		r->at++;
}

static void
skip_line(struct reader *r)
{
	while (r->at < r->end && *r->at != '\n')
		r->at++;
}

/* To what is not blank, nor a comment, nor, if they may be, the end of a line.
 */
static void
skip_blanks(struct reader *r, bool lines)
{
	for (;;) {
		skip(r, " \t\r");
		if (is_one_of(r, "#"))
			skip_line(r);
		if (!lines || !is_one_of(r, "\n"))
			return;
		r->at++;
		r->line++;
	}
}

/* --- words ---------------------------------------------------------------- */

/* "$((", a number, "))": the one expansion that needs no shell. */
static bool
take_arithmetic(struct reader *r)
{
	const char *from;

	if (!is_at(r, "$(("))
		return false;
	r->at += 3;
	skip(r, " ");
	from = r->at;
	if (is_at(r, "0x") || is_at(r, "0X")) {
		r->at += 2;
		skip(r, "0123456789abcdefABCDEF");
	} else {
		skip(r, digits);
	}
	text_bytes(&r->t, from, (size_t)(r->at - from));
	skip(r, " ");
	if (r->at == from || !is_at(r, "))"))
		return false;
	r->at += 2;
	return true;
}

static bool
take_single(struct reader *r)
{
	const char *from = ++r->at;

	while (r->at < r->end && *r->at != '\'' && *r->at != '\n')
		r->at++;
	text_bytes(&r->t, from, (size_t)(r->at - from));
	if (!is_one_of(r, "'"))
		return false;
	r->at++;
	return true;
}

static bool
take_double(struct reader *r)
{
	r->at++;
	while (r->at < r->end && *r->at != '"' && *r->at != '\n') {
		if (*r->at == '$') {
			if (!take_arithmetic(r))
				return false;
			continue;
		}
		if (*r->at == '`')
			return false;
		if (*r->at == '\\' && r->end - r->at > 1 &&
		    strchr("\"\\$`", r->at[1]) != NULL)
			r->at++;
		text_bytes(&r->t, r->at++, 1);
	}
	if (!is_one_of(r, "\""))
		return false;
	r->at++;
	return true;
}

/* A word into r->word, up to a blank, the end of the line, or one of `ends`.
 * False if it takes a shell. */
static bool
take_word(struct reader *r, const char *ends)
{
	text_init(&r->t, r->word, sizeof r->word);
	while (
	    r->at < r->end && !is_one_of(r, " \t\r\n") && !is_one_of(r, ends)) {
		bool ok = true;

		if (*r->at == '\'')
			ok = take_single(r);
		else if (*r->at == '"')
			ok = take_double(r);
		else if (*r->at == '$')
			ok = take_arithmetic(r);
		else if (is_one_of(r, "`\\;&|<>()*?{}~") || *r->at == '\0')
			ok = false;
		else
			text_bytes(&r->t, r->at++, 1);
		if (!ok)
			return false;
	}
	return true;
}

/* --- assignments ---------------------------------------------------------- */

/* What became of a line. */
enum took { TOOK, TOOK_NOT, TOOK_FAULT };

static enum took
add(struct reader *r, int line, const char *name)
{
	const char *why = r->t.full ?
	    "a value is too long" :
	    keylist_add(r->list, line, name, r->word, r->t.len);

	if (why == NULL)
		return TOOK;
	(void)keylist_fail(r->list, line, why);
	return TOOK_FAULT;
}

/* After the parenthesis: words over any number of lines. */
static enum took
take_array(struct reader *r, const char *name)
{
	char path[KEYLIST_PATH_MAX + 16];
	enum took took = TOOK;

	for (int n = 0; took == TOOK; n++) {
		skip_blanks(r, true);
		if (is_one_of(r, ")")) {
			r->at++;
			return TOOK;
		}
		if (r->at == r->end || !take_word(r, ")"))
			return TOOK_NOT;
		(void)snprintf(path, sizeof path, "%s.%d", name, n);
		took = add(r, r->line, path);
	}
	return took;
}

/* A whole line: an assignment to `name`, and then nothing. name is "" where
 * none is assigned to. */
static enum took
take_assignment(struct reader *r, char name[static KEYLIST_PATH_MAX])
{
	const char *from;
	int line = r->line;
	enum took took;

	name[0] = '\0';
	if (is_at(r, "export ")) {
		r->at += strlen("export ");
		skip(r, " \t");
	}
	from = r->at;
	if (!is_one_of(r, letters))
		return TOOK_NOT;
	while (is_one_of(r, letters) || is_one_of(r, digits))
		r->at++;
	if (!is_one_of(r, "=") ||
	    !text_copy(name, KEYLIST_PATH_MAX, from, (size_t)(r->at - from)))
		return TOOK_NOT;
	r->at++;
	if (is_one_of(r, "(")) {
		r->at++;
		took = take_array(r, name);
	} else if (!take_word(r, "")) {
		return TOOK_NOT;
	} else {
		took = add(r, line, name);
	}
	if (took != TOOK)
		return took;
	skip_blanks(r, false);
	return r->at == r->end || *r->at == '\n' ? TOOK : TOOK_NOT;
}

static int
refuse_line(struct reader *r, const char *name, const char *from, int line)
{
	const char *end = memchr(from, '\n', (size_t)(r->end - from)), *why;

	if (end == NULL)
		end = r->end;
	why = keylist_refuse(r->list, line, name, from, (size_t)(end - from),
	    SHELL);
	if (why != NULL)
		return keylist_fail(r->list, line, why);
	r->at = end;
	r->line = line;
	return 0;
}

int
shvars_parse(struct keylist *l, const char *text, size_t len)
{
	struct reader r = { .list = l,
		.at = text,
		.end = text + len,
		.line = 1 };

	keylist_clear(l);
	for (;;) {
		size_t items = l->items;
		char name[KEYLIST_PATH_MAX];
		const char *from;
		enum took took;
		int line;

		skip_blanks(&r, true);
		if (r.at == r.end)
			return 0;
		from = r.at;
		line = r.line;
		took = take_assignment(&r, name);
		if (took == TOOK_FAULT)
			return -1;
		if (took == TOOK)
			continue;
		/* None of it counts. */
		l->items = items;
		if (refuse_line(&r, name, from, line) == -1)
			return -1;
	}
}

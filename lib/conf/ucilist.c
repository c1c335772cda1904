/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/ucilist.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define WORDS 4 /* one more than a line may have */

struct reader {
	struct keylist *list;
	char section[KEYLIST_PATH_MAX]; /* "type.name"; "" before the first */
	int sections;
	char last[KEYLIST_PATH_MAX]; /* the list that goes on, */
	int index;                   /* and how long it is */
};

/* A word, with its quotes taken off, into out; *at is behind it. NULL, or why
 * not. */
static const char *
take_word(const char **at, const char *end, char out[static KEYLIST_VALUE_MAX])
{
	const char *p = *at;
	struct text t;

	text_init(&t, out, KEYLIST_VALUE_MAX);
	while (p < end && strchr(" \t\r", *p) == NULL) {
		char quote = *p;
		const char *from;

		if (quote != '\'' && quote != '"') {
			text_bytes(&t, p++, 1);
			continue;
		}
		for (from = ++p; p < end && *p != quote;)
			p++;
		if (p == end)
			return "a quote does not end";
		text_bytes(&t, from, (size_t)(p - from));
		p++;
	}
	*at = p;
	return t.full ? "a value is too long" : NULL;
}

/* The words of a line, up to a comment. Their number, or -1 with *why. */
static int
split(const char *at, const char *end,
    char word[static WORDS][KEYLIST_VALUE_MAX], const char **why)
{
	int n = 0;

	for (;;) {
		while (at < end && strchr(" \t\r", *at) != NULL)
			at++;
		if (at == end || *at == '#')
			return n;
		if (n == WORDS) {
			*why = "too many words";
			return -1;
		}
		if ((*why = take_word(&at, end, word[n++])) != NULL)
			return -1;
	}
}

/* path = a.b; false if it is too long. */
static bool
join(char path[static KEYLIST_PATH_MAX], const char *a, const char *b)
{
	int n = snprintf(path, KEYLIST_PATH_MAX, "%s.%s", a, b);

	return n >= 0 && n < KEYLIST_PATH_MAX;
}

static const char *
begin_section(struct reader *r, char word[static WORDS][KEYLIST_VALUE_MAX],
    int words)
{
	char number[16];

	(void)snprintf(number, sizeof number, "@%d", r->sections++);
	r->last[0] = '\0';
	return join(r->section, word[1], words > 2 ? word[2] : number) ?
	    NULL :
	    "a name is too long";
}

static const char *
take_option(struct reader *r, int line,
    char word[static WORDS][KEYLIST_VALUE_MAX], bool is_list)
{
	char path[KEYLIST_PATH_MAX], item[KEYLIST_PATH_MAX], number[16];

	if (r->section[0] == '\0')
		return "no section before it";
	if (!join(path, r->section, word[1]))
		return "a name is too long";
	if (!is_list)
		return keylist_add(r->list, line, path, word[2],
		    strlen(word[2]));
	if (strcmp(path, r->last) != 0)
		r->index = 0;
	memcpy(r->last, path, sizeof r->last);
	(void)snprintf(number, sizeof number, "%d", r->index++);
	if (!join(item, path, number))
		return "a name is too long";
	return keylist_add(r->list, line, item, word[2], strlen(word[2]));
}

static const char *
take_line(struct reader *r, int line, const char *at, const char *end)
{
	char word[WORDS][KEYLIST_VALUE_MAX];
	const char *why = NULL;
	int n = split(at, end, word, &why);

	if (n <= 0)
		return why;
	if (strcmp(word[0], "package") == 0)
		return NULL;
	if (strcmp(word[0], "config") == 0 && (n == 2 || n == 3))
		return begin_section(r, word, n);
	if (n == 3 &&
	    (strcmp(word[0], "option") == 0 || strcmp(word[0], "list") == 0))
		return take_option(r, line, word, word[0][0] == 'l');
	return "not a line of UCI";
}

int
ucilist_parse(struct keylist *l, const char *text, size_t len)
{
	struct reader r = { .list = l };
	const char *end = text + len, *next;
	int line = 1;

	keylist_clear(l);
	for (const char *at = text; at < end; at = next + 1, line++) {
		const char *why;

		next = memchr(at, '\n', (size_t)(end - at));
		if (next == NULL)
			next = end;
		if ((why = take_line(&r, line, at, next)) != NULL)
			return keylist_fail(l, line, why);
	}
	return 0;
}

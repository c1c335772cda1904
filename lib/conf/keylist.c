/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/keylist.h"

#include <string.h>

#include "base/text.h"

void
keylist_clear(struct keylist *l)
{
	l->items = 0;
	l->line = 0;
	l->why[0] = '\0';
}

const char *
keylist_add(struct keylist *l, int line, const char *path, const char *value,
    size_t len)
{
	struct keylist_item *item = &l->item[l->items];

	if (l->items == KEYLIST_ITEMS)
		return "too many values";
	if (!text_copy(item->path, sizeof item->path, path, strlen(path)))
		return "a key is too long";
	if (!text_copy(item->value, sizeof item->value, value, len))
		return "a value is too long";
	(void)text_printable(item->path);
	(void)text_printable(item->value);
	item->line = line;
	item->refused = NULL;
	l->items++;
	return NULL;
}

const char *
keylist_refuse(struct keylist *l, int line, const char *path, const char *text,
    size_t len, const char *why)
{
	const char *fault = keylist_add(l, line, path, text,
	    len < KEYLIST_VALUE_MAX ? len : KEYLIST_VALUE_MAX - 1);

	if (fault == NULL)
		l->item[l->items - 1].refused = why;
	return fault;
}

int
keylist_fail(struct keylist *l, int line, const char *why)
{
	l->line = line;
	(void)text_copy(l->why, sizeof l->why, why,
	    strlen(why) < sizeof l->why ? strlen(why) : sizeof l->why - 1);
	(void)text_printable(l->why);
	return -1;
}

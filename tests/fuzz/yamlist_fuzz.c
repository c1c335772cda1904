/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text is refused with a reason, or gives items, of which each is carried,
 * changed or dropped, and what comes of them stays within the table. */
#include "conf/yamlist.h"

#include "conf/legacy.h"
#include "fuzz.h"

static void
printable(const char *s)
{
	for (; *s != '\0'; s++)
		must(*s >= ' ' && *s <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keylist list;
	static struct settings s;
	struct legacy_context context = { .wan_us = 2000000,
		.steer_us = 500000 };
	/* Either kind of file. */
	enum legacy_file file = size % 2 ? LEGACY_WAN : LEGACY_STEERING;
	struct import_note note;
	char todo[IMPORT_TEXT_MAX];

	settings_init(&s);
	if (yamlist_parse(&list, (const char *)data, size) == -1) {
		must(strlen(list.why) > 0);
		printable(list.why);
	}
	must(list.items <= KEYLIST_ITEMS);
	for (size_t i = 0; i < list.items; i++)
		legacy_look(&context, file, list.item[i].path,
		    list.item[i].value);
	for (size_t i = 0; i < list.items; i++) {
		printable(list.item[i].path);
		printable(list.item[i].value);
		must(list.item[i].line > 0);
		legacy_take(&s, &context, file, list.item[i].path,
		    list.item[i].value, &note);
		must(strlen(note.text) > 0);
		must(note.fate <= IMPORT_DROPPED);
	}
	legacy_finish(&s, &context);
	for (int i = 0; legacy_todo(&s, i, todo); i++)
		must(strlen(todo) > 0 && i < 8);
	for (size_t i = 0; i < setting_count; i++)
		must(s.line[i] >= SETTINGS_REFUSED && s.line[i] <= 1);
	return 0;
}

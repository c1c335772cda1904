/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text is refused with a reason, or gives items, of which each is carried,
 * changed or dropped: of UCI where it begins with "c", else of a shell. */
#include "conf/keylist.h"

#include "conf/autorate.h"
#include "conf/shvars.h"
#include "conf/sqm.h"
#include "conf/ucilist.h"
#include "fuzz.h"

static struct keylist list;
static struct settings s;

static void
printable(const char *text)
{
	for (; *text != '\0'; text++)
		must(*text >= ' ' && *text <= '~');
}

static void
noted(const struct import_note *note)
{
	must(strlen(note->text) > 0 && note->fate <= IMPORT_DROPPED);
}

static void
take_autorate(void)
{
	struct autorate_context c;
	const char *key, *value;
	struct import_note note;

	autorate_look(&c, &list);
	for (size_t i = 0; i < list.items; i++) {
		if (list.item[i].refused != NULL)
			continue;
		autorate_take(&s, &c, list.item[i].path, list.item[i].value,
		    &note);
		noted(&note);
	}
	for (size_t i = 0; autorate_default(&list, i, &key, &value); i++) {
		autorate_take(&s, &c, key, value, &note);
		noted(&note);
	}
}

static void
take_sqm(void)
{
	struct sqm_context c;
	struct import_note note;
	const char *why = sqm_look(&c, &list, "");

	must(why == NULL ? c.queue[0] != '\0' : strlen(why) > 0);
	for (size_t i = 0; i < list.items; i++) {
		sqm_take(&s, &c, list.item[i].path, list.item[i].value, &note);
		noted(&note);
	}
	for (int i = 0; sqm_finish(&s, i, &note); i++)
		noted(&note);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool uci = size > 0 && data[0] == 'c';
	const char *text = (const char *)data;

	settings_init(&s);
	if ((uci ? ucilist_parse(&list, text, size) :
		   shvars_parse(&list, text, size)) == -1) {
		must(strlen(list.why) > 0 && list.line > 0);
		printable(list.why);
	}
	must(list.items <= KEYLIST_ITEMS);
	for (size_t i = 0; i < list.items; i++) {
		printable(list.item[i].path);
		printable(list.item[i].value);
		must(list.item[i].line > 0);
	}
	if (uci)
		take_sqm();
	else
		take_autorate();
	for (size_t i = 0; i < setting_count; i++)
		must(s.line[i] >= SETTINGS_REFUSED && s.line[i] <= 1);
	return 0;
}

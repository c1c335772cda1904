/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of keys. */
#include "conf/keylist.h"

#include <stdint.h>
#include <string.h>

#include "../tap.h"

static struct keylist l;

int
main(void)
{
	char text[300], path[KEYLIST_PATH_MAX + 1];

	memset(text, 'x', sizeof text);
	memset(path, 'y', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	keylist_clear(&l);
	ok(keylist_add(&l, 7, "a.b", "\x01v\xff", 3) == NULL, "a value");
	is_str(l.item[0].value, "?v?", "R118: as it can be printed");
	is_int(l.item[0].line, 7, "... its line");
	ok(l.item[0].refused == NULL, "... that can be read");
	is_str(keylist_add(&l, 7, path, "v", 1), "a key is too long",
	    "R118: a long key");
	is_str(keylist_add(&l, 7, "a", text, KEYLIST_VALUE_MAX),
	    "a value is too long", "R118: a long value");
	is_int((int64_t)l.items, 1, "... of which nothing is kept");
	ok(keylist_add(&l, 7, "a", text, KEYLIST_VALUE_MAX - 1) == NULL,
	    "... one that just fits");
	ok(keylist_refuse(&l, 8, "a", text, sizeof text, "no reason") == NULL &&
		strlen(l.item[2].value) == KEYLIST_VALUE_MAX - 1,
	    "R118: of what is refused, as much as fits");
	is_str(l.item[2].refused, "no reason", "... and why");
	while (keylist_add(&l, 9, "a", "v", 1) == NULL)
		;
	is_int((int64_t)l.items, KEYLIST_ITEMS, "R118: no more than 512");
	is_str(keylist_refuse(&l, 9, "", "x", 1, "no reason"),
	    "too many values", "... refused or not");
	text[sizeof text - 1] = '\0';
	is_int(keylist_fail(&l, 9, text), -1, "a fault");
	ok(l.line == 9 && strlen(l.why) == KEYLIST_WHY_MAX - 1,
	    "... is cut where there is no room");
	keylist_clear(&l);
	ok(l.items == 0 && l.line == 0 && l.why[0] == '\0', "empty again");
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of UCI. */
#include "conf/ucilist.h"

#include <string.h>

#include "../tap.h"

static struct keylist list;

static const char *
read_text(const char *text)
{
	static char out[4096];
	size_t at = 0;

	out[0] = '\0';
	if (ucilist_parse(&list, text, strlen(text)) == -1) {
		(void)snprintf(out, sizeof out, "%d: %s", list.line, list.why);
		return out;
	}
	for (size_t i = 0; i < list.items; i++)
		at += (size_t)snprintf(out + at, sizeof out - at, "%s%d:%s=%s",
		    i > 0 ? "|" : "", list.item[i].line, list.item[i].path,
		    list.item[i].value);
	return out;
}

static void
test_each(void)
{
	static const struct {
		const char *text, *want;
	} each[] = {
		{ "", "" },
		{ "\n# x\n\t# y\npackage sqm\n", "" },
		{ "config queue 'eth1'\n\toption a 'x y' # z\n",
		    "2:queue.eth1.a=x y" },
		{ "config queue\noption a 1\nconfig queue\noption a \"2\"",
		    "2:queue.@0.a=1|4:queue.@1.a=2" },
		{ "config queue e\r\n option a ''\r\n", "2:queue.e.a=" },
		{ "config q e\nlist d 1\nlist d 2\nlist e 3\nlist d 4",
		    "2:q.e.d.0=1|3:q.e.d.1=2|4:q.e.e.0=3|5:q.e.d.0=4" },
		{ "config q e\noption a x'y'\"z\"", "2:q.e.a=xyz" },
		{ "option a 1", "1: no section before it" },
		{ "config", "1: not a line of UCI" },
		{ "config a b c", "1: not a line of UCI" },
		{ "config a b c d e", "1: too many words" },
		{ "config q e\noption a", "2: not a line of UCI" },
		{ "config q e\noption a 1 2", "2: not a line of UCI" },
		{ "config q e\noption a 'x", "2: a quote does not end" },
		{ "\nanything", "2: not a line of UCI" },
	};

	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		is_str(read_text(each[i].text), each[i].want, "R118: UCI: %s",
		    each[i].text);
}

static void
test_too_much(void)
{
	static char text[65536];
	char name[151];
	size_t len;

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	(void)snprintf(text, sizeof text, "config q %s", name);
	is_str(read_text(text), "1: a name is too long", "R118: a section's");
	(void)snprintf(text, sizeof text, "config q e\noption %s 1", name);
	is_str(read_text(text), "2: a name is too long", "R118: an option's");
	name[KEYLIST_PATH_MAX - 6] = '\0';
	(void)snprintf(text, sizeof text, "config q e\nlist %s 1", name);
	is_str(read_text(text), "2: a name is too long", "R118: a list's");
	(void)snprintf(text, sizeof text, "config q e\noption a %s%s", name,
	    name);
	is_str(read_text(text), "2: a value is too long", "R118: a value");
	len = (size_t)snprintf(text, sizeof text, "config q e\n");
	for (int i = 0; i <= KEYLIST_ITEMS; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "option a%d 1\n", i);
	is_str(read_text(text), "514: too many values", "R118: 512 values");
}

int
main(void)
{
	test_each();
	test_too_much();
	return tap_done();
}

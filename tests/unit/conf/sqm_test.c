/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues of sqm. */
#include "conf/sqm.h"

#include <string.h>

#include "../tap.h"
#include "conf/ucilist.h"

static struct settings s;
static struct keylist list;
static struct sqm_context c;
static struct import_note note;

static const char two[] = "config other x\n"
			  "config queue eth1\n"
			  "option interface eth1\n"
			  "option download 85000\n"
			  "config queue\n"
			  "option interface eth2\n"
			  "option download 0\n";

static const char *
look(const char *text, const char *queue)
{
	const char *why;

	settings_init(&s);
	ok(ucilist_parse(&list, text, strlen(text)) == 0, "a file");
	why = sqm_look(&c, &list, queue);
	return why != NULL ? why : c.queue;
}

static const char *
take(const char *path, const char *value)
{
	sqm_take(&s, &c, path, value, &note);
	return note.text;
}

static void
test_look(void)
{
	is_str(look(two, ""), "more than one queue, -q NAME takes one: eth1 @2",
	    "R118: which of two");
	is_str(look(two, "eth1"), "queue.eth1.", "R118: by its name");
	is_str(look(two, "@2"), "queue.@2.", "R118: by its number");
	is_str(look(two, "eth"), "no queue of the name that -q says",
	    "R118: by its whole name");
	is_str(look("config queue a\noption x 1\noption y 1", ""), "queue.a.",
	    "R118: the only one");
	is_str(look("config other a\noption x 1", ""),
	    "no section of the type queue", "R118: none");
}

static void
test_each(void)
{
	static const struct {
		enum import_fate fate;
		const char *path, *value, *want;
	} each[] = {
		{ IMPORT_CHANGED, "queue.eth1.interface", "eth1",
		    "[wan] device = eth1, [upload] device = eth1, [download] "
		    "device = ifb4eth1" },
		{ IMPORT_DROPPED, "queue.eth1.interface", "a/b",
		    "not the name of a network device" },
		{ IMPORT_CHANGED, "queue.eth1.download", "85000",
		    "[download] ceiling = base = 85000kbit, floor = "
		    "21250kbit, 25 % of it" },
		{ IMPORT_CHANGED, "queue.eth1.upload", "1000",
		    "[upload] ceiling = base = 1000kbit, floor = 250kbit, 25 "
		    "% of it" },
		{ IMPORT_CHANGED, "queue.eth1.upload", "0",
		    "[upload] managed = no: 0 was not shaped" },
		{ IMPORT_DROPPED, "queue.eth1.upload", "x",
		    "not a number; [upload] ceiling must be 64kbit to "
		    "100gbit" },
		{ IMPORT_CHANGED, "queue.eth1.script", "layer_cake.qos",
		    "[shaper] backend = cake" },
		{ IMPORT_CHANGED, "queue.eth1.script", "simple.qos",
		    "[shaper] backend = htb; 'tc class show' tells the "
		    "classes" },
		{ IMPORT_DROPPED, "queue.eth1.overhead", "44",
		    "sqm makes the shaper, and keeps its options" },
		{ IMPORT_DROPPED, "queue.eth1.enabled", "0",
		    "whether it begins is for its unit to say" },
		{ IMPORT_DROPPED, "queue.@2.download", "0",
		    "of another section" },
		{ IMPORT_DROPPED, "other", "x", "of another section" },
	};

	(void)look(two, "eth1");
	for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
		settings_init(&s);
		is_str(take(each[i].path, each[i].value), each[i].want,
		    "R118: sqm: %s = %s", each[i].path, each[i].value);
		is_int(note.fate, each[i].fate, "... and what it is called");
	}
	/* Names of devices are no longer than this. */
	settings_init(&s);
	take("queue.eth1.interface", "pppoe-wan-long1");
	is_str(s.dir[DOWN].device, "ifb4pppoe-wan-l", "R118: as sqm cuts it");
}

/* A download that is not shaped has no ifb, whatever comes first. */
static void
test_unshaped(void)
{
	for (int i = 0; i < 2; i++) {
		settings_init(&s);
		if (i == 0)
			take("queue.eth1.interface", "eth1");
		take("queue.eth1.download", "0");
		if (i == 1)
			take("queue.eth1.interface", "eth1");
		is_str(s.dir[DOWN].device, "", "R118: no ifb");
		is_int(s.line[settings_row("download", "device")], 0,
		    "... nor a key for it");
		is_str(s.dir[UP].device, "eth1", "... but the upload's");
	}
}

static void
test_finish(void)
{
	settings_init(&s);
	ok(sqm_finish(&s, 0, &note), "R118: reflectors are added: %s",
	    note.text);
	is_int((int64_t)s.ping.hosts, 3, "... three");
	ok(!sqm_finish(&s, 1, &note), "... once");
	ok(!sqm_finish(&s, 0, &note), "... if there are none");
}

int
main(void)
{
	test_look();
	test_each();
	test_unshaped();
	test_finish();
	return tap_done();
}

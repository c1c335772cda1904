/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a router, from its rows. */
#include "router/discovery.h"

#include <string.h>

#include "../tap.h"

static struct settings s;
static struct discovery d;
static char told[64][512];
static size_t lines, wrong;

static void
tell(void *user, bool is_wrong, const char *line)
{
	(void)user;
	if (lines < 64)
		snprintf(told[lines], sizeof told[0], "%s", line);
	lines++;
	wrong += is_wrong;
}

static void
add(enum discovery_menu menu, const char *a, const char *b, const char *c,
    const char *e, const char *f)
{
	const char *const value[] = { a, b, c, e, f, "false" };

	discovery_add(&d, menu, value);
}

/* One of its values. */
static void
set(enum discovery_menu menu, size_t row, size_t column, const char *value)
{
	(void)snprintf(d.row[menu][row].value[column], DISCOVERY_VALUE, "%s",
	    value);
}

/* A router as it should be. */
static void
begin(void)
{
	memset(&d, 0, sizeof d);
	add(DISCOVERY_QUEUES, "down", "bridge", "cake-down", "100", "false");
	add(DISCOVERY_QUEUES, "up", "ether1", "cake-up", "10", "");
	add(DISCOVERY_TYPES, "cake-down", "cake", "0bps", "", "");
	add(DISCOVERY_TYPES, "cake-up", "cake", "", "", "");
	add(DISCOVERY_TYPES, "fifo", "pfifo", "", "", "");
	add(DISCOVERY_RULES, "steer", "", "", "", "");
	add(DISCOVERY_RULES, "", "true", "", "", "");
	add(DISCOVERY_FILTERS, "accept", "", "", "", "");
	add(DISCOVERY_FILTERS, "fasttrack-connection", "true", "", "", "");
}

static bool
says(const char *text)
{
	lines = wrong = 0;
	(void)discovery_tell(&d, &s, tell, NULL);
	for (size_t i = 0; i < lines && i < 64; i++)
		if (strstr(told[i], text) != NULL)
			return true;
	return false;
}

static void
is_wrong(int n, const char *text, const char *name)
{
	ok(says(text) && wrong == (size_t)n, "%s", name);
	is_int(discovery_tell(&d, &s, tell, NULL), n, "and counted");
}

static void
well(void)
{
	begin();
	ok(says("queue down: parent bridge, max-limit 100, type cake-down "
		"(cake)"),
	    "a queue");
	ok(says("rule steer: on"), "a rule without the key is on");
	is_int((int64_t)wrong, 0, "nothing is wrong");
	is_int((int64_t)lines, 3, "a rule without a comment is not told");
}

static void
queues(void)
{
	begin();
	(void)snprintf(d.row[DISCOVERY_QUEUES][0].value[0], DISCOVERY_VALUE,
	    "other");
	is_wrong(1, "download_queue: no queue of that name", "no such queue");
	begin();
	add(DISCOVERY_QUEUES, "up", "x", "cake-up", "1", "");
	is_wrong(1, "upload_queue: more than one queue", "two of that name");
	begin();
	(void)snprintf(d.row[DISCOVERY_QUEUES][0].value[4], DISCOVERY_VALUE,
	    "yes");
	is_wrong(1, "that queue is disabled: down", "a disabled one");
	ok(says("(cake), disabled"), "is shown so");
	begin();
	set(DISCOVERY_QUEUES, 0, 5, "true");
	is_wrong(1,
	    "download_queue: that queue is invalid: down; is its parent there: "
	    "bridge?",
	    "an invalid one");
	ok(says("(cake), invalid"), "is shown so");
	begin();
	set(DISCOVERY_QUEUES, 0, 5, "");
	ok(says("(cake)") && wrong == 0, "one without that flag is not");
	begin();
	(void)snprintf(d.row[DISCOVERY_QUEUES][1].value[2], DISCOVERY_VALUE,
	    "fifo");
	is_wrong(1, "queue up: its type is not CAKE: fifo", "not CAKE");
	(void)snprintf(d.row[DISCOVERY_QUEUES][1].value[2], DISCOVERY_VALUE,
	    "nothing");
	is_wrong(1, "queue up: its type is not CAKE: nothing", "no type");
	begin();
	(void)snprintf(d.row[DISCOVERY_TYPES][0].value[2], DISCOVERY_VALUE,
	    "10Mbps");
	is_wrong(1, "cake-bandwidth must be 0", "a rate of CAKE's own");
	begin();
	s.router.queue[UP][0] = '\0';
	s.dir[UP].managed = 1;
	is_wrong(1, "upload_queue is not set", "no name in the settings");
	memcpy(s.router.queue[UP], "up", 3);
}

static void
add_simple(void)
{
	static const char *const value[] = { "LTE", "192.0.2.0/24",
		"cake-up/cake-down", "20/100", "false", "false", "false" };

	discovery_add(&d, DISCOVERY_SIMPLE, value);
}

/* One queue for both directions. */
static void
simple_queues(void)
{
	static const struct {
		size_t column;
		const char *value, *text;
		int wrong;
	} faults[] = {
		{ 1, "", "has no target, and takes nothing: LTE", 1 },
		{ 2, "cake-up/fifo", "queue LTE: its type is not CAKE: fifo",
		    1 },
		{ 2, "fifo/fifo", "queue LTE: its type is not CAKE: fifo", 1 },
		{ 2, "fifo", "queue LTE: its type is not CAKE: fifo", 1 },
		{ 4, "true", "that queue is disabled: LTE", 1 },
		{ 5, "true", "that queue is invalid, and shapes nothing: LTE",
		    1 },
		{ 6, "true", "(dynamic) and cannot be set: LTE", 1 },
	};

	memcpy(s.router.simple, "LTE", 4);
	begin();
	d.rows[DISCOVERY_QUEUES] = 0;
	add_simple();
	ok(says("simple queue LTE: target 192.0.2.0/24, max-limit 20/100, "
		"types cake-up/cake-down"),
	    "R114: a simple queue is listed");
	is_int((int64_t)wrong, 0, "R114: and goes without a queue tree");
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		d.rows[DISCOVERY_SIMPLE] = 0;
		add_simple();
		set(DISCOVERY_SIMPLE, 0, faults[i].column, faults[i].value);
		is_wrong(faults[i].wrong, faults[i].text, faults[i].text);
	}
	ok(says(", dynamic"), "R114: its flags are listed");
	d.rows[DISCOVERY_SIMPLE] = 0;
	is_wrong(1, "simple_queue: no simple queue of that name: LTE",
	    "R114: none of that name");
	add_simple();
	add_simple();
	is_wrong(1, "simple_queue: more than one has that name: LTE",
	    "R114: two of that name");
	s.router.simple[0] = '\0';
}

static void
rules(void)
{
	begin();
	add(DISCOVERY_RULES, "steer", "true", "", "", "");
	is_wrong(1, "more than one mangle rule has that comment: steer",
	    "two rules");
	ok(says("rule steer: off"), "one is off");
	begin();
	d.rows[DISCOVERY_RULES] = 0;
	is_wrong(1, "no mangle rule has that comment: steer", "no rule");
	s.router.rule[0] = '\0';
	ok(!says("rule:"), "none is asked for");
	is_int((int64_t)wrong, 0, "nor missed");
	memcpy(s.router.rule, "steer", 6);
	begin();
	set(DISCOVERY_RULES, 0, 2, "true");
	is_wrong(1, "that mangle rule is invalid: steer", "an invalid rule");
	begin();
	set(DISCOVERY_RULES, 0, 3, "true");
	is_wrong(1, "the router's own (dynamic)", "a dynamic one");
	begin();
	set(DISCOVERY_RULES, 1, 2, "true");
	ok(says("rule steer: on") && wrong == 0, "others are not our business");
	begin();
	add(DISCOVERY_FILTERS, "fasttrack-connection", "", "", "", "");
	is_wrong(1, "fast-tracks", "FastTrack");
	begin();
	add(DISCOVERY_FILTERS, "fasttrack-connection", "", "true", "", "");
	ok(says("queue down") && wrong == 0, "an invalid one tracks nothing");
}

static void
bounds(void)
{
	char name[2 * DISCOVERY_VALUE];

	begin();
	for (int i = 0; i < 2 * DISCOVERY_ROWS; i++)
		add(DISCOVERY_FILTERS, "accept", "", "", "", "");
	is_wrong(1, "ip/firewall/filter: has more rows", "too many rows");
	begin();
	memset(name, '\x01', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	add(DISCOVERY_RULES, name, "", "", "", "");
	ok(says("rule ????????"), "what no terminal should see");
	is_int((int64_t)wrong, 0, "and a long value are no fault");
}

/* A router that lacks a menu that these settings do not ask for. */
static void
absent(void)
{
	static const bool tree[DISCOVERY_MENUS] = { [DISCOVERY_QUEUES] = true,
		[DISCOVERY_TYPES] = true,
		[DISCOVERY_RULES] = true };
	static const bool simple[DISCOVERY_MENUS] = { [DISCOVERY_SIMPLE] = true,
		[DISCOVERY_TYPES] = true };

	begin();
	d.absent[DISCOVERY_SIMPLE] = true;
	ok(says("the router has no queue/simple") && wrong == 0,
	    "a menu is missing: told, and not wrong");
	ok(!says("the router has no queue/tree"), "the others are there");
	for (int i = 0; i < DISCOVERY_MENUS; i++)
		is_int(discovery_needs(&s, (enum discovery_menu)i), tree[i],
		    "queues of the tree: %s", discovery_lists[i].menu);
	memcpy(s.router.simple, "line", 5);
	s.router.rule[0] = '\0';
	for (int i = 0; i < DISCOVERY_MENUS; i++)
		is_int(discovery_needs(&s, (enum discovery_menu)i), simple[i],
		    "a simple queue, no rule: %s", discovery_lists[i].menu);
}

int
main(void)
{
	settings_init(&s);
	memcpy(s.router.queue[DOWN], "down", 5);
	memcpy(s.router.queue[UP], "up", 3);
	memcpy(s.router.rule, "steer", 6);
	well();
	queues();
	simple_queues();
	rules();
	bounds();
	absent();
	return tap_done();
}

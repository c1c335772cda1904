/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration and the report of a calibration, whatever it has found. */
#include "calibrate/write_config.h"

#include "../random.h"
#include "../tap.h"
#include "calibrate/calibrate_args.h"
#include "calibrate/report.h"
#include "conf/conf_edit.h"
#include "conf/confload.h"

static struct settings settings, got; /* got: what a file says */
static struct direction_result outcome[DIRECTIONS];
static char buf[WRITE_CONFIG_MAX];
static const char *base = ""; /* the file that it began with */
static struct text t;

static struct text *
begin(void)
{
	text_init(&t, buf, sizeof buf);
	return &t;
}

static bool
has(const char *what)
{
	return strstr(buf, what) != NULL;
}

static void
find(struct direction_result *o, int64_t bps, enum verify_end end)
{
	memset(o, 0, sizeof *o);
	o->has_raw = o->has_best = true;
	o->raw = (struct search_probe){ .throughput_bps = bps + bps / 50,
		.bloat_us = 230000,
		.p95_us = 299000,
		.mean_us = 150000,
		.rpm = 228 };
	o->search.limits.target_us = 10000;
	o->search.probes = 2;
	o->search.probe[0] = (struct search_probe){ .bps = bps,
		.bloat_us = 2000,
		.mean_us = 7000,
		.throughput_bps = bps };
	o->search.probe[1] = (struct search_probe){ .bps = bps + bps / 40,
		.bloat_us = 90000 };
	o->best = (struct search_result){ bps, bps - bps / 100, bps + bps / 100,
		97 };
	o->proof.end = end;
	o->has_after = end == VERIFY_KEPT;
	o->after = o->search.probe[0];
}

static void
write_conf(const struct preset *preset, int64_t idle_us, int64_t jitter_us)
{
	struct measured m = { idle_us, jitter_us,
		{ outcome[DOWN].best.bps, outcome[UP].best.bps }, { -1, -1 } };
	struct write_config c = { &settings, base, preset, "as asked for",
		"2026-01-02 03:04", &m, 10000, outcome };

	write_config(&c, begin());
}

static void
give(const char *section, const char *key, const char *value)
{
	const char *why = settings_set(&settings, section, key, value, 1);

	ok(why == NULL, "%s: %s", key, why == NULL ? value : why);
}

/* Reads it as conf_load does; the reason why not. */
static const char *
refused(void)
{
	static struct conf_report faults;
	char path[] = "/tmp/composer_test.XXXXXX";
	int fd = mkstemp(path), bad;
	FILE *f = fd == -1 ? NULL : fdopen(fd, "w");

	if (f == NULL)
		return "cannot write";
	fputs(buf, f);
	fclose(f);
	bad = conf_load(&got, path, &faults);
	remove(path);
	return bad == 0 ? NULL : faults.fault[0].text;
}

static void
test_conf(void)
{
	const char *why;

	find(&outcome[DOWN], 19826000, VERIFY_KEPT);
	find(&outcome[UP], 2012000, VERIFY_FAILED);
	write_conf(preset_find("dsl"), 30000, 200);
	why = refused();
	ok(why == NULL && !t.full, "R70: it is taken: %s",
	    why == NULL ? "yes" : why);
	ok(has("on 2026-01-02 03:04 for a dsl line:\n# as asked for.\n"),
	    "R73: the preset and why");
	ok(has("\nceiling = 19826kbit\n"), "R70: the rate that was found");
	ok(has("# checked: a load at this rate added 2.0 ms\n"),
	    "R70: that it was checked");
	ok(has("# UNPROVEN: higher rates failed"), "R70: or not");
	ok(has("no probe had this rate"), "... nor any probe had it");
	ok(has("within 2.5% of it with a probability of 97%"), "how sure");
	ok(has("\ninitial = 30ms\n"), "R73: the baseline");
	ok(has("\ndevice = wan0\n"), "what was given");
	ok(!has("floor_yellow") && !has("step"),
	    "what was given for other rates is dropped");
	ok(has("from 19.63 to 20.02 Mbit/s with 90%"), "R70: and between what");
	ok(has(" with 90%\n# the highest rate that kept the added delay under "
	       "10 ms\nceiling = 19826kbit\n"),
	    "R70: reasons stand before their rate");
	ok(has("\n# no probe had this rate; lower ones kept the target\n"
	       "ceiling = 2012kbit\n"),
	    "R70: ... of the other direction");
	ok(has("median, with a jitter of 0.2 ms\ninitial"), "R73: and why");
	ok(!has("silence"), "nothing that another kind wants");
}

/* Thresholds are never below what they follow from. */
static void
test_rounding(void)
{
	write_conf(preset_find("dsl"), 50, 2700);
	ok(refused() == NULL && has("\ninitial = 100us\n"),
	    "R73: a very short line: %s", refused());
	ok(has("\nyellow = 11ms\n"), "R73: 4 times 2.7 ms is 11, not 10");
}

/* 100 half seconds from 10 to 29.8 Mbit/s. */
static void
change_line(struct direction_result *o)
{
	struct capacity *c = &o->capacity;

	for (int i = 0; i < 100; i++)
		c->window[c->n++] = (struct capacity_window){
			10000000 + i * 200000, 500000
		};
	c->us = 50000000;
	o->changes = true;
	o->held[HELD_CEILING] = (struct capacity_share){ 28812345, 28000000,
		29400000 };
	o->held[HELD_BASE] = (struct capacity_share){ 19812345, 18200000,
		21600000 };
	o->held[HELD_FLOOR] = (struct capacity_share){ 10212345, 10000000,
		10600000 };
	o->best.bps = o->held[HELD_CEILING].bps;
}

static void
test_changing(void)
{
	find(&outcome[DOWN], 10212345, VERIFY_KEPT);
	find(&outcome[UP], 10212345, VERIFY_FAILED);
	change_line(&outcome[DOWN]);
	change_line(&outcome[UP]);
	write_conf(preset_find("lte"), 45000, 4000);
	is_str(refused(), NULL, "R70: rates of a line that changes are taken");
	ok(got.dir[DOWN].ceiling_bps == 28812000 &&
		got.dir[DOWN].base_bps == 19812000 &&
		got.dir[DOWN].floor_bps[ZONE_RED] == 10212000,
	    "R70: ... each that of its share of the time");
	ok(has("# the line changes: from 10.00 to 29.80 Mbit/s in 50 s of "
	       "load\n# it carried this or more for 5% of the time; from 28.00 "
	       "to 29.40 Mbit/s with 90%\nceiling = 28812kbit\n"),
	    "R70: ... with the reason");
	ok(has("# it carried this or more for 50% of the time; from 18.20 to "
	       "21.60 Mbit/s with 90%\nbase = 19812kbit\n"),
	    "R70: ... of the base");
	ok(has("# checked: a load at this rate added 2.0 ms\n# it carried this "
	       "or more for 99% of the time; from 10.00 to 10.60 Mbit/s with "
	       "90%, of which the low end is taken\n# put in what the line has "
	       "at its worst hour, if that is less\nfloor = 10212kbit\n"),
	    "R70: ... and of the floor, which was checked");
	ok(has("# UNPROVEN: higher rates failed the check, and this one had "
	       "none; calibrate again with more time\n# it carried"),
	    "R70: ... or was not");
	ok(has("\nyellow = 30ms\n"), "R73: thresholds are those of its kind");
}

static int
count(const char *what)
{
	int n = 0;

	for (const char *at = buf; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void
test_extras(void)
{
	const char *why;

	write_conf(preset_find("lte"), 45000, 4000);
	why = refused();
	ok(why == NULL, "R73: what a kind wants beside is taken: %s",
	    why == NULL ? "yes" : why);
	ok(has("\n[adaptive]\n# radio is silent") && has("\nsilence = 2s\n"),
	    "R73: ... with its reason");
	ok(has("\njump = 40ms\n") && count("\n[baseline]\n") == 1,
	    "... in one section with what was chosen");
	give("adaptive", "silence", "3s");
	write_conf(preset_find("lte"), 45000, 4000);
	ok(refused() == NULL && has("\nsilence = 3s\n") &&
		count("silence = ") == 1,
	    "... but what was given counts");
}

/* A file that somebody keeps in order is still in order afterwards. */
static void
test_file(void)
{
	static const char mine[] = "# The line at home.\n"
				   "schema = 1\n"
				   "\n"
				   "[upload] # slow\n"
				   "device=wan1\n"
				   "; measured by hand\n"
				   "ceiling = 1mbit\n"
				   "step = 5mbit\n"
				   "\n"
				   "# Ours.\n"
				   "[wan]\n"
				   "name=x\n"
				   "[ping]\n"
				   "# Berlin\n"
				   "hosts = 192.0.2.1\n";
	static char first[WRITE_CONFIG_MAX];

	find(&outcome[DOWN], 19826000, VERIFY_KEPT);
	find(&outcome[UP], 2012000, VERIFY_KEPT);
	give("upload", "step", "5mbit");
	base = mine;
	write_conf(preset_find("dsl"), 30000, 200);
	ok(has("# as asked for.\n\n# The line at home.\nschema = 1\n\n[upload] "),
	    "R70: a comment of somebody else stays, apart from ours");
	ok(has("\ndevice=wan1\n# checked: ") &&
		has("\n\n# Ours.\n[wan]\nname=x\n[ping]\n# Berlin\nhosts = 192.0.2.1\n"),
	    "R70: ... and the order, and what was not chosen");
	ok(has(" under 10 ms\nceiling = 2012kbit\n"), "R70: rates are new");
	ok(!has("by hand") && !has("step") && count("ceiling = ") == 2,
	    "R70: ... in place of the old ones and their reason");
	(void)text_copy(first, sizeof first, buf, strlen(buf));
	base = first;
	write_conf(preset_find("dsl"), 30000, 200);
	is_str(buf, first, "R70: once more changes nothing else");
	/* What set the line up said another kind of it. */
	base = "# Written by wanctl-setup for a cable line.\nschema = 1\n";
	write_conf(preset_find("dsl"), 30000, 200);
	ok(has(" for a dsl line:\n# as asked for.\nschema = 1\n") &&
		!has("cable"),
	    "R73: a line has one kind");
	base = "";
}

/* Hosts of the command line stand for all of the file's, on whatever line. */
static void
test_hosts(void)
{
	size_t second = settings_row("ping", "hosts_2");

	give("ping", "hosts_2", "192.0.2.2");
	ok(calibrate_args_key(&settings, "ping.hosts=192.0.2.1") == NULL,
	    "hosts are given");
	base = "schema = 1\n[ping]\nhosts = 192.0.2.9\n; more\n"
	       "hosts_2 = 192.0.2.2\n";
	write_conf(preset_find("dsl"), 30000, 200);
	ok(has("\nhosts = 192.0.2.1\n") && !has("192.0.2.9"),
	    "R70: they are written");
	ok(!has("hosts_2"), "R70: ... in place of all others");
	settings.line[second] = 0;
	base = "";
}

/* Of a direction that is not managed it says what a load carried, if any. */
static void
test_unmanaged(void)
{
	static const char mine[] = "schema = 1\n[upload]\nmanaged = no\n"
				   "ceiling = 1mbit\nfloor = 100kbit\n";

	find(&outcome[DOWN], 19826000, VERIFY_KEPT);
	find(&outcome[UP], 2000000, VERIFY_KEPT);
	outcome[UP].has_best = false;
	give("upload", "managed", "no");
	base = mine;
	write_conf(preset_find("dsl"), 30000, 200);
	ok(has("\nmanaged = no\n") && has("not set, as managed is no") &&
		has("\nceiling = 2040kbit\nfloor = 100kbit\n"),
	    "R112: what a load carried, and the rest stays");
	outcome[UP].has_raw = false;
	write_conf(preset_find("dsl"), 30000, 200);
	ok(has("\nceiling = 1mbit\nfloor = 100kbit\n"),
	    "R112: without a load all of it stays");
	settings.dir[UP].managed = 1;
	settings.line[settings_row("upload", "managed")] = 0;
	base = "";
}

static void
test_given(void)
{
	const char *why;
	char longest[CONF_LINE_MAX];

	conf_given(&settings, begin());
	why = refused();
	ok(why == NULL, "what was given is taken: %s",
	    why == NULL ? "yes" : why);
	ok(strncmp(buf, "schema = 1\n", 11) == 0, "... the schema first");
	ok(has("\n[download]\ndevice = wan0\n") && has("floor_yellow"),
	    "... all of it");
	/* A line of a file has no room for more: 190 bytes. */
	snprintf(longest, sizeof longest, "/bin/true %0172d", 1);
	give("diverter", "command", longest);
	conf_given(&settings, begin());
	why = refused();
	ok(why == NULL, "R70: the longest value is taken: %s",
	    why == NULL ? "yes" : why);
}

/* What -k gives is in the file as it was given, or was refused before. */
static void
test_keys(void)
{
	static const struct {
		const char *text;
		bool taken;
	} keys[] = {
		{ "shaper.command=/bin/x a ; b", false },
		{ "shaper.command=; b", false },
		{ "shaper.command= /bin/x", false },
		{ "shaper.command=/bin/x ", false },
		{ "shaper.command=/bin/x\nfloor = 1mbit", false },
		{ "shaper.command=/bin/x a;b", true },
		{ "shaper.command=/bin/x # a", true },
		{ "shaper.command=/bin/x a = b [c]", true },
		{ "shaper.command=\"/bin/x\"", true },
	};
	char most[256];

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		ok((calibrate_args_key(&settings, keys[i].text) == NULL) ==
			keys[i].taken,
		    "R70: %s: %s", keys[i].text,
		    keys[i].taken ? "taken" : "refused");
		if (!keys[i].taken)
			continue;
		conf_given(&settings, begin());
		is_str(refused(), NULL, "... and a file takes it");
		is_str(got.shaper.command, settings.shaper.command,
		    "R70: ... and has it as it was given");
	}
	for (int len = 160; len < 250; len++) {
		snprintf(most, sizeof most, "shaper.command=/bin/x %0*d", len,
		    1);
		if (calibrate_args_key(&settings, most) != NULL)
			break;
	}
	snprintf(most, sizeof most, "shaper.command=%s",
	    settings.shaper.command);
	ok(calibrate_args_key(&settings, most) == NULL,
	    "the last that was taken");
	ok(strlen(settings.shaper.command) == 182,
	    "R70: no longer than a line of a file has room for: %zu",
	    strlen(settings.shaper.command));
	conf_given(&settings, begin());
	is_str(refused(), NULL, "... which a file takes, too");
	ok(calibrate_args_key(&settings, "shaper.command=/bin/true") == NULL,
	    "as before");
}

static void
test_any(void)
{
	const char *why = NULL;

	for (int run = 0; run < 500 && why == NULL; run++) {
		find(&outcome[DOWN], random_int(64, 20000000) * 1000,
		    (enum verify_end)random_int(VERIFY_KEPT, VERIFY_NONE));
		find(&outcome[UP], random_int(64, 20000000) * 1000,
		    (enum verify_end)random_int(VERIFY_KEPT, VERIFY_NONE));
		if (random_int(0, 1) == 1)
			change_line(&outcome[random_int(DOWN, UP)]);
		write_conf(&presets[random_int(0, PRESETS - 1)],
		    random_int(1, 900000), random_int(0, 90000));
		why = refused();
	}
	ok(why == NULL, "R70: 500 lines: every configuration is taken: %s",
	    why == NULL ? "yes" : why);
	if (why != NULL)
		printf("# %s\n", buf);
}

static void
test_report(void)
{
	struct idle_host h = { .name = "192.0.2.1", .lost = 3 };

	find(&outcome[DOWN], 20000000, VERIFY_KEPT);
	find(&outcome[UP], 2000000, VERIFY_NONE);
	report_host(begin(), &h);
	ok(has("no answer"), "a host that does not answer");
	h.n = 1;
	h.idle_us = 12300;
	report_host(begin(), &h);
	ok(has("median  12.3,") && has("lost 3 of 4"), "one that does");
	report_live(begin(), "check down", 19800000, 12400, 61999999, 79);
	is_str(buf, "check down: 19.8 Mbit/s +12 ms, 61 s left at most",
	    "R71: what is being done");
	report_live(begin(), "idle line", -1, -1, 0, 12);
	is_str(buf, "idle line, 0", "R71: ... in a narrow terminal");
	report_table(begin(), outcome);
	is_str(buf,
	    "\n                 Mbit/s   added ms    95 % ms  grade      RPM\n"
	    "before  down      20.40      230.0      299.0      C      228\n"
	    "after   down      20.00        2.0        0.0      A        0\n"
	    "before  up         2.04      230.0      299.0      C      228\n",
	    "R71: the table, with the grade of the mean");
	report_bars(begin(), outcome, 10000);
	ok(has("     20.00 |---- 2.0\n"), "R71: a bar of a good probe");
	ok(has("     20.50 |####"), "... and of a bad one");
	report_gnuplot(begin(), outcome, 10000, "a \"b\\\n.png");
	ok(has("set terminal pngcairo") && has("set output \"a b.png\"\n"),
	    "R71: a path cannot leave its quotes");
	report_gnuplot(begin(), outcome, 10000, "x");
	ok(has("set terminal svg"), "R71: SVG");
	report_record_calibrated(begin(), UP, &outcome[UP]);
	is_str(buf,
	    "dir=up bps=2000000 low_bps=1980000 high_bps=2020000 "
	    "confidence=97 probes=2 check=none",
	    "R70: a record of what was not checked");
	report_record_calibrated(begin(), DOWN, &outcome[DOWN]);
	ok(has("check=kept throughput_bps=20000000 bloat_us=2000"),
	    "... and of what was");
	ok(has(" mean_us=7000 rpm=0 grade=A"), "R71: ... the mean's grade");
}

/* However many probes there were, it has room. */
static void
test_room(void)
{
	static char small[REPORT_MAX];
	struct text r;

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		find(&outcome[dir], 90000000000, VERIFY_KEPT);
		outcome[dir].search.probes = SEARCH_PROBES;
		for (int i = 0; i < SEARCH_PROBES; i++)
			outcome[dir].search.probe[i] = (struct search_probe){
				.bps = 90000000000,
				.bloat_us = 999999999
			};
	}
	text_init(&r, small, sizeof small);
	report_bars(&r, outcome, 10000);
	ok(!r.full, "room for all bars");
	text_init(&r, small, sizeof small);
	report_gnuplot(&r, outcome, 10000, "x");
	ok(!r.full, "room for the script");
	change_line(&outcome[DOWN]);
	change_line(&outcome[UP]);
	text_init(&r, small, sizeof small);
	report_gnuplot(&r, outcome, 10000, "x");
	ok(!r.full, "... of lines that change");
}

int
main(void)
{
	char why[SETTINGS_FAULT_MAX];
	struct settings_fault fault;

	random_start();
	settings_init(&settings);
	give("", "schema", "1");
	give("wan", "name", "x");
	give("ping", "hosts", "192.0.2.1");
	give("shaper", "backend", "command");
	give("shaper", "command", "/bin/true");
	give("download", "device", "wan0");
	give("download", "floor_yellow", "30mbit");
	give("download", "step", "5mbit");
	give("upload", "device", "wan1");
	ok(calibrate_args_complete(&settings, why, &fault) == NULL,
	    "settings are whole");
	test_conf();
	test_rounding();
	test_extras();
	test_changing();
	test_file();
	test_hosts();
	test_unmanaged();
	test_given();
	test_keys();
	test_any();
	test_report();
	test_room();
	return tap_done();
}

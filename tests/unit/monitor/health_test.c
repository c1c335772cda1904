/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a line is: each thing that may be wrong, and how it is shown. */
#include "monitor/table.h"

#include <stdio.h>
#include <string.h>

#include "../tap.h"

#define NOW ((int64_t)1769000000000000)
#define SEC 1000000

static struct health h;
static char row[TABLE_ROW];
static bool well;

static void
begin(void)
{
	health_init(&h);
	strcpy(h.line.wan, "x");
	h.line.now_us = NOW;
	h.line.interval_us = 2 * SEC;
}

/* Lines, with the time of that age in place of @. */
static void
feed(const char *lines, int64_t age_s)
{
	char text[2000];
	size_t before = strcspn(lines, "@");
	int len = snprintf(text, sizeof text, "%.*s", (int)before, lines);

	if (lines[before] == '@')
		len += snprintf(text + len, sizeof text - (size_t)len, "%lld%s",
		    (long long)(NOW - age_s * SEC), lines + before + 1);
	health_read(&h, text, (size_t)len);
}

/* The end of row i, which says how it is. */
static const char *
health_of(int i)
{
	size_t len;

	if (!table_row(&h, i, row, &well))
		return "no such row";
	len = strlen(row);
	for (size_t at = len; at-- > 1;)
		if (row[at] == ' ' && row[at - 1] == ' ')
			return row + at + 1;
	return row;
}

static void
good(void)
{
	begin();
	table_heading(row);
	is_str(row,
	    "WAN          DIR  STATE           RATE      WANTED      DELAY      "
	    "BASE   LOAD    AGE  HEALTH",
	    "R90: the heading");
	feed(
	    "state v=1 program=wanctl-assess wan=x\n"
	    "rate t=@ wan=x dir=down bps=45200000 state=yellow "
	    "delta_us=1234 base_us=18100 load=34 why=step\nend lines=3 crc=1\n",
	    1);
	feed("state v=1 program=wanctl-setrate wan=x\n"
	     "applied t=@ dir=down bps=1450000000 want=1 ok=1\n"
	     "shaper dir=down writes=1200 failures=3\n"
	     "shaper dir=up writes=34 failures=-5\nnonsense here\n\n",
	    1);
	is_str(health_of(DOWN), "ok", "R90: well");
	is_str(row,
	    "x            down yellow   1.45 Gbit/s 45.2 Mbit/s     1.2 ms   "
	    "18.1 ms   34 %    1 s  ok",
	    "R90: its row");
	ok(well, "... is well");
	is_str(health_of(2), "no such row", "no row more");
	h.line.backend = HEALTH_FLASH;
	(void)health_of(2);
	is_str(row,
	    "x            rtr  1234 writes to its flash memory, 3 failures",
	    "R31: what a router's memory bears");
	ok(well, "... says nothing of how it is");
	feed("pause failed=5 until_t=@ last_us=5\n", -100);
	h.line.backend = HEALTH_ROUTER;
	(void)health_of(2);
	is_str(row,
	    "x            rtr  1234 writes, 3 failures; left alone for 100 s",
	    "R31: another router, that is left alone");
	is_str(health_of(3), "no such row", "no row more");
}

static void
wrong(void)
{
	static const struct {
		const char *lines, *what;
		int64_t age_s;
	} faults[] = {
		{ "", "never ran", 0 },
		{ "state v=1 program=wanctl-steer\n", "never ran", 0 },
		{ "state v=1\n", "no decision yet", 0 },
		{ "rate t=@ dir=up state=green bps=1000\n", "stale", 12 },
		{ "rate t=@ dir=up state=green bps=1\n", "never set", 11 },
		{ "rate t=@ dir=up state=green bps=1\n", "ahead of the clock",
		    -12 },
		{ "rate t=@ dir=up state=blackout bps=1\n", "blackout", 0 },
		{ "rate t=@ dir=up state=unknown bps=1\n", "settling", 0 },
		{ "rate t=@ dir=up state=red why=unmanaged\n", "ok: unmanaged",
		    0 },
		{ "rate t=@ dir=up state=red why=unmanaged\n", "stale", 12 },
		{ "rate t=@ dir=up state=green\n"
		  "applied t=1769000000000000 dir=up ok=0 why=timeout\n",
		    "not set: timeout", 0 },
		{ "rate t=@ dir=up state=green\n"
		  "applied t=1769000000000000 dir=up ok=0\n",
		    "not set", 0 },
		{ "rate t=@ dir=up state=green\n"
		  "applied t=1768999988000000 dir=up ok=1\n",
		    "not set: stale", 0 },
		{ "rate t=@ dir=up state=green\n"
		  "applied t=1769000012000000 dir=up ok=1\n",
		    "not set: ahead of the clock", 0 },
		{ "rate t=@ dir=up state=green\n"
		  "applied t=1768999989000000 dir=up ok=1\n",
		    "ok", 0 },
	};

	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		begin();
		h.seen = i > 2;
		feed(faults[i].lines, faults[i].age_s);
		is_str(health_of(UP), faults[i].what, "R90: %s",
		    faults[i].what);
		ok(well == (strncmp(faults[i].what, "ok", 2) == 0),
		    "... and whether it is well");
	}
	begin();
	h.seen = true;
	feed("rate t=@ dir=up state=green bps=100000000 load=1\n", 4 * 86400);
	(void)health_of(UP);
	ok(strstr(row, " 100 Mbit/s ") != NULL &&
		strstr(row, " 4 days ") != NULL,
	    "R90: four days: %s", row);
	feed("rate t=@ dir=up state=green bps=900000\n", -3 * 3600);
	(void)health_of(UP);
	ok(strstr(row, " 900 kbit/s ") != NULL &&
		strstr(row, " in 3 h ") != NULL,
	    "R90: three hours ahead: %s", row);
	feed("rate t=@ dir=up state=green bps=900000\n", 150);
	(void)health_of(UP);
	ok(strstr(row, " 2 min ") != NULL, "R90: two minutes: %s", row);
	feed("rate t=@ dir=side state=red bps=1\n", 1);
	(void)health_of(UP);
	ok(strstr(row, " 2 min ") != NULL, "a direction that there is not");
}

static void
steering(void)
{
	static const struct {
		const char *words, *diverted, *what;
		int64_t age_s;
	} cases[] = {
		{ "on=0 dry_run=0", "ok=1 on=0", "ok", 0 },
		{ "on=1 dry_run=1", NULL, "ok: dry run", 0 },
		{ "on=1 dry_run=0", NULL, "not switched yet", 0 },
		{ "on=1 dry_run=0", "ok=1 on=0", "not switched yet", 0 },
		{ "on=1 dry_run=0", "ok=0 why=timeout", "not switched: timeout",
		    0 },
		{ "on=1 dry_run=0 alternate=dead", "ok=1 on=1", "dsl is dead",
		    0 },
		{ "on=1 dry_run=0", "ok=1 on=1", "stale", 12 },
		{ "on=1 dry_run=0", "ok=1 on=1", "ahead of the clock", -12 },
	};
	char lines[300];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin();
		h.line.steers = true;
		snprintf(lines, sizeof lines,
		    "state v=1 program=wanctl-steer\nsteer t=@ to=dsl "
		    "delta_us=150000 to_rtt_us=30500 confidence=95 %s\n%s%s\n",
		    cases[i].words,
		    cases[i].diverted != NULL ? "diverted " : "",
		    cases[i].diverted != NULL ? cases[i].diverted : "");
		feed(lines, cases[i].age_s);
		is_str(health_of(2), cases[i].what, "R90: steering: %s",
		    cases[i].what);
		ok(well == (strncmp(cases[i].what, "ok", 2) == 0),
		    "... and whether it is well");
	}
	begin();
	h.line.steers = true;
	feed("state v=1 program=wanctl-steer\npause until_t=@\n"
	     "steer t=1769000000000000 to=dsl on=1 dry_run=0 delta_us=150000 "
	     "to_rtt_us=30500\ndiverted ok=0 why=timeout\n",
	    -7);
	is_str(health_of(2), "not switched: timeout; left alone for 7 s",
	    "R90: a diverter that is left alone");
	is_str(row,
	    "x            to   away             dsl           -   150.0 ms   "
	    "30.5 ms      -    0 s  not switched: timeout; left alone for 7 s",
	    "R90: its row");
	h.line.steers = false;
	is_str(health_of(2), "no such row", "R90: not wanted any more");
}

int
main(void)
{
	good();
	wrong();
	steering();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a calibration says on the way: lines for people, keys of records. What
 * it says at the end is in composer_test.c. */
#include "calibrate/report.h"

#include <string.h>

#include "../tap.h"

static char buf[REPORT_MAX];
static struct text t;
static struct direction_result o;

static struct text *
begin(void)
{
	text_init(&t, buf, sizeof buf);
	return &t;
}

static void
found(void)
{
	static const struct search_limits limits = { .target_us = 10000,
		.lo_bps = 1000000,
		.hi_bps = 100000000,
		.precision_ppm = 50000,
		.confidence_ppm = 900000,
		.probes = 10 };
	struct search_probe good = { .bps = 20000000,
		.bloat_us = 4300,
		.throughput_bps = 19900000,
		.p95_us = 9000,
		.mean_us = 4000,
		.rpm = 900 };
	struct search_probe bad = { .bps = 30000000,
		.bloat_us = 87000,
		.throughput_bps = 22000000 };

	search_start(&o.search, &limits);
	search_add(&o.search, &good);
	search_add(&o.search, &bad);
	search_best(&o.search, &o.best);
	o.raw = bad;
	o.raw.p95_us = 99000;
	o.raw.mean_us = 50000;
	o.raw.rpm = 200;
	o.has_best = true;
}

static void
people(void)
{
	struct search_probe weak = { .bps = 25000000,
		.bloat_us = 1000,
		.throughput_bps = 2000000 };
	struct direction_result both[DIRECTIONS];

	report_figures(begin(), "Raw ", UP, &o.raw);
	is_str(buf,
	    "Raw  up       22.00 Mbit/s, added delay    87.0 ms, 95 %    99.0 "
	    "ms",
	    "figures");
	report_probe(begin(), DOWN, &o.search, &o.search.probe[0]);
	ok(strstr(buf, "  down     20.00 Mbit/s:     4.3 ms good  (") == buf,
	    "a probe that was good: %s", buf);
	report_probe(begin(), DOWN, &o.search, &o.search.probe[1]);
	ok(strstr(buf, "30.00 Mbit/s:    87.0 ms bad ") != NULL,
	    "and one that was not: %s", buf);
	report_best(begin(), DOWN, &o);
	ok(strstr(buf, "Best down ") == buf &&
		strstr(buf, " % sure, 2 probes: ") != NULL,
	    "the best rate: %s", buf);
	o.proof.end = VERIFY_FAILED;
	report_check(begin(), UP, &o);
	is_str(buf,
	    "Check up      30.00 Mbit/s:    87.0 ms bad: above the target",
	    "a check that failed");
	o.proof.end = VERIFY_KEPT;
	report_check(begin(), UP, &o);
	ok(strstr(buf, "ms good") != NULL, "and one that did not");
	search_add(&o.search, &weak);
	o.proof.end = VERIFY_NONE;
	report_check(begin(), UP, &o);
	ok(strstr(buf, "but the load was too weak") != NULL,
	    "one that says nothing: %s", buf);
	o.proof.bps = 19000000;
	report_unproven(begin(), UP, &o.proof);
	ok(strstr(buf, "Unproven up: 19.00 Mbit/s; ") == buf, "unproven: %s",
	    buf);
	memset(both, 0, sizeof both);
	report_bars(begin(), both, 10000);
	is_str(buf, "", "nothing was found, nothing is drawn");
}

static void
programs(void)
{
	struct idle_host h = { .name = "192.0.2.1",
		.n = 9,
		.lost = 1,
		.least_us = 4000,
		.idle_us = 4500,
		.jitter_us = 300 };

	report_record_idle(begin(), &h);
	is_str(buf,
	    "host=192.0.2.1 min_us=4000 us=4500 jitter_us=300 lost=1 "
	    "probes=10 method=icmp",
	    "a reflector at rest");
	o.raw.throughput_bps = -1;
	report_record_raw(begin(), UP, &o);
	is_str(buf,
	    "dir=up bloat_us=87000 p95_us=99000 mean_us=50000 rpm=200 "
	    "grade=B",
	    "R71: a throughput that nobody knows is absent");
	report_figures(begin(), "Raw ", UP, &o.raw);
	ok(strstr(buf, " unknown Mbit/s,") != NULL, "... and said to be");
	o.raw.throughput_bps = 22000000;
	report_record_raw(begin(), UP, &o);
	ok(strstr(buf,
	       "dir=up throughput_bps=22000000 bloat_us=87000 "
	       "p95_us=99000 mean_us=50000 rpm=200 grade=B") == buf,
	    "without a shaper: %s", buf);
	report_record_probe(begin(), DOWN, &o.search, &o.search.probe[0]);
	is_str(buf,
	    "dir=down bps=20000000 bloat_us=4300 throughput_bps=19900000 "
	    "good=1",
	    "a probe");
}

/* A line that changes: 1 to 100 Mbit/s, each for a second. */
static void
changing(void)
{
	struct direction_result both[DIRECTIONS];
	struct search_probe p = { .throughput_bps = 50500000 };
	struct direction_result *down = &both[DOWN];

	memset(both, 0, sizeof both);
	report_capacity(begin(), UP, down, &p);
	ok(strstr(buf, "from 0.00 to 0.00 in 0 s") != NULL,
	    "nothing is known of its capacity: %s", buf);
	for (int i = 1; i <= 100; i++)
		down->capacity.window[down->capacity.n++] =
		    (struct capacity_window){ i * 1000000, 1000000 };
	down->capacity.us = 100000000;
	down->changes = down->has_best = down->has_after = true;
	down->held[HELD_CEILING] = (struct capacity_share){ 95000000, 90000000,
		99000000 };
	down->held[HELD_BASE] = (struct capacity_share){ 50000000, 42000000,
		58000000 };
	down->held[HELD_FLOOR] = (struct capacity_share){ 1000000, 1000000,
		3000000 };
	down->best.bps = 95000000;
	report_changes(begin(), UP);
	ok(strncmp(buf, "The rate up seems to change: ", 29) == 0,
	    "R70: a line that seems to change");
	report_capacity(begin(), DOWN, down, &p);
	is_str(buf,
	    "  down     50.50 Mbit/s on average; up to now from 1.00 to 100.00 "
	    "in 100 s",
	    "R70: what a load tells of its capacity");
	report_held(begin(), DOWN, down);
	is_str(buf,
	    "Rates down     1.00 Mbit/s for 99 % of the time, 50.00 (42.00 to "
	    "58.00) for 50 %, 95.00 for 5 %",
	    "R70: its rates, and how sure");
	report_record_held(begin(), DOWN, down, HELD_FLOOR);
	is_str(buf,
	    "dir=down percent=99 bps=1000000 low_bps=1000000 high_bps=3000000",
	    "R70: ... for programs");
	report_table(begin(), both);
	ok(strstr(buf, "\nfloor   down ") != NULL,
	    "the table says that it is the floor's");
	report_bars(begin(), both, 10000);
	ok(strstr(buf, "\n      99 % | 2.00\n") != NULL &&
		strstr(buf, "\n      50 % |-------------------- 51.00\n") !=
		    NULL,
	    "R71: bars of its shares");
	report_gnuplot(begin(), both, 10000, "x.svg");
	ok(strstr(buf, "\n2.000 99\n") != NULL &&
		strstr(buf, "\n51.000 50\n") != NULL &&
		strstr(buf, "title 'download: 1.00 to 95.00 Mbit/s'") != NULL,
	    "R71: a plot of them");
}

int
main(void)
{
	found();
	people();
	programs();
	changing();
	return tap_done();
}

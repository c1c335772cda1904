/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/summary.h"

#include <string.h>

#include "../random.h"
#include "../tap.h"

#define SEC ((int64_t)1000000)
#define T0 (1769000000 * SEC)

static struct summary s;

/* Of every size, a percentile is within 1 % of what it should be. */
static void
spreads(void)
{
	static struct summary_spread spread;
	bool good = true;

	is_int(summary_at(&spread, 500), NONE, "R110: nothing has no median");
	for (int64_t us = 1; us < 8000000000; us += us / 3 + 1) {
		int64_t got;

		memset(&spread, 0, sizeof spread);
		summary_add(&spread, us);
		got = summary_at(&spread, 500);
		good = good && got >= us - us / 100 && got <= us + us / 100;
	}
	ok(good, "R110: one value is its own median, within 1 %%");
	memset(&spread, 0, sizeof spread);
	for (int i = 1; i <= 1000; i++)
		summary_add(&spread, i * 100);
	ok(summary_at(&spread, 500) >= 49500 &&
		summary_at(&spread, 500) <= 50500,
	    "R110: half of a thousand");
	ok(summary_at(&spread, 990) >= 98000 &&
		summary_at(&spread, 990) <= 100000,
	    "R110: 99 of 100");
	is_int(summary_at(&spread, 0), 100, "R110: the least is one of them");
	memset(&spread, 0, sizeof spread);
	summary_add(&spread, -5);
	is_int(summary_at(&spread, 500), 0, "R110: less than nothing is 0");
	summary_add(&spread, INT64_MAX);
	ok(summary_at(&spread, 1000) > 7200 * SEC,
	    "R110: what is too long is the longest");
}

static void
decide(int64_t t_us, int64_t bps, int64_t was, enum zone zone, int64_t delta_us,
    int64_t load, const char *why)
{
	struct rate rate;

	message_clear(&message_rate, &rate);
	rate.t_us = t_us;
	rate.dir = UP;
	rate.bps = bps;
	rate.was = was;
	rate.state = zone;
	rate.delta_us = delta_us;
	rate.load = load;
	rate.goodput = bps == NONE ? NONE : bps / 100 * load;
	strcpy(rate.why, why);
	summary_rate(&s, &rate);
}

/* The cell of a row of the upload. */
static const char *
cell(const char *label)
{
	static struct summary_row row;

	for (int i = 0; summary_row(&s, i, &row); i++)
		if (strcmp(row.label, label) == 0)
			return summary_is_empty(&s, i) ? "left out" :
							 row.cell[UP];
	return "no such row";
}

static void
rows(void)
{
	struct applied applied;

	is_str(cell("delay, idle p50"), "-", "R110: nothing is known");
	is_str(cell("time red"), "left out", "R110: or left out");
	decide(T0, 9000000, NONE, ZONE_GREEN, 300, 19, "unused");
	decide(T0 + SEC, 9000000, 9000000, ZONE_GREEN, 5000, 20, "unused");
	decide(T0 + 2 * SEC, 9000000, 9000000, ZONE_RED, 5000, 49, "unused");
	decide(T0 + 3 * SEC, 8000000, 9000000, ZONE_GREEN, 64000, 50,
	    "capacity");
	decide(T0 + 4 * SEC, 8000000, 8000000, ZONE_GREEN, NONE, 100, "hold");
	/* A gap. */
	decide(T0 + 70 * SEC, 7000000, 8000000, ZONE_GREEN, 1, 0, "words");
	decide(T0 + 69 * SEC, NONE, NONE, ZONE_GREEN, NONE, NONE, "unmanaged");
	is_str(cell("decisions"), "7", "R110: decisions");
	is_str(cell("delay, idle p99"), "0.3 ms",
	    "R110: below 20 %% of load, a delay is of an idle line");
	is_str(cell("delay, loaded p50"), "64.1 ms",
	    "R110: from 50 %% on of a loaded one");
	is_str(cell("rate, loaded"), "8.0 Mbit/s", "R110: the rate then");
	is_str(cell("used of that"), "75.0 %", "R110: and how much was used");
	is_str(cell("time green"), "75.0 %", "R110: time in a state");
	is_str(cell("time red"), "25.0 %",
	    "R110: and in another, without gaps");
	is_str(cell("lowered capacity"), "1", "R110: lowered for a reason");
	is_str(cell("lowered otherwise"), "1", "R110: or for another one");
	is_str(cell("lowered hold"), "left out", "R110: not for this");
	message_clear(&message_applied, &applied);
	applied.dir = UP;
	applied.ok = 1;
	applied.wrote = 1;
	summary_applied(&s, &applied);
	applied.ok = applied.wrote = 0;
	summary_applied(&s, &applied);
	summary_applied(&s, &applied);
	is_str(cell("writes"), "1", "R110: writes");
	is_str(cell("failures"), "2", "R110: failures");
}

int
main(void)
{
	spreads();
	rows();
	return tap_done();
}

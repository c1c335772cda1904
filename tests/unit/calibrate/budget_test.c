/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time and data are shared, and enough is kept back for checks. */
#include "calibrate/budget.h"

#include "../random.h"
#include "../tap.h"

#define SEC 1000000

static struct budget
both(void)
{
	return (struct budget){ .max_us = 230 * SEC,
		.probe_us = 7 * SEC,
		.load_bytes = { 10, 2 },
		.has_load = { true, true } };
}

static void
test_shares(void)
{
	struct budget b = both();
	struct search_limits l;

	budget_search(&b, DOWN, 30 * SEC, &l);
	is_int(l.time_us, 93 * SEC, "R70: half of what two checks leave");
	is_int(l.bytes, 0, "no limit of data");
	budget_search(&b, UP, 130 * SEC, &l);
	is_int(l.time_us, 86 * SEC, "... then all of what they leave");
	b.max_bytes = 112;
	b.spent_bytes = 20;
	budget_search(&b, DOWN, 30 * SEC, &l);
	is_int(l.bytes, 40, "R70: the same of data");
	b.has_load[UP] = false;
	budget_search(&b, DOWN, 30 * SEC, &l);
	is_int(l.time_us, 193 * SEC, "one direction has all but one check");
	is_int(l.bytes, 82, "... of the data too");
	budget_search(&b, DOWN, 300 * SEC, &l);
	is_int(l.time_us, 1, "late: one probe, and no more");
	b.spent_bytes = 1000;
	budget_search(&b, DOWN, 30 * SEC, &l);
	is_int(l.bytes, 1, "spent: one probe, and no more");
	is_int(budget_left_us(&b, 300 * SEC), 0, "nothing left");
}

static void
test_allows(void)
{
	struct budget b = both();

	is_int(budget_allows(&b, UP, 223 * SEC), 1, "time for one more");
	is_int(budget_allows(&b, UP, 223 * SEC + 1), 0, "... not any more");
	is_int(budget_allows(&b, DOWN, 216 * SEC), 1,
	    "a check of the download, which leaves one of the upload");
	is_int(budget_allows(&b, DOWN, 216 * SEC + 1), 0,
	    "R70: ... one that would not is not made");
	b.max_bytes = 100;
	b.spent_bytes = 88;
	is_int(budget_allows(&b, DOWN, 0), 1, "data for one more");
	b.spent_bytes++;
	is_int(budget_allows(&b, DOWN, 0), 0, "... not any more");
	is_int(budget_allows(&b, UP, 0), 1, "... but upwards");
	b.has_load[UP] = false;
	is_int(budget_allows(&b, DOWN, 0), 1, "... or with no upload");
}

/* The clock does not begin with the calibration. */
static void
test_begun(void)
{
	struct budget b = both();

	b.begun_us = 1000 * SEC;
	is_int(budget_left_us(&b, 1030 * SEC), 200 * SEC,
	    "R70: time counts from the begin");
	is_int(budget_allows(&b, UP, 1223 * SEC), 1, "... for a check too");
	is_int(budget_allows(&b, UP, 1223 * SEC + 1), 0, "... to its end");
}

/* Searches that use up their limits leave what both checks need. */
static void
test_any(void)
{
	int wrong = 0;

	for (int run = 0; run < 20000; run++) {
		struct budget b = both();
		int64_t now = random_int(0, 150) * SEC;
		struct search_limits l;

		b.load_bytes[DOWN] = random_int(1, 1000);
		b.load_bytes[UP] = random_int(1, 1000);
		b.max_bytes = random_int(5000, 9000);
		b.spent_bytes = random_int(0, 2500);
		for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
			budget_search(&b, dir, now, &l);
			now += l.time_us;
			b.spent_bytes += l.bytes;
		}
		for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
			wrong += !budget_allows(&b, dir, now);
			now += b.probe_us;
			b.spent_bytes += b.load_bytes[dir];
		}
	}
	is_int(wrong, 0, "R70: 20000 searches leave a check each way");
}

int
main(void)
{
	random_start();
	test_shares();
	test_allows();
	test_begun();
	test_any();
	return tap_done();
}

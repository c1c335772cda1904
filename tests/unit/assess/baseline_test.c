/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../tap.h"
#include "assess/baseline.h"

#define MS 1000
#define SEC 1000000

static struct settings s;
static struct baseline b;
static int64_t t_us;

static void
begin(int64_t us)
{
	s.baseline.initial_us = 0;
	s.baseline.min_us = 100;
	s.baseline.max_us = 2 * SEC;
	s.baseline.down_ppm = 900000;
	s.baseline.rise_us = 30 * SEC;
	s.baseline.gate_us = 3 * MS;
	s.baseline.jump_us = 20 * MS;
	s.baseline.relearn_us = 30 * SEC;
	s.baseline.relearn_busy_us = 120 * SEC;
	s.baseline.busy_limit_us = 60 * MS;
	b = (struct baseline){ 0 };
	t_us = SEC;
	baseline_add(&b, &s, t_us, us, ACTIVITY_IDLE);
}

/* Feeds `us` every 300 ms for a time; returns the last delay above. */
static int64_t
feed(int64_t us, int64_t seconds, enum activity activity)
{
	int64_t above = 0;

	for (int64_t i = 0; i < seconds * 10 / 3; i++)
		above = baseline_add(&b, &s, t_us += 300 * MS, us, activity);
	return above;
}

static void
follows(void)
{
	begin(20 * MS);
	is_int(baseline_us(&b, 0), 20 * MS, "the first sample is the value");
	is_int(baseline_add(&b, &s, t_us += 50 * MS, 10 * MS, ACTIVITY_BUSY),
	    -10 * MS, "a sample is compared with the value before it");
	is_int(baseline_us(&b, 0), 20 * MS, "one much lower is not believed");
	baseline_add(&b, &s, t_us += 50 * MS, 10 * MS, ACTIVITY_BUSY);
	is_int(baseline_us(&b, 0), 11 * MS, "two are: it falls by 0.9");
	baseline_add(&b, &s, t_us += 50 * MS, 10 * MS, ACTIVITY_BUSY);
	is_int(baseline_us(&b, 0), 10100, "and a little at once");
	begin(20 * MS);
	baseline_add(&b, &s, t_us += 50 * MS, 1 * MS, ACTIVITY_BUSY);
	feed(20 * MS, 3, ACTIVITY_BUSY);
	baseline_add(&b, &s, t_us += 50 * MS, 1 * MS, ACTIVITY_BUSY);
	is_int(baseline_us(&b, 0), 20 * MS, "R24: nor two far apart");
	begin(20 * MS);
	feed(22 * MS, 300, ACTIVITY_IDLE);
	ok(baseline_us(&b, 0) > 21900, "it rises slowly when idle");
	begin(20 * MS);
	feed(22 * MS, 300, ACTIVITY_BUSY);
	is_int(baseline_us(&b, 0), 20 * MS, "and not at all under load");
	begin(20 * MS);
	feed(22 * MS, 3, ACTIVITY_IDLE);
	ok(baseline_us(&b, 0) < 20300, "3 s of 2 ms more move it little");
}

static void
relearns(void)
{
	static const int64_t more[] = { 12, 35, 50, 90, 400 };

	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
		int64_t us = (20 + more[i]) * MS;

		begin(20 * MS);
		is_int(baseline_add(&b, &s, t_us += 300 * MS, us,
			   ACTIVITY_IDLE),
		    more[i] * MS, "R23: +%lld ms shows at once",
		    (long long)more[i]);
		feed(us, 40, ACTIVITY_IDLE);
		ok(baseline_us(&b, 0) > us - MS,
		    "R23: +%lld ms is the baseline after 40 s idle",
		    (long long)more[i]);
	}
	begin(20 * MS);
	feed(45 * MS, 20, ACTIVITY_IDLE);
	is_int(baseline_us(&b, 0), 20 * MS,
	    "R23: a jump of 25 ms is not adopted before it has lasted");
	feed(20 * MS, 1, ACTIVITY_IDLE);
	feed(45 * MS, 20, ACTIVITY_IDLE);
	ok(baseline_us(&b, 0) < 21 * MS,
	    "R23: one good sample begins the watch anew");
}

static void
under_load(void)
{
	begin(20 * MS);
	feed(55 * MS, 110, ACTIVITY_BUSY);
	is_int(baseline_us(&b, 0), 20 * MS, "R23: frozen under load");
	feed(55 * MS, 30, ACTIVITY_BUSY);
	is_int(baseline_us(&b, 0), 55 * MS,
	    "R23: but +35 ms for two minutes is the path");
	begin(20 * MS);
	feed(150 * MS, 1000, ACTIVITY_BUSY);
	is_int(baseline_us(&b, 0), 20 * MS,
	    "+130 ms under load is a full buffer for all we know");
	feed(150 * MS, 40, ACTIVITY_IDLE);
	is_int(baseline_us(&b, 0), 150 * MS, "until the line is idle");
	begin(20 * MS);
	feed(150 * MS, 130, ACTIVITY_UNKNOWN);
	is_int(baseline_us(&b, 0), 20 * MS,
	    "without counters a queue is as likely");
	feed(150 * MS, 1200, ACTIVITY_UNKNOWN);
	is_int(baseline_us(&b, 0), 150 * MS, "R23: for 20 minutes");
}

static void
ramp(void)
{
	begin(20 * MS);
	for (int i = 0; i < 200; i++)
		baseline_add(&b, &s, t_us += 300 * MS, (24 + 2 * i) * MS,
		    ACTIVITY_BUSY);
	feed(424 * MS, 300, ACTIVITY_BUSY);
	is_int(baseline_us(&b, 0), 20 * MS,
	    "the foot of a ramp is not taken for a path");
}

static void
bounds(void)
{
	begin(20 * MS);
	feed(5 * SEC, 200, ACTIVITY_IDLE);
	is_int(baseline_us(&b, 0), 2 * SEC, "never above max");
	feed(1, 10, ACTIVITY_IDLE);
	ok(baseline_us(&b, 0) >= 100, "never below min");
	baseline_set(&b, &s, 9 * SEC);
	is_int(baseline_us(&b, 0), 2 * SEC, "nor from saved state");
	s.baseline.initial_us = 30 * MS;
	b = (struct baseline){ 0 };
	is_int(baseline_add(&b, &s, SEC, 40 * MS, ACTIVITY_IDLE), 10 * MS,
	    "a configured start is used");
	begin(20 * MS);
	baseline_add(&b, &s, t_us += 300 * MS, 45 * MS, ACTIVITY_IDLE);
	baseline_add(&b, &s, t_us += 3600 * (int64_t)SEC, 45 * MS,
	    ACTIVITY_IDLE);
	is_int(baseline_us(&b, 0), 20 * MS, "an hour of silence proves little");
}

int
main(void)
{
	follows();
	relearns();
	under_load();
	ramp();
	bounds();
	return tap_done();
}

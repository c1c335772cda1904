/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/reflectors.h"

#include "../random.h"
#include "../tap.h"

#define MS ((int64_t)1000)
#define SECOND (1000 * MS)
#define START (1000 * SECOND)

/* What each of them does: its round trip, 0 if it is silent. */
static struct settings s;
static struct reflectors r;
static int64_t path_us[8], now_us, spared;
static struct replacement out;

static void
begin(size_t count, size_t active)
{
	s = (struct settings){ 0 };
	(void)settings_finish(&s, NULL, 0);
	now_us = START;
	spared = 0;
	for (size_t i = 0; i < 8; i++)
		path_us[i] = (int64_t)(20 + i) * MS;
	reflectors_init(&r, count, active, now_us);
}

/* So many intervals pass. How many were replaced; the last one is in out. */
static int
pass(int intervals)
{
	int replaced = 0;

	while (intervals-- > 0) {
		int spare = reflectors_spare(&r, &s, now_us);

		for (size_t i = 0; i < r.count; i++)
			if (r.one[i].active || spare == (int)i)
				reflectors_add(&r, i, now_us, path_us[i]);
		spared += spare != -1;
		now_us += s.ping.interval_us;
		replaced += reflectors_judge(&r, &s, now_us, &out);
	}
	return replaced;
}

static int
active(void)
{
	int n = 0;

	for (size_t i = 0; i < r.count; i++)
		n += r.one[i].active;
	return n;
}

static void
test_faults(void)
{
	begin(6, 3);
	is_int(pass(2000), 0, "R6: none is replaced while all is well");
	ok(spared > 30 && spared < 150, "R6: the spares are probed seldom: %d",
	    (int)spared);
	path_us[1] = 0;
	is_int(pass(40), 1, "R6: one that loses is replaced");
	ok(out.from == 1 && out.to >= 3 && out.fault == REFLECTORS_LOSES,
	    "R6: that one, by a spare");
	is_int(active(), 3, "R6: and as many are active");

	begin(6, 3);
	pass(40);
	path_us[2] = 180 * MS;
	is_int(pass(40), 1, "R6: one that is much slower is replaced");
	ok(out.from == 2 && out.fault == REFLECTORS_SLOWER, "R6: that one");

	begin(6, 3);
	pass(40);
	path_us[0] += 50 * MS;
	is_int(pass(40), 1, "R6: one that drifts is replaced");
	ok(out.from == 0 && out.fault == REFLECTORS_DRIFTS, "R6: that one");
}

static void
test_common(void)
{
	begin(6, 3);
	pass(40);
	for (size_t i = 0; i < 6; i++)
		path_us[i] += 400 * MS;
	is_int(pass(100), 0, "R6: a queue of the line blames none");
	for (size_t i = 0; i < 6; i++)
		path_us[i] = 0;
	is_int(pass(1000), 0, "R6: nor does a blackout of all");
	for (size_t i = 0; i < 6; i++)
		path_us[i] = 20 * MS;
	is_int(pass(1000), 0, "R6: nor its end");

	for (size_t n = 1; n <= 3; n++) {
		begin(4, n);
		pass(40);
		for (size_t i = 0; i < 4; i++)
			path_us[i] = 0;
		is_int(pass(1000), 0, "R6: nor one of all %zu", n);
		/* The line is back, and a spare is the first that shows it. */
		for (size_t i = n; i < 4; i++)
			path_us[i] = 20 * MS;
		is_int(pass(1), 0, "R6: nor by one answer");
		for (size_t i = 0; i < 4; i++)
			path_us[i] = 20 * MS;
		is_int(pass(1000), 0, "R6: nor its end: %zu are active", n);
	}
}

/* More of them at once than there are others to compare with. */
static void
test_most(void)
{
	int replaced = 0;

	for (size_t n = 1; n <= 4; n++) {
		begin(8, n);
		pass(400);
		for (size_t i = 0; i < n; i++)
			path_us[i] = 0;
		is_int(pass(60), (int64_t)n,
		    "R6: all %zu are silent, and the spares are not", n);
		is_int(active(), (int64_t)n, "R6: these are probed then");
		is_int(pass(200), 0, "R6: and remain");
	}
	begin(6, 3);
	pass(400);
	path_us[0] = path_us[2] = 0;
	is_int(pass(60), 2, "R6: two of three are replaced");

	/* Half of all is lost everywhere. */
	begin(6, 2);
	pass(400);
	for (int i = 0; i < 500; i++) {
		for (size_t k = 0; k < 6; k++)
			path_us[k] = i % 2 == 0 ? 0 : 20 * MS;
		replaced += pass(1);
	}
	is_int(replaced, 0, "R6: a jammed line blames none");
}

static void
test_spares(void)
{
	begin(3, 2);
	pass(40);
	path_us[0] = path_us[2] = 0;
	is_int(pass(200), 0, "R6: a spare that is silent takes no place");
	path_us[2] = 300 * MS;
	is_int(pass(200), 0, "R6: nor one that is much slower");
	path_us[2] = 30 * MS;
	is_int(pass(10), 1, "R6: but when it is fit it does, soon");

	path_us[0] = 20 * MS;
	path_us[1] = 0;
	is_int(pass(40), 0, "R6: the one that was replaced rests");
	is_int(pass((int)(s.ping.rest_us / s.ping.interval_us)), 1,
	    "R6: and is tried again later");
	ok(out.from == 1 && out.to == 0, "R6: in the place of another");

	begin(4, 4);
	path_us[0] = 0;
	is_int(pass(200), 0, "R6: without spares there is nothing to do");
	is_int(reflectors_due_us(&r), INT64_MAX, "R6: ever");
	is_int(spared, 0, "R6: nor to probe");

	begin(4, 3);
	path_us[3] = 20 * MS;
	reflectors_spare(&r, &s, now_us);
	is_int(reflectors_due_us(&r), now_us + s.ping.spare_interval_us,
	    "R6: a spare's turn comes after its interval");
}

/* One that begins, or begins anew, is not judged by what it was. */
static void
test_beginners(void)
{
	int replaced;

	begin(4, 3);
	path_us[0] = 0;
	replaced = pass(2);
	path_us[0] = 20 * MS;
	is_int(replaced + pass(40), 0, "R6: two lost at the start blame none");

	begin(5, 3);
	pass(2000);
	path_us[3] += 60 * MS;
	path_us[4] += 60 * MS;
	path_us[0] = 0;
	is_int(pass(40), 1, "R6: a spare that became slower takes a place");
	is_int(pass(200), 0, "R6: and keeps it: it is not much slower");

	/* Two active ones, one spare, which answers only while it rests. */
	begin(3, 2);
	pass(40);
	path_us[0] = 0;
	is_int(pass(40), 1, "R6: the first is replaced");
	path_us[0] = 20 * MS;
	path_us[1] = 0;
	is_int(pass(20), 0, "R6: and rests, though it answers");
	path_us[0] = 0;
	is_int(pass(2 * (int)(s.ping.rest_us / s.ping.interval_us)), 0,
	    "R6: silent since, it is not taken");

	/* While one is at fault, the spares are asked without delay. */
	begin(6, 3);
	s.ping.spare_interval_us = 3600 * SECOND;
	pass(40);
	path_us[1] = path_us[4] = path_us[5] = 0;
	is_int(pass(20), 1, "R6: no spare's turn is waited for");
}

/* A little loss and jitter, of whatever path, replaces hardly any: chance has
 * an hour and a half. */
static void
test_noise(void)
{
	int replaced = 0;

	begin(6, 4);
	random_start();
	for (int i = 0; i < 20000; i++) {
		for (size_t k = 0; k < 6; k++)
			path_us[k] = random_int(0, 49) == 0 ?
			    0 :
			    20 * MS + random_int(0, 25) * MS;
		replaced += pass(1);
	}
	ok(replaced <= 3,
	    "R6: 2 %% of loss and 25 ms of jitter replace hardly any: %d",
	    replaced);
}

int
main(void)
{
	test_faults();
	test_common();
	test_most();
	test_spares();
	test_beginners();
	test_noise();
	return tap_done();
}

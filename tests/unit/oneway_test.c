/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oneway.h"
#include "tap.h"

#define MS 1000
#define GATE (3 * MS)

static struct oneway o;
static int64_t t_us;
static int64_t share_us[DIRECTIONS];

/* A line of 20 ms with queues each way; the reflector's clock is off. */
static bool
sample(int64_t up_us, int64_t down_us, int64_t offset_us)
{
	struct rtt rtt;

	message_clear(&message_rtt, &rtt);
	t_us += 50 * MS;
	rtt.t_us = t_us;
	rtt.us = 20 * MS + up_us + down_us;
	rtt.up_us = 10 * MS + up_us + offset_us;
	rtt.down_us = 10 * MS + down_us - offset_us;
	return oneway_add(&o, &rtt, up_us + down_us, GATE, share_us);
}

static void
begin(int64_t offset_us)
{
	o = (struct oneway){ 0 };
	t_us = 1000000000;
	for (int i = 0; i < 20; i++)
		sample(0, 0, offset_us);
}

static void
offsets(int64_t offset_us)
{
	begin(offset_us);
	ok(sample(30 * MS, 0, offset_us),
	    "trusted with a clock off by "
	    "%lld us",
	    (long long)offset_us);
	is_int(share_us[UP], 30 * MS, "the way up has all of it");
	is_int(share_us[DOWN], 0, "the way down none");
	sample(5 * MS, 40 * MS, offset_us);
	is_int(share_us[UP], 5 * MS, "both: up");
	is_int(share_us[DOWN], 40 * MS, "both: down");
}

static void
trust(void)
{
	struct rtt rtt;

	o = (struct oneway){ 0 };
	ok(!sample(0, 0, 0), "the first sample is not trusted");
	begin(0);
	message_clear(&message_rtt, &rtt);
	rtt.t_us = t_us += 50 * MS;
	rtt.us = 20 * MS;
	ok(!oneway_add(&o, &rtt, 0, GATE, share_us), "no stamps tell nothing");
	rtt.up_us = 40 * MS;
	rtt.down_us = 10 * MS;
	ok(!oneway_add(&o, &rtt, 0, GATE, share_us),
	    "ways that do not add up are not believed");
	ok(!sample(0, 0, 0), "nor is the reflector, for a while");
	for (int i = 0; i < 10; i++)
		sample(0, 0, 0);
	ok(sample(0, 0, 0), "then it is again");
}

static void
clocks(void)
{
	int64_t worst_us = 0;

	/* 100 ppm for half an hour, the last of it under load that leaves
	 * the line calm at times. */
	begin(0);
	for (int64_t i = 0; i < 36000; i++) {
		int64_t queue_us = i > 18000 && i % 200 < 150 ? 30 * MS : 0;

		sample(0, queue_us, i * 5);
		if (queue_us > 0 && share_us[UP] > worst_us)
			worst_us = share_us[UP];
	}
	ok(worst_us < 1500,
	    "a clock that drifts: at most %lld us are taken "
	    "for the other way's",
	    (long long)worst_us);
	begin(0);
	sample(0, 1 * MS, 500 * MS);
	ok(share_us[UP] <= 1 * MS && share_us[DOWN] <= 1 * MS,
	    "a clock that was set makes no delay");
	for (int i = 0; i < 1000; i++)
		sample(0, 0, 500 * MS);
	sample(0, 30 * MS, 500 * MS);
	is_int(share_us[DOWN], 30 * MS, "and is learned");
}

int
main(void)
{
	offsets(0);
	offsets(-7300 * (int64_t)1000000);
	offsets(7300 * (int64_t)1000000);
	trust();
	clocks();
	return tap_done();
}

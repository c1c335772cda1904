/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../tap.h"
#include "assess/oneway.h"

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

/* A sample of a line whose ways are so long, above a baseline. */
static struct rtt
of_path(int64_t up_us, int64_t down_us)
{
	struct rtt rtt;

	message_clear(&message_rtt, &rtt);
	t_us += 50 * MS;
	rtt.t_us = t_us;
	rtt.us = up_us + down_us;
	rtt.up_us = up_us;
	rtt.down_us = down_us;
	return rtt;
}

static void
is_shared(int64_t up_us, int64_t down_us, int64_t more_us, const char *why)
{
	struct rtt rtt = of_path(up_us + more_us, down_us);

	oneway_add(&o, &rtt, more_us, GATE, share_us);
	ok(share_us[UP] == more_us && share_us[DOWN] == 0,
	    "%s: what comes on the way up is told (%lld us, %lld us)", why,
	    (long long)share_us[UP], (long long)share_us[DOWN]);
}

static void
paths(void)
{
	struct rtt rtt;

	begin(0);
	oneway_lengthen(&o, 0, 15 * MS);
	is_shared(10 * MS, 25 * MS, 12 * MS, "a longer way down");
	begin(0);
	oneway_lengthen(&o, 6 * MS, 2 * MS);
	is_shared(16 * MS, 12 * MS, 12 * MS, "two longer ways");

	begin(0);
	rtt = of_path(10 * MS, 25 * MS);
	oneway_follow(&o, &rtt, 15 * MS, 15 * MS);
	is_shared(10 * MS, 25 * MS, 12 * MS, "a baseline that rose");
	begin(0);
	rtt = of_path(10 * MS, 4 * MS);
	oneway_follow(&o, &rtt, -6 * MS, -6 * MS);
	is_shared(10 * MS, 4 * MS, 12 * MS, "a baseline that fell");
	/* Half of what the sample was above the old one. */
	begin(0);
	rtt = of_path(10 * MS, 30 * MS);
	oneway_follow(&o, &rtt, 20 * MS, 10 * MS);
	is_shared(10 * MS, 20 * MS, 12 * MS, "a baseline that rose in part");
	/* A sample below a baseline that is then found to be higher still. */
	begin(0);
	rtt = of_path(4 * MS, 10 * MS);
	oneway_follow(&o, &rtt, -6 * MS, 40 * MS);
	is_shared(50 * MS, 10 * MS, 12 * MS, "a baseline that rose past a dip");
	begin(0);
	rtt = of_path(16 * MS, 10 * MS);
	oneway_follow(&o, &rtt, 6 * MS, -6 * MS);
	is_shared(4 * MS, 10 * MS, 12 * MS, "a baseline that fell past a rise");

	/* The clock was set meanwhile: no more than there is. */
	begin(0);
	rtt = of_path(510 * MS, -496 * MS);
	oneway_follow(&o, &rtt, -6 * MS, -6 * MS);
	sample(12 * MS, 0, 3 * MS);
	ok(share_us[UP] >= 11 * MS, "a clock that was set then does not count");
	o = (struct oneway){ 0 };
	oneway_lengthen(&o, 15 * MS, 0);
	ok(!o.lean.set, "what is not known yet is not made up");
}

int
main(void)
{
	offsets(0);
	offsets(-7300 * (int64_t)1000000);
	offsets(7300 * (int64_t)1000000);
	trust();
	clocks();
	paths();
	return tap_done();
}

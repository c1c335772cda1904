/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What assess.c adds to the law: samples, time, missing data, saved state. */
#include "assess.h"
#include "tap.h"

#define MS 1000
#define SEC 1000000
#define T0 ((int64_t)1769000000 * SEC)

static struct settings s;
static struct assess a;
static struct verdict v;
static int64_t t_us;
static const char *law = "classic";

static void
set(const char *section, const char *key, const char *value)
{
	const char *why = settings_set(&s, section, key, value, 1);

	if (why != NULL)
		printf("Bail out! %s.%s: %s\n", section, key, why);
}

static void
begin(void)
{
	struct settings_fault fault;

	settings_init(&s);
	set("", "schema", "1");
	set("wan", "name", "cable");
	set("shaper", "backend", "print");
	set("assess", "law", law);
	set("download", "ceiling", "100mbit");
	set("download", "floor", "10mbit");
	set("download", "base", "80mbit");
	set("upload", "ceiling", "20mbit");
	set("upload", "floor", "2mbit");
	ok(settings_finish(&s, &fault, 1) == 0, "settings are complete");
	assess_init(&a, &s);
	t_us = T0;
}

static void
probe(const char *host, int64_t us)
{
	struct rtt r;

	message_clear(&message_rtt, &r);
	r.t_us = t_us;
	r.seq = 1;
	snprintf(r.host, sizeof r.host, "%s", host);
	if (us > 0)
		r.us = us;
	else
		r.lost = 1;
	assess_rtt(&a, &s, &r, &v);
}

static void
probes(int count, int64_t us)
{
	static const char *const hosts[] = { "192.0.2.1", "192.0.2.2",
		"192.0.2.3" };

	for (int i = 0; i < count; i++) {
		t_us += 100 * MS;
		probe(hosts[i % 3], us);
	}
}

static void
counters(int64_t down_bytes, int64_t up_bytes)
{
	struct queue q;

	for (int i = 0; i < DIRECTIONS; i++) {
		message_clear(&message_queue, &q);
		q.t_us = t_us;
		q.dir = i;
		q.bytes = i == DOWN ? down_bytes : up_bytes;
		assess_queue(&a, &s, &q, &v);
	}
}

static void
decides(void)
{
	begin();
	probes(1, 20 * MS);
	is_int(v.count, 2, "a sample gives a verdict for each direction");
	is_int(v.rate[0].state, ZONE_UNKNOWN, "unknown while it settles");
	is_int(v.rate[0].bps, 80000000, "at the base rate");
	probes(8, 20 * MS);
	is_int(v.rate[0].state, ZONE_GREEN, "then green");
	is_str(v.rate[0].evidence, "rtt", "R28: evidence");
	is_str(v.rate[0].why, "step", "R28: reason");
	is_int(v.rate[0].base_us, 20 * MS, "R28: baseline");
	is_int(v.rate[0].load, NONE, "R28: load unknown without counters");
	is_int(v.rate[0].bps - v.rate[0].was, 1000000, "a step up");
	counters(0, 0);
	t_us += SEC;
	counters(1000000, 500);
	probes(1, 20 * MS);
	is_int(v.rate[DOWN].goodput, 8000000, "R28: goodput");
	ok(v.rate[DOWN].load > 8 && v.rate[DOWN].load < 11, "R28: load");
}

static void
samples(void)
{
	int64_t rate;

	begin();
	probes(20, 20 * MS);
	rate = a.dir[DOWN].rate_bps;
	probe("192.0.2.2", 900 * MS);
	is_int(v.count, 0, "R24: a sample seen before is no sample");
	is_int(a.repeated, 1, "R24: and is counted");
	t_us += 100 * MS;
	probe("192.0.2.1", 900 * MS);
	ok(v.rate[DOWN].bps >= rate, "R24: one outlier cuts nothing");
	is_int(v.rate[DOWN].state, ZONE_GREEN, "R24: nor is it a state");
	probes(6, 900 * MS);
	is_int(v.rate[DOWN].state, ZONE_RED, "several are");
	t_us += 60 * SEC;
	probe("192.0.2.1", 20 * MS);
	is_int(v.rate[DOWN].state, ZONE_UNKNOWN, "a gap forgets the samples");
}

static void
no_data(void)
{
	int64_t rate;

	begin();
	probes(20, 20 * MS);
	rate = a.dir[DOWN].rate_bps;
	t_us += 100 * MS;
	probe("192.0.2.1", 0);
	is_int(v.count, 0, "R27: one lost probe decides nothing");
	probes(19, 0);
	is_int(v.count, 0, "R27: nor do those of 2.9 s, with the time-out");
	probes(2, 0);
	is_int(v.count, 2, "R27: those of 3 s do");
	is_int(v.rate[DOWN].state, ZONE_BLACKOUT, "R27: a state of its own");
	is_int(v.rate[DOWN].bps, rate, "R27: that holds the rate");
	is_int(v.rate[DOWN].delta_us, NONE, "R27: without a made-up delay");
	probes(200, 0);
	is_int(v.rate[DOWN].bps, rate, "R27: for ever without load");
	counters(0, 0);
	t_us += SEC;
	counters(11000000, 0);
	is_int(a.dir[DOWN].rate_bps, rate * 85 / 100,
	    "R27: under load it lowers");
	is_int(a.dir[UP].zone, ZONE_BLACKOUT, "R27: the idle direction holds");
	probes(10, 20 * MS);
	is_int(a.dir[DOWN].zone, ZONE_GREEN, "answers end it");
	t_us += 3600 * (int64_t)SEC;
	probe("192.0.2.1", 0);
	is_int(v.count, 0, "an hour without records is no blackout");
}

/* Passes further apart than a blackout lasts: the counters of a pass come
 * before its probes, when the last answer is long ago. */
static void
passes(void)
{
	bool black = false;

	begin();
	s.pass.interval_us = 10 * SEC;
	for (int pass = 0; pass < 10; pass++) {
		t_us += 10 * SEC;
		counters(pass, pass);
		black = black || a.dir[DOWN].zone == ZONE_BLACKOUT;
		probes(2, 20 * MS);
	}
	ok(!black, "R27: the time between two passes is no blackout");
	is_int(v.rate[DOWN].state, ZONE_GREEN, "samples of passes add up");
	t_us += 10 * SEC;
	counters(11, 11);
	probes(2, 0);
	is_int(v.count, 0, "R27: nor is one pass without an answer");
	t_us += 10 * SEC;
	counters(12, 12);
	probes(2, 0);
	is_int(v.rate[DOWN].state, ZONE_BLACKOUT, "R27: two passes are one");
}

static void
stale(void)
{
	int64_t before;

	begin();
	probes(20, 20 * MS);
	before = t_us;
	t_us -= 10 * SEC;
	probe("192.0.2.9", 900 * MS);
	is_int(v.count, 0, "R27: stale is not used");
	is_int(a.stale, 1, "R27: and counted");
	t_us = before;
	probes(1, 20 * MS);
	is_int(v.count, 2, "newer ones are");
	t_us -= 86400 * (int64_t)SEC;
	probes(20, 20 * MS);
	is_int(v.count, 2, "R87: a clock set back stops nothing");
	is_int(v.rate[DOWN].state, ZONE_GREEN, "R87: and raises no alarm");
	t_us += 2 * 86400 * (int64_t)SEC;
	probes(10, 20 * MS);
	is_int(v.rate[DOWN].state, ZONE_GREEN, "R87: nor one set forward");
}

static void
paced(void)
{
	int64_t steps = 0;

	begin();
	s.assess.pace_us = SEC;
	probes(20, 20 * MS);
	for (int i = 0; i < 100; i++) {
		probes(1, 20 * MS);
		steps += v.count == 2;
	}
	is_int(steps, 10, "pace: once a second in 10 s of samples");
}

static void
many_reflectors(void)
{
	char host[32];

	begin();
	for (int i = 0; i < 100; i++) {
		snprintf(host, sizeof host, "192.0.2.%d", i);
		t_us += 50 * MS;
		probe(host, 20 * MS);
	}
	is_int(a.paths, SETTINGS_HOSTS,
	    "R26: the table of reflectors is bounded");
	is_int(v.count, 2, "and the newest are in it");
}

static void
saved(void)
{
	static char text[ASSESS_TEXT_MAX], again[ASSESS_TEXT_MAX];
	struct settings tight;
	struct assess b;

	begin();
	probes(30, 20 * MS);
	probes(4, 70 * MS);
	counters(5, 6);
	assess_describe(&a, &s, text);
	is_str(assess_restore(&b, &s, text), NULL, "R84: state is read back");
	assess_describe(&b, &s, again);
	is_str(again, text, "R84: and is the same");
	is_int(b.dir[DOWN].rate_bps, a.dir[DOWN].rate_bps, "the rate too");
	tight = s;
	tight.dir[DOWN].ceiling_bps = 50000000;
	tight.dir[UP].floor_bps[ZONE_RED] = 18000000;
	tight.baseline.max_us = 15 * MS;
	is_str(assess_restore(&b, &tight, text), NULL, "other bounds");
	is_int(b.dir[DOWN].rate_bps, 50000000, "R84: below the ceiling");
	is_int(b.dir[UP].rate_bps, 18000000, "R84: above the floor");
	is_int(baseline_us(&b.path[0].rtt, 0), 15 * MS, "R84: in its bounds");
	is_str(assess_restore(&b, &s, "rate dir=down\n"),
	    "does not begin with a state line", "no state line");
	is_str(assess_restore(&b, &s,
		   "state v=1 program=wanctl-assess wan=dsl\n"),
	    "is of another line", "another line's");
	is_str(assess_restore(&b, &s,
		   "state v=1 program=wanctl-setrate wan=cable\n"),
	    "is of another program", "another program's");
	is_str(assess_restore(&b, &s,
		   "state v=2 program=wanctl-assess wan=cable\n"),
	    "number out of range", "another version's");
	is_str(assess_restore(&b, &s,
		   "state v=1 program=wanctl-assess wan=cable\n"
		   "baseline host=a us=5000\nbaseline host=a us=5000\n"),
	    "reflector twice", "a reflector twice");
	is_str(assess_restore(&b, &s,
		   "state v=1 program=wanctl-assess wan=cable\nlater x=1\n"),
	    NULL, "a kind of a later version is passed over");
}

static void
answer(const char *host, const char *method, int64_t us)
{
	struct rtt r;

	message_clear(&message_rtt, &r);
	t_us += 50 * MS;
	r.t_us = t_us;
	r.seq = 1;
	snprintf(r.host, sizeof r.host, "%s", host);
	snprintf(r.method, sizeof r.method, "%s", method);
	r.us = us;
	assess_rtt(&a, &s, &r, &v);
}

static void
methods(void)
{
	static char text[ASSESS_TEXT_MAX], again[ASSESS_TEXT_MAX];
	struct assess b;

	begin();
	for (int i = 0; i < 20; i++) {
		answer("192.0.2.1", i % 2 == 0 ? "icmp" : "timestamp", 20 * MS);
		answer("192.0.2.1", "tcp", 35 * MS);
	}
	is_int(a.paths, 2, "R8: TCP is another path than ICMP of either kind");
	is_int(v.rate[DOWN].base_us, 35 * MS, "R8: with a baseline of its own");
	is_int(v.rate[DOWN].state, ZONE_GREEN, "R8: above which it is not");
	answer("192.0.2.1", "icmp", 20 * MS);
	is_int(v.rate[DOWN].base_us, 20 * MS, "R8: and ICMP keeps its own");
	assess_describe(&a, &s, text);
	is_str(assess_restore(&b, &s, text), NULL, "R8: both are saved");
	assess_describe(&b, &s, again);
	is_str(again, text, "R8: and restored");
	snprintf(text, sizeof text,
	    "state v=1 program=wanctl-assess wan=cable\n"
	    "baseline host=a us=5000\nbaseline host=a method=icmp us=6000\n");
	is_str(assess_restore(&b, &s, text), "reflector twice",
	    "R8: no method is ICMP");
	snprintf(text, sizeof text,
	    "state v=1 program=wanctl-assess wan=cable\nbaseline host=a "
	    "us=5000\nwatch host=a t=6 least_us=0 watched_us=0 idle_us=0 "
	    "busy=0 above_us=1 answered_t=7\n");
	is_str(assess_restore(&b, &s, text), "answered_t is later than t",
	    "an answer of the future is refused");
}

/* The line is jammed when a spare takes a place. */
static void
newcomer(void)
{
	begin();
	probes(30, 20 * MS);
	probes(9, 320 * MS);
	t_us += 50 * MS;
	probe("192.0.2.77", 340 * MS);
	ok(a.path[3].rtt.value.set && baseline_us(&a.path[3].rtt, 0) == 40 * MS,
	    "R6: a newcomer does not learn the queue: %lld us",
	    (long long)baseline_us(&a.path[3].rtt, 0));
	t_us += 50 * MS;
	probe("192.0.2.78", 60 * MS);
	is_int(baseline_us(&a.path[4].rtt, 0), 60 * MS,
	    "nor is it less than nothing");
	t_us += 3 * SEC;
	probe("192.0.2.79", 90 * MS);
	is_int(baseline_us(&a.path[5].rtt, 0), 90 * MS,
	    "what others had long ago is not its");
	begin();
	probes(30, 20 * MS);
	t_us += 50 * MS;
	probe("192.0.2.77", 50 * MS);
	is_int(baseline_us(&a.path[3].rtt, 0), 50 * MS,
	    "without a queue the first sample counts");
}

/* A reflector that never answers must not make the state unreadable. */
static void
saved_without_answer(void)
{
	static char text[ASSESS_TEXT_MAX], again[ASSESS_TEXT_MAX];
	struct assess b;

	begin();
	probes(1, 20 * MS);
	t_us += 100 * MS;
	probe("192.0.2.9", 0);
	assess_describe(&a, &s, text);
	is_str(assess_restore(&b, &s, text), NULL,
	    "R84: a reflector without an answer is no damage");
	is_int(b.paths, 1, "R84: and nothing is known of it");
	assess_describe(&b, &s, again);
	is_str(again, text, "R84: the rest is the same");
}

static void
refused_states(void)
{
	static const struct {
		const char *lines, *why;
	} cases[] = {
		{ "direction dir=left bps=1\n", "unknown word" },
		{ "watch host=a t=1 least_us=0 watched_us=0 idle_us=0 "
		  "busy=0\n",
		    "watch of an unknown reflector" },
		{ "time t=5 lost_t=6\n", "lost_t is later than t" },
		{ "time t=5 lost_t=0\nprogress dir=up t=6 step_t=0 cut_t=0 "
		  "state=green green=0 soft_red=0\n",
		    "progress is later than t" },
		{ "time t=5 lost_t=0\nbaseline host=a us=5000\nwatch host=a "
		  "t=6 least_us=0 watched_us=0 idle_us=0 busy=0\n",
		    "watch is later than t" },
	};
	static char text[ASSESS_TEXT_MAX];
	struct assess b;
	size_t len;

	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text,
		    "state v=1 program=wanctl-assess wan=cable\n%s",
		    cases[i].lines);
		is_str(assess_restore(&b, &s, text), cases[i].why,
		    "R84: refused: %s", cases[i].why);
		is_int(b.paths, 0, "and is as at the start");
	}
	len = (size_t)snprintf(text, sizeof text,
	    "state v=1 program=wanctl-assess wan=cable\n");
	for (int i = 0; i < 33; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "baseline host=h%d us=5000\n", i);
	is_str(assess_restore(&b, &s, text), "more than 32 reflectors",
	    "R84: refused: 33 reflectors");
}

int
main(void)
{
	decides();
	samples();
	no_data();
	passes();
	stale();
	paced();
	many_reflectors();
	saved();
	methods();
	newcomer();
	saved_without_answer();
	refused_states();
	return tap_done();
}

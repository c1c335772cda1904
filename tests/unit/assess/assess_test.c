/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What assess.c adds to the law: samples, time, missing data, saved state. */
#include "../tap.h"
#include "assess/assess.h"

#define MS 1000
#define SEC 1000000
#define T0 ((int64_t)1769000000 * SEC)
#define ALL 1000000000

static struct settings s;
static struct assess a;
static struct verdict v;
static struct rate told; /* the last that told of a shortfall */
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
	assess_init(&a, &s, law_of(&s));
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

/* Users want all that a line of so many bits a second passes. Nobody answers.
 */
static void
silence(int64_t ms, int64_t down_bps, int64_t up_bps)
{
	static int64_t bytes[DIRECTIONS];
	struct queue q;

	for (; ms > 0; ms -= 100) {
		t_us += 100 * MS;
		probe("192.0.2.1", 0);
		for (int i = 0; i < DIRECTIONS; i++) {
			int64_t bps = i == DOWN ? down_bps : up_bps;
			int64_t rate_bps = a.dir[i].rate_bps;

			bytes[i] += (bps < rate_bps ? bps : rate_bps) / 80;
			message_clear(&message_queue, &q);
			q.t_us = t_us;
			q.dir = i;
			q.bytes = bytes[i];
			q.bps = rate_bps;
			q.backlog = bps < rate_bps ? 0 : 100000;
			snprintf(q.source, sizeof q.source, "cake");
			assess_queue(&a, &s, &q, &v);
			if (v.count > 0 &&
			    strcmp(v.rate[0].why, "shortfall") == 0)
				told = v.rate[0];
		}
	}
}

/* Answered until now, with so much delay, and full both ways. */
static void
busy(int64_t us)
{
	begin();
	probes(40, 20 * MS);
	for (int i = 0; i < 20; i++) {
		silence(100, ALL, ALL);
		probe("192.0.2.2", us);
	}
}

static void
silence_of_reflectors(void)
{
	int64_t down, up;

	busy(20 * MS);
	down = a.dir[DOWN].rate_bps;
	up = a.dir[UP].rate_bps;
	silence(120 * SEC / MS, ALL, ALL);
	is_int(a.dir[UP].zone, ZONE_BLACKOUT, "R27: two minutes of blackout");
	ok(a.dir[DOWN].rate_bps == down && a.dir[UP].rate_bps == up,
	    "R27: what is full carries its rate: no cut");
	silence(60 * SEC / MS, down * 7 / 10, 300000);
	ok(a.dir[DOWN].rate_bps >= down * 63 / 100 - 8000 &&
		a.dir[DOWN].rate_bps < down * 64 / 100,
	    "R27: less passes than the shaper lets through: a little below");
	is_str(a.dir[DOWN].last.why, "blackout", "R28: then it holds");
	is_int(a.dir[UP].rate_bps, up, "R27: the unused one holds");
	down = a.dir[DOWN].rate_bps;
	silence(1400, down * 6 / 10, 300000);
	ok(a.dir[DOWN].rate_bps < down * 56 / 100, "R27: again as it falls");
	is_str(told.evidence, "load", "R28: its evidence");
	ok(told.was == down && told.bps == a.dir[DOWN].rate_bps,
	    "R28: and what it was and is");
	is_int(baseline_us(&a.path[0].rtt, 0), 20 * MS,
	    "R23: no baseline was learned");
	probes(20, 20 * MS);
	is_int(a.dir[DOWN].zone, ZONE_GREEN, "R27: answers end it");
}

/* Before it is a blackout, and of those that want less. */
static void
silence_begins(void)
{
	int64_t down;

	busy(20 * MS);
	down = a.dir[DOWN].rate_bps;
	silence(1900, down * 65 / 100, 300000);
	ok(a.dir[DOWN].rate_bps < down * 60 / 100,
	    "R27: slower when answers end: heeded before it is a blackout");
	ok(a.dir[DOWN].zone != ZONE_BLACKOUT, "which it is not yet");
	busy(20 * MS);
	down = a.dir[DOWN].rate_bps;
	for (int i = 0; i < 30; i++) {
		silence(100, down * 65 / 100, 300000);
		probe("192.0.2.2", 20 * MS);
	}
	down = a.dir[DOWN].rate_bps;
	silence(30 * SEC / MS, down * 65 / 100, 300000);
	is_int(a.dir[DOWN].rate_bps, down,
	    "R27: what wanted less while there were answers is not cut");
	s.assess.blackout_cut_us = 0;
	silence(1000, ALL, 300000);
	silence(30 * SEC / MS, down * 65 / 100, 300000);
	is_int(a.dir[DOWN].rate_bps, down, "R27: blackout_cut 0 never lowers");
}

/* Probes that were answered later and later: the line is jammed. */
static void
silence_of_jam(void)
{
	int64_t up, down;

	busy(20 * MS);
	for (int i = 0; i < 3; i++) {
		silence(100, ALL, ALL);
		probe("192.0.2.2", 70 * MS);
	}
	up = a.dir[UP].rate_bps;
	down = a.dir[DOWN].rate_bps;
	silence(20 * SEC / MS, ALL, ALL);
	ok(a.dir[UP].rate_bps < up * 62 / 100,
	    "R27: jammed before: a full upload is lowered all the same");
	is_int(a.dir[DOWN].rate_bps, down,
	    "R27: but a download that arrives in full is not");
}

/* Both fall short: the upload's queue may be the reason for both. */
static void
silence_of_both(void)
{
	int64_t up, down;

	busy(20 * MS);
	silence(5000, ALL, ALL);
	up = a.dir[UP].rate_bps;
	down = a.dir[DOWN].rate_bps;
	silence(500, ALL, up * 6 / 10);
	silence(900, down * 6 / 10, up * 6 / 10);
	ok(a.dir[UP].rate_bps < up * 55 / 100, "R27: both: the upload first");
	is_int(a.dir[DOWN].rate_bps, down, "R27: the download waits for it");
	silence(1500, ALL, ALL);
	is_int(a.dir[DOWN].rate_bps, down, "R27: and is spared if that helps");
}

/* A silence that lasts from pass to pass is told by the counters of several. */
static void
silence_in_passes(void)
{
	static char text[ASSESS_TEXT_MAX];
	int64_t down;

	busy(20 * MS);
	silence(5000, ALL, 300000);
	down = a.dir[DOWN].rate_bps;
	for (int pass = 0; pass < 4; pass++) {
		silence(400, down * 6 / 10, 300000);
		assess_describe(&a, &s, text);
		ok(assess_restore(&a, &s, law_of(&s), text) == NULL,
		    "state is read back");
	}
	ok(a.dir[DOWN].rate_bps < down * 55 / 100,
	    "R84: R27: a shortfall that lasts from pass to pass is heeded");
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

/* A pass whose counters were read ahead_us later than its probes came back:
 * the upload is full, with 40 ms of queue. Returns what it is cut to. */
static int64_t
counters_ahead(int64_t ahead_us)
{
	int64_t from_us;

	begin();
	probes(60, 20 * MS);
	s.dir[UP].ceiling_bps = a.dir[UP].rate_bps;
	from_us = t_us;
	for (int i = 1; i <= 3; i++) {
		t_us = from_us + i * 100 * MS;
		counters(i, (a.dir[UP].rate_bps * 95 / 100) / 80 * i);
	}
	for (int i = 0; i < 4; i++) {
		t_us = from_us + 100 * MS - ahead_us + i;
		probe(i % 2 == 0 ? "192.0.2.1" : "192.0.2.2", 60 * MS);
	}
	return v.rate[UP].bps;
}

static void
counters_first(void)
{
	int64_t least = INT64_MAX, most = 0, bps;

	law = "adaptive";
	for (int64_t ahead_us = -5 * MS; ahead_us < 5 * MS; ahead_us += 20) {
		bps = counters_ahead(ahead_us);
		least = bps < least ? bps : least;
		most = bps > most ? bps : most;
	}
	ok(least > most * 9 / 10,
	    "R24: counters before answers: no time is less than none: "
	    "%lld to %lld bit/s",
	    (long long)least, (long long)most);
	law = "classic";
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
	is_str(assess_restore(&b, &s, law_of(&s), text), NULL,
	    "R84: state is read back");
	assess_describe(&b, &s, again);
	is_str(again, text, "R84: and is the same");
	is_int(b.dir[DOWN].rate_bps, a.dir[DOWN].rate_bps, "the rate too");
	tight = s;
	tight.dir[DOWN].ceiling_bps = 50000000;
	tight.dir[UP].floor_bps[ZONE_RED] = 18000000;
	tight.baseline.max_us = 15 * MS;
	is_str(assess_restore(&b, &tight, law_of(&tight), text), NULL,
	    "other bounds");
	is_int(b.dir[DOWN].rate_bps, 50000000, "R84: below the ceiling");
	is_int(b.dir[UP].rate_bps, 18000000, "R84: above the floor");
	is_int(baseline_us(&b.path[0].rtt, 0), 15 * MS, "R84: in its bounds");
	is_str(assess_restore(&b, &s, law_of(&s), "rate dir=down\n"),
	    "does not begin with a state record", "no state line");
	is_str(assess_restore(&b, &s, law_of(&s),
		   "state v=1 program=wanctl-assess wan=dsl\n"),
	    "is of another line", "another line's");
	is_str(assess_restore(&b, &s, law_of(&s),
		   "state v=1 program=wanctl-setrate wan=cable\n"),
	    "is of another program", "another program's");
	is_str(assess_restore(&b, &s, law_of(&s),
		   "state v=2 program=wanctl-assess wan=cable\n"),
	    "number out of range", "another version's");
	is_str(assess_restore(&b, &s, law_of(&s),
		   "state v=1 program=wanctl-assess wan=cable\n"
		   "baseline host=a us=5000\nbaseline host=a us=5000\n"),
	    "reflector twice", "a reflector twice");
	is_str(assess_restore(&b, &s, law_of(&s),
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
	is_str(assess_restore(&b, &s, law_of(&s), text), NULL,
	    "R8: both are saved");
	assess_describe(&b, &s, again);
	is_str(again, text, "R8: and restored");
	snprintf(text, sizeof text,
	    "state v=1 program=wanctl-assess wan=cable\n"
	    "baseline host=a us=5000\nbaseline host=a method=icmp us=6000\n");
	is_str(assess_restore(&b, &s, law_of(&s), text), "reflector twice",
	    "R8: no method is ICMP");
	snprintf(text, sizeof text,
	    "state v=1 program=wanctl-assess wan=cable\nbaseline host=a "
	    "us=5000\nwatch host=a t=6 least_us=0 watched_us=0 idle_us=0 "
	    "busy=0 above_us=1 answered_t=7\n");
	is_str(assess_restore(&b, &s, law_of(&s), text), NULL,
	    "R84: an answer of the future is no damage");
	is_int(b.path[0].answered_us, 0, "R84: ... but forgotten");
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

/* Of the others, one is alone with a great delay. */
static void
newcomer_among_unequal(void)
{
	begin();
	probes(30, 20 * MS);
	t_us += 50 * MS;
	probe("192.0.2.1", 21 * MS);
	t_us += 50 * MS;
	probe("192.0.2.2", 22 * MS);
	t_us += 50 * MS;
	probe("192.0.2.3", 60 * MS);
	t_us += 50 * MS;
	probe("192.0.2.77", 50 * MS);
	is_int(baseline_us(&a.path[3].rtt, 0), 48 * MS,
	    "R6: what most of the others have counts");
}

/* A stamped answer of a line with queues each way, or one without stamps. */
static void
stamped(const char *host, int64_t up_us, int64_t down_us, bool stamps)
{
	struct rtt r;

	message_clear(&message_rtt, &r);
	t_us += 50 * MS;
	r.t_us = t_us;
	r.seq = 1;
	snprintf(r.host, sizeof r.host, "%s", host);
	r.us = 20 * MS + up_us + down_us;
	if (stamps) {
		r.up_us = 10 * MS + up_us;
		r.down_us = 10 * MS + down_us;
	}
	assess_rtt(&a, &s, &r, &v);
}

static void
one_way(void)
{
	law = "adaptive";
	begin();
	for (int i = 0; i < 20; i++)
		stamped("192.0.2.1", 0, 0, true);
	for (int i = 0; i < 3; i++)
		stamped("192.0.2.1", 30 * MS, 10 * MS, true);
	is_int(v.count, 2, "both directions are judged");
	is_str(v.rate[UP].evidence, "owd", "R28: by one-way delay");
	is_int(v.rate[UP].delta_us, 30 * MS, "R28: the upload's own");
	is_int(v.rate[DOWN].delta_us, 10 * MS, "R28: and the download's");
	stamped("192.0.2.2", 30 * MS, 10 * MS, false);
	is_int(v.count, 0, "R2: who gives no stamps is not asked meanwhile");
	t_us += 2 * SEC;
	stamped("192.0.2.2", 30 * MS, 10 * MS, false);
	is_int(v.count, 2, "R2: but when nobody else does");
	is_str(v.rate[UP].evidence, "rtt", "R28: by round trip");
	law = "classic";
}

/* Of a path that is down_us longer on the way down. */
static void
is_told(int64_t down_us, const char *when)
{
	for (int i = 0; i < 3; i++)
		stamped("192.0.2.1", 12 * MS, down_us, true);
	ok(v.rate[UP].delta_us > 10 * MS && v.rate[DOWN].delta_us < 2 * MS,
	    "R28: %s, a queue of the upload is told", when);
	for (int i = 0; i < 3; i++)
		stamped("192.0.2.1", 0, down_us + 12 * MS, true);
	ok(v.rate[UP].delta_us < 2 * MS && v.rate[DOWN].delta_us > 10 * MS,
	    "R28: %s, so is one of the download", when);
}

/* However a baseline comes to another path, the ways it shares are those. */
static void
one_way_of_another_path(void)
{
	bool learned = false;

	law = "adaptive";
	begin();
	for (int i = 0; i < 20; i++)
		stamped("192.0.2.1", 0, 0, true);
	for (int i = 0; i < 100 && !learned; i++) {
		stamped("192.0.2.1", 0, 15 * MS, true);
		learned = strcmp(v.rate[DOWN].why, "path") == 0;
	}
	ok(learned, "what two cuts do not change is path");
	is_told(15 * MS, "of a path that is longer on the way down");
	for (int i = 0; i < 3; i++)
		stamped("192.0.2.1", 0, -8 * MS, true);
	is_told(-8 * MS, "of one that is shorter");
	learned = false;
	for (int64_t i = 0; i < 4000 && !learned; i++) {
		counters(i, i);
		stamped("192.0.2.1", 0, 70 * MS, true);
		learned = baseline_us(&a.path[0].rtt, 0) > 80 * MS;
	}
	ok(learned, "an idle line's path is learned");
	is_told(70 * MS, "of one that became longer on an idle line");
	law = "classic";
}

/* What came before a blackout says nothing after it, and what is said once is
 * not said with each reading of the counters. */
static void
after_blackout(void)
{
	law = "adaptive";
	begin();
	s.assess.blackout_cut_us = 0;
	probes(30, 20 * MS);
	probes(3, 60 * MS);
	probes(35, 0);
	is_int(v.rate[DOWN].state, ZONE_BLACKOUT, "R27: a blackout");
	counters(1, 1);
	is_int(v.count, 0, "R27: which counters do not repeat");
	probes(1, 60 * MS);
	is_str(v.rate[DOWN].why, "settle", "R27: after it, all is new");
	law = "classic";
}

/* The download arrives faster than the shaper lets by. */
static void
goodput(void)
{
	struct queue q;

	begin();
	probes(20, 20 * MS);
	for (int i = 0; i < 2; i++) {
		t_us += SEC;
		message_clear(&message_queue, &q);
		q.t_us = t_us;
		q.dir = DOWN;
		q.bytes = 1000000 * i;
		q.line_bytes = 2000000 * i;
		q.bps = 10000000;
		assess_queue(&a, &s, &q, &v);
	}
	probes(1, 20 * MS);
	is_int(v.rate[DOWN].goodput, 8000000, "R28: what leaves the shaper");
	is_int(v.rate[DOWN].load, 160, "R28: is not what arrives");
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
	is_str(assess_restore(&b, &s, law_of(&s), text), NULL,
	    "R84: a reflector without an answer is no damage");
	is_int(b.paths, 1, "R84: and nothing is known of it");
	assess_describe(&b, &s, again);
	is_str(again, text, "R84: the rest is the same");
}

/* What never would be over is forgotten, and the rest is kept. */
static void
later_times(void)
{
	static const char text[] = "state v=1 program=wanctl-assess wan=cable\n"
				   "direction dir=up bps=5000000\n"
				   "baseline host=a us=5000\nlive\n"
				   "time t=5 lost_t=6 sample_t=6 "
				   "one_way_t=6\n"
				   "watch host=a t=6 least_us=0 watched_us=0 "
				   "idle_us=0 busy=0\n"
				   "progress dir=up cut_t=9000000 state=green\n"
				   "classic dir=up t=6 step_t=6 green=2 "
				   "soft_red=0\n"
				   "blame tried=0 suspects=0 evidence=0\n";
	struct assess b;

	begin();
	is_str(assess_restore(&b, &s, law_of(&s), text), NULL,
	    "R105: times of the future are no damage");
	is_int(b.lost_us, 0, "R105: forgotten: lost_t");
	is_int(b.path[0].t_us, 0, "R105: ... t of a watch");
	is_int(b.sample_us, 0, "R105: ... sample_t");
	is_int(b.state.classic.dir[UP].t_us, 0, "R105: ... t of a law");
	is_int(b.state.classic.dir[UP].step_us, 0, "R105: ... step_t");
	is_int(b.state.classic.dir[UP].green, 2, "R105: but no count");
	is_int(b.dir[UP].cut_us, 0, "R105: ... cut_t");
	is_int(b.one_way_us, 0, "R105: ... one_way_t");
	is_int(baseline_us(&b.path[0].rtt, 0), 5000, "R105: kept: a baseline");
	is_int(b.dir[UP].rate_bps, 5000000, "R105: ... and a rate");
}

/* Of 0.2.0 and before. */
static void
older_states(void)
{
	static const char text[] =
	    "state v=1 program=wanctl-assess wan=cable\n"
	    "direction dir=up bps=5000000\nbaseline host=a us=5000\nlive\n"
	    "time t=5000000 lost_t=0\n"
	    "progress dir=up t=5000000 step_t=5000000 cut_t=4000000 "
	    "state=yellow green=0 soft_red=0 delta_us=3\n"
	    "sample dir=up us=3\n"
	    "blame tried=1 suspects=0 evidence=0 one_way_t=5000000\n";
	struct assess b;

	begin();
	is_str(assess_restore(&b, &s, law_of(&s), text), NULL,
	    "R84: a state of an older version is read");
	is_int(b.dir[UP].cut_us, 4000000, "R84: ... what is as it was");
	is_int(b.dir[UP].zone, ZONE_YELLOW, "R84: ... and its zone");
	is_int(b.sample_us, 0, "R84: and its samples begin anew");
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
	};
	static char text[ASSESS_TEXT_MAX];
	struct assess b;
	size_t len;

	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text,
		    "state v=1 program=wanctl-assess wan=cable\n%s",
		    cases[i].lines);
		is_str(assess_restore(&b, &s, law_of(&s), text), cases[i].why,
		    "R84: refused: %s", cases[i].why);
		is_int(b.paths, 0, "and is as at the start");
	}
	len = (size_t)snprintf(text, sizeof text,
	    "state v=1 program=wanctl-assess wan=cable\n");
	for (int i = 0; i < 33; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "baseline host=h%d us=5000\n", i);
	is_str(assess_restore(&b, &s, law_of(&s), text),
	    "more than 32 reflectors", "R84: refused: 33 reflectors");
}

int
main(void)
{
	decides();
	samples();
	no_data();
	passes();
	counters_first();
	law = "adaptive";
	silence_of_reflectors();
	silence_begins();
	silence_of_jam();
	silence_of_both();
	silence_in_passes();
	law = "classic";
	silence_of_reflectors();
	silence_of_jam();
	stale();
	paced();
	many_reflectors();
	saved();
	methods();
	newcomer();
	newcomer_among_unequal();
	one_way();
	one_way_of_another_path();
	after_blackout();
	goodput();
	saved_without_answer();
	later_times();
	older_states();
	refused_states();
	return tap_done();
}

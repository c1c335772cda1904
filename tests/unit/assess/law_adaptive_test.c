/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The adaptive law, rule by rule. */
#include "../tap.h"
#include "assess/law_adaptive.h"

#define MS 1000
#define SEC 1000000
#define MBIT 1000000

static struct settings s;
static struct law_adaptive law;
static struct law_input in;
static struct law_output out;
static void (*adjust)(struct settings *s); /* after begin(), if not NULL */

static void
set(const char *section, const char *key, const char *value)
{
	const char *why = settings_set(&s, section, key, value, 1);

	if (why != NULL)
		printf("Bail out! %s.%s: %s\n", section, key, why);
}

/* Both at 50 of 100 Mbit/s, one-way delays known, full load. */
static void
begin(void)
{
	struct settings_fault fault;

	settings_init(&s);
	set("", "schema", "1");
	set("wan", "name", "cable");
	set("shaper", "backend", "print");
	set("download", "ceiling", "100mbit");
	set("download", "floor", "5mbit");
	set("upload", "ceiling", "100mbit");
	set("upload", "floor", "5mbit");
	set("adaptive", "restore", "0.97");
	set("adaptive", "hold", "500ms");
	set("adaptive", "probe", "0.08");
	settings_finish(&s, &fault, 1);
	if (adjust != NULL)
		adjust(&s);
	law = (struct law_adaptive){ 0 };
	in = (struct law_input){ .t_us = 1000 * (int64_t)SEC,
		.base_us = 20 * MS,
		.one_way = true };
	for (int i = 0; i < DIRECTIONS; i++) {
		in.dir[i].rate_bps = in.dir[i].use.arrival_bps = 50 * MBIT;
		in.dir[i].use.percent = 100;
		in.dir[i].use.measured_us = 200 * MS;
		in.dir[i].use.backlog = NONE;
	}
}

/* Samples every 50 ms; counters show the rate as carried at `load`. */
static void
samples(int count, int64_t down_us, int64_t up_us)
{
	for (int k = 0; k < count; k++) {
		in.t_us += 50 * MS;
		in.dir[DOWN].delta_us = down_us;
		in.dir[UP].delta_us = up_us;
		law_adaptive.step(&law, &s, &in, &out);
		for (int i = 0; i < DIRECTIONS; i++)
			in.dir[i].rate_bps = out.dir[i].rate_bps;
	}
}

static void
is_why(enum direction dir, const char *why, const char *name)
{
	const char *word = rate_reasons[out.dir[dir].why].word;

	if (!is_str(word, why, "R22: %s", name))
		printf("# at %lld\n", (long long)out.dir[dir].rate_bps);
}

static void
capacity(void)
{
	begin();
	samples(2, 0, 0);
	is_why(DOWN, "settle", "two samples say nothing");
	samples(1, 0, 0);
	is_why(DOWN, "grow", "used, nothing known: it grows");
	in.dir[DOWN].use.arrival_bps = 40 * MBIT;
	in.dir[DOWN].use.percent = 80;
	samples(1, 25 * MS, 0);
	samples(1, 0, 0);
	samples(1, 25 * MS, 0);
	ok(out.dir[DOWN].why != RATE_CAPACITY, "R22: nor does jitter cut");
	samples(1, 25 * MS, 0);
	is_why(DOWN, "capacity", "a standing delay cuts");
	ok(out.dir[DOWN].rate_bps < 40 * MBIT &&
		out.dir[DOWN].rate_bps > 10 * MBIT,
	    "R22: to below what arrives, not a share of the rate");
	is_why(UP, "grow", "the other direction is left alone");
	samples(1, 25 * MS, 0);
	is_why(DOWN, "drain", "once, and waits for what that does");
	samples(3, 1 * MS, 0);
	is_why(DOWN, "hold", "the queue is empty");
	is_int(out.dir[DOWN].rate_bps, 38800000,
	    "R22: to 0.97 of the capacity");
	in.dir[DOWN].use.percent = 95;
	samples(12, 0, 0);
	is_why(DOWN, "probe", "then it climbs slowly");
	ok(out.dir[DOWN].rate_bps < 39700000, "R22: very slowly");
	samples(30, 0, 0);
	is_why(DOWN, "grow", "and ever faster beyond");
}

/* What stands on the idle line is no queue of the loaded one. */
static void
noise(void)
{
	begin();
	in.dir[DOWN].use.percent = 5;
	in.dir[DOWN].use.arrival_bps = 2 * MBIT;
	samples(400, 4 * MS, 0);
	ok(law.dir[DOWN].noise_us > 3900 && law.dir[DOWN].noise_us <= 4 * MS,
	    "R22: jitter is learned without load: %lld us",
	    (long long)law.dir[DOWN].noise_us);
	is_int(law.dir[UP].noise_us, 0, "R22: of its own direction");
	in.dir[DOWN].use.percent = 100;
	in.dir[DOWN].use.arrival_bps = in.dir[DOWN].rate_bps;
	samples(6, 12 * MS, 12 * MS);
	ok(law.dir[DOWN].phase != ADAPTIVE_DRAIN &&
		law.dir[UP].phase == ADAPTIVE_DRAIN,
	    "R22: a delay little above it is a queue only where it is quiet");
	samples(40, 30 * MS, 0);
	ok(law.dir[DOWN].phase == ADAPTIVE_DRAIN, "R22: a greater one is");
	ok(law.dir[DOWN].noise_us <= 4 * MS, "R22: and is not learned");
}

/* A standing queue in our own shaper: the bottleneck is here. */
static void
our_queue(void)
{
	begin();
	in.dir[DOWN].use.backlog = in.dir[UP].use.backlog = 40000; /* 6 ms */
	samples(6, 7 * MS, 7 * MS);
	ok(law.dir[DOWN].phase != ADAPTIVE_DRAIN,
	    "R22: a little delay while our shaper queues is not cut");
	samples(3, 15 * MS, 0);
	ok(law.dir[DOWN].phase == ADAPTIVE_DRAIN, "R22: more is");
}

static void
upload_slope(void)
{
	begin();
	samples(6, 0, 0);
	for (int i = 1; i < 6; i++) /* 50 sent, 25 carried: a second each */
		samples(1, 0, i * 50 * MS);
	ok(law.dir[UP].knee_bps < 32 * MBIT && law.dir[UP].knee_bps > 15 * MBIT,
	    "R22: the upload's capacity comes from the slope: %lld",
	    (long long)law.dir[UP].knee_bps);
}

static void
unused(void)
{
	begin();
	in.dir[DOWN].use.percent = in.dir[UP].use.percent = 3;
	samples(100, 100 * MS, 100 * MS);
	is_int(out.dir[DOWN].rate_bps, 50 * MBIT, "R22: idle is never cut");
	ok(out.dir[DOWN].zone == ZONE_RED, "though it is said to be RED");
	samples(200, 0, 0);
	is_why(DOWN, "drift", "unused for long: it drifts");
	ok(out.dir[DOWN].rate_bps > 50 * MBIT &&
		out.dir[DOWN].rate_bps < s.dir[DOWN].base_bps,
	    "R22: towards the base");
	begin();
	in.dir[DOWN].use.percent = 60;
	samples(200, 0, 0);
	is_int(out.dir[DOWN].rate_bps, 50 * MBIT,
	    "R22: what is not used does not climb");
}

static void
blame(void)
{
	begin();
	in.one_way = false;
	in.dir[UP].use.percent = 5;
	samples(3, 20 * MS, 20 * MS);
	is_why(DOWN, "capacity", "the one under load is to blame");
	ok(strcmp(evidence_words[out.dir[DOWN].evidence], "load") == 0,
	    "R22: by its load");
	begin();
	in.one_way = false;
	in.dir[UP].use.backlog = 50000;
	in.dir[DOWN].use.backlog = 0;
	samples(3, 12 * MS, 12 * MS);
	ok(strcmp(evidence_words[out.dir[DOWN].evidence], "queue") == 0,
	    "R22: a queue of ours acquits");
	is_why(DOWN, "capacity", "so it is the other one's");
	is_int(law.dir[UP].onset_us, 0, "R22: the upload is not cut");
	samples(8, 12 * MS, 12 * MS);
	ok(law.dir[UP].onset_us != 0,
	    "R22: unless cutting that one was in vain");
	ok(in.dir[DOWN].rate_bps > 48 * MBIT, "R22: which is restored then");
	begin();
	in.one_way = false;
	samples(3, 0, 0);
	samples(3, 12 * MS, 12 * MS);
	ok(law.dir[UP].onset_us != 0 && law.dir[DOWN].onset_us != 0,
	    "R22: where nothing tells, both are cut");
}

/* What carries its rate has no knee. */
static void
innocent(void)
{
	begin();
	in.one_way = false;
	for (int i = 0; i < 3; i++) {
		samples(20, 0, 0);
		for (int ms = 15; ms <= 75; ms += 15)
			samples(1, ms * MS, ms * MS);
	}
	is_int(law.dir[DOWN].hold_us, s.adaptive.hold_us,
	    "R22: a download that carried its rate is soon free");
}

static void
longer_path(void)
{
	/* Of a line whose capacity wandered. */
	static const int64_t falling[] = { 36, 38, 51, 43, 46, 39, 43, 49, 57,
		59, 66, 62, 59, 56, 60, 54 };
	int64_t longer_us = 0;

	begin();
	samples(5, 0, 0);
	for (int i = 0; i < 60 && longer_us == 0; i++) {
		samples(1, 35 * MS, 0);
		longer_us = out.dir[DOWN].longer_us;
	}
	is_int(longer_us, 35 * MS, "R22: what two cuts do not change is path");
	ok(in.dir[DOWN].rate_bps > 48 * MBIT, "R22: and the rate is restored");
	begin();
	samples(5, 0, 0);
	longer_us = 0;
	for (int i = 0; i < 200 && longer_us == 0; i++) {
		samples(1, 200 * MS, 0);
		longer_us = out.dir[DOWN].longer_us;
	}
	is_int(longer_us, 0, "R22: but a full buffer is not");
	begin();
	samples(5, 0, 0);
	longer_us = 0;
	for (size_t i = 0; i < sizeof falling / sizeof falling[0]; i++) {
		samples(1, 0, falling[i] * MS);
		longer_us += out.dir[UP].longer_us;
	}
	is_int(longer_us, 0,
	    "R22: nor a queue whose capacity falls as the rate does");
}

static bool
says_blind(void)
{
	return out.dir[DOWN].why == RATE_BLIND;
}

/* What is no blindness: too short, or with a queue of our own. */
static void
not_blind(void)
{
	begin();
	in.dir[DOWN].use.backlog = 0;
	in.dir[DOWN].use.percent = 80;
	in.dir[DOWN].use.arrival_bps = 40 * MBIT;
	samples(90, 0, 0);
	ok(!says_blind(), "R13: not within the time that it takes");
	in.dir[DOWN].use.percent = 60;
	samples(1, 0, 0);
	in.dir[DOWN].use.percent = 80;
	samples(90, 0, 0);
	ok(!says_blind(), "R13: which begins anew when it was not used");
	samples(20, 0, 0);
	ok(says_blind(), "R13: then it is blind");
	in.dir[DOWN].use.percent = 97;
	samples(1, 0, 0);
	ok(!says_blind(), "R13: what passes in full is not");
	begin();
	in.dir[DOWN].use.backlog = 1514;
	in.dir[DOWN].use.percent = 80;
	samples(200, 0, 0);
	ok(!says_blind(), "R13: nor what queues in our own shaper");
}

static void
blind(void)
{
	begin();
	in.dir[DOWN].use.backlog = 0;
	in.dir[DOWN].use.percent = 80;
	in.dir[DOWN].use.arrival_bps = 40 * MBIT;
	samples(200, 0, 0);
	is_int(in.dir[DOWN].rate_bps, 44 * MBIT,
	    "R13: full without any queue: bound to what arrives");
	ok(out.dir[DOWN].why == RATE_BLIND, "R13: and said so");
}

static void
begin_unmanaged(enum direction dir)
{
	begin();
	s.dir[dir].managed = 0;
	in.one_way = false;
}

/* Seconds until the direction is decided so, 200 if it never is. */
static double
seconds_until(enum direction dir, enum rate_reason why, int64_t us)
{
	int64_t from_us = in.t_us;

	do
		samples(1, us, us);
	while (out.dir[dir].why != why && in.t_us - from_us < 200 * SEC);
	return (double)(in.t_us - from_us) / SEC;
}

/* Of round trips alone a delay that stays is the other one's, which is never
 * cut: now and then it is tried whether it is. */
static void
unmanaged(enum direction dir)
{
	enum direction other = dir == UP ? DOWN : UP;
	int64_t rate_bps;
	double first, again;

	begin_unmanaged(other);
	samples(5, 0, 0);
	rate_bps = in.dir[dir].rate_bps;
	(void)seconds_until(dir, RATE_CAPACITY, 200 * MS);
	is_why(other, "unmanaged", "one that is not managed is never cut");
	is_int(out.dir[other].zone, ZONE_RED, "R112: its state is told");
	first = seconds_until(dir, RATE_ACQUIT, 200 * MS);
	ok(first > 3 && first < 3.3, "R112: a trial in vain takes %.2f s",
	    first);
	ok(in.dir[dir].rate_bps >= rate_bps * 97 / 100,
	    "R112: and all is given back");
	again = first + seconds_until(dir, RATE_CAPACITY, 200 * MS);
	ok(again > 60 && again < 61, "R112: the next is after %.2f s", again);
	/* A queue that a cut ends is its own. */
	samples(1, 0, 0);
	is_why(dir, "restore", "what is its own is kept");
	begin_unmanaged(other);
	in.dir[dir].use.backlog = 40000; /* 6 ms */
	samples(5, 0, 0);
	rate_bps = in.dir[dir].rate_bps;
	samples(100, 200 * MS, 200 * MS);
	ok(in.dir[dir].rate_bps >= rate_bps,
	    "R112: a queue in our own shaper needs no trial");
}

/* An answer tells of a cut only after the other one's queue. */
static void
unmanaged_lag(void)
{
	int64_t felt_us[2];

	for (int i = 0; i < 2; i++) {
		begin();
		s.dir[DOWN].managed = i;
		samples(6, 300 * MS, 0);
		samples(5, 300 * MS, 20 * MS);
		felt_us[i] = law.dir[UP].felt_us - law.dir[UP].onset_us;
	}
	is_int(felt_us[0], felt_us[1] + 300 * MS,
	    "R112: what a cut does is felt behind the other one's queue");
}

/* For how many samples a delay of that part of the trigger brakes before it is
 * tried; 0: it was not within ten seconds. */
static int
braked(double part, bool one_way)
{
	int64_t us = (int64_t)((double)s.adaptive.trigger_us * part);
	int n = 0;

	in.one_way = one_way;
	samples(3, 0, 0);
	for (int i = 0; i < 200; i++) {
		samples(1, us, us);
		if (out.dir[DOWN].why == RATE_BRAKE)
			n++;
		else if (n > 0)
			return out.dir[DOWN].why == RATE_CAPACITY ? n : -1;
	}
	return 0;
}

static void
little_delays(void)
{
	begin();
	is_int(braked(0.7, true), 20, "R22: a little delay is tried in 1 s");
	begin();
	is_int(braked(0.35, true), 0, "R22: and less does not brake");
	begin();
	is_int(braked(0.7, false), 60,
	    "R22: one that may be the upload's in 3 s");
	begin();
	set("upload", "managed", "no");
	is_int(braked(0.7, false), 0,
	    "R22: one that may be that of an upload that nobody manages, never");
}

int
main(void)
{
	unmanaged(UP);
	unmanaged(DOWN);
	unmanaged_lag();
	capacity();
	upload_slope();
	unused();
	blame();
	innocent();
	longer_path();
	not_blind();
	blind();
	noise();
	our_queue();
	little_delays();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A third law needs a table, and nothing of assess.c: one that knows nothing
 * but a number of samples, and the calls that it got. */
#include "assess/assess.h"
#include "record/statefile.h"

#include <stdlib.h>

#include "../tap.h"

#define MS 1000
#define SEC 1000000
#define MBIT 1000000

static struct settings s;
static struct assess a;
static struct verdict v;
static int64_t t_us;

/* What the law was told last. */
static struct law_input told;
static int forgot, noted, steps;
static int64_t later_us, learned_bps;
static struct law_silence silent;

struct third {
	int64_t samples;
};

static struct third *
third_of(union law_state *state)
{
	return (struct third *)(void *)state->other;
}

static void
step(void *state, const struct settings *settings, const struct law_input *in,
    struct law_output *out)
{
	struct third *law = third_of(state);

	(void)settings;
	told = *in;
	steps++;
	law->samples++;
	out->dir[UP] = (struct law_verdict){ .why = RATE_UNDECIDED };
	out->dir[DOWN] = (struct law_verdict){ .why = RATE_STEP,
		.zone = ZONE_GREEN,
		.rate_bps = 10 * MBIT + law->samples,
		.delta_us = in->dir[DOWN].delta_us,
		.evidence = EVIDENCE_QUEUE,
		.longer_us = law->samples == 5 ? 3 * MS : 0 };
}

static void
note(void *state, const struct law_input *in)
{
	(void)state;
	(void)in;
	noted++;
}

static void
forget(void *state)
{
	third_of(state)->samples = 0;
	forgot++;
}

static void
forget_later(void *state, int64_t newest_us)
{
	(void)state;
	later_us = newest_us;
}

static void
learn(void *state, int dir, int64_t line_bps)
{
	(void)state;
	learned_bps = dir == DOWN ? line_bps : -1;
}

static bool
silence(const void *state, const struct settings *settings,
    const struct law_silence *in, int64_t *rate_bps)
{
	(void)state;
	(void)settings;
	if (in->dir == DOWN)
		silent = *in;
	*rate_bps = 7 * MBIT;
	return in->silent_us >= 300 * MS;
}

static const struct message_field fields[] = {
	FIELD_INT(third, "samples", samples, true, 0, 1000),
};
static const struct message_kind kind = { "third", fields,
	FIELD_COUNT(fields) };
static const struct message_kind *const kinds[] = { &kind, NULL };

static void
describe(const void *state, struct text *t)
{
	statefile_add(t, &kind, state);
}

static const char *
restore(void *state, const struct settings *settings, const struct record *r)
{
	const char *why;
	struct third line;

	(void)settings;
	if (statefile_unpack(kinds, &line, r, &why) != NULL)
		*third_of(state) = line;
	return why;
}

static const struct law third = {
	.step = step,
	.note = note,
	.forget = forget,
	.forget_later = forget_later,
	.learn = learn,
	.silence = silence,
	.kinds = kinds,
	.describe = describe,
	.restore = restore,
};

static void
begin(void)
{
	struct settings_fault fault;

	settings_init(&s);
	settings_set(&s, "", "schema", "1", 1);
	settings_set(&s, "wan", "name", "cable", 1);
	settings_set(&s, "download", "ceiling", "20mbit", 1);
	settings_set(&s, "download", "floor", "2mbit", 1);
	settings_set(&s, "upload", "ceiling", "20mbit", 1);
	settings_set(&s, "upload", "floor", "2mbit", 1);
	settings_set(&s, "shaper", "backend", "print", 1);
	if (settings_finish(&s, &fault, 1) != 0)
		abort();
	assess_init(&a, &s, &third);
	forgot = noted = steps = 0;
	later_us = learned_bps = 0;
	t_us = 1000 * (int64_t)SEC;
}

/* A round trip; 0: the probe is lost. */
static void
probe(int64_t us)
{
	struct rtt r;

	message_clear(&message_rtt, &r);
	t_us += 50 * MS;
	r.t_us = t_us;
	snprintf(r.host, sizeof r.host, "192.0.2.1");
	if (us != 0)
		r.us = us;
	else
		r.lost = 1;
	assess_rtt(&a, &s, &r, &v);
}

/* Both directions carry so much of their rate until now. */
static void
count(int64_t bps)
{
	static int64_t bytes;
	struct queue q;

	bytes += bps / 8 / 10;
	for (int i = 0; i < DIRECTIONS; i++) {
		message_clear(&message_queue, &q);
		q.t_us = t_us;
		q.dir = i;
		q.bytes = bytes;
		snprintf(q.source, sizeof q.source, "htb");
		assess_queue(&a, &s, &q, &v);
	}
}

static void
test_samples(void)
{
	begin();
	for (int i = 0; i < 4; i++) {
		count(15 * MBIT);
		probe(20 * MS);
		t_us += 50 * MS;
	}
	probe(24 * MS);
	is_int((int64_t)v.count, 1, "a direction without a verdict is silent");
	is_int(v.rate[0].bps, 10 * MBIT + 5, "its rate is printed");
	is_int(a.dir[DOWN].rate_bps, 10 * MBIT + 5, "and in force");
	is_int(a.dir[UP].rate_bps, s.dir[UP].base_bps, "the other one holds");
	is_str(v.rate[0].why, "step", "its reason");
	is_str(v.rate[0].evidence, "queue", "and its evidence");
	is_int(v.rate[0].base_us, told.base_us, "the baseline of its sample");
	is_int(told.above_us, 24 * MS - 20 * MS, "it has the delay above that");
	is_int(told.dir[UP].delta_us, told.above_us, "in both directions");
	is_int(told.dir[DOWN].rate_bps, 10 * MBIT + 4, "and the rate so far");
	is_int(told.dir[DOWN].use.arrival_bps, 15 * MBIT, "and the use");
	is_int(told.dir[DOWN].use.percent, v.rate[0].load, "as it is printed");
	is_int(baseline_us(&a.path[0].rtt, 0), 23 * MS,
	    "a path that it calls longer has a longer baseline");
}

static void
test_silence(void)
{
	begin();
	for (int i = 0; i < 10; i++) {
		count(9 * MBIT);
		probe(20 * MS);
		t_us += 50 * MS;
	}
	for (int i = 0; i < 4; i++)
		probe(0);
	is_int(a.dir[DOWN].rate_bps, 10 * MBIT + 10, "no answer yet: it holds");
	for (int i = 0; i < 50 && a.dir[DOWN].rate_bps > 7 * MBIT; i++)
		probe(0);
	is_int(a.dir[DOWN].rate_bps, 7 * MBIT, "its law lowers it");
	is_int(silent.rate_bps, 10 * MBIT + 10, "from the rate that it had");
	ok(silent.doubtful, "which is in doubt, as no queue is known");
	is_int(forgot, 1, "nothing is forgotten but at the start");
	for (int i = 0; i < 100; i++)
		probe(0);
	is_int(a.dir[DOWN].zone, ZONE_BLACKOUT, "then it is a blackout");
	ok(forgot > 1, "for which samples are forgotten");
}

static void
test_gap(void)
{
	begin();
	probe(20 * MS);
	probe(20 * MS);
	is_int(forgot, 1, "the first sample has none before it");
	t_us += 3600 * (int64_t)SEC;
	probe(20 * MS);
	is_int(forgot, 2, "nor has one after an hour");
}

static void
test_pass(void)
{
	begin();
	assess_once(&a);
	for (int i = 0; i < 4; i++)
		probe(20 * MS);
	is_int(steps, 0, "a pass decides at its end");
	is_int(noted, 3, "what came before the last sample is noted");
	assess_end(&a, &s, &v);
	is_int(steps, 1, "once");
	is_int((int64_t)v.count, 1, "and prints that");
	is_int(told.pace_us, s.pass.interval_us, "the law knows the pace");
}

static void
test_state(void)
{
	static char text[ASSESS_TEXT_MAX], again[ASSESS_TEXT_MAX];
	static struct assess b;

	begin();
	for (int i = 0; i < 4; i++)
		probe(20 * MS);
	assess_describe(&a, &s, text);
	ok(strstr(text, "\nthird samples=4\n") != NULL, "its state is saved");
	is_int(later_us, t_us, "without what is later than the newest probe");
	is_str(assess_restore(&b, &s, &third, text), NULL, "and read");
	is_int(third_of(&b.state)->samples, 4, "... as it was");
	assess_describe(&b, &s, again);
	is_str(again, text, "... and saved again");
	is_str(assess_restore(&b, &s, &law_adaptive, text), NULL,
	    "another law ignores it");
	is_str(assess_restore(&b, &s, &third,
		   "state v=1 program=wanctl-assess wan=cable\n"
		   "third samples=x\n"),
	    "not a number", "what it cannot read is refused");
}

static void
test_shortfall(void)
{
	begin();
	for (int i = 0; i < 20; i++) {
		count(10 * MBIT);
		probe(20 * MS);
		t_us += 50 * MS;
	}
	for (int i = 0; i < 40 && learned_bps == 0; i++) {
		count(6 * MBIT);
		probe(0);
		t_us += 50 * MS;
	}
	is_int(learned_bps, 6 * MBIT, "what counters show, the law learns");
}

static void
test_table(void)
{
	begin();
	settings_set(&s, "assess", "law", "classic", 2);
	ok(law_of(&s) == &law_classic, "[assess] law chooses: classic");
	begin();
	ok(law_of(&s) == &law_adaptive, "adaptive by default");
}

int
main(void)
{
	test_table();
	test_samples();
	test_silence();
	test_gap();
	test_pass();
	test_state();
	test_shortfall();
	return tap_done();
}

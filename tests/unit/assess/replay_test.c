/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line in a closed loop, in whole numbers alone: its decisions are the same
 * each time, and on every machine. "replay_test print" prints them, for
 * tests/targets to compare.
 */
#include <string.h>

#include "../random.h"
#include "../tap.h"
#include "assess/snapshot.h"
#include "base/number.h"

#define SEC 1000000
#define MBIT 1000000
#define HOSTS 3
#define PROBES 6000 /* one in 50 ms */
#define PROBE_US 50000
#define TEXT_MAX (4 << 20)

struct line {
	int64_t capacity_bps, queue_us, bytes;
	bool full;
};

static struct settings s;
static struct assess a;
static struct line line[DIRECTIONS];
static struct text out;
static size_t verdicts;
static int forgetting; /* every which record goes by a snapshot; 0: none */

static void
set(const char *section, const char *key, const char *value)
{
	if (settings_set(&s, section, key, value, 1) != NULL)
		printf("Bail out! %s.%s\n", section, key);
}

static void
begin(const char *law)
{
	struct settings_fault fault;

	settings_init(&s);
	set("", "schema", "1");
	set("wan", "name", "model");
	set("shaper", "backend", "print");
	set("assess", "law", law);
	set("download", "ceiling", "40mbit");
	set("download", "floor", "2mbit");
	set("upload", "ceiling", "10mbit");
	set("upload", "floor", "1mbit");
	settings_finish(&s, &fault, 1);
	assess_init(&a, &s, law_of(&s));
	line[DOWN] = (struct line){ .capacity_bps = 20 * MBIT };
	line[UP] = (struct line){ .capacity_bps = 5 * MBIT };
	random_state = 20260101;
	verdicts = 0;
}

/* Goes on with nothing but what a snapshot of now has. */
static void
forget(void)
{
	static char text[SNAPSHOT_MAX];
	struct assess before = a;
	const char *why;

	snapshot_take(&before, &s, text);
	memset(&a, 0xa5, sizeof a);
	why = snapshot_resume(&a, &s, before.law, text);
	if (why != NULL)
		printf("Bail out! a snapshot: %s\n", why);
	/* Counts for people. */
	a.tally = before.tally;
	for (size_t i = 0; i < a.paths; i++)
		a.path[i].probes = before.path[i].probes;
}

static void
take(const struct verdict *v)
{
	static int records;
	char record[RECORD_MAX + 1];

	if (forgetting != 0 && ++records % forgetting == 0)
		forget();

	for (size_t i = 0; i < v->count; i++) {
		text_bytes(&out, record,
		    message_pack(&message_rate, record, &v->rate[i]));
		verdicts++;
	}
}

/* The load changes each 20 s, the capacity each 33. */
static void
weather(int n)
{
	line[DOWN].full = (n / 400) % 2 == 1;
	line[UP].full = (n / 800) % 2 == 1;
	if (n % 660 == 0)
		for (int i = 0; i < DIRECTIONS; i++)
			line[i].capacity_bps = random_int(1, 4) *
			    (i == DOWN ? 5 : 2) * MBIT;
}

/* What the shaper lets through and the line does not waits. */
static void
flow(struct line *l, int64_t rate_bps)
{
	int64_t in_bps = l->full ? rate_bps : rate_bps / 50;

	l->queue_us += number_muldiv(PROBE_US, in_bps, l->capacity_bps);
	l->queue_us = number_clamp(l->queue_us - PROBE_US, 0, 800000);
	if (l->queue_us > 0 && in_bps > l->capacity_bps)
		in_bps = l->capacity_bps;
	l->bytes += number_muldiv(in_bps, PROBE_US, (int64_t)8 * SEC);
}

static void
count(int64_t t_us)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		struct queue q;
		struct verdict v;

		message_clear(&message_queue, &q);
		q.t_us = t_us;
		q.dir = i;
		q.bytes = line[i].bytes;
		q.backlog = line[i].full && line[i].queue_us == 0 ? 9000 : 0;
		assess_queue(&a, &s, &q, &v);
		take(&v);
	}
}

static void
probe(int n, int64_t t_us)
{
	int64_t up_us = 9000 + line[UP].queue_us + random_int(0, 1500);
	int64_t down_us = 11000 + line[DOWN].queue_us + random_int(0, 1500);
	struct rtt rtt;
	struct verdict v;

	message_clear(&message_rtt, &rtt);
	rtt.t_us = t_us;
	rtt.seq = n;
	snprintf(rtt.host, sizeof rtt.host, "192.0.2.%d", n % HOSTS + 1);
	/* An outage of 4 s each 75, and one probe in 50. */
	if (n % 1500 >= 1420 || random_int(1, 50) == 1) {
		rtt.lost = 1;
	} else {
		rtt.us = up_us + down_us;
		/* In the second half there are round trips alone. */
		if (n < PROBES / 2) {
			rtt.up_us = up_us - 70000;
			rtt.down_us = down_us + 70000;
		}
	}
	assess_rtt(&a, &s, &rtt, &v);
	take(&v);
}

/* All decisions of one law, and its state at the end. */
static void
run(const char *law, char *buf)
{
	static char state[ASSESS_TEXT_MAX];

	begin(law);
	text_init(&out, buf, TEXT_MAX);
	for (int n = 0; n < PROBES; n++) {
		int64_t t_us = (int64_t)1769000000 * SEC +
		    (int64_t)n * PROBE_US;

		weather(n);
		for (int i = 0; i < DIRECTIONS; i++)
			flow(&line[i], a.dir[i].rate_bps);
		if (n % 2 == 0)
			count(t_us);
		probe(n, t_us);
	}
	assess_describe(&a, &s, state);
	text_add(&out, state);
}

static void
test_law(const char *law, const char *const words[])
{
	static char once[TEXT_MAX], again[TEXT_MAX];

	run(law, once);
	ok(!out.full && verdicts > PROBES, "%s: %zu decisions", law, verdicts);
	run(law, again);
	ok(strcmp(once, again) == 0, "R115: %s: the same each time", law);
	for (forgetting = 1; forgetting <= 1000; forgetting *= 10) {
		run(law, again);
		ok(strcmp(once, again) == 0,
		    "R117: %s: the same when each %dth record goes by a snapshot",
		    law, forgetting);
	}
	forgetting = 0;
	for (int i = 0; words[i] != NULL; i++)
		ok(strstr(once, words[i]) != NULL, "%s: some of them %s", law,
		    words[i]);
}

int
main(int argc, char *argv[])
{
	static char buf[TEXT_MAX];

	if (argc > 1 && strcmp(argv[1], "print") == 0) {
		run("adaptive", buf);
		fputs(buf, stdout);
		run("classic", buf);
		fputs(buf, stdout);
		return 0;
	}
	test_law("adaptive",
	    (const char *[]){ "why=capacity", "why=drain", "why=restore",
		"why=grow", "why=blackout", "why=deeper", "why=drift",
		"evidence=owd", "evidence=rtt", "evidence=queue", NULL });
	test_law("classic",
	    (const char *[]){ "why=cut", "why=step", "why=clamp",
		"why=blackout", NULL });
	return tap_done();
}

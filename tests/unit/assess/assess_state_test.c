/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the state of wanctl-assess says after any records that are allowed: it
 * is read back, whole, and says the same again. */
#include "assess/assess.h"

#include <stdlib.h>

#include "../random.h"
#include "../tap.h"

#define SEC ((int64_t)1000000)
#define NOW ((int64_t)1769000000 * SEC)

static struct settings s;

static void
configure(const char *law)
{
	struct settings_fault fault;

	settings_init(&s);
	settings_set(&s, "", "schema", "1", 1);
	settings_set(&s, "wan", "name", "cable", 1);
	settings_set(&s, "assess", "law", law, 1);
	settings_set(&s, "download", "ceiling", "20mbit", 1);
	settings_set(&s, "download", "floor", "2mbit", 1);
	settings_set(&s, "upload", "ceiling", "20mbit", 1);
	settings_set(&s, "upload", "floor", "2mbit", 1);
	settings_set(&s, "shaper", "backend", "print", 1);
	if (settings_finish(&s, &fault, 1) != 0)
		abort();
}

static struct rtt
answer(const char *host, int64_t t_us, int64_t us)
{
	struct rtt r;

	message_clear(&message_rtt, &r);
	r.t_us = t_us;
	snprintf(r.host, sizeof r.host, "%s", host);
	r.us = us;
	if (us == NONE)
		r.lost = 1;
	return r;
}

/* NULL if the state is read back and says the same again. */
static const char *
fault_of(const struct assess *a)
{
	static char out[ASSESS_TEXT_MAX], again[ASSESS_TEXT_MAX];
	static struct assess b;
	const char *why;

	assess_describe(a, &s, out);
	if ((why = assess_restore(&b, &s, law_of(&s), out)) != NULL)
		return why;
	assess_describe(&b, &s, again);
	if (strcmp(out, again) == 0)
		return NULL;
	for (size_t i = 0; out[i] != '\0'; i++)
		if (out[i] != again[i]) {
			printf("# %.300s\n# %.300s\n",
			    out + (i > 60 ? i - 60 : 0),
			    again + (i > 60 ? i - 60 : 0));
			break;
		}
	return "says another thing";
}

/* A clock that was an hour ahead is set back while one of two reflectors
 * answers no more. */
static void
test_set_back(void)
{
	static struct assess a, b;
	struct verdict v;
	struct rtt r;
	char out[ASSESS_TEXT_MAX];

	assess_init(&a, &s, law_of(&s));
	for (int i = 0; i < 40; i++) {
		r = answer(i % 2 ? "192.0.2.1" : "192.0.2.2",
		    NOW + 3600 * SEC + i * SEC / 10, 20000);
		assess_rtt(&a, &s, &r, &v);
	}
	for (int i = 0; i < 40; i++) {
		r = answer("192.0.2.1", NOW + i * SEC / 10, 20000);
		assess_rtt(&a, &s, &r, &v);
	}
	is_str(fault_of(&a), NULL,
	    "R105: a clock that was set back, and a restart");
	assess_describe(&a, &s, out);
	ok(assess_restore(&b, &s, law_of(&s), out) == NULL &&
		b.dir[DOWN].rate_bps == a.dir[DOWN].rate_bps,
	    "R105: the rate is kept");
}

/* It was ahead when the process before ended: a pass has but a few records, and
 * decides on them. */
static void
test_pass(void)
{
	static struct assess a, b;
	static char out[ASSESS_TEXT_MAX];
	struct verdict v;
	size_t decided = 0;
	struct rtt r;

	assess_init(&a, &s, law_of(&s));
	for (int i = 0; i < 40; i++) {
		r = answer("192.0.2.1", NOW + 7 * 3600 * SEC + i * SEC / 10,
		    20000);
		assess_rtt(&a, &s, &r, &v);
	}
	assess_describe(&a, &s, out);
	is_str(assess_restore(&b, &s, law_of(&s), out), NULL,
	    "R105: a state is read");
	for (int i = 0; i < 3; i++) {
		r = answer("192.0.2.1", NOW + i * SEC / 10, 20000);
		assess_rtt(&b, &s, &r, &v);
		decided += v.count;
	}
	is_int(b.stale, 0,
	    "R105: a start has no stragglers: the clock was set back");
	ok(decided > 0, "R105: ... and decides at once");
}

/* The smallest and the largest times there are. */
static void
test_ends(void)
{
	static const int64_t begin_us[] = { 0, 1, SEC / 10, T_MAX - 10 * SEC };
	static struct assess a;
	struct verdict v;
	struct rtt r;

	for (size_t k = 0; k < sizeof begin_us / sizeof begin_us[0]; k++) {
		assess_init(&a, &s, law_of(&s));
		for (int i = 0; i < 90; i++) {
			r = answer("192.0.2.1", begin_us[k] + i * SEC / 10,
			    i % 7 == 0 ? NONE : 20000);
			assess_rtt(&a, &s, &r, &v);
		}
		is_str(fault_of(&a), NULL, "times from %lld us on",
		    (long long)begin_us[k]);
	}
}

static int64_t
some_time(int64_t t_us)
{
	switch (random_int(0, 40)) {
	case 0:
		return random_int(0, T_MAX);
	case 1:
		return random_int(0, 1) ? 0 : T_MAX;
	case 2:
		return NOW + random_int(-7200, 7200) * SEC;
	default:
		return t_us;
	}
}

static int64_t
some_us(void)
{
	return random_int(0, 9) == 0 ? random_int(1, 60 * SEC) :
				       random_int(15000, 80000);
}

static int64_t
some_count(int64_t up)
{
	return random_int(0, 20) == 0 ? random_int(0, INT64_MAX) : up;
}

/* A line and its clock at random. NULL, or what was wrong. */
static const char *
walk(int rounds)
{
	static const char *const methods[] = { "", "icmp", "tcp", "timestamp",
		"stamp" };
	static struct assess a;
	const char *why;
	struct verdict v;
	int64_t t_us = NOW;

	assess_init(&a, &s, law_of(&s));
	if (random_int(0, 3) == 0)
		assess_once(&a);
	for (int i = 0; i < rounds; i++) {
		char host[HOST_MAX];
		struct queue q;
		struct rtt r;

		t_us = some_time(t_us + random_int(0, SEC / 5));
		snprintf(host, sizeof host, "192.0.2.%d",
		    (int)random_int(1, random_int(0, 9) == 0 ? 200 : 4));
		r = answer(host, t_us,
		    random_int(0, 9) == 0 ? NONE : some_us());
		snprintf(r.method, sizeof r.method, "%s",
		    methods[random_int(0, 4)]);
		if (r.us != NONE && random_int(0, 1) == 0) {
			r.up_us = random_int(-SEC, SEC);
			r.down_us = random_int(-SEC, SEC);
		}
		assess_rtt(&a, &s, &r, &v);
		message_clear(&message_queue, &q);
		q.t_us = some_time(t_us);
		q.dir = i % 2;
		q.bytes = some_count((int64_t)i * 100000);
		q.line_bytes = random_int(0, 1) ? NONE : some_count(q.bytes);
		q.backlog = some_count(random_int(0, 100000));
		q.drops = some_count(i);
		q.bps = random_int(0, 3) == 0 ? random_int(0, 1000000000) :
						NONE;
		assess_queue(&a, &s, &q, &v);
		if (i % 5 == 0 && (why = fault_of(&a)) != NULL)
			return why;
		if (random_int(0, 50) == 0)
			assess_end(&a, &s, &v);
	}
	return NULL;
}

int
main(void)
{
	static const char *const laws[] = { "adaptive", "classic" };

	random_start();
	for (size_t i = 0; i < 2; i++) {
		configure(laws[i]);
		test_set_back();
		test_pass();
		test_ends();
		for (int n = 0; n < 200; n++) {
			uint64_t seed = random_state;
			const char *why = walk(200);

			if (!ok(why == NULL, "R105: %s: any records, law %s",
				why == NULL ? "read back" : why, laws[i])) {
				printf("# seed %llu\n",
				    (unsigned long long)seed);
				break;
			}
		}
	}
	return tap_done();
}

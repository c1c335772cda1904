/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the state of wanctl-steer says after any records that are allowed: it is
 * read back, whole, and says the same again. */
#include "steer/steer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../random.h"
#include "../tap.h"

#define SEC ((int64_t)1000000)
#define NOW ((int64_t)1769000000 * SEC)

static struct settings s;

static void
configure(const char *method)
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
	settings_set(&s, "steer", "to", "dsl", 1);
	settings_set(&s, "steer", "mode", method, 1);
	if (settings_finish(&s, &fault, 1) != 0)
		abort();
}

/* NULL if the state is read back and says the same again. */
static const char *
fault_of(const struct steerer *p)
{
	static char out[STEER_TEXT_MAX], again[STEER_TEXT_MAX];
	struct steerer b;
	const char *why;

	steer_describe(p, &s, out);
	steer_init(&b);
	if ((why = steer_restore(&b, &s, out)) != NULL)
		return why;
	steer_describe(&b, &s, again);
	if (strcmp(out, again) == 0)
		return NULL;
	for (size_t i = 0; out[i] != '\0'; i++)
		if (out[i] != again[i]) {
			size_t from = i > 60 ? i - 60 : 0;

			printf("# wrote %.200s\n# read %.200s\n", out + from,
			    again + from);
			break;
		}
	return "says another thing";
}

static int64_t
some_time(int64_t t_us)
{
	switch (random_int(0, 30)) {
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
some_number(int64_t usual, int64_t most)
{
	switch (random_int(0, 20)) {
	case 0:
		return NONE;
	case 1:
		return random_int(0, most);
	case 2:
		return most;
	default:
		return usual;
	}
}

/* Two lines and their clocks at random. NULL, or what was wrong. */
static const char *
walk(int rounds)
{
	struct steerer p;
	const char *why;
	int64_t t_us = NOW;

	steer_init(&p);
	for (int i = 0; i < rounds; i++) {
		bool primary = random_int(0, 1) == 0;
		struct queue q;
		struct rate r;

		t_us += random_int(0, SEC);
		message_clear(&message_rate, &r);
		r.t_us = some_time(t_us);
		snprintf(r.wan, sizeof r.wan, "%s", primary ? "cable" : "dsl");
		r.dir = i % 2;
		r.bps = random_int(1, 1000000000);
		r.state = random_int(0, ZONES - 1);
		r.delta_us = some_number(random_int(-1000, 150000), 60 * SEC);
		r.base_us = some_number(20000, 10 * SEC);
		(void)steer_rate(&p, &s, &r);
		message_clear(&message_queue, &q);
		q.t_us = some_time(t_us);
		memcpy(q.wan, r.wan, sizeof q.wan);
		q.dir = i % 2;
		q.bytes = i;
		q.drops = some_number(i, INT64_MAX);
		q.backlog = some_number(random_int(0, 100000), INT64_MAX);
		q.queued = some_number(random_int(0, 100), INT64_MAX);
		steer_queue(&p, &s, &q);
		if ((why = fault_of(&p)) != NULL)
			return why;
	}
	return NULL;
}

int
main(void)
{
	static const char *const methods[] = { "votes", "score" };

	random_start();
	for (size_t i = 0; i < 2; i++) {
		configure(methods[i]);
		for (int n = 0; n < 200; n++) {
			uint64_t seed = random_state;
			const char *why = walk(200);

			if (!ok(why == NULL, "R105: %s: any records, by %s",
				why == NULL ? "read back" : why, methods[i])) {
				printf("# seed %llu\n",
				    (unsigned long long)seed);
				break;
			}
		}
	}
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of wanctl-assess: whatever text it is given, what it makes of it
 * is inside the configuration, and is written as a text that is read the
 * same. And it goes on from there without a fault. */
#include "assess/snapshot.h"
#include "fuzz.h"

static struct settings s;

static void
make_settings(void)
{
	struct settings_fault fault;

	settings_init(&s);
	settings_set(&s, "", "schema", "1", 1);
	settings_set(&s, "wan", "name", "cable", 1);
	settings_set(&s, "download", "ceiling", "500mbit", 1);
	settings_set(&s, "download", "floor", "50mbit", 1);
	settings_set(&s, "upload", "ceiling", "20mbit", 1);
	settings_set(&s, "upload", "floor", "4mbit", 1);
	settings_set(&s, "shaper", "backend", "print", 1);
	must(settings_finish(&s, &fault, 1) == 0);
}

static void
check_bounds(const struct assess *a)
{
	must(a->paths <= SETTINGS_HOSTS);
	for (size_t i = 0; i < a->paths; i++) {
		int64_t us = baseline_us(&a->path[i].rtt, NONE);

		must(us == NONE ||
		    (us >= s.baseline.min_us && us <= s.baseline.max_us));
	}
	for (int i = 0; i < DIRECTIONS; i++) {
		must(a->dir[i].rate_bps >= s.dir[i].floor_bps[ZONE_RED]);
		must(a->dir[i].rate_bps <= s.dir[i].ceiling_bps);
		must(a->dir[i].zone >= 0 && a->dir[i].zone < ZONES);
		if (s.assess.law == LAW_CLASSIC)
			must(a->state.classic.dir[i].window.count <=
			    (size_t)s.assess.median);
		else
			must(a->state.adaptive.dir[i].delays.count <=
			    DELAYS_MAX);
	}
}

static void
check_snapshot(const struct assess *a)
{
	static char out[SNAPSHOT_MAX], again[SNAPSHOT_MAX];
	static struct assess b;

	snapshot_take(a, &s, out);
	must(strlen(out) > 0 && strlen(out) < SNAPSHOT_MAX - 1);
	must(snapshot_resume(&b, &s, law_of(&s), out) == NULL);
	snapshot_take(&b, &s, again);
	must(strcmp(out, again) == 0);
}

/* What is written is read, and is written the same again. */
static void
check_text(const struct assess *a)
{
	static char out[ASSESS_TEXT_MAX], again[ASSESS_TEXT_MAX];
	static struct assess b;

	assess_describe(a, &s, out);
	must(strlen(out) > 0 && strlen(out) < ASSESS_TEXT_MAX - 1);
	must(assess_restore(&b, &s, law_of(&s), out) == NULL);
	assess_describe(&b, &s, again);
	must(strcmp(out, again) == 0);
}

/* Ten seconds of probes and counters, from any state. */
static void
go_on(struct assess *a, int64_t t_us)
{
	struct rtt rtt = { .t_us = t_us, .host = "192.0.2.1", .us = 18000 };
	struct queue queue;
	struct verdict v;

	message_clear(&message_queue, &queue);
	for (int i = 0; i < 100; i++) {
		rtt.t_us += 100000;
		rtt.us = i % 13 == 0 ? NONE : 18000 + i * 1000;
		assess_rtt(a, &s, &rtt, &v);
		must(v.count <= DIRECTIONS);
		if (i % 50 == 7) {
			/* One that never answers. */
			struct rtt lost = { .t_us = rtt.t_us,
				.host = "192.0.2.2",
				.us = NONE,
				.lost = 1 };

			assess_rtt(a, &s, &lost, &v);
		}
		queue.t_us = rtt.t_us;
		queue.dir = i % 2;
		queue.bytes = (int64_t)i * 1000000;
		assess_queue(a, &s, &queue, &v);
		must(v.count <= DIRECTIONS);
		check_bounds(a);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[ASSESS_TEXT_MAX];
	static struct assess a;
	int64_t t_us = 1769000000000000;

	if (s.schema == 0)
		make_settings();
	if (size >= sizeof text)
		return 0;
	s.assess.law = size % 4 < 2 ? LAW_ADAPTIVE : LAW_CLASSIC;
	memcpy(text, data, size);
	text[size] = '\0';
	/* Of one that is refused nothing is left, so it is no new state. */
	if (assess_restore(&a, &s, law_of(&s), text) != NULL &&
	    snapshot_resume(&a, &s, law_of(&s), text) != NULL) {
		check_bounds(&a);
		return 0;
	}
	check_bounds(&a);
	check_text(&a);
	check_snapshot(&a);
	go_on(&a, size % 2 ? a.rtt_time.newest_us : t_us);
	check_text(&a);
	check_snapshot(&a);
	return 0;
}

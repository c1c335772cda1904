/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of what has happened. */
#include "assess/tally.h"

#include <string.h>

#include "../tap.h"
#include "record/statefile.h"

#define SEC ((int64_t)1000000)
#define NOW (1769000000 * SEC)
#define GAP (5 * SEC)

static struct tally t;

static void
decide(enum direction dir, int64_t at_us, enum zone zone, int64_t delta_us,
    enum rate_reason why)
{
	struct rate r;

	message_clear(&message_rate, &r);
	r.t_us = NOW + at_us;
	r.dir = dir;
	r.state = zone;
	r.delta_us = delta_us;
	tally_decision(&t, &r, why, GAP);
}

static void
test_probes(void)
{
	struct tally_probes a = { 0 }, b = { 0 };
	struct rtt r;

	t = (struct tally){ 0 };
	message_clear(&message_rtt, &r);
	r.t_us = NOW;
	r.us = 20000;
	tally_probe(&t, &a, &r);
	tally_probe(&t, &b, &r);
	r.us = NONE;
	r.lost = 1;
	tally_probe(&t, &a, &r);
	r.us = 900000;
	r.lost = NONE;
	r.late = 1;
	tally_probe(&t, &a, &r);
	ok(a.answered == 1 && a.lost == 1 && a.late == 1 && b.answered == 1,
	    "R92: probes of each reflector");
	ok(t.probes.answered == 2 && t.probes.lost == 1 && t.probes.late == 1,
	    "R92: and of all");
	is_int(t.since_us, NOW, "R92: since the first");
}

/* At a bound a delay is of the class up to it. */
static void
test_delays(void)
{
	t = (struct tally){ 0 };
	for (size_t i = 0; i < TALLY_BOUNDS; i++) {
		decide(DOWN, 0, ZONE_GREEN, tally_bounds_us[i], RATE_HOLD);
		is_int(t.dir[DOWN].delays[i], i == 0 ? 1 : 2,
		    "R92: up to %lld us", (long long)tally_bounds_us[i]);
		decide(DOWN, 0, ZONE_GREEN, tally_bounds_us[i] + 1, RATE_HOLD);
		is_int(t.dir[DOWN].delays[i + 1], 1, "... and more");
	}
	t = (struct tally){ 0 };
	decide(UP, 0, ZONE_GREEN, -500, RATE_HOLD);
	decide(UP, 0, ZONE_BLACKOUT, NONE, RATE_BLACKOUT);
	decide(UP, 0, ZONE_RED, 1500, RATE_HOLD);
	ok(t.dir[UP].delays[0] == 1 && t.dir[UP].delays[1] == 1 &&
		t.dir[UP].delay_us == 1500,
	    "R92: below the baseline is no delay, and a blackout has none");
	decide(UP, 0, ZONE_RED, T_MAX, RATE_HOLD);
	is_int(t.dir[UP].delay_us, 1500 + 60 * SEC,
	    "R92: nobody waits for longer than a minute");
	is_int(t.dir[DOWN].delay_us, 0, "... of that direction alone");
}

static void
test_time(void)
{
	struct tally_direction *d = &t.dir[DOWN];

	t = (struct tally){ 0 };
	decide(DOWN, 0, ZONE_GREEN, 0, RATE_HOLD);
	decide(DOWN, 2 * SEC, ZONE_RED, 0, RATE_CAPACITY);
	decide(DOWN, 3 * SEC, ZONE_RED, 0, RATE_DRAIN);
	decide(DOWN, 3 * SEC, ZONE_GREEN, 0, RATE_RESTORE);
	ok(d->state_us[ZONE_GREEN] == 2 * SEC && d->state_us[ZONE_RED] == SEC,
	    "R92: the time until the next decision is of that state");
	decide(DOWN, 3 * SEC + GAP + 1, ZONE_GREEN, 0, RATE_HOLD);
	is_int(d->state_us[ZONE_GREEN], 2 * SEC, "R92: a long silence of none");
	decide(DOWN, 3 * SEC + 2 * GAP + 1, ZONE_GREEN, 0, RATE_HOLD);
	is_int(d->state_us[ZONE_GREEN], 2 * SEC + GAP, "... a short one is");
	decide(DOWN, SEC, ZONE_GREEN, 0, RATE_HOLD);
	is_int(d->state_us[ZONE_GREEN], 2 * SEC + GAP, "... none is negative");
	ok(d->why[RATE_HOLD] == 4 && d->why[RATE_CAPACITY] == 1 &&
		d->why[RATE_GROW] == 0,
	    "R92: decisions by their reason");
	decide(DOWN, 1000 * SEC, ZONE_RED, 0, RATE_HOLD);
	tally_forget_later(&t, NOW + 10 * SEC);
	is_int(d->t_us, 0, "R92: a clock that was set back");
	is_int(t.since_us, NOW, "... keeps the beginning");
	tally_forget_later(&t, NOW - SEC);
	is_int(t.since_us, NOW - SEC, "... unless that was later");
}

static const char *
take(void *to, const struct record *line)
{
	const char *why;

	return tally_restore(to, line, &why) ? why : "of another kind";
}

static void
test_text(void)
{
	static char text[TALLY_TEXT_MAX];
	struct tally read = { 0 };
	struct text out;

	t = (struct tally){ 0 };
	text_init(&out, text, sizeof text);
	tally_describe(&t, &out);
	is_str(text, "", "R92: nothing counted, nothing kept");
	for (int i = 0; i < RATE_REASONS; i++)
		for (enum direction dir = DOWN; dir <= UP; dir++)
			t.dir[dir].why[i] = T_MAX - i;
	for (enum direction dir = DOWN; dir <= UP; dir++) {
		for (int i = 0; i < ZONES; i++)
			t.dir[dir].state_us[i] = T_MAX - i;
		for (int i = 0; i <= TALLY_BOUNDS; i++)
			t.dir[dir].delays[i] = T_MAX - i;
		t.dir[dir].delay_us = t.dir[dir].t_us = T_MAX;
		t.dir[dir].zone = ZONE_SOFT_RED;
	}
	t.since_us = NOW;
	t.probes = (struct tally_probes){ T_MAX, 2, 3 };
	text_init(&out, text, sizeof text);
	tally_describe(&t, &out);
	ok(!out.full, "R92: the most that there can be has room");
	is_str(statefile_each(text, take, &read), NULL, "R92: it is read");
	ok(memcmp(&read, &t, sizeof t) == 0, "R92: as it was");
	is_str(statefile_each("decided dir=up why=of_later count=7\n", take,
		   &read),
	    NULL, "R92: a reason of a later version is no fault");
	ok(statefile_each("since t=1\n", take, &read) != NULL &&
		statefile_each("spent dir=up\n", take, &read) != NULL,
	    "R92: what is not whole is");
	is_str(statefile_each("other x=1\n", take, &read), "of another kind",
	    "R92: others are not ours");
}

int
main(void)
{
	test_probes();
	test_delays();
	test_time();
	test_text();
	return tap_done();
}

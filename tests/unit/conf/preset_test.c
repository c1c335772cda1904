/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of lines, and values that any configuration takes. */
#include "conf/preset.h"

#include "../random.h"
#include "../tap.h"
#include "conf/settings.h"

#define RATE_LEAST 64000 /* of wanctl.conf(5) */

static void
walking_is(int64_t idle, int64_t jitter, int64_t down, int64_t up,
    int64_t spread, const char *want)
{
	struct measured m = { idle, jitter, { down, up }, { spread, -1 } };
	char why[PRESET_WHY_MAX];
	const struct preset *p = preset_choose(&m, why);

	is_str(p->name, want, "R73: %s: %s", want, why);
}

static void
chosen_is(int64_t idle, int64_t jitter, int64_t down, int64_t up,
    const char *want)
{
	walking_is(idle, jitter, down, up, -1, want);
}

/* As people have them: GPON and Ethernet, DOCSIS 3.0 and 3.1, ADSL2+, VDSL2
 * with vectoring and without, LTE in a town and on land, 5G, a dish. */
static void
test_kinds(void)
{
	chosen_is(4000, 100, 940000000, 940000000, "fiber");
	chosen_is(5000, 300, 940000000, 190000000, "fiber");
	chosen_is(9000, 5000, 300000000, 300000000, "fiber");
	chosen_is(14000, 2200, 940000000, 48000000, "cable");
	chosen_is(20000, 590, 80000000, 10000000, "cable");
	chosen_is(18000, 1800, 48000000, 5000000, "cable");
	chosen_is(28000, 300, 14000000, 1000000, "dsl");
	chosen_is(8000, 200, 46000000, 9000000, "dsl");
	chosen_is(17000, 300, 250000000, 40000000, "dsl");
	chosen_is(48000, 2800, 12000000, 5000000, "lte");
	chosen_is(45000, 2340, 20000000, 8000000, "lte");
	chosen_is(32000, 2400, 250000000, 25000000, "cable");
	chosen_is(38000, 7000, 70000000, 25000000, "lte");
	chosen_is(22000, 5000, 350000000, 70000000, "lte");
	chosen_is(16000, 5000, 350000000, 45000000, "lte");
	chosen_is(35000, 4500, 120000000, 12000000, "starlink");
	/* That the rate walks tells more than jitter. */
	walking_is(45000, 1900, 20000000, 8000000, 45, "lte");
	walking_is(45000, 1900, 90000000, 8000000, 45, "starlink");
	walking_is(20000, 1200, 80000000, 30000000, 25, "lte");
	walking_is(11000, 1200, 200000000, 20000000, 30, "cable");
	walking_is(30000, 400, 20000000, 2000000, 4, "dsl");
	walking_is(30000, 400, 20000000, 2000000, 14, "dsl");
	walking_is(30000, 400, 20000000, 2000000, 15, "lte");
}

/* What wanctl-calibrate(8) says of them. */
static void
test_values(void)
{
	static const struct {
		const char *name;
		int64_t floor_percent, yellow_ms;
	} said[] = { { "fiber", 50, 5 }, { "dsl", 50, 10 }, { "cable", 20, 15 },
		{ "starlink", 10, 25 }, { "lte", 5, 30 } };
	struct measured m = { 20000, 1000, { 100000000, 10000000 },
		{ -1, -1 } };
	struct chosen c[CHOSEN_KEYS];

	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		const int64_t yellow = said[i].yellow_ms * 1000;

		preset_values(preset_find(said[i].name), &m, 100000000, 1000,
		    c);
		is_int(c[CHOSEN_FLOOR].value, said[i].floor_percent * 1000000,
		    "R73: %s: floor", said[i].name);
		is_int(c[CHOSEN_YELLOW].value, yellow, "R73: ... yellow");
		is_int(c[CHOSEN_SOFT_RED].value, 3 * yellow, "... soft_red");
		is_int(c[CHOSEN_RED].value, 3 * yellow + 22000,
		    "R73: ... red: 20 ms and twice the jitter more");
		is_int(c[CHOSEN_BASE].value, 90000000, "... base");
	}
}

static void
test_any(void)
{
	int bad = 0;

	for (int i = 0; i < 20000; i++) {
		struct measured m = { random_int(-1, 200000),
			random_int(-1, 60000), { -1, -1 },
			{ random_int(-1, 90), -1 } };
		struct chosen c[CHOSEN_KEYS];
		int64_t best = random_int(1, 1000) * random_int(1, 20000000);
		char why[PRESET_WHY_MAX];

		preset_values(i % 2 ? preset_choose(&m, why) :
				      &presets[i % PRESETS],
		    &m, best, random_int(1000, 50000), c);
		if (c[CHOSEN_FLOOR].value < 64000 ||
		    c[CHOSEN_FLOOR].value > c[CHOSEN_BASE].value ||
		    c[CHOSEN_BASE].value > c[CHOSEN_CEILING].value ||
		    c[CHOSEN_YELLOW].value >= c[CHOSEN_SOFT_RED].value ||
		    c[CHOSEN_SOFT_RED].value >= c[CHOSEN_RED].value ||
		    c[CHOSEN_YELLOW].value < 4 * m.jitter_us)
			bad++;
		for (int k = 0; k < CHOSEN_KEYS; k++)
			bad += strlen(c[k].why) < 5 || chosen_keys[k] == NULL;
	}
	is_int(bad, 0, "R73: 20000 lines: values in order, with a reason each");
}

static void
test_extras(void)
{
	static struct settings s;

	settings_init(&s);
	for (int i = 0; i < PRESET_EXTRAS; i++) {
		const struct preset_extra *e = &preset_extras[i];
		const char *why = settings_set(&s, e->section, e->key, e->value,
		    1);

		s.line[settings_row(e->section, e->key)] = 0;
		ok(why == NULL && preset_find(e->preset) != NULL,
		    "R73: %s: [%s] %s = %s: %s", e->preset, e->section, e->key,
		    e->value, why != NULL ? why : e->why);
	}
}

int
main(void)
{
	struct measured m = { 20000, 200, { 20000000, 1000000 }, { -1, -1 } };
	static const int64_t known[] = { 29000000, 20000000, 10000 };
	static const int64_t slow[] = { 5000000, 500000, 400000 };
	struct chosen c[CHOSEN_KEYS];

	random_start();
	chosen_is(4000, 200, 100000000, 100000000, "fiber");
	chosen_is(20000, 2500, 500000000, 20000000, "cable");
	chosen_is(30000, 400, 20000000, 2000000, "dsl");
	chosen_is(45000, 8000, 25000000, 8000000, "lte");
	chosen_is(40000, 9000, 180000000, 15000000, "starlink");
	chosen_is(5000, 100, -1, -1, "fiber");
	chosen_is(25000, 400, -1, -1, "dsl");
	chosen_is(25000, 2000, -1, -1, "cable");
	ok(preset_find("adsl") == NULL, "an unknown name is none");
	preset_values(preset_find("lte"), &m, 1000000, 10000, c);
	is_int(c[CHOSEN_FLOOR].value, 403733,
	    "a slow line's floor still carries a packet in time");
	preset_values(preset_find("fiber"), &m, 100000000, 10000, c);
	is_int(c[CHOSEN_FLOOR].value, 50000000, "a fast line's is a share");
	is_int(c[CHOSEN_YELLOW].value, 10000, "yellow is the target at least");
	preset_values(preset_find("dsl"), &m, 500000, 10000, c);
	is_int(c[CHOSEN_YELLOW].value, 49000,
	    "R73: one packet on a slow line is no queue yet: %s",
	    c[CHOSEN_YELLOW].why);
	preset_known(preset_find("lte"), &m, known, 10000, c);
	ok(c[CHOSEN_CEILING].value == 29000000 &&
		c[CHOSEN_BASE].value == 20000000 &&
		c[CHOSEN_FLOOR].value == RATE_LEAST,
	    "R73: rates that are known are taken, but for the least");
	is_int(c[CHOSEN_YELLOW].value, 30000, "R73: ... with its thresholds");
	preset_known(preset_find("dsl"), &m, slow, 10000, c);
	is_int(c[CHOSEN_YELLOW].value, 49000,
	    "R73: ... as one packet takes at half of the base");
	m.jitter_us = 4000;
	preset_values(preset_find("dsl"), &m, 50000000, 10000, c);
	is_int(c[CHOSEN_YELLOW].value, 16000, "R73: nor is jitter: %s",
	    c[CHOSEN_YELLOW].why);
	test_kinds();
	test_values();
	test_extras();
	test_any();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of lines, and values that any configuration takes. */
#include "preset.h"

#include "random.h"
#include "settings.h"
#include "tap.h"

static void
chosen_is(int64_t idle, int64_t jitter, int64_t down, int64_t up,
    const char *want)
{
	struct measured m = { idle, jitter, { down, up } };
	char why[PRESET_WHY_MAX];
	const struct preset *p = preset_choose(&m, why);

	is_str(p->name, want, "R73: %s: %s", want, why);
}

static void
test_any(void)
{
	int bad = 0;

	for (int i = 0; i < 20000; i++) {
		struct measured m = { random_int(-1, 200000),
			random_int(-1, 60000), { -1, -1 } };
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
	struct measured m = { 20000, 200, { 20000000, 1000000 } };
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
	m.jitter_us = 4000;
	preset_values(preset_find("dsl"), &m, 50000000, 10000, c);
	is_int(c[CHOSEN_YELLOW].value, 16000, "R73: nor is jitter: %s",
	    c[CHOSEN_YELLOW].why);
	test_extras();
	test_any();
	return tap_done();
}

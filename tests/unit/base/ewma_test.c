/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ewma.h"

#include "../random.h"
#include "../tap.h"

#define ROUNDS 200000
#define WEIGHT_MAX (2 * EWMA_BOUND)

static const struct {
	const char *name;
	int64_t first, x, num, den, want;
} steps[] = {
	{ "a half", 0, 100, 1, 2, 50 },
	{ "a half downwards", 100, 0, 1, 2, 50 },
	{ "a quarter", 1000, 2000, 1, 4, 1250 },
	{ "the whole", 1000, 2000, 1, 1, 2000 },
	{ "the whole, written otherwise", 1000, 2000, 7, 7, 2000 },
	{ "the same again", 1234, 1234, 1, 3, 1234 },
	{ "rounds to the nearest", 0, 3, 1, 2, 2 },
	{ "rounds to the nearest below zero", 0, -3, 1, 2, -2 },
	{ "below zero", -1000, -2000, 1, 4, -1250 },
	{ "across zero", -100, 100, 1, 2, 0 },
	{ "least weight", 0, 1000, 1, WEIGHT_MAX, 0 },
	{ "greatest weight", 0, 1000, WEIGHT_MAX, WEIGHT_MAX, 1000 },
	{ "greatest difference", -EWMA_BOUND, EWMA_BOUND, 1, 2, 0 },
	{ "greatest difference and least weight", -EWMA_BOUND, EWMA_BOUND, 1,
	    2 * EWMA_BOUND, -EWMA_BOUND + 1 },
	{ "greatest difference and denominator", -EWMA_BOUND, EWMA_BOUND,
	    WEIGHT_MAX - 1, WEIGHT_MAX, EWMA_BOUND - 1 },
	{ "clamped above", 0, INT64_MAX, 1, 1, EWMA_BOUND },
	{ "clamped below", 0, INT64_MIN, 1, 1, -EWMA_BOUND },
};

static const struct {
	const char *name;
	int64_t dt, tau, want; /* from 0 with 1000000 */
} times[] = {
	{ "dt = tau is a half", 1000, 1000, 500000 },
	{ "dt = tau / 9 is a tenth", 1000, 9000, 100000 },
	{ "tau = 0 takes the sample", 1000, 0, 1000000 },
	{ "tau = 0 and dt = 0 too", 0, 0, 1000000 },
	{ "dt = 0 changes nothing", 0, 1000, 0 },
	{ "dt < 0 changes nothing", -5, 1000, 0 },
	{ "least dt there is", INT64_MIN, 1000, 0 },
	{ "greatest dt is nearly the whole", INT64_MAX, 1, 1000000 },
	{ "huge dt and tau", INT64_MAX, INT64_MAX, 500000 },
	{ "an hour against a day", 3600000000, 86400000000, 40000 },
	{ "a microsecond against 12 days is next to nothing", 1, EWMA_BOUND,
	    0 },
};

static void
test_tables(void)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct ewma e = { 0 };

		ewma_add(&e, steps[i].first, 1, 2);
		is_int(ewma_add(&e, steps[i].x, steps[i].num, steps[i].den),
		    steps[i].want, "ewma_add: %s", steps[i].name);
	}
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct ewma e = { 0 };

		ewma_add_after(&e, 0, 1, 1);
		is_int(ewma_add_after(&e, 1000000, times[i].dt, times[i].tau),
		    times[i].want, "ewma_add_after: %s", times[i].name);
	}
}

static void
test_no_value(void)
{
	struct ewma e = { 0 };

	is_int(ewma_value(&e, -7), -7, "R25: no value yet is not 0");
	is_int(ewma_value(&e, INT64_MIN), INT64_MIN, "whatever none is");
	is_int(ewma_add(&e, 0, 1, 10), 0, "a true 0 is a value");
	is_int(ewma_value(&e, -7), 0, "and is kept as one");

	e = (struct ewma){ 0 };
	is_int(ewma_add_after(&e, 500, 0, 1000), 500,
	    "the first input becomes the value even with dt = 0");
	e = (struct ewma){ 0 };
	is_int(ewma_add_after(&e, 500, 1, EWMA_BOUND), 500,
	    "and with next to no weight");
}

/* 2^16 steps a unit are fine enough that a constant input is reached. */
static void
test_converges(void)
{
	struct ewma e = { 0 };

	ewma_add(&e, 0, 1, 1);
	for (int i = 0; i < 20000; i++)
		ewma_add(&e, 1000000, 1, 1000);
	is_int(ewma_value(&e, -1), 1000000, "a constant input is reached");
	for (int i = 0; i < 20000; i++)
		ewma_add(&e, -1000000, 1, 1000);
	is_int(ewma_value(&e, 0), -1000000, "and from above");
}

/* Two steps of dt weigh at least as much as none and at most as much as one
 * that takes the sample: what the name "time constant" promises. */
static void
test_time_constant(void)
{
	int64_t before = -1;
	bool grows = true;

	for (int64_t dt = 1; dt <= EWMA_BOUND; dt *= 2) {
		struct ewma e = { 0 };
		int64_t v;

		ewma_add_after(&e, 0, 1, 1);
		v = ewma_add_after(&e, EWMA_BOUND, dt, 1000000);
		grows = grows && v >= before && v > 0;
		before = v;
	}
	before = -EWMA_BOUND;
	for (int64_t tau = EWMA_BOUND; tau > 0; tau /= 2) {
		struct ewma e = { 0 };
		int64_t v;

		ewma_add_after(&e, -EWMA_BOUND, 1, 1);
		v = ewma_add_after(&e, EWMA_BOUND, 1, tau);
		grows = grows && v > before;
		before = v;
	}
	ok(grows, "a longer dt never weighs less, and any dt > 0 something");
}

struct bounds {
	int64_t least, most;
};

static int64_t
clamped(int64_t v)
{
	return v > EWMA_BOUND ? EWMA_BOUND : v < -EWMA_BOUND ? -EWMA_BOUND : v;
}

/* One input to e; whether the value is where it must be. */
static bool
random_step(struct ewma *e, struct bounds *b)
{
	int64_t x = random_wide(), before = ewma_value(e, clamped(x)), v;
	int64_t low, high;

	b->least = clamped(x) < b->least ? clamped(x) : b->least;
	b->most = clamped(x) > b->most ? clamped(x) : b->most;
	if (random_int(0, 1)) {
		int64_t den = random_int(1, WEIGHT_MAX);

		v = ewma_add(e, x, random_int(1, den), den);
	} else {
		int64_t dt = random_wide(), tau = random_wide();

		v = ewma_add_after(e, x, dt < 0 ? 0 : dt, tau < 0 ? 0 : tau);
	}
	low = before < clamped(x) ? before : clamped(x);
	high = before < clamped(x) ? clamped(x) : before;
	return v >= b->least && v <= b->most && v >= low && v <= high &&
	    v == ewma_value(e, INT64_MIN) && e->set;
}

static void
test_random(void)
{
	int bad = 0;

	random_start();
	for (int i = 0; i < ROUNDS; i++) {
		struct ewma e = { 0 };
		struct bounds b = { INT64_MAX, INT64_MIN };

		for (int64_t n = random_int(1, 20); n > 0; n--)
			bad += !random_step(&e, &b);
	}
	is_int(bad, 0,
	    "R25: %d random runs: the value is between the least and the "
	    "greatest input and never moves away from the newest",
	    ROUNDS);
}

int
main(void)
{
	test_tables();
	test_no_value();
	test_converges();
	test_time_constant();
	test_random();
	return tap_done();
}

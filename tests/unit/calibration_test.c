/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search against model lines with noise, thousands of them, and the rules
 * about figures. */
#include "calibration.h"

#include <math.h>

#include "random.h"
#include "tap.h"

#define RUNS 4000

static double
uniform(void)
{
	return (double)(random_bits() >> 11) / 9007199254740992.0;
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform() + 1e-300)) *
	    cos(6.283185307 * uniform());
}

/* A line: below its capacity the shaper's own short queue, near it a delay
 * that grows, above it a full buffer. */
struct line {
	const char *name;
	double capacity, buffer_ms, own_ms, noise, jitter_ms;
	double knee;  /* share of the capacity from which delay grows */
	double wrong; /* share of probes with somebody else's traffic */
	double drift; /* of the capacity, from probe to probe */
};

static const struct line lines[] = {
	{ "fiber 100", 100e6, 80, 1.0, 0.2, 0.3, 0.99, 0.02, 0.003 },
	{ "cable 80", 80e6, 250, 2.0, 0.5, 2.0, 0.97, 0.05, 0.01 },
	{ "cable 10 up", 10e6, 600, 3.0, 0.5, 2.0, 0.97, 0.05, 0.01 },
	{ "dsl 20", 20e6, 300, 2.0, 0.3, 1.0, 0.98, 0.03, 0.002 },
	{ "dsl 2 up", 2e6, 500, 5.5, 0.15, 1.0, 0.98, 0.03, 0.002 },
	{ "lte 20", 20e6, 400, 3.0, 0.6, 3.0, 0.95, 0.08, 0.02 },
};

static double
true_bloat(const struct line *l, double bps)
{
	double x = bps / l->capacity;

	if (x >= 1)
		return l->own_ms + l->buffer_ms;
	if (x <= l->knee)
		return l->own_ms;
	return l->own_ms + l->buffer_ms * pow((x - l->knee) / (1 - l->knee), 2);
}

/* The highest rate with a bloat up to the target. */
static double
best_rate(const struct line *l, double target_ms)
{
	double lo = 0, hi = 2 * l->capacity;

	for (int i = 0; i < 60; i++) {
		double mid = (lo + hi) / 2;

		if (true_bloat(l, mid) <= target_ms)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static void
probe_line(const struct line *l, int64_t bps, struct search_probe *p)
{
	double c = l->capacity * (1 + l->drift * normal());
	double ms = true_bloat(l, (double)bps * l->capacity / c) *
	    exp(l->noise * normal());

	ms += l->jitter_ms * normal();
	if (uniform() < l->wrong)
		ms = uniform() < 0.5 ? ms + 15 + 60 * uniform() : ms / 3;
	p->bps = bps;
	p->bloat_us = (int64_t)(ms * 1000);
	p->throughput_bps = (int64_t)(0.95 *
	    ((double)bps < c ? (double)bps : c));
	p->took_us = 5500000;
	p->bytes = p->throughput_bps / 8 * 5;
}

static const struct search_limits usual = {
	.target_us = 10000,
	.precision_ppm = 25000,
	.confidence_ppm = 970000,
	.probes = 40,
	.time_us = 110000000,
};

static void
test_line(const struct line *l)
{
	double best = best_rate(l, 10);
	int good = 0, sure = 0, kept = 0;
	long probes = 0;

	for (int run = 0; run < RUNS; run++) {
		struct search_limits limits = usual;
		struct search_result found;
		struct search_probe p;
		struct search s;
		double raw = l->capacity * (0.90 + 0.07 * uniform());

		limits.lo_bps = (int64_t)(raw * 0.3);
		limits.hi_bps = (int64_t)(raw * 1.2);
		search_start(&s, &limits);
		while (search_end(&s) == SEARCH_GOES_ON) {
			probe_line(l, search_next(&s), &p);
			search_add(&s, &p);
		}
		search_best(&s, &found);
		probes += (long)s.probes;
		if (fabs((double)found.bps - best) <= 0.05 * best)
			good++;
		if (found.confidence_percent >= 95) {
			sure++;
			if (fabs((double)found.bps - best) <= 0.05 * best)
				kept++;
		}
	}
	printf("# %s: %.1f %% within 5 %% of the best rate, %.1f probes; "
	       "sure %.1f %%, and then right %.1f %%\n",
	    l->name, 100.0 * good / RUNS, (double)probes / RUNS,
	    100.0 * sure / RUNS, 100.0 * kept / (sure > 0 ? sure : 1));
	ok(good >= RUNS * 95 / 100,
	    "R70: %s: within 5 %% of the best rate in 95 %% of runs", l->name);
	ok(kept * 100 >= sure * 95, "R70: %s: as sure as it says", l->name);
}

static void
search_at(struct search *s, int64_t time_us, int64_t bytes)
{
	struct search_limits limits = usual;

	limits.lo_bps = 1000000;
	limits.hi_bps = 100000000;
	limits.time_us = time_us;
	limits.bytes = bytes;
	limits.probes = 1000;
	search_start(s, &limits);
}

static void
test_ends(void)
{
	struct search s;
	struct search_probe p = { .took_us = 5000000, .bytes = 30000000 };
	int n;

	search_at(&s, 0, 0);
	is_int(s.limits.probes, SEARCH_PROBES, "probes have a bound");
	for (n = 0; search_end(&s) == SEARCH_GOES_ON; n++) {
		p.bps = search_next(&s);
		p.throughput_bps = -1;
		p.bloat_us = 10000; /* at the target: says next to nothing */
		search_add(&s, &p);
	}
	ok(n <= SEARCH_PROBES && n > 3, "a search ends, in %d", n);

	search_at(&s, 16000000, 0);
	for (n = 0; search_end(&s) == SEARCH_GOES_ON; n++)
		search_add(&s, &p);
	is_int(search_end(&s), SEARCH_LATE, "R70: the time ends it");
	ok(s.time_us <= 16000000, "... before it is used up");

	search_at(&s, 0, 100000000);
	while (search_end(&s) == SEARCH_GOES_ON)
		search_add(&s, &p);
	is_int(search_end(&s), SEARCH_SPENT, "R70: the data ends it");
	ok(s.bytes <= 100000000, "... before it is used up");

	search_at(&s, 0, 0);
	s.limits.probes = 2;
	search_add(&s, &p);
	search_add(&s, &p);
	is_int(search_end(&s), SEARCH_PROBED, "the count ends it");

	search_at(&s, 0, 0);
	p.bps = 50000000;
	p.bloat_us = 1000;
	p.throughput_bps = 20000000;
	for (n = 0; search_end(&s) == SEARCH_GOES_ON; n++)
		search_add(&s, &p);
	is_int(search_end(&s), SEARCH_WEAK, "a load that is too weak ends it");
	is_int(n, 3, "... the third time");
	is_int(search_next(&s), 50305882,
	    "... and nothing was learned from it");
	for (enum search_end e = SEARCH_GOES_ON; e <= SEARCH_WEAK; e++)
		ok(strlen(search_end_text(e)) > 3, "end %d has a text", e);
}

static void
test_figures(void)
{
	int64_t v[3000], few[] = { 9, 1, 5, 3, 7 };
	bool sorted = true;

	for (size_t i = 0; i < 3000; i++)
		v[i] = random_int(-1000000, 1000000);
	sort_values(v, 3000);
	for (size_t i = 1; i < 3000; i++)
		sorted = sorted && v[i - 1] <= v[i];
	ok(sorted, "3000 values are sorted");
	is_int(jitter_of(few, 5), 4, "jitter is the middle of the steps");
	is_int(jitter_of(few, 1), 0, "one value has none");
	is_int(jitter_of(v, 3000) >= 0, 1, "many values are cut off");
	sort_values(few, 5);
	is_int(quantile_of(few, 5, 50), 5, "median");
	is_int(quantile_of(few, 5, 0), 1, "least");
	is_int(quantile_of(few, 5, 100), 9, "most");
	is_str(grade_of(-3000), "A+", "R71: grade of less than nothing");
	is_str(grade_of(4999), "A+", "R71: grade below 5 ms");
	is_str(grade_of(5000), "A", "R71: grade from 5 ms");
	is_str(grade_of(30000), "B", "R71: grade from 30 ms");
	is_str(grade_of(60000), "C", "R71: grade from 60 ms");
	is_str(grade_of(200000), "D", "R71: grade from 200 ms");
	is_str(grade_of(400000), "F", "R71: grade from 400 ms");
	for (size_t i = 0; i < 100; i++)
		v[i] = i < 95 ? 20000 : 900000;
	is_int(rpm_of(v, 100), 3000, "R71: RPM of the best 95 of 100");
	is_int(rpm_of(v, 0), 0, "R71: RPM of nothing");
}

int
main(void)
{
	random_start();
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		test_line(&lines[i]);
	test_ends();
	test_figures();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be written after a search: never a rate whose check failed. */
#include "calibrate/verify.h"

#include "../random.h"
#include "../tap.h"

static const struct search_limits limits = {
	.target_us = 10000,
	.lo_bps = 1000000,
	.hi_bps = 100000000,
	.precision_ppm = 25000,
	.confidence_ppm = 970000,
	.probes = 40,
};

static struct search_probe
probe_at(int64_t bps, int64_t bloat_us)
{
	return (struct search_probe){ .bps = bps,
		.bloat_us = bloat_us,
		.throughput_bps = bps,
		.took_us = 7000000,
		.bytes = bps / 8 * 6,
		.mean_us = bloat_us };
}

/* A line that keeps the target up to its edge, and fills a buffer above. */
static void
search_line(struct search *s, int64_t edge_bps)
{
	search_start(s, &limits);
	while (search_end(s) == SEARCH_GOES_ON) {
		int64_t bps = search_next(s);
		struct search_probe probe = probe_at(bps,
		    bps <= edge_bps ? 2000 : 90000);

		search_add(s, &probe);
	}
}

static void
check(struct verify *p, struct search *s, int64_t bloat_us)
{
	struct search_probe probe = probe_at(p->bps, bloat_us);

	verify_add(p, s, &probe);
}

static void
test_kept(void)
{
	struct search s;
	struct verify p;
	int64_t found;

	search_line(&s, 40000000);
	verify_start(&p, search_middle(&s));
	found = search_middle(&s);
	is_int(p.bps, found, "R70: what was found is checked");
	check(&p, &s, 10000);
	is_int(p.end, VERIFY_KEPT, "... and kept, with just the target");
	is_int(p.bps, found, "... and used as it is");
	verify_stop(&p, &s);
	is_int(p.end, VERIFY_KEPT, "... for good");

	search_line(&s, 40000000);
	verify_start(&p, search_middle(&s));
	check(&p, &s, 10001);
	is_int(p.end, VERIFY_GOES_ON, "R70: a failed check is repeated");
	is_int(p.bps, found - found / 40, "... a step lower");
	check(&p, &s, 3000);
	is_int(p.end, VERIFY_KEPT, "... and kept there");
	is_int(p.bps, found - found / 40, "... which is used");
}

static void
test_stopped(void)
{
	struct search s;
	struct verify p;
	int64_t failed;

	search_line(&s, 40000000);
	verify_start(&p, search_middle(&s));
	failed = p.bps;
	check(&p, &s, 50000);
	ok(search_middle(&s) < failed,
	    "R70: a failed check counts for the search too");
	verify_stop(&p, &s);
	is_int(p.end, VERIFY_FAILED, "R70: no time after a failed check");
	ok(p.bps < failed && search_good(&s, p.bps) != NULL,
	    "... a lower rate, that a probe of the search has proven");
	ok(p.bps > 36000000, "... which is not far: %lld", (long long)p.bps);

	search_line(&s, 40000000);
	verify_start(&p, search_middle(&s));
	verify_stop(&p, &s);
	is_int(p.end, VERIFY_NONE, "R70: no time for any check");
	ok(p.bps <= search_middle(&s) && search_good(&s, p.bps) != NULL,
	    "... a rate that a probe of the search has proven");
	ok(p.bps > 36000000, "... which is not far: %lld", (long long)p.bps);

	search_start(&s, &limits);
	verify_start(&p, search_middle(&s));
	verify_stop(&p, &s);
	is_int(p.bps, 5658823, "R70: nothing probed: what is 95 %% likely");
}

static void
test_all_bad(void)
{
	struct search s;
	struct verify p;
	int64_t least = INT64_MAX;
	int n;

	search_line(&s, 40000000);
	verify_start(&p, search_middle(&s));
	for (n = 0; p.end == VERIFY_GOES_ON; n++) {
		if (p.bps < least)
			least = p.bps;
		check(&p, &s, 60000);
		if (n == 2)
			ok(p.end == VERIFY_GOES_ON &&
				p.bps == search_proven(&s, p.failed_bps),
			    "R70: after some steps, what the search has "
			    "proven is checked");
	}
	is_int(n, VERIFY_CHECKS, "checks end");
	is_int(p.end, VERIFY_FAILED, "... with a failure");
	ok(p.bps < least, "... and a rate below all that failed");
	search_line(&s, 0);
	verify_start(&p, search_middle(&s));
	while (p.end == VERIFY_GOES_ON)
		check(&p, &s, 60000);
	is_int(p.bps, limits.lo_bps, "the least rate is the least");
}

static void
test_weak(void)
{
	struct search s;
	struct verify p;
	struct search_probe weak;
	int64_t found;
	int n;

	search_line(&s, 40000000);
	verify_start(&p, search_middle(&s));
	found = p.bps;
	weak = probe_at(p.bps, 1000);
	weak.throughput_bps = p.bps / 2;
	verify_add(&p, &s, &weak);
	is_int(p.end, VERIFY_GOES_ON, "R70: a load too weak proves nothing");
	is_int(p.bps, found, "... and lowers nothing");
	for (n = 1; p.end == VERIFY_GOES_ON; n++)
		verify_add(&p, &s, &weak);
	is_int(n, VERIFY_CHECKS, "... again and again");
	is_int(p.end, VERIFY_NONE, "... is no check");
}

/* Whatever a line answers: what is called kept was kept last, and nothing is
 * used at or above a rate that failed. */
static void
test_any(void)
{
	int wrong = 0;

	for (int run = 0; run < 20000; run++) {
		struct search s;
		struct verify p;
		int64_t failed = INT64_MAX, last_us = 0, last_bps = 0;
		int n = (int)random_int(0, VERIFY_CHECKS + 1);

		search_line(&s, random_int(1, 99) * 1000000);
		verify_start(&p, search_middle(&s));
		for (int i = 0; i < n && p.end == VERIFY_GOES_ON; i++) {
			last_us = random_int(5000, 20000);
			last_bps = p.bps;
			if (last_us > limits.target_us && p.bps < failed)
				failed = p.bps;
			check(&p, &s, last_us);
		}
		verify_stop(&p, &s);
		if ((p.end == VERIFY_KEPT) !=
		    (last_bps == p.bps && last_us <= limits.target_us &&
			last_us > 0))
			wrong++;
		if (p.bps >= failed && p.bps > limits.lo_bps)
			wrong++;
		if (p.bps < limits.lo_bps || p.bps > limits.hi_bps)
			wrong++;
	}
	is_int(wrong, 0, "R70: 20000 checks: nothing that failed is used");
}

static void
test_truth(void)
{
	struct search s;
	struct search_result at, lower;

	search_line(&s, 40000000);
	search_best(&s, &at);
	search_about(&s, at.bps / 10 * 9, &lower);
	ok(at.confidence_percent >= 90, "sure of what was found");
	ok(lower.confidence_percent < 10,
	    "R70: a rate 10 %% lower is not called the best: %lld %%",
	    (long long)lower.confidence_percent);
	is_int(lower.high_bps, at.high_bps, "... nor is the edge elsewhere");
}

int
main(void)
{
	random_start();
	test_kept();
	test_stopped();
	test_all_bad();
	test_weak();
	test_any();
	test_truth();
	return tap_done();
}

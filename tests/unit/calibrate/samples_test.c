/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What probes of an idle and of a loaded line add up to. */
#include "calibrate/samples.h"

#include "../tap.h"

static struct samples s;

static struct rtt
rtt(const char *host, int64_t us)
{
	struct rtt r = { .us = us, .queued_us = NONE };

	snprintf(r.host, sizeof r.host, "%s", host);
	if (us < 0)
		r.lost = 1;
	return r;
}

static void
idle(const char *host, int64_t us)
{
	struct rtt r = rtt(host, us);

	samples_idle(&s, &r);
}

static void
loaded(const char *host, int64_t us)
{
	struct rtt r = rtt(host, us);

	samples_take(&s, &r, 0);
}

/* a: 20 ms, b: 10 ms, c: never answers. */
static const struct idle_host *
two_hosts(void)
{
	samples_init(&s);
	for (int i = 0; i < 5; i++) {
		idle("a", 20000 + (i % 2) * 1000);
		idle("b", 10000);
		idle("c", -1);
	}
	return samples_idle_end(&s);
}

/* The nearest is not asked alone: few probes of it may be calm by chance. */
static void
test_jitter(void)
{
	static const int step_us[] = { 3000, 100, 2500, 2000 };
	static const char *const name[] = { "a", "b", "c", "d" };
	const struct idle_host *best;

	samples_init(&s);
	for (int i = 0; i < 6; i++)
		for (int n = 0; n < 4; n++)
			idle(name[n],
			    (n == 1 ? 9000 : 20000) + (i % 2) * step_us[n]);
	idle("e", -1);
	best = samples_idle_end(&s);
	ok(best != NULL && best->jitter_us == 100, "a calm one is the nearest");
	is_int(samples_jitter(&s), 2000,
	    "the line's jitter is that of the middle");
}

static void
test_idle(void)
{
	const struct idle_host *best;

	samples_init(&s);
	ok(samples_idle_end(&s) == NULL, "nobody answers");
	is_int(samples_jitter(&s), 0, "no jitter of nobody");
	best = two_hosts();
	is_str(best == NULL ? "" : best->name, "b", "the nearest");
	is_int(s.hosts, 3, "three hosts");
	is_int(s.host[0].idle_us, 20000, "median");
	is_int(s.host[0].least_us, 20000, "least");
	is_int(s.host[0].jitter_us, 1000, "R70: jitter, in the order of time");
	is_int(s.host[2].lost, 5, "lost");
	is_int(samples_jitter(&s), 0, "the lower of two jitters");
	for (int i = 0; i < SETTINGS_HOSTS + 5; i++) {
		char name[16];

		snprintf(name, sizeof name, "h%d", i);
		idle(name, 1000);
	}
	is_int(s.hosts, SETTINGS_HOSTS, "more hosts than room");
	for (int i = 0; i < SAMPLES_IDLE + 5; i++)
		idle("b", 9000);
	is_int(s.host[1].n, SAMPLES_IDLE, "more probes than room");
}

static void
test_load(void)
{
	struct search_probe p = { 0 };

	two_hosts();
	samples_begin(&s);
	loaded("a", 25000);
	loaded("b", 18000);
	loaded("b", 12000);
	loaded("c", 90000);
	samples_add_up(&s, &p);
	is_int(p.bloat_us, 5000, "R70: each above its own idle round trip");
	is_int(p.mean_us, 5000, "... mean");
	is_int(p.p95_us, 8000, "... 95 %%");
	is_int(s.n, 3, "... without who never answered before");
	samples_begin(&s);
	for (int i = 0; i < 3; i++) {
		loaded("b", 10500);
		loaded("b", -1);
	}
	samples_add_up(&s, &p);
	is_int(p.bloat_us, 500, "half of them lost");
	loaded("b", -1);
	samples_add_up(&s, &p);
	is_int(p.bloat_us, 1000000, "R70: most of them lost is a second");
	samples_begin(&s);
	loaded("b", -1);
	p = (struct search_probe){ 0 };
	samples_add_up(&s, &p);
	is_int(p.bloat_us, 1000000, "R70: all of them lost is no less");
	is_int(p.mean_us, 1000000, "... for the grade too");
}

/* Figures that differ from each other: of 20 probes above 10 ms idle, 17 take
 * 1 ms more, one 3, one 50 and one 90. */
static void
test_figures(void)
{
	static const int64_t added[] = { 90000, 3000, 50000 };
	struct search_probe p = { 0 };
	struct rtt r;

	samples_init(&s);
	for (int i = 0; i < 5; i++)
		idle("b", i < 2 ? 7000 : 10000);
	samples_idle_end(&s);
	is_int(s.host[0].idle_us, 10000, "R70: the idle line's middle");
	is_int(s.host[0].least_us, 7000, "R70: ... is not its least");
	samples_begin(&s);
	loaded("b", -1);
	samples_begin(&s);
	is_int(s.lost, 0, "each load begins with none lost");
	for (int i = 0; i < 20; i++)
		loaded("b", 10000 + (i < 3 ? added[i] : 1000));
	is_int(s.newest_us, 1000, "R71: the newest, for who watches");
	samples_add_up(&s, &p);
	is_int(p.bloat_us, 1000, "R70: a few slow ones do not move the middle");
	is_int(p.mean_us, 8000, "R71: ... but the mean");
	is_int(p.p95_us, 50000, "R71: the 95th of a hundred");
	/* 17 of 11 ms, 13 ms and 60 ms; the slowest does not count. */
	is_int(p.rpm, 60000000LL * 19 / 260000, "R71: RPM of round trips");
	samples_begin(&s);
	r = rtt("b", 10000);
	r.queued_us = 20000;
	samples_take(&s, &r, 0);
	samples_add_up(&s, &p);
	is_int(p.bloat_us, 0, "R70: our own queue is not the line's");
	is_int(p.rpm, 2000, "R71: ... but who waits, waits in it too");
	loaded("b", -1);
	loaded("b", -1);
	samples_add_up(&s, &p);
	is_int(p.rpm, 0, "R71: no RPM where hardly any come back");
}

/* When a probe was sent tells when the queue was as long. */
static void
test_times(void)
{
	struct search_probe p = { 0 };
	struct rtt r;

	two_hosts();
	samples_begin(&s);
	r = rtt("b", 110000);
	r.queued_us = 20000;
	samples_take(&s, &r, 5000000);
	loaded("b", -1);
	loaded("c", 50000);
	r = rtt("b", 310000);
	samples_late(&s, &r, 6000000);
	is_int((int64_t)s.probes, 2, "R70: probes that came back, and late");
	is_int(s.probe[0].sent_us, 4890000,
	    "R70: ... one entered the line when it had left our own queue");
	is_int(s.probe[0].back_us, 5000000, "... and came back");
	is_int(s.probe[1].delta_us, 300000, "R70: a late one tells its delay");
	is_int(s.probe[1].sent_us, 5690000, "... and when it had it");
	samples_add_up(&s, &p);
	ok(s.n == 1 && p.p95_us == 100000,
	    "R70: ... but is not one of the load's");
	samples_begin(&s);
	is_int((int64_t)s.probes, 0, "a load begins with none");
	for (int i = 0; i < SAMPLES_MAX + 5; i++)
		loaded("b", 11000);
	is_int((int64_t)s.probes, SAMPLES_MAX, "as many as there is room for");
}

int
main(void)
{
	test_idle();
	test_jitter();
	test_load();
	test_figures();
	test_times();
	return tap_done();
}

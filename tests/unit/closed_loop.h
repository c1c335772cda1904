/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real assessment in a closed loop over a model line: probes and counters
 * go in as records, and its verdicts set the shapers of the model. One loop at
 * a time, in virtual time; as a stream, or in passes.
 *
 *	begin_any(seed), set(...), ready(), demand(...), run(seconds),
 *	measure_from_here(), run(seconds), score_up()
 */
#ifndef CLOSED_LOOP_H
#define CLOSED_LOOP_H

#include <stdio.h>
#include <stdlib.h>

#include "assess/assess.h"
#include "base/number.h"
#include "model.h"

#define SEC 1000000
#define MBIT 1e6

/* The figures of one run over a measured span. */
struct score {
	double utilisation[DIRECTIONS];
	double delay_ms[40000]; /* queueing delay, both directions, by probe */
	size_t probes;
	double steps, rate_sum[DIRECTIONS], rate_squares[DIRECTIONS];
	int64_t bad_bounds; /* verdicts outside floor..ceiling */
	int64_t bad_cuts;   /* cuts that raise the rate */
	int64_t untold;     /* verdicts of a direction that is not managed */
	int64_t cuts;       /* verdicts below the rate before, but for drift */
};

struct loop {
	struct model m;
	struct settings s;
	struct assess a;
	struct score score;
	int64_t probe_us, queue_us;          /* when the next one is due */
	double measured_from[DIRECTIONS][2]; /* served, possible */
	bool measuring;
	bool pass_mode;
	bool deaf; /* verdicts change nothing */
};

static struct loop loop;
static bool trace;                   /* every verdict is printed */
static uint64_t story;               /* a hash of all verdicts */
static const char *law = "adaptive"; /* of the scenarios that follow */

/* As "wanctl pass" does it: so many probes to each reflector while the counters
 * are read twice; then a new process reads the state and all records, those of
 * the counters first, and only its last verdicts are carried out. */
#define PASS_RECORDS 128
static struct {
	char text[ASSESS_TEXT_MAX];
	struct rtt rtt[PASS_RECORDS];
	struct queue queue[4];
	size_t rtts, queues;
	int64_t begun_us; /* 0: none is under way */
	int sent;
} pass;

static inline void
set(const char *section, const char *key, const char *value)
{
	const char *why = settings_set(&loop.s, section, key, value, 1);

	if (why != NULL) {
		fprintf(stderr, "%s.%s: %s\n", section, key, why);
		exit(EXIT_FAILURE);
	}
}

static inline void
set_rate(const char *section, const char *key, double bps)
{
	char text[32];

	snprintf(text, sizeof text, "%.0fkbit", bps / 1000);
	set(section, key, text);
}

static inline void
begin_any(uint64_t seed)
{
	memset(&loop, 0, sizeof loop);
	memset(&pass, 0, sizeof pass);
	model_init(&loop.m, seed, 20 * MBIT, 5 * MBIT, 20000);
	loop.m.jitter_us = 300;
	settings_init(&loop.s);
	set("", "schema", "1");
	set("wan", "name", "model");
	set("download", "device", "d");
	set("upload", "device", "u");
	set("assess", "law", law);
	set("assess", "pace", "200ms");
}

static inline void
ready(void)
{
	struct settings_fault fault;

	if (settings_finish(&loop.s, &fault, 1) != 0) {
		fprintf(stderr, "%s: %s\n", setting_table[fault.row].key,
		    fault.why);
		exit(EXIT_FAILURE);
	}
	assess_init(&loop.a, &loop.s, law_of(&loop.s));
	for (int i = 0; i < DIRECTIONS; i++)
		loop.m.dir[i].shaper_bps = loop.s.dir[i].managed != 0 ?
		    (double)loop.a.dir[i].rate_bps :
		    HUGE_VAL;
}

static inline void
demand(double down_bps, double up_bps)
{
	loop.m.dir[DOWN].demand_bps = down_bps;
	loop.m.dir[UP].demand_bps = up_bps;
}

static inline void
capacity(double down_bps, double up_bps)
{
	loop.m.dir[DOWN].capacity_bps = down_bps;
	loop.m.dir[UP].capacity_bps = up_bps;
}

static inline void
apply(const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct rate *r = &v->rate[i];
		const struct direction_settings *d = &loop.s.dir[r->dir];

		if (d->managed == 0) {
			loop.score.untold++;
			loop.score.bad_bounds += r->bps != NONE;
			continue;
		}
		if (r->bps < d->floor_bps[ZONE_RED] || r->bps > d->ceiling_bps)
			loop.score.bad_bounds++;
		if (r->bps > r->was &&
		    (strcmp(r->why, "capacity") == 0 ||
			strcmp(r->why, "deeper") == 0))
			loop.score.bad_cuts++;
		if (r->bps < r->was && strcmp(r->why, "drift") != 0)
			loop.score.cuts++;
		if (!loop.deaf)
			loop.m.dir[r->dir].shaper_bps = (double)r->bps;
		story = (story ^
			    (uint64_t)(r->t_us + r->bps + r->state +
				r->delta_us)) *
		    0x100000001b3u;
		if (trace)
			printf("# t=%.2f %s rate=%.2f state=%s delta=%.1f "
			       "load=%lld why=%s queue=%.1f ms\n",
			    (double)(loop.m.t_us - 1000000000) / SEC,
			    direction_names[r->dir], (double)r->bps / MBIT,
			    zone_names[r->state], (double)r->delta_us / 1000,
			    (long long)r->load, r->why,
			    model_delay_us(&loop.m.dir[r->dir]) / 1000);
	}
}

static inline void
take_rtt(const struct rtt *rtt)
{
	struct verdict v;

	if (!loop.pass_mode) {
		assess_rtt(&loop.a, &loop.s, rtt, &v);
		apply(&v);
	} else if (rtt->late == NONE && pass.rtts < PASS_RECORDS) {
		pass.rtt[pass.rtts++] = *rtt;
	}
}

static inline void
take_queue(const struct queue *q)
{
	struct verdict v;

	if (loop.pass_mode) {
		pass.queue[pass.queues++] = *q;
		return;
	}
	assess_queue(&loop.a, &loop.s, q, &v);
	apply(&v);
}

static inline void
feed_probe(const struct model_probe *p)
{
	struct rtt rtt;
	double delay_us = 0;

	message_clear(&message_rtt, &rtt);
	rtt.t_us = p->due_us;
	rtt.seq = loop.m.seq++;
	snprintf(rtt.host, sizeof rtt.host, "192.0.2.%d", p->host + 1);
	if (p->lost || p->due_us < p->sent_us + (int64_t)p->rtt_us)
		rtt.lost = 1;
	else
		rtt.us = (int64_t)p->rtt_us;
	if (loop.m.one_way && rtt.us != NONE) {
		rtt.up_us = model_stamped_us(&loop.m, p);
		rtt.down_us = rtt.us - rtt.up_us;
	}
	if (p->late)
		rtt.late = 1;
	take_rtt(&rtt);
	for (int i = 0; i < DIRECTIONS; i++)
		delay_us += model_delay_us(&loop.m.dir[i]);
	if (loop.measuring && loop.score.probes < 40000)
		loop.score.delay_ms[loop.score.probes++] = delay_us / 1000;
}

static inline void
feed_counters(void)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		struct queue q;

		message_clear(&message_queue, &q);
		q.t_us = loop.m.t_us;
		q.dir = i;
		q.bytes = (int64_t)(loop.m.dir[i].sent_bits / 8);
		if (loop.s.dir[i].managed == 0) {
			take_queue(&q);
			continue;
		}
		q.bps = (int64_t)loop.m.dir[i].shaper_bps;
		q.backlog = (int64_t)model_backlog(&loop.m.dir[i]);
		/* The download is counted where it leaves the provider. */
		if (i == DOWN)
			q.line_bytes = (int64_t)(loop.m.dir[i].served_bits / 8);
		take_queue(&q);
	}
}

static inline void
decide_pass(void)
{
	struct verdict v, last[DIRECTIONS] = { 0 };

	if (pass.text[0] != '\0' &&
	    assess_restore(&loop.a, &loop.s, law_of(&loop.s), pass.text) !=
		NULL)
		loop.score.bad_bounds++;
	assess_once(&loop.a);
	for (size_t i = 0; i < pass.queues; i++)
		assess_queue(&loop.a, &loop.s, &pass.queue[i], &v);
	for (size_t i = 0; i < pass.rtts; i++) {
		assess_rtt(&loop.a, &loop.s, &pass.rtt[i], &v);
		for (size_t k = 0; k < v.count; k++)
			last[v.rate[k].dir] = (struct verdict){
				.rate = { v.rate[k] },
				.count = 1
			};
	}
	assess_end(&loop.a, &loop.s, &v);
	for (size_t k = 0; k < v.count; k++)
		last[v.rate[k].dir] = (struct verdict){ .rate = { v.rate[k] },
			.count = 1 };
	for (int i = 0; i < DIRECTIONS; i++) {
		last[i].rate[0].was = (int64_t)loop.m.dir[i].shaper_bps;
		apply(&last[i]);
	}
	assess_describe(&loop.a, &loop.s, pass.text);
	pass.rtts = pass.queues = 0;
	pass.begun_us = pass.sent = 0;
}

static inline void
tick_pass(void)
{
	int probes = (int)loop.s.pass.probes * loop.m.hosts;

	if (pass.begun_us == 0 && loop.m.t_us % loop.s.pass.interval_us == 0) {
		pass.begun_us = loop.probe_us = loop.queue_us = loop.m.t_us;
		memset(loop.m.probe, 0, sizeof loop.m.probe);
	}
	if (pass.begun_us == 0)
		return;
	if (pass.sent < probes && loop.m.t_us >= loop.probe_us) {
		model_probe_send(&loop.m, loop.s.ping.timeout_us);
		loop.probe_us += loop.s.ping.interval_us / loop.m.hosts;
		pass.sent++;
	}
	if (pass.queues < 4 && loop.m.t_us >= loop.queue_us) {
		feed_counters();
		loop.queue_us += loop.s.queue.interval_us;
	}
	if (pass.queues == 4 && pass.rtts == (size_t)probes)
		decide_pass();
}

static inline void
note_rates(void)
{
	loop.score.steps++;
	for (int i = 0; i < DIRECTIONS; i++) {
		double bps = loop.m.dir[i].shaper_bps;

		loop.score.rate_sum[i] += bps;
		loop.score.rate_squares[i] += bps * bps;
	}
}

/* How much the rate swings: its standard deviation as a share of its mean. */
static inline double
swing(int dir)
{
	double n = loop.score.steps, mean = loop.score.rate_sum[dir] / n;
	double variance = loop.score.rate_squares[dir] / n - mean * mean;

	return variance > 0 ? sqrt(variance) / mean : 0;
}

static inline void
tick(void)
{
	struct model_probe *p;

	model_step(&loop.m);
	if (loop.measuring)
		note_rates();
	while ((p = model_probe_due(&loop.m)) != NULL) {
		feed_probe(p);
		model_probe_again(p);
	}
	if (loop.pass_mode) {
		tick_pass();
		return;
	}
	if (loop.m.t_us >= loop.probe_us) {
		model_probe_send(&loop.m, loop.s.ping.timeout_us);
		loop.probe_us = loop.m.t_us +
		    loop.s.ping.interval_us / loop.m.hosts;
	}
	if (loop.m.t_us >= loop.queue_us) {
		feed_counters();
		loop.queue_us = loop.m.t_us + loop.s.queue.interval_us;
	}
}

static inline void
run(double seconds)
{
	int64_t until_us = loop.m.t_us + (int64_t)(seconds * SEC);

	while (loop.m.t_us < until_us)
		tick();
}

static inline void
measure_from_here(void)
{
	loop.measuring = true;
	loop.score.probes = 0;
	loop.score.steps = 0;
	memset(loop.score.rate_sum, 0, sizeof loop.score.rate_sum);
	memset(loop.score.rate_squares, 0, sizeof loop.score.rate_squares);
	for (int i = 0; i < DIRECTIONS; i++) {
		loop.measured_from[i][0] = loop.m.dir[i].served_bits;
		loop.measured_from[i][1] = loop.m.dir[i].possible_bits;
	}
}

static inline int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static inline double
percentile(double p)
{
	return loop.score.probes == 0 ?
	    0 :
	    loop.score.delay_ms[(size_t)(p * (double)(loop.score.probes - 1))];
}

/* Sorts the delays for percentile(), and sets utilisation. */
static inline void
score_up(void)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		const struct model_direction *d = &loop.m.dir[i];
		double possible = d->possible_bits - loop.measured_from[i][1];

		loop.score.utilisation[i] = possible == 0 ?
		    1 :
		    (d->served_bits - loop.measured_from[i][0]) / possible;
	}
	qsort(loop.score.delay_ms, loop.score.probes, sizeof(double), by_value);
}

#endif

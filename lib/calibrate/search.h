/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calibration's decisions: the search for the highest rate that keeps the added
 * delay under a target, and the meaning of its figures.
 *
 * The search is for a line that is noisy: one probe at a rate (some seconds of
 * load through a shaper at that rate) may say the wrong thing. So it never
 * believes a single one. It keeps, for each of a row of rates, how likely it
 * is that the edge lies there: a probability that every probe multiplies by
 * how well it fits. The next probe is where half of the probability lies on
 * each side, which asks again and again near the edge, and it ends when enough
 * of it lies within the precision. How restless the line is, so that a probe
 * met another rate than the one before, is not known either: it is found with
 * the edge, by probes that contradict each other. This is probabilistic
 * bisection (Horstein 1963; Waeber, Frazier and Henderson 2013), with an error
 * rate that falls as the measured delay leaves the target.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEARCH_RATES 256
#define SEARCH_UNRESTS 4
#define SEARCH_PROBES 64

struct search_limits {
	int64_t target_us;      /* most added delay, > 0 */
	int64_t lo_bps, hi_bps; /* 0 < lo < hi: where the edge may be */
	int64_t precision_ppm;  /* of the rate, to either side */
	int64_t confidence_ppm; /* probability that it is within that */
	int64_t restless_ppm;   /* probability that the line's rate is another
				 * from probe to probe */
	int64_t probes;         /* at most, 1..SEARCH_PROBES */
	/* Ends when search_spread is as much; 0: goes on. */
	int64_t changes_percent;
	int64_t time_us, bytes; /* of all probes; 0: no limit */
};

struct search_probe {
	int64_t bps;            /* the shaper's rate */
	int64_t bloat_us;       /* added delay; may be negative */
	int64_t throughput_bps; /* of the load, negative if unknown */
	int64_t took_us, bytes;
	int64_t p95_us, mean_us, rpm; /* for the report; not used here */
};

enum search_end {
	SEARCH_GOES_ON,
	SEARCH_PRECISE, /* as sure as was asked for */
	SEARCH_PROBED,  /* as many probes as were allowed */
	SEARCH_LATE,    /* the next one would take more than the time */
	SEARCH_SPENT,   /* ... more than the data */
	SEARCH_CHANGES, /* the line seems to change: has it a best rate? */
	SEARCH_LOST,    /* there is no load any more; who has it says so */
	SEARCH_WEAK,    /* the load does not fill the shaper: nothing learned */
	SEARCH_LOOSE,   /* more comes through than the shaper lets: the same */
};

struct search {
	struct search_limits limits;
	/* Likelihoods: the line is so restless and the edge is there; sum 1. */
	double weight[SEARCH_UNRESTS][SEARCH_RATES];
	struct search_probe probe[SEARCH_PROBES];
	size_t probes;
	int weak, loose; /* in a row */
	int64_t time_us, bytes;
};

struct search_result {
	int64_t bps;               /* the highest rate to use */
	int64_t low_bps, high_bps; /* where 90 % of the probability lies */
	/* Likelihood that the edge is within the precision; 0 if no probe was
	 * good: it may be below all rates. */
	int64_t confidence_percent;
};

void search_start(struct search *s, const struct search_limits *limits);

/* For restless_ppm: what the jitter of the idle line makes likely; negative if
 * it is unknown. */
int64_t search_restless_ppm(int64_t jitter_us);

/* The rate of the next probe: the middle. Once a probe has been good there and
 * more of the probability lies above it than below, the next higher rate: to
 * ask again would not tell those apart. */
int64_t search_next(const struct search *s);

/* The rate that has been found up to now. */
int64_t search_middle(const struct search *s);

void search_add(struct search *s, const struct search_probe *p);

/* Whether to go on. */
enum search_end search_end(const struct search *s);

/* Whether the time and the data of the limits allow one more load as long as
 * those before: SEARCH_GOES_ON, SEARCH_LATE or SEARCH_SPENT. The first one is
 * allowed in any case. */
enum search_end search_room(const struct search_limits *l, int64_t loads,
    int64_t time_us, int64_t bytes);

/* A few words about an end, for people. */
const char *search_end_text(enum search_end end);

void search_best(const struct search *s, struct search_result *out);

/* The same of another rate: what is said of it is no better than it is. */
void search_about(const struct search *s, int64_t bps,
    struct search_result *out);

/* True when the added delay was good because too little was sent: it says
 * nothing about the rate. */
bool search_is_weak(const struct search *s, const struct search_probe *p);

/* True when so much came through that the load cannot have gone through the
 * shaper, whatever the delay was. */
bool search_is_loose(const struct search_probe *p);

/* The last probe at this rate that kept the target and was not weak; NULL if
 * there is none. */
const struct search_probe *search_good(const struct search *s, int64_t bps);

/* The highest rate below `below_bps` that a probe has shown to be good, and
 * that all probes together make likely (80 %); without one, the rate that
 * keeps the target with 95 %. At least limits.lo_bps. */
int64_t search_proven(const struct search *s, int64_t below_bps);

/* How far the line's own rate went down meanwhile, in percent of the highest
 * seen: to what went through when there was delay, with a shaper or without
 * one (`raw`, or NULL). The lowest does not count, which may be someone else's
 * download. Negative: too few such loads to say. */
int64_t search_spread(const struct search *s, const struct search_probe *raw);

/* --- figures ---------------------------------------------------------------
 *
 * Sorts in place; then quantile_of gives the value below which `percent` of
 * them lie (nearest rank). n > 0. */
void sort_values(int64_t v[], size_t n);
int64_t quantile_of(const int64_t v[], size_t n, int percent);

/* The middle of the distances between neighbours in time, in the order given:
 * does not see a slow change, nor a single outlier. 0 for fewer than two; n at
 * most JITTER_MAX, more are left out. */
#define JITTER_MAX 512
int64_t jitter_of(const int64_t v[], size_t n);

/* "A+", "A".."D", "F" of the mean delay that load adds: 5, 30, 60, 200 and 400
 * ms, as the common web tests grade (DSLReports; LibreQoS has the same). */
const char *grade_of(int64_t bloat_us);

/* Round trips a minute under load: 60 s over the mean of the best 95 % of the
 * sorted round trips, 0 for none. The unit of the IETF's draft on
 * responsiveness (draft-ietf-ippm-responsiveness), but not its method: that
 * takes the mean of TCP, TLS and HTTP transactions, and these are probes, so
 * the figure is higher than what a browser would be told. */
int64_t rpm_of(const int64_t sorted_us[], size_t n);

#endif

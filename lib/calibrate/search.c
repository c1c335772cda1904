/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/search.h"

#include <string.h>

#include "base/number.h"

/* A load below this share of the shaper's rate does not test it. */
#define WEAK_PERCENT 60
#define WEAK_MOST 3

/* A load above this share of it does not go through it: counters see what the
 * shaper drops, too, but that is not half of it. */
#define LOOSE_PERCENT 150

/* How often a probe is wrong: never less than the first, however clear it
 * was, since somebody else may have used the line; a half at the target. */
#define ERROR_LEAST 0.03
#define ERROR_SPAN 0.45

/* How much likelier the edge is near a rate with a delay like the target:
 * within the precision, or as far as the line is restless. */
#define AT_EDGE 2

/* By how much a restless line's rate differs from probe to probe, as a share of
 * it (a standard deviation), and how likely that is among such lines. */
static const struct {
	double sigma, likely;
} unrest[SEARCH_UNRESTS] = {
	{ 0, 0 }, /* it stands still */
	{ 0.03, 0.40 },
	{ 0.06, 0.35 },
	{ 0.12, 0.25 },
};
/* Radio is, and its jitter tells; any line may be. */
#define RESTLESS_JITTER_US 1500
#define RESTLESS_PPM 150000
#define STEADY_PPM 30000

/* Likelihood that a rate keeps the target: with a probe as proof, without. */
#define LIKELY 0.80
#define SAFE 0.95

int64_t
search_restless_ppm(int64_t jitter_us)
{
	return jitter_us >= RESTLESS_JITTER_US ? RESTLESS_PPM : STEADY_PPM;
}

void
search_start(struct search *s, const struct search_limits *limits)
{
	double restless = (double)limits->restless_ppm / NUMBER_PPM;

	memset(s, 0, sizeof *s);
	s->limits = *limits;
	if (s->limits.probes > SEARCH_PROBES)
		s->limits.probes = SEARCH_PROBES;
	for (size_t k = 0; k < SEARCH_UNRESTS; k++) {
		double likely = k == 0 ? 1 - restless :
					 restless * unrest[k].likely;

		for (size_t i = 0; i < SEARCH_RATES; i++)
			s->weight[k][i] = likely / SEARCH_RATES;
	}
}

/* The probability that the edge is at the i-th rate, however restless the line
 * is. */
static double
weight_at(const struct search *s, size_t i)
{
	double sum = 0;

	for (size_t k = 0; k < SEARCH_UNRESTS; k++)
		sum += s->weight[k][i];
	return sum;
}

static int64_t
rate_at(const struct search *s, size_t i)
{
	return s->limits.lo_bps +
	    number_muldiv(s->limits.hi_bps - s->limits.lo_bps, (int64_t)i,
		SEARCH_RATES - 1);
}

/* The rate with that share of the probability below it. */
static size_t
quantile(const struct search *s, double share)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < SEARCH_RATES - 1; i++) {
		sum += weight_at(s, i);
		if (sum >= share)
			break;
	}
	return i;
}

static double
within_precision(const struct search *s, int64_t bps)
{
	int64_t most = number_part(bps, s->limits.precision_ppm);
	double sum = 0;

	for (size_t i = 0; i < SEARCH_RATES; i++) {
		int64_t off = rate_at(s, i) - bps;

		if (off <= most && off >= -most)
			sum += weight_at(s, i);
	}
	return sum;
}

int64_t
search_middle(const struct search *s)
{
	return rate_at(s, quantile(s, 0.5));
}

static bool
is_good(const struct search *s, const struct search_probe *p)
{
	return p->bloat_us <= s->limits.target_us;
}

bool
search_is_weak(const struct search *s, const struct search_probe *p)
{
	return is_good(s, p) && p->throughput_bps >= 0 &&
	    p->throughput_bps / WEAK_PERCENT < p->bps / 100;
}

bool
search_is_loose(const struct search_probe *p)
{
	return p->throughput_bps / LOOSE_PERCENT > p->bps / 100;
}

/* A delay as good as the target: the edge cannot be far. */
static bool
is_at_edge(const struct search *s, int64_t bloat_us)
{
	return bloat_us > s->limits.target_us / 4 * 3 &&
	    bloat_us < s->limits.target_us / 3 * 4;
}

/* How often a probe with that delay is on the wrong side of the target. */
static double
error_of(const struct search *s, int64_t bloat_us)
{
	double target = (double)s->limits.target_us;
	double least = target / 10; /* below, it is all noise */
	double bloat = (double)bloat_us > least ? (double)bloat_us : least;
	double far = bloat > target ? bloat / target : target / bloat;

	return ERROR_LEAST + ERROR_SPAN / (far * far * far);
}

/* The probability that a load so far below the edge keeps the target: near
 * enough to that of the normal distribution, which needs no libm. */
static double
keeps_at(int64_t below_bps, double sigma_bps)
{
	double x = (double)below_bps, t;

	if (x >= 2.2 * sigma_bps)
		return 1;
	if (x <= -2.2 * sigma_bps)
		return 0;
	t = x / sigma_bps / 4.4 + 0.5;
	return t * t * (3 - 2 * t);
}

/* Multiplies what is known by how well the probe fits each edge. */
static void
weigh(struct search *s, double weight[SEARCH_RATES], double sigma,
    const struct search_probe *p)
{
	double wide = (double)s->limits.precision_ppm / NUMBER_PPM;
	int64_t near = (int64_t)((double)p->bps *
	    (sigma > wide ? sigma : wide));
	double error = error_of(s, p->bloat_us);

	for (size_t i = 0; i < SEARCH_RATES; i++) {
		int64_t off = rate_at(s, i) - p->bps;
		double kept = keeps_at(off, (double)p->bps * sigma);
		double fits = is_good(s, p) ? kept : 1 - kept;

		weight[i] *= fits * (1 - error) + (1 - fits) * error;
		if (is_at_edge(s, p->bloat_us) && off <= near && off >= -near)
			weight[i] *= AT_EDGE;
	}
}

void
search_add(struct search *s, const struct search_probe *p)
{
	double sum = 0;

	s->time_us += p->took_us;
	s->bytes += p->bytes;
	if (s->probes < SEARCH_PROBES)
		s->probe[s->probes++] = *p;
	if (search_is_weak(s, p)) {
		s->weak++;
		return;
	}
	s->weak = 0;
	if (search_is_loose(p)) {
		s->loose++;
		return;
	}
	s->loose = 0;
	for (size_t k = 0; k < SEARCH_UNRESTS; k++)
		weigh(s, s->weight[k], unrest[k].sigma, p);
	for (size_t i = 0; i < SEARCH_RATES; i++)
		sum += weight_at(s, i);
	for (size_t k = 0; k < SEARCH_UNRESTS; k++)
		for (size_t i = 0; i < SEARCH_RATES; i++)
			s->weight[k][i] /= sum;
}

enum search_end
search_room(const struct search_limits *l, int64_t loads, int64_t time_us,
    int64_t bytes)
{
	if (loads == 0)
		return SEARCH_GOES_ON;
	if (l->time_us > 0 && time_us + time_us / loads > l->time_us)
		return SEARCH_LATE;
	if (l->bytes > 0 && bytes + bytes / loads > l->bytes)
		return SEARCH_SPENT;
	return SEARCH_GOES_ON;
}

enum search_end
search_end(const struct search *s)
{
	const struct search_limits *l = &s->limits;
	int64_t n = (int64_t)s->probes;

	if (s->weak >= WEAK_MOST)
		return SEARCH_WEAK;
	if (s->loose >= WEAK_MOST)
		return SEARCH_LOOSE;
	if (within_precision(s, search_middle(s)) * NUMBER_PPM >=
	    (double)l->confidence_ppm)
		return SEARCH_PRECISE;
	if (l->changes_percent > 0 &&
	    search_spread(s, NULL) >= l->changes_percent)
		return SEARCH_CHANGES;
	if (n >= l->probes)
		return SEARCH_PROBED;
	return search_room(l, n, s->time_us, s->bytes);
}

const char *
search_end_text(enum search_end end)
{
	static const char *const text[] = {
		"goes on",
		"precise enough",
		"no more probes allowed",
		"out of time",
		"out of data",
		"the line seems to change",
		"no load any more",
		"the load is too weak",
		"the load does not go through the shaper",
	};

	return text[end];
}

const struct search_probe *
search_good(const struct search *s, int64_t bps)
{
	for (size_t i = s->probes; i-- > 0;) {
		const struct search_probe *p = &s->probe[i];

		if (p->bps == bps && is_good(s, p) && !search_is_weak(s, p) &&
		    !search_is_loose(p))
			return p;
	}
	return NULL;
}

void
search_about(const struct search *s, int64_t bps, struct search_result *out)
{
	out->bps = bps;
	out->low_bps = rate_at(s, quantile(s, 0.05));
	out->high_bps = rate_at(s, quantile(s, 0.95));
	out->confidence_percent = 0;
	for (size_t i = 0; i < s->probes; i++)
		if (search_good(s, s->probe[i].bps) != NULL)
			out->confidence_percent =
			    (int64_t)(within_precision(s, bps) * 100);
}

void
search_best(const struct search *s, struct search_result *out)
{
	search_about(s, search_middle(s), out);
}

int64_t
search_spread(const struct search *s, const struct search_probe *raw)
{
	int64_t v[SEARCH_PROBES + 1], most = 0;
	size_t n = 0;

	if (raw != NULL && raw->bloat_us > s->limits.target_us &&
	    raw->throughput_bps > 0)
		most = v[n++] = raw->throughput_bps;
	for (size_t i = 0; i < s->probes; i++) {
		const struct search_probe *p = &s->probe[i];

		if (p->throughput_bps > most)
			most = p->throughput_bps;
		if (!is_good(s, p) && p->throughput_bps > 0)
			v[n++] = p->throughput_bps;
	}
	if (n < 2)
		return -1;
	sort_values(v, n);
	return 100 - number_muldiv(v[1], 100, most);
}

/* A probe tells the edges below its rate from those at it and above. */
int64_t
search_next(const struct search *s)
{
	size_t middle = quantile(s, 0.5);
	double below = 0, above = 0;

	if (search_good(s, rate_at(s, middle)) == NULL)
		return rate_at(s, middle);
	for (size_t i = 0; i < SEARCH_RATES; i++) {
		below += i < middle ? weight_at(s, i) : 0;
		above += i > middle ? weight_at(s, i) : 0;
	}
	return rate_at(s, above > below ? middle + 1 : middle);
}

/* How likely it is that this rate keeps the target. */
static double
keeps(const struct search *s, int64_t bps)
{
	double sum = 0;

	for (size_t i = 0; i < SEARCH_RATES; i++)
		if (rate_at(s, i) >= bps)
			sum += weight_at(s, i);
	return sum;
}

int64_t
search_proven(const struct search *s, int64_t below_bps)
{
	int64_t best = 0, safe = rate_at(s, quantile(s, 1 - SAFE));
	int64_t most = below_bps -
	    number_part(below_bps, s->limits.precision_ppm);

	for (size_t i = 0; i < s->probes; i++) {
		int64_t bps = s->probe[i].bps;

		if (bps > best && bps < below_bps &&
		    search_good(s, bps) != NULL && keeps(s, bps) >= LIKELY)
			best = bps;
	}
	if (best == 0)
		best = safe < below_bps ? safe : most;
	return best > s->limits.lo_bps ? best : s->limits.lo_bps;
}

/* --- figures ------------------------------------------------------------- */

/* Shell sort with Ciura's gaps: no recursion, no memory. */
void
sort_values(int64_t v[], size_t n)
{
	static const size_t gaps[] = { 1750, 701, 301, 132, 57, 23, 10, 4, 1 };

	for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++)
		for (size_t i = gaps[g]; i < n; i++) {
			int64_t x = v[i];
			size_t j = i;

			for (; j >= gaps[g] && v[j - gaps[g]] > x; j -= gaps[g])
				v[j] = v[j - gaps[g]];
			v[j] = x;
		}
}

int64_t
quantile_of(const int64_t v[], size_t n, int percent)
{
	size_t rank = (n * (size_t)percent + 99) / 100;

	return v[rank == 0 ? 0 : rank - 1];
}

int64_t
jitter_of(const int64_t v[], size_t n)
{
	int64_t step[JITTER_MAX];
	size_t steps = 0;

	for (size_t i = 1; i < n && steps < JITTER_MAX; i++)
		step[steps++] = v[i] > v[i - 1] ? v[i] - v[i - 1] :
						  v[i - 1] - v[i];
	if (steps == 0)
		return 0;
	sort_values(step, steps);
	return quantile_of(step, steps, 50);
}

const char *
grade_of(int64_t bloat_us)
{
	static const struct {
		int64_t below_us;
		const char *grade;
	} grades[] = {
		{ 5000, "A+" },
		{ 30000, "A" },
		{ 60000, "B" },
		{ 200000, "C" },
		{ 400000, "D" },
	};

	for (size_t i = 0; i < sizeof grades / sizeof grades[0]; i++)
		if (bloat_us < grades[i].below_us)
			return grades[i].grade;
	return "F";
}

int64_t
rpm_of(const int64_t sorted_us[], size_t n)
{
	size_t best = (n * 95 + 99) / 100;
	int64_t sum = 0;

	for (size_t i = 0; i < best; i++)
		sum += sorted_us[i];
	return sum <= 0 ? 0 : number_muldiv(60000000, (int64_t)best, sum);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/report.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define MS 1000
#define REPORT_LINE 512
#define BAR_MAX 40

static double
mbit(int64_t bps)
{
	return (double)bps / 1e6;
}

static double
ms(int64_t us)
{
	return (double)us / MS;
}

/* --- for people -------------------------------------------------------- */

void
report_host(struct text *t, const struct idle_host *h)
{
	if (h->n == 0)
		text_format(t, "  %-15s no answer", h->name);
	else
		text_format(t,
		    "  %-15s least %5.1f, median %5.1f, jitter %4.1f ms, "
		    "lost %lld of %lld",
		    h->name, ms(h->least_us), ms(h->idle_us), ms(h->jitter_us),
		    (long long)h->lost, (long long)h->n + h->lost);
}

#define RATE_TEXT 24

/* In Mbit/s, or that nobody knows. */
static const char *
rate_text(char out[static RATE_TEXT], int64_t bps)
{
	if (bps < 0)
		(void)snprintf(out, RATE_TEXT, "unknown");
	else
		(void)snprintf(out, RATE_TEXT, "%.2f", mbit(bps));
	return out;
}

void
report_figures(struct text *t, const char *what, enum direction dir,
    const struct search_probe *p)
{
	char rate[RATE_TEXT];

	text_format(t,
	    "%s %-4s %9s Mbit/s, added delay %7.1f ms, 95 %% %7.1f ms", what,
	    direction_names[dir], rate_text(rate, p->throughput_bps),
	    ms(p->bloat_us), ms(p->p95_us));
}

void
report_probe(struct text *t, enum direction dir, const struct search *search,
    const struct search_probe *p)
{
	struct search_result best;

	search_best(search, &best);
	text_format(t,
	    "  %-4s %9.2f Mbit/s: %7.1f ms %s  (%lld %% sure of %.2f)",
	    direction_names[dir], mbit(p->bps), ms(p->bloat_us),
	    p->bloat_us <= search->limits.target_us ? "good" : "bad ",
	    (long long)best.confidence_percent, mbit(best.bps));
}

void
report_best(struct text *t, enum direction dir,
    const struct direction_result *o)
{
	text_format(t,
	    "Best %-4s %9.2f Mbit/s (%.2f to %.2f), %lld %% sure, %zu "
	    "probe%s: %s",
	    direction_names[dir], mbit(o->best.bps), mbit(o->best.low_bps),
	    mbit(o->best.high_bps), (long long)o->best.confidence_percent,
	    o->search.probes, o->search.probes == 1 ? "" : "s",
	    search_end_text(o->end));
}

void
report_changes(struct text *t, enum direction dir)
{
	text_format(t,
	    "The rate %s seems to change: what does it carry for 99, 50 and 5 "
	    "%% of the time?",
	    direction_names[dir]);
}

void
report_capacity(struct text *t, enum direction dir,
    const struct direction_result *o, const struct search_probe *p)
{
	const struct capacity *c = &o->capacity;
	size_t last = c->n > 0 ? c->n - 1 : 0;

	text_format(t,
	    "  %-4s %9.2f Mbit/s on average; up to now from %.2f to %.2f in "
	    "%.0f s",
	    direction_names[dir], mbit(p->throughput_bps),
	    mbit(c->window[0].bps), mbit(c->window[last].bps),
	    (double)c->us / 1e6);
}

void
report_held(struct text *t, enum direction dir,
    const struct direction_result *o)
{
	const struct capacity_share *held = o->held;

	text_format(t,
	    "Rates %-4s %8.2f Mbit/s for 99 %% of the time, %.2f (%.2f to "
	    "%.2f) for 50 %%, %.2f for 5 %%",
	    direction_names[dir], mbit(held[HELD_FLOOR].bps),
	    mbit(held[HELD_BASE].bps), mbit(held[HELD_BASE].low_bps),
	    mbit(held[HELD_BASE].high_bps), mbit(held[HELD_CEILING].bps));
}

void
report_check(struct text *t, enum direction dir,
    const struct direction_result *o)
{
	const struct search_probe *p = &o->search.probe[o->search.probes - 1];

	text_format(t, "Check %-4s %8.2f Mbit/s: %7.1f ms %s",
	    direction_names[dir], mbit(p->bps), ms(p->bloat_us),
	    o->proof.end == VERIFY_KEPT       ? "good" :
		search_is_weak(&o->search, p) ? "but the load was too weak" :
						"bad: above the target");
}

void
report_unproven(struct text *t, enum direction dir, const struct verify *proof)
{
	text_format(t, "Unproven %s: %.2f Mbit/s; %s", direction_names[dir],
	    mbit(proof->bps), verify_text(proof->end));
}

void
report_live(struct text *t, const char *doing, int64_t now_bps,
    int64_t delta_us, int64_t left_us, size_t columns)
{
	char line[REPORT_LINE], rate[32] = "", delay[32] = "";

	if (now_bps >= 0)
		(void)snprintf(rate, sizeof rate, " %.1f Mbit/s",
		    mbit(now_bps));
	if (delta_us >= 0)
		(void)snprintf(delay, sizeof delay, " +%.0f ms", ms(delta_us));
	(void)snprintf(line, sizeof line, "%s%s%s%s, %lld s left at most",
	    doing, *rate != '\0' || *delay != '\0' ? ":" : "", rate, delay,
	    (long long)left_us / 1000000);
	text_bytes(t, line, strlen(line) < columns ? strlen(line) : columns);
}

static void
add_row(struct text *t, const char *when, enum direction dir,
    const struct search_probe *p)
{
	char rate[RATE_TEXT];

	text_format(t, "%-7s %-4s %10s %10.1f %10.1f %6s %8lld\n", when,
	    direction_names[dir], rate_text(rate, p->throughput_bps),
	    ms(p->bloat_us), ms(p->p95_us), grade_of(p->mean_us),
	    (long long)p->rpm);
}

void
report_table(struct text *t, const struct direction_result o[static DIRECTIONS])
{
	text_format(t, "\n%-7s %-4s %10s %10s %10s %6s %8s\n", "", "", "Mbit/s",
	    "added ms", "95 % ms", "grade", "RPM");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		if (o[dir].has_raw)
			add_row(t, "before", dir, &o[dir].raw);
		if (o[dir].has_after)
			add_row(t, o[dir].changes ? "floor" : "after", dir,
			    &o[dir].after);
	}
}

static void
add_bar(struct text *t, const struct search_probe *p, int64_t target_us)
{
	int width = 0;

	for (int64_t x = p->bloat_us; x > MS && width < BAR_MAX; width++)
		x -= x / 6;
	text_format(t, "%10.2f |", mbit(p->bps));
	for (int w = 0; w < width; w++)
		text_add(t, p->bloat_us <= target_us ? "-" : "#");
	text_format(t, " %.1f\n", ms(p->bloat_us));
}

static void
add_share_bars(struct text *t, enum direction dir, const struct capacity *c)
{
	static const int percents[] = { 99, 90, 75, 50, 25, 10, 5, 1 };
	struct capacity_share share, most;

	text_format(t,
	    "\n%sload: Mbit/s that the line carries for so much of the "
	    "time\n",
	    direction_names[dir]);
	capacity_share(c, 1, &most);
	for (size_t i = 0; i < sizeof percents / sizeof percents[0]; i++) {
		capacity_share(c, percents[i], &share);
		text_format(t, "%8d %% |", percents[i]);
		for (int64_t w = 0;
		     w < number_muldiv(share.bps, BAR_MAX, most.bps); w++)
			text_add(t, "-");
		text_format(t, " %.2f\n", mbit(share.bps));
	}
}

void
report_bars(struct text *t, const struct direction_result o[static DIRECTIONS],
    int64_t target_us)
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		if (!o[dir].has_best)
			continue;
		if (o[dir].changes) {
			add_share_bars(t, dir, &o[dir].capacity);
			continue;
		}
		text_format(t,
		    "\n%sload: added delay of each probe, 1 to 1000 ms\n",
		    direction_names[dir]);
		for (size_t i = 0; i < o[dir].search.probes; i++)
			add_bar(t, &o[dir].search.probe[i], target_us);
	}
}

/* Within quotes of gnuplot's. */
static void
add_path(struct text *t, const char *path)
{
	for (; *path != '\0'; path++)
		if (*path != '"' && *path != '\\' && *path >= ' ')
			text_bytes(t, path, 1);
}

/* Probes, or the shares of a line that changes. */
static void
add_points(struct text *t, const struct direction_result *o)
{
	struct capacity_share share;

	if (o->changes) {
		for (int percent = 99; percent >= 1; percent--) {
			capacity_share(&o->capacity, percent, &share);
			text_format(t, "%.3f %d\n", mbit(share.bps), percent);
		}
		return;
	}
	for (size_t i = 0; i < o->search.probes; i++)
		text_format(t, "%.3f %.3f\n", mbit(o->search.probe[i].bps),
		    ms(o->search.probe[i].bloat_us));
}

/* Probes that kept the target, probes that did not, the target, the rate. */
static void
add_plot(struct text *t, enum direction dir, const struct direction_result *o,
    int64_t target_us)
{
	const char *name = direction_names[dir];
	double rate = mbit(o->best.bps), target = ms(target_us);

	if (o->changes) {
		text_format(t,
		    "unset logscale y\nset yrange [0:100]\nset xlabel "
		    "'Mbit/s'\nset ylabel 'carried for %% of the time'\n"
		    "set title '%sload: %.2f to %.2f Mbit/s'\nunset arrow\n"
		    "plot $%s using 1:2 with lines lw 2 notitle\n",
		    name, mbit(o->held[HELD_FLOOR].bps), rate, name);
		return;
	}
	text_format(t,
	    "set logscale y\nset yrange [0.1:*]\nset xlabel 'shaper, Mbit/s'\n"
	    "set ylabel 'added delay, ms'\n");
	text_format(t,
	    "set title '%sload: %.2f Mbit/s'\nset arrow 1 from %.3f, graph 0"
	    " to %.3f, graph 1 nohead dt 2\n",
	    name, rate, rate, rate);
	text_format(t,
	    "plot $%s using 1:($2 > %.3f ? NaN : $2 > 0.1 ? $2 : 0.1) with "
	    "points pt 7 lc rgb '#008040' title 'good', \\\n"
	    "$%s using 1:($2 > %.3f ? $2 : NaN) with points pt 5 lc rgb "
	    "'#c03000' title 'bad', \\\n"
	    "%.3f with lines lw 2 lc rgb '#c03000' title 'target'\n",
	    name, target, name, target, target);
}

void
report_gnuplot(struct text *t,
    const struct direction_result o[static DIRECTIONS], int64_t target_us,
    const char *path)
{
	const char *dot = strrchr(path, '.');

	text_format(t,
	    "set terminal %s size 900,400 background rgb 'white'\n"
	    "set output \"",
	    dot != NULL && strcmp(dot, ".png") == 0 ? "pngcairo" : "svg");
	add_path(t, path);
	text_format(t, "\"\n");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		text_format(t, "$%s << EOD\n", direction_names[dir]);
		add_points(t, &o[dir]);
		text_format(t, "EOD\n");
	}
	text_format(t,
	    "set multiplot layout 1,2\nset grid\nset key top left\n");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (o[dir].has_best)
			add_plot(t, dir, &o[dir], target_us);
}

/* --- for programs ------------------------------------------------------ */

void
report_record_idle(struct text *t, const struct idle_host *h)
{
	text_format(t,
	    "host=%s min_us=%lld us=%lld jitter_us=%lld lost=%lld probes=%lld "
	    "method=icmp",
	    h->name, (long long)h->least_us, (long long)h->idle_us,
	    (long long)h->jitter_us, (long long)h->lost,
	    (long long)h->n + h->lost);
}

/* An unknown throughput is absent. */
static void
add_throughput(struct text *t, const struct search_probe *p)
{
	if (p->throughput_bps >= 0)
		text_format(t, " throughput_bps=%lld",
		    (long long)p->throughput_bps);
}

static void
add_figures(struct text *t, const struct search_probe *p)
{
	add_throughput(t, p);
	text_format(t,
	    " bloat_us=%lld p95_us=%lld mean_us=%lld rpm=%lld grade=%s",
	    (long long)p->bloat_us, (long long)p->p95_us, (long long)p->mean_us,
	    (long long)p->rpm, grade_of(p->mean_us));
}

void
report_record_raw(struct text *t, enum direction dir,
    const struct direction_result *o)
{
	text_format(t, "dir=%s", direction_names[dir]);
	add_figures(t, &o->raw);
}

void
report_record_probe(struct text *t, enum direction dir,
    const struct search *search, const struct search_probe *p)
{
	text_format(t, "dir=%s bps=%lld bloat_us=%lld", direction_names[dir],
	    (long long)p->bps, (long long)p->bloat_us);
	add_throughput(t, p);
	text_format(t, " good=%d", p->bloat_us <= search->limits.target_us);
}

void
report_record_held(struct text *t, enum direction dir,
    const struct direction_result *o, enum capacity_held share)
{
	const struct capacity_share *held = &o->held[share];

	text_format(t, "dir=%s percent=%d bps=%lld low_bps=%lld high_bps=%lld",
	    direction_names[dir], capacity_percent[share], (long long)held->bps,
	    (long long)held->low_bps, (long long)held->high_bps);
}

void
report_record_calibrated(struct text *t, enum direction dir,
    const struct direction_result *o)
{
	text_format(t,
	    "dir=%s bps=%lld low_bps=%lld high_bps=%lld confidence=%lld "
	    "probes=%zu check=%s",
	    direction_names[dir], (long long)o->best.bps,
	    (long long)o->best.low_bps, (long long)o->best.high_bps,
	    (long long)o->best.confidence_percent, o->search.probes,
	    verify_names[o->proof.end]);
	if (o->has_after)
		add_figures(t, &o->after);
}

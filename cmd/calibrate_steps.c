/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One load after the other. */
#include "calibrate.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/number.h"

#define SEC 1000000
#define IDLE_US (6 * SEC)
/* So many loads tell whether a line changes that seems to. */
#define LOADS_TELL 2
/* Below the floor that is checked, and above; and each step that it goes down
 * when it fails. */
#define FLOOR_SPAN 4
#define FLOOR_STEP_PPM 100000

static double
mbit(int64_t bps)
{
	return (double)bps / 1e6;
}

static void
go_on(const struct calibrate *p, enum status status)
{
	if (status == STATUS_OK)
		return;
	if (p->loader.detail[0] != '\0')
		program_warn("%s", p->loader.detail);
	exit((int)status);
}

static void
measure_idle(struct calibrate *p)
{
	struct samples *s = &p->loader.samples;
	const struct idle_host *best;

	calibrate_live(p, "idle line");
	go_on(p, load_generator_idle(&p->loader, IDLE_US));
	best = samples_idle_end(s);
	text_add(calibrate_text(p), "Idle line, by ICMP echo:");
	calibrate_say(p);
	for (size_t i = 0; i < s->hosts; i++) {
		report_host(calibrate_text(p), &s->host[i]);
		calibrate_say(p);
		report_record_idle(calibrate_text(p), &s->host[i]);
		if (s->host[i].n > 0)
			calibrate_record(p, "idle");
	}
	if (best == NULL)
		program_die(STATUS_RETRY,
		    "no reflector answers: is the line up? see -k ping.hosts=");
	p->measured.idle_us = best->idle_us;
	p->measured.jitter_us = samples_jitter(s);
	p->loader.jitter_us = p->measured.jitter_us;
	p->loader.target_us = p->target_us;
}

/* One load, at the rate that the shaper has; what it tells of the capacity goes
 * to `capacity`, unless that is NULL. False if there was none, for which
 * a server that is busy was waited for_us at most. */
static bool
measure(struct calibrate *p, enum direction dir, int64_t for_us,
    struct capacity *capacity, struct search_probe *out)
{
	struct load_generator *l = &p->loader;
	enum status status;

	l->capacity = capacity;
	l->patience_us = clock_monotonic() + for_us - p->budget.probe_us;
	status = load_generator_measure(l, dir, out);
	p->budget.spent_bytes += out->bytes;
	if (status != STATUS_OK && l->trouble != NULL) {
		program_warn("%s", l->detail);
		return false;
	}
	go_on(p, status);
	return true;
}

static void
measure_raw(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];

	if (!load_generator_has(&p->loader, dir))
		return;
	calibrate_live(p, "raw %s: load without a shaper",
	    direction_names[dir]);
	(void)calibrate_shape(p, dir, BORROWED_SHAPER_OPEN_BPS);
	if (!measure(p, dir, budget_left_us(&p->budget, clock_monotonic()) / 2,
		&o->capacity, &o->raw))
		exit(STATUS_RETRY);
	p->measured.raw_bps[dir] = o->raw.throughput_bps;
	p->budget.load_bytes[dir] = o->raw.bytes;
	o->has_raw = true;
	report_figures(calibrate_text(p), p->keeper.writable ? "Raw " : "Now ",
	    dir, &o->raw);
	calibrate_say(p);
	report_record_raw(calibrate_text(p), dir, o);
	calibrate_record(p, "raw");
}

/* One probe of the search; false if the shaper cannot be set, or if a load
 * fails and what is known ends the search. */
static bool
search_once(struct calibrate *p, enum direction dir)
{
	struct search *s = &p->outcome[dir].search;
	struct search_probe probe = { .bps = search_next(s) };
	int64_t left_us = s->limits.time_us - s->time_us;

	calibrate_live(p, "search %s: probe %zu at %.2f Mbit/s",
	    direction_names[dir], s->probes + 1, mbit(probe.bps));
	if (!calibrate_shape(p, dir, probe.bps))
		return false;
	if (!measure(p, dir, left_us, NULL, &probe)) {
		if (s->probes == 0)
			exit(STATUS_RETRY);
		p->outcome[dir].end = SEARCH_LOST;
		return false;
	}
	search_add(s, &probe);
	report_probe(calibrate_text(p), dir, s, &probe);
	calibrate_say(p);
	report_record_probe(calibrate_text(p), dir, s, &probe);
	calibrate_record(p, "probe");
	return true;
}

static void
limit(const struct calibrate *p, enum direction dir, struct search_limits *l)
{
	int64_t raw_bps = p->measured.raw_bps[dir];

	*l = (struct search_limits){
		.target_us = p->target_us,
		.lo_bps = raw_bps / 4,
		.hi_bps = number_muldiv(raw_bps, 6, 5),
		.precision_ppm = 25000,
		.confidence_ppm = 970000,
		.restless_ppm = search_restless_ppm(p->measured.jitter_us),
		/* Only where its capacity can be told instead. */
		.changes_percent = p->outcome[dir].capacity.n == 0 ?
		    0 :
		    CAPACITY_CHANGES_PERCENT,
		.probes = 40,
	};
	if (l->lo_bps < BORROWED_SHAPER_LEAST_BPS)
		l->lo_bps = BORROWED_SHAPER_LEAST_BPS;
	if (l->hi_bps <= l->lo_bps)
		program_die(STATUS_RETRY,
		    "load %s: too little to calibrate by: %.3f Mbit/s",
		    direction_names[dir], mbit(raw_bps));
	budget_search(&p->budget, dir, clock_monotonic(), l);
}

/* Goes on with the search. False if the shaper cannot be set. */
static bool
search_on(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];

	while ((o->end = search_end(&o->search)) == SEARCH_GOES_ON)
		if (!search_once(p, dir))
			return o->end == SEARCH_LOST;
	return true;
}

static void
take_best(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];

	search_best(&o->search, &o->best);
	if (o->end == SEARCH_WEAK || o->end == SEARCH_LOOSE)
		program_die(STATUS_RETRY,
		    "load %s: it %s a shaper of %.2f Mbit/s; does it go "
		    "through it?",
		    direction_names[dir],
		    o->end == SEARCH_WEAK ? "does not fill" : "is more than",
		    mbit(o->best.bps));
	o->has_best = true;
	p->measured.spread_percent[dir] = search_spread(&o->search, &o->raw);
	report_best(calibrate_text(p), dir, o);
	calibrate_say(p);
	(void)calibrate_shape(p, dir, o->best.bps);
}

/* A load without a shaper; false if there is none any more. */
static bool
watch_once(struct calibrate *p, enum direction dir, int64_t left_us,
    struct search_probe *probe)
{
	struct direction_result *o = &p->outcome[dir];

	calibrate_live(p, "capacity %s: %.0f s seen", direction_names[dir],
	    (double)o->capacity.us / SEC);
	if (!calibrate_shape(p, dir, BORROWED_SHAPER_OPEN_BPS) ||
	    !measure(p, dir, left_us, &o->capacity, probe))
		return false;
	report_capacity(calibrate_text(p), dir, o, probe);
	calibrate_say(p);
	return true;
}

/* The floor is what a shaper alone can hold: it is checked, by a search around
 * it that has not begun. */
static void
take_shares(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];
	struct search_limits limits = { .target_us = p->target_us,
		.precision_ppm = FLOOR_STEP_PPM,
		.confidence_ppm = NUMBER_PPM };

	for (int k = 0; k < HELD_SHARES; k++)
		capacity_share(&o->capacity, capacity_percent[k], &o->held[k]);
	/* Too low a floor costs little, too high a one is a queue for ever. */
	o->held[HELD_FLOOR].bps = o->held[HELD_FLOOR].low_bps;
	limits.hi_bps = o->held[HELD_FLOOR].bps * FLOOR_SPAN;
	limits.lo_bps = o->held[HELD_FLOOR].bps / FLOOR_SPAN;
	if (limits.lo_bps < BORROWED_SHAPER_LEAST_BPS)
		limits.lo_bps = BORROWED_SHAPER_LEAST_BPS;
	search_start(&o->search, &limits);
	o->end = SEARCH_CHANGES;
	o->has_best = o->changes = true;
	p->measured.spread_percent[dir] = capacity_spread_percent(&o->capacity);
	report_held(calibrate_text(p), dir, o);
	calibrate_say(p);
	(void)calibrate_shape(p, dir, o->held[HELD_FLOOR].bps);
}

/* Of a line that seems to change: what it carries, for as long as there is
 * time. o->changes says afterwards whether it does. */
static void
watch_capacity(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];
	int64_t loads = 0, time_us = 0, bytes = 0;
	struct search_limits limits = { 0 };
	struct search_probe probe;

	report_changes(calibrate_text(p), dir);
	calibrate_say(p);
	budget_search(&p->budget, dir, clock_monotonic(), &limits);
	while (search_room(&limits, loads, time_us, bytes) == SEARCH_GOES_ON &&
	    (loads < LOADS_TELL || capacity_changes(&o->capacity)) &&
	    watch_once(p, dir, limits.time_us - time_us, &probe)) {
		time_us += probe.took_us;
		bytes += probe.bytes;
		loads++;
	}
	if (capacity_changes(&o->capacity) && o->capacity.n >= CAPACITY_ENOUGH)
		take_shares(p, dir);
}

/* The search again, with the time that is left now. */
static bool
search_anyhow(struct calibrate *p, enum direction dir)
{
	struct search *s = &p->outcome[dir].search;

	budget_search(&p->budget, dir, clock_monotonic(), &s->limits);
	s->limits.time_us += s->time_us;
	s->limits.bytes += s->limits.bytes == 0 ? 0 : s->bytes;
	s->limits.changes_percent = 0;
	return search_on(p, dir);
}

static void
search_direction(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];
	struct search_limits limits;

	if (!p->keeper.writable || p->settings.dir[dir].managed == 0 ||
	    !load_generator_has(&p->loader, dir))
		return;
	limit(p, dir, &limits);
	search_start(&o->search, &limits);
	if (capacity_changes(&o->capacity))
		o->end = SEARCH_CHANGES;
	else if (!search_on(p, dir))
		return;
	if (o->end == SEARCH_CHANGES)
		watch_capacity(p, dir);
	if (o->changes)
		return;
	if (o->end == SEARCH_CHANGES && !search_anyhow(p, dir))
		return;
	take_best(p, dir);
}

/* Load at the rate to be proven; false if there is none any more. */
static bool
check_once(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];
	struct search_probe probe = { .bps = o->proof.bps };

	if (!budget_allows(&p->budget, dir, clock_monotonic()))
		return false;
	calibrate_live(p, "check %s at %.2f Mbit/s", direction_names[dir],
	    mbit(probe.bps));
	if (!calibrate_shape(p, dir, probe.bps))
		return false;
	if (!measure(p, dir,
		budget_left_us(&p->budget, clock_monotonic()) /
		    (dir == DOWN ? 2 : 1),
		NULL, &probe))
		return false;
	verify_add(&o->proof, &o->search, &probe);
	report_check(calibrate_text(p), dir, o);
	calibrate_say(p);
	return true;
}

/* The rates of a line that changes, after its floor was checked. */
static void
finish_shares(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];

	o->held[HELD_FLOOR].bps = o->proof.bps;
	o->best.bps = o->held[HELD_CEILING].bps;
	o->best.low_bps = o->held[HELD_CEILING].low_bps;
	o->best.high_bps = o->held[HELD_CEILING].high_bps;
	o->best.confidence_percent = 90;
	for (int k = 0; k < HELD_SHARES; k++) {
		report_record_held(calibrate_text(p), dir, o,
		    (enum capacity_held)k);
		calibrate_record(p, "held");
	}
}

static void
measure_after(struct calibrate *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];
	const struct search_probe *good;

	if (!o->has_best)
		return;
	verify_start(&o->proof,
	    o->changes ? o->held[HELD_FLOOR].bps : search_middle(&o->search));
	while (o->proof.end == VERIFY_GOES_ON && check_once(p, dir))
		;
	verify_stop(&o->proof, &o->search);
	if (o->changes)
		finish_shares(p, dir);
	else
		search_about(&o->search, o->proof.bps, &o->best);
	if (o->proof.end != VERIFY_KEPT) {
		report_unproven(calibrate_text(p), dir, &o->proof);
		calibrate_say(p);
	}
	if ((good = search_good(&o->search, o->proof.bps)) != NULL) {
		o->after = *good;
		o->has_after = true;
		report_figures(calibrate_text(p),
		    o->changes ? "Floor" : "After", dir, &o->after);
		calibrate_say(p);
	}
	report_record_calibrated(calibrate_text(p), dir, o);
	calibrate_record(p, "calibrated");
}

void
calibrate_measure(struct calibrate *p)
{
	go_on(p, load_generator_start(&p->loader));
	measure_idle(p);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		measure_raw(p, dir);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		search_direction(p, dir);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		measure_after(p, dir);
	load_generator_end(&p->loader, SEC);
	if (p->preset == NULL)
		p->preset = preset_choose(&p->measured, p->preset_why);
	else
		snprintf(p->preset_why, sizeof p->preset_why, "as asked for");
	snprintf(p->buf, sizeof p->buf,
	    "name=%s idle_us=%" PRId64 " jitter_us=%" PRId64, p->preset->name,
	    p->measured.idle_us, p->measured.jitter_us);
	calibrate_record(p, "preset");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/law_adaptive.h"

#include "assess/law_adaptive_parts.h"
#include "base/number.h"

#define SEC 1000000

/* --- rules --------------------------------------------------------------- */

static struct law_verdict
output_of(const struct adaptive_view *v, int64_t rate_bps, enum rate_reason why)
{
	const struct direction_settings *ds = &v->s->dir[v->dir];

	return (struct law_verdict){ .zone = zone_of(&ds->limits, v->m3_us),
		.rate_bps = number_clamp(rate_bps, ds->floor_bps[ZONE_RED],
		    ds->ceiling_bps),
		.why = why,
		.delta_us = v->m3_us };
}

/* The queue there will be when a cut of now is felt. */
static int64_t
coming_us(const struct adaptive_view *v)
{
	int64_t lag_us = v->lag_us + BELIEVED_US;

	if (v->slope_ppm <= LEVEL_PPM)
		return v->m2_us;
	return v->m2_us +
	    number_part(lag_us, number_clamp(v->slope_ppm, 0, NUMBER_PPM));
}

/* Below the knee, deep enough to drain. */
static int64_t
target_bps(const struct adaptive_direction *d, const struct adaptive_view *v)
{
	int64_t drain_us = v->s->adaptive.drain_us, depth;

	/* A cut lasts until the next decision. */
	if (drain_us < v->in->pace_us / 2)
		drain_us = v->in->pace_us / 2;
	depth = number_clamp(number_muldiv(coming_us(v), NUMBER_PPM, drain_us),
	    0, DEEPEST_PPM);

	return number_part(d->knee_bps, NUMBER_PPM - depth);
}

static struct law_verdict
cut(struct adaptive_direction *d, const struct adaptive_view *v,
    enum rate_reason why)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t q_us = coming_us(v), rate = target_bps(d, v);

	d->wait_us = v->in->t_us + a->wait_us + q_us + v->lag_us;
	d->felt_us = v->in->t_us + v->lag_us + FELT_US;
	d->cut_delta_us = v->m2_us;
	d->phase = ADAPTIVE_DRAIN;
	return output_of(v, rate < v->rate_bps ? rate : v->rate_bps, why);
}

static bool
is_near(int64_t x, int64_t y, int64_t ppm)
{
	int64_t diff = x > y ? x - y : y - x;

	return diff <= number_part(y, ppm);
}

static void
watch_anew(struct adaptive_direction *d, const struct adaptive_view *v)
{
	d->flat = 0;
	d->low_us = d->high_us = v->m2_us;
}

/* A queue grows or drains, unless its capacity follows each cut, and then it
 * wanders; a path does not. */
static bool
is_steady(const struct adaptive_direction *d, const struct adaptive_view *v)
{
	return d->high_us - d->low_us <= number_part(v->m2_us, WANDERS_PPM);
}

/* A download that is cut for both, and carried its rate in full: what it is
 * cut to says nothing of its capacity. */
static bool
is_bystander(const struct adaptive_view *v)
{
	return v->dir == DOWN && v->together && !v->starved;
}

/* A knee near the one before confirms it: it may be held for longer. */
static struct law_verdict
begin_episode(struct adaptive_direction *d, const struct adaptive_view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t knee = number_clamp(v->capacity_bps, 0, v->rate_bps);

	if (d->knee_bps != 0 && is_near(knee, d->knee_bps, CONFIRMED_PPM) &&
	    !is_bystander(v)) {
		d->hold_us = number_clamp(d->hold_us * 2, a->hold_us,
		    a->hold_max_us);
		knee = (knee + d->knee_bps) / 2;
		if (knee > v->rate_bps)
			knee = v->rate_bps;
	} else
		d->hold_us = a->hold_us;
	d->knee_bps = knee;
	d->before_bps = v->rate_bps;
	d->onset_us = v->in->t_us;
	d->brake_us = 0;
	watch_anew(d, v);
	return cut(d, v, RATE_CAPACITY);
}

static struct law_verdict
end_episode(struct adaptive_direction *d, const struct adaptive_view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t rate = number_part(d->knee_bps, a->restore_ppm);
	bool brief = v->in->t_us - d->onset_us <= a->brief_us &&
	    d->knee_bps < number_part(d->before_bps, OUTAGE_PPM);

	d->phase = ADAPTIVE_HOLD;
	d->wait_us = v->in->t_us + (brief ? 0 : d->hold_us);
	d->grow_ppm = brief ? a->grow_ppm : 0;
	if (brief)
		d->knee_bps = 0;
	return output_of(v, rate, brief ? RATE_BRIEF : RATE_RESTORE);
}

/* The trial of this suspect was in vain. */
static struct law_verdict
acquit(struct law_adaptive *law, struct adaptive_direction *d,
    const struct adaptive_view *v)
{
	law->suspects = ++law->tried < DIRECTIONS ?
	    ADAPTIVE_BOTH & ~(1 << v->dir) :
	    ADAPTIVE_BOTH;
	law->evidence = ADAPTIVE_TRIAL;
	d->phase = ADAPTIVE_HOLD;
	d->wait_us = v->in->t_us + v->s->adaptive.hold_us;
	d->knee_bps = 0;
	return output_of(v, number_part(d->before_bps, ACQUITTED_PPM),
	    RATE_ACQUIT);
}

/* How wrong the capacity was, by the delay that is left. */
static int64_t
less_ppm(const struct adaptive_view *v)
{
	switch (zone_of(&v->s->dir[v->dir].limits, v->m3_us)) {
	case ZONE_RED:
		return LESS_RED_PPM;
	case ZONE_GREEN:
		return LESS_GREEN_PPM;
	default:
		return LESS_YELLOW_PPM;
	}
}

static int64_t
felt_slope_ppm(const struct adaptive_direction *d)
{
	return delays_slope(&d->delays, (size_t)FELT_SAMPLES);
}

/* The capacity of a direction that carries its rate in full while its queue
 * changes by so much a second. The download's shaper is behind the queue: there
 * the delay follows later. */
static int64_t
capacity_by_slope(const struct adaptive_direction *d,
    const struct adaptive_view *v)
{
	if (v->dir != UP || !v->in->one_way)
		return 0;
	return number_muldiv(v->rate_bps, NUMBER_PPM,
	    NUMBER_PPM +
		number_clamp(felt_slope_ppm(d), -DRAINING_PPM, STEEPEST_PPM));
}

/* The knee was not measured by a queue. */
static struct law_verdict
learn_path(struct adaptive_direction *d, const struct adaptive_view *v,
    int64_t us)
{
	struct law_verdict out;
	int64_t rate = v->rate_bps;

	if (d->phase == ADAPTIVE_DRAIN)
		rate = number_part(d->before_bps, v->s->adaptive.restore_ppm);
	d->delays.count = 0;
	d->phase = ADAPTIVE_HOLD;
	d->wait_us = v->in->t_us + v->s->adaptive.hold_us;
	d->knee_bps = d->drained_us = 0;
	out = output_of(v, rate, RATE_PATH);
	out.longer_us = us;
	return out;
}

/* The time in which the cut must have shown is over, and it did not. */
static struct law_verdict
cut_deeper(struct law_adaptive *law, struct adaptive_direction *d,
    const struct adaptive_view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	bool level = v->slope_ppm <= LEVEL_PPM && v->slope_ppm >= -LEVEL_PPM &&
	    is_steady(d, v);
	int64_t c = v->in->dir[v->dir].use.arrival_bps;

	/* A direction that carries all of its rate has no queue elsewhere. */
	if (v->trial &&
	    (v->m3_us <= v->s->dir[v->dir].limits.soft_red_us ||
		(!v->lone && !v->starved && v->slope_ppm > LEVEL_PPM)))
		return acquit(law, d, v);
	if (v->trial && !v->lone)
		law->suspects = ADAPTIVE_BOTH;
	if (!level)
		watch_anew(d, v);
	if (level && v->m2_us < a->path_limit_us && !v->starved &&
	    ++d->flat >= FLAT_CUTS)
		return learn_path(d, v, v->m2_us);
	if (v->starved && c != NONE && c < d->knee_bps)
		d->knee_bps = c;
	else
		d->knee_bps = number_clamp(capacity_by_slope(d, v),
		    number_part(d->knee_bps, less_ppm(v)), d->knee_bps);
	return cut(d, v, RATE_DEEPER);
}

/* Of this direction alone, and there all the time in which it was measured
 * what passes: then that is what the line carries. */
static bool
is_measured(const struct adaptive_direction *d, const struct adaptive_view *v)
{
	int64_t span_us = v->in->dir[v->dir].use.measured_us;

	return !v->trial && !v->together && d->delays.count == DELAYS_MAX &&
	    v->in->dir[v->dir].use.arrival_bps != NONE &&
	    span_us <= ARRIVAL_US &&
	    v->in->t_us - d->delays.t_us[0] >=
	    number_part(span_us, MEASURED_PPM) &&
	    delays_least(&d->delays, DELAYS_MAX) >
	    number_part(v->trigger_us, GONE_PPM);
}

/* A queue that stays tells the capacity anew at each sample. True if that asks
 * for another cut. */
static bool
follow(struct adaptive_direction *d, const struct adaptive_view *v)
{
	int64_t c = v->in->dir[v->dir].use.arrival_bps, slope_ppm = 0;

	/* A longer path is as steady as no queue is. */
	if (!is_measured(d, v) || (is_steady(d, v) && !v->starved))
		return false;
	if (v->dir == UP) {
		/* A packet that is sent now is felt later. */
		if (d->delays.t_us[d->delays.count - (size_t)FELT_SAMPLES] <
		    d->felt_us)
			return false;
		slope_ppm = felt_slope_ppm(d);
		c = number_muldiv(c, NUMBER_PPM,
		    NUMBER_PPM +
			number_clamp(slope_ppm, -DRAINING_PPM, STEEPEST_PPM));
		c = (c + d->knee_bps) / 2;
	}
	d->knee_bps = number_clamp(c, 0, v->s->dir[v->dir].ceiling_bps);
	return v->in->t_us >= d->felt_us && target_bps(d, v) < v->rate_bps;
}

static struct law_verdict
drain(struct law_adaptive *law, struct adaptive_direction *d,
    const struct adaptive_view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t age_us = v->in->t_us - d->onset_us;

	if (v->m2_us < d->low_us)
		d->low_us = v->m2_us;
	if (v->m2_us > d->high_us)
		d->high_us = v->m2_us;
	if (v->m2_us < number_part(v->trigger_us, GONE_PPM))
		return end_episode(d, v);
	if (v->lone && age_us > LONE_TRIAL_US && v->slope_ppm > -LEVEL_PPM)
		return acquit(law, d, v);
	if (age_us > ENDLESS_US && v->m3_us < a->path_limit_us) {
		d->phase = ADAPTIVE_HOLD;
		d->wait_us = v->in->t_us + d->hold_us;
		return output_of(v, v->rate_bps, RATE_LIMIT);
	}
	if (follow(d, v))
		return cut(d, v, RATE_DEEPER);
	if (v->in->t_us < d->wait_us)
		return output_of(v, v->rate_bps, RATE_DRAIN);
	if (!v->active)
		return end_episode(d, v);
	/* It may have grown for a while, until the cut was felt. */
	if (felt_slope_ppm(d) < -LEVEL_PPM && v->m2_us < d->cut_delta_us)
		return output_of(v, v->rate_bps, RATE_DRAIN);
	return cut_deeper(law, d, v);
}

static struct law_verdict
drift(struct adaptive_direction *d, const struct adaptive_view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t base = v->s->dir[v->dir].base_bps, gap = base - v->rate_bps;
	int64_t step;

	if (v->in->t_us - d->slack_us < a->drift_after_us || gap == 0)
		return output_of(v, v->rate_bps, RATE_UNUSED);
	step = number_part(number_part(gap < 0 ? -gap : gap, a->drift_ppm),
	    v->dt_us);
	return output_of(v, v->rate_bps + (gap < 0 ? -step : step), RATE_DRIFT);
}

/* Too much speed shows after a round trip and the time of three samples, T;
 * until then g * T * T / 2 seconds of queue build up. Where decisions are far
 * apart, more has to do, or nothing would ever grow. */
static int64_t
growth_within(const struct adaptive_view *v, int64_t most_ppm, int64_t queue_us)
{
	int64_t lag_us = v->lag_us + BELIEVED_US + v->in->pace_us;
	int64_t ppm = number_muldiv(2 * queue_us, SEC, lag_us);

	ppm = number_muldiv(ppm, NUMBER_PPM, lag_us);
	return ppm < most_ppm ? ppm : most_ppm;
}

/* Growth a second: slow near the knee, then twice as fast each `double`, and
 * the less the nearer the delay is to what brakes. */
static int64_t
climb_ppm(struct adaptive_direction *d, const struct adaptive_view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t queue = v->m3_us - adaptive_noise_us(d, v->in, v->dir),
		most = number_part(v->trigger_us, BRAKE_PPM);
	int64_t probe = growth_within(v, a->probe_ppm,
	    number_part(a->trigger_us, NEAR_TRIGGER_PPM) +
		number_part(v->in->pace_us, NEAR_PACE_PPM));
	int64_t grow = growth_within(v, a->grow_ppm,
	    BEYOND_TRIGGERS * a->trigger_us +
		number_part(v->in->pace_us, BEYOND_PACE_PPM));

	if (d->grow_ppm < probe)
		d->grow_ppm = probe;
	if (queue < 0)
		queue = 0;
	if (queue >= most)
		return 0;
	if (d->knee_bps == 0 ||
	    v->rate_bps > number_part(d->knee_bps, BEYOND_PPM))
		d->grow_ppm += number_muldiv(d->grow_ppm, v->dt_us,
		    a->double_us);
	else if (v->in->pace_us > 0 &&
	    v->rate_bps < number_part(d->knee_bps, FAR_PPM))
		/* So slowly, it would take minutes to be near. */
		d->grow_ppm = grow;
	else
		d->grow_ppm = probe;
	if (d->grow_ppm > grow)
		d->grow_ppm = grow;
	return number_muldiv(d->grow_ppm, most - queue, most);
}

static bool
is_blind(struct adaptive_direction *d, const struct adaptive_view *v)
{
	if (v->backlog_us == NONE || v->backlog_us > 0 ||
	    v->load >= SIGHTED_PERCENT) {
		d->blind_us = 0;
		return false;
	}
	if (d->blind_us == 0)
		d->blind_us = v->in->t_us;
	return v->in->t_us - d->blind_us >= v->s->adaptive.blind_us;
}

/* A little delay that stays: only a cut tells whether it is a queue. */
static bool
is_braked_for_long(const struct adaptive_direction *d,
    const struct adaptive_view *v)
{
	int64_t us = v->in->t_us - d->brake_us;

	if (us >= BRAKE_MOST_US && !v->lone)
		return true;
	return us >= BRAKE_US && !adaptive_is_ours(v) &&
	    (v->in->one_way || v->alone);
}

static struct law_verdict
open_up(struct adaptive_direction *d, const struct adaptive_view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t ceiling = v->s->dir[v->dir].ceiling_bps, ppm;
	int64_t braked_us = d->brake_us;

	d->brake_us = 0;
	if (v->load != NONE && v->load * 10000 < a->used_ppm) {
		d->blind_us = 0;
		if (v->load * 10000 >= v->s->assess.busy_ppm)
			d->slack_us = 0;
		else if (d->slack_us == 0)
			d->slack_us = v->in->t_us;
		return d->slack_us == 0 ?
		    output_of(v, v->rate_bps, RATE_UNUSED) :
		    drift(d, v);
	}
	d->slack_us = 0;
	if (is_blind(d, v)) {
		int64_t cap = number_part(v->in->dir[v->dir].use.arrival_bps,
		    BLIND_PPM);

		return output_of(v, cap < v->rate_bps ? cap : v->rate_bps,
		    RATE_BLIND);
	}
	if (v->rate_bps >= ceiling)
		return output_of(v, ceiling, RATE_CEILING);
	ppm = climb_ppm(d, v);
	if (ppm > 0)
		return output_of(v,
		    v->rate_bps +
			number_muldiv(number_part(v->rate_bps, ppm), v->dt_us,
			    SEC),
		    d->grow_ppm > a->probe_ppm ? RATE_GROW : RATE_PROBE);
	d->brake_us = braked_us != 0 ? braked_us : v->in->t_us;
	return is_braked_for_long(d, v) ? begin_episode(d, v) :
					  output_of(v, v->rate_bps, RATE_BRAKE);
}

/* It would be gone several times over. */
static bool
has_drained(const struct adaptive_direction *d)
{
	return d->most_us > 0 && d->drained_us >= DRAINED * d->most_us;
}

static bool
is_great(const struct adaptive_direction *d, const struct adaptive_view *v)
{
	return d->most_us >=
	    number_part(v->s->adaptive.path_limit_us, GREAT_PPM);
}

/* Adds to the queue that would have drained since there was last none, as the
 * line passes more than the rate and nothing is missing of that. */
static void
expect_drained(struct adaptive_direction *d, const struct adaptive_view *v)
{
	int64_t more_bps = d->knee_bps - v->rate_bps;

	if (v->m3_us < number_part(v->trigger_us, NOTHING_PPM) || v->starved ||
	    v->load == NONE || !v->active) {
		d->drained_us = d->least_us = d->most_us = 0;
		return;
	}
	/* A great queue is gone by now: what is left is judged by itself. */
	if (has_drained(d) && is_great(d, v))
		d->drained_us = d->least_us = d->most_us = 0;
	if (d->most_us == 0 || v->m3_us < d->least_us)
		d->least_us = v->m3_us;
	if (v->m2_us > d->most_us)
		d->most_us = v->m2_us;
	if (v->in->t_us >= d->felt_us && more_bps > 0)
		d->drained_us += number_muldiv(v->dt_us, more_bps, d->knee_bps);
}

/* Emptied several times over, a queue would be gone; a path, even one that
 * wanders, is still there. Great ones have to be steady: see cut_deeper. */
static bool
is_path(const struct adaptive_direction *d, const struct adaptive_view *v)
{
	return d->delays.count == DELAYS_MAX && has_drained(d) &&
	    !is_great(d, v);
}

/* Of round trips alone, all that are under load must have had their time. */
static void
find_paths(struct law_adaptive *law, const struct adaptive_view v[DIRECTIONS],
    bool path[DIRECTIONS])
{
	bool all = true;

	for (int i = 0; i < DIRECTIONS; i++) {
		expect_drained(&law->dir[i], &v[i]);
		path[i] = is_path(&law->dir[i], &v[i]);
		all = all && (path[i] || !v[i].active);
	}
	for (int i = 0; i < DIRECTIONS && !v[DOWN].in->one_way; i++)
		path[i] = path[i] && all;
}

static struct law_verdict
decide(struct law_adaptive *law, const struct adaptive_view *v, bool path)
{
	struct adaptive_direction *d = &law->dir[v->dir];

	if (d->delays.count < 3)
		return (struct law_verdict){ .zone = ZONE_UNKNOWN,
			.rate_bps = v->rate_bps,
			.why = RATE_SETTLE,
			.delta_us = v->m3_us };
	if (v->s->dir[v->dir].managed == 0)
		return output_of(v, v->rate_bps, RATE_UNMANAGED);
	if (path)
		return learn_path(d, v, d->least_us);
	if (d->phase == ADAPTIVE_DRAIN)
		return drain(law, d, v);
	if (v->congested)
		return begin_episode(d, v);
	if (d->phase == ADAPTIVE_HOLD && v->in->t_us < d->wait_us)
		return output_of(v, v->rate_bps, RATE_HOLD);
	d->phase = ADAPTIVE_OPEN;
	return open_up(d, v);
}

/* --- the face of a law ---------------------------------------------------- */

static void
step(void *state, const struct settings *s, const struct law_input *in,
    struct law_output *out)
{
	struct law_adaptive *law = state;
	enum evidence evidence[DIRECTIONS] = { EVIDENCE_OWD, EVIDENCE_OWD };
	struct adaptive_view v[DIRECTIONS];
	bool path[DIRECTIONS];

	for (int i = 0; i < DIRECTIONS; i++)
		v[i] = adaptive_view_of(&law->dir[i], s, in, i);
	adaptive_learn_noise(law, v);
	if (!in->one_way)
		adaptive_blame(law, v, evidence);
	find_paths(law, v, path);
	for (int i = 0; i < DIRECTIONS; i++) {
		out->dir[i] = decide(law, &v[i], path[i]);
		out->dir[i].evidence = evidence[i];
	}
}

static void
note(void *state, const struct law_input *in)
{
	struct law_adaptive *law = state;

	for (int i = 0; i < DIRECTIONS; i++)
		delays_add(&law->dir[i].delays, in->t_us, in->dir[i].delta_us);
}

static void
forget(void *state)
{
	struct law_adaptive *law = state;

	for (int i = 0; i < DIRECTIONS; i++) {
		law->dir[i].delays.count = 0;
		law->dir[i].phase = ADAPTIVE_OPEN;
		law->dir[i].step_us = 0;
	}
	law->suspects = law->tried = law->evidence = 0;
}

static bool
is_later(const struct adaptive_direction *d, int64_t newest_us)
{
	for (size_t i = 0; i < d->delays.count; i++)
		if (d->delays.t_us[i] > newest_us)
			return true;
	return d->step_us > newest_us || d->onset_us > newest_us ||
	    d->active_us > newest_us || d->slack_us > newest_us ||
	    d->blind_us > newest_us || d->brake_us > newest_us ||
	    d->felt_us - newest_us > WAIT_MOST_US ||
	    d->wait_us - newest_us > WAIT_MOST_US;
}

/* The law keeps what it learned of the line: the capacity and the noise. */
static void
forget_later(void *state, int64_t newest_us)
{
	struct law_adaptive *law = state;

	for (int i = 0; i < DIRECTIONS; i++) {
		struct adaptive_direction *d = &law->dir[i];

		if (is_later(d, newest_us))
			*d = (struct adaptive_direction){
				.knee_bps = d->knee_bps,
				.noise_us = d->noise_us,
				.delays.rough_us = d->delays.rough_us,
			};
	}
}

static void
learn(void *state, int dir, int64_t line_bps)
{
	struct law_adaptive *law = state;

	law->dir[dir].knee_bps = line_bps;
}

/* A jammed line loses probes too; of one without a queue until then, only what
 * it was above the capacity that is known, or that passes now, is too much. */
static bool
silence(const void *state, const struct settings *s,
    const struct law_silence *in, int64_t *rate_bps)
{
	const struct law_adaptive *law = state;
	int64_t floor_bps = s->dir[in->dir].floor_bps[ZONE_RED];
	int64_t bps = law->dir[in->dir].knee_bps;

	if (in->silent_us < s->adaptive.silence_us)
		return false;
	*rate_bps = in->rate_bps;
	if (in->doubtful) {
		bps = number_part(in->rate_bps, s->dir[in->dir].factor_ppm);
	} else {
		if (bps == 0)
			return true;
		if (bps < in->use.arrival_bps)
			bps = in->use.arrival_bps;
		bps = number_part(bps, s->adaptive.restore_ppm);
	}
	if (bps < floor_bps)
		bps = floor_bps;
	if (bps < *rate_bps)
		*rate_bps = bps;
	return true;
}

const struct law law_adaptive = {
	.wants_shares = true,
	.step = step,
	.note = note,
	.forget = forget,
	.forget_later = forget_later,
	.learn = learn,
	.silence = silence,
	.kinds = law_adaptive_kinds,
	.describe = law_adaptive_describe,
	.restore = law_adaptive_restore,
};

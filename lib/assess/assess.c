/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/assess.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

/* While shares are known, a reflector that does not tell is not asked. */
#define ONEWAY_FRESH_US 1000000

/* Delays of other reflectors this old say nothing about a new one's. */
#define WELCOME_US 2000000

/* A path that alone was longer for so long is longer. */
#define ALONE_US 2000000
/* Delays of another one that are older than this are of another queue. */
#define SHARED_US 500000

const char *
assess_method(const char *method)
{
	return strcmp(method, "tcp") == 0 || strcmp(method, "stamp") == 0 ?
	    method :
	    "";
}

void
assess_init(struct assess *a, const struct settings *s)
{
	memset(a, 0, sizeof *a);
	for (int i = 0; i < DIRECTIONS; i++)
		a->dir[i].rate_bps = s->dir[i].base_bps;
}

void
assess_once(struct assess *a)
{
	a->once = true;
}

/* --- time ---------------------------------------------------------------- */

/* The longest silence that means nothing: in pass mode, that between two
 * passes. */
static int64_t
longest_silence(const struct settings *s)
{
	return s->assess.max_age_us > 2 * s->pass.interval_us ?
	    s->assess.max_age_us :
	    2 * s->pass.interval_us;
}

/* After a longer silence the samples before it say nothing about now. A small
 * step back is another reflector's probe, a large one a clock that was set. */
static bool
is_gap(const struct settings *s, int64_t before_us, int64_t t_us)
{
	return t_us - before_us > longest_silence(s) ||
	    before_us - t_us > s->assess.max_age_us;
}

/* Probes begin anew: nobody measured, or the clock was set. */
static void
begin_probes(struct assess *a)
{
	a->lost_us = 0;
	for (size_t i = 0; i < a->paths; i++)
		a->path[i].t_us = a->path[i].answered_us = a->path[i].alone_us =
		    0;
	for (int i = 0; i < DIRECTIONS; i++)
		a->dir[i].step_us = a->dir[i].cut_us = 0;
}

/* Advances the time of one kind of record. False if this one is stale; *anew
 * if time begins here. */
static bool
advance(struct assess_time *time, const struct settings *s, int64_t t_us,
    bool *anew)
{
	*anew = time->newest_us == 0 ||
	    t_us - time->newest_us > longest_silence(s);
	if (time->newest_us - t_us > s->assess.max_age_us) {
		if (++time->stale_run < ASSESS_STALE_RUN)
			return false;
		*anew = true;
	}
	time->stale_run = 0;
	if (*anew || t_us > time->newest_us)
		time->newest_us = t_us;
	return true;
}

static void
forget_samples(struct assess_direction *d)
{
	d->window = (struct window){ 0 };
	d->delta = (struct ewma){ 0 };
	d->classic = (struct law_classic){ 0 };
	d->zone = ZONE_UNKNOWN;
}

/* --- a clock that was set back ----------------------------------------- */

static void
forget_if_later(int64_t *t_us, int64_t newest_us)
{
	if (*t_us > newest_us)
		*t_us = 0;
}

static void
forget_path_later(struct assess_path *path, int64_t newest_us)
{
	forget_if_later(&path->t_us, newest_us);
	forget_if_later(&path->rtt.t_us, newest_us);
	forget_if_later(&path->oneway.t_us, newest_us);
	forget_if_later(&path->answered_us, newest_us);
	forget_if_later(&path->alone_us, newest_us);
	/* A restart knows when it was watched by this alone. */
	if (path->rtt.t_us == 0)
		path->t_us = 0;
	if (path->answered_us > path->rtt.t_us)
		path->answered_us = 0;
}

/* A wait ends a while after it began. */
#define WAIT_MOST_US ((int64_t)15 * 60 * 1000000)

static bool
is_adaptive_later(const struct adaptive_direction *d, int64_t newest_us)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->t_us[i] > newest_us)
			return true;
	return d->step_us > newest_us || d->onset_us > newest_us ||
	    d->active_us > newest_us || d->slack_us > newest_us ||
	    d->blind_us > newest_us || d->brake_us > newest_us ||
	    d->felt_us - newest_us > WAIT_MOST_US ||
	    d->wait_us - newest_us > WAIT_MOST_US;
}

/* What it learned of the line stays: the capacity and the noise. */
static void
forget_adaptive_times(struct adaptive_direction *d)
{
	*d = (struct adaptive_direction){
		.knee_bps = d->knee_bps,
		.noise_us = d->noise_us,
		.rough_us = d->rough_us,
	};
}

void
assess_forget_later(struct assess *a, const struct settings *s)
{
	int64_t newest_us = a->rtt_time.newest_us;
	/* Counters have a time of their own. */
	int64_t counted_us = newest_us + s->assess.max_age_us;

	forget_if_later(&a->lost_us, newest_us);
	forget_if_later(&a->oneway_us, newest_us);
	forget_if_later(&a->waiting.t_us, newest_us);
	for (size_t i = 0; i < a->paths; i++)
		forget_path_later(&a->path[i], newest_us);
	for (int i = 0; i < DIRECTIONS; i++) {
		struct assess_direction *d = &a->dir[i];

		forget_if_later(&d->t_us, newest_us);
		forget_if_later(&d->step_us, newest_us);
		forget_if_later(&d->cut_us, counted_us);
		if (d->shortfall.full_us > counted_us ||
		    d->shortfall.from_us > counted_us ||
		    d->shortfall.half_us > counted_us)
			d->shortfall = (struct shortfall){ 0 };
		if (is_adaptive_later(&a->adaptive.dir[i], newest_us))
			forget_adaptive_times(&a->adaptive.dir[i]);
	}
}

/* --- reflectors ---------------------------------------------------------- */

/* The entry of a reflector; a new one takes the place of the one that has been
 * silent for longest when the table is full. */
static struct assess_path *
find_path(struct assess *a, const char *host, const char *method)
{
	struct assess_path *oldest = &a->path[0];

	for (size_t i = 0; i < a->paths; i++) {
		if (strcmp(a->path[i].host, host) == 0 &&
		    strcmp(a->path[i].method, method) == 0)
			return &a->path[i];
		if (a->path[i].t_us < oldest->t_us)
			oldest = &a->path[i];
	}
	if (a->paths < SETTINGS_HOSTS)
		oldest = &a->path[a->paths++];
	memset(oldest, 0, sizeof *oldest);
	text_copy(oldest->host, sizeof oldest->host, host, strlen(host));
	text_copy(oldest->method, sizeof oldest->method, method,
	    strlen(method));
	return oldest;
}

/* A path that joins while there is a queue would learn the queue. What the
 * others are above their baselines now is not its own. */
static void
welcome(struct assess *a, const struct settings *s, struct assess_path *path,
    const struct rtt *rtt)
{
	int64_t above_us[SETTINGS_HOSTS], common_us;
	size_t n = 0, at;

	if (s->baseline.initial_us != 0 || path->rtt.value.set)
		return;
	for (size_t i = 0; i < a->paths; i++) {
		const struct assess_path *other = &a->path[i];

		if (other == path || other->answered_us == 0 ||
		    rtt->t_us - other->answered_us > WELCOME_US)
			continue;
		for (at = n++; at > 0 && above_us[at - 1] > other->above_us;
		     at--)
			above_us[at] = above_us[at - 1];
		above_us[at] = other->above_us;
	}
	if (n == 0)
		return;
	common_us = above_us[(n - 1) / 2];
	if (common_us > 0 && common_us < rtt->us)
		baseline_set(&path->rtt, s, rtt->us - common_us);
}

/* What all share is no more than what two others have: one may be before the
 * queue, and never see it. */
static int64_t
shared_us(const struct assess *a, const struct assess_path *path, int64_t t_us)
{
	int64_t least_us = NONE, second_us = NONE;

	for (size_t i = 0; i < a->paths; i++) {
		const struct assess_path *other = &a->path[i];

		if (other == path || other->answered_us == 0 ||
		    t_us - other->answered_us > SHARED_US)
			continue;
		if (least_us == NONE || other->above_us < least_us) {
			second_us = least_us;
			least_us = other->above_us;
		} else if (second_us == NONE || other->above_us < second_us) {
			second_us = other->above_us;
		}
	}
	return second_us;
}

static void
watch_alone(struct assess *a, const struct settings *s,
    struct assess_path *path, int64_t t_us, int64_t above_us)
{
	int64_t shared = shared_us(a, path, t_us);

	if (shared == NONE || shared > s->baseline.gate_us ||
	    above_us <= s->baseline.gate_us) {
		path->alone_us = 0;
		return;
	}
	if (path->alone_us == 0 || path->alone_us > t_us) {
		path->alone_us = t_us;
		path->more_us = above_us;
	}
	if (above_us < path->more_us)
		path->more_us = above_us;
	if (t_us - path->alone_us < ALONE_US)
		return;
	path->alone_us = 0;
	baseline_set(&path->rtt, s, baseline_us(&path->rtt, 0) + path->more_us);
}

static bool
is_loaded(const struct assess_direction *d, const struct settings *s,
    int64_t t_us)
{
	int64_t percent = utilisation_percent(&d->load, d->rate_bps, t_us);

	return percent != NONE && percent >= s->assess.busy_ppm / 10000;
}

/* Counts nothing worth the name: what a person at rest uses. Half of the rate
 * would not do: when the capacity collapses, little arrives and all of it
 * queues. */
static bool
is_idle(const struct assess_direction *d, const struct settings *s,
    int64_t t_us)
{
	int64_t percent = utilisation_percent(&d->load, d->rate_bps, t_us);

	return percent != NONE && percent < s->assess.idle_ppm / 10000;
}

/* A round trip crosses both directions. */
static enum activity
activity_at(const struct assess *a, const struct settings *s, int64_t t_us)
{
	if (is_loaded(&a->dir[DOWN], s, t_us) ||
	    is_loaded(&a->dir[UP], s, t_us))
		return ACTIVITY_BUSY;
	return is_idle(&a->dir[DOWN], s, t_us) &&
		is_idle(&a->dir[UP], s, t_us) ?
	    ACTIVITY_IDLE :
	    ACTIVITY_UNKNOWN;
}

/* --- verdicts ------------------------------------------------------------ */

static void
speak(struct assess *a, const struct settings *s, int dir, int64_t t_us,
    const struct law_output *out, struct rate facts, struct verdict *v)
{
	struct assess_direction *d = &a->dir[dir];
	struct rate *r = &v->rate[v->count++];

	*r = facts;
	r->t_us = t_us;
	text_copy(r->wan, sizeof r->wan, s->wan.name, strlen(s->wan.name));
	r->dir = dir;
	r->bps = out->rate_bps;
	r->was = d->rate_bps;
	r->state = out->zone;
	r->load = utilisation_percent(&d->load, d->rate_bps, t_us);
	r->goodput = utilisation_goodput(&d->load, t_us);
	text_copy(r->why, sizeof r->why, out->why, strlen(out->why));
	d->rate_bps = out->rate_bps;
	d->zone = out->zone;
	d->last = *r;
}

static struct rate
facts_of(int64_t delta_us, int64_t base_us, const char *evidence)
{
	struct rate r;

	message_clear(&message_rate, &r);
	r.delta_us = delta_us;
	r.base_us = base_us;
	text_copy(r.evidence, sizeof r.evidence, evidence, strlen(evidence));
	return r;
}

static struct law_output
ask_law(struct assess_direction *d, const struct settings *s, int dir,
    int64_t t_us, int64_t sample_us)
{
	struct law_input in = {
		.t_us = t_us,
		.delta_us = ewma_value(&d->delta, 0),
		.sample_us = sample_us,
		.load = utilisation_percent(&d->load, d->rate_bps, t_us),
		.goodput_bps = utilisation_goodput(&d->load, t_us),
		.arrival_bps = d->load.seen ? d->load.arrival_bps : NONE,
		.backlog = d->load.seen ? d->load.backlog : NONE,
		.rate_bps = d->rate_bps,
	};

	return law_classic_step(&d->classic, &s->dir[dir], &in);
}

static struct adaptive_input
adaptive_input(const struct assess *a, const struct settings *s, int64_t t_us,
    int64_t base_us)
{
	struct adaptive_input in = { .t_us = t_us, .base_us = base_us };

	if (a->once)
		in.pace_us = s->pass.interval_us;

	for (int i = 0; i < DIRECTIONS; i++) {
		const struct assess_direction *d = &a->dir[i];
		int64_t age_us = 0;

		in.dir[i].load = utilisation_percent(&d->load, d->rate_bps,
		    t_us);
		in.dir[i].arrival_bps = in.dir[i].load == NONE ?
		    NONE :
		    d->load.arrival_bps;
		/* In a pass the counters are read before the answers are, and
		 * all are of one rate. */
		if (t_us > d->load.t_us && !a->once)
			age_us = t_us - d->load.t_us;
		in.dir[i].measured_us = age_us + d->load.span_us;
		in.dir[i].backlog = utilisation_backlog(&d->load, t_us);
		in.dir[i].rate_bps = d->rate_bps;
	}
	return in;
}

/* A gap: what was measured before it says nothing about now. */
static void
forget_adaptive(struct law_adaptive *law)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		law->dir[i].count = 0;
		law->dir[i].phase = ADAPTIVE_OPEN;
		law->dir[i].step_us = 0;
	}
	law->suspects = law->tried = law->evidence = 0;
}

/* The path became longer, that of every reflector. Of round trips alone, each
 * direction saw the whole of it. */
static void
lengthen(struct assess *a, const struct settings *s, bool one_way,
    const int64_t longer_us[DIRECTIONS])
{
	int64_t up_us = longer_us[UP], down_us = longer_us[DOWN];
	int64_t more_us = one_way || up_us == 0 || down_us == 0 ?
	    up_us + down_us :
	    up_us;

	for (size_t i = 0; i < a->paths && more_us > 0; i++) {
		struct baseline *b = &a->path[i].rtt;

		if (b->value.set)
			baseline_set(b, s, baseline_us(b, 0) + more_us);
		if (one_way)
			oneway_lengthen(&a->path[i].oneway, up_us, down_us);
	}
}

static void
step_both(struct assess *a, const struct settings *s,
    const struct adaptive_input *in, struct verdict *v)
{
	struct adaptive_output out;

	law_adaptive_step(&a->adaptive, s, in, &out);
	for (int i = 0; i < DIRECTIONS; i++)
		speak(a, s, i, in->t_us, &out.out[i],
		    facts_of(out.delta_us[i], in->base_us, out.evidence[i]), v);
	lengthen(a, s, in->one_way, out.longer_us);
}

/* A new sample for the adaptive law, which sees both directions. */
static void
take_both(struct assess *a, const struct settings *s, struct assess_path *path,
    const struct rtt *rtt, int64_t above_us, int64_t base_us, struct verdict *v)
{
	int64_t share_us[DIRECTIONS] = { above_us, above_us };
	int64_t before_us = a->dir[DOWN].t_us, t_us = rtt->t_us;
	bool one_way = oneway_add(&path->oneway, rtt, above_us,
	    s->baseline.gate_us, share_us);
	struct adaptive_input in;

	if (is_gap(s, before_us, t_us))
		forget_adaptive(&a->adaptive);
	else if (t_us < before_us)
		t_us = before_us;
	if (one_way)
		a->oneway_us = t_us;
	else if (a->oneway_us != 0 && t_us - a->oneway_us >= 0 &&
	    t_us - a->oneway_us < ONEWAY_FRESH_US)
		return;
	in = adaptive_input(a, s, t_us, base_us);
	in.one_way = one_way;
	for (int i = 0; i < DIRECTIONS; i++) {
		a->dir[i].t_us = t_us;
		in.dir[i].delta_us = share_us[i];
	}
	if (!a->once) {
		step_both(a, s, &in, v);
		return;
	}
	if (a->waiting.t_us != 0)
		law_adaptive_note(&a->adaptive, &a->waiting);
	a->waiting = in;
}

/* A new sample of one direction. */
static void
take_sample(struct assess *a, const struct settings *s, int dir, int64_t t_us,
    int64_t above_us, int64_t base_us, struct verdict *v)
{
	struct assess_direction *d = &a->dir[dir];
	struct law_output out = { ZONE_UNKNOWN, d->rate_bps, "settle" };
	int64_t before_us = d->t_us, delta_us;

	if (is_gap(s, before_us, t_us)) {
		forget_samples(d);
		d->step_us = 0;
	}
	/* Two probes may come out of order by microseconds. */
	if (t_us < before_us && d->window.count > 0)
		t_us = before_us;
	d->t_us = t_us;
	window_add(&d->window, above_us, (size_t)s->assess.median);
	if (d->window.count < (size_t)s->assess.median) {
		delta_us = window_median(&d->window, 0);
	} else {
		delta_us = ewma_add_after(&d->delta,
		    window_median(&d->window, 0), t_us - before_us,
		    s->assess.load_time_us);
		if (d->step_us != 0 && t_us - d->step_us < s->assess.pace_us)
			return;
		d->step_us = t_us;
		out = ask_law(d, s, dir, t_us, above_us);
	}
	speak(a, s, dir, t_us, &out, facts_of(delta_us, base_us, "rtt"), v);
}

/* --- no data ------------------------------------------------------------- */

/* True if a direction is to be lowered although its counters do not tell that
 * the line is slower. They would tell, where the queue of the shaper is known,
 * unless the line was jammed already when answers ended: a full upload says
 * only what we send. */
static bool
is_doubtful(const struct assess_direction *d, const struct settings *s, int dir,
    int64_t t_us)
{
	if (!is_loaded(d, s, t_us))
		return false;
	if (d->jammed == 0 && utilisation_backlog(&d->load, t_us) != NONE)
		return false;
	return dir == UP || !shortfall_carries(s, &d->load, d->rate_bps, t_us);
}

/* The counters tell that the line is slower than the shaper: a little less than
 * what it passes, so that its queue drains. True if that is a cut. */
static bool
heed_shortfall(struct assess *a, const struct settings *s, int dir,
    int64_t t_us, struct law_output *out)
{
	struct assess_direction *d = &a->dir[dir];
	int64_t floor_bps = s->dir[dir].floor_bps[ZONE_RED];
	int64_t line_bps = d->shortfall.line_bps;
	int64_t rate_bps = number_muldiv(line_bps, s->assess.blackout_share_ppm,
	    NUMBER_PPM);

	if (line_bps == 0 || d->shortfall.line_us < a->lost_us ||
	    s->assess.blackout_cut_us == 0 ||
	    (dir == DOWN && shortfall_is_near(&a->dir[UP].shortfall)))
		return false;
	d->shortfall.line_bps = 0;
	if (rate_bps < floor_bps)
		rate_bps = floor_bps;
	if (rate_bps >= d->rate_bps)
		return false;
	out->rate_bps = rate_bps;
	out->why = "shortfall";
	d->cut_us = t_us;
	shortfall_follow(&d->shortfall, t_us);
	/* A queue on the way up slows what comes down. */
	if (dir == UP)
		shortfall_defer(&a->dir[DOWN].shortfall, s, t_us);
	a->adaptive.dir[dir].knee_bps = line_bps;
	return true;
}

static const char *
evidence_of(const struct law_output *out)
{
	return strcmp(out->why, "shortfall") == 0 ? "load" : "none";
}

static void
black_out(struct assess *a, const struct settings *s, int dir, int64_t t_us,
    bool only_news, struct verdict *v)
{
	struct assess_direction *d = &a->dir[dir];
	struct law_output out = { ZONE_BLACKOUT, d->rate_bps, "blackout" };
	int64_t floor_bps = s->dir[dir].floor_bps[ZONE_RED], cut_bps;
	int64_t since_us = d->cut_us > a->lost_us ? d->cut_us : a->lost_us;
	bool news = d->zone != ZONE_BLACKOUT;

	if (news) {
		forget_samples(d);
		forget_adaptive(&a->adaptive);
		a->waiting.t_us = 0;
	}
	if (heed_shortfall(a, s, dir, t_us, &out)) {
		news = true;
	} else if (s->assess.blackout_cut_us != 0 &&
	    t_us - since_us >= s->assess.blackout_cut_us &&
	    is_doubtful(d, s, dir, t_us) && d->rate_bps > floor_bps) {
		cut_bps = number_muldiv(d->rate_bps, s->dir[dir].factor_ppm,
		    NUMBER_PPM);
		out.rate_bps = cut_bps > floor_bps ? cut_bps : floor_bps;
		out.why = "blackout_cut";
		d->cut_us = t_us;
		news = true;
	}
	if (news || !only_news)
		speak(a, s, dir, t_us, &out,
		    facts_of(NONE, NONE, evidence_of(&out)), v);
}

/* What a loaded direction is lowered to when answers stop. A jammed line loses
 * probes too; of one without a queue until then, only what it was above the
 * capacity that is known, or that passes now, is too much. */
static int64_t
silent_bps(const struct assess *a, const struct settings *s, int dir,
    int64_t t_us)
{
	const struct assess_direction *d = &a->dir[dir];
	int64_t floor_bps = s->dir[dir].floor_bps[ZONE_RED];
	int64_t bps = a->adaptive.dir[dir].knee_bps;

	if (is_doubtful(d, s, dir, t_us)) {
		bps = number_muldiv(d->rate_bps, s->dir[dir].factor_ppm,
		    NUMBER_PPM);
	} else {
		if (bps == 0)
			return d->rate_bps;
		if (bps < d->load.arrival_bps)
			bps = d->load.arrival_bps;
		bps = number_muldiv(bps, s->adaptive.restore_ppm, NUMBER_PPM);
	}
	return bps > floor_bps ? bps : floor_bps;
}

/* Before it is a blackout. */
static void
fall_silent(struct assess *a, const struct settings *s, int dir, int64_t t_us,
    struct verdict *v)
{
	struct assess_direction *d = &a->dir[dir];
	struct law_output out = { (enum zone)d->zone, d->rate_bps, "silence" };

	if (t_us - a->lost_us < s->adaptive.silence_us ||
	    t_us - d->t_us < s->adaptive.silence_us)
		return;
	if (!heed_shortfall(a, s, dir, t_us, &out)) {
		if (d->cut_us >= a->lost_us || !is_loaded(d, s, t_us))
			return;
		out.rate_bps = silent_bps(a, s, dir, t_us);
		if (out.rate_bps >= d->rate_bps)
			return;
		d->cut_us = t_us;
	}
	speak(a, s, dir, t_us, &out, facts_of(NONE, NONE, "load"), v);
}

/* The silence counts from the first probe that was sent in vain: the time
 * between two passes, and counters alone, do not say that anybody asked. */
static void
check_blackout(struct assess *a, const struct settings *s, int64_t t_us,
    bool only_news, struct verdict *v)
{
	if (a->lost_us == 0)
		return;
	if (t_us - a->lost_us < s->assess.blackout_us) {
		for (int i = 0; s->assess.law == LAW_ADAPTIVE && i < DIRECTIONS;
		     i++)
			fall_silent(a, s, i, t_us, v);
		return;
	}
	for (int i = 0; i < DIRECTIONS; i++)
		black_out(a, s, i, t_us, only_news, v);
}

/* --- records ------------------------------------------------------------- */

static void
take_answer(struct assess *a, const struct settings *s,
    struct assess_path *path, const struct rtt *rtt, struct verdict *v)
{
	int64_t before_us = baseline_us(&path->rtt, 0), above_us, base_us;

	a->lost_us = 0;
	if (rtt->us > s->baseline.max_us &&
	    activity_at(a, s, rtt->t_us) == ACTIVITY_IDLE)
		memcpy(a->beyond, rtt->host, sizeof a->beyond);
	welcome(a, s, path, rtt);
	above_us = baseline_add(&path->rtt, s, rtt->t_us, rtt->us,
	    activity_at(a, s, rtt->t_us));
	watch_alone(a, s, path, rtt->t_us, above_us);
	base_us = baseline_us(&path->rtt, 0);
	if (base_us < before_us || base_us - before_us > s->baseline.gate_us)
		oneway_follow(&path->oneway, rtt, above_us,
		    base_us - before_us);
	path->above_us = above_us;
	path->answered_us = rtt->t_us;
	if (s->assess.law == LAW_ADAPTIVE)
		take_both(a, s, path, rtt, above_us, base_us, v);
	else
		for (int i = 0; i < DIRECTIONS; i++)
			take_sample(a, s, i, rtt->t_us, above_us, base_us, v);
	for (int i = 0; i < DIRECTIONS; i++)
		a->dir[i].jammed = a->dir[i].zone > ZONE_GREEN &&
		    a->dir[i].zone != ZONE_BLACKOUT;
}

void
assess_rtt(struct assess *a, const struct settings *s, const struct rtt *rtt,
    struct verdict *v)
{
	struct assess_path *path;
	bool anew, back = rtt->t_us < a->rtt_time.newest_us;

	v->count = 0;
	if (!advance(&a->rtt_time, s, rtt->t_us, &anew)) {
		a->stale++;
		return;
	}
	if (anew)
		begin_probes(a);
	if (anew && back)
		assess_forget_later(a, s);
	path = find_path(a, rtt->host, assess_method(rtt->method));
	if (rtt->t_us <= path->t_us) {
		a->repeated++;
		return;
	}
	path->t_us = rtt->t_us;
	if (rtt->us != NONE) {
		take_answer(a, s, path, rtt, v);
		return;
	}
	if (a->lost_us == 0)
		a->lost_us = rtt->t_us > s->ping.timeout_us ?
		    rtt->t_us - s->ping.timeout_us :
		    1;
	check_blackout(a, s, rtt->t_us, false, v);
}

void
assess_queue(struct assess *a, const struct settings *s,
    const struct queue *queue, struct verdict *v)
{
	struct assess_direction *d;
	bool anew;

	v->count = 0;
	if (!advance(&a->queue_time, s, queue->t_us, &anew)) {
		a->stale++;
		return;
	}
	d = &a->dir[queue->dir];
	if (utilisation_add(&d->load, queue))
		shortfall_add(&d->shortfall, s, &d->load, d->rate_bps,
		    d->jammed != 0);
	check_blackout(a, s, queue->t_us, true, v);
}

void
assess_end(struct assess *a, const struct settings *s, struct verdict *v)
{
	v->count = 0;
	if (a->waiting.t_us != 0)
		step_both(a, s, &a->waiting, v);
	a->waiting.t_us = 0;
}

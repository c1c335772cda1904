/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No probe is answered: what assess.h decides then.
 *
 * The silence counts from the first probe that was sent in vain: the time
 * between two passes, and counters alone, do not show that anybody asked. A
 * law may lower a loaded direction early; after [assess] blackout both are in
 * BLACKOUT. In both, counters that show a slower line come first.
 */
#include "assess/assess_parts.h"
#include "base/number.h"

/* True if a direction is to be lowered although its counters do not show that
 * the line is slower. They cannot where the queue of the shaper is not known.
 * Where it is, packets that do not wait there wait at the provider: of an
 * upload that sends its whole rate, and of a line that was jammed when answers
 * ended, where less load is load too, for that much is left. What is sent into
 * a jam by those that do not care waits in both. */
static bool
is_doubtful(const struct assess_direction *d, const struct settings *s, int dir,
    const struct usage *use)
{
	bool carries = shortfall_carries(s, use, d->rate_bps);
	bool queues = use->backlog != NONE &&
	    shortfall_queues(s, use, d->rate_bps);

	if (d->jammed != 0 && use->percent != NONE &&
	    use->percent * 10000 >= s->assess.idle_ppm)
		return dir == UP || !queues;
	if (!assess_is_loaded(s, use))
		return false;
	if (use->backlog == NONE)
		return dir == UP || !carries;
	return dir == UP && carries && !queues;
}

/* Answers ended when what was full did no longer carry its rate, and has no
 * queue in our shaper: the line is jammed. A download that ends by itself does
 * so at another time. */
static void
find_jam(struct assess *a, const struct settings *s, int dir,
    const struct usage *use)
{
	struct assess_direction *d = &a->dir[dir];
	int64_t full_us = d->shortfall.full_us;
	int64_t most_us = s->adaptive.active_us +
	    (a->once ? s->pass.interval_us : 0);

	if (full_us != 0 && full_us - a->lost_us <= d->load.dt_us &&
	    a->lost_us - full_us <= most_us && use->percent != NONE &&
	    use->backlog != NONE && !shortfall_carries(s, use, d->rate_bps))
		d->jammed = 1;
}

/* The counters show that the line is slower than the shaper: a little less than
 * what it passes, so that its queue drains. True if that is a cut. */
static bool
heed_shortfall(struct assess *a, const struct settings *s, int dir,
    int64_t t_us, struct law_verdict *out)
{
	struct assess_direction *d = &a->dir[dir];
	int64_t floor_bps = s->dir[dir].floor_bps[ZONE_RED];
	int64_t line_bps = d->shortfall.line_bps;
	int64_t rate_bps = number_part(line_bps, s->assess.blackout_share_ppm);

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
	out->why = RATE_SHORTFALL;
	out->evidence = EVIDENCE_LOAD;
	shortfall_follow(&d->shortfall, t_us);
	/* A queue on the way up slows what comes down. */
	if (dir == UP)
		shortfall_defer(&a->dir[DOWN].shortfall, s, t_us);
	if (a->law->learn != NULL)
		a->law->learn(&a->state, dir, line_bps);
	return true;
}

/* A loaded direction in doubt is lowered each blackout_cut. */
static bool
cut_in_blackout(const struct assess *a, const struct settings *s, int dir,
    const struct assess_moment *now, struct law_verdict *out)
{
	const struct assess_direction *d = &a->dir[dir];
	int64_t floor_bps = s->dir[dir].floor_bps[ZONE_RED];
	int64_t cut_bps = number_part(d->rate_bps, s->dir[dir].factor_ppm);
	int64_t since_us = d->cut_us > a->lost_us ? d->cut_us : a->lost_us;

	if (s->assess.blackout_cut_us == 0 ||
	    now->t_us - since_us < s->assess.blackout_cut_us ||
	    d->rate_bps <= floor_bps || !is_doubtful(d, s, dir, &now->use[dir]))
		return false;
	out->rate_bps = cut_bps > floor_bps ? cut_bps : floor_bps;
	out->why = RATE_BLACKOUT_CUT;
	return true;
}

static void
black_out(struct assess *a, const struct settings *s, int dir,
    const struct assess_moment *now, bool only_news, struct verdict *v)
{
	struct assess_direction *d = &a->dir[dir];
	struct law_verdict out = { .zone = ZONE_BLACKOUT,
		.rate_bps = d->rate_bps,
		.why = RATE_BLACKOUT,
		.delta_us = NONE };
	bool news = d->zone != ZONE_BLACKOUT;

	if (news) {
		a->law->forget(&a->state);
		a->waiting.t_us = 0;
	}
	if (s->dir[dir].managed != 0 &&
	    (heed_shortfall(a, s, dir, now->t_us, &out) ||
		cut_in_blackout(a, s, dir, now, &out))) {
		d->cut_us = now->t_us;
		news = true;
	}
	if (news || !only_news)
		assess_decide(a, s, dir, now, &out, NONE, v);
}

/* Before it is a blackout a loaded direction is lowered once. */
static void
fall_silent(struct assess *a, const struct settings *s, int dir,
    const struct assess_moment *now, int64_t silent_us, struct verdict *v)
{
	struct assess_direction *d = &a->dir[dir];
	struct law_verdict out = { .zone = (enum zone)d->zone,
		.rate_bps = d->rate_bps,
		.why = RATE_SILENCE,
		.delta_us = NONE,
		.evidence = EVIDENCE_LOAD };
	struct law_silence in = { dir, silent_us, d->rate_bps,
		is_doubtful(d, s, dir, &now->use[dir]), now->use[dir] };

	if (s->dir[dir].managed == 0 ||
	    !a->law->silence(&a->state, s, &in, &out.rate_bps))
		return;
	if (!heed_shortfall(a, s, dir, now->t_us, &out) &&
	    (d->cut_us >= a->lost_us || out.rate_bps >= d->rate_bps ||
		!assess_is_loaded(s, &now->use[dir])))
		return;
	d->cut_us = now->t_us;
	assess_decide(a, s, dir, now, &out, NONE, v);
}

void
assess_silence(struct assess *a, const struct settings *s, int64_t t_us,
    bool only_news, struct verdict *v)
{
	int64_t lost_us = t_us - a->lost_us, silent_us = t_us - a->sample_us;
	struct assess_moment now;

	if (a->lost_us == 0 ||
	    (lost_us < s->assess.blackout_us && a->law->silence == NULL))
		return;
	now = assess_moment_at(a, t_us);
	for (int i = 0; i < DIRECTIONS; i++) {
		find_jam(a, s, i, &now.use[i]);
		if (lost_us >= s->assess.blackout_us)
			black_out(a, s, i, &now, only_news, v);
		else
			fall_silent(a, s, i, &now,
			    silent_us < lost_us ? silent_us : lost_us, v);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steer/steer.h"

#include <string.h>

#include "base/text.h"

#define BAD_SAMPLES 2

void
steer_init(struct steerer *p)
{
	*p = (struct steerer){ .now_us = NONE,
		.decided_us = NONE,
		.seen_us = NONE,
		.changed_us = NONE };
	for (int i = 0; i < LINES; i++)
		signals_init(&p->line[i]);
	message_clear(&message_steer, &p->last);
}

/* --- time ----------------------------------------------------------------- */

static void
shift(int64_t *t_us, int64_t by_us)
{
	if (*t_us != NONE)
		*t_us += by_us;
}

static void
shift_timers(struct steerer *p, int64_t by_us)
{
	shift(&p->changed_us, by_us);
	votes_shift(&p->votes, by_us);
	score_shift(&p->score, by_us);
	brake_shift(&p->brake, by_us);
}

static void
begin_anew(struct steerer *p)
{
	votes_changed(&p->votes, p->now_us);
	score_changed(&p->score);
	p->bad = 0;
}

/* A record of that time came. False if it is of the past. */
static bool
advance(struct steerer *p, const struct steer_settings *s, int64_t t_us)
{
	int64_t gap_us = p->now_us == NONE ? 0 : t_us - p->now_us;

	if (gap_us < -s->max_age_us) {
		if (++p->back < STEER_BACK)
			return false;
		/* The clock was set back. */
		shift_timers(p, gap_us);
		shift(&p->seen_us, gap_us);
		shift(&p->decided_us, gap_us);
		for (int i = 0; i < LINES; i++)
			signals_shift(&p->line[i], gap_us);
		p->now_us = t_us;
	}
	p->back = 0;
	if (gap_us > s->max_age_us)
		shift_timers(p, gap_us);
	if (t_us > p->now_us || p->now_us == NONE)
		p->now_us = t_us;
	if (gap_us > STEER_STALE_US) {
		p->diverted = 0;
		begin_anew(p);
	}
	return true;
}

/* --- the alternate line --------------------------------------------------- */

struct view {
	struct votes_signals signals[LINES];
	enum vote vote[LINES];
	enum steer_reason why; /* rule of the primary's vote */
	int64_t rtt_us[LINES];
	enum alternate alternate;
};

static enum vote
vote_of(const struct steer_settings *s, const struct votes_signals *g,
    enum steer_reason *why)
{
	*why = STEER_NO_DATA;
	if (g->zone == ZONE_UNKNOWN ||
	    (g->delta_us == NONE && g->zone != ZONE_BLACKOUT))
		return VOTE_UNKNOWN;
	return votes_vote(s, g, why);
}

/* A line without any answer has no round trip to compare. */
static enum alternate
judge_alternate(const struct steer_settings *s, const struct view *v)
{
	const struct votes_signals *to = &v->signals[ALTERNATE];

	if (to->zone == ZONE_BLACKOUT)
		return ALTERNATE_DEAD;
	if (v->vote[ALTERNATE] == VOTE_UNKNOWN || v->rtt_us[ALTERNATE] == NONE)
		return ALTERNATE_SILENT;
	if (v->vote[ALTERNATE] == VOTE_RED)
		return ALTERNATE_WORSE;
	if (v->signals[PRIMARY].zone != ZONE_BLACKOUT &&
	    v->rtt_us[PRIMARY] != NONE &&
	    v->rtt_us[ALTERNATE] + s->margin_us > v->rtt_us[PRIMARY])
		return ALTERNATE_WORSE;
	return ALTERNATE_GOOD;
}

static void
view_lines(const struct steerer *p, const struct steer_settings *s,
    struct view *v)
{
	enum steer_reason unused;

	for (int i = 0; i < LINES; i++) {
		signals_now(&p->line[i], s, p->now_us, &v->signals[i]);
		v->rtt_us[i] = signals_rtt(&p->line[i], &v->signals[i]);
	}
	v->vote[PRIMARY] = vote_of(s, &v->signals[PRIMARY], &v->why);
	v->vote[ALTERNATE] = vote_of(s, &v->signals[ALTERNATE], &unused);
	v->alternate = judge_alternate(s, v);
}

/* --- a decision ----------------------------------------------------------- */

static bool
must_hold(const struct steerer *p, const struct steer_settings *s)
{
	return p->changed_us != NONE && p->now_us - p->changed_us < s->hold_us;
}

/* Why a wish to divert is not granted; STEER_UNDECIDED: it is. */
static enum steer_reason
refuse(const struct steerer *p, const struct steer_settings *s,
    const struct view *v)
{
	static const enum steer_reason whys[ALTERNATES] = { STEER_UNDECIDED,
		STEER_ALTERNATE_WORSE, STEER_ALTERNATE_DEAD,
		STEER_ALTERNATE_SILENT };

	if (must_hold(p, s))
		return STEER_HOLD;
	if (s->mode == STEER_VOTES && brake_is_on(&p->brake, p->now_us))
		return STEER_BRAKE;
	return whys[v->alternate];
}

/* Whether traffic must leave the alternate line although the primary is
 * congested, and why; STEER_UNDECIDED: it may stay. A line that is worse only
 * by its round trip is no reason while the primary is RED: traffic went there
 * because of that, and its own load made it longer. */
static enum steer_reason
flee(struct steerer *p, const struct steer_settings *s, const struct view *v)
{
	const struct votes_signals *home = &v->signals[PRIMARY];
	enum steer_reason why = STEER_UNDECIDED;

	if (v->vote[PRIMARY] == VOTE_UNKNOWN || home->zone == ZONE_BLACKOUT)
		why = STEER_UNDECIDED;
	else if (v->alternate == ALTERNATE_DEAD)
		why = STEER_ALTERNATE_DEAD;
	else if (v->alternate == ALTERNATE_SILENT)
		why = STEER_ALTERNATE_SILENT;
	else if (v->vote[ALTERNATE] == VOTE_RED && !must_hold(p, s) &&
	    v->rtt_us[ALTERNATE] > v->rtt_us[PRIMARY])
		why = STEER_ALTERNATE_WORSE;
	p->bad = why == STEER_UNDECIDED ? 0 :
	    p->bad < BAD_SAMPLES        ? p->bad + 1 :
					  p->bad;
	return p->bad >= BAD_SAMPLES ? why : STEER_UNDECIDED;
}

static enum wish
wish_of(struct steerer *p, const struct steer_settings *s, const struct view *v,
    int64_t score, enum steer_reason *why)
{
	bool diverted = p->diverted != 0;
	enum wish by_votes, by_score;
	enum steer_reason rule = v->why;

	by_votes = votes_step(&p->votes, s, diverted, v->vote[PRIMARY],
	    p->now_us, &rule);
	by_score = score_step(&p->score, s, diverted, score,
	    brake_points(&p->brake, s, p->now_us), p->now_us);
	*why = s->mode == STEER_VOTES ? rule :
	    by_score == WISH_RETURN   ? STEER_HEALTHY :
					STEER_SCORE;
	return s->mode == STEER_VOTES ? by_votes : by_score;
}

/* The decision and its reason. */
static enum steer_reason
choose(struct steerer *p, const struct steer_settings *s, const struct view *v,
    int64_t *score)
{
	enum steer_reason why, other;
	enum wish wish;

	*score = p->last.confidence == NONE ? 0 : p->last.confidence;
	/* An unknown line is neither good nor bad. */
	if (v->vote[PRIMARY] == VOTE_UNKNOWN)
		return v->why;
	*score = score_score(&p->score, s, &v->signals[PRIMARY]);
	wish = wish_of(p, s, v, *score, &why);
	if (p->diverted != 0 && (other = flee(p, s, v)) != STEER_UNDECIDED) {
		p->diverted = 0;
		return other;
	}
	if (wish == WISH_DIVERT) {
		if ((other = refuse(p, s, v)) != STEER_UNDECIDED) {
			p->refused++;
			return other;
		}
		p->diverted = 1;
		return why;
	}
	if (wish == WISH_RETURN) {
		if (must_hold(p, s))
			return STEER_HOLD;
		p->diverted = 0;
		return why;
	}
	return v->why;
}

/* The signals that could be had; not those that are switched off. */
static void
name_signals(char out[static WORD_MAX], const struct steer_settings *s,
    const struct votes_signals *g)
{
	struct text t;

	text_init(&t, out, WORD_MAX);
	if (g->delta_us != NONE)
		text_add(&t, "delta");
	if (s->drops > 0 && g->drops != NONE)
		text_add(&t, "-drops");
	if (s->queue > 0 && g->queued != NONE)
		text_add(&t, "-queue");
	if (out[0] == '-')
		memmove(out, out + 1, strlen(out));
}

static void
put_name(char out[static WAN_MAX], const char *name)
{
	text_copy(out, WAN_MAX, name, strlen(name));
}

static void
report(struct steerer *p, const struct settings *s, const struct view *v,
    int64_t score, enum steer_reason why)
{
	const struct votes_signals *g = &v->signals[PRIMARY];
	struct steer *r = &p->last;

	message_clear(&message_steer, r);
	r->t_us = p->now_us;
	put_name(r->wan, s->wan.name);
	put_name(r->to, s->steer.to);
	r->on = p->diverted;
	r->dry_run = s->steer.dry_run;
	r->confidence = score;
	r->state = v->vote[PRIMARY];
	r->delta_us = g->delta_us;
	r->drops = g->drops;
	r->queued = g->queued;
	r->rtt_us = v->rtt_us[PRIMARY];
	r->alternate = v->alternate;
	r->to_rtt_us = v->rtt_us[ALTERNATE];
	name_signals(r->signals, &s->steer, g);
	text_copy(r->why, sizeof r->why, steer_reasons[why].word,
	    strlen(steer_reasons[why].word));
}

static void
decide(struct steerer *p, const struct settings *s)
{
	int64_t before = p->last.on == 1, score;
	enum steer_reason why;
	struct view v;

	view_lines(p, &s->steer, &v);
	if (v.vote[PRIMARY] == VOTE_GREEN)
		v.why = STEER_GREEN;
	else if (v.vote[PRIMARY] == VOTE_YELLOW)
		v.why = STEER_YELLOW;
	why = choose(p, &s->steer, &v, &score);
	if (before != p->diverted && p->diverted == 0 && v.why == why)
		why = STEER_STALE;
	report(p, s, &v, score, why);
	p->decided_us = p->now_us;
	p->seen_us = signals_t(&p->line[PRIMARY]);
	p->decisions++;
	for (int i = 0; i < LINES; i++)
		signals_decided(&p->line[i]);
	if (before == p->diverted)
		return;
	p->last.changed = 1;
	p->changes++;
	p->away += p->diverted;
	p->changed_us = p->now_us;
	begin_anew(p);
	brake_add(&p->brake, &s->steer, p->now_us);
}

/* --- records -------------------------------------------------------------- */

static struct signals *
line_of(struct steerer *p, const struct settings *s, const char *wan)
{
	bool other = wan[0] != '\0' && strcmp(wan, s->steer.to) == 0;

	return &p->line[other ? ALTERNATE : PRIMARY];
}

/* The primary was measured anew; or it is silent, and the other line's records
 * tell the time. */
static bool
is_due(const struct steerer *p, const struct steer_settings *s,
    const struct signals *from)
{
	int64_t seen_us = signals_t(&p->line[PRIMARY]);

	if (seen_us == NONE ||
	    (p->decided_us != NONE &&
		p->now_us - p->decided_us < s->interval_us))
		return false;
	if (from == &p->line[PRIMARY])
		return seen_us != p->seen_us;
	return p->now_us - seen_us > s->max_age_us;
}

bool
steer_rate(struct steerer *p, const struct settings *s, const struct rate *rate)
{
	struct signals *line = line_of(p, s, rate->wan);

	if (!advance(p, &s->steer, rate->t_us))
		return false;
	signals_rate(line, &s->steer, rate);
	if (!is_due(p, &s->steer, line))
		return false;
	decide(p, s);
	return true;
}

void
steer_queue(struct steerer *p, const struct settings *s,
    const struct queue *queue)
{
	if (advance(p, &s->steer, queue->t_us))
		signals_queue(line_of(p, s, queue->wan), queue);
}

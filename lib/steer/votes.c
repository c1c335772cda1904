/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steer/votes.h"

static bool
is_severe(const struct steer_settings *s, const struct votes_signals *g)
{
	return (s->severe_delta_us > 0 && g->delta_us > s->severe_delta_us) ||
	    (s->severe_drops > 0 && g->drops != NONE &&
		g->drops >= s->severe_drops);
}

static bool
is_up(int64_t value, int64_t limit)
{
	return limit == 0 || value == NONE || value >= limit;
}

enum vote
votes_vote(const struct steer_settings *s, const struct votes_signals *g,
    enum steer_reason *why)
{
	bool slow = g->delta_us > s->delta_us;

	*why = STEER_BLACKOUT;
	if (g->zone == ZONE_BLACKOUT)
		return VOTE_RED;
	*why = STEER_SEVERE;
	if (is_severe(s, g))
		return VOTE_RED;
	*why = STEER_RED;
	if (slow && is_up(g->drops, s->drops) && is_up(g->queued, s->queue))
		return VOTE_RED;
	if (slow ||
	    (s->queue_yellow > 0 && g->queued != NONE &&
		g->queued >= s->queue_yellow))
		return VOTE_YELLOW;
	return VOTE_GREEN;
}

static void
count(int64_t *votes, int64_t *since_us, int64_t most, int64_t t_us)
{
	if (*votes == 0)
		*since_us = t_us;
	if (*votes < most)
		++*votes;
}

static bool
reached(int64_t votes, int64_t most, int64_t since_us, int64_t us, int64_t t_us)
{
	return votes >= most && t_us - since_us >= us;
}

static enum wish
step_home(struct votes *st, const struct steer_settings *s, enum vote vote,
    int64_t t_us)
{
	st->green = 0;
	if (vote != VOTE_RED) {
		st->red = 0;
		return WISH_STAY;
	}
	count(&st->red, &st->red_us, s->red_samples, t_us);
	return reached(st->red, s->red_samples, st->red_us, s->red_us, t_us) ?
	    WISH_DIVERT :
	    WISH_STAY;
}

static enum wish
step_away(struct votes *st, const struct steer_settings *s, enum vote vote,
    int64_t t_us, enum steer_reason *why)
{
	st->red = 0;
	if (vote == VOTE_RED) {
		st->green = 0;
		st->calm_us = t_us;
		return WISH_STAY;
	}
	if (vote == VOTE_GREEN)
		count(&st->green, &st->green_us, s->green_samples, t_us);
	*why = STEER_HEALTHY;
	if (vote == VOTE_GREEN &&
	    reached(st->green, s->green_samples, st->green_us, s->green_us,
		t_us))
		return WISH_RETURN;
	*why = STEER_CALM;
	if (s->calm_us > 0 && t_us - st->calm_us >= s->calm_us)
		return WISH_RETURN;
	return WISH_STAY;
}

enum wish
votes_step(struct votes *st, const struct steer_settings *s, bool diverted,
    enum vote vote, int64_t t_us, enum steer_reason *why)
{
	if (vote == VOTE_UNKNOWN)
		return WISH_STAY;
	return diverted ? step_away(st, s, vote, t_us, why) :
			  step_home(st, s, vote, t_us);
}

void
votes_changed(struct votes *st, int64_t t_us)
{
	*st = (struct votes){ .red_us = t_us,
		.green_us = t_us,
		.calm_us = t_us };
}

void
votes_shift(struct votes *st, int64_t by_us)
{
	st->red_us += by_us;
	st->green_us += by_us;
	st->calm_us += by_us;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steer/score.h"

#include <string.h>

/* Counts how often in a row, no further than it matters. */
static bool
lasts(int64_t *run, bool now, int64_t most)
{
	*run = !now ? 0 : *run < most ? *run + 1 : *run;
	return *run >= most;
}

static int64_t
state_points(struct score *c, const struct steer_settings *s, int64_t zone)
{
	bool soft_red = lasts(&c->soft_red, zone == ZONE_SOFT_RED,
	    s->soft_red_samples);

	switch (zone) {
	case ZONE_RED:
	case ZONE_BLACKOUT:
		return s->red_points;
	case ZONE_SOFT_RED:
		return soft_red ? s->soft_red_points : s->yellow_points;
	case ZONE_YELLOW:
		return s->yellow_points;
	default:
		return 0;
	}
}

int64_t
score_score(struct score *c, const struct steer_settings *s,
    const struct votes_signals *g)
{
	int64_t score = state_points(c, s, g->zone);

	if (g->delta_us > s->very_high_us)
		score += s->very_high_points;
	else if (g->delta_us > s->high_us)
		score += s->high_points;
	if (lasts(&c->drops, g->drops != NONE && g->drops > 0,
		s->drops_samples))
		score += s->drops_points;
	if (lasts(&c->queue,
		s->queue > 0 && g->queued != NONE && g->queued >= s->queue,
		s->queue_samples))
		score += s->queue_points;
	return score < 100 ? score : 100;
}

/* Whether it has been so for long enough. */
static bool
since(int64_t *is, int64_t *since_us, bool now, int64_t us, int64_t t_us)
{
	if (!now) {
		*is = 0;
		return false;
	}
	if (*is == 0)
		*since_us = t_us;
	*is = 1;
	return t_us - *since_us >= us;
}

enum wish
score_step(struct score *c, const struct steer_settings *s, bool diverted,
    int64_t score, int64_t points, int64_t t_us)
{
	bool high = since(&c->high, &c->high_since_us,
	    !diverted && score >= s->steer_at + points, s->steer_us, t_us);
	bool low = since(&c->low, &c->low_since_us,
	    diverted && score <= s->recover_at, s->recover_us, t_us);

	return high ? WISH_DIVERT : low ? WISH_RETURN : WISH_STAY;
}

void
score_changed(struct score *c)
{
	c->high = c->low = 0;
}

void
score_shift(struct score *c, int64_t by_us)
{
	c->high_since_us += by_us;
	c->low_since_us += by_us;
}

void
brake_add(struct brake *b, const struct steer_settings *s, int64_t t_us)
{
	size_t old = 0;

	while (old < b->count && b->t_us[old] < t_us - s->flap_window_us)
		old++;
	if (b->count - old == BRAKE_MAX)
		old++;
	memmove(b->t_us, b->t_us + old, (b->count - old) * sizeof b->t_us[0]);
	b->count -= old;
	b->t_us[b->count++] = t_us;
	if ((int64_t)b->count > s->flaps) {
		b->on = true;
		b->until_us = t_us + s->flap_us;
	}
}

bool
brake_is_on(const struct brake *b, int64_t t_us)
{
	return b->on && t_us < b->until_us;
}

int64_t
brake_points(const struct brake *b, const struct steer_settings *s,
    int64_t t_us)
{
	return brake_is_on(b, t_us) ? s->flap_points : 0;
}

void
brake_shift(struct brake *b, int64_t by_us)
{
	for (size_t i = 0; i < b->count; i++)
		b->t_us[i] += by_us;
	b->until_us += by_us;
}

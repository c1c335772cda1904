/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/stamps.h"

#define DAY_US ((int64_t)STAMPS_DAY_MS * 1000)

/* Into half a day before and after: midnight is between no two times. */
static int64_t
wrap(int64_t us)
{
	us %= DAY_US;
	if (us >= DAY_US / 2)
		return us - DAY_US;
	return us < -DAY_US / 2 ? us + DAY_US : us;
}

bool
stamps_one_way(const struct stamps *s, int64_t left_us, int64_t came_us,
    int64_t us, int64_t *up_us, int64_t *down_us)
{
	int64_t up, down, off;

	if (s->received >= STAMPS_DAY_MS || s->sent >= STAMPS_DAY_MS)
		return false;
	up = wrap((int64_t)s->received * 1000 - left_us % DAY_US);
	down = wrap(came_us % DAY_US - (int64_t)s->sent * 1000);
	off = wrap(up + down) - us;
	if (off > STAMPS_SLACK_US || off < -STAMPS_SLACK_US)
		return false;
	*up_us = up;
	*down_us = down;
	return true;
}

/* b - a, the short way round. Neither is negative. */
static int64_t
apart_ns(int64_t a, int64_t b)
{
	int64_t ns = b % STAMPS_WRAP_NS - a % STAMPS_WRAP_NS;

	if (ns >= STAMPS_WRAP_NS / 2)
		return ns - STAMPS_WRAP_NS;
	return ns < -STAMPS_WRAP_NS / 2 ? ns + STAMPS_WRAP_NS : ns;
}

bool
stamps_exact_one_way(const struct stamps_exact *s, int64_t left_ns,
    int64_t came_ns, int64_t *us, int64_t *up_us, int64_t *down_us)
{
	int64_t took_ns = apart_ns(s->received_ns, s->sent_ns);
	int64_t trip_ns = apart_ns(left_ns, came_ns) - took_ns;

	if (took_ns < 0 || trip_ns <= 0)
		return false;
	*up_us = apart_ns(left_ns, s->received_ns) / 1000;
	*us = trip_ns < 1000 ? 1 : trip_ns / 1000;
	*down_us = *us - *up_us;
	return true;
}

static void
ask_later(struct stamps_choice *c, int64_t now_us)
{
	backoff_failed(&c->question, now_us, STAMPS_AGAIN_US,
	    STAMPS_AGAIN_MOST);
}

static void
turn_to_echo(struct stamps_choice *c, int64_t now_us)
{
	c->echo = c->answered = true;
	c->nonsense = 0;
	/* In an outage whichever was tried last answers. */
	if (!c->gave)
		ask_later(c, now_us);
	c->gave = false;
}

bool
stamps_wanted(struct stamps_choice *c, enum stamps_method method,
    int64_t now_us)
{
	if (method != STAMPS_AUTO)
		return method == STAMPS_ALWAYS;
	if (!c->answered) {
		c->turn = !c->turn;
		return c->turn;
	}
	if (!c->echo || !backoff_is_over(&c->question, now_us))
		return !c->echo;
	/* A single question in between: its silence tells nothing. */
	ask_later(c, now_us);
	return true;
}

static void
hear_nothing(struct stamps_choice *c, bool asked)
{
	if (c->echo && asked)
		return;
	if (++c->silent < STAMPS_SILENCE)
		return;
	c->silent = 0;
	c->answered = false;
}

void
stamps_learn(struct stamps_choice *c, bool asked, bool answered, bool sane,
    int64_t now_us)
{
	if (!answered) {
		hear_nothing(c, asked);
		return;
	}
	if (!asked) {
		/* If it answers both, the first question was only slower. */
		if (!c->answered)
			turn_to_echo(c, now_us);
		if (c->echo)
			c->silent = 0;
		return;
	}
	c->silent = 0;
	if (sane) {
		c->echo = false;
		c->answered = c->gave = true;
		c->nonsense = 0;
		backoff_worked(&c->question);
	} else if (c->answered && !c->echo &&
	    ++c->nonsense >= STAMPS_NONSENSE) {
		c->gave = false;
		turn_to_echo(c, now_us);
	} else if (!c->answered) {
		c->answered = true;
		c->echo = false;
	}
}

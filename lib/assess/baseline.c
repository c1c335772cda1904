/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/baseline.h"

#include "base/number.h"

/* Without counters it takes so many times longer to believe in a much longer
 * path. */
#define BLIND 10

static int64_t
within(const struct settings *s, int64_t us)
{
	return us < s->baseline.min_us ? s->baseline.min_us :
	    us > s->baseline.max_us    ? s->baseline.max_us :
					 us;
}

static void
end_watch(struct baseline *b)
{
	b->least_us = b->watched_us = b->idle_us = b->busy = 0;
}

int64_t
baseline_us(const struct baseline *b, int64_t none)
{
	return ewma_value(&b->value, none);
}

void
baseline_set(struct baseline *b, const struct settings *s, int64_t us)
{
	b->value = (struct ewma){ 0 };
	ewma_add(&b->value, within(s, us), 1, 1);
	end_watch(b);
}

/* A silence proves nothing about the path: it counts as a short time only. */
static int64_t
time_since(const struct baseline *b, const struct settings *s, int64_t t_us)
{
	int64_t dt_us = t_us - b->t_us, most = s->baseline.relearn_us / 4;

	return b->t_us == 0 || dt_us < 0 ? 0 : dt_us > most ? most : dt_us;
}

/* Did the step from before to after pass half of the way to whole? */
static bool
passed_half(int64_t before, int64_t after, int64_t whole)
{
	return before < whole / 2 && after >= whole / 2;
}

/* The first half of a watch lets what is building up build up, so that the
 * least of the rest is a level and not the foot of a ramp. */
static void
watch(struct baseline *b, const struct settings *s, int64_t us, int64_t dt_us,
    enum activity activity)
{
	int64_t idle_us = activity == ACTIVITY_IDLE ? dt_us : 0;

	if (b->least_us == 0 || us < b->least_us ||
	    passed_half(b->idle_us, b->idle_us + idle_us,
		s->baseline.relearn_us) ||
	    passed_half(b->watched_us, b->watched_us + dt_us,
		s->baseline.relearn_busy_us))
		b->least_us = us;
	b->watched_us += dt_us;
	b->idle_us += idle_us;
	if (activity == ACTIVITY_BUSY)
		b->busy = 1;
}

static bool
is_longer_path(const struct baseline *b, const struct settings *s)
{
	int64_t more_us = b->least_us - baseline_us(b, 0);

	if (b->idle_us >= s->baseline.relearn_us)
		return true;
	if (b->watched_us < s->baseline.relearn_busy_us)
		return false;
	if (more_us <= s->baseline.busy_limit_us)
		return true;
	/* Without counters nobody will ever say that the line is idle. */
	return !b->busy && b->idle_us == 0 &&
	    b->watched_us >= BLIND * s->baseline.relearn_busy_us;
}

/* Above the gate. */
static void
consider(struct baseline *b, const struct settings *s, int64_t us,
    int64_t above_us, int64_t dt_us, enum activity activity)
{
	watch(b, s, us, dt_us, activity);
	if (is_longer_path(b, s))
		baseline_set(b, s, b->least_us);
	else if (activity == ACTIVITY_IDLE && above_us <= s->baseline.jump_us)
		ewma_add_after(&b->value, us, dt_us, s->baseline.rise_us);
}

/* A sample that is much lower needs a second one: a single wrong one would
 * make every later sample look queued. */
static void
fall(struct baseline *b, const struct settings *s, int64_t us, int64_t above_us)
{
	int64_t low_us = b->low_us;

	b->low_us = 0;
	if (-above_us > s->baseline.gate_us && low_us == 0) {
		b->low_us = us;
		return;
	}
	ewma_add(&b->value, low_us > us ? low_us : us, s->baseline.down_ppm,
	    NUMBER_PPM);
}

int64_t
baseline_add(struct baseline *b, const struct settings *s, int64_t t_us,
    int64_t us, enum activity activity)
{
	int64_t dt_us = time_since(b, s, t_us), above_us;

	if (!b->value.set)
		baseline_set(b, s,
		    s->baseline.initial_us != 0 ? s->baseline.initial_us : us);
	/* Beyond the bounds it is still delay, but not a baseline. */
	above_us = us - baseline_us(b, 0);
	us = within(s, us);
	b->t_us = t_us;
	if (above_us >= 0)
		b->low_us = 0;
	if (above_us > s->baseline.gate_us) {
		consider(b, s, us, above_us, dt_us, activity);
		return above_us;
	}
	end_watch(b);
	if (above_us < 0)
		fall(b, s, us, above_us);
	else if (activity != ACTIVITY_BUSY)
		ewma_add_after(&b->value, us, dt_us, s->baseline.rise_us);
	return above_us;
}

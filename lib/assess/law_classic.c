/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/law_classic.h"

#include "base/number.h"
#include "record/statefile.h"

static struct law_verdict
verdict(enum zone zone, int64_t rate_bps, enum rate_reason why)
{
	return (struct law_verdict){ .zone = zone,
		.rate_bps = rate_bps,
		.why = why };
}

/* A cut may end at the floor but not above where it began. */
static int64_t
cut_to(int64_t rate_bps, int64_t wanted_bps, int64_t floor_bps)
{
	int64_t lowest = wanted_bps > floor_bps ? wanted_bps : floor_bps;

	return rate_bps < lowest ? rate_bps : lowest;
}

static struct law_verdict
step_green(struct classic_direction *c, const struct direction_settings *d,
    int64_t rate_bps)
{
	c->soft_red = 0;
	if (c->green < d->green_samples)
		c->green++;
	if (c->green < d->green_samples)
		return verdict(ZONE_GREEN, rate_bps, RATE_WAIT);
	if (rate_bps >= d->ceiling_bps)
		return verdict(ZONE_GREEN, d->ceiling_bps, RATE_CEILING);
	rate_bps += d->step_bps;
	if (rate_bps > d->ceiling_bps)
		rate_bps = d->ceiling_bps;
	return verdict(ZONE_GREEN, rate_bps, RATE_STEP);
}

static struct law_verdict
step_soft_red(struct classic_direction *c, const struct direction_settings *d,
    int64_t rate_bps)
{
	int64_t floor_bps = d->floor_bps[ZONE_SOFT_RED];

	if (c->soft_red < d->soft_red_samples)
		c->soft_red++;
	if (c->soft_red < d->soft_red_samples)
		return verdict(ZONE_YELLOW, rate_bps, RATE_CONFIRM);
	return verdict(ZONE_SOFT_RED, cut_to(rate_bps, floor_bps, floor_bps),
	    rate_bps > floor_bps ? RATE_CLAMP : RATE_HOLD);
}

static struct law_verdict
step_red(const struct direction_settings *d, int64_t rate_bps)
{
	int64_t cut_bps = number_part(rate_bps, d->factor_ppm);
	int64_t to_bps = cut_to(rate_bps, cut_bps, d->floor_bps[ZONE_RED]);

	return verdict(ZONE_RED, to_bps,
	    to_bps < rate_bps ? RATE_CUT : RATE_FLOOR);
}

/* The filtered delay decides. */
static struct law_verdict
step_machine(struct classic_direction *c, const struct direction_settings *d,
    int64_t delta_us, int64_t rate_bps)
{
	enum zone zone = zone_of(&d->limits, delta_us);

	if (zone == ZONE_GREEN)
		return step_green(c, d, rate_bps);
	c->green = 0;
	if (zone == ZONE_SOFT_RED)
		return step_soft_red(c, d, rate_bps);
	c->soft_red = 0;
	if (zone == ZONE_RED)
		return step_red(d, rate_bps);
	return verdict(ZONE_YELLOW, rate_bps, RATE_HOLD);
}

static struct law_verdict
step_direction(struct classic_direction *c, const struct settings *s, int dir,
    const struct law_input *in)
{
	int64_t rate_bps = in->dir[dir].rate_bps, median_us, delta_us;
	int64_t dt_us = in->t_us - c->t_us;
	struct law_verdict v = verdict(ZONE_UNKNOWN, rate_bps, RATE_SETTLE);

	c->t_us = in->t_us;
	window_add(&c->window, in->above_us, (size_t)s->assess.median);
	delta_us = median_us = window_median(&c->window, 0);
	if (c->window.count == (size_t)s->assess.median) {
		delta_us = ewma_add_after(&c->delta, median_us, dt_us,
		    s->assess.load_time_us);
		if (c->step_us != 0 &&
		    in->t_us - c->step_us < s->assess.pace_us)
			return (struct law_verdict){ 0 };
		c->step_us = in->t_us;
		v = step_machine(c, &s->dir[dir], ewma_value(&c->delta, 0),
		    rate_bps);
	}
	v.delta_us = delta_us;
	v.evidence = EVIDENCE_RTT;
	return v;
}

static void
step(void *state, const struct settings *s, const struct law_input *in,
    struct law_output *out)
{
	struct law_classic *law = state;

	for (int i = 0; i < DIRECTIONS; i++)
		out->dir[i] = step_direction(&law->dir[i], s, i, in);
}

static void
forget(void *state)
{
	struct law_classic *law = state;

	*law = (struct law_classic){ 0 };
}

static void
forget_later(void *state, int64_t newest_us)
{
	struct law_classic *law = state;

	for (int i = 0; i < DIRECTIONS; i++) {
		struct classic_direction *c = &law->dir[i];

		if (c->t_us > newest_us)
			c->t_us = 0;
		if (c->step_us > newest_us)
			c->step_us = 0;
	}
}

/* --- the state as records ------------------------------------------------- */

#define SCALED_MAX (EWMA_BOUND << EWMA_SHIFT)

struct classic_line {
	int64_t dir, t_us, step_us, green, soft_red;
	int64_t delta; /* in units of ewma.h */
};
struct sample_line {
	int64_t dir, us;
};

/* clang-format off */
#define DIR(s) FIELD_ENUM(s, "dir", dir, direction_names, DIRECTIONS)
static const struct message_field classic_fields[] = {
	DIR(classic_line),
	FIELD_INT(classic_line, "t", t_us, true, 0, T_MAX),
	FIELD_INT(classic_line, "step_t", step_us, true, 0, T_MAX),
	FIELD_INT(classic_line, "green", green, true, 0, 1000),
	FIELD_INT(classic_line, "soft_red", soft_red, true, 0, 1000),
	FIELD_INT(classic_line, "delta", delta, false, -SCALED_MAX, SCALED_MAX),
};
static const struct message_field sample_fields[] = {
	DIR(sample_line),
	FIELD_INT(sample_line, "us", us, true, -EWMA_BOUND, EWMA_BOUND),
};
/* clang-format on */
static const struct message_kind classic_kind = { "classic", classic_fields,
	FIELD_COUNT(classic_fields) };
static const struct message_kind sample_kind = { "sample", sample_fields,
	FIELD_COUNT(sample_fields) };
static const struct message_kind *const kinds[] = { &classic_kind, &sample_kind,
	NULL };

static void
describe(const void *state, struct text *t)
{
	const struct law_classic *law = state;

	for (int i = 0; i < DIRECTIONS; i++) {
		const struct classic_direction *c = &law->dir[i];
		struct classic_line line = { i, c->t_us, c->step_us, c->green,
			c->soft_red, c->delta.set ? c->delta.scaled : NONE };

		if (c->t_us == 0)
			continue;
		statefile_add(t, &classic_kind, &line);
		for (size_t k = 0; k < c->window.count; k++) {
			struct sample_line sample = { i,
				window_at(&c->window, k) };

			statefile_add(t, &sample_kind, &sample);
		}
	}
}

static const char *
restore(void *state, const struct settings *s, const struct record *r)
{
	struct law_classic *law = state;
	union {
		struct classic_line classic;
		struct sample_line sample;
	} line;
	const char *why;
	const struct message_kind *kind = statefile_unpack(kinds, &line, r,
	    &why);
	struct classic_direction *c;

	if (kind == &classic_kind) {
		c = &law->dir[line.classic.dir];
		c->t_us = line.classic.t_us;
		c->step_us = line.classic.step_us;
		c->green = line.classic.green;
		c->soft_red = line.classic.soft_red;
		if (line.classic.delta != NONE)
			c->delta = (struct ewma){ line.classic.delta, true };
	} else if (kind == &sample_kind) {
		c = &law->dir[line.sample.dir];
		window_add(&c->window, line.sample.us,
		    (size_t)s->assess.median);
	}
	return why;
}

const struct law law_classic = {
	.step = step,
	.forget = forget,
	.forget_later = forget_later,
	.kinds = kinds,
	.describe = describe,
	.restore = restore,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The classic law, sample by sample. */
#include "../tap.h"
#include "assess/law_classic.h"

#define MBIT 1000000

static struct direction_settings
line_of(int64_t states)
{
	struct direction_settings d = {
		.ceiling_bps = 100 * MBIT,
		.limits = { 15000, 45000, 80000, states },
		.step_bps = 2 * MBIT,
		.factor_ppm = 850000,
		.green_samples = 5,
		.soft_red_samples = 3,
	};

	d.floor_bps[ZONE_RED] = 20 * MBIT;
	d.floor_bps[ZONE_SOFT_RED] = 30 * MBIT;
	d.floor_bps[ZONE_YELLOW] = 40 * MBIT;
	d.floor_bps[ZONE_GREEN] = 50 * MBIT;
	return d;
}

/* Samples of one run: the delay, and what the law must answer. */
struct sample {
	int64_t delta_us;
	enum zone zone;
	int64_t bps;
	enum rate_reason why;
};

static void
follow(const char *name, int64_t states, int64_t from_bps,
    const struct sample *samples, size_t count)
{
	struct settings settings = { .assess.median = 1 };
	struct law_classic law = { 0 };
	struct law_input in = { .t_us = 1 };
	bool good = true;

	for (int i = 0; i < DIRECTIONS; i++) {
		settings.dir[i] = line_of(states);
		in.dir[i].rate_bps = from_bps;
	}

	for (size_t i = 0; i < count; i++) {
		const struct sample *s = &samples[i];
		struct law_output out;

		in.above_us = s->delta_us;
		in.t_us += 50000;
		law_classic.step(&law, &settings, &in, &out);
		for (int dir = 0; dir < DIRECTIONS; dir++) {
			const struct law_verdict *v = &out.dir[dir];

			in.dir[dir].rate_bps = v->rate_bps;
			if (v->zone == s->zone && v->rate_bps == s->bps &&
			    v->why == s->why)
				continue;
			printf("# %s, sample %zu: %s %lld %s\n", name, i,
			    zone_names[v->zone], (long long)v->rate_bps,
			    rate_reasons[v->why].word);
			good = false;
		}
	}
	ok(good, "R21: %s", name);
}

#define FOLLOW(name, states, from, table) \
	follow(name, states, from, table, sizeof table / sizeof table[0])

static const struct sample green[] = {
	{ 0, ZONE_GREEN, 60 * MBIT, RATE_WAIT },
	{ -5000, ZONE_GREEN, 60 * MBIT, RATE_WAIT },
	{ 15000, ZONE_GREEN, 60 * MBIT, RATE_WAIT },
	{ 15000, ZONE_GREEN, 60 * MBIT, RATE_WAIT },
	{ 15000, ZONE_GREEN, 62 * MBIT, RATE_STEP },
	{ 0, ZONE_GREEN, 64 * MBIT, RATE_STEP },
	{ 15001, ZONE_YELLOW, 64 * MBIT, RATE_HOLD },
	{ 0, ZONE_GREEN, 64 * MBIT, RATE_WAIT },
};

static const struct sample ceiling[] = {
	{ 0, ZONE_GREEN, 99 * MBIT, RATE_WAIT },
	{ 0, ZONE_GREEN, 99 * MBIT, RATE_WAIT },
	{ 0, ZONE_GREEN, 99 * MBIT, RATE_WAIT },
	{ 0, ZONE_GREEN, 99 * MBIT, RATE_WAIT },
	{ 0, ZONE_GREEN, 100 * MBIT, RATE_STEP },
	{ 0, ZONE_GREEN, 100 * MBIT, RATE_CEILING },
};

static const struct sample soft_red[] = {
	{ 45001, ZONE_YELLOW, 90 * MBIT, RATE_CONFIRM },
	{ 80000, ZONE_YELLOW, 90 * MBIT, RATE_CONFIRM },
	{ 60000, ZONE_SOFT_RED, 30 * MBIT, RATE_CLAMP },
	{ 60000, ZONE_SOFT_RED, 30 * MBIT, RATE_HOLD },
	{ 60000, ZONE_SOFT_RED, 30 * MBIT, RATE_HOLD },
	{ 20000, ZONE_YELLOW, 30 * MBIT, RATE_HOLD },
	{ 60000, ZONE_YELLOW, 30 * MBIT, RATE_CONFIRM },
};

static const struct sample interrupted[] = {
	{ 60000, ZONE_YELLOW, 90 * MBIT, RATE_CONFIRM },
	{ 60000, ZONE_YELLOW, 90 * MBIT, RATE_CONFIRM },
	{ 45000, ZONE_YELLOW, 90 * MBIT, RATE_HOLD },
	{ 60000, ZONE_YELLOW, 90 * MBIT, RATE_CONFIRM },
	{ 60000, ZONE_YELLOW, 90 * MBIT, RATE_CONFIRM },
	{ 60000, ZONE_SOFT_RED, 30 * MBIT, RATE_CLAMP },
};

static const struct sample red[] = {
	{ 80001, ZONE_RED, 34 * MBIT, RATE_CUT },
	{ 500000, ZONE_RED, 28900000, RATE_CUT },
	{ 80001, ZONE_RED, 24565000, RATE_CUT },
	{ 80001, ZONE_RED, 20880250, RATE_CUT },
	{ 80001, ZONE_RED, 20 * MBIT, RATE_CUT },
	{ 80001, ZONE_RED, 20 * MBIT, RATE_FLOOR },
};

/* Below the floors of the better states: nothing but GREEN's steps raises. */
static const struct sample low[] = {
	{ 20000, ZONE_YELLOW, 22 * MBIT, RATE_HOLD },
	{ 60000, ZONE_YELLOW, 22 * MBIT, RATE_CONFIRM },
	{ 60000, ZONE_YELLOW, 22 * MBIT, RATE_CONFIRM },
	{ 60000, ZONE_SOFT_RED, 22 * MBIT, RATE_HOLD },
	{ 0, ZONE_GREEN, 22 * MBIT, RATE_WAIT },
	{ 0, ZONE_GREEN, 22 * MBIT, RATE_WAIT },
	{ 0, ZONE_GREEN, 22 * MBIT, RATE_WAIT },
	{ 0, ZONE_GREEN, 22 * MBIT, RATE_WAIT },
	{ 0, ZONE_GREEN, 24 * MBIT, RATE_STEP },
};

static const struct sample below_floor[] = {
	{ 90000, ZONE_RED, 10 * MBIT, RATE_FLOOR },
	{ 60000, ZONE_YELLOW, 10 * MBIT, RATE_CONFIRM },
};

static const struct sample three[] = {
	{ 15000, ZONE_GREEN, 80 * MBIT, RATE_WAIT },
	{ 45000, ZONE_YELLOW, 80 * MBIT, RATE_HOLD },
	{ 45001, ZONE_RED, 68 * MBIT, RATE_CUT },
	{ 60000, ZONE_RED, 57800000, RATE_CUT },
};

int
main(void)
{
	FOLLOW("GREEN steps up after 5 in a row", 4, 60 * MBIT, green);
	FOLLOW("the ceiling is reached and kept", 4, 99 * MBIT, ceiling);
	FOLLOW("SOFT_RED is confirmed by 3, clamps and holds", 4, 90 * MBIT,
	    soft_red);
	FOLLOW("an interrupted SOFT_RED begins again", 4, 90 * MBIT,
	    interrupted);
	FOLLOW("RED cuts each sample, down to the floor", 4, 40 * MBIT, red);
	FOLLOW("a floor never raises a rate", 4, 22 * MBIT, low);
	FOLLOW("nor does the lowest one", 4, 10 * MBIT, below_floor);
	FOLLOW("three states: RED from the second threshold", 3, 80 * MBIT,
	    three);
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/law_classic.h"

#include "base/number.h"

/* A cut may end at the floor but not above where it began. */
static int64_t
cut_to(int64_t rate_bps, int64_t wanted_bps, int64_t floor_bps)
{
	int64_t lowest = wanted_bps > floor_bps ? wanted_bps : floor_bps;

	return rate_bps < lowest ? rate_bps : lowest;
}

static struct law_output
step_green(struct law_classic *law, const struct direction_settings *d,
    int64_t rate_bps)
{
	law->soft_red = 0;
	if (law->green < d->green_samples)
		law->green++;
	if (law->green < d->green_samples)
		return (struct law_output){ ZONE_GREEN, rate_bps, "wait" };
	if (rate_bps >= d->ceiling_bps)
		return (
		    struct law_output){ ZONE_GREEN, d->ceiling_bps, "ceiling" };
	rate_bps += d->step_bps;
	if (rate_bps > d->ceiling_bps)
		rate_bps = d->ceiling_bps;
	return (struct law_output){ ZONE_GREEN, rate_bps, "step" };
}

static struct law_output
step_soft_red(struct law_classic *law, const struct direction_settings *d,
    int64_t rate_bps)
{
	int64_t floor_bps = d->floor_bps[ZONE_SOFT_RED];

	if (law->soft_red < d->soft_red_samples)
		law->soft_red++;
	if (law->soft_red < d->soft_red_samples)
		return (struct law_output){ ZONE_YELLOW, rate_bps, "confirm" };
	return (struct law_output){ ZONE_SOFT_RED,
		cut_to(rate_bps, floor_bps, floor_bps),
		rate_bps > floor_bps ? "clamp" : "hold" };
}

static struct law_output
step_red(const struct direction_settings *d, int64_t rate_bps)
{
	int64_t cut_bps = number_muldiv(rate_bps, d->factor_ppm, NUMBER_PPM);
	int64_t to_bps = cut_to(rate_bps, cut_bps, d->floor_bps[ZONE_RED]);

	return (struct law_output){ ZONE_RED, to_bps,
		to_bps < rate_bps ? "cut" : "floor" };
}

struct law_output
law_classic_step(struct law_classic *law, const struct direction_settings *d,
    const struct law_input *in)
{
	enum zone zone = zone_of(&d->limits, in->delta_us);

	if (zone == ZONE_GREEN)
		return step_green(law, d, in->rate_bps);
	law->green = 0;
	if (zone == ZONE_SOFT_RED)
		return step_soft_red(law, d, in->rate_bps);
	law->soft_red = 0;
	if (zone == ZONE_RED)
		return step_red(d, in->rate_bps);
	return (struct law_output){ ZONE_YELLOW, in->rate_bps, "hold" };
}

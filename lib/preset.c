/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preset.h"

#include <stdio.h>
#include <string.h>

#include "number.h"

#define PACKET_BITS (1514 * 8) /* with its Ethernet header */
#define RATE_LEAST 64000       /* of wanctl.conf(5) */

const struct preset presets[PRESETS] = {
	{ "fiber", "fibre: the rate hardly changes", 50, 5000 },
	{ "cable", "cable: shared with neighbours, busy in the evening", 20,
	    15000 },
	{ "dsl", "DSL: a fixed rate after each synchronisation", 50, 10000 },
	{ "lte", "LTE or 5G: the rate changes within seconds", 5, 30000 },
	{ "starlink", "Starlink: the rate and the path change every 15 s", 10,
	    25000 },
};

const struct preset_extra preset_extras[PRESET_EXTRAS] = {
	{ "lte", "adaptive", "silence", "2s",
	    "radio is silent for a second now and then, without any queue" },
	{ "lte", "baseline", "jump", "40ms",
	    "the path through a mobile network changes by more than a cable's" },
	{ "starlink", "baseline", "jump", "40ms",
	    "another satellite is a change of 10 to 20 ms, nothing special" },
	{ "starlink", "baseline", "relearn", "10s",
	    "satellites change every 15 s" },
	{ "starlink", "baseline", "relearn_busy", "30s",
	    "the same under load" },
};

const char *const chosen_keys[CHOSEN_KEYS] = { "ceiling", "base", "floor",
	"yellow", "soft_red", "red" };

const struct preset *
preset_find(const char *name)
{
	for (size_t i = 0; i < PRESETS; i++)
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	return NULL;
}

static const struct preset *
because(const char *name, char *out, const char *why)
{
	snprintf(out, PRESET_WHY_MAX, "%s", why);
	return preset_find(name);
}

const struct preset *
preset_choose(const struct measured *m, char why[static PRESET_WHY_MAX])
{
	int64_t down = m->raw_bps[DOWN], up = m->raw_bps[UP];

	if (m->jitter_us >= 5000 && down > 60000000)
		return because("starlink", why,
		    "jitter of 5 ms or more, and more than 60 Mbit/s down");
	if (m->jitter_us >= 4000)
		return because("lte", why, "jitter of 4 ms or more");
	if (down > 0 && up > 0 && down / 2 < up && m->idle_us < 15000)
		return because("fiber", why,
		    "as fast up as down, or half of it, and less than 15 ms");
	if (down > 60000000 && up > 0 && down / 5 >= up)
		return because("cable", why,
		    "more than 60 Mbit/s down, a fifth of it or less up");
	if (down > 0 && down <= 120000000 && m->jitter_us < 1500)
		return because("dsl", why, "up to 120 Mbit/s down, and steady");
	if (m->idle_us >= 0 && m->idle_us < 10000 && m->jitter_us < 1000)
		return because("fiber", why, "less than 10 ms, and steady");
	if (down < 0 && m->jitter_us < 1000)
		return because("dsl", why, "15 ms or more idle, and steady");
	return because("cable", why, "nothing else fits");
}

static void
choose_floor(const struct preset *p, int64_t best_bps, int64_t yellow_us,
    struct chosen *out)
{
	int64_t packet_bps = number_muldiv(PACKET_BITS, 1000000, yellow_us);

	out->value = number_muldiv(best_bps, p->floor_percent, 100);
	snprintf(out->why, sizeof out->why,
	    "%lld%% of the ceiling, for %s; put in what the line has at its "
	    "worst hour",
	    (long long)p->floor_percent, p->name);
	if (out->value < packet_bps) {
		out->value = packet_bps;
		snprintf(out->why, sizeof out->why,
		    "below this, one full packet takes longer than yellow");
	}
	if (out->value > best_bps / 2) {
		out->value = best_bps / 2;
		snprintf(out->why, sizeof out->why, "half of the ceiling");
	}
	if (out->value < RATE_LEAST)
		out->value = RATE_LEAST;
}

static void
choose_thresholds(const struct preset *p, const struct measured *m,
    int64_t best_bps, int64_t target_us, struct chosen *out)
{
	int64_t jitter = m->jitter_us > 0 ? m->jitter_us : 0, v = p->yellow_us;
	int64_t packet_us = number_muldiv(PACKET_BITS, 2000000, best_bps);
	const char *why = "least for";
	const char *of = p->name;

	if (v < target_us) {
		v = target_us;
		why = "the target of the search";
		of = "";
	}
	/* Above what the idle line does by itself, with every third sample's
	 * swing in the middle of three. */
	if (v < 4 * jitter) {
		v = 4 * jitter;
		why = "four times the idle line's jitter";
		of = "";
	}
	/* And above what one packet does that is on its way already. */
	if (v < packet_us) {
		v = packet_us / 1000 * 1000 + 1000;
		why = "the time of a full packet at half of the rate";
		of = "";
	}
	out[CHOSEN_YELLOW].value = v;
	snprintf(out[CHOSEN_YELLOW].why, PRESET_WHY_MAX, "%s%s%s", why,
	    *of != '\0' ? " " : "", of);
	out[CHOSEN_SOFT_RED].value = 3 * v;
	snprintf(out[CHOSEN_SOFT_RED].why, PRESET_WHY_MAX,
	    "three times yellow: no jitter any more");
	out[CHOSEN_RED].value = 3 * v + 20000 + 2 * jitter;
	snprintf(out[CHOSEN_RED].why, PRESET_WHY_MAX,
	    "soft_red and 20 ms, where a conversation begins to suffer");
}

void
preset_values(const struct preset *p, const struct measured *m,
    int64_t best_bps, int64_t target_us, struct chosen out[static CHOSEN_KEYS])
{
	out[CHOSEN_CEILING].value = best_bps > RATE_LEAST ? best_bps :
							    RATE_LEAST;
	snprintf(out[CHOSEN_CEILING].why, PRESET_WHY_MAX,
	    "the highest rate that kept the added delay under %lld ms",
	    (long long)target_us / 1000);
	best_bps = out[CHOSEN_CEILING].value;
	choose_thresholds(p, m, best_bps, target_us, out);
	choose_floor(p, best_bps, out[CHOSEN_YELLOW].value, &out[CHOSEN_FLOOR]);
	out[CHOSEN_BASE].value = number_muldiv(best_bps, 90, 100);
	snprintf(out[CHOSEN_BASE].why, PRESET_WHY_MAX,
	    "90%% of the ceiling: safe to begin with");
	if (out[CHOSEN_BASE].value < out[CHOSEN_FLOOR].value)
		out[CHOSEN_BASE].value = out[CHOSEN_FLOOR].value;
}

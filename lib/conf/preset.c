/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/preset.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

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

/* Where kinds part. Interleaved DSL and fibre have a jitter of some tenths of
 * a millisecond; a cable modem asks for each turn to send, which takes it one
 * to three; radio takes more, and its rate walks. */
#define JITTER_WIRE 400 /* below: nobody is waited for */
#define JITTER_STEADY 1500
#define JITTER_RADIO 4000
#define JITTER_FAR                                                 \
	2000 /* of radio, if IDLE_FAR and not as lopsided as cable \
	      */
#define IDLE_NEAR 15000
#define IDLE_FAR 30000
#define SPREAD_RADIO 15 /* %, within some minutes */
#define MBIT 1000000

static int64_t
most_spread(const struct measured *m)
{
	return m->spread_percent[DOWN] > m->spread_percent[UP] ?
	    m->spread_percent[DOWN] :
	    m->spread_percent[UP];
}

/* Why it looks like radio: 0 if it does not. */
static size_t
looks_like_radio(const struct measured *m, char why[static PRESET_WHY_MAX])
{
	double jitter_ms = (double)m->jitter_us / 1000;
	double idle_ms = (double)m->idle_us / 1000;

	why[0] = '\0';
	if (most_spread(m) >= SPREAD_RADIO && m->idle_us >= IDLE_NEAR)
		snprintf(why, PRESET_WHY_MAX,
		    "its rate changed by %d%% meanwhile, %.0f ms idle",
		    (int)most_spread(m), idle_ms);
	else if (m->jitter_us >= JITTER_RADIO)
		snprintf(why, PRESET_WHY_MAX, "a jitter of %.1f ms", jitter_ms);
	else if (m->jitter_us >= JITTER_FAR && m->idle_us >= IDLE_FAR &&
	    (m->raw_bps[UP] < 0 || m->raw_bps[DOWN] / 8 < m->raw_bps[UP]))
		snprintf(why, PRESET_WHY_MAX,
		    "a jitter of %.1f ms, %.0f ms idle", jitter_ms, idle_ms);
	return strlen(why);
}

/* A dish has much less up than down, and a second's worth of queue is not what
 * makes its path long. */
static const struct preset *
choose_radio(const struct measured *m, size_t len,
    char why[static PRESET_WHY_MAX])
{
	int64_t down = m->raw_bps[DOWN], up = m->raw_bps[UP];

	if (down > 60 * MBIT && (up < 0 || down / 6 >= up) &&
	    m->idle_us >= 20000 && m->idle_us < 100000) {
		snprintf(why + len, PRESET_WHY_MAX - len,
		    ", and more than 60 Mbit/s down, a sixth of it or less up");
		return preset_find("starlink");
	}
	snprintf(why + len, PRESET_WHY_MAX - len, ": that is radio");
	return preset_find("lte");
}

static const struct preset *
because(const char *name, const struct measured *m, const char *why,
    char out[static PRESET_WHY_MAX])
{
	snprintf(out, PRESET_WHY_MAX, "%s, a jitter of %.1f ms", why,
	    m->jitter_us > 0 ? (double)m->jitter_us / 1000 : 0.0);
	return preset_find(name);
}

const struct preset *
preset_choose(const struct measured *m, char why[static PRESET_WHY_MAX])
{
	int64_t down = m->raw_bps[DOWN], up = m->raw_bps[UP];
	bool near = m->idle_us >= 0 && m->idle_us < IDLE_NEAR;
	bool wire = m->jitter_us >= 0 && m->jitter_us < JITTER_WIRE;
	bool walks = most_spread(m) >= SPREAD_RADIO;
	size_t len;

	/* Before radio: Wi-Fi on the way has its jitter too. */
	if (near && !walks && down > 0 && up > 0 && down / 2 < up)
		return because("fiber", m,
		    "as fast up as down, or half of it, less than 15 ms", why);
	if ((len = looks_like_radio(m, why)) > 0)
		return choose_radio(m, len, why);
	if (walks)
		return because("cable", m,
		    "a short path, but a rate that others change", why);
	if (m->idle_us >= 0 && m->idle_us < 10000 && wire &&
	    (down < 0 || down > 120 * MBIT))
		return because("fiber", m, "less than 10 ms", why);
	if (down > 60 * MBIT && up > 0 && down / 5 >= up && !wire)
		return because("cable", m,
		    "more than 60 Mbit/s down, a fifth of it or less up", why);
	if (down > 0 && down <= (wire ? 300 : 120) * MBIT &&
	    m->jitter_us >= 0 && m->jitter_us < JITTER_STEADY)
		return because("dsl", m, "as slow as DSL, and as steady", why);
	if (down < 0 && m->jitter_us >= 0 && m->jitter_us < 1000)
		return because("dsl", m, "10 ms or more idle, and steady", why);
	return because("cable", m, "neither fibre, DSL nor radio", why);
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

void
preset_known(const struct preset *p, const struct measured *m,
    const int64_t bps[static CHOSEN_FLOOR + 1], int64_t target_us,
    struct chosen out[static CHOSEN_KEYS])
{
	memset(out, 0, CHOSEN_KEYS * sizeof out[0]);
	for (int k = CHOSEN_CEILING; k <= CHOSEN_FLOOR; k++)
		out[k].value = bps[k] > RATE_LEAST ? bps[k] : RATE_LEAST;
	choose_thresholds(p, m, out[CHOSEN_BASE].value, target_us, out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/reason.h"

#include <string.h>

const struct reason rate_reasons[RATE_REASONS] = {
	[RATE_UNDECIDED] = { "undecided", "nothing is decided" },
	[RATE_SETTLE] = { "settle", "too few samples yet, so the rate holds" },
	[RATE_CEILING] = { "ceiling", "the rate is as high as it may be" },
	[RATE_BLACKOUT] = { "blackout",
	    "no probe is answered, so the rate holds" },
	[RATE_BLACKOUT_CUT] = { "blackout_cut",
	    "no probe is answered for long, under load: lower" },
	[RATE_SHORTFALL] = { "shortfall",
	    "no probe is answered, and less passes than the shaper lets "
	    "through: down to that" },
	[RATE_UNMANAGED] = { "unmanaged", "its rate is not set" },
	[RATE_CAPACITY] = { "capacity",
	    "congestion: to below the capacity that was measured" },
	[RATE_DRAIN] = { "drain", "waits until the queue has drained" },
	[RATE_DEEPER] = { "deeper", "the queue did not drain: lower still" },
	[RATE_ACQUIT] = { "acquit",
	    "the delay did not change, it may be the other direction's: "
	    "restored" },
	[RATE_PATH] = { "path",
	    "the delay stays at any rate, the path is longer: restored" },
	[RATE_LIMIT] = { "limit", "congestion that no rate ended" },
	[RATE_RESTORE] = { "restore",
	    "the queue is empty: to just below the capacity" },
	[RATE_BRIEF] = { "brief",
	    "the queue is empty again at once: climbs at once" },
	[RATE_HOLD] = { "hold", "the rate stays where it is" },
	[RATE_PROBE] = { "probe",
	    "used, near the known capacity: climbs slowly" },
	[RATE_GROW] = { "grow",
	    "used, beyond the known capacity: climbs ever faster" },
	[RATE_BRAKE] = { "brake", "a delay builds up, so it does not climb" },
	[RATE_UNUSED] = { "unused", "too little traffic to learn from" },
	[RATE_DRIFT] = { "drift", "unused for long: towards base" },
	[RATE_BLIND] = { "blind",
	    "full without a queue anywhere: bound to what arrives" },
	[RATE_SILENCE] = { "silence",
	    "under load without an answer: lower, once" },
	[RATE_WAIT] = { "wait", "green, but not often enough in a row" },
	[RATE_STEP] = { "step", "green: a step up" },
	[RATE_CONFIRM] = { "confirm",
	    "more delay, but not often enough in a row" },
	[RATE_CLAMP] = { "clamp",
	    "more delay, often enough in a row: down to its floor" },
	[RATE_CUT] = { "cut", "red: multiplied by factor" },
	[RATE_FLOOR] = { "floor", "red, and the rate is as low as it may be" },
};

const struct reason steer_reasons[STEER_REASONS] = {
	[STEER_UNDECIDED] = { "undecided", "nothing is decided" },
	[STEER_GREEN] = { "green", "the line is well" },
	[STEER_YELLOW] = { "yellow", "some delay or queue" },
	[STEER_RED] = { "red", "all signals say congestion" },
	[STEER_SEVERE] = { "severe", "delay or loss is severe" },
	[STEER_BLACKOUT] = { "blackout", "no probe is answered" },
	[STEER_SCORE] = { "score", "the score is high" },
	[STEER_HEALTHY] = { "healthy", "the line was well for long enough" },
	[STEER_CALM] = { "calm", "the line was not red for a long time" },
	[STEER_HOLD] = { "hold",
	    "it would change, but the last change is too fresh" },
	[STEER_BRAKE] = { "brake",
	    "it would divert, but it changed too often" },
	[STEER_ALTERNATE_WORSE] = { "alternate_worse",
	    "the other line is not better" },
	[STEER_ALTERNATE_DEAD] = { "alternate_dead", "the other line is dead" },
	[STEER_ALTERNATE_SILENT] = { "alternate_silent",
	    "nothing is known of the other line" },
	[STEER_NO_DATA] = { "no_data",
	    "the line is not measured: nothing is decided" },
	[STEER_STALE] = { "stale",
	    "neither line was measured for long: begun anew" },
};

const char *const evidence_words[EVIDENCES] = {
	[EVIDENCE_NONE] = "none",
	[EVIDENCE_RTT] = "rtt",
	[EVIDENCE_LOAD] = "load",
	[EVIDENCE_QUEUE] = "queue",
	[EVIDENCE_OWD] = "owd",
};

static const char *
sentence_for(const struct reason reasons[], size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(reasons[i].word, word) == 0)
			return reasons[i].sentence;
	return word;
}

const char *
reason_rate_sentence(const char *word)
{
	return sentence_for(rate_reasons, RATE_REASONS, word);
}

const char *
reason_steer_sentence(const char *word)
{
	return sentence_for(steer_reasons, STEER_REASONS, word);
}

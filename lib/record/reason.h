/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why something was decided: the words of the key `why` of rate and steer
 * records and of `evidence`, wanctl-records(5), and a sentence for each.
 *
 * Programs compare the values; words are for records, and sentences for people.
 * The rules behind them are in wanctl-assess(8) and wanctl-steer(8).
 */
#ifndef REASON_H
#define REASON_H

#include <stddef.h>

enum rate_reason {
	RATE_UNDECIDED, /* no decision, and no record of one */
	RATE_SETTLE,
	RATE_CEILING,
	RATE_BLACKOUT,
	RATE_BLACKOUT_CUT,
	RATE_SHORTFALL,
	RATE_UNMANAGED,
	/* the adaptive law */
	RATE_CAPACITY,
	RATE_DRAIN,
	RATE_DEEPER,
	RATE_ACQUIT,
	RATE_PATH,
	RATE_LIMIT,
	RATE_RESTORE,
	RATE_BRIEF,
	RATE_HOLD,
	RATE_PROBE,
	RATE_GROW,
	RATE_BRAKE,
	RATE_UNUSED,
	RATE_DRIFT,
	RATE_BLIND,
	RATE_SILENCE,
	/* the classic law */
	RATE_WAIT,
	RATE_STEP,
	RATE_CONFIRM,
	RATE_CLAMP,
	RATE_CUT,
	RATE_FLOOR,
	RATE_REASONS
};

enum steer_reason {
	STEER_UNDECIDED,
	STEER_GREEN,
	STEER_YELLOW,
	STEER_RED,
	STEER_SEVERE,
	STEER_BLACKOUT,
	STEER_SCORE,
	STEER_HEALTHY,
	STEER_CALM,
	STEER_HOLD,
	STEER_BRAKE,
	STEER_ALTERNATE_WORSE,
	STEER_ALTERNATE_DEAD,
	STEER_ALTERNATE_SILENT,
	STEER_NO_DATA,
	STEER_STALE,
	STEER_REASONS
};

/* The kind of measurement behind a delay. */
enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_RTT,   /* round trips alone */
	EVIDENCE_LOAD,  /* who is under load */
	EVIDENCE_QUEUE, /* who has a queue in our shaper */
	EVIDENCE_OWD,   /* one-way delays */
	EVIDENCES
};

struct reason {
	const char *word, *sentence;
};

/* Indexed by the values above. */
extern const struct reason rate_reasons[RATE_REASONS];
extern const struct reason steer_reasons[STEER_REASONS];
extern const char *const evidence_words[EVIDENCES];

/* The sentence for a word of a record; the word itself if it has none, as later
 * versions and other programs have words of their own. */
const char *reason_rate_sentence(const char *word);
const char *reason_steer_sentence(const char *word);

#endif

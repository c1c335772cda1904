/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of decisions in words, for people: rate, applied, steer and diverted.
 * A line is told when something is different from the last one about the same:
 * another state, reason, outcome, or a change of where traffic goes.
 *
 *	2026-01-21 12:53:41Z  cable down  red  476.0 Mbit/s, was 560.0: ...
 *
 * Pure; the time is that of the records.
 */
#ifndef STORY_H
#define STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "record/messages.h"
#include "record/record.h"

#define STORY_TEXT 512
#define STORY_LINES 64 /* of lines and directions; more are told each time */

/* Zero-initialised: nothing was told yet. */
struct story {
	struct story_last {
		char about[2 * WAN_MAX + WORD_MAX];
		char key[4 * WORD_MAX];
	} last[STORY_LINES];
	size_t count;
	bool decisions; /* there was one */
};

enum story_got {
	STORY_TOLD,    /* there is a line in text, without an LF */
	STORY_NOTHING, /* another kind of record, or nothing new */
	STORY_BAD,     /* *culprit is the key or "", *why the reason */
};

enum story_got story_tell(struct story *s, const struct record *r,
    char text[static STORY_TEXT], const char **culprit, const char **why);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody may want to be told of a line: the words of the key `event` of
 * alert records, wanctl-records(5). Words up to ALERT_STEERED are those of the
 * Python program of the same name, which scripts of its users know.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "record/zone.h"

/* Of those with _DL, the next one is of the upload: add the direction. */
enum alert_event {
	ALERT_SUSTAINED_DL,
	ALERT_SUSTAINED_UL,
	ALERT_HARD_RED_DL,
	ALERT_HARD_RED_UL,
	ALERT_FLAPPING_DL,
	ALERT_FLAPPING_UL,
	ALERT_REGRESSION,
	ALERT_DRIFT,
	ALERT_OFFLINE,
	ALERT_STEERED,
	ALERT_ROUTER_LOST,
	ALERT_BLIND,
	ALERT_ALTERNATE_DEAD,
	ALERT_EVENTS
};

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL };
#define SEVERITIES 3
extern const char *const severity_names[SEVERITIES];

struct event {
	const char *word, *ended; /* when it begins, and when it is over */
	enum severity severity;
};

extern const struct event event_table[ALERT_EVENTS];

/* All words that there are, of beginnings and of ends, ended by NULL: the first
 * ALERT_EVENTS are those of event_table. */
#define EVENT_WORDS (ALERT_EVENTS + 5)
extern const char *const event_words[EVENT_WORDS + 1];

/* The number of a word in event_words; EVENT_WORDS: it is not one. */
size_t event_number(const char *word, size_t len);

#endif

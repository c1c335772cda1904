/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One-way delays from the time stamps of ICMP type 13 (RFC 792) or of STAMP
 * (stamp_packet.h), and which reflectors are asked for the former.
 *
 * A reflector that answers writes down the millisecond of the day at which the
 * request came and at which its answer left, by its own clock. With our times
 * of sending and receiving that makes a delay up and one down, each with the
 * same unknown offset between the two clocks: only their changes mean
 * something. They are cut to milliseconds by the reflector, so a single one is
 * good to a millisecond; probes leave at times with a random part, and so the
 * mean of several is better.
 *
 * Refused are times that say themselves that they are not milliseconds since
 * midnight UTC (the highest bit), that no day has (some hosts swap the bytes),
 * and pairs whose sum is not the round trip.
 *
 * Those of STAMP are nanoseconds. There the time that the reflector took to
 * answer is known, and is not part of the round trip.
 */
#ifndef STAMPS_H
#define STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/backoff.h"

#define STAMPS_DAY_MS 86400000
/* Both stamps are cut to a millisecond, and answering takes its time. */
#define STAMPS_SLACK_US 3000

/* A reflector's own times. */
struct stamps {
	uint32_t received, sent; /* milliseconds of the day */
};

/* The delays, for a probe that left at left_us and whose answer came at
 * came_us, microseconds of the day by our clock or of any later day, and whose
 * round trip was us. False if the stamps are refused. */
bool stamps_one_way(const struct stamps *s, int64_t left_us, int64_t came_us,
    int64_t us, int64_t *up_us, int64_t *down_us);

/* The same in nanoseconds since 1970, modulo STAMPS_WRAP_NS: 136 years. */
#define STAMPS_WRAP_NS ((int64_t)4294967296 * 1000000000)
struct stamps_exact {
	int64_t received_ns, sent_ns; /* 0 .. STAMPS_WRAP_NS - 1 */
};

/* The delays, and the round trip *us without the reflector's own time, for a
 * probe that left at left_ns and came back at came_ns by our clock; neither is
 * negative. False, and nothing is set, if the times cannot be. */
bool stamps_exact_one_way(const struct stamps_exact *s, int64_t left_ns,
    int64_t came_ns, int64_t *us, int64_t *up_us, int64_t *down_us);

/* How a reflector is asked. */
enum stamps_method {
	STAMPS_NEVER,  /* by echo only */
	STAMPS_ALWAYS, /* for time stamps only */
	STAMPS_AUTO,   /* whichever it answers; stamps are preferred */
};

#define STAMPS_SILENCE 5  /* probes lost in a row: the other way is tried */
#define STAMPS_NONSENSE 5 /* refused stamps in a row: no longer asked for */
#define STAMPS_AGAIN_US 60000000     /* until it is asked for them again ... */
#define STAMPS_AGAIN_MOST 3600000000 /* ... which doubles up to this */

/* Zero-initialised has asked nothing. Until there is an answer, both ways are
 * tried in turn, stamps first. One that gave stamps before, and comes back by
 * echo after an outage, is asked for them at once. */
struct stamps_choice {
	bool answered;            /* by the present way */
	bool echo;                /* the present way is echo */
	bool turn;                /* the last one tried was stamps */
	bool gave;                /* stamps, since they were last refused */
	int64_t silent, nonsense; /* in a row */
	struct backoff question;  /* the next one of an echo */
};

/* Whether the probe that leaves now asks for stamps. */
bool stamps_wanted(struct stamps_choice *c, enum stamps_method method,
    int64_t now_us);

/* A result of a probe: whether it asked for stamps, was answered, and by
 * stamps that were not refused. */
void stamps_learn(struct stamps_choice *c, bool asked, bool answered, bool sane,
    int64_t now_us);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control law: from the delay and the use of both directions to their rates.
 *
 * assess.c owns everything else: baselines, shares of the delay, utilisation,
 * time that passed in silence, records. It asks a law through this table only;
 * a new law is one more module with such a table, a member of union law_state,
 * and a line in laws.c.
 *
 * A law is pure. Its state belongs to the caller and is zero at the start; its
 * times are those of records, and 0 is never.
 */
#ifndef LAW_H
#define LAW_H

#include <stdbool.h>
#include <stdint.h>

#include "assess/utilisation.h"
#include "base/text.h"
#include "conf/settings.h"
#include "record/messages.h"
#include "record/reason.h"
#include "record/zone.h"

/* One answered probe. */
struct law_input {
	int64_t t_us;     /* when it was sent */
	int64_t base_us;  /* round trip when nothing queues */
	int64_t above_us; /* this round trip, above that */
	bool one_way;     /* delta_us of each direction is its own; else each is
			   * above_us */
	int64_t pace_us;  /* until the next decision; 0: the next sample */
	struct {
		int64_t delta_us; /* this sample's delay above the baseline */
		int64_t rate_bps; /* so far */
		struct usage use;
	} dir[DIRECTIONS];
};

struct law_output {
	struct law_verdict {
		enum rate_reason why; /* RATE_UNDECIDED: no verdict */
		enum zone zone;
		int64_t rate_bps; /* within floor and ceiling */
		int64_t delta_us; /* the delay that was judged */
		enum evidence evidence;
		int64_t longer_us; /* the path is longer by this */
	} dir[DIRECTIONS];
};

/* A direction of which no probe is answered. */
struct law_silence {
	int dir;
	int64_t silent_us; /* since the first probe that was lost */
	int64_t rate_bps;
	bool doubtful; /* a queue may be there that counters do not show */
	struct usage use;
};

struct law {
	/* It wants one-way delays: a sample that has none is left out while
	 * those of other reflectors do. */
	bool wants_shares;

	/* Decides on a sample. */
	void (*step)(void *state, const struct settings *s,
	    const struct law_input *in, struct law_output *out);

	/* Takes a sample of a pass that is not the last of it: a pass is
	 * decided on once, by the last one. NULL: each sample is decided on. */
	void (*note)(void *state, const struct law_input *in);

	/* The samples so far say nothing about now: nobody measured for long,
	 * or no probe was answered. The law keeps what it learned of the
	 * line. */
	void (*forget)(void *state);

	/* The clock was set back: forgets what was later than newest_us. */
	void (*forget_later)(void *state, int64_t newest_us);

	/* Counters told that the line carries line_bps. NULL: the law does not
	 * care. */
	void (*learn)(void *state, int dir, int64_t line_bps);

	/* Whether a loaded direction is to be lowered before the silence is a
	 * blackout, and to what. NULL: never. */
	bool (*silence)(const void *state, const struct settings *s,
	    const struct law_silence *in, int64_t *rate_bps);

	/* The state as records of these kinds (ended by NULL), and back: NULL,
	 * or why not. Records of other kinds are ignored. */
	const struct message_kind *const *kinds;
	void (*describe)(const void *state, struct text *t);
	const char *(*restore)(void *state, const struct settings *s,
	    const struct record *line);
};

#endif

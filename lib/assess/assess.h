/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From measurements to the wanted rate of each direction of one line.
 *
 *	rtt ---> baseline of that reflector ---> delay above it
 *	     ---> each direction's share, where one-way delays tell
 *	     ---> a law (law.h) ---> rates
 *	queue --> utilisation: is the line idle, is the direction used, what
 *	     arrives
 *
 * The caller owns the state and reads and writes records; time comes from the
 * records alone, so the same input gives the same output at any speed.
 *
 * Only a new answered probe advances a law. A lost probe decides nothing; when
 * all that was sent for [assess] blackout is lost, the directions are in
 * BLACKOUT: their rates hold, but one that passes less than its shaper lets
 * through is lowered to that (shortfall.h), and a loaded one whose counters
 * cannot tell by its factor, each blackout_cut. A record older than max_age is
 * stale and ignored; when several in a row are, the producer's clock was set
 * back and time begins anew.
 */
#ifndef ASSESS_H
#define ASSESS_H

#include <stddef.h>
#include <stdint.h>

#include "assess/baseline.h"
#include "assess/laws.h"
#include "assess/oneway.h"
#include "assess/shortfall.h"
#include "assess/tally.h"
#include "assess/utilisation.h"
#include "conf/settings.h"
#include "record/messages.h"

/* Of each reflector's path. A queue delays what goes to all of them; what stays
 * on the way to one while two others are as near as ever is a longer path.
 *
 * TCP and STAMP have baselines of their own, as what answers them is another
 * program, or another machine. */
struct assess_path {
	char host[HOST_MAX];
	char method[WORD_MAX]; /* "": ICMP of either kind */
	int64_t t_us;          /* of its last record; 0: none since the start */
	int64_t above_us, answered_us; /* of the last answer; 0: none */
	int64_t alone_us, more_us; /* since when this path alone is longer, and
				    * by how much at least; 0: it is not */
	struct baseline rtt;
	struct oneway oneway;
	struct tally_probes probes; /* counted */
};

struct assess_direction {
	int64_t rate_bps; /* not managed: its ceiling, or the most that ever
			   * passed; 0: not known yet */
	int64_t zone;     /* enum zone */
	int64_t cut_us;   /* of the last cut while no probe was answered */
	int64_t jammed;   /* 1: there was a queue at the last answer, or a full
			   * line slowed down when answers ended */
	struct utilisation load;
	struct shortfall shortfall;
	struct rate last; /* the last verdict; t_us 0: none yet */
};

/* So many stale records in a row are not stragglers: the clock was set back.
 * After a restore the first one tells, as a pass has no more than a few. */
#define ASSESS_STALE_RUN 8

struct assess {
	struct assess_path path[SETTINGS_HOSTS];
	size_t paths;
	struct assess_direction dir[DIRECTIONS];
	const struct law *law;
	union law_state state;
	struct law_input waiting; /* for assess_end; t_us 0: nothing is */
	bool once;                /* see assess_once */
	int64_t sample_us;        /* of the last sample that the law had */
	int64_t one_way_us; /* of the last sample whose shares were known */
	/* Producers set their clocks at their own start, so each kind of
	 * record has a time of its own. */
	struct assess_time {
		int64_t newest_us; /* 0: none yet */
		int64_t stale_run; /* stale records in a row */
	} rtt_time, queue_time;
	int64_t lost_us; /* when the first of the probes lost since the last
			  * answer was sent; 0: none is */
	char beyond[HOST_MAX];   /* a reflector whose round trip was above the
				  * greatest baseline although the line was
				  * idle; "" if none */
	int64_t stale, repeated; /* records ignored, for the curious */
	struct tally tally;
};

/* Of the method of an rtt record, that of its path. */
const char *assess_method(const char *method);

/* Verdicts of one record: none, or one per direction. */
struct verdict {
	struct rate rate[DIRECTIONS];
	size_t count;
};

/* The law is law_of(s), or another one for an experiment. */
void assess_init(struct assess *a, const struct settings *s,
    const struct law *law);

/* A pass: what is decided is carried out only after all of the input, so the
 * samples of it are of one rate, and there is one decision, at its end. To be
 * told before the first record, after any restore. */
void assess_once(struct assess *a);

/* The input is over: what a pass comes to. */
void assess_end(struct assess *a, const struct settings *s, struct verdict *v);

/* A record of this line. Each fills *v. */
void assess_rtt(struct assess *a, const struct settings *s,
    const struct rtt *rtt, struct verdict *v);
void assess_queue(struct assess *a, const struct settings *s,
    const struct queue *queue, struct verdict *v);

/* Forgets what was later than the newest probe, or was to last until long after
 * it: the clock was set back, and that would not be over for as long. */
void assess_forget_later(struct assess *a, const struct settings *s);

/* The state as text for the store (statefile.h): below ASSESS_TEXT_MAX bytes
 * with its NUL. */
#define ASSESS_TEXT_MAX (19000 + TALLY_TEXT_MAX)
void assess_describe(const struct assess *now, const struct settings *s,
    char out[static ASSESS_TEXT_MAX]);

/* Initialises *a from that text. Rates and baselines are brought inside the
 * present configuration. NULL, or why not, and then *a is as after
 * assess_init. */
const char *assess_restore(struct assess *a, const struct settings *s,
    const struct law *law, const char *text);

/* The kinds of records of that text, ended by NULL; the law has its own. */
extern const struct message_kind *const assess_kinds[];

#endif

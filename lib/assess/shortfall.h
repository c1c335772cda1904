/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rate that a line passes when that is less than its shaper lets through:
 * the only sign of a slower line while no probe is answered.
 *
 * While our shaper is the bottleneck, packets wait in it. When the line becomes
 * slower, they wait there instead: our queue is gone, and what passes is the
 * line's capacity, as level as that is. When a connection lost a packet our
 * queue is gone too, but then what passes grows until it is back; and who wants
 * less has no queue for a reason that is none of ours. So a line falls short
 * when it was full until [adaptive] active ago, has since then had less load
 * and no queue in our shaper, but still half way from [assess] idle to busy,
 * and in the second half of [assess] blackout_watch no more passed than in the
 * first. That much is left of most lines that become slower, and of few
 * downloads that end.
 *
 * Of a shaper whose queue is not known, load alone tells.
 */
#ifndef SHORTFALL_H
#define SHORTFALL_H

#include <stdbool.h>
#include <stdint.h>

#include "assess/utilisation.h"
#include "conf/settings.h"

/* Times are those of readings; 0 is never. Zero-initialised knows nothing. */
struct shortfall {
	int64_t full_us;             /* when it was last full */
	int64_t from_us, from_bytes; /* since when it is not; 0: it is */
	int64_t half_us, half_bytes; /* the reading at half of the time */
	int64_t line_us, line_bps;   /* what the line passes, and when that was
				      * told; 0: it is not */
};

/* After each reading of that direction's counters, with its use at that time.
 * Of one that is jammed, less tells too, down to [assess] idle. */
void shortfall_add(struct shortfall *f, const struct settings *s,
    const struct utilisation *l, const struct usage *use, int64_t rate_bps,
    bool jammed);

/* True if half of the time is over in which that may be told. */
bool shortfall_is_near(const struct shortfall *f);

/* The shaper was set to less than the line passes: if that is less again soon,
 * the line is slower still. */
void shortfall_follow(struct shortfall *f, int64_t t_us);

/* Readings of now have another reason. The line is judged once that is over. */
void shortfall_defer(struct shortfall *f, const struct settings *s,
    int64_t t_us);

/* True if a download carries its whole rate: as much arrives, or packets wait
 * in our shaper. */
bool shortfall_carries(const struct settings *s, const struct usage *use,
    int64_t rate_bps);

/* True if packets wait in our shaper, more than one that is being sent. */
bool shortfall_queues(const struct settings *s, const struct usage *use,
    int64_t rate_bps);

#endif

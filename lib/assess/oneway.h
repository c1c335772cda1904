/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which direction a reflector's delay is of.
 *
 * A reflector that stamps its own time gives two one-way delays with an
 * unknown constant in them, which may be negative, drifts with the clocks, and
 * jumps when one is set. Their sum is the round trip, where the constant is
 * gone; their difference, the lean, tells how a round trip above its baseline
 * is shared. The lean of a line without a queue is learned whenever the round
 * trip is near its baseline, also under load, so drift does no harm; and no
 * direction's share is ever more than the whole.
 *
 *	up   = (above + lean - usual lean) / 2
 *	down = (above - lean + usual lean) / 2
 *
 * A reflector is trusted after some samples in a row whose sum was the round
 * trip. Stamps of a millisecond's resolution will do.
 */
#ifndef ONEWAY_H
#define ONEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ewma.h"
#include "record/messages.h"
#include "record/zone.h"

/* So many samples in a row are trusted. */
#define ONEWAY_TRUST 10

/* Zero-initialised knows nothing. */
struct oneway {
	struct ewma lean; /* of a line without a queue */
	int64_t t_us;     /* of the last sample that it was learned from */
	int64_t agreed;   /* samples in a row, up to ONEWAY_TRUST */
};

/* Takes a sample whose round trip is above_us above its baseline; up to
 * gate_us there is no queue. True, and each direction's share, if they are
 * known and to be trusted. */
bool oneway_add(struct oneway *o, const struct rtt *rtt, int64_t above_us,
    int64_t gate_us, int64_t share_us[DIRECTIONS]);

/* The path itself became longer by so much each way, or shorter: what comes
 * on top of that now is shared as before. */
void oneway_lengthen(struct oneway *o, int64_t up_us, int64_t down_us);

/* The same when a sample, whose round trip was above_us above the baseline,
 * or below it, moved that by more_us: the way that made the difference. */
void oneway_follow(struct oneway *o, const struct rtt *rtt, int64_t above_us,
    int64_t more_us);

#endif

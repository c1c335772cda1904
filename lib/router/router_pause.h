/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sparing a router, over restarts: writes to its flash memory within a sliding
 * time (limiter.h), and the pause that it is left alone for after failures
 * (breaker.h). A pass every two seconds is a new process each time,
 * and would else connect each time to a router that is down, until that takes
 * it for an attack.
 *
 * All times are record time.
 */
#ifndef ROUTER_PAUSE_H
#define ROUTER_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/text.h"
#include "conf/settings.h"
#include "record/messages.h"
#include "router/breaker.h"
#include "router/limiter.h"

/* Zero-initialised: nothing was written, nothing failed. */
struct router_pause {
	struct limiter limiter;
	struct breaker breaker;
	int64_t pauses;  /* so far */
	int64_t sectors; /* of its flash memory, written since it booted, as it
			  * said last; 0: it did not */
};

/* How long it is still to be left alone; 0: not at all. A pause that is longer
 * than there are is of a clock that was set back, and none. */
int64_t router_pause_pause_us(const struct router_pause *r, int64_t t_us);

/* It failed, in a way that mends itself or not (lasting). Or it was not even
 * asked, because whoever talks to it leaves it alone for that long; then the
 * pause does not grow. */
void router_pause_failed(struct router_pause *r, int64_t t_us, bool lasting,
    uint32_t chance);
void router_pause_cooling(struct router_pause *r, int64_t t_us,
    int64_t retry_us);
void router_pause_worked(struct router_pause *r);

/* Learns how a request ended; retry_us as of struct router_client; `chance` as
 * of breaker_failed. */
void router_pause_learn(struct router_pause *r, int64_t t_us, enum failure why,
    int64_t retry_us, uint32_t chance);

/* Lines of a state, see wanctl-records(5), below ROUTER_PAUSE_TEXT_MAX bytes:
 * the writes of the last write_window, the pause if there is one, and the
 * counts. */
#define ROUTER_PAUSE_TEXT_MAX 2048
void router_pause_describe(const struct router_pause *r,
    const struct settings *s, int64_t t_us, struct text *t);

/* Takes all such lines of a state's text, and ignores others. NULL, or why not,
 * and then nothing was written and nothing failed. */
const char *router_pause_restore(struct router_pause *r, const char *text);

/* All kinds, ended by NULL. */
extern const struct message_kind *const router_pause_kinds[];

#endif

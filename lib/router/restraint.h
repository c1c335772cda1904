/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What spares a router, over restarts: the writes to its flash memory within a
 * sliding time (limiter.h), and the pause that it is left alone for after
 * failures (breaker.h). A pass every two seconds is a new process each time,
 * and would else connect each time to a router that is down, until that takes
 * it for an attack.
 *
 * All times are record time.
 */
#ifndef RESTRAINT_H
#define RESTRAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "conf/settings.h"
#include "record/messages.h"
#include "record/record.h"
#include "router/breaker.h"
#include "router/limiter.h"

/* Zero-initialised: nothing was written, nothing failed. */
struct restraint {
	struct limiter limiter;
	struct breaker breaker;
};

/* How long it is still to be left alone; 0: not at all. A pause that is longer
 * than there are is of a clock that was set back, and none. */
int64_t restraint_pause_us(const struct restraint *r, int64_t t_us);

/* It failed, in a way that mends itself or not (lasting). Or it was not even
 * asked, because whoever talks to it leaves it alone for that long; then the
 * pause does not grow. */
void restraint_failed(struct restraint *r, int64_t t_us, bool lasting,
    uint32_t chance);
void restraint_cooling(struct restraint *r, int64_t t_us, int64_t retry_us);
void restraint_worked(struct restraint *r);

/* What became of asking it: `why` is NULL, or the word of wanctl-router(8);
 * retry_us as of struct routerlink; `chance` as of breaker_failed. */
void restraint_learn(struct restraint *r, int64_t t_us, const char *why,
    int64_t retry_us, uint32_t chance);

/* Lines of a state, see wanctl-records(5), below RESTRAINT_TEXT_MAX bytes: the
 * writes of the last write_window, and the pause if there is one. */
#define RESTRAINT_TEXT_MAX 2048
void restraint_describe(const struct restraint *r, const struct settings *s,
    int64_t t_us, struct text *t);

/* Takes such a line. NULL, also for a line of another kind; or why not. */
const char *restraint_take(struct restraint *r, const struct record *line);

/* All such lines of a state's text; others are none of its. NULL, or why not,
 * and then nothing was written and nothing failed. */
const char *restraint_restore(struct restraint *r, const char *text);

/* Both kinds, ended by NULL. */
extern const struct message_kind *const restraint_kinds[];

#endif

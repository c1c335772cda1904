/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the parts of assess.h; nothing else includes this. */
#ifndef ASSESS_PARTS_H
#define ASSESS_PARTS_H

#include "assess/assess.h"

/* A time, and the use of both directions then: worked out once for a record. */
struct assess_moment {
	int64_t t_us;
	struct usage use[DIRECTIONS];
};

struct assess_moment assess_moment_at(const struct assess *a, int64_t t_us);

bool assess_is_loaded(const struct settings *s, const struct usage *use);

/* Adds the verdict of a direction to *v, and makes it what is in force. Of one
 * that is not managed the state and the delay alone are told. */
void assess_decide(struct assess *a, const struct settings *s, int dir,
    const struct assess_moment *now, const struct law_verdict *verdict,
    int64_t base_us, struct verdict *v);

/* Probes may be unanswered: decides on a silence that is long enough. Of a
 * blackout that goes on, only_news wants changes alone. assess_silence.c. */
void assess_silence(struct assess *a, const struct settings *s, int64_t t_us,
    bool only_news, struct verdict *v);

#endif

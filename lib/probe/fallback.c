/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/fallback.h"

bool
fallback_wants_tcp(struct fallback *f, int64_t seq, int64_t now_us)
{
	if (f->phase != FALLBACK_TCP)
		return f->phase == FALLBACK_BOTH && seq % 2 == 1;
	if (now_us < f->again_us)
		return true;
	f->again_us = now_us + FALLBACK_AGAIN_US;
	return false;
}

static bool
enter(struct fallback *f, enum fallback_phase phase, int64_t now_us)
{
	f->phase = phase;
	f->answered = f->silent = 0;
	f->again_us = now_us + FALLBACK_AGAIN_US;
	return true;
}

static bool
learn_icmp(struct fallback *f, bool answered, int64_t now_us)
{
	if (answered) {
		f->lost = 0;
		return f->phase != FALLBACK_ICMP &&
		    enter(f, FALLBACK_ICMP, now_us);
	}
	if (f->lost++ == 0)
		f->since_us = now_us;
	return f->phase == FALLBACK_ICMP && f->lost >= FALLBACK_LOST &&
	    now_us - f->since_us >= FALLBACK_US &&
	    enter(f, FALLBACK_BOTH, now_us);
}

static bool
learn_tcp(struct fallback *f, bool answered, int64_t now_us)
{
	f->silent = answered ? 0 : f->silent + 1;
	if (f->phase == FALLBACK_TCP)
		return f->silent >= FALLBACK_LOST &&
		    enter(f, FALLBACK_BOTH, now_us);
	if (f->phase != FALLBACK_BOTH || !answered)
		return false;
	if (f->answered++ == 0)
		f->lost_then = f->lost;
	return f->answered >= FALLBACK_SURE &&
	    f->lost - f->lost_then >= FALLBACK_SURE &&
	    enter(f, FALLBACK_TCP, now_us);
}

bool
fallback_learn(struct fallback *f, bool tcp, bool answered, int64_t now_us)
{
	return tcp ? learn_tcp(f, answered, now_us) :
		     learn_icmp(f, answered, now_us);
}

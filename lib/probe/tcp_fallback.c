/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/tcp_fallback.h"

bool
tcp_fallback_wants_tcp(struct tcp_fallback *f, int64_t seq, int64_t now_us)
{
	if (f->phase != TCP_FALLBACK_TCP)
		return f->phase == TCP_FALLBACK_BOTH && seq % 2 == 1;
	if (now_us < f->again_us)
		return true;
	f->again_us = now_us + TCP_FALLBACK_AGAIN_US;
	return false;
}

static bool
enter(struct tcp_fallback *f, enum tcp_fallback_phase phase, int64_t now_us)
{
	f->phase = phase;
	f->answered = f->silent = 0;
	f->again_us = now_us + TCP_FALLBACK_AGAIN_US;
	return true;
}

static bool
learn_icmp(struct tcp_fallback *f, bool answered, int64_t now_us)
{
	if (answered) {
		f->lost = 0;
		return f->phase != TCP_FALLBACK_ICMP &&
		    enter(f, TCP_FALLBACK_ICMP, now_us);
	}
	if (f->lost++ == 0)
		f->since_us = now_us;
	return f->phase == TCP_FALLBACK_ICMP && f->lost >= TCP_FALLBACK_LOST &&
	    now_us - f->since_us >= TCP_FALLBACK_US &&
	    enter(f, TCP_FALLBACK_BOTH, now_us);
}

static bool
learn_tcp(struct tcp_fallback *f, bool answered, int64_t now_us)
{
	f->silent = answered ? 0 : f->silent + 1;
	if (f->phase == TCP_FALLBACK_TCP)
		return f->silent >= TCP_FALLBACK_LOST &&
		    enter(f, TCP_FALLBACK_BOTH, now_us);
	if (f->phase != TCP_FALLBACK_BOTH || !answered)
		return false;
	if (f->answered++ == 0)
		f->lost_then = f->lost;
	return f->answered >= TCP_FALLBACK_SURE &&
	    f->lost - f->lost_then >= TCP_FALLBACK_SURE &&
	    enter(f, TCP_FALLBACK_TCP, now_us);
}

bool
tcp_fallback_learn(struct tcp_fallback *f, bool tcp, bool answered,
    int64_t now_us)
{
	return tcp ? learn_tcp(f, answered, now_us) :
		     learn_icmp(f, answered, now_us);
}

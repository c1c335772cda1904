/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/verify.h"

#include <stddef.h>

#include "base/number.h"

/* So often a failure lowers by a step; then the search's word is taken. */
#define STEPS 2

const char *const verify_names[] = { "goes_on", "kept", "failed", "none" };

const char *
verify_text(enum verify_end end)
{
	static const char *const text[] = {
		"goes on",
		"checked by a load at this rate",
		"higher rates failed the check, and this one had none",
		"it could not be checked",
	};

	return text[end];
}

void
verify_start(struct verify *p, int64_t bps)
{
	*p = (struct verify){ .bps = bps };
}

static int64_t
lower(const struct verify *p, const struct search *s)
{
	int64_t bps = p->failed_bps;

	if (p->checks <= STEPS)
		bps -= number_part(bps, s->limits.precision_ppm);
	else
		bps = search_proven(s, bps);
	return bps > s->limits.lo_bps ? bps : s->limits.lo_bps;
}

void
verify_add(struct verify *p, struct search *s, const struct search_probe *probe)
{
	p->checks++;
	search_add(s, probe);
	if (search_good(s, probe->bps) == &s->probe[s->probes - 1])
		p->end = VERIFY_KEPT;
	else if (!search_is_weak(s, probe)) {
		if (p->failed_bps == 0 || probe->bps < p->failed_bps)
			p->failed_bps = probe->bps;
		p->bps = lower(p, s);
	}
	if (p->checks >= VERIFY_CHECKS)
		verify_stop(p, s);
}

void
verify_stop(struct verify *p, const struct search *s)
{
	if (p->end != VERIFY_GOES_ON)
		return;
	p->end = p->failed_bps == 0 ? VERIFY_NONE : VERIFY_FAILED;
	/* A probe at that rate may have proven it already. */
	p->bps = search_proven(s,
	    p->failed_bps == 0 ? p->bps + 1 : p->failed_bps);
}

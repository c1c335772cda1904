/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/breaker.h"

#include "base/backoff.h"

bool
breaker_allows(const struct breaker *b, int64_t now_us)
{
	return b->failed == 0 || now_us >= b->until_us;
}

void
breaker_failed(struct breaker *b, int64_t now_us, bool lasting,
    int64_t least_us, uint32_t chance)
{
	int64_t pause_us = backoff_next(b->failed == 0 ? 0 : b->last_us,
	    BREAKER_FIRST_US, BREAKER_MOST_US);

	if (lasting && pause_us < BREAKER_LASTING_US)
		pause_us = BREAKER_LASTING_US;
	b->last_us = pause_us;
	pause_us -= pause_us / 4 * (int64_t)(chance % 1000) / 1000;
	b->until_us = now_us + (pause_us > least_us ? pause_us : least_us);
	b->failed++;
}

void
breaker_worked(struct breaker *b)
{
	*b = (struct breaker){ 0 };
}

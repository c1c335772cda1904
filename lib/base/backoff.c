/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/backoff.h"

int64_t
backoff_next(int64_t last_us, int64_t first_us, int64_t most_us)
{
	int64_t pause_us = last_us == 0 ? first_us : 2 * last_us;

	return pause_us < most_us ? pause_us : most_us;
}

void
backoff_failed(struct backoff *b, int64_t now_us, int64_t first_us,
    int64_t most_us)
{
	b->pause_us = backoff_next(b->pause_us, first_us, most_us);
	b->until_us = now_us + b->pause_us;
}

void
backoff_worked(struct backoff *b)
{
	*b = (struct backoff){ 0 };
}

void
backoff_hold(struct backoff *b, int64_t until_us)
{
	b->until_us = until_us;
}

bool
backoff_is_over(const struct backoff *b, int64_t now_us)
{
	return now_us >= b->until_us;
}

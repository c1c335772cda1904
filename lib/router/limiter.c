/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/limiter.h"

void
limiter_wrote(struct limiter *l, int64_t t_us)
{
	l->t_us[l->next] = t_us;
	l->next = (l->next + 1) % LIMITER_MAX;
	if (l->count < LIMITER_MAX)
		l->count++;
}

int64_t
limiter_room(const struct limiter *l, int64_t limit, int64_t window_us,
    int64_t t_us)
{
	int64_t found = 0;

	/* From the newest back: the one that fills the window must leave. */
	for (size_t i = 1; i <= l->count; i++) {
		int64_t at = l->t_us[(l->next + LIMITER_MAX - i) % LIMITER_MAX];

		if (at > t_us || at <= t_us - window_us)
			continue;
		if (++found == limit)
			return at + window_us;
	}
	return t_us;
}

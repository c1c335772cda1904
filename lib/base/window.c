/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/window.h"

void
window_add(struct window *w, int64_t x, size_t size)
{
	w->sample[w->next % size] = x;
	w->next = (w->next + 1) % size;
	if (w->count < size)
		w->count++;
}

int64_t
window_at(const struct window *w, size_t i)
{
	/* Until it is full, the next place is the one behind the last. */
	return w->sample[w->next < w->count ? (w->next + i) % w->count : i];
}

int64_t
window_median(const struct window *w, int64_t none)
{
	int64_t sorted[WINDOW_MAX];

	if (w->count == 0)
		return none;
	for (size_t i = 0; i < w->count; i++) {
		size_t at = i;

		for (; at > 0 && sorted[at - 1] > w->sample[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = w->sample[i];
	}
	return sorted[(w->count - 1) / 2];
}

int64_t
window_least(const struct window *w, int64_t none)
{
	int64_t least = none;

	for (size_t i = 0; i < w->count; i++)
		if (i == 0 || w->sample[i] < least)
			least = w->sample[i];
	return least;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/window.h"

#include "../random.h"
#include "../tap.h"

static const struct {
	size_t size, count;
	int64_t samples[8];
	int64_t median, least;
} cases[] = {
	{ 3, 1, { 5 }, 5, 5 },
	{ 3, 2, { 5, 900 }, 5, 5 },
	{ 3, 2, { 900, 5 }, 5, 5 },
	{ 3, 3, { 5, 900, 6 }, 6, 5 },
	{ 3, 4, { 5, 900, 6, 7 }, 7, 6 },
	{ 3, 5, { 1, 1, 900, 900, 900 }, 900, 900 },
	{ 1, 3, { 7, 8, 9 }, 9, 9 },
	{ 4, 4, { 4, 3, 2, 1 }, 2, 1 },
	{ 5, 5, { -5, 3, -9, 0, 7 }, 0, -9 },
	{ 5, 7, { 1, 2, 3, 4, 5, 6, 7 }, 5, 3 },
	{ 3, 3, { INT64_MAX, INT64_MIN, 0 }, 0, INT64_MIN },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct window w = { 0 };

		for (size_t j = 0; j < cases[i].count; j++)
			window_add(&w, cases[i].samples[j], cases[i].size);
		is_int(window_median(&w, -1), cases[i].median,
		    "case %zu: median", i);
		is_int(window_least(&w, INT64_MAX), cases[i].least,
		    "case %zu: least", i);
	}
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Against sorting: R26, whatever comes, only the last `size` samples count. */
static void
test_random(void)
{
	int bad = 0;

	random_start();
	for (int round = 0; round < 2000; round++) {
		size_t size = (size_t)random_int(1, WINDOW_MAX);
		int64_t all[60], sorted[WINDOW_MAX];
		struct window w = { 0 };

		for (size_t n = 1; n <= 60; n++) {
			size_t kept = n < size ? n : size;

			all[n - 1] = random_wide();
			window_add(&w, all[n - 1], size);
			memcpy(sorted, all + n - kept, kept * sizeof *all);
			for (size_t i = 0; i < kept; i++)
				bad += window_at(&w, i) != sorted[i];
			qsort(sorted, kept, sizeof *sorted, compare);
			bad += window_median(&w, 0) != sorted[(kept - 1) / 2];
			bad += window_least(&w, 0) != sorted[0];
		}
	}
	is_int(bad, 0, "R26: random samples: the same as by sorting the last");
}

int
main(void)
{
	struct window empty = { 0 };

	is_int(window_median(&empty, -7), -7, "no samples have no median");
	is_int(window_least(&empty, -7), -7, "and no least");
	test_cases();
	test_random();
	return tap_done();
}

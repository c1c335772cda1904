/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last few delays of a direction. */
#include "assess/delays.h"

#include "../tap.h"

#define MS 1000

static struct delays d;

/* Samples `apart_us` after each other, from t = 1 s on. */
static void
fill(const int64_t us[], size_t n, int64_t apart_us)
{
	d = (struct delays){ 0 };
	for (size_t i = 0; i < n; i++)
		delays_add(&d, 1000000 + (int64_t)i * apart_us, us[i]);
}

#define FILL(apart_us, ...)                                   \
	do {                                                  \
		static const int64_t us[] = { __VA_ARGS__ };  \
                                                              \
		fill(us, sizeof us / sizeof us[0], apart_us); \
	} while (0)

static void
test_least(void)
{
	FILL(50 * MS, 5, 3);
	is_int(delays_least(&d, 2), 3, "the least of two");
	is_int(delays_least(&d, 3), 0, "of too few there is none");
	FILL(50 * MS, 1, 9, 8, 7, 9, 8, 9);
	is_int((int64_t)d.count, DELAYS_MAX, "six are kept");
	is_int(delays_least(&d, 6), 7, "and the oldest is forgotten");
	is_int(delays_least(&d, 2), 8, "the least of the last two");
	FILL(50 * MS, -5, -3, -4);
	is_int(delays_least(&d, 3), -5, "below the baseline, too");
}

static void
test_slope(void)
{
	FILL(50 * MS, 0, 10 * MS, 20 * MS, 30 * MS, 40 * MS, 50 * MS);
	is_int(delays_slope(&d, 6), 200000, "10 ms each 50 ms");
	is_int(delays_slope(&d, 4), 200000, "of the last four, too");
	FILL(50 * MS, 50 * MS, 50 * MS, 40 * MS, 30 * MS, 20 * MS);
	is_int(delays_slope(&d, 3), -200000, "and down");
	FILL(50 * MS, 10 * MS, 20 * MS);
	is_int(delays_slope(&d, 6), 0, "two samples do not tell");
	FILL(20 * MS, 0, 10 * MS, 20 * MS);
	is_int(delays_slope(&d, 6), 0, "nor do three within 40 ms");
	FILL(30 * MS, 0, 10 * MS, 20 * MS);
	is_int(delays_slope(&d, 6), 333333, "three within 60 ms do");
	FILL(440 * MS, 0, 10 * MS, 20 * MS);
	is_int(delays_slope(&d, 6), 22727, "three within 880 ms do");
	FILL(460 * MS, 0, 10 * MS, 20 * MS);
	is_int(delays_slope(&d, 6), 0, "three within 920 ms do not");
	FILL(50 * MS, 90 * MS, 70 * MS, 50 * MS, 0, 10 * MS, 20 * MS, 30 * MS,
	    40 * MS, 50 * MS);
	is_int(delays_slope(&d, 6), 200000, "of the last six of nine");
	d = (struct delays){ 0 };
	is_int(delays_slope(&d, 6), 0, "without a sample it is level");
	FILL(50 * MS, 0, 10 * MS, 20 * MS, 30 * MS);
	d.t_us[0] = (int64_t)1 << 53;
	is_int(delays_slope(&d, 6), 200000, "what is later does not count");
}

static void
test_rough(void)
{
	FILL(50 * MS, 0, 6400, 0);
	is_int(d.rough_us, 100, "a peak counts one part in 64");
	FILL(50 * MS, 0, 6400, 0, 6500, 0);
	is_int(d.rough_us, 100 + 98 + 98, "the more the more of them");
	FILL(50 * MS, 6400, 0, 6400);
	is_int(d.rough_us, 100, "a dip, too");
	FILL(50 * MS, 0, 6400, 3200);
	is_int(d.rough_us, 50, "by its lesser side");
	FILL(50 * MS, 0, 6400, 12800);
	is_int(d.rough_us, 0, "what grows is not rough");
	FILL(440 * MS, 0, 6400, 0);
	is_int(d.rough_us, 100, "of three within 880 ms");
	FILL(460 * MS, 0, 6400, 0);
	is_int(d.rough_us, 0, "but not of three within 920 ms");
	FILL(50 * MS, 0, 1000 * MS, 0);
	is_int(d.rough_us, 20 * MS / 64, "a peak is 20 ms at most");
}

int
main(void)
{
	test_least();
	test_slope();
	test_rough();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"

#include "tap.h"

/* The wall clock in microseconds. */
static int64_t
wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
test_time(void)
{
	struct clock c;
	int64_t before, now, mono, later;

	before = wall();
	clock_start(&c);
	now = clock_now(&c);
	ok(now >= before - 1000 && now <= wall() + 1000,
	    "record time begins as the wall clock");
	later = clock_now(&c);
	ok(later >= now, "and does not go back");

	mono = clock_monotonic();
	ok(clock_monotonic() >= mono, "nor does monotonic time");
	/* What a step of the wall clock would look like. */
	c.offset_us += 3600000000;
	now = clock_now(&c) - clock_monotonic();
	ok(now <= c.offset_us && now >= c.offset_us - 1000000,
	    "R87: only the start asks the wall clock");
}

static void
test_until(void)
{
	int64_t now = clock_monotonic();
	struct timespec ts;

	ts = clock_until(now - 1);
	ok(ts.tv_sec == 0 && ts.tv_nsec == 0, "the past is now");
	ts = clock_until(INT64_MIN);
	ok(ts.tv_sec == 0 && ts.tv_nsec == 0, "however long ago");
	ts = clock_until(now + 3600000000);
	ok(ts.tv_sec >= 3590 && ts.tv_sec <= 3600, "in an hour");
	ts = clock_until(now + 3600500000);
	ok(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000, "a valid timespec");
	ts = clock_until(INT64_MAX);
	ok(ts.tv_sec > 9000000000000 && ts.tv_nsec < 1000000000, "never");
}

int
main(void)
{
	test_time();
	test_until();
	return tap_done();
}

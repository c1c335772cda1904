/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody else may change too. */
#include "shape/reconcile.h"

#include "../tap.h"
#include "record/messages.h"

static struct reconcile r;

static bool
cycle(int64_t now_us, enum failure why, int64_t value)
{
	reconcile_begin(&r);
	reconcile_read(&r, now_us, why, value);
	return reconcile_end(&r, now_us);
}

static void
test_reading(void)
{
	reconcile_init(&r);
	is_int(r.has, NONE, "nothing is known at the start");
	ok(cycle(1000, WORKED, 7), "the first reading is news");
	is_int(r.has, 7, "and is kept");
	ok(!r.foreign, "nobody had changed it");
	ok(!cycle(2000, WORKED, 7), "the same again is not");
	ok(!cycle(3000, WORKED, 8), "nor is what somebody else has set");
	ok(r.foreign, "but that is seen");
	ok(!cycle(4000, WORKED, 8) && !r.foreign, "once");
}

static void
test_failing(void)
{
	reconcile_init(&r);
	cycle(1000, WORKED, 7);
	ok(cycle(2000, FAILURE_TIMEOUT, 9), "a failure is news");
	is_int(r.has, NONE, "nothing is known then");
	ok(!r.foreign, "and nobody is blamed");
	is_int(r.backoff.until_us, 2000 + 100000, "a pause");
	ok(!cycle(3000, FAILURE_TIMEOUT, 9), "the same failure is not news");
	is_int(r.backoff.until_us, 3000 + 200000, "a longer one");
	ok(cycle(4000, FAILURE_DENIED, 9), "another failure is");
	for (int i = 0; i < 10; i++)
		cycle(5000, FAILURE_DENIED, 9);
	is_int(r.backoff.until_us, 5000 + 5000000, "five seconds at most");
	ok(cycle(5000, WORKED, 9), "so is that it works again");
	ok(r.foreign, "with what somebody had set meanwhile");
	ok(backoff_is_over(&r.backoff, 5000), "and no pause");
}

static void
test_writing(void)
{
	reconcile_init(&r);
	cycle(1000, WORKED, 7);
	reconcile_begin(&r);
	reconcile_wrote(&r, 2000, WORKED, WORKED, 8);
	ok(r.wrote && r.why == WORKED && r.has == 8, "written and read back");
	is_int(r.read_us, 2000, "which is a reading, too");
	ok(reconcile_end(&r, 2000), "is news");
	reconcile_begin(&r);
	reconcile_wrote(&r, 3000, FAILURE_DENIED, WORKED, 9);
	ok(r.tried && !r.wrote, "not written");
	is_failure(r.why, "denied", "for that reason");
	is_int(r.has, NONE, "and not known");
	reconcile_end(&r, 3000);
	reconcile_begin(&r);
	reconcile_wrote(&r, 4000, WORKED, FAILURE_TIMEOUT, 9);
	ok(r.wrote, "written, but not read back");
	is_failure(r.why, "timeout", "for that reason");
	reconcile_end(&r, 4000);
	reconcile_begin(&r);
	reconcile_wrote(&r, 5000, WORKED, WORKED, 9);
	reconcile_not_taken(&r);
	is_failure(r.why, "not_taken", "written, and something else is there");
	is_int(r.has, 9, "which is known");
	reconcile_end(&r, 5000);
	reconcile_begin(&r);
	ok(r.why == WORKED && !r.read && !r.tried && !r.wrote && !r.foreign,
	    "a new cycle begins without the last one's outcome");
	is_int(r.left, 9, "but with what it left");
}

int
main(void)
{
	test_reading();
	test_failing();
	test_writing();
	return tap_done();
}

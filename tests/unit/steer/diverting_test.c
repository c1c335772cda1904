/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a diverter is read and switched. */
#include "steer/diverting.h"

#include "../tap.h"
#include "record/messages.h"

#define SEC 1000000

static void
test_diverting(void)
{
	struct reconcile d;

	reconcile_init(&d);
	ok(!diverting_begin(&d, NONE, 10 * SEC, 0), "without a wish nothing");
	ok(diverting_begin(&d, 1, 10 * SEC, 0), "a wish is carried out");
	reconcile_read(&d, 0, WORKED, 1);
	ok(!diverting_must_set(&d), "R57: what is right is not written");
	ok(reconcile_end(&d, 0), "the first is reported");
	ok(!diverting_begin(&d, 1, 10 * SEC, 5 * SEC), "then there is peace");
	ok(diverting_begin(&d, 1, 10 * SEC, 10 * SEC), "R60: it is read again");
	reconcile_read(&d, 10 * SEC, WORKED, 0);
	ok(diverting_must_set(&d) && d.foreign, "somebody else changed it");
	diverting_set(&d, 10 * SEC, WORKED, WORKED, false);
	is_failure(d.why, "not_taken", "R57: verified: it was not taken");
	ok(reconcile_end(&d, 10 * SEC), "which is news");
	ok(!diverting_begin(&d, 1, 10 * SEC, 10 * SEC + 99999), "R57: a pause");
	ok(diverting_begin(&d, 1, 10 * SEC, 10 * SEC + 100000),
	    "R57: verification is tried again");
	reconcile_read(&d, 11 * SEC, WORKED, 1);
	ok(!diverting_must_set(&d), "R57: by reading, before another write");
	ok(reconcile_end(&d, 11 * SEC) && d.why == WORKED, "it works again");
	for (int i = 0; i < 20; i++) {
		int64_t t_us = diverting_due_us(&d, 10 * SEC);

		diverting_begin(&d, 1, 10 * SEC, t_us);
		reconcile_read(&d, t_us, FAILURE_MISSING, 0);
		ok(!diverting_must_set(&d),
		    "R57: what cannot be read is not touched, %d", i);
		reconcile_end(&d, t_us);
	}
	ok(d.backoff.until_us - d.read_us == RECONCILE_MOST_US,
	    "the breaker: a pause of five seconds at most");
	backoff_hold(&d.backoff, d.read_us + 300 * SEC);
	ok(!diverting_begin(&d, 0, 10 * SEC, d.read_us + 299 * SEC) &&
		diverting_due_us(&d, 10 * SEC) == d.read_us + 300 * SEC,
	    "R35: a router is left alone for longer, whatever is decided");
	ok(diverting_owes(&d), "which then is not done yet");
	reconcile_init(&d);
	ok(!diverting_owes(&d), "no decision, nothing owed");
	backoff_hold(&d.backoff, 60 * SEC);
	ok(!diverting_begin(&d, 0, 10 * SEC, 0) && diverting_owes(&d) &&
		diverting_due_us(&d, 10 * SEC) == 60 * SEC,
	    "R35: also by the process after, which waits for it");
	ok(diverting_begin(&d, 0, 10 * SEC, 60 * SEC), "and no longer");
}

/* Read at 100 s, each ten seconds. */
static void
test_peace(void)
{
	struct reconcile d;

	reconcile_init(&d);
	is_int(diverting_due_us(&d, 10 * SEC), INT64_MAX,
	    "without a wish nothing is due");
	diverting_begin(&d, 0, 10 * SEC, 100 * SEC);
	reconcile_read(&d, 100 * SEC, WORKED, 0);
	reconcile_end(&d, 100 * SEC);
	ok(!diverting_owes(&d), "what is there is not owed");
	is_int(diverting_due_us(&d, 10 * SEC), 110 * SEC,
	    "it is read again in time");
	ok(!diverting_begin(&d, 0, 10 * SEC, 109 * SEC), "not before");
	ok(diverting_begin(&d, 0, 10 * SEC, 110 * SEC), "but then");
	ok(diverting_begin(&d, 1, 10 * SEC, 101 * SEC),
	    "another wish is carried out at once");
	ok(diverting_owes(&d), "and owed until it is");
	diverting_set(&d, 101 * SEC, FAILURE_DENIED, WORKED, false);
	is_failure(d.why, "denied", "a failure is not called another one");
	reconcile_end(&d, 101 * SEC);
	ok(diverting_owes(&d), "what failed is owed");
	is_int(diverting_due_us(&d, 10 * SEC), 101 * SEC + 100000,
	    "and is due after the pause");
}

int
main(void)
{
	test_diverting();
	test_peace();
	return tap_done();
}

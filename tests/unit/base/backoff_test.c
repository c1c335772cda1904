/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/backoff.h"

#include "../tap.h"

#define FIRST 100
#define MOST 500

int
main(void)
{
	static const int64_t pauses[] = { 100, 200, 400, 500, 500 };
	struct backoff b = { 0 };

	ok(backoff_is_over(&b, 0), "nothing is waited for at the start");
	for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
		int64_t now_us = 1000 * (int64_t)i;

		backoff_failed(&b, now_us, FIRST, MOST);
		is_int(b.until_us - now_us, pauses[i], "failure %zu in a row",
		    i + 1);
		ok(!backoff_is_over(&b, now_us + pauses[i] - 1),
		    "... is waited for");
		ok(backoff_is_over(&b, now_us + pauses[i]), "... so long");
	}
	backoff_worked(&b);
	ok(backoff_is_over(&b, 0), "what worked is not waited for");
	backoff_failed(&b, 7, FIRST, MOST);
	is_int(b.until_us, 107, "and the pauses begin anew");
	backoff_hold(&b, 9000);
	ok(!backoff_is_over(&b, 8999) && backoff_is_over(&b, 9000),
	    "held for another reason");
	backoff_failed(&b, 9000, FIRST, MOST);
	is_int(b.until_us, 9200, "which does not make a pause longer");
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/quota.h"

#include <string.h>

#include "../tap.h"

#define SECOND ((int64_t)1000000)
#define START (1000000 * SECOND)

static const char names[64];

/* How many of `tries` messages, `gap_us` apart, are printed; *left_out: of the
 * last one. */
static int
printed(struct quota *q, int kind, int tries, int64_t from_us, int64_t gap_us,
    int64_t *left_out)
{
	int n = 0;

	for (int i = 0; i < tries; i++)
		n += quota_allows(q, &names[kind], from_us + i * gap_us,
		    left_out);
	return n;
}

int
main(void)
{
	struct quota q = { 0 };
	int64_t left_out = -1;

	is_int(printed(&q, 0, 64, START, 0, &left_out), 64,
	    "two for each of 32 reflectors at once");
	is_int(left_out, 0, "... of which none is missing");
	is_int(printed(&q, 0, 100000, START, 1, &left_out), 0,
	    "R94: however many more come: none");
	is_int(printed(&q, 1, 3, START, 0, &left_out), 3,
	    "another kind is not");
	is_int(printed(&q, 0, 1, START + 59 * SECOND, 0, &left_out), 0,
	    "after 59 seconds");
	is_int(printed(&q, 0, 1, START + 60 * SECOND, 0, &left_out), 1,
	    "after a minute there is one");
	is_int(left_out, 100001, "... that has the number of those before");
	is_int(printed(&q, 0, 1, START + 60 * SECOND, 0, &left_out), 0,
	    "... and then none");
	is_int(printed(&q, 0, 36000, START + 60 * SECOND, SECOND / 10,
		   &left_out),
	    59, "R94: one a minute in an hour of ten a second");
	is_int(printed(&q, 0, 90, START + 86400 * SECOND, 0, &left_out), 64,
	    "after a quiet day it is as at first");

	memset(&q, 0, sizeof q);
	for (int i = 0; i < 31; i++)
		(void)printed(&q, i, 1, START, 0, &left_out);
	is_int(printed(&q, 40, 40, START, 0, &left_out) +
		printed(&q, 41, 40, START, 0, &left_out),
	    64, "more kinds than there is room for share the last place");
	is_int(printed(&q, 30, 90, START, 0, &left_out), 63,
	    "... and the others have theirs");
	return tap_done();
}

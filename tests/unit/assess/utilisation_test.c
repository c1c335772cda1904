/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../tap.h"
#include "assess/utilisation.h"

#define SEC 1000000

static struct queue
reading(int64_t t_us, int64_t bytes, int64_t bps)
{
	struct queue q;

	message_clear(&message_queue, &q);
	q.t_us = t_us;
	q.bytes = bytes;
	q.bps = bps;
	return q;
}

int
main(void)
{
	struct utilisation l = { 0 };
	struct queue q = reading(SEC, 1000, 10000000);

	is_int(utilisation_at(&l, 1, SEC).percent, NONE,
	    "R10: nothing read, unknown");
	ok(utilisation_add(&l, &q), "a first reading");
	is_int(utilisation_at(&l, 1, SEC).goodput_bps, NONE,
	    "R10: says nothing, not 0");
	ok(!utilisation_add(&l, &q), "the same one is not new");
	q = reading(2 * SEC, 1001000, 10000000);
	utilisation_add(&l, &q);
	is_int(utilisation_at(&l, 1, 2 * SEC).goodput_bps, 8000000,
	    "1 MB in a second");
	is_int(utilisation_at(&l, 1, 2 * SEC).percent, 80,
	    "of the shaper's rate");
	is_int(utilisation_at(&l, 1, 2 * SEC).arrival_bps, 8000000,
	    "of the device, or else of the shaper");
	is_int(utilisation_at(&l, 1, 2 * SEC).measured_us, SEC,
	    "measured over the time between two readings");
	is_int(utilisation_at(&l, 1, 3 * SEC).measured_us, 2 * SEC,
	    "and so long ago");
	is_int(utilisation_at(&l, 1, 20 * SEC).percent, NONE, "old is unknown");
	is_int(utilisation_at(&l, 1, 20 * SEC).arrival_bps, NONE, "... all");
	q = reading(3 * SEC, 500, 10000000);
	utilisation_add(&l, &q);
	is_int(utilisation_at(&l, 1, 3 * SEC).goodput_bps, NONE,
	    "R10: a decrease is a reset");
	q = reading(4 * SEC, 500, NONE);
	utilisation_add(&l, &q);
	is_int(utilisation_at(&l, 1, 4 * SEC).goodput_bps, 0,
	    "idle is a true 0");
	is_int(utilisation_at(&l, 1000, 4 * SEC).percent, 0,
	    "our own rate where the shaper's is not known");
	q = reading(90 * SEC, 1000500, 10000000);
	utilisation_add(&l, &q);
	is_int(utilisation_at(&l, 1, 90 * SEC).goodput_bps, NONE,
	    "a gap is a first reading");
	q = reading(91 * SEC, 2000500, 10000000);
	memcpy(q.source, "device", 7);
	utilisation_add(&l, &q);
	is_int(utilisation_at(&l, 1, 91 * SEC).goodput_bps, NONE,
	    "so is another source");
	q.source[0] = '\0';
	q.t_us += SEC;
	utilisation_add(&l, &q);
	q.line_bytes = 0;
	q.t_us += SEC;
	utilisation_add(&l, &q);
	q.line_bytes = 2500000;
	q.t_us += SEC;
	utilisation_add(&l, &q);
	is_int(utilisation_at(&l, 1, q.t_us).percent, 200,
	    "what arrives counts, and may be more than the shaper lets by");
	is_int(utilisation_at(&l, 1, q.t_us).goodput_bps, 0,
	    "goodput is what leaves it");
	q = reading(5 * SEC, 1, 1);
	ok(utilisation_add(&l, &q), "far back in time is a new beginning");
	is_int(utilisation_at(&l, 1, 5 * SEC).goodput_bps, NONE,
	    "and knows nothing yet");
	q = reading(6 * SEC, INT64_MAX, 1);
	utilisation_add(&l, &q);
	is_int(utilisation_at(&l, 1, 6 * SEC).percent, UTILISATION_PERCENT_MAX,
	    "no overflow at the bounds");
	l = (struct utilisation){ 0 };
	for (int i = 0; i < 3; i++) {
		q = reading(10 * SEC + i * 100000, 1000 * i, 10000000);
		q.backlog = INT64_MAX;
		utilisation_add(&l, &q);
	}
	ok(utilisation_at(&l, 1, q.t_us).backlog >= INT64_MAX / 4,
	    "nor of queues: the largest number three times");
	l = (struct utilisation){ 0 };
	for (int i = 0; i < 4; i++) {
		q = reading(10 * SEC + i * 100000, 1000 * i, 10000000);
		q.backlog = i == 3 ? 3000 : 0;
		q.drops = i == 2 ? 5 : i == 3 ? 2 : 0;
		utilisation_add(&l, &q);
		if (i == 2)
			is_int(l.new_drops, 5, "R10: drops are differences");
	}
	is_int(l.new_drops, NONE, "R10: and less of them a reset");
	is_int(utilisation_at(&l, 1, q.t_us).backlog, 1500,
	    "the queue is the mean of a short time");
	is_int(utilisation_at(&l, 1, q.t_us + 60 * (int64_t)SEC).backlog, NONE,
	    "and unknown when it is old");
	return tap_done();
}

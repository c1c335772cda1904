/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/limiter.h"

#include "../tap.h"

#define WINDOW 60000000

int
main(void)
{
	struct limiter l = { 0 };
	int64_t t_us = 1000000000, worst = 0;

	is_int(limiter_room(&l, 10, WINDOW, t_us), t_us, "room at first");
	for (int i = 0; i < 10; i++)
		limiter_wrote(&l, t_us + i * 1000000);
	t_us += 10000000;
	is_int(limiter_room(&l, 10, WINDOW, t_us), t_us - 10000000 + WINDOW,
	    "R32: full: room when the oldest of ten leaves the window");
	is_int(limiter_room(&l, 11, WINDOW, t_us), t_us, "room for an 11th");
	t_us += 50000000;
	is_int(limiter_room(&l, 10, WINDOW, t_us), t_us, "room then");
	is_int(limiter_room(&l, 10, WINDOW, 5), 5,
	    "writes of the future do not count");
	/* Two hours of somebody who always wants to write. */
	l = (struct limiter){ 0 };
	for (int64_t at = 0; at < 7200; at++) {
		int64_t now_us = at * 1000000, in = 0;

		if (limiter_room(&l, 10, WINDOW, now_us) <= now_us)
			limiter_wrote(&l, now_us);
		for (size_t i = 0; i < l.count; i++)
			in += l.t_us[i] > now_us - WINDOW;
		worst = in > worst ? in : worst;
	}
	is_int(worst, 10, "R32: never more than ten in any minute");
	return tap_done();
}

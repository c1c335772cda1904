/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/breaker.h"

#include "../tap.h"

int
main(void)
{
	struct breaker b = { 0 };
	int64_t now_us = 1000, pause_us, before_us = 0;
	int64_t doubled_us = BREAKER_FIRST_US;

	ok(breaker_allows(&b, 0), "closed at first");
	for (int i = 0; i < 40; i++) {
		breaker_failed(&b, now_us, false, 0, 0);
		pause_us = b.until_us - now_us;
		ok(pause_us >= before_us && pause_us <= BREAKER_MOST_US,
		    "R35: pause %d does not shrink, nor passes 5 min", i);
		is_int(pause_us, doubled_us, "R35: it is twice the one before");
		doubled_us = 2 * doubled_us < BREAKER_MOST_US ? 2 * doubled_us :
								BREAKER_MOST_US;
		ok(!breaker_allows(&b, b.until_us - 1), "nothing before");
		ok(breaker_allows(&b, b.until_us), "one try then");
		before_us = pause_us;
		now_us = b.until_us;
	}
	is_int(pause_us, BREAKER_MOST_US, "R35: 5 minutes in the end");
	breaker_worked(&b);
	ok(breaker_allows(&b, now_us), "R35: and one success closes it");
	breaker_failed(&b, 0, false, 0, 0);
	is_int(b.until_us, BREAKER_FIRST_US, "and it begins anew");
	breaker_worked(&b);
	breaker_failed(&b, 0, true, 0, 0);
	is_int(b.until_us, BREAKER_LASTING_US,
	    "R34: what does not mend itself is left alone for longer");
	breaker_worked(&b);
	breaker_failed(&b, 0, false, 3000000, 0);
	is_int(b.until_us, 3000000, "never less than is asked for");
	for (uint32_t chance = 0; chance < 3000; chance += 7) {
		breaker_worked(&b);
		breaker_failed(&b, 0, true, 0, chance);
		if (b.until_us > BREAKER_LASTING_US ||
		    b.until_us <= BREAKER_LASTING_US / 4 * 3)
			break;
		before_us = chance;
	}
	is_int(before_us, 2996, "chance takes at most a quarter");
	breaker_worked(&b);
	breaker_failed(&b, 0, true, 0, 500);
	is_int(b.until_us, BREAKER_LASTING_US / 8 * 7,
	    "and half of that in the middle");
	breaker_worked(&b);
	breaker_failed(&b, 0, true, 0, 1000);
	is_int(b.until_us, BREAKER_LASTING_US, "a thousand is as much as none");
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/admission.h"

#include <arpa/inet.h>

#include "../random.h"
#include "../tap.h"

static struct admission a;

static void
fresh(int64_t rate, int64_t total)
{
	memset(&a, 0, sizeof a);
	a.rate = rate;
	a.total = total;
	a.seed = 0x123456789abcdef;
}

static void
bytes_of(uint8_t out[static 16], const char *text)
{
	memset(out, 0, 16);
	out[10] = out[11] = 0xff;
	if (inet_pton(AF_INET, text, out + 12) != 1)
		inet_pton(AF_INET6, text, out);
}

static enum admission_verdict
from(const char *text, int64_t now_us)
{
	uint8_t b[16];

	bytes_of(b, text);
	return admission_ask(&a, b, now_us);
}

static void
test_prefixes(void)
{
	static const struct {
		const char *prefix, *address;
		enum admission_verdict verdict;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", ADMISSION_GRANTED },
		{ "192.0.2.0/24", "192.0.3.0", ADMISSION_STRANGER },
		{ "192.0.2.128/25", "192.0.2.127", ADMISSION_STRANGER },
		{ "192.0.2.77/25", "192.0.2.1", ADMISSION_GRANTED },
		{ "192.0.2.1", "192.0.2.1", ADMISSION_GRANTED },
		{ "192.0.2.1", "192.0.2.2", ADMISSION_STRANGER },
		{ "0.0.0.0/0", "203.0.113.9", ADMISSION_GRANTED },
		{ "0.0.0.0/0", "2001:db8::1", ADMISSION_STRANGER },
		{ "::/0", "2001:db8::1", ADMISSION_GRANTED },
		{ "2001:db8::/33", "2001:db8:7fff::1", ADMISSION_GRANTED },
		{ "2001:db8::/33", "2001:db8:8000::1", ADMISSION_STRANGER },
		{ "2001:db8::1", "2001:db8::2", ADMISSION_STRANGER },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fresh(10, 10);
		is_str(admission_allow(&a, rows[i].prefix), NULL, "%s",
		    rows[i].prefix);
		is_int(from(rows[i].address, 0), rows[i].verdict,
		    "R12: %s and %s", rows[i].prefix, rows[i].address);
	}
}

static void
test_bad_prefixes(void)
{
	static const char *const bad[] = { "", "/", "192.0.2.0/", "192.0.2/24",
		"192.0.2.0/33", "192.0.2.0/-1", "::/129", "192.0.2.0/24/1",
		"name", "192.0.2.0 /24",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:2222" };

	fresh(1, 1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(admission_allow(&a, bad[i]) != NULL, "no prefix: '%s'",
		    bad[i]);
	is_int(a.prefixes, 0, "none of them was taken");
	for (int i = 0; i < ADMISSION_PREFIXES; i++)
		admission_allow(&a, "192.0.2.1");
	is_str(admission_allow(&a, "192.0.2.2"), "too many of them",
	    "64 prefixes are the most");
}

static void
test_rate(void)
{
	int granted = 0, later = 0;

	fresh(10, 1000);
	for (int i = 0; i < 100; i++)
		granted += from("192.0.2.1", 5000000) == ADMISSION_GRANTED;
	is_int(granted, 10, "R12: at once, a second's worth");
	is_int(from("192.0.2.1", 5000000), ADMISSION_OFTEN, "and no more");
	is_int(from("192.0.2.2", 5000000), ADMISSION_GRANTED,
	    "R12: another source is not concerned");
	for (int64_t t = 5000000; t < 15000000; t += 1000)
		later += from("192.0.2.1", t) == ADMISSION_GRANTED;
	ok(later >= 99 && later <= 100, "R12: 10 a second ever after: %d",
	    later);
	fresh(10, 1000);
	for (int i = 0; i < 10; i++)
		from("2001:db8::1", 0);
	is_int(from("2001:db8::2", 0), ADMISSION_OFTEN,
	    "R12: a /64 is one source");
	is_int(from("2001:db8:0:1::2", 0), ADMISSION_GRANTED, "another is not");
}

static void
test_total(void)
{
	int granted = 0, known = 0;
	uint8_t b[16];

	random_start();
	fresh(5, 200);
	for (int i = 0; i < 100000; i++) {
		bytes_of(b, "192.0.2.1");
		for (size_t j = 12; j < 16; j++)
			b[j] = (uint8_t)random_int(0, 255);
		granted += admission_ask(&a, b, 1000000 + 10 * i) ==
		    ADMISSION_GRANTED;
	}
	ok(granted >= 398 && granted <= 401,
	    "R12: forged sources get no more than the total: %d", granted);
	fresh(5, 200);
	for (int i = 0; i < 10; i++)
		known += from("192.0.2.1", 0) == ADMISSION_GRANTED;
	is_int(known, 5, "what is refused takes nothing");
	for (int i = 0; i < 1000; i++)
		from("192.0.2.1", 0);
	is_int(from("192.0.2.2", 0), ADMISSION_GRANTED,
	    "R12: nor of the total");
}

/* More sources than there is memory for. */
static void
test_flood(void)
{
	int64_t refused = 0;
	char address[32];

	fresh(10, ADMISSION_RATE_MAX);
	for (int i = 0; i < 10; i++)
		from("192.0.2.1", 0);
	for (int i = 0; i < 20000; i++) {
		snprintf(address, sizeof address, "10.1.%d.%d", i / 256,
		    i % 256);
		refused += from(address, 0) != ADMISSION_GRANTED;
	}
	is_int(refused, 0, "R12: a new source begins with all of its rate");
	is_int(from("192.0.2.1", 0), ADMISSION_OFTEN,
	    "R12: who asked most is forgotten last");
	fresh(1, ADMISSION_RATE_MAX);
	for (int i = 0; i < 20000; i++) {
		snprintf(address, sizeof address, "10.1.%d.%d", i / 256,
		    i % 256);
		refused += from(address, 0) != ADMISSION_GRANTED;
	}
	is_int(refused, 0, "R12: also in the place of one that had used it");
}

int
main(void)
{
	test_prefixes();
	test_bad_prefixes();
	test_rate();
	test_total();
	test_flood();
	return tap_done();
}

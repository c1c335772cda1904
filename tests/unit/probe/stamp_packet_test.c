/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/stamp_packet.h"

#include "../random.h"
#include "../tap.h"

#define NS 1000000000
#define NOW_NS ((int64_t)1800000000 * NS + 123456789)

static const struct stamp_packet_request some = { .seq = 0x01020304,
	.token = 0x1122334455667788 };

static void
test_request(void)
{
	static const uint8_t start[16] = { 1, 2, 3, 4, 0x11, 0x22, 0x33, 0x44,
		0x55, 0x66, 0x77, 0x88, 0x3f, 0x01, 0, 0 };
	struct stamp_packet_request got = { 0 };
	uint8_t out[STAMP_SIZE], zeros[STAMP_SIZE] = { 0 };

	memset(out, 0xff, sizeof out);
	stamp_packet_request(out, &some);
	ok(memcmp(out, start, sizeof start) == 0,
	    "R12: a request has its number, its token, and a clock of no use");
	ok(memcmp(out + 16, zeros, sizeof out - 16) == 0, "and zeros");
	is_str(stamp_packet_request_parse(&got, out, 11), "too short",
	    "11 bytes");
	is_str(stamp_packet_request_parse(&got, out, 12), NULL, "12 bytes");
	ok(got.seq == some.seq && got.token == some.token,
	    "are enough to know which one it was");
}

static void
test_reflect(bool ptp)
{
	const char *name = ptp ? "PTP" : "NTP";
	struct stamp_packet_answer a = { 0 };
	uint8_t p[60], zeros[3] = { 0 };

	stamp_packet_request(p, &some);
	for (size_t i = STAMP_SIZE; i < sizeof p; i++)
		p[i] = (uint8_t)i;
	p[14] = 7;
	if (ptp)
		p[12] |= 0x40;
	is_str(stamp_packet_reflect(p, sizeof p, NOW_NS, 61), NULL,
	    "%s: is taken", name);
	stamp_packet_reflect_sent(p, NOW_NS + 2500);
	ok(p[0] == 1 && p[3] == 4 && p[14] == 7, "%s: number and session id",
	    name);
	ok((p[12] & 0x80) == 0 && p[13] != 0, "%s: no clock that follows UTC",
	    name);
	is_int((p[12] & 0x40) != 0, ptp, "%s: its bit", name);
	ok(p[24] == 1 && p[28] == 0x11 && p[35] == 0x88 && p[37] == 1 &&
		p[40] == 61,
	    "%s: the request is where RFC 8762 wants it, and its TTL", name);
	ok(p[38] == 0 && p[39] == 0 && memcmp(p + 41, zeros, 3) == 0,
	    "%s: and zeros around", name);
	ok(p[44] == 44 && p[59] == 59, "%s: what follows comes back", name);
	is_str(stamp_packet_answer_parse(&a, p, sizeof p), NULL,
	    "%s: an answer", name);
	ok(a.request.seq == some.seq && a.request.token == some.token,
	    "R12: %s: the token comes back", name);
	is_int(a.times.received_ns, NOW_NS, "%s: when it was received", name);
	is_int(a.times.sent_ns, NOW_NS + 2500, "%s: and sent", name);
	is_int(a.ttl, 61, "%s: TTL", name);
	is_str(stamp_packet_reflect(p, sizeof p, NOW_NS, 61), "an answer",
	    "R12: %s: an answer is not answered", name);
}

/* A reflector that gives numbers of its own answers an answer of ours. */
static void
test_loop(bool ptp)
{
	static const struct {
		int64_t ago_ns;
		const char *why;
	} c[] = { { 0, "an answer" }, { 100000000, "an answer" },
		{ 59000000000, "an answer" }, { -59000000000, "an answer" },
		{ 61000000000, NULL }, { -61000000000, NULL } };

	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		uint8_t ours[STAMP_SIZE], theirs[STAMP_SIZE];

		stamp_packet_request(ours, &some);
		if (ptp)
			ours[12] |= 0x40;
		(void)stamp_packet_reflect(ours, sizeof ours, NOW_NS, 64);
		stamp_packet_reflect_sent(ours, NOW_NS);
		memset(theirs, 0, sizeof theirs);
		/* Its number, a time that it received, and what ours began
		 * with. */
		theirs[3] = 99;
		theirs[16] = 0xe9;
		memcpy(theirs + 24, ours, 14);
		theirs[24] ^= 1;
		is_str(stamp_packet_reflect(theirs, sizeof theirs,
			   NOW_NS + c[i].ago_ns, 64),
		    c[i].why, "R12: %s: what we sent %lld ms ago comes back",
		    ptp ? "PTP" : "NTP", (long long)(c[i].ago_ns / 1000000));
	}
}

/* 2 January 1900 and 1 January 1970 in NTP. */
static void
test_bytes(void)
{
	uint8_t p[STAMP_SIZE];
	struct stamp_packet_answer a;

	stamp_packet_request(p, &some);
	is_str(stamp_packet_reflect(p, sizeof p, (int64_t)NS / 2, 0), NULL,
	    "1970");
	ok(memcmp(p + 16, "\x83\xaa\x7e\x80\x80\0\0\0", 8) == 0,
	    "the epoch of UNIX in NTP");
	memcpy(p + 16, "\0\0\0\0\0\0\0\0", 8);
	is_str(stamp_packet_answer_parse(&a, p, sizeof p), NULL,
	    "NTP's next era");
	is_int(a.times.received_ns, (4294967296 - 2208988800) * NS, "is 2036");
	p[12] |= 0x40;
	memcpy(p + 16, "\0\0\0\1\x3b\x9a\xca\0", 8);
	is_str(stamp_packet_answer_parse(&a, p, sizeof p), "no time",
	    "a second has no 1000000000th nanosecond");
	is_str(stamp_packet_answer_parse(&a, p, 43), "too short", "43 bytes");
}

static void
test_refused(void)
{
	uint8_t p[STAMP_SIZE], before[STAMP_SIZE];

	stamp_packet_request(p, &some);
	memcpy(before, p, sizeof p);
	is_str(stamp_packet_reflect(p, 43, NOW_NS, 1), "too short",
	    "R12: a request of 43 bytes is none");
	ok(memcmp(p, before, sizeof p) == 0, "and untouched");
	/* Padding of other senders may be anything. */
	memset(p + 16, 0xa5, sizeof p - 16);
	is_str(stamp_packet_reflect(p, sizeof p, NOW_NS, 1), NULL,
	    "rubbish instead of zeros is ignored");
}

static void
test_times(void)
{
	random_start();
	for (int i = 0; i < 2000; i++) {
		int64_t ns = random_int(0, STAMPS_WRAP_NS - 1);
		uint8_t p[STAMP_SIZE];
		struct stamp_packet_answer a;

		stamp_packet_request(p, &some);
		p[12] |= i % 2 == 0 ? 0x40 : 0;
		stamp_packet_reflect(p, sizeof p, ns, 0);
		if (stamp_packet_answer_parse(&a, p, sizeof p) != NULL ||
		    a.times.received_ns != ns) {
			ok(false, "%lld comes back", (long long)ns);
			return;
		}
	}
	ok(true, "all nanoseconds come back in both forms");
}

/* A probe that takes up_ns and down_ns, seen by a clock that is off. */
static void
one_way(const char *name, int64_t left_ns, int64_t off_ns)
{
	const int64_t up_ns = 12345000, down_ns = 6789000, took_ns = 400000;
	int64_t there = left_ns + up_ns + off_ns + STAMPS_WRAP_NS;
	struct stamps_exact t = { there % STAMPS_WRAP_NS,
		(there + took_ns) % STAMPS_WRAP_NS };
	int64_t us = 0, up = 0, down = 0;

	ok(stamps_exact_one_way(&t, left_ns,
	       left_ns + up_ns + took_ns + down_ns, &us, &up, &down),
	    "%s: is taken", name);
	is_int(us, 19134, "R12: %s: the reflector's own time is not in it",
	    name);
	is_int(up, 12345 + off_ns / 1000, "R12: %s: up", name);
	is_int(down, 6789 - off_ns / 1000, "R12: %s: down", name);
}

static void
test_one_way(void)
{
	struct stamps_exact t = { NOW_NS % STAMPS_WRAP_NS, 0 };
	int64_t us = -1, up = -1, down = -1;

	one_way("the same clock", NOW_NS, 0);
	one_way("a day ahead", NOW_NS, (int64_t)86400 * NS);
	one_way("sixty years back", NOW_NS, -(int64_t)60 * 31557600 * NS);
	one_way("over 2106", STAMPS_WRAP_NS - 5000000, 0);
	t.sent_ns = t.received_ns - 1000;
	ok(!stamps_exact_one_way(&t, NOW_NS - 5000, NOW_NS + 5000, &us, &up,
	       &down),
	    "R12: it was not sent before it was received");
	t.sent_ns = t.received_ns + 10000;
	ok(!stamps_exact_one_way(&t, NOW_NS - 5000, NOW_NS + 5000, &us, &up,
	       &down),
	    "R12: nor took answering longer than the round trip");
	ok(us == -1 && up == -1 && down == -1, "and nothing is told");
}

int
main(void)
{
	test_request();
	test_reflect(false);
	test_reflect(true);
	test_loop(false);
	test_loop(true);
	test_bytes();
	test_refused();
	test_times();
	test_one_way();
	return tap_done();
}

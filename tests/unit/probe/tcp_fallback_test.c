/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When TCP takes the place of ICMP, and when not. */
#include "probe/tcp_fallback.h"

#include "../tap.h"

#define MS INT64_C(1000)
#define SEC (1000 * MS)

/* Probes each 50 ms, of six reflectors, answered as said; returns how many of
 * them went by TCP. */
static int
probe(struct tcp_fallback *f, int64_t *now_us, int count, bool icmp, bool tcp)
{
	int by_tcp = 0;

	for (int i = 0; i < count; i++) {
		bool way = tcp_fallback_wants_tcp(f, i / 6, *now_us);

		by_tcp += way;
		(void)tcp_fallback_learn(f, way, way ? tcp : icmp, *now_us);
		*now_us += 50 * MS;
	}
	return by_tcp;
}

static void
test_blocked(void)
{
	struct tcp_fallback f = { 0 };
	int64_t now_us = SEC;
	int by_tcp;

	is_int(probe(&f, &now_us, 1000, true, true), 0,
	    "R8: while ICMP is answered, TCP is not used");
	is_int(probe(&f, &now_us, 59, false, true), 0,
	    "R8: nor in a short silence");
	by_tcp = probe(&f, &now_us, 60, false, true);
	ok(by_tcp > 10 && by_tcp < 60, "R8: in a longer one, both are: %d",
	    by_tcp);
	ok(f.phase == TCP_FALLBACK_TCP, "R8: ICMP is blocked, TCP is not");
	by_tcp = probe(&f, &now_us, 2000, false, true);
	ok(by_tcp >= 1985 && by_tcp < 2000,
	    "R8: then it is TCP, and ICMP now and then: %d of 2000", by_tcp);
	(void)probe(&f, &now_us, 201, true, true);
	ok(f.phase == TCP_FALLBACK_ICMP,
	    "R8: one answer, and it is ICMP again");
	is_int(probe(&f, &now_us, 100, true, true), 0, "R8: alone");
}

static void
test_blackout(void)
{
	struct tcp_fallback f = { 0 };
	int64_t now_us = SEC;

	(void)probe(&f, &now_us, 2000, false, false);
	ok(f.phase == TCP_FALLBACK_BOTH,
	    "R8: a line that is down proves nothing");
	(void)probe(&f, &now_us, 12, true, true);
	ok(f.phase == TCP_FALLBACK_ICMP, "R8: ICMP is back within two turns");
	(void)probe(&f, &now_us, 200, false, true);
	ok(f.phase == TCP_FALLBACK_TCP, "blocked");
	(void)probe(&f, &now_us, 15, false, false);
	ok(f.phase == TCP_FALLBACK_BOTH,
	    "R8: TCP falls silent too: both are asked");
	(void)probe(&f, &now_us, 300, false, true);
	ok(f.phase == TCP_FALLBACK_TCP, "and TCP is found again");
}

/* A line comes back, and TCP is answered before ICMP is. */
static void
test_first(void)
{
	struct tcp_fallback f = { 0 };
	int64_t now_us = SEC;
	bool early = false;

	(void)probe(&f, &now_us, 100, false, false);
	ok(f.phase == TCP_FALLBACK_BOTH, "the line is down");
	for (int i = 0; i < 20; i++)
		early = early || tcp_fallback_learn(&f, true, true, now_us);
	ok(!early, "R8: answers to TCP alone do not say that ICMP is blocked");
	for (int i = 0; i < TCP_FALLBACK_SURE - 1; i++)
		early = early || tcp_fallback_learn(&f, false, false, now_us);
	early = early || tcp_fallback_learn(&f, true, true, now_us);
	ok(!early, "R8: nor while ICMP had less time than TCP");
	(void)tcp_fallback_learn(&f, false, false, now_us);
	ok(tcp_fallback_learn(&f, true, true, now_us) &&
		f.phase == TCP_FALLBACK_TCP,
	    "R8: as often unanswered, it is");
}

static void
test_stray(void)
{
	struct tcp_fallback f = { 0 };
	int64_t now_us = SEC;

	/* A result of a probe that was sent before the phase changed. */
	(void)probe(&f, &now_us, 100, false, false);
	ok(!tcp_fallback_learn(&f, true, true, now_us),
	    "one answer is not enough");
	ok(tcp_fallback_learn(&f, false, true, now_us),
	    "a late answer to ICMP is");
	ok(!tcp_fallback_learn(&f, true, true, now_us) &&
		f.phase == TCP_FALLBACK_ICMP,
	    "a late answer to TCP changes nothing");
}

int
main(void)
{
	test_blocked();
	test_blackout();
	test_first();
	test_stray();
	return tap_done();
}

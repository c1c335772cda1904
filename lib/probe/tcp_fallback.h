/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When reflectors are asked by TCP because ICMP is blocked.
 *
 *	          none answered TCP_FALLBACK_LOST ICMP probes in
 *	          a row, for TCP_FALLBACK_US
 *	   ICMP ----------------------------------------> BOTH
 *	    ^                                              |
 *	    | an answer to ICMP, from either   TCP answered TCP_FALLBACK_SURE
 *times |                                  and ICMP as often did not | v
 *	    +---------------------------------------------TCP
 *
 * In BOTH, each reflector is asked by one and the other in turns: a line that
 * is down looks the same as ICMP that is blocked, and when it comes back, ICMP
 * answers first or nearly so. In TCP, an ICMP probe is sent each
 * TCP_FALLBACK_AGAIN_US. When TCP falls silent too, it is BOTH again.
 *
 * Pure; times are monotonic microseconds.
 */
#ifndef TCP_FALLBACK_H
#define TCP_FALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#define TCP_FALLBACK_LOST 10
#define TCP_FALLBACK_US 3000000
#define TCP_FALLBACK_SURE 5
#define TCP_FALLBACK_AGAIN_US 10000000

enum tcp_fallback_phase {
	TCP_FALLBACK_ICMP,
	TCP_FALLBACK_BOTH,
	TCP_FALLBACK_TCP
};

/* Zero-initialised begins with ICMP. */
struct tcp_fallback {
	enum tcp_fallback_phase phase;
	int64_t lost;      /* of ICMP, in a row */
	int64_t since_us;  /* the first of them */
	int64_t answered;  /* by TCP, in BOTH */
	int64_t lost_then; /* of ICMP, when TCP answered first */
	int64_t silent;    /* of TCP, in a row */
	int64_t again_us;
};

/* Whether a probe that leaves now goes by TCP; `seq` counts a reflector's. */
bool tcp_fallback_wants_tcp(struct tcp_fallback *f, int64_t seq,
    int64_t now_us);

/* A result of a probe that was sent. True if the phase changed. */
bool tcp_fallback_learn(struct tcp_fallback *f, bool tcp, bool answered,
    int64_t now_us);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of STAMP, the Simple Two-Way Active Measurement Protocol, in its
 * unauthenticated mode (RFC 8762): what a prober sends by UDP and a reflector
 * answers. (What its
 * times tell is in stamps.h.)
 *
 *	request	 0 sequence number	answer	 0 sequence number
 *		 4 time of sending		 4 time of sending
 *		12 error estimate		12 error estimate
 *		14 zeros			14 as in the request
 *						16 time of receiving
 *						24 what the request had at 0..13
 *						40 its TTL when it came
 *
 * Both have 44 bytes; what follows in a longer request comes back as it was,
 * which to a sender of extensions (RFC 8972) says that none was understood.
 * So an answer is always as long as its request.
 *
 * The protocol has no field for a token. But every reflector returns the
 * request's time of sending untouched, and has no use for it, so a prober
 * writes random bits there: an answer without them is none, no plain
 * reflector of RFC 8762 notices, and no time of ours is ever on the wire. The
 * error estimate beside it says honestly that this clock is as good as none.
 *
 * Times are nanoseconds since 1970 modulo STAMPS_WRAP_NS, 136 years: all that a
 * packet has room for. It may hold them as NTP does, or as PTP (bit Z of the
 * error estimate); a reflector answers in the form of the request.
 */
#ifndef STAMP_PACKET_H
#define STAMP_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "probe/stamps.h"

#define STAMP_PORT 862
#define STAMP_SIZE 44

/* A packet that returns a time of sending this near to now is an answer to an
 * answer of ours: no packet is under way for longer, and of 136 years it is so
 * little that a request with random padding hardly ever looks like that. */
#define STAMP_LOOP_NS 60000000000

struct stamp_packet_request {
	uint32_t seq;
	uint64_t token;
};

struct stamp_packet_answer {
	struct stamp_packet_request request; /* which one it answers */
	struct stamps_exact times;
	uint8_t ttl; /* of the request, when it came; 0: not known */
};

void stamp_packet_request(uint8_t out[static STAMP_SIZE],
    const struct stamp_packet_request *request);

/* Reads a request of at least 12 bytes, which an ICMP error may have cut off.
 * NULL, or why it is none. */
const char *stamp_packet_request_parse(struct stamp_packet_request *request,
    const uint8_t *packet, size_t len);

/* Reads an answer. NULL, or why it is none; then *answer is untouched. */
const char *stamp_packet_answer_parse(struct stamp_packet_answer *answer,
    const uint8_t *packet, size_t len);

/* Turns a request that came at received_ns, since 1970, into its answer, of
 * the same length; stamp_packet_reflect_sent then is to be called right before
 * that leaves. NULL, or why it is not a request, and the packet is untouched:
 * also an answer is none, so that two reflectors never answer each other,
 * whether the other one returns the number of a request or gives numbers of its
 * own. */
const char *stamp_packet_reflect(uint8_t *packet, size_t len,
    int64_t received_ns, uint8_t ttl);
void stamp_packet_reflect_sent(uint8_t packet[static STAMP_SIZE],
    int64_t now_ns);

#endif

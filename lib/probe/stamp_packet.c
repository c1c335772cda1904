/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/stamp_packet.h"

#include <stdbool.h>
#include <string.h>

/* Where things are. */
#define SEQ 0
#define SENT 4
#define ERROR 12
#define RECEIVED 16
#define REQUEST 24 /* in an answer, what the request had at 0..13 */
#define REQUEST_SIZE 14
#define TTL 40

/* An error estimate (RFC 4656, 4.1.2): S, Z, six bits of scale, eight of a
 * multiplier, which is never 0; multiplier * 2^(scale - 32) seconds. S would
 * say that the clock follows UTC, which nobody here checks. */
#define Z 0x4000
#define ERROR_ANY 0x3f01 /* 2^31 s: the clock is none */
#define ERROR_MS 0x1601  /* about a millisecond */

#define NS 1000000000
#define EPOCH_NTP 2208988800U /* seconds from 1900 to 1970 */

static void
put(uint8_t *at, uint64_t v, size_t bytes)
{
	while (bytes-- > 0) {
		at[bytes] = (uint8_t)(v & 0xff);
		v >>= 8;
	}
}

static uint64_t
get(const uint8_t *at, size_t bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | *at++;
	return v;
}

static void
put_time(uint8_t *at, int64_t ns, bool ptp)
{
	uint64_t seconds = (uint64_t)ns / NS, rest = (uint64_t)ns % NS;

	if (!ptp) {
		seconds += EPOCH_NTP;
		/* Rounded up, so that reading gives the same again. */
		rest = ((rest << 32) + NS - 1) / NS;
	}
	put(at, seconds & 0xffffffff, 4);
	put(at + 4, rest, 4);
}

/* -1 if it is not a time. */
static int64_t
get_time(const uint8_t *at, bool ptp)
{
	uint32_t seconds = (uint32_t)get(at, 4);
	uint64_t rest = get(at + 4, 4);

	if (!ptp) {
		seconds -= EPOCH_NTP;
		rest = rest * NS >> 32;
	}
	return rest < NS ? (int64_t)seconds * NS + (int64_t)rest : -1;
}

void
stamp_packet_request(uint8_t out[static STAMP_SIZE],
    const struct stamp_packet_request *request)
{
	memset(out, 0, STAMP_SIZE);
	put(out + SEQ, request->seq, 4);
	put(out + SENT, request->token, 8);
	put(out + ERROR, ERROR_ANY, 2);
}

/* At 0 in a request, at REQUEST in an answer. */
static void
read_request(struct stamp_packet_request *request, const uint8_t *at)
{
	request->seq = (uint32_t)get(at + SEQ, 4);
	request->token = get(at + SENT, 8);
}

const char *
stamp_packet_request_parse(struct stamp_packet_request *request,
    const uint8_t *packet, size_t len)
{
	if (len < ERROR)
		return "too short";
	read_request(request, packet);
	return NULL;
}

const char *
stamp_packet_answer_parse(struct stamp_packet_answer *answer,
    const uint8_t *packet, size_t len)
{
	int64_t received_ns, sent_ns;
	bool ptp;

	if (len < STAMP_SIZE)
		return "too short";
	ptp = (get(packet + ERROR, 2) & Z) != 0;
	received_ns = get_time(packet + RECEIVED, ptp);
	sent_ns = get_time(packet + SENT, ptp);
	if (received_ns == -1 || sent_ns == -1)
		return "no time";
	read_request(&answer->request, packet + REQUEST);
	answer->times = (struct stamps_exact){ received_ns, sent_ns };
	answer->ttl = packet[TTL];
	return NULL;
}

/* Whether it returns a time of sending of this machine's clock, as an answer to
 * an answer does, whatever numbers its reflector gives. */
static bool
returns_our_time(const uint8_t *packet, int64_t now_ns)
{
	const uint8_t *request = packet + REQUEST;
	int64_t sent_ns = get_time(request + SENT,
	    (get(request + ERROR, 2) & Z) != 0);
	int64_t ago_ns = now_ns % STAMPS_WRAP_NS - sent_ns;

	return sent_ns != -1 && ago_ns > -STAMP_LOOP_NS &&
	    ago_ns < STAMP_LOOP_NS;
}

const char *
stamp_packet_reflect(uint8_t *packet, size_t len, int64_t received_ns,
    uint8_t ttl)
{
	uint8_t request[REQUEST_SIZE];
	bool ptp;

	if (len < STAMP_SIZE)
		return "too short";
	/* Only an answer has a time of receiving and its number twice. */
	if (get(packet + RECEIVED, 8) != 0 &&
	    (get(packet + REQUEST, 4) == get(packet + SEQ, 4) ||
		returns_our_time(packet, received_ns)))
		return "an answer";
	memcpy(request, packet, sizeof request);
	ptp = (get(packet + ERROR, 2) & Z) != 0;
	put(packet + ERROR, ERROR_MS | (ptp ? Z : 0), 2);
	memset(packet + RECEIVED, 0, STAMP_SIZE - RECEIVED);
	put_time(packet + RECEIVED, received_ns, ptp);
	memcpy(packet + REQUEST, request, sizeof request);
	packet[TTL] = ttl;
	stamp_packet_reflect_sent(packet, received_ns);
	return NULL;
}

void
stamp_packet_reflect_sent(uint8_t packet[static STAMP_SIZE], int64_t now_ns)
{
	put_time(packet + SENT, now_ns, (get(packet + ERROR, 2) & Z) != 0);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/icmp.h"

#include <string.h>
#include <sys/socket.h>

/* Type, code, checksum, identifier, sequence number, token. */
#define HEADER 8
#define TOKEN 8

/* Types of a request and a reply. */
#define REQUEST_4 8
#define REPLY_4 0
#define REQUEST_6 128
#define REPLY_6 129

#define STAMP_REQUEST 13
#define STAMP_REPLY 14

#define PROTOCOL_ICMP 1

static void
put16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)(v & 0xff);
}

static uint16_t
get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* The Internet checksum (RFC 1071): 0 over a message with a right one. */
static uint16_t
checksum(const uint8_t *at, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get16(at + i);
	if (len % 2 != 0)
		sum += (uint64_t)at[len - 1] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void
icmp_echo_request(uint8_t out[static ICMP_ECHO_SIZE], int family,
    const struct icmp_echo *echo)
{
	memset(out, 0, ICMP_ECHO_SIZE);
	out[0] = family == AF_INET ? REQUEST_4 : REQUEST_6;
	put16(out + 4, echo->id);
	put16(out + 6, echo->seq);
	for (size_t i = 0; i < TOKEN; i++)
		out[HEADER + i] = (uint8_t)(echo->token >> (56 - 8 * i));
	if (family == AF_INET)
		put16(out + 2, checksum(out, ICMP_ECHO_SIZE));
}

static void
put32(uint8_t *at, uint32_t v)
{
	put16(at, (uint16_t)(v >> 16));
	put16(at + 2, (uint16_t)(v & 0xffff));
}

static uint32_t
get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

void
icmp_stamp_request(uint8_t out[static ICMP_STAMP_SIZE],
    const struct icmp_echo *echo)
{
	memset(out, 0, ICMP_STAMP_SIZE);
	out[0] = STAMP_REQUEST;
	put16(out + 4, echo->id);
	put16(out + 6, echo->seq);
	put32(out + HEADER, (uint32_t)echo->token);
	put16(out + 2, checksum(out, ICMP_STAMP_SIZE));
}

static void
read_stamps(struct icmp_echo *echo, const uint8_t *packet)
{
	*echo = (struct icmp_echo){
		.id = get16(packet + 4),
		.seq = get16(packet + 6),
		.token = ICMP_STAMP_TOKEN | get32(packet + HEADER),
		.asks_stamps = true,
	};
}

static void
read_echo(struct icmp_echo *echo, const uint8_t *packet)
{
	*echo = (struct icmp_echo){
		.id = get16(packet + 4),
		.seq = get16(packet + 6),
	};
	for (size_t i = 0; i < TOKEN; i++)
		echo->token = echo->token << 8 | packet[HEADER + i];
}

static const char *
check_type(const uint8_t *packet, size_t len, uint8_t type)
{
	if (len < HEADER + TOKEN)
		return "too short";
	return packet[0] == type && packet[1] == 0 ? NULL : "of another type";
}

static const char *
stamp_reply(struct icmp_echo *echo, const uint8_t *packet, size_t len)
{
	if (len < ICMP_STAMP_SIZE)
		return "too short";
	if (packet[1] != 0)
		return "of another type";
	if (checksum(packet, len) != 0)
		return "wrong checksum";
	read_stamps(echo, packet);
	echo->stamps.received = get32(packet + HEADER + 4);
	echo->stamps.sent = get32(packet + HEADER + 8);
	return NULL;
}

const char *
icmp_echo_reply(struct icmp_echo *echo, int family, const uint8_t *packet,
    size_t len)
{
	bool four = family == AF_INET;
	const char *why;

	if (four && len > 0 && packet[0] == STAMP_REPLY)
		return stamp_reply(echo, packet, len);
	why = check_type(packet, len, four ? REPLY_4 : REPLY_6);
	if (why != NULL)
		return why;
	if (four && checksum(packet, len) != 0)
		return "wrong checksum";
	read_echo(echo, packet);
	return NULL;
}

const char *
icmp_echo_quoted(struct icmp_echo *echo, int family, const uint8_t *packet,
    size_t len)
{
	const char *why;

	if (family == AF_INET && len >= HEADER + 4 &&
	    packet[0] == STAMP_REQUEST && packet[1] == 0) {
		read_stamps(echo, packet);
		return NULL;
	}
	why = check_type(packet, len,
	    family == AF_INET ? REQUEST_4 : REQUEST_6);
	if (why == NULL)
		read_echo(echo, packet);
	return why;
}

const char *
icmp_of_ipv4(const uint8_t *packet, size_t len, size_t *at, size_t *icmp_len)
{
	size_t header, total;

	if (len < 20)
		return "too short";
	header = (size_t)(packet[0] & 0xf) * 4;
	total = get16(packet + 2);
	if (packet[0] >> 4 != 4 || header < 20 || total < header || total > len)
		return "no IPv4 packet";
	if (packet[9] != PROTOCOL_ICMP)
		return "of another protocol";
	*at = header;
	*icmp_len = total - header;
	return NULL;
}

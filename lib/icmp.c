/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "icmp.h"

#include <string.h>

/* Type, code, checksum, id, sequence. */
#define HEADER 8
#define ECHO_V4 8
#define REPLY_V4 0
#define ECHO_V6 128
#define REPLY_V6 129

/* The Internet checksum, RFC 1071, of an even number of bytes. */
static uint16_t
checksum(const unsigned char *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
put16(unsigned char *p, uint16_t v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static uint16_t
get16(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

void
icmp_build(unsigned char out[static ICMP_PACKET], bool v6,
    const struct icmp_echo *e)
{
	memset(out, 0, ICMP_PACKET);
	out[0] = v6 ? ECHO_V6 : ECHO_V4;
	put16(out + 4, e->id);
	put16(out + 6, e->seq);
	memcpy(out + HEADER, &e->token, sizeof e->token);
	if (!v6)
		put16(out + 2, checksum(out, ICMP_PACKET));
}

const char *
icmp_parse(struct icmp_echo *e, bool v6, const unsigned char *packet,
    size_t len)
{
	if (len < HEADER + sizeof e->token)
		return "too short";
	if (packet[0] != (v6 ? REPLY_V6 : REPLY_V4) || packet[1] != 0)
		return "not an echo reply";
	e->id = get16(packet + 4);
	e->seq = get16(packet + 6);
	memcpy(&e->token, packet + HEADER, sizeof e->token);
	return NULL;
}

size_t
icmp_skip_ipv4(const unsigned char *packet, size_t len)
{
	size_t header;

	if (len < 20 || packet[0] >> 4 != 4)
		return 0;
	header = (size_t)(packet[0] & 15) * 4;
	return header >= 20 && header <= len ? header : 0;
}

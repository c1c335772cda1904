/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ICMP and ICMPv6 echo as bytes: build a request, read a reply.
 *
 * A request carries a random token of 64 bits right after the header; a reply
 * counts only if the token of the probe is in it, so that nobody off the path
 * can invent a round trip. No time is taken from the wire. RFC 792, RFC 4443.
 */
#ifndef ICMP_H
#define ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ICMP_PACKET 64 /* bytes of a request, always the same size */

struct icmp_echo {
	uint16_t id, seq; /* host byte order */
	uint64_t token;
};

/* Writes a request. The checksum is filled in for IPv4; for IPv6 the kernel
 * does it. */
void icmp_build(unsigned char out[static ICMP_PACKET], bool v6,
    const struct icmp_echo *e);

/* Reads an echo reply that begins with the ICMP header. NULL, or why it is
 * none. The checksum was checked by the kernel. */
const char *icmp_parse(struct icmp_echo *e, bool v6,
    const unsigned char *packet, size_t len);

/* Length of the IPv4 header that a raw socket delivers before the ICMP one; 0
 * if there is no room for it. */
size_t icmp_skip_ipv4(const unsigned char *packet, size_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of ICMP and ICMPv6 echo and of ICMP time stamps (RFC 792,
 * RFC 4443).
 *
 * Every request carries a random token in its payload, and only an answer with
 * that token is one: identifier and sequence number together are 32 bits of
 * which a stranger can guess half. No time of ours is ever taken from the
 * wire. A time stamp request has no payload; there the token is in the field
 * for the sender's own time, which comes back untouched, and so it has only 32
 * bits.
 *
 * `family` is AF_INET or AF_INET6; time stamps are of IPv4 only.
 */
#ifndef ICMP_H
#define ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/stamps.h"

/* Header and payload of a request: always the same, as ping(8) sends, because
 * on some lines a packet's size changes its delay. */
#define ICMP_ECHO_SIZE 64

struct icmp_echo {
	uint16_t id, seq;
	uint64_t token;
	bool asks_stamps;     /* type 13 or 14, not echo */
	struct stamps stamps; /* of a reply of type 14 */
};

/* A time stamp request: header and three times. */
#define ICMP_STAMP_SIZE 20
/* The token of a time stamp request: never one of an echo request that was
 * made at random, as long as that has another bit here. */
#define ICMP_STAMP_TOKEN ((uint64_t)1 << 63)

/* Writes an echo request. The checksum is there for IPv4; for IPv6 it is 0,
 * since it covers addresses that only the kernel knows, and it fills it in. */
void icmp_echo_request(uint8_t out[static ICMP_ECHO_SIZE], int family,
    const struct icmp_echo *echo);

/* Writes a time stamp request; of the token, the lower 32 bits. */
void icmp_stamp_request(uint8_t out[static ICMP_STAMP_SIZE],
    const struct icmp_echo *echo);

/* Reads an echo or time stamp reply from its ICMP header on. NULL, or why it is
 * none; then *echo is untouched. The checksum is verified for IPv4; for IPv6
 * the kernel did. */
const char *icmp_echo_reply(struct icmp_echo *echo, int family,
    const uint8_t *packet, size_t len);

/* Reads the start of either request as an ICMP error quotes it, from its ICMP
 * header on. NULL, or why it is none, for example because it is cut off before
 * the end of the token. */
const char *icmp_echo_quoted(struct icmp_echo *echo, int family,
    const uint8_t *packet, size_t len);

/* Finds the ICMP message in an IPv4 packet, which is what a raw socket gives.
 * NULL, and then *at and *icmp_len say where it is and how long; or why it is
 * none. */
const char *icmp_of_ipv4(const uint8_t *packet, size_t len, size_t *at,
    size_t *icmp_len);

#endif

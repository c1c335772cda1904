/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/icmp.h"

#include <sys/socket.h>

#include "../random.h"
#include "../tap.h"

static const struct icmp_echo some = { .id = 0x1234,
	.seq = 0xfffe,
	.token = 0x0123456789abcdef };

/* A reply to some, as a reflector makes it: the type changed, and for IPv4 the
 * checksum by the 8 that the type went down. */
static void
make_reply(uint8_t out[static ICMP_ECHO_SIZE], int family)
{
	icmp_echo_request(out, family, &some);
	if (family == AF_INET6) {
		out[0] = 129;
		return;
	}
	out[0] = 0;
	for (int i = 0, c = (out[2] << 8 | out[3]) + 0x800; i < 2; i++) {
		c = (c & 0xffff) + (c >> 16);
		out[2] = (uint8_t)(c >> 8);
		out[3] = (uint8_t)(c & 0xff);
	}
}

static void
test_request(void)
{
	static const uint8_t start[] = { 8, 0, 0x22, 0x3c, 0x12, 0x34, 0xff,
		0xfe, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0 };
	uint8_t out[ICMP_ECHO_SIZE];
	uint32_t sum = 0;

	icmp_echo_request(out, AF_INET, &some);
	for (size_t i = 0; i < sizeof out; i += 2)
		sum += (uint32_t)(out[i] << 8 | out[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	is_int(sum, 0xffff, "IPv4: the sum with its checksum is all ones");
	ok(memcmp(out + 4, start + 4, 12) == 0 && out[0] == 8 && out[1] == 0,
	    "IPv4: type, identifier, sequence number and token are there");
	icmp_echo_request(out, AF_INET6, &some);
	ok(out[0] == 128 && out[2] == 0 && out[3] == 0,
	    "IPv6: the checksum is left to the kernel");
	ok(memcmp(out + 4, start + 4, 12) == 0, "IPv6: and the same content");
	sum = 0;
	for (size_t i = 16; i < sizeof out; i++)
		sum |= out[i];
	is_int(sum, 0, "the rest is nothing that was in memory");
}

static void
test_reply(int family, const char *name)
{
	uint8_t in[ICMP_ECHO_SIZE];
	struct icmp_echo e = { 0 };

	make_reply(in, family);
	is_str(icmp_echo_reply(&e, family, in, sizeof in), NULL,
	    "%s: a reply is read", name);
	ok(e.id == some.id && e.seq == some.seq && e.token == some.token,
	    "R4: %s: identifier, sequence number and token come back", name);
	e = (struct icmp_echo){ .id = 1, .seq = 2, .token = 3 };
	is_str(icmp_echo_reply(&e, family, in, 15), "too short",
	    "R4: %s: without a whole token it is none", name);
	is_str(icmp_echo_reply(&e, family, in, 0), "too short",
	    "%s: nothing is none", name);
	icmp_echo_request(in, family, &some);
	is_str(icmp_echo_reply(&e, family, in, sizeof in), "of another type",
	    "%s: our own request is none", name);
	make_reply(in, family);
	in[1] = 1;
	ok(icmp_echo_reply(&e, family, in, sizeof in) != NULL,
	    "%s: with another code it is none", name);
	make_reply(in, family);
	ok(icmp_echo_reply(&e, family == AF_INET ? AF_INET6 : AF_INET, in,
	       sizeof in) != NULL,
	    "%s: nor of the other family", name);
	ok(e.id == 1 && e.seq == 2 && e.token == 3,
	    "%s: what is refused changes nothing", name);
}

/* Every single bit that is wrong is noticed, by the checksum or as another
 * type. */
static void
test_bits(void)
{
	uint8_t in[ICMP_ECHO_SIZE];
	struct icmp_echo e;
	int taken = 0;

	for (size_t bit = 0; bit < 8 * sizeof in; bit++) {
		make_reply(in, AF_INET);
		in[bit / 8] ^= (uint8_t)(1 << bit % 8);
		taken += icmp_echo_reply(&e, AF_INET, in, sizeof in) == NULL;
	}
	is_int(taken, 0, "IPv4: a reply with one wrong bit is none");
}

static void
test_odd_length(void)
{
	uint8_t in[17] = { 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		0xa5 };
	struct icmp_echo e;
	uint32_t sum = 0xa500;

	for (size_t i = 0; i < 16; i += 2)
		sum += (uint32_t)(in[i] << 8 | in[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	in[2] = (uint8_t)(~sum >> 8 & 0xff);
	in[3] = (uint8_t)(~sum & 0xff);
	is_str(icmp_echo_reply(&e, AF_INET, in, sizeof in), NULL,
	    "IPv4: the checksum over an odd length");
	is_int(e.seq, 0x0304, "IPv4: and what is in it");
}

static void
test_quoted(void)
{
	uint8_t in[ICMP_ECHO_SIZE];
	struct icmp_echo e = { 0 };

	icmp_echo_request(in, AF_INET, &some);
	is_str(icmp_echo_quoted(&e, AF_INET, in, 16), NULL,
	    "the start of a request that an error quotes is enough");
	ok(e.token == some.token && e.seq == some.seq, "with its token");
	is_str(icmp_echo_quoted(&e, AF_INET, in, 15), "too short",
	    "R4: an error that quotes no whole token is not believed");
	icmp_echo_request(in, AF_INET6, &some);
	is_str(icmp_echo_quoted(&e, AF_INET6, in, sizeof in), NULL,
	    "also of IPv6");
	make_reply(in, AF_INET);
	ok(icmp_echo_quoted(&e, AF_INET, in, sizeof in) != NULL,
	    "a reply is not a request");
}

static void
test_ipv4(void)
{
	static const struct {
		uint8_t first, total, protocol;
		size_t len;
		const char *why;
		size_t at, icmp_len;
	} cases[] = {
		{ 0x45, 84, 1, 84, NULL, 20, 64 },
		{ 0x46, 84, 1, 84, NULL, 24, 60 },
		{ 0x4f, 60, 1, 84, NULL, 60, 0 },
		{ 0x45, 40, 1, 84, NULL, 20, 20 }, /* padded by Ethernet */
		{ 0x45, 85, 1, 84, "no IPv4 packet", 0, 0 },
		{ 0x44, 84, 1, 84, "no IPv4 packet", 0, 0 },
		{ 0x45, 19, 1, 84, "no IPv4 packet", 0, 0 },
		{ 0x65, 84, 1, 84, "no IPv4 packet", 0, 0 },
		{ 0x45, 84, 17, 84, "of another protocol", 0, 0 },
		{ 0x45, 84, 1, 19, "too short", 0, 0 },
		{ 0x45, 84, 1, 0, "too short", 0, 0 },
	};
	uint8_t packet[84] = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t at = 0, len = 0;

		packet[0] = cases[i].first;
		packet[3] = cases[i].total;
		packet[9] = cases[i].protocol;
		is_str(icmp_of_ipv4(packet, cases[i].len, &at, &len),
		    cases[i].why, "IPv4 packet %zu", i);
		ok(at == cases[i].at && len == cases[i].icmp_len,
		    "IPv4 packet %zu: where ICMP begins and how long it is", i);
	}
}

static void
test_random(void)
{
	int wrong = 0;

	random_start();
	for (int i = 0; i < 10000; i++) {
		struct icmp_echo in = { .id = (uint16_t)random_bits(),
			.seq = (uint16_t)random_bits(),
			.token = random_bits() };
		struct icmp_echo back = { 0 };
		uint8_t packet[ICMP_ECHO_SIZE];
		int family = i % 2 == 0 ? AF_INET : AF_INET6;

		icmp_echo_request(packet, family, &in);
		wrong += icmp_echo_quoted(&back, family, packet,
			     sizeof packet) != NULL ||
		    back.id != in.id || back.seq != in.seq ||
		    back.token != in.token;
	}
	is_int(wrong, 0, "what is written is read, 10000 times");
}

/* The Internet checksum of a message whose field for it is 0. */
static void
sign(uint8_t *at, size_t len)
{
	uint32_t sum = 0;

	at[2] = at[3] = 0;
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)(at[i] << 8 | at[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	at[2] = (uint8_t)(~sum >> 8 & 0xff);
	at[3] = (uint8_t)(~sum & 0xff);
}

static void
test_stamps(void)
{
	static const uint8_t times[] = { 0x01, 0x02, 0x03, 0x04, 0x80, 0, 0,
		9 };
	uint8_t in[ICMP_STAMP_SIZE];
	struct icmp_echo e = { 0 };

	icmp_stamp_request(in, &some);
	is_int(in[0], 13, "R2: a time stamp request");
	is_str(icmp_echo_quoted(&e, AF_INET, in, 12), NULL,
	    "R2: what an error quotes of it is read");
	ok(e.asks_stamps && e.seq == some.seq &&
		e.token == (ICMP_STAMP_TOKEN | 0x89abcdef),
	    "R2: with half of the token, and the bit that no echo has");
	is_str(icmp_echo_reply(&e, AF_INET, in, sizeof in), "of another type",
	    "R2: a request is no answer");
	in[0] = 14;
	memcpy(in + 12, times, sizeof times);
	sign(in, sizeof in);
	e = (struct icmp_echo){ 0 };
	is_str(icmp_echo_reply(&e, AF_INET, in, sizeof in), NULL,
	    "R2: an answer is read");
	ok(e.id == some.id && e.seq == some.seq && e.asks_stamps &&
		e.token == (ICMP_STAMP_TOKEN | 0x89abcdef),
	    "R2: identifier, sequence number and token come back");
	is_int(e.stamps.received, 0x01020304, "R2: when it came");
	is_int(e.stamps.sent, 0x80000009, "R2: and when it left");
	is_str(icmp_echo_reply(&e, AF_INET6, in, sizeof in), "of another type",
	    "R2: IPv6 has none");
	is_str(icmp_echo_reply(&e, AF_INET, in, sizeof in - 1), "too short",
	    "R2: a cut one is none");
	in[19] ^= 1;
	is_str(icmp_echo_reply(&e, AF_INET, in, sizeof in), "wrong checksum",
	    "R2: nor is a damaged one");
}

int
main(void)
{
	test_stamps();
	test_request();
	test_reply(AF_INET, "IPv4");
	test_reply(AF_INET6, "IPv6");
	test_bits();
	test_odd_length();
	test_quoted();
	test_ipv4();
	test_random();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes from the network and beside it: a packet as a raw or an ICMP
 * socket gives it, or control messages. An answer is only taken with the token
 * that is in its bytes, and where the IPv4 packet says that ICMP is, it is. */
#include <sys/socket.h>

#include "probe/cmsg.h"
#include "probe/icmp.h"

#include "fuzz.h"

/* Time stamps are of IPv4 only, and asked for by a token of half the size. */
static void
check_echo(const struct icmp_echo *e, int type, int stamp_type, int family,
    const uint8_t *packet, size_t len)
{
	size_t size = e->asks_stamps ? 4 : 8;
	uint64_t token = 0;

	must(len >= 8 + size);
	must(packet[0] == (e->asks_stamps ? stamp_type : type));
	must(!e->asks_stamps || family == AF_INET);
	for (size_t i = 0; i < size; i++)
		token = token << 8 | packet[8 + i];
	must(e->token == (e->asks_stamps ? token | ICMP_STAMP_TOKEN : token));
	must(e->id == (packet[4] << 8 | packet[5]));
	must(e->seq == (packet[6] << 8 | packet[7]));
}

static void
check_packet(const uint8_t *packet, size_t len, int family)
{
	const struct icmp_echo before = { .id = 1, .seq = 2, .token = 3 };
	struct icmp_echo e = before;

	if (icmp_echo_reply(&e, family, packet, len) == NULL) {
		check_echo(&e, family == AF_INET ? 0 : 129, 14, family, packet,
		    len);
	} else {
		must(e.id == before.id && e.token == before.token);
	}
	e = before;
	if (icmp_echo_quoted(&e, family, packet, len) == NULL)
		check_echo(&e, family == AF_INET ? 8 : 128, 13, family, packet,
		    len);
}

static void
check_control(const uint8_t *data, size_t size)
{
	struct cmsg c;

	memset(&c, 0x5a, sizeof c);
	cmsg_parse(&c, data, size);
	must(c.about <= CMSG_OTHER);
	must(c.stamp_ns >= 0);
	must(c.error >= 0 && c.error < 4096);
	must(c.error == 0 || c.about == CMSG_ERROR);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0, len = 0;

	if (icmp_of_ipv4(data, size, &at, &len) == NULL) {
		must(at >= 20 && at <= 60);
		must(len <= size && at + len <= size);
		check_packet(data + at, len, AF_INET);
	}
	check_packet(data, size, AF_INET);
	check_packet(data, size, AF_INET6);
	check_control(data, size);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/cmsg.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h>

#include "../tap.h"

struct list {
	_Alignas(struct cmsghdr) uint8_t bytes[CMSG_SIZE];
	size_t len;
};

static void
add(struct list *l, int level, int type, const void *data, size_t len)
{
	struct cmsghdr h = { .cmsg_len = (socklen_t)CMSG_LEN(len),
		.cmsg_level = level,
		.cmsg_type = type };

	memcpy(l->bytes + l->len, &h, sizeof h);
	memcpy(l->bytes + l->len + CMSG_LEN(0), data, len);
	l->len += CMSG_SPACE(len);
}

static void
add_error(struct list *l, bool six, uint8_t origin, uint8_t type, uint32_t info,
    uint32_t data)
{
	struct sock_extended_err e = { .ee_errno = EHOSTUNREACH,
		.ee_origin = origin,
		.ee_type = type,
		.ee_info = info,
		.ee_data = data };

	add(l, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVERR : IP_RECVERR,
	    &e, sizeof e);
}

static struct cmsg
parse(const struct list *l)
{
	struct cmsg c;

	cmsg_parse(&c, l->bytes, l->len);
	return c;
}

#define SECONDS 1769000000
#define STAMP (SECONDS * INT64_C(1000000000) + 123)

static void
test_stamps(void)
{
	static const int64_t both[] = { SECONDS, 123, 0, 0, 9, 9 };
	static const long longs[] = { SECONDS, 123, 0, 0, 9, 9 };
	static const struct {
		int type;
		const void *data;
		size_t len;
		int64_t want;
		const char *name;
	} cases[] = {
		{ 65, both, sizeof both, STAMP, "SO_TIMESTAMPING, 64 bits" },
		{ 37, longs, sizeof longs, STAMP, "SO_TIMESTAMPING, longs" },
		{ 64, both, 16, STAMP, "SO_TIMESTAMPNS, 64 bits" },
		{ 35, longs, 2 * sizeof(long), STAMP, "SO_TIMESTAMPNS, longs" },
		{ 65, both, 15, 0, "cut off" },
		{ 37, longs, 1, 0, "cut off" },
		{ 65, both, 0, 0, "empty" },
		{ 29, both, sizeof both, 0, "microseconds, never asked for" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct list l = { .len = 0 };

		add(&l, SOL_SOCKET, cases[i].type, cases[i].data, cases[i].len);
		is_int(parse(&l).stamp_ns, cases[i].want, "stamp: %s",
		    cases[i].name);
		is_int(parse(&l).about, CMSG_PACKET, "about a packet");
	}
}

static void
test_wild_stamps(void)
{
	static const int64_t wild[][2] = { { -1, 0 }, { INT64_MAX, 0 },
		{ INT64_MIN, INT64_MIN }, { 5, 1000000000 }, { 5, -1 },
		{ 0, 0 } };

	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		struct list l = { .len = 0 };

		add(&l, SOL_SOCKET, 64, wild[i], sizeof wild[i]);
		is_int(parse(&l).stamp_ns, 0, "a stamp that is none: %zu", i);
	}
}

static void
test_sent(void)
{
	static const int64_t at[] = { SECONDS, 123, 0, 0, 0, 0 };

	for (int six = 0; six < 2; six++) {
		struct list l = { .len = 0 };
		struct cmsg c;

		add(&l, SOL_SOCKET, 65, at, sizeof at);
		add_error(&l, six, SO_EE_ORIGIN_TIMESTAMPING, 0,
		    SCM_TSTAMP_SCHED, 41);
		c = parse(&l);
		ok(c.about == CMSG_QUEUED && c.key == 41 && c.stamp_ns == STAMP,
		    "R11: entered our queue: IPv%d", six ? 6 : 4);
		l.len = 0;
		/* In the other order. */
		add_error(&l, six, SO_EE_ORIGIN_TIMESTAMPING, 0, SCM_TSTAMP_SND,
		    42);
		add(&l, SOL_SOCKET, 65, at, sizeof at);
		c = parse(&l);
		ok(c.about == CMSG_LEFT && c.key == 42 && c.stamp_ns == STAMP,
		    "R11: left: IPv%d", six ? 6 : 4);
		l.len = 0;
		add_error(&l, six, SO_EE_ORIGIN_TIMESTAMPING, 0, SCM_TSTAMP_ACK,
		    42);
		is_int(parse(&l).about, CMSG_OTHER, "acknowledged: IPv%d",
		    six ? 6 : 4);
	}
}

static void
test_errors(void)
{
	static const struct {
		bool six;
		uint8_t origin, type;
		enum cmsg_about about;
		const char *name;
	} cases[] = {
		{ 0, SO_EE_ORIGIN_ICMP, 3, CMSG_ERROR, "unreachable" },
		{ 0, SO_EE_ORIGIN_ICMP, 11, CMSG_ERROR, "time exceeded" },
		{ 0, SO_EE_ORIGIN_ICMP, 12, CMSG_ERROR, "bad parameter" },
		{ 0, SO_EE_ORIGIN_ICMP, 4, CMSG_OTHER, "source quench" },
		{ 0, SO_EE_ORIGIN_ICMP, 5, CMSG_OTHER, "redirect" },
		{ 1, SO_EE_ORIGIN_ICMP6, 1, CMSG_ERROR, "unreachable" },
		{ 1, SO_EE_ORIGIN_ICMP6, 3, CMSG_ERROR, "time exceeded" },
		{ 1, SO_EE_ORIGIN_ICMP6, 4, CMSG_ERROR, "bad parameter" },
		{ 1, SO_EE_ORIGIN_ICMP6, 2, CMSG_OTHER, "too big" },
		{ 0, SO_EE_ORIGIN_LOCAL, 3, CMSG_OTHER, "of this machine" },
		{ 0, SO_EE_ORIGIN_ZEROCOPY, 3, CMSG_OTHER, "zero copy" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct list l = { .len = 0 };
		struct cmsg c;

		add_error(&l, cases[i].six, cases[i].origin, cases[i].type, 0,
		    0);
		c = parse(&l);
		is_int(c.about, cases[i].about, "ICMP%s: %s",
		    cases[i].six ? "v6" : "", cases[i].name);
		is_int(c.error, c.about == CMSG_ERROR ? EHOSTUNREACH : 0,
		    "its errno");
	}
}

static void
test_damaged(void)
{
	struct list l = { .len = 0 };
	struct cmsghdr h = { .cmsg_level = SOL_SOCKET, .cmsg_type = 64 };

	is_int(parse(&l).about, CMSG_PACKET, "nothing at all");
	l.len = sizeof h - 1;
	is_int(parse(&l).about, CMSG_PACKET, "less than a header");
	l.len = 64;
	for (size_t len = 0; len < 100; len++) {
		h.cmsg_len = (socklen_t)len;
		memcpy(l.bytes, &h, sizeof h);
		(void)parse(&l);
	}
	memset(&h.cmsg_len, 0xff, sizeof h.cmsg_len);
	memcpy(l.bytes, &h, sizeof h);
	is_int(parse(&l).stamp_ns, 0, "lengths that cannot be: an end");
	l.len = 0;
	add(&l, IPPROTO_IP, IP_RECVERR, "short", 5);
	is_int(parse(&l).about, CMSG_OTHER, "an error that is cut off");
}

int
main(void)
{
	test_stamps();
	test_wild_stamps();
	test_sent();
	test_errors();
	test_damaged();
	return tap_done();
}

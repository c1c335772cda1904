/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/cmsg.h"

#include <errno.h>
#include <linux/icmpv6.h>
#include <linux/in6.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Wants struct timespec to be known. */
#include <linux/errqueue.h>

/* The kernel's numbers; a C library may know only one of each pair. */
#define STAMP_LONG 35 /* SO_TIMESTAMPNS, struct timespec of longs */
#define STAMPS_LONG 37
#define STAMP_64 64 /* the same with 64 bits everywhere */
#define STAMPS_64 65

#define NS 1000000000

static int64_t
join(int64_t seconds, int64_t ns)
{
	/* Before 2242, and not before 1970: else the sum could overflow. */
	if (seconds < 0 || seconds > (int64_t)1 << 33 || ns < 0 || ns >= NS)
		return 0;
	return seconds * NS + ns;
}

static int64_t
stamp_long(const uint8_t *at, size_t len)
{
	long t[2];

	if (len < sizeof t)
		return 0;
	memcpy(t, at, sizeof t);
	return join(t[0], t[1]);
}

static int64_t
stamp_64(const uint8_t *at, size_t len)
{
	int64_t t[2];

	if (len < sizeof t)
		return 0;
	memcpy(t, at, sizeof t);
	return join(t[0], t[1]);
}

static void
read_stamp(struct cmsg *c, int type, const uint8_t *at, size_t len)
{
	int64_t ns = 0;

	if (type == STAMP_LONG || type == STAMPS_LONG)
		ns = stamp_long(at, len);
	else if (type == STAMP_64 || type == STAMPS_64)
		ns = stamp_64(at, len);
	if (ns != 0)
		c->stamp_ns = ns;
}

/* Whether an ICMP error means that there will be no answer. Not so: a hint to
 * send less, another way, or smaller packets. */
static bool
is_final(const struct sock_extended_err *e)
{
	if (e->ee_origin == SO_EE_ORIGIN_ICMP)
		return e->ee_type == 3 || e->ee_type == 11 || e->ee_type == 12;
	return e->ee_type == ICMPV6_DEST_UNREACH ||
	    e->ee_type == ICMPV6_TIME_EXCEED || e->ee_type == ICMPV6_PARAMPROB;
}

static void
read_error(struct cmsg *c, const uint8_t *at, size_t len)
{
	struct sock_extended_err e;

	c->about = CMSG_OTHER;
	c->error = 0;
	if (len < sizeof e)
		return;
	memcpy(&e, at, sizeof e);
	if (e.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) {
		c->key = e.ee_data;
		if (e.ee_info == SCM_TSTAMP_SCHED)
			c->about = CMSG_QUEUED;
		else if (e.ee_info == SCM_TSTAMP_SND)
			c->about = CMSG_LEFT;
		return;
	}
	if ((e.ee_origin == SO_EE_ORIGIN_ICMP ||
		e.ee_origin == SO_EE_ORIGIN_ICMP6) &&
	    is_final(&e)) {
		c->about = CMSG_ERROR;
		c->error = e.ee_errno < 4096 ? (int)e.ee_errno : EHOSTUNREACH;
	}
}

void
cmsg_parse(struct cmsg *c, const void *control, size_t len)
{
	const uint8_t *at = control;
	struct cmsghdr h;
	size_t data;

	*c = (struct cmsg){ .about = CMSG_PACKET };
	while (len >= CMSG_LEN(0)) {
		memcpy(&h, at, sizeof h);
		if (h.cmsg_len < CMSG_LEN(0) || h.cmsg_len > len)
			return;
		data = (size_t)h.cmsg_len - CMSG_LEN(0);
		if (h.cmsg_level == SOL_SOCKET)
			read_stamp(c, h.cmsg_type, at + CMSG_LEN(0), data);
		else if ((h.cmsg_level == IPPROTO_IP &&
			     h.cmsg_type == IP_RECVERR) ||
		    (h.cmsg_level == IPPROTO_IPV6 &&
			h.cmsg_type == IPV6_RECVERR))
			read_error(c, at + CMSG_LEN(0), data);
		if (CMSG_SPACE(data) >= len)
			return;
		at += CMSG_SPACE(data);
		len -= CMSG_SPACE(data);
	}
}

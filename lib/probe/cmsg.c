/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/cmsg.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* The kernel's, which want the C library's structures to be known. */
#include <linux/errqueue.h>
#include <linux/icmpv6.h>
#include <linux/in6.h>
#include <linux/net_tstamp.h>

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

bool
cmsg_next(const void *control, size_t len, size_t *at, struct cmsg_part *part)
{
	const uint8_t *message = (const uint8_t *)control + *at;
	size_t left = len - *at;
	struct cmsghdr h;

	if (left < CMSG_LEN(0))
		return false;
	memcpy(&h, message, sizeof h);
	if (h.cmsg_len < CMSG_LEN(0) || h.cmsg_len > left)
		return false;
	*part = (struct cmsg_part){ h.cmsg_level, h.cmsg_type,
		message + CMSG_LEN(0), (size_t)h.cmsg_len - CMSG_LEN(0) };
	*at = CMSG_SPACE(part->len) < left ? *at + CMSG_SPACE(part->len) : len;
	return true;
}

void
cmsg_parse(struct cmsg *c, const void *control, size_t len)
{
	struct cmsg_part m;

	*c = (struct cmsg){ .about = CMSG_PACKET };
	for (size_t at = 0; cmsg_next(control, len, &at, &m);) {
		if (m.level == SOL_SOCKET)
			read_stamp(c, m.type, m.data, m.len);
		else if ((m.level == IPPROTO_IP && m.type == IP_RECVERR) ||
		    (m.level == IPPROTO_IPV6 && m.type == IPV6_RECVERR))
			read_error(c, m.data, m.len);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/qdisc.h"

#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/number.h"
#include "record/messages.h"

/* As NLA_HDRLEN and NLA_ALIGN, but of type size_t. */
#define ATTR_HEAD sizeof(struct nlattr)
#define ALIGNED(n) (((size_t)(n) + 3) & ~(size_t)3)

#define NS_PER_S 1000000000
#define NS_PER_TICK 64 /* PSCHED_SHIFT 6 of the kernel */
#define BURST_MIN 1600 /* bytes: one packet, as tc(8) gives by default */
#define BURST_STEP 64  /* bytes */

/* --- building ------------------------------------------------------------ */

struct builder {
	unsigned char *at;
	size_t len;
};

static void
put(struct builder *b, const void *data, size_t len)
{
	memcpy(b->at + b->len, data, len);
	b->len += len;
	memset(b->at + b->len, 0, NLMSG_ALIGN(b->len) - b->len);
	b->len = NLMSG_ALIGN(b->len);
}

static size_t
begin_attr(struct builder *b, uint16_t type)
{
	struct nlattr a = { 0, type };
	size_t start = b->len;

	put(b, &a, sizeof a);
	return start;
}

static void
end_attr(struct builder *b, size_t start)
{
	uint16_t len = (uint16_t)(b->len - start);

	memcpy(b->at + start, &len, sizeof len);
}

static void
put_attr(struct builder *b, uint16_t type, const void *data, size_t size)
{
	struct nlattr a = { (uint16_t)(ATTR_HEAD + size), type };

	put(b, &a, sizeof a);
	put(b, data, size);
}

static struct builder
begin(unsigned char *out, uint16_t type, uint16_t flags, uint32_t seq,
    const void *head, size_t size)
{
	struct nlmsghdr h = { .nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		.nlmsg_seq = seq };
	struct builder b = { out, 0 };

	put(&b, &h, sizeof h);
	put(&b, head, size);
	return b;
}

static size_t
end(const struct builder *b)
{
	uint32_t len = (uint32_t)b->len;

	memcpy(b->at, &len, sizeof len);
	return b->len;
}

size_t
qdisc_ask_root(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	struct tcmsg t = { .tcm_ifindex = ifindex, .tcm_parent = TC_H_ROOT };
	struct builder b;

	/* Without ECHO the kernel sends no answer at all. */
	b = begin(out, RTM_GETQDISC, NLM_F_ECHO, seq, &t, sizeof t);
	return end(&b);
}

size_t
qdisc_ask_class(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, uint32_t class)
{
	struct tcmsg t = { .tcm_ifindex = ifindex, .tcm_handle = class };
	struct builder b;

	b = begin(out, RTM_GETTCLASS, NLM_F_ECHO, seq, &t, sizeof t);
	return end(&b);
}

size_t
qdisc_ask_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	/* RTM_GETLINK would fetch everything else about the device too. */
	struct if_stats_msg i = { .ifindex = (uint32_t)ifindex,
		.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64) };
	struct builder b = begin(out, RTM_GETSTATS, 0, seq, &i, sizeof i);

	return end(&b);
}

size_t
qdisc_set_cake(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps)
{
	struct tcmsg t = { .tcm_ifindex = ifindex,
		.tcm_handle = q->handle,
		.tcm_parent = TC_H_ROOT };
	uint64_t rate = (uint64_t)bps / 8;
	struct builder b;
	size_t options;

	b = begin(out, RTM_NEWQDISC, NLM_F_ECHO, seq, &t, sizeof t);
	put_attr(&b, TCA_KIND, q->kind, strlen(q->kind) + 1);
	options = begin_attr(&b, TCA_OPTIONS);
	put_attr(&b, TCA_CAKE_BASE_RATE64, &rate, sizeof rate);
	end_attr(&b, options);
	return end(&b);
}

/* A bucket of as many bytes for another rate. Ticks are coarse, so bytes are
 * taken in steps: or what rounding makes of them would add up over many
 * changes. */
static uint32_t
bucket_ticks(const struct qdisc_bucket *b, int64_t bytes_ps)
{
	int64_t ns = (int64_t)b->ticks * NS_PER_TICK, ticks;
	int64_t bytes = number_muldiv(ns, b->bytes_ps, NS_PER_S);

	if (bytes > INT32_MAX)
		bytes = INT32_MAX;
	bytes += BURST_STEP / 2;
	bytes -= bytes % BURST_STEP;
	if (bytes < BURST_MIN)
		bytes = BURST_MIN;
	ns = number_muldiv(bytes, NS_PER_S, bytes_ps);
	ticks = (ns + NS_PER_TICK - 1) / NS_PER_TICK;
	return ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
}

static struct tc_ratespec
ratespec(const struct qdisc_bucket *b, int64_t bytes_ps)
{
	return (struct tc_ratespec){ .linklayer = b->linklayer,
		.overhead = b->overhead,
		.mpu = b->mpu,
		.rate = bytes_ps > UINT32_MAX ? UINT32_MAX :
						(uint32_t)bytes_ps };
}

size_t
qdisc_set_htb(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps)
{
	struct tcmsg t = { .tcm_ifindex = ifindex,
		.tcm_handle = q->handle,
		.tcm_parent = q->parent };
	int64_t rate = bps / 8;
	struct tc_htb_opt opt = { .rate = ratespec(&q->rate, rate),
		.ceil = ratespec(&q->ceil, rate),
		.buffer = bucket_ticks(&q->rate, rate),
		.cbuffer = bucket_ticks(&q->ceil, rate),
		.quantum = q->quantum,
		.prio = q->prio };
	struct builder b;
	size_t options;

	b = begin(out, RTM_NEWTCLASS, NLM_F_ECHO, seq, &t, sizeof t);
	put_attr(&b, TCA_KIND, "htb", 4);
	options = begin_attr(&b, TCA_OPTIONS);
	put_attr(&b, TCA_HTB_PARMS, &opt, sizeof opt);
	if (rate > UINT32_MAX) {
		put_attr(&b, TCA_HTB_RATE64, &rate, sizeof rate);
		put_attr(&b, TCA_HTB_CEIL64, &rate, sizeof rate);
	}
	end_attr(&b, options);
	return end(&b);
}

/* --- reading ------------------------------------------------------------- */

struct attr {
	uint16_t type;
	const unsigned char *data;
	size_t size;
};

/* Walks attributes: takes the next one from *at; false at the end or where
 * the lengths do not fit. */
static bool
next_attr(const unsigned char **at, const unsigned char *end, struct attr *a)
{
	struct nlattr h;
	size_t left = (size_t)(end - *at);

	if (left < sizeof h)
		return false;
	memcpy(&h, *at, sizeof h);
	if (h.nla_len < ATTR_HEAD || h.nla_len > left)
		return false;
	a->type = (uint16_t)(h.nla_type & 0x3fff);
	a->data = *at + ATTR_HEAD;
	a->size = (size_t)h.nla_len - ATTR_HEAD;
	*at += ALIGNED(h.nla_len) < left ? ALIGNED(h.nla_len) : left;
	return true;
}

static int64_t
counter(uint64_t n)
{
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

/* An unsigned integer of 4 or 8 bytes; NONE if it is neither. */
static int64_t
attr_number(const struct attr *a)
{
	uint64_t n8;
	uint32_t n4;

	if (a->size == sizeof n8) {
		memcpy(&n8, a->data, sizeof n8);
		return counter(n8);
	}
	if (a->size != sizeof n4)
		return NONE;
	memcpy(&n4, a->data, sizeof n4);
	return n4;
}

static int64_t
bits(int64_t bytes)
{
	if (bytes == NONE)
		return NONE;
	return bytes > QDISC_BPS_MAX / 8 ? QDISC_BPS_MAX : bytes * 8;
}

static void
read_cake_options(struct qdisc *q, const unsigned char *at, size_t size)
{
	const unsigned char *end = at + size;
	struct attr a;

	while (next_attr(&at, end, &a)) {
		if (a.type == TCA_CAKE_BASE_RATE64)
			q->bps = bits(attr_number(&a));
		else if (a.type == TCA_CAKE_AUTORATE)
			q->autorate = attr_number(&a) != 0;
	}
}

static struct qdisc_bucket
bucket(const struct tc_ratespec *r, uint32_t ticks, int64_t bytes_ps)
{
	return (struct qdisc_bucket){
		.bytes_ps = bytes_ps != NONE ? bytes_ps : r->rate,
		.overhead = r->overhead,
		.mpu = r->mpu,
		/* A kernel before 3.9 says none and would want a table. */
		.linklayer = r->linklayer != TC_LINKLAYER_UNAWARE ?
		    r->linklayer :
		    TC_LINKLAYER_ETHERNET,
		.ticks = ticks,
	};
}

static void
read_htb_options(struct qdisc *q, const unsigned char *at, size_t size)
{
	int64_t rate = NONE, ceil = NONE;
	const unsigned char *end = at + size;
	struct tc_htb_opt opt;
	bool found = false;
	struct attr a;

	while (next_attr(&at, end, &a)) {
		if (a.type == TCA_HTB_PARMS && a.size >= sizeof opt) {
			memcpy(&opt, a.data, sizeof opt);
			found = true;
		} else if (a.type == TCA_HTB_RATE64) {
			rate = attr_number(&a);
		} else if (a.type == TCA_HTB_CEIL64) {
			ceil = attr_number(&a);
		}
	}
	if (!found)
		return;
	q->rate = bucket(&opt.rate, opt.buffer, rate);
	q->ceil = bucket(&opt.ceil, opt.cbuffer, ceil);
	q->quantum = opt.quantum;
	q->prio = opt.prio;
	q->bps = bits(q->ceil.bytes_ps);
}

static void
read_tin(struct qdisc *q, const unsigned char *at, size_t size)
{
	const unsigned char *end = at + size;
	struct qdisc_tin tin = { NONE, NONE, NONE, NONE };
	struct attr a;

	while (next_attr(&at, end, &a)) {
		int64_t n = attr_number(&a);

		if (n == NONE)
			continue;
		if (a.type == TCA_CAKE_TIN_STATS_ECN_MARKED_PACKETS)
			q->marks += n;
		else if (a.type == TCA_CAKE_TIN_STATS_SENT_PACKETS)
			tin.packets = n;
		else if (a.type == TCA_CAKE_TIN_STATS_AVG_DELAY_US)
			tin.delay_us = n;
		else if (a.type == TCA_CAKE_TIN_STATS_PEAK_DELAY_US)
			tin.peak_us = n;
		else if (a.type == TCA_CAKE_TIN_STATS_BASE_DELAY_US)
			tin.base_us = n;
	}
	if (q->tins < QDISC_TINS)
		q->tin[q->tins++] = tin;
}

static void
read_cake_stats(struct qdisc *q, const unsigned char *at, size_t size)
{
	const unsigned char *end = at + size, *tin, *tins_end;
	struct attr a, one;

	while (next_attr(&at, end, &a)) {
		if (a.type != TCA_CAKE_STATS_TIN_STATS)
			continue;
		q->marks = 0;
		tin = a.data;
		tins_end = tin + a.size;
		while (next_attr(&tin, tins_end, &one))
			read_tin(q, one.data, one.size);
	}
}

static void
read_stats(struct qdisc *q, const unsigned char *at, size_t size)
{
	const unsigned char *end = at + size;
	struct gnet_stats_basic basic;
	struct gnet_stats_queue queue;
	struct attr a;

	while (next_attr(&at, end, &a)) {
		if (a.type == TCA_STATS_BASIC && a.size >= 12) {
			memcpy(&basic, a.data, 12);
			q->bytes = counter(basic.bytes);
			if (q->packets == NONE)
				q->packets = basic.packets;
		} else if (a.type == TCA_STATS_PKT64) {
			q->packets = attr_number(&a);
		} else if (a.type == TCA_STATS_QUEUE &&
		    a.size >= sizeof queue) {
			memcpy(&queue, a.data, sizeof queue);
			q->drops = queue.drops;
			q->backlog = queue.backlog;
			q->queued = queue.qlen;
		} else if (a.type == TCA_STATS_APP &&
		    strncmp(q->kind, "cake", 4) == 0) {
			read_cake_stats(q, a.data, a.size);
		}
	}
}

/* The attributes behind a fixed head, of a message of that type. */
static const char *
open_message(const unsigned char *m, size_t len, uint16_t type, size_t head,
    const unsigned char **at, const unsigned char **end_at)
{
	struct nlmsghdr h;

	if (len < NLMSG_HDRLEN + head)
		return "answer too short";
	memcpy(&h, m, sizeof h);
	if (h.nlmsg_len > len || h.nlmsg_len < NLMSG_HDRLEN + head)
		return "answer of a wrong length";
	if (h.nlmsg_type != type)
		return "answer of another type";
	*at = m + NLMSG_HDRLEN + NLMSG_ALIGN(head);
	*end_at = m + h.nlmsg_len;
	if (*at > *end_at)
		*at = *end_at;
	return NULL;
}

static void
read_kind(struct qdisc *q, const unsigned char *at, const unsigned char *end)
{
	struct attr a;

	while (next_attr(&at, end, &a))
		if (a.type == TCA_KIND && a.size > 0 &&
		    a.size <= sizeof q->kind && a.data[a.size - 1] == '\0')
			memcpy(q->kind, a.data, a.size);
}

const char *
qdisc_read(struct qdisc *q, const unsigned char *m, size_t len)
{
	const unsigned char *at, *end_at;
	uint16_t type = 0;
	struct tcmsg t;
	struct attr a;
	const char *why;

	if (len >= NLMSG_HDRLEN)
		memcpy(&type, m + 4, sizeof type);
	if (type != RTM_NEWTCLASS)
		type = RTM_NEWQDISC;
	if ((why = open_message(m, len, type, sizeof t, &at, &end_at)) != NULL)
		return why;
	memcpy(&t, m + NLMSG_HDRLEN, sizeof t);
	*q = (struct qdisc){ .handle = t.tcm_handle, .parent = t.tcm_parent };
	q->bps = q->bytes = q->packets = q->drops = q->marks = q->backlog =
	    q->queued = NONE;
	read_kind(q, at, end_at);
	while (next_attr(&at, end_at, &a)) {
		if (a.type == TCA_OPTIONS && strncmp(q->kind, "cake", 4) == 0)
			read_cake_options(q, a.data, a.size);
		else if (a.type == TCA_OPTIONS && strcmp(q->kind, "htb") == 0)
			read_htb_options(q, a.data, a.size);
		else if (a.type == TCA_STATS2)
			read_stats(q, a.data, a.size);
	}
	return NULL;
}

const char *
qdisc_read_link(struct link_counters *c, const unsigned char *m, size_t len)
{
	const unsigned char *at, *end_at;
	const char *why;
	struct attr a;
	uint64_t n[8];

	why = open_message(m, len, RTM_NEWSTATS, sizeof(struct if_stats_msg),
	    &at, &end_at);
	if (why != NULL)
		return why;
	while (next_attr(&at, end_at, &a)) {
		if (a.type != IFLA_STATS_LINK_64 || a.size < sizeof n)
			continue;
		/* struct rtnl_link_stats64: packets, bytes, errors, drops,
		 * receiving before sending in each pair. */
		memcpy(n, a.data, sizeof n);
		*c = (struct link_counters){ counter(n[2]), counter(n[0]),
			counter(n[6]), counter(n[3]), counter(n[1]),
			counter(n[7]) };
		return NULL;
	}
	return "no counters in the answer";
}

const struct qdisc_tin *
qdisc_slowest(const struct qdisc *now, const struct qdisc *before)
{
	const struct qdisc_tin *slowest = NULL;

	if (now->handle != before->handle || now->tins != before->tins)
		return NULL;
	for (size_t i = 0; i < now->tins; i++) {
		const struct qdisc_tin *tin = &now->tin[i];

		if (tin->packets == before->tin[i].packets)
			continue;
		if (slowest == NULL || tin->delay_us > slowest->delay_us)
			slowest = tin;
	}
	return slowest;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/qdisc.h"

#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/nlattr.h"
#include "base/number.h"
#include "record/messages.h"

#define NS_PER_S 1000000000
#define NS_PER_TICK 64 /* PSCHED_SHIFT 6 of the kernel */
#define BURST_MIN 1600 /* bytes: one packet, as tc(8) gives by default */
#define BURST_STEP 64  /* bytes */

/* --- building ------------------------------------------------------------ */

size_t
qdisc_ask_root(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	struct tcmsg t = { .tcm_ifindex = ifindex, .tcm_parent = TC_H_ROOT };

	/* Without ECHO the kernel sends no answer at all; and none about a
	 * device that was never up, but the acknowledgement. */
	return nlattr_begin(out, RTM_GETQDISC, NLM_F_ECHO | NLM_F_ACK, seq, &t,
	    sizeof t)
	    ->nlmsg_len;
}

size_t
qdisc_ask_class(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, uint32_t class)
{
	struct tcmsg t = { .tcm_ifindex = ifindex, .tcm_handle = class };

	return nlattr_begin(out, RTM_GETTCLASS, NLM_F_ECHO, seq, &t, sizeof t)
	    ->nlmsg_len;
}

size_t
qdisc_ask_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	/* RTM_GETLINK would fetch everything else about the device too. */
	struct if_stats_msg i = { .ifindex = (uint32_t)ifindex,
		.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64) };

	return nlattr_begin(out, RTM_GETSTATS, 0, seq, &i, sizeof i)->nlmsg_len;
}

size_t
qdisc_set_cake(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps)
{
	struct tcmsg t = { .tcm_ifindex = ifindex,
		.tcm_handle = q->handle,
		.tcm_parent = TC_H_ROOT };
	uint64_t rate = (uint64_t)bps / 8;
	struct nlmsghdr *h;
	struct nlattr *options;

	h = nlattr_begin(out, RTM_NEWQDISC, NLM_F_ECHO, seq, &t, sizeof t);
	mnl_attr_put_strz(h, TCA_KIND, q->kind);
	options = mnl_attr_nest_start(h, TCA_OPTIONS);
	mnl_attr_put_u64(h, TCA_CAKE_BASE_RATE64, rate);
	mnl_attr_nest_end(h, options);
	return h->nlmsg_len;
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
	struct nlmsghdr *h;
	struct nlattr *options;

	h = nlattr_begin(out, RTM_NEWTCLASS, NLM_F_ECHO, seq, &t, sizeof t);
	mnl_attr_put_strz(h, TCA_KIND, "htb");
	options = mnl_attr_nest_start(h, TCA_OPTIONS);
	mnl_attr_put(h, TCA_HTB_PARMS, sizeof opt, &opt);
	if (rate > UINT32_MAX) {
		mnl_attr_put_u64(h, TCA_HTB_RATE64, (uint64_t)rate);
		mnl_attr_put_u64(h, TCA_HTB_CEIL64, (uint64_t)rate);
	}
	mnl_attr_nest_end(h, options);
	return h->nlmsg_len;
}

/* --- reading ------------------------------------------------------------- */

static int64_t
bits(int64_t bytes)
{
	if (bytes == NONE)
		return NONE;
	return bytes > QDISC_BPS_MAX / 8 ? QDISC_BPS_MAX : bytes * 8;
}

static void
read_cake_options(struct qdisc *q, struct attrs all)
{
	for (EACH_ATTR(a, all)) {
		if (mnl_attr_get_type(a) == TCA_CAKE_BASE_RATE64)
			q->bps = bits(nlattr_number(a, NONE));
		else if (mnl_attr_get_type(a) == TCA_CAKE_AUTORATE)
			q->autorate = nlattr_number(a, NONE) != 0;
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
read_htb_options(struct qdisc *q, struct attrs all)
{
	int64_t rate = NONE, ceil = NONE;
	struct tc_htb_opt opt;
	bool found = false;

	for (EACH_ATTR(a, all)) {
		if (mnl_attr_get_type(a) == TCA_HTB_PARMS &&
		    mnl_attr_get_payload_len(a) >= sizeof opt) {
			memcpy(&opt, mnl_attr_get_payload(a), sizeof opt);
			found = true;
		} else if (mnl_attr_get_type(a) == TCA_HTB_RATE64) {
			rate = nlattr_number(a, NONE);
		} else if (mnl_attr_get_type(a) == TCA_HTB_CEIL64) {
			ceil = nlattr_number(a, NONE);
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
read_tin(struct qdisc *q, struct attrs all)
{
	struct qdisc_tin tin = { NONE, NONE, NONE, NONE };

	for (EACH_ATTR(a, all)) {
		int64_t n = nlattr_number(a, NONE);

		if (n == NONE)
			continue;
		switch (mnl_attr_get_type(a)) {
		case TCA_CAKE_TIN_STATS_ECN_MARKED_PACKETS:
			q->marks = n > INT64_MAX - q->marks ? INT64_MAX :
							      q->marks + n;
			break;
		case TCA_CAKE_TIN_STATS_SENT_PACKETS:
			tin.packets = n;
			break;
		case TCA_CAKE_TIN_STATS_AVG_DELAY_US:
			tin.delay_us = n;
			break;
		case TCA_CAKE_TIN_STATS_PEAK_DELAY_US:
			tin.peak_us = n;
			break;
		case TCA_CAKE_TIN_STATS_BASE_DELAY_US:
			tin.base_us = n;
			break;
		}
	}
	if (q->tins < QDISC_TINS)
		q->tin[q->tins++] = tin;
}

static void
read_cake_stats(struct qdisc *q, struct attrs all)
{
	for (EACH_ATTR(a, all)) {
		if (mnl_attr_get_type(a) != TCA_CAKE_STATS_TIN_STATS)
			continue;
		q->marks = 0;
		for (EACH_ATTR(tin, nlattr_inside(a)))
			read_tin(q, nlattr_inside(tin));
	}
}

static void
read_stats(struct qdisc *q, struct attrs all)
{
	struct gnet_stats_basic basic;
	struct gnet_stats_queue queue;

	for (EACH_ATTR(a, all)) {
		if (mnl_attr_get_type(a) == TCA_STATS_BASIC &&
		    mnl_attr_get_payload_len(a) >= 12) {
			memcpy(&basic, mnl_attr_get_payload(a), 12);
			q->bytes = nlattr_count(basic.bytes);
			if (q->packets == NONE)
				q->packets = basic.packets;
		} else if (mnl_attr_get_type(a) == TCA_STATS_PKT64) {
			q->packets = nlattr_number(a, NONE);
		} else if (mnl_attr_get_type(a) == TCA_STATS_QUEUE &&
		    mnl_attr_get_payload_len(a) >= sizeof queue) {
			memcpy(&queue, mnl_attr_get_payload(a), sizeof queue);
			q->drops = queue.drops;
			q->backlog = queue.backlog;
			q->queued = queue.qlen;
		} else if (mnl_attr_get_type(a) == TCA_STATS_APP &&
		    strncmp(q->kind, "cake", 4) == 0) {
			read_cake_stats(q, nlattr_inside(a));
		}
	}
}

static void
read_kind(struct qdisc *q, struct attrs all)
{
	for (EACH_ATTR(a, all))
		if (mnl_attr_get_type(a) == TCA_KIND)
			nlattr_text(a, q->kind, sizeof q->kind);
}

const char *
qdisc_read(struct qdisc *q, const unsigned char *m, size_t len)
{
	struct attrs all;
	uint16_t type = 0;
	struct tcmsg t;
	const char *why;

	if (len >= NLMSG_HDRLEN)
		memcpy(&type, m + 4, sizeof type);
	if (type != RTM_NEWTCLASS)
		type = RTM_NEWQDISC;
	if ((why = nlattr_open(m, len, type, sizeof t, &all)) != NULL)
		return why;
	memcpy(&t, m + NLMSG_HDRLEN, sizeof t);
	*q = (struct qdisc){ .handle = t.tcm_handle, .parent = t.tcm_parent };
	q->bps = q->bytes = q->packets = q->drops = q->marks = q->backlog =
	    q->queued = NONE;
	read_kind(q, all);
	for (EACH_ATTR(a, all)) {
		if (mnl_attr_get_type(a) == TCA_OPTIONS &&
		    strncmp(q->kind, "cake", 4) == 0)
			read_cake_options(q, nlattr_inside(a));
		else if (mnl_attr_get_type(a) == TCA_OPTIONS &&
		    strcmp(q->kind, "htb") == 0)
			read_htb_options(q, nlattr_inside(a));
		else if (mnl_attr_get_type(a) == TCA_STATS2)
			read_stats(q, nlattr_inside(a));
	}
	return NULL;
}

const char *
qdisc_read_link(struct link_counters *c, const unsigned char *m, size_t len)
{
	struct attrs all;
	const char *why;
	uint64_t n[8];

	why = nlattr_open(m, len, RTM_NEWSTATS, sizeof(struct if_stats_msg),
	    &all);
	if (why != NULL)
		return why;
	for (EACH_ATTR(a, all)) {
		if (mnl_attr_get_type(a) != IFLA_STATS_LINK_64 ||
		    mnl_attr_get_payload_len(a) < sizeof n)
			continue;
		/* struct rtnl_link_stats64: packets, bytes, errors, drops,
		 * receiving before sending in each pair. */
		memcpy(n, mnl_attr_get_payload(a), sizeof n);
		*c = (struct link_counters){ nlattr_count(n[2]),
			nlattr_count(n[0]), nlattr_count(n[6]),
			nlattr_count(n[3]), nlattr_count(n[1]),
			nlattr_count(n[7]) };
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

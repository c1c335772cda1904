/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that make shapers: what is asked for reads back as that; and answers
 * of the kernel, captured (tests/fuzz/corpus/qdisc). */
#include "shape/tc_messages.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "../tap.h"
#include "record/messages.h"

static _Alignas(8) unsigned char request[QDISC_REQUEST];
static _Alignas(8) unsigned char message[16384];

static size_t
load(const char *name)
{
	const char *top = getenv("WANCTL_TOP");
	char path[512];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/qdisc/%s",
	    top != NULL ? top : ".", name);
	if ((f = fopen(path, "rb")) != NULL) {
		len = fread(message, 1, sizeof message, f);
		fclose(f);
	}
	ok(len > 0, "%s is read", path);
	return len;
}

/* --- what is asked -------------------------------------------------------- */

static struct nlmsghdr
head(size_t len)
{
	struct nlmsghdr h;

	memcpy(&h, request, sizeof h);
	is_int(h.nlmsg_len, (int64_t)len, "its own length");
	is_int(h.nlmsg_seq, 77, "its number");
	ok(len <= QDISC_REQUEST, "fits");
	ok((h.nlmsg_flags & NLM_F_REQUEST) != 0, "a request");
	return h;
}

/* The kernel refuses what is there already, and says that it is done. */
static void
makes(size_t len, uint16_t type)
{
	struct nlmsghdr h = head(len);

	is_int(h.nlmsg_type, type, "its type");
	is_int(h.nlmsg_flags,
	    NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
	    "makes, and replaces nothing");
}

static void
changes(size_t len, uint16_t type)
{
	struct nlmsghdr h = head(len);

	is_int(h.nlmsg_type, type, "its type");
	is_int(h.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK,
	    "changes what is there, and makes nothing");
}

static struct tcmsg
tc_head(void)
{
	struct tcmsg t;

	memcpy(&t, request + NLMSG_HDRLEN, sizeof t);
	is_int(t.tcm_ifindex, 9, "of the device");
	return t;
}

static struct ifinfomsg
link_head(void)
{
	struct ifinfomsg i;

	memcpy(&i, request + NLMSG_HDRLEN, sizeof i);
	return i;
}

static void
test_link(void)
{
	struct tc_link l;
	size_t len = tc_add_ifb(request, 77, "ifb4w0");

	makes(len, RTM_NEWLINK);
	is_str(tc_read_link(&l, request, len), NULL, "reads as a device");
	is_str(l.kind, "ifb", "its kind");
	is_int(l.group, SETTINGS_MADE, "R111: an ifb carries our mark");
	ok(l.up, "it is up from the start");

	len = tc_raise_link(request, 77, 9);
	changes(len, RTM_NEWLINK);
	is_int(link_head().ifi_index, 9, "of the device");
	is_int(link_head().ifi_flags & link_head().ifi_change, IFF_UP, "up");
	len = tc_delete_link(request, 77, 9);
	changes(len, RTM_DELLINK);
	is_int(link_head().ifi_index, 9, "of the device");
	is_int(head(tc_ask_link(request, 77, "w0")).nlmsg_type, RTM_GETLINK,
	    "asks for a device");
}

static void
test_cake(void)
{
	struct cake_options o = { .overhead = -4,
		.mpu = 84,
		.atm = CAKE_ATM_PTM,
		.rtt_us = 300000,
		.diffserv = CAKE_DIFFSERV_PRECEDENCE,
		.nat = 1,
		.ack_filter = CAKE_ACK_AGGRESSIVE };
	struct cake_options again;
	struct qdisc q;
	size_t len = tc_add_cake(request, 77, 9, &o, 20000000);

	makes(len, RTM_NEWQDISC);
	is_int(tc_head().tcm_handle, TC_HANDLE, "R111: and so does a qdisc");
	is_int(tc_head().tcm_parent, TC_H_ROOT, "at the root");
	is_str(qdisc_read(&q, request, len), NULL, "reads as a qdisc");
	is_str(q.kind, "cake", "its kind");
	is_int(q.bps, 20000000, "its rate");
	is_str(tc_read_cake(&again, request, len), NULL, "and as a CAKE");
	ok(cake_options_equal(&o, &again), "with these options");
	is_int(again.overhead, -4, "a negative overhead");

	o = (struct cake_options){ .raw = true, .wash = 1, .ingress = 1 };
	len = tc_change_cake(request, 77, 9, &o);
	changes(len, RTM_NEWQDISC);
	is_int(tc_head().tcm_handle, TC_HANDLE, "of ours alone");
	qdisc_read(&q, request, len);
	is_int(q.bps, NONE, "R111: a change leaves the rate");
	tc_read_cake(&again, request, len);
	ok(cake_options_equal(&o, &again), "with these options");
	ok(again.raw, "raw");
}

static void
test_htb(void)
{
	struct qdisc class = { .handle = TC_HANDLE | 1,
		.parent = TC_H_ROOT,
		.rate = { .bytes_ps = 1250000, .overhead = 24, .ticks = 15625 },
		.quantum = 1514 };
	struct qdisc q;
	size_t len;

	class.ceil = class.rate;
	len = tc_add_htb(request, 77, 9, class.handle);
	makes(len, RTM_NEWQDISC);
	is_int(tc_head().tcm_handle, TC_HANDLE, "our mark");
	len = tc_add_htb_class(request, 77, 9, &class, 5000000);
	makes(len, RTM_NEWTCLASS);
	is_str(qdisc_read(&q, request, len), NULL, "reads as a class");
	is_int(q.handle, TC_HANDLE | 1, "its number");
	is_int(q.bps, 5000000, "its rate");
	is_int(q.rate.overhead, 24, "its overhead");
	len = tc_add_fq_codel(request, 77, 9, class.handle);
	makes(len, RTM_NEWQDISC);
	is_int(tc_head().tcm_parent, class.handle, "below the class");
	qdisc_read(&q, request, len);
	is_str(q.kind, "fq_codel", "its kind");
	is_int(head(tc_ask_leaf(request, 77, 9, class.handle)).nlmsg_type,
	    RTM_GETQDISC, "asks for the queue");
	is_int(tc_head().tcm_parent, class.handle, "of the class");
	len = tc_delete_root(request, 77, 9, "htb");
	changes(len, RTM_DELQDISC);
	is_int(tc_head().tcm_handle, TC_HANDLE, "of ours alone");
}

static void
test_redirect(void)
{
	struct tc_filters f = { 0 };
	struct nlmsghdr h;
	size_t len = tc_add_ingress(request, 77, 9);

	makes(len, RTM_NEWQDISC);
	is_int(tc_head().tcm_parent, TC_H_INGRESS, "what arrives");
	len = tc_delete_ingress(request, 77, 9);
	changes(len, RTM_DELQDISC);
	is_int(head(tc_ask_ingress(request, 77, 9)).nlmsg_type, RTM_GETQDISC,
	    "asks for it");

	len = tc_add_redirect(request, 77, 9, 12);
	makes(len, RTM_NEWTFILTER);
	is_int(TC_H_MIN(tc_head().tcm_info), htons(ETH_P_ALL),
	    "of every protocol");
	/* The type of an answer is the same. */
	is_str(tc_read_filter(&f, request, len), NULL, "reads as a filter");
	is_int(f.made, 1, "R111: with our mark");
	is_int(f.made_to, 12, "to the other device");
	is_int(f.others, 0, "and is no other's");
	len = tc_delete_redirect(request, 77, 9);
	changes(len, RTM_DELTFILTER);
	is_int(tc_head().tcm_info >> 16, SETTINGS_MADE, "of ours alone");

	h = head(tc_dump_filters(request, 77, 9));
	is_int(h.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP, "a dump");
	is_int(tc_head().tcm_parent, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
	    "of what arrives");
}

/* --- what is answered ----------------------------------------------------- */

static void
test_captures(void)
{
	struct cake_options o;
	struct tc_filters f = { 0 };
	struct tc_link l;
	size_t len = load("link_ifb");

	is_str(tc_read_link(&l, message, len), NULL, "an ifb");
	is_str(l.kind, "ifb", "its kind");
	is_int(l.group, 30561, "its group");
	ok(l.up && l.ethernet, "it is up, and Ethernet");
	len = load("filter_u32");
	is_str(tc_read_filter(&f, message, len), NULL, "a filter of others");
	is_int(f.others, 1, "counts");
	ok(f.others_to > 0, "redirects");
	is_int(f.made, 0, "and is not ours");

	len = load("besteffort");
	is_str(tc_read_cake(&o, message, len), NULL, "a CAKE");
	is_int(o.diffserv, CAKE_DIFFSERV_BESTEFFORT, "its tins");
	is_int(o.rtt_us, 100000, "its round trip");
	is_str(tc_read_link(&l, message, len), "answer of another type",
	    "a qdisc is no device");
	is_str(tc_read_filter(&f, message, len), "answer of another type",
	    "and no filter");
	len = load("link_ifb");
	is_str(tc_read_cake(&o, message, len), "answer of another type",
	    "a device is no qdisc");
	is_str(tc_read_link(&l, message, 20), "answer too short", "cut off");
	is_int(f.made + f.others, 1, "what cannot be read does not count");
}

int
main(void)
{
	test_link();
	test_cake();
	test_htb();
	test_redirect();
	test_captures();
	return tap_done();
}

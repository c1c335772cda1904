/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/tc_messages.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#include "base/nlattr.h"

#define MAKE (NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
#define REDIRECT_KIND "u32"    /* the one that every kernel has */
#define HTB_VERSION 3          /* of its options, the only one there is */
#define HTB_RATE_TO_QUANTUM 10 /* tc(8)'s default; classes have a quantum */
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

bool
tc_is_made(const struct qdisc *root)
{
	return root->handle == TC_HANDLE &&
	    (strcmp(root->kind, "cake") == 0 || strcmp(root->kind, "htb") == 0);
}

bool
tc_is_free(const struct qdisc *root)
{
	return root->kind[0] == '\0' || root->handle == 0;
}

/* --- devices -------------------------------------------------------------- */

size_t
tc_ask_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    const char *name)
{
	struct ifinfomsg i = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *h = nlattr_begin(out, RTM_GETLINK, 0, seq, &i,
	    sizeof i);

	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return h->nlmsg_len;
}

size_t
tc_add_ifb(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    const char *name)
{
	struct ifinfomsg i = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct nlmsghdr *h = nlattr_begin(out, RTM_NEWLINK, MAKE, seq, &i,
	    sizeof i);
	struct nlattr *info;

	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put_u32(h, IFLA_GROUP, SETTINGS_MADE);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "ifb");
	mnl_attr_nest_end(h, info);
	return h->nlmsg_len;
}

size_t
tc_raise_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	struct ifinfomsg i = { .ifi_index = ifindex,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP };

	return nlattr_begin(out, RTM_NEWLINK, NLM_F_ACK, seq, &i, sizeof i)
	    ->nlmsg_len;
}

size_t
tc_delete_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	struct ifinfomsg i = { .ifi_index = ifindex };

	return nlattr_begin(out, RTM_DELLINK, NLM_F_ACK, seq, &i, sizeof i)
	    ->nlmsg_len;
}

/* --- qdiscs --------------------------------------------------------------- */

static struct nlmsghdr *
begin_qdisc(unsigned char *out, uint16_t type, uint16_t flags, uint32_t seq,
    int ifindex, uint32_t parent, uint32_t handle, const char *kind)
{
	struct tcmsg t = { .tcm_family = AF_UNSPEC,
		.tcm_ifindex = ifindex,
		.tcm_handle = handle,
		.tcm_parent = parent };
	struct nlmsghdr *h = nlattr_begin(out, type, flags, seq, &t, sizeof t);

	mnl_attr_put_strz(h, TCA_KIND, kind);
	return h;
}

size_t
tc_add_cake(unsigned char out[static QDISC_REQUEST], uint32_t seq, int ifindex,
    const struct cake_options *o, int64_t bps)
{
	struct nlmsghdr *h = begin_qdisc(out, RTM_NEWQDISC, MAKE, seq, ifindex,
	    TC_H_ROOT, TC_HANDLE, "cake");
	struct nlattr *options = mnl_attr_nest_start(h, TCA_OPTIONS);

	mnl_attr_put_u64(h, TCA_CAKE_BASE_RATE64, (uint64_t)bps / 8);
	cake_options_put(h, o);
	mnl_attr_nest_end(h, options);
	return h->nlmsg_len;
}

size_t
tc_change_cake(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct cake_options *o)
{
	struct nlmsghdr *h = begin_qdisc(out, RTM_NEWQDISC, NLM_F_ACK, seq,
	    ifindex, TC_H_ROOT, TC_HANDLE, "cake");
	struct nlattr *options = mnl_attr_nest_start(h, TCA_OPTIONS);

	cake_options_put(h, o);
	mnl_attr_nest_end(h, options);
	return h->nlmsg_len;
}

size_t
tc_add_htb(unsigned char out[static QDISC_REQUEST], uint32_t seq, int ifindex,
    uint32_t class)
{
	struct nlmsghdr *h = begin_qdisc(out, RTM_NEWQDISC, MAKE, seq, ifindex,
	    TC_H_ROOT, TC_HANDLE, "htb");
	struct tc_htb_glob init = { .version = HTB_VERSION,
		.rate2quantum = HTB_RATE_TO_QUANTUM,
		.defcls = TC_H_MIN(class) };
	struct nlattr *options = mnl_attr_nest_start(h, TCA_OPTIONS);

	mnl_attr_put(h, TCA_HTB_INIT, sizeof init, &init);
	mnl_attr_nest_end(h, options);
	return h->nlmsg_len;
}

size_t
tc_add_htb_class(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps)
{
	size_t len = qdisc_set_htb(out, seq, ifindex, q, bps);
	struct nlmsghdr *h = (void *)out;

	h->nlmsg_flags = NLM_F_REQUEST | MAKE;
	return len;
}

size_t
tc_add_fq_codel(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, uint32_t class)
{
	/* Its handle is the kernel's choice. */
	return begin_qdisc(out, RTM_NEWQDISC, MAKE, seq, ifindex, class, 0,
	    "fq_codel")
	    ->nlmsg_len;
}

/* What is there, as qdisc_ask_root(). */
static size_t
ask_below(unsigned char *out, uint32_t seq, int ifindex, uint32_t parent)
{
	struct tcmsg t = { .tcm_ifindex = ifindex, .tcm_parent = parent };

	return nlattr_begin(out, RTM_GETQDISC, NLM_F_ECHO | NLM_F_ACK, seq, &t,
	    sizeof t)
	    ->nlmsg_len;
}

size_t
tc_ask_leaf(unsigned char out[static QDISC_REQUEST], uint32_t seq, int ifindex,
    uint32_t class)
{
	return ask_below(out, seq, ifindex, class);
}

size_t
tc_delete_root(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const char *kind)
{
	return begin_qdisc(out, RTM_DELQDISC, NLM_F_ACK, seq, ifindex,
	    TC_H_ROOT, TC_HANDLE, kind)
	    ->nlmsg_len;
}

/* --- what arrives --------------------------------------------------------- */

size_t
tc_ask_ingress(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	return ask_below(out, seq, ifindex, TC_H_INGRESS);
}

size_t
tc_add_ingress(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	return begin_qdisc(out, RTM_NEWQDISC, MAKE, seq, ifindex, TC_H_INGRESS,
	    TC_INGRESS_HANDLE, "ingress")
	    ->nlmsg_len;
}

size_t
tc_delete_ingress(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	return begin_qdisc(out, RTM_DELQDISC, NLM_F_ACK, seq, ifindex,
	    TC_H_INGRESS, TC_INGRESS_HANDLE, "ingress")
	    ->nlmsg_len;
}

size_t
tc_dump_filters(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	/* So a clsact says them as well. */
	struct tcmsg t = { .tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS) };

	return nlattr_begin(out, RTM_GETTFILTER, NLM_F_DUMP, seq, &t, sizeof t)
	    ->nlmsg_len;
}

static struct nlmsghdr *
begin_redirect(unsigned char *out, uint16_t type, uint16_t flags, uint32_t seq,
    int ifindex)
{
	struct tcmsg t = { .tcm_ifindex = ifindex,
		.tcm_parent = TC_INGRESS_HANDLE,
		.tcm_info = TC_H_MAKE((uint32_t)SETTINGS_MADE << 16,
		    htons(ETH_P_ALL)) };
	struct nlmsghdr *h = nlattr_begin(out, type, flags, seq, &t, sizeof t);

	mnl_attr_put_strz(h, TCA_KIND, REDIRECT_KIND);
	return h;
}

/* A selector of everything: no bit of the first word is looked at. */
static void
put_everything(struct nlmsghdr *h)
{
	struct tc_u32_sel sel = { .flags = TC_U32_TERMINAL, .nkeys = 1 };
	struct tc_u32_key key = { 0 };
	unsigned char both[sizeof sel + sizeof key];

	memcpy(both, &sel, sizeof sel);
	memcpy(both + sizeof sel, &key, sizeof key);
	mnl_attr_put(h, TCA_U32_SEL, sizeof both, both);
}

size_t
tc_add_redirect(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, int to)
{
	struct nlmsghdr *h = begin_redirect(out, RTM_NEWTFILTER, MAKE, seq,
	    ifindex);
	struct tc_mirred m = { .action = TC_ACT_STOLEN,
		.eaction = TCA_EGRESS_REDIR,
		.ifindex = (uint32_t)to };
	struct nlattr *options = mnl_attr_nest_start(h, TCA_OPTIONS);
	struct nlattr *actions, *first, *parms;

	put_everything(h);
	actions = mnl_attr_nest_start(h, TCA_U32_ACT);
	first = mnl_attr_nest_start(h, 1);
	mnl_attr_put_strz(h, TCA_ACT_KIND, "mirred");
	parms = mnl_attr_nest_start(h, TCA_ACT_OPTIONS);
	mnl_attr_put(h, TCA_MIRRED_PARMS, sizeof m, &m);
	mnl_attr_nest_end(h, parms);
	mnl_attr_nest_end(h, first);
	mnl_attr_nest_end(h, actions);
	mnl_attr_nest_end(h, options);
	return h->nlmsg_len;
}

size_t
tc_delete_redirect(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex)
{
	/* All of that preference, which is ours. */
	return begin_redirect(out, RTM_DELTFILTER, NLM_F_ACK, seq, ifindex)
	    ->nlmsg_len;
}

/* --- answers -------------------------------------------------------------- */

const char *
tc_read_link(struct tc_link *l, const unsigned char *m, size_t len)
{
	struct ifinfomsg i;
	struct attrs all;
	const char *why = nlattr_open(m, len, RTM_NEWLINK, sizeof i, &all);

	if (why != NULL)
		return why;
	memcpy(&i, m + NLMSG_HDRLEN, sizeof i);
	*l = (struct tc_link){ .ifindex = i.ifi_index,
		.up = (i.ifi_flags & IFF_UP) != 0,
		.ethernet = i.ifi_type == ARPHRD_ETHER };
	for (EACH_ATTR(a, all)) {
		if (mnl_attr_get_type(a) == IFLA_GROUP)
			l->group = (uint32_t)nlattr_number(a, 0);
		if (mnl_attr_get_type(a) != IFLA_LINKINFO)
			continue;
		for (EACH_ATTR(info, nlattr_inside(a)))
			if (mnl_attr_get_type(info) == IFLA_INFO_KIND)
				nlattr_text(info, l->kind, sizeof l->kind);
	}
	return NULL;
}

const char *
tc_read_cake(struct cake_options *o, const unsigned char *m, size_t len)
{
	struct attrs all;
	const char *why = nlattr_open(m, len, RTM_NEWQDISC,
	    sizeof(struct tcmsg), &all);

	if (why != NULL)
		return why;
	*o = (struct cake_options){ 0 };
	for (EACH_ATTR(a, all))
		if (mnl_attr_get_type(a) == TCA_OPTIONS)
			*o = cake_options_read(nlattr_inside(a));
	return NULL;
}

/* Where each kind of filter has its actions. */
static const struct {
	const char *kind;
	uint16_t actions;
} filters[] = {
	{ "matchall", TCA_MATCHALL_ACT },
	{ "u32", TCA_U32_ACT },
	{ "flower", TCA_FLOWER_ACT },
	{ "basic", TCA_BASIC_ACT },
	{ "bpf", TCA_BPF_ACT },
	{ "fw", TCA_FW_ACT },
};

static uint16_t
actions_of(const char *kind)
{
	for (size_t i = 0; i < COUNT(filters); i++)
		if (strcmp(filters[i].kind, kind) == 0)
			return filters[i].actions;
	return 0;
}

/* The device that an action redirects to, 0 if it does something else. */
static int
redirects_to(struct attrs action)
{
	struct tc_mirred m = { 0 };

	for (EACH_ATTR(a, action)) {
		if (mnl_attr_get_type(a) != TCA_ACT_OPTIONS)
			continue;
		for (EACH_ATTR(o, nlattr_inside(a)))
			if (mnl_attr_get_type(o) == TCA_MIRRED_PARMS &&
			    mnl_attr_get_payload_len(o) >= sizeof m)
				memcpy(&m, mnl_attr_get_payload(o), sizeof m);
	}
	return m.eaction == TCA_EGRESS_REDIR ? (int)m.ifindex : 0;
}

static bool
is_mirred(struct attrs action)
{
	char kind[8] = "";

	for (EACH_ATTR(a, action))
		if (mnl_attr_get_type(a) == TCA_ACT_KIND)
			nlattr_text(a, kind, sizeof kind);
	return strcmp(kind, "mirred") == 0;
}

static int
first_redirect(struct attrs options, uint16_t actions)
{
	for (EACH_ATTR(a, options)) {
		if (actions == 0 || mnl_attr_get_type(a) != actions)
			continue;
		for (EACH_ATTR(action, nlattr_inside(a)))
			if (is_mirred(nlattr_inside(action)) &&
			    redirects_to(nlattr_inside(action)) != 0)
				return redirects_to(nlattr_inside(action));
	}
	return 0;
}

const char *
tc_read_filter(struct tc_filters *f, const unsigned char *m, size_t len)
{
	struct tcmsg t;
	struct attrs all;
	const char *why = nlattr_open(m, len, RTM_NEWTFILTER, sizeof t, &all);
	char kind[16] = "";
	bool made;
	int to = 0;

	if (why != NULL)
		return why;
	memcpy(&t, m + NLMSG_HDRLEN, sizeof t);
	for (EACH_ATTR(a, all)) {
		if (mnl_attr_get_type(a) == TCA_KIND)
			nlattr_text(a, kind, sizeof kind);
		else if (mnl_attr_get_type(a) == TCA_OPTIONS)
			to = first_redirect(nlattr_inside(a), actions_of(kind));
	}
	made = TC_H_MAJ(t.tcm_info) >> 16 == SETTINGS_MADE &&
	    strcmp(kind, REDIRECT_KIND) == 0;
	f->made += made;
	f->others += !made;
	if (made && to != 0)
		f->made_to = to;
	else if (!made && f->others_to == 0)
		f->others_to = to;
	return NULL;
}

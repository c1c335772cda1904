/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include "netlink.h"

#define DEADLINE_US 1000000

static void
put_address(struct nlmsghdr *h, uint16_t type, const struct sockaddr *addr)
{
	const struct sockaddr_in6 *in6 = (const void *)addr;
	const struct sockaddr_in *in = (const void *)addr;

	if (addr->sa_family == AF_INET6)
		mnl_attr_put(h, type, sizeof in6->sin6_addr, &in6->sin6_addr);
	else
		mnl_attr_put(h, type, sizeof in->sin_addr, &in->sin_addr);
}

static struct nlmsghdr *
build(void *buf, uint32_t seq, const struct route_query *q)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	unsigned char bits = q->to->sa_family == AF_INET6 ? 128 : 32;
	struct rtmsg *m;

	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = seq;
	m = mnl_nlmsg_put_extra_header(h, sizeof *m);
	m->rtm_family = (unsigned char)q->to->sa_family;
	m->rtm_dst_len = bits;
	put_address(h, RTA_DST, q->to);
	if (q->from != NULL) {
		m->rtm_src_len = bits;
		put_address(h, RTA_SRC, q->from);
	}
	if (q->mark != 0)
		mnl_attr_put_u32(h, RTA_MARK, q->mark);
	if (q->ifindex != 0)
		mnl_attr_put_u32(h, RTA_OIF, (uint32_t)q->ifindex);
	return h;
}

static int
take_device(const struct nlattr *a, void *ifindex)
{
	if (mnl_attr_get_type(a) == RTA_OIF &&
	    mnl_attr_validate(a, MNL_TYPE_U32) == 0)
		*(uint32_t *)ifindex = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static int
read_device(const struct nlmsghdr *h, char device[static IF_NAMESIZE])
{
	uint32_t ifindex = 0;

	if (h->nlmsg_type == RTM_NEWROUTE)
		(void)mnl_attr_parse(h, sizeof(struct rtmsg), take_device,
		    &ifindex);
	if (ifindex != 0 && if_indextoname(ifindex, device) != NULL)
		return 0;
	errno = ENETUNREACH;
	return -1;
}

int
route_device(const struct route_query *q, char device[static IF_NAMESIZE])
{
	_Alignas(struct nlmsghdr) unsigned char request[256];
	struct netlink n;
	struct nlmsghdr *h;
	int result = -1;

	if (netlink_open(&n) == -1)
		return -1;
	h = build(request, n.seq, q);
	if (netlink_ask(&n, request, h->nlmsg_len, DEADLINE_US) > 0)
		result = read_device((const void *)n.answer, device);
	netlink_close(&n);
	return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/netlink.h"
#include "base/text.h"

#define ASK_LIMIT_US 1000000 /* the kernel answers at once */

static void
put_address(struct nlmsghdr *h, uint16_t type, const union address *a)
{
	if (a->sa.sa_family == AF_INET6)
		mnl_attr_put(h, type, sizeof a->in6.sin6_addr,
		    &a->in6.sin6_addr);
	else
		mnl_attr_put(h, type, sizeof a->in.sin_addr, &a->in.sin_addr);
}

static size_t
compose(unsigned char *buf, uint32_t seq, const struct egress *e,
    unsigned device, const union address *to, unsigned flags)
{
	unsigned char bits = to->sa.sa_family == AF_INET6 ? 128 : 32;
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *rt;

	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = seq;
	rt = mnl_nlmsg_put_extra_header(h, sizeof *rt);
	rt->rtm_family = (unsigned char)to->sa.sa_family;
	rt->rtm_dst_len = bits;
	rt->rtm_flags = flags;
	put_address(h, RTA_DST, to);
	if (e->source.sa.sa_family != AF_UNSPEC) {
		rt->rtm_src_len = bits;
		put_address(h, RTA_SRC, &e->source);
	}
	if (device != 0)
		mnl_attr_put_u32(h, RTA_OIF, device);
	if (e->mark != 0)
		mnl_attr_put_u32(h, RTA_MARK, e->mark);
	mnl_attr_put_u8(h, RTA_IP_PROTO,
	    bits == 32 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	return h->nlmsg_len;
}

struct found {
	unsigned device; /* index; 0: not told, e.g. of several next hops */
	bool local;      /* it is an address of this machine */
};

static int
keep_device(const struct nlattr *a, void *user)
{
	struct found *found = user;

	if (mnl_attr_get_type(a) == RTA_OIF &&
	    mnl_attr_validate(a, MNL_TYPE_U32) == 0)
		found->device = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

/* 0, or -1 with errno; ENETUNREACH and the like: there is no route. */
static int
ask_kernel(const struct egress *e, unsigned device, const union address *to,
    unsigned flags, struct found *found)
{
	_Alignas(struct nlmsghdr) unsigned char request[512];
	const struct rtmsg *rt;
	struct netlink n;
	size_t len;
	long got;

	*found = (struct found){ 0 };
	if (netlink_open(&n) == -1)
		return -1;
	len = compose(request, n.seq, e, device, to, flags);
	got = netlink_ask(&n, request, len, ASK_LIMIT_US);
	netlink_close(&n);
	if (got == -1)
		return -1;
	if (got < (long)(NLMSG_HDRLEN + sizeof *rt)) {
		errno = EPROTO;
		return -1;
	}
	rt = mnl_nlmsg_get_payload((const void *)n.answer);
	found->local = rt->rtm_type == RTN_LOCAL;
	(void)mnl_attr_parse((const void *)n.answer, sizeof *rt, keep_device,
	    found);
	return 0;
}

static bool
no_route(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH ||
	    error == EACCES || error == EINVAL;
}

static enum route_verdict
verdict_because(char why[static ROUTE_TEXT], enum route_verdict verdict,
    const char *first, const char *second, const char *third,
    const char *fourth)
{
	struct text t;

	text_init(&t, why, ROUTE_TEXT);
	text_add(&t, first);
	text_add(&t, second);
	text_add(&t, third);
	text_add(&t, fourth);
	return verdict;
}

static enum route_verdict
judge_failure(char why[static ROUTE_TEXT])
{
	if (no_route(errno))
		return verdict_because(why, ROUTE_NONE, "no route", "", "", "");
	return verdict_because(why, ROUTE_UNKNOWN,
	    "the kernel does not tell the route: ", strerror(errno), "", "");
}

/* Whether packets that are bound to a device have a route by it. Without one,
 * IPv4 takes every address in the world for a neighbour on that device; the
 * kernel only tells when it is asked for the entry of its table. */
static bool
has_route_by(const struct egress *e, unsigned device, const union address *to)
{
	struct found found;

	return ask_kernel(e, device, to, RTM_F_FIB_MATCH, &found) == 0;
}

static bool
is_running(const char *device)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };
	bool asked;

	if (fd == -1)
		return true;
	text_copy(request.ifr_name, sizeof request.ifr_name, device,
	    strlen(device));
	asked = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
	(void)close(fd);
	return !asked ||
	    ((request.ifr_flags & IFF_UP) != 0 &&
		(request.ifr_flags & IFF_RUNNING) != 0);
}

/* The way is by another device. If the wanted one is down, its routes are
 * gone for as long, and nothing is wrong. */
static enum route_verdict
judge_device(const struct found *found, const char *device,
    char why[static ROUTE_TEXT])
{
	char other[IF_NAMESIZE] = "another device";

	if (!is_running(device))
		return verdict_because(why, ROUTE_NONE, device, " is down", "",
		    "");
	if (found->local && strcmp(device, "lo") != 0)
		return verdict_because(why, ROUTE_WRONG,
		    "is an address of this machine", "", "", "");
	if (found->device != 0)
		(void)if_indextoname(found->device, other);
	return verdict_because(why, ROUTE_WRONG, "would be reached by ", other,
	    ", not by ", device);
}

enum route_verdict
route_check(const struct egress *egress, const char *device,
    const union address *to, char why[static ROUTE_TEXT])
{
	unsigned wanted = if_nametoindex(device);
	bool bound = egress->device[0] != '\0';
	struct found found;

	why[0] = '\0';
	if (wanted == 0)
		return verdict_because(why, ROUTE_UNKNOWN, device, ": ",
		    strerror(ENODEV), "");
	if (bound && has_route_by(egress, wanted, to)) {
		if (ask_kernel(egress, wanted, to, 0, &found) == -1)
			return judge_failure(why);
		/* A next hop of several does not matter: it is bound. */
		if (found.local && found.device != wanted)
			return judge_device(&found, device, why);
		return ROUTE_GOOD;
	}
	/* Where would it go if it were not bound? */
	if (ask_kernel(egress, 0, to, 0, &found) == -1)
		return judge_failure(why);
	if (found.device == wanted)
		return ROUTE_GOOD;
	return judge_device(&found, device, why);
}

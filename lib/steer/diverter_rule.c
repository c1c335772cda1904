/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backend rule: a rule of policy routing, "from all fwmark MARK/MASK
 * lookup TABLE" at its priority, is there while traffic is diverted.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/netlink.h"
#include "steer/diverter.h"

#define REQUEST 256
#define RULE_TO_TABLE 1 /* FR_ACT_TO_TBL */

static const unsigned char families[] = { AF_INET, AF_INET6 };

static bool
is_wanted(const struct settings *s, unsigned char family)
{
	return s->diverter.family == FAMILY_ANY ||
	    (s->diverter.family == FAMILY_4) == (family == AF_INET);
}

static struct fib_rule_hdr *
put_rule(struct nlmsghdr *h, unsigned char family)
{
	struct fib_rule_hdr *rule = mnl_nlmsg_put_extra_header(h, sizeof *rule);

	rule->family = family;
	return rule;
}

/* --- which rules are there ------------------------------------------------ */

struct found {
	const struct settings *settings;
	uint32_t priority, mark, mask, table;
	bool plain;    /* nothing else is asked of a packet */
	size_t ours;   /* exactly as it must be */
	size_t others; /* other rules of its priority */
};

static int
keep_attribute(const struct nlattr *a, void *user)
{
	struct found *f = user;

	switch (mnl_attr_get_type(a)) {
	case FRA_PRIORITY:
		f->priority = mnl_attr_get_u32(a);
		break;
	case FRA_FWMARK:
		f->mark = mnl_attr_get_u32(a);
		break;
	case FRA_FWMASK:
		f->mask = mnl_attr_get_u32(a);
		break;
	case FRA_TABLE:
		f->table = mnl_attr_get_u32(a);
		break;
	case FRA_SRC:
	case FRA_DST:
	case FRA_IIFNAME:
	case FRA_OIFNAME:
	case FRA_TUN_ID:
	case FRA_L3MDEV:
		f->plain = false;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int
count(const struct nlmsghdr *h, void *user)
{
	struct found *f = user;
	const struct settings *s = f->settings;
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type != RTM_NEWRULE ||
	    mnl_nlmsg_get_payload_len(h) < sizeof *rule)
		return MNL_CB_OK;
	f->priority = f->mark = f->mask = 0;
	f->table = rule->table;
	f->plain = rule->tos == 0 && (rule->flags & FIB_RULE_INVERT) == 0 &&
	    rule->action == RULE_TO_TABLE;
	(void)mnl_attr_parse(h, sizeof *rule, keep_attribute, f);
	if (f->priority != s->diverter.priority)
		return MNL_CB_OK;
	if (f->plain && f->mark == s->diverter.mark &&
	    f->mask == s->diverter.mask && f->table == s->diverter.table)
		f->ours++;
	else
		f->others++;
	return MNL_CB_OK;
}

/* 0, or -1 with errno. */
static int
receive(struct netlink *n, struct found *f, int64_t deadline_us)
{
	struct pollfd in = { .fd = n->fd, .events = POLLIN };
	uint32_t seq = n->seq++;
	int more = MNL_CB_OK;

	while (more > MNL_CB_STOP) {
		struct timespec left = clock_until(deadline_us);
		long got = recv(n->fd, n->answer, sizeof n->answer, 0);

		if (got >= 0) {
			more = mnl_cb_run(n->answer, (size_t)got, seq, 0, count,
			    f);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		if (left.tv_sec == 0 && left.tv_nsec == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		(void)ppoll(&in, 1, &left, NULL);
	}
	return more;
}

static int
dump(const struct settings *s, unsigned char family, struct found *f)
{
	_Alignas(struct nlmsghdr) unsigned char buf[REQUEST];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct netlink n;
	int got = -1, error;

	*f = (struct found){ .settings = s };
	if (netlink_open(&n) == -1)
		return -1;
	h->nlmsg_type = RTM_GETRULE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = n.seq;
	put_rule(h, family);
	if (send(n.fd, buf, h->nlmsg_len, 0) != -1)
		got = receive(&n, f,
		    clock_monotonic() + s->diverter.timeout_us);
	error = errno;
	netlink_close(&n);
	errno = error;
	return got;
}

/* --- one rule ------------------------------------------------------------- */

static enum failure
because(struct diverter *d, enum failure why, const char *text)
{
	(void)snprintf(d->detail, sizeof d->detail, "rule of priority %lld: %s",
	    (long long)d->settings->diverter.priority, text);
	return why;
}

static enum failure
find_our_rule(struct diverter *d, unsigned char family, bool *there)
{
	struct found f;

	if (dump(d->settings, family, &f) == -1)
		return because(d,
		    errno == ETIMEDOUT ? FAILURE_TIMEOUT : FAILURE_FAILED,
		    strerror(errno));
	if (f.others > 0)
		return because(d, FAILURE_FOREIGN,
		    "there is another one with this priority");
	if (f.ours > 1)
		return because(d, FAILURE_DUPLICATE,
		    "it is there more than once");
	*there = f.ours == 1;
	return WORKED;
}

static enum failure
change(struct diverter *d, unsigned char family, bool on)
{
	_Alignas(struct nlmsghdr) unsigned char buf[REQUEST];
	const struct settings *s = d->settings;
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *rule;
	struct netlink n;
	enum failure why = WORKED;

	if (netlink_open(&n) == -1)
		return because(d, FAILURE_FAILED, strerror(errno));
	h->nlmsg_type = on ? RTM_NEWRULE : RTM_DELRULE;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK |
	    (on ? NLM_F_CREATE | NLM_F_EXCL : 0));
	h->nlmsg_seq = n.seq;
	rule = put_rule(h, family);
	rule->action = RULE_TO_TABLE;
	mnl_attr_put_u32(h, FRA_PRIORITY, (uint32_t)s->diverter.priority);
	mnl_attr_put_u32(h, FRA_FWMARK, (uint32_t)s->diverter.mark);
	mnl_attr_put_u32(h, FRA_FWMASK, (uint32_t)s->diverter.mask);
	mnl_attr_put_u32(h, FRA_TABLE, (uint32_t)s->diverter.table);
	if (netlink_ask(&n, buf, h->nlmsg_len, s->diverter.timeout_us) == -1)
		why = because(d,
		    errno == ETIMEDOUT ? FAILURE_TIMEOUT : FAILURE_FAILED,
		    strerror(errno));
	netlink_close(&n);
	return why;
}

/* --- backend -------------------------------------------------------------- */

static int
rule_open(struct diverter *d)
{
	(void)d;
	return 0;
}

/* On is with both families: a half is set again as a whole, or taken away. */
static enum failure
rule_get(struct diverter *d, bool *on)
{
	bool all = true, any = false, there = false;
	enum failure why;

	for (size_t i = 0; i < sizeof families; i++) {
		if (!is_wanted(d->settings, families[i]))
			continue;
		if ((why = find_our_rule(d, families[i], &there)) != WORKED)
			return why;
		all = all && there;
		any = any || there;
	}
	*on = all;
	if (any && !all)
		return because(d, FAILURE_HALF,
		    "it is there for one family only");
	return WORKED;
}

static enum failure
rule_set(struct diverter *d, bool on)
{
	enum failure why;
	bool there;

	for (size_t i = 0; i < sizeof families; i++) {
		if (!is_wanted(d->settings, families[i]))
			continue;
		if ((why = find_our_rule(d, families[i], &there)) != WORKED)
			return why;
		if (there != on && (why = change(d, families[i], on)) != WORKED)
			return why;
	}
	return WORKED;
}

static void
rule_close(struct diverter *d)
{
	(void)d;
}

const struct diverter_backend diverter_rule = { rule_open, rule_get, rule_set,
	rule_close };

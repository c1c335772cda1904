/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/tc_kernel.h"

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "record/messages.h"

int
tc_kernel_open(struct tc_kernel *t)
{
	t->detail[0] = '\0';
	return netlink_open(&t->netlink);
}

void
tc_kernel_close(struct tc_kernel *t)
{
	netlink_close(&t->netlink);
}

__attribute__((format(printf, 3, 4))) static const char *
refuse(struct tc_kernel *t, const char *word, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->detail, sizeof t->detail, fmt, ap);
	va_end(ap);
	return word;
}

static const struct {
	int error;
	const char *word, *what;
} failures[] = {
	{ ENODEV, "no_device", "no such network device" },
	{ ENOENT, "no_qdisc", "nothing there that shapes" },
	{ EINVAL, "wrong_qdisc", "the kernel refuses the change" },
	{ EEXIST, "wrong_qdisc", "another qdisc has taken its place" },
	{ EPERM, "denied",
	    "not permitted: root or the capability CAP_NET_ADMIN is needed" },
	{ ETIMEDOUT, "timeout", "the kernel did not answer in time" },
};

static const char *
refuse_errno(struct tc_kernel *t, const char *device)
{
	const char *words = t->netlink.reason, *what = strerror(errno),
		   *word = "failed";

	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
		if (failures[i].error == errno) {
			word = failures[i].word;
			what = failures[i].what;
		}
	return refuse(t, word, "%s: %s%s%s", device, what,
	    *words != '\0' ? ": " : "", words);
}

/* By name each time: a device that went and came back has another index, and
 * the old one may be another device's. */
static const char *
find_device(struct tc_kernel *t, const char *device, int *ifindex)
{
	struct ifreq r;

	memset(&r, 0, sizeof r);
	(void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", device);
	if (ioctl(t->netlink.fd, SIOCGIFINDEX, &r) == -1) {
		t->netlink.reason[0] = '\0';
		return refuse_errno(t, device);
	}
	*ifindex = r.ifr_ifindex;
	return NULL;
}

/* "1:10" as the kernel writes it. */
static uint32_t
class_id(const char *text)
{
	char *colon;
	unsigned long major = strtoul(text, &colon, 16);

	return (uint32_t)(major << 16 | strtoul(colon + 1, NULL, 16));
}

static const char *
ask_qdisc(struct tc_kernel *t, const struct settings *s, const char *device,
    size_t len, const unsigned char *request, struct qdisc *q)
{
	long got = netlink_ask(&t->netlink, request, len, s->shaper.timeout_us);
	const char *why;

	if (got == -1)
		return refuse_errno(t, device);
	why = qdisc_read(q, t->netlink.answer, (size_t)got);
	return why == NULL ? NULL : refuse(t, "failed", "%s: %s", device, why);
}

/* What was read must be what the configuration says it is. */
static const char *
check_device(struct tc_kernel *t, const struct settings *s, enum direction dir,
    const struct qdisc *q)
{
	const struct direction_settings *d = &s->dir[dir];
	bool htb = s->shaper.backend == BACKEND_HTB;

	if (htb && strcmp(q->kind, "htb") != 0)
		return refuse(t, "wrong_qdisc",
		    "%s: class %s is of %s, not htb", d->device, d->class,
		    q->kind);
	if (!htb && strcmp(q->kind, "cake") != 0 &&
	    strcmp(q->kind, "cake_mq") != 0)
		return refuse(t, "wrong_qdisc",
		    "%s: its root qdisc is %s, not cake; wanctl-setrate(8) "
		    "says how to set it up",
		    d->device, *q->kind != '\0' ? q->kind : "none");
	if (q->bps == NONE || q->bytes == NONE)
		return refuse(t, "failed",
		    "%s: no rate or no counters in the answer", d->device);
	return NULL;
}

const char *
tc_kernel_read(struct tc_kernel *t, const struct settings *s,
    enum direction dir, struct qdisc *q)
{
	const struct direction_settings *d = &s->dir[dir];
	bool htb = s->shaper.backend == BACKEND_HTB;
	unsigned char request[QDISC_REQUEST];
	const char *why;
	int ifindex;
	size_t len;

	if ((why = find_device(t, d->device, &ifindex)) != NULL)
		return why;
	len = htb ? qdisc_ask_class(request, t->netlink.seq, ifindex,
			class_id(d->class)) :
		    qdisc_ask_root(request, t->netlink.seq, ifindex);
	why = ask_qdisc(t, s, d->device, len, request, q);
	if (htb && why != NULL && strcmp(why, "no_qdisc") == 0)
		return refuse(t, why,
		    "%s: no class %s; wanctl-setrate(8) says how to set it up",
		    d->device, d->class);
	return why != NULL ? why : check_device(t, s, dir, q);
}

const char *
tc_kernel_set(struct tc_kernel *t, const struct settings *s, enum direction dir,
    struct qdisc *q, int64_t bps)
{
	const char *device = s->dir[dir].device, *why;
	unsigned char request[QDISC_REQUEST];
	int ifindex;
	size_t len;

	if (q->autorate)
		return refuse(t, "autorate",
		    "%s: CAKE's autorate-ingress is on and would change the "
		    "rate back; turn it off",
		    device);
	if (bps < TC_KERNEL_LEAST)
		return refuse(t, "refused", "%s: %lld bit/s is too little",
		    device, (long long)bps);
	if ((why = find_device(t, device, &ifindex)) != NULL)
		return why;
	len = s->shaper.backend == BACKEND_HTB ?
	    qdisc_set_htb(request, t->netlink.seq, ifindex, q, bps) :
	    qdisc_set_cake(request, t->netlink.seq, ifindex, q, bps);
	why = ask_qdisc(t, s, device, len, request, q);
	return why != NULL ? why : check_device(t, s, dir, q);
}

const char *
tc_kernel_link(struct tc_kernel *t, const struct settings *s,
    const char *device, struct link_counters *c)
{
	unsigned char request[QDISC_REQUEST];
	const char *why;
	int ifindex;
	size_t len;
	long got;

	if ((why = find_device(t, device, &ifindex)) != NULL)
		return why;
	len = qdisc_ask_link(request, t->netlink.seq, ifindex);
	got = netlink_ask(&t->netlink, request, len, s->shaper.timeout_us);
	if (got == -1)
		return refuse_errno(t, device);
	why = qdisc_read_link(c, t->netlink.answer, (size_t)got);
	return why == NULL ? NULL : refuse(t, "failed", "%s: %s", device, why);
}

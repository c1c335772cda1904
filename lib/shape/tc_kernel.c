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
#include "shape/tc_kernel_parts.h"

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

enum failure
tc_refuse(struct tc_kernel *t, enum failure why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->detail, sizeof t->detail, fmt, ap);
	va_end(ap);
	return why;
}

static const struct {
	int error;
	enum failure why;
	const char *what;
} failures[] = {
	{ ENODEV, FAILURE_NO_DEVICE, "no such network device" },
	{ ENOENT, FAILURE_NO_QDISC, "nothing there that shapes" },
	{ EINVAL, FAILURE_WRONG_QDISC, "the kernel refuses the change" },
	{ EEXIST, FAILURE_WRONG_QDISC, "another qdisc has taken its place" },
	{ EPERM, FAILURE_DENIED,
	    "not permitted: root or the capability CAP_NET_ADMIN is needed" },
	{ ETIMEDOUT, FAILURE_TIMEOUT, "the kernel did not answer in time" },
};

enum failure
tc_refuse_errno(struct tc_kernel *t, const char *device)
{
	const char *words = t->netlink.reason, *what = strerror(errno);
	enum failure why = FAILURE_FAILED;

	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
		if (failures[i].error == errno) {
			why = failures[i].why;
			what = failures[i].what;
		}
	return tc_refuse(t, why, "%s: %s%s%s", device, what,
	    *words != '\0' ? ": " : "", words);
}

/* By name each time: a device that went and came back has another index, and
 * the old one may be another device's. */
static enum failure
find_device(struct tc_kernel *t, const char *device, int *ifindex)
{
	struct ifreq r;

	memset(&r, 0, sizeof r);
	(void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", device);
	if (ioctl(t->netlink.fd, SIOCGIFINDEX, &r) == -1) {
		t->netlink.reason[0] = '\0';
		return tc_refuse_errno(t, device);
	}
	*ifindex = r.ifr_ifindex;
	return WORKED;
}

uint32_t
tc_class_id(const char *text)
{
	char *colon;
	unsigned long major = strtoul(text, &colon, 16);

	return (uint32_t)(major << 16 | strtoul(colon + 1, NULL, 16));
}

static enum failure
ask_qdisc(struct tc_kernel *t, const struct settings *s, const char *device,
    size_t len, const unsigned char *request, struct qdisc *q)
{
	long got = netlink_ask(&t->netlink, request, len, s->shaper.timeout_us);
	const char *wrong;

	if (got == 0)
		errno = ENOENT;
	if (got <= 0)
		return tc_refuse_errno(t, device);
	wrong = qdisc_read(q, t->netlink.answer, (size_t)got);
	return wrong == NULL ?
	    WORKED :
	    tc_refuse(t, FAILURE_FAILED, "%s: %s", device, wrong);
}

/* The shaper that was read must be of the configured kind. */
static enum failure
check_device(struct tc_kernel *t, const struct settings *s, enum direction dir,
    const struct qdisc *q)
{
	const struct direction_settings *d = &s->dir[dir];
	bool htb = s->shaper.backend == BACKEND_HTB;

	if (htb && strcmp(q->kind, "htb") != 0)
		return tc_refuse(t, FAILURE_WRONG_QDISC,
		    "%s: class %s is of %s, not htb", d->device, d->class,
		    q->kind);
	if (!htb && strcmp(q->kind, "cake") != 0 &&
	    strcmp(q->kind, "cake_mq") != 0)
		return tc_refuse(t, FAILURE_WRONG_QDISC,
		    "%s: its root qdisc is %s, not cake; wanctl-setrate(8) "
		    "says how to set it up",
		    d->device, *q->kind != '\0' ? q->kind : "none");
	if (q->bps == NONE || q->bytes == NONE)
		return tc_refuse(t, FAILURE_FAILED,
		    "%s: no rate or no counters in the answer", d->device);
	return WORKED;
}

enum failure
tc_kernel_read(struct tc_kernel *t, const struct settings *s,
    enum direction dir, struct qdisc *q)
{
	const struct direction_settings *d = &s->dir[dir];
	bool htb = s->shaper.backend == BACKEND_HTB;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	enum failure why;
	int ifindex;
	size_t len;

	if ((why = find_device(t, d->device, &ifindex)) != WORKED)
		return why;
	len = htb ? qdisc_ask_class(request, t->netlink.seq, ifindex,
			tc_class_id(d->class)) :
		    qdisc_ask_root(request, t->netlink.seq, ifindex);
	why = ask_qdisc(t, s, d->device, len, request, q);
	if (htb && why != WORKED && why == FAILURE_NO_QDISC)
		return tc_refuse(t, why,
		    "%s: no class %s; wanctl-setrate(8) says how to set it up",
		    d->device, d->class);
	return why != WORKED ? why : check_device(t, s, dir, q);
}

enum failure
tc_kernel_set(struct tc_kernel *t, const struct settings *s, enum direction dir,
    struct qdisc *q, int64_t bps)
{
	const char *device = s->dir[dir].device;
	enum failure why;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	int ifindex;
	size_t len;

	if (q->autorate)
		return tc_refuse(t, FAILURE_AUTORATE,
		    "%s: CAKE's autorate-ingress is on and would change the "
		    "rate back; turn it off",
		    device);
	if (bps < TC_KERNEL_LEAST)
		return tc_refuse(t, FAILURE_REFUSED,
		    "%s: %lld bit/s is too little", device, (long long)bps);
	if ((why = find_device(t, device, &ifindex)) != WORKED)
		return why;
	len = s->shaper.backend == BACKEND_HTB ?
	    qdisc_set_htb(request, t->netlink.seq, ifindex, q, bps) :
	    qdisc_set_cake(request, t->netlink.seq, ifindex, q, bps);
	why = ask_qdisc(t, s, device, len, request, q);
	return why != WORKED ? why : check_device(t, s, dir, q);
}

enum failure
tc_kernel_link(struct tc_kernel *t, const struct settings *s,
    const char *device, struct link_counters *c)
{
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	const char *wrong;
	enum failure why;
	int ifindex;
	size_t len;
	long got;

	if ((why = find_device(t, device, &ifindex)) != WORKED)
		return why;
	len = qdisc_ask_link(request, t->netlink.seq, ifindex);
	got = netlink_ask(&t->netlink, request, len, s->shaper.timeout_us);
	if (got == -1)
		return tc_refuse_errno(t, device);
	wrong = qdisc_read_link(c, t->netlink.answer, (size_t)got);
	return wrong == NULL ?
	    WORKED :
	    tc_refuse(t, FAILURE_FAILED, "%s: %s", device, wrong);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's shapers over netlink: CAKE as the root qdisc of a device, or
 * one class of HTB. One socket serves both directions.
 *
 * After a failure, `detail` has the sentence for people. A change is read,
 * checked and made by handle, so that a qdisc that took the place of ours is
 * refused and never replaced: with no handle the kernel would put a new CAKE
 * there.
 */
#ifndef TC_KERNEL_H
#define TC_KERNEL_H

#include "base/failure.h"
#include "base/netlink.h"
#include "conf/settings.h"
#include "shape/qdisc.h"

#define TC_KERNEL_DETAIL 256
#define TC_KERNEL_LEAST 8000 /* bits a second; 0 would mean unlimited */

struct tc_kernel {
	struct netlink netlink;
	char detail[TC_KERNEL_DETAIL];
};

/* 0, or -1 with errno. */
int tc_kernel_open(struct tc_kernel *t);
void tc_kernel_close(struct tc_kernel *t);

/* Reads the shaper of a direction, as [shaper] backend says what it is. */
enum failure tc_kernel_read(struct tc_kernel *t, const struct settings *s,
    enum direction dir, struct qdisc *q);

/* Sets the rate of the shaper that was read into *q, and reads what it has
 * then into *q. */
enum failure tc_kernel_set(struct tc_kernel *t, const struct settings *s,
    enum direction dir, struct qdisc *q, int64_t bps);

/* Reads the counters of a device. */
enum failure tc_kernel_link(struct tc_kernel *t, const struct settings *s,
    const char *device, struct link_counters *c);

#endif

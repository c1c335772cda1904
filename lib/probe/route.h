/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which device would a packet leave? The kernel is asked, with everything
 * that policy routing may look at.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "base/address.h"
#include "probe/egress.h"

enum route_verdict {
	ROUTE_GOOD, /* by the device that is wanted */
	ROUTE_NONE, /* there is no way at all now: that may come */
	ROUTE_WRONG,
	ROUTE_UNKNOWN, /* the kernel could not be asked; see errno */
};

#define ROUTE_TEXT 192

/* Whether packets to this address, sent as `egress` says, leave by `device`:
 * that of egress, or if they are not bound to one, another. Except if GOOD,
 * `why` is the reason. */
enum route_verdict route_check(const struct egress *egress, const char *device,
    const union address *to, char why[static ROUTE_TEXT]);

#endif

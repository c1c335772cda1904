/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which device the kernel would send a packet by.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <net/if.h>
#include <stdint.h>
#include <sys/socket.h>

struct route_query {
	const struct sockaddr *to;
	const struct sockaddr *from; /* NULL: any */
	uint32_t mark;               /* firewall mark, 0: none */
	int ifindex;                 /* bound to this device, 0: to none */
};

/* The device's name into device. 0, or -1 with errno: ENETUNREACH when there
 * is no route. */
int route_device(const struct route_query *q, char device[static IF_NAMESIZE]);

#endif

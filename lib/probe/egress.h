/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which way packets are to leave: how a socket is bound to one line. */
#ifndef EGRESS_H
#define EGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "conf/settings.h"

/* How packets are made to leave by one line and no other. */
struct egress {
	char device[SETTINGS_DEVICE_MAX]; /* "": any */
	union address source;             /* AF_UNSPEC: any */
	uint32_t mark;                    /* 0: none */
	/* The device and the address of a line may be away, and come later:
	 * a socket is bound to an address that is not there yet, and to no
	 * device; egress_device says so. */
	bool later;
};

/* A step on the way to a socket that may be sent on: the one that failed, with
 * errno. */
enum egress_step {
	EGRESS_DONE, /* none failed */
	EGRESS_ICMP_SOCKET,
	EGRESS_UDP_SOCKET,
	EGRESS_TCP_SOCKET,
	EGRESS_FILTER,
	EGRESS_DEVICE,
	EGRESS_MARK,
	EGRESS_SOURCE,
	EGRESS_ERRORS,
	EGRESS_STEPS
};

/* For a message: "cannot open an ICMP socket". */
extern const char *const egress_step_words[EGRESS_STEPS];

/* Binds a socket of that family. */
enum egress_step egress_bind(int fd, int family, const struct egress *e);

/* The index that the device has now, 0 if it is gone; fd is any socket. */
unsigned egress_device(int fd, const char *device);

#endif

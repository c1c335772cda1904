/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numeric IPv4 and IPv6 addresses, and by which way packets are to leave.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "settings.h"

/* sa.sa_family is AF_INET or AF_INET6; AF_UNSPEC, which is 0, is none. */
union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

#define ADDRESS_TEXT 64 /* an address with its %zone and NUL */

/* Text to address; a zone is looked up among the network devices. NULL, or
 * why not. */
const char *address_parse(union address *a, const char *text);

/* Address to text; "0.0.0.0" for none. */
void address_text(char out[static ADDRESS_TEXT], const union address *a);

bool address_equal(const union address *a, const union address *b);

/* Size of the sockaddr in use. */
socklen_t address_size(const union address *a);

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

/* Binds a socket of that family. NULL, or what could not be done, for a
 * message, with errno. */
const char *egress_bind(int fd, int family, const struct egress *e);

/* The index that the device has now, 0 if it is gone; fd is any socket. */
unsigned egress_device(int fd, const char *device);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numeric IPv4 and IPv6 addresses. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

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

#endif

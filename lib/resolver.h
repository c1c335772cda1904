/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name to its addresses without ever waiting for it.
 *
 * getaddrinfo(3) may take half a minute and cannot be stopped, so it runs in a
 * short-lived child process that writes what it found to a pipe. The child
 * holds no other descriptor of ours, dies with its parent, and is killed when
 * it takes too long.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "address.h"

#define RESOLVER_ADDRESSES 8       /* the best ones; the others are not seen */
#define RESOLVER_LIMIT_US 30000000 /* a child is killed after that */

/* Zero-initialised: nothing is under way. */
struct resolver {
	pid_t pid;           /* of the child; 0: nothing is under way */
	int fd;              /* to be read; wait for POLLIN */
	int64_t deadline_us; /* monotonic */
};

struct resolved {
	union address address[RESOLVER_ADDRESSES];
	size_t count;
};

/* Begins to resolve a name, AF_UNSPEC meaning either family; nothing may be
 * under way. 0, or -1 with errno. */
int resolver_start(struct resolver *r, const char *name, int family,
    int64_t now_us);

/* Once fd is readable or the deadline is past: NULL and the addresses, best
 * first, at least one; or why there are none. Nothing is under way then. */
const char *resolver_finish(struct resolver *r, struct resolved *found);

/* Gives up what is under way, if anything is. */
void resolver_stop(struct resolver *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name to its addresses without ever waiting for it.
 *
 * getaddrinfo(3) may take half a minute and cannot be stopped, so it runs in a
 * short-lived child process that writes what it found to a pipe. The child
 * holds no other descriptor of ours, dies with its parent, and is killed when
 * it takes too long.
 *
 * A program that is to open neither files nor sockets (see confine.h) has such
 * children all the same: a process that it starts before makes them for it.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/address.h"

#define RESOLVER_ADDRESSES 8       /* the best ones; the others are not seen */
#define RESOLVER_LIMIT_US 30000000 /* a child is killed after that */

#define RESOLVER_NAME 256  /* the longest name, with its NUL */
#define RESOLVER_HERE (-1) /* no service */

/* Zero-initialised: nothing is under way. */
struct resolver {
	bool busy;           /* something is under way */
	pid_t pid;           /* of the child; 0: it is that of the service */
	int fd;              /* to be read; wait for POLLIN */
	int64_t deadline_us; /* monotonic */
};

struct resolved {
	union address address[RESOLVER_ADDRESSES];
	size_t count;
};

/* Starts the process that makes the children, without any privilege of ours: a
 * descriptor for resolver_start, or -1 with errno. When all copies of that are
 * closed, it ends. */
int resolver_serve(void);

/* Begins to resolve a name, AF_UNSPEC meaning either family; nothing may be
 * under way. The child is ours with RESOLVER_HERE. 0, or -1 with errno. */
int resolver_start(struct resolver *r, int service, const char *name,
    int family, int64_t now_us);

/* Once fd is readable or the deadline is past: NULL and the addresses, best
 * first, at least one; or why there are none. Nothing is under way then. */
const char *resolver_finish(struct resolver *r, struct resolved *found);

/* Gives up what is under way, if anything is. */
void resolver_stop(struct resolver *r);

#endif

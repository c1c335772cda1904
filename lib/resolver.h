/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One name to one address without blocking: getaddrinfo(3) runs in a child
 * process, whose answer is read from a pipe when it is there. The child is
 * killed when it takes too long.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct resolver {
	pid_t pid;           /* 0: nothing under way */
	int fd;              /* readable when the answer is there */
	int64_t deadline_us; /* monotonic */
};

/* A numeric address into *addr; false if it is a name. */
bool resolver_numeric(const char *host, int family,
    struct sockaddr_storage *addr);

/* Begins to resolve a name; family AF_UNSPEC, AF_INET or AF_INET6. 0, or -1
 * with errno. */
int resolver_start(struct resolver *r, const char *host, int family,
    int64_t deadline_us);

/* The answer: NULL and *addr set, or why there is none. Call when fd is
 * readable or the deadline has passed; nothing is under way afterwards. */
const char *resolver_finish(struct resolver *r, struct sockaddr_storage *addr);

#endif

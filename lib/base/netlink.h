/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the kernel's routing socket and their answers, with a deadline.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <stddef.h>
#include <stdint.h>

#define NETLINK_ANSWER 16384 /* an eight-tin CAKE takes 2 kB */
#define NETLINK_REASON 128

struct netlink {
	int fd;       /* -1: not open */
	uint32_t seq; /* of the next request */
	/* The kernel's words beside errno; "" if none. */
	char reason[NETLINK_REASON];
	_Alignas(8) unsigned char answer[NETLINK_ANSWER];
};

/* 0, or -1 with errno. */
int netlink_open(struct netlink *n);
void netlink_close(struct netlink *n);

/* Sends a request whose sequence is n->seq and waits for its answer or
 * acknowledgement, at most timeout_us. The length of the message in
 * n->answer, 0 for an acknowledgement, -1 with errno (ETIMEDOUT: none came). */
long netlink_ask(struct netlink *n, const unsigned char *request, size_t len,
    int64_t timeout_us);

/* The same for a request with NLM_F_DUMP: hands over each message of the
 * answer, whole. 0, or -1 with errno. */
int netlink_dump(struct netlink *n, const unsigned char *request, size_t len,
    int64_t timeout_us,
    void (*take)(void *user, const unsigned char *message, size_t len),
    void *user);

#endif

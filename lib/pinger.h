/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probes by ICMP echo: sockets, kernel time stamps, probes in flight, the
 * schedule.
 *
 * Each target is probed once an interval; the targets are spread evenly over
 * it, each probe up to a tenth of its share earlier or later so that nothing
 * locks to another periodic process. What was missed is skipped, never caught
 * up with a burst.
 *
 * The round trip is taken between kernel stamps, so a busy machine does not
 * look like a slow line: from the driver's send stamp (else our clock before
 * the send) to the receive stamp. They are of the wall clock; a probe during
 * which that was set has no round trip.
 *
 * The caller waits with pinger_descriptors() until pinger_due_us() and calls
 * pinger_work(), which hands every finished probe to its callback.
 */
#ifndef PINGER_H
#define PINGER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "messages.h"

#define PINGER_TARGETS 32
#define PINGER_FLIGHT 1024 /* 32 targets, 5 a second each, for 6 s */
#define PINGER_SOCKETS 2   /* IPv4 and IPv6 */

struct pinger_options {
	bool v4, v6; /* families to open sockets for */
	int64_t interval_us, timeout_us;
	const char *device; /* NULL: not bound */
	const char *source; /* numeric address, NULL: not bound */
	uint32_t mark;      /* 0: none */
};

struct pinger_target {
	struct sockaddr_storage addr; /* ss_family 0: no address yet */
	char host[HOST_MAX];          /* numeric */
	int64_t seq;                  /* of the next probe */
	int64_t left;                 /* probes still to send; -1: for ever */
	int64_t due_us;               /* monotonic */
	int64_t slot_us; /* where in the interval it is, without the jitter */
	bool waiting;    /* for its address: nothing is due yet */
};

struct pinger_probe {
	uint64_t token;                     /* 0: free */
	int64_t seq, sent_us;               /* monotonic */
	int64_t sent_ns, sched_ns, xmit_ns; /* wall clock; 0: no stamp */
	int64_t received_ns; /* answered, and waits for its send stamp */
	int64_t wall_us;     /* wall clock minus monotonic when it was sent */
	uint16_t target;
	bool lost; /* said to be lost; an answer is late now */
};

struct pinger_socket {
	int fd; /* -1: not open */
	bool raw;
	uint16_t id;
	uint16_t seq;    /* of the next packet: index into flight */
	uint32_t stamps; /* datagrams sent: what the kernel numbers stamps by */
	uint16_t stamped[PINGER_FLIGHT]; /* stamp number -> packet */
};

/* A finished probe: `rtt` without t_us, wan and name. */
typedef void pinger_done(void *user, size_t target, const struct rtt *rtt);

struct pinger {
	struct pinger_options options;
	struct pinger_socket socket[PINGER_SOCKETS];
	struct pinger_target target[PINGER_TARGETS];
	size_t targets;
	struct pinger_probe flight[PINGER_FLIGHT];
	uint16_t flights; /* how many of them are used: a power of 2 */
	pinger_done *done;
	void *user;
	uint64_t random;
	int64_t duplicates, aliens; /* replies that were ignored */
	int trouble; /* errno of the last send, 0 if it went out */
	int64_t start_us;
};

/* Opens sockets as the options say: an unprivileged ICMP socket where the
 * system allows it, else a raw one. NULL, or what failed, with errno.
 * Afterwards no capability is needed. */
const char *pinger_open(struct pinger *p, const struct pinger_options *options,
    pinger_done *done, void *user);

/* Adds a target that gets `count` probes (-1: for ever), called `host` until it
 * has an address; false if there is no room. It waits for pinger_address or
 * pinger_no_address, which put it into the schedule: without an address its
 * probes are lost when they are due. */
bool pinger_add(struct pinger *p, const char *host, int64_t count);
void pinger_address(struct pinger *p, size_t target,
    const struct sockaddr *addr, int64_t now_us);
void pinger_no_address(struct pinger *p, size_t target, int64_t now_us);

/* When the first interval begins; before any address is given. */
void pinger_start(struct pinger *p, int64_t now_us);

/* For ppoll(2). */
size_t pinger_descriptors(const struct pinger *p,
    struct pollfd fds[static PINGER_SOCKETS]);

/* When pinger_work has something to do even without input; INT64_MAX when all
 * probes are sent and answered or given up. Monotonic. */
int64_t pinger_due_us(const struct pinger *p);

/* Reads stamps and replies, gives up what is late, sends what is due. */
void pinger_work(struct pinger *p, int64_t now_us);

void pinger_close(struct pinger *p);

#endif

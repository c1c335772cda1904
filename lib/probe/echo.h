/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket for ICMP echo of one family, for ICMP time stamp requests, or for
 * STAMP over UDP, with the kernel's time stamps.
 *
 * The system's unprivileged ICMP sockets (icmp(7), ping_group_range) are tried
 * first, then a raw one, which takes CAP_NET_RAW; on that a filter in the
 * kernel lets only answers to this process through. Time stamp requests (type
 * 13) take a raw one, STAMP an ordinary one. Once it is open, no capability is
 * needed.
 *
 * Time stamps, all of CLOCK_REALTIME:
 *
 *	queued	the packet entered the queue of the device (TX_SCHED)
 *	left	it was given to the device (TX_SOFTWARE)
 *	stamp	the answer came in
 *
 * Stamps of sending come through the socket's error queue, as ICMP errors do.
 */
#ifndef ECHO_H
#define ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "probe/egress.h"
#include "probe/icmp.h"
#include "probe/stamps.h"

enum echo_kind { ECHO_PLAIN, ECHO_STAMPS, ECHO_STAMP_UDP };

struct echo {
	int fd; /* -1: not open */
	int family;
	enum echo_kind kind;
	uint16_t port; /* of ECHO_STAMP_UDP, the reflectors' */
	bool raw;
	bool sends_stamps; /* stamps of sending were asked for */
	uint16_t id;     /* in our requests; the kernel's on its own sockets */
	unsigned device; /* index of the device that it is bound to; 0: none */
	bool away;       /* ... but should be: nothing is sent until then */
	uint32_t key;    /* the next packet's in stamps of sending */
};

/* Opens it, AF_INET or AF_INET6; ECHO_STAMPS only AF_INET. `id` is a random
 * number; of ECHO_STAMP_UDP it is the reflectors' port. */
enum egress_step echo_open(struct echo *e, int family, enum echo_kind kind,
    const struct egress *egress, uint16_t id);
void echo_close(struct echo *e);

/* One that is away, whose device is there now. */
enum egress_step echo_bind(struct echo *e, const struct egress *egress);

/* Sends a request; never waits. *key is what its stamps will carry. 0, or -1
 * with errno, ENODEV for one that is away. */
int echo_send(struct echo *e, const union address *to, uint16_t seq,
    uint64_t token, uint32_t *key);

/* An answer. */
struct echo_reply {
	union address from;
	struct icmp_echo echo;     /* of STAMP, sequence number and token */
	struct stamps_exact exact; /* of STAMP */
	int64_t stamp_ns;          /* 0: the kernel gave none */
	const char *why;           /* NULL, or why it is not a reply */
};

/* One packet. 1; 0 if there is none; -1 with errno. */
int echo_receive(struct echo *e, struct echo_reply *reply);

/* An entry of the socket's error queue. */
struct echo_event {
	enum { ECHO_QUEUED, ECHO_LEFT, ECHO_ERROR } what;
	int64_t stamp_ns;
	uint32_t key;
	int error;             /* of ECHO_ERROR, errno */
	struct icmp_echo echo; /* of ECHO_ERROR, the request that it is about */
};
#define ECHO_EVENTS 4

/* Up to ECHO_EVENTS of them at once; *more when there may be others. Returns
 * how many. */
int echo_events(struct echo *e, struct echo_event events[static ECHO_EVENTS],
    bool *more);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP socket that connects again and again, to measure how long that takes.
 *
 * An answer is one, whether it accepts or refuses. The time to an acceptance is
 * the kernel's own (TCP_INFO), so a busy machine does not make it longer; that
 * to a refusal is only known to the caller, who sent and reads.
 *
 * One connection at a time. It is never used: once established it is reset,
 * so that neither end keeps anything of it. The socket remains, bound to its
 * device, source address and mark; so after the start no capability is needed
 * and no descriptor is opened.
 */
#ifndef CONNECTOR_H
#define CONNECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "probe/egress.h"

struct connector {
	int fd;          /* -1: not open */
	unsigned device; /* index of the device that it is bound to; 0: none */
	bool away; /* it should be bound to one: nothing is sent until then */
	bool pending;
};

enum egress_step connector_open(struct connector *c, int family,
    const struct egress *egress);
void connector_close(struct connector *c);

/* One that is away, whose device is there now. */
enum egress_step connector_bind(struct connector *c, int family,
    const struct egress *egress);

/* Begins a connection; never waits. 0, or -1 with errno, ENODEV for one that is
 * away. There may be a result
 * at once. */
int connector_start(struct connector *c, const union address *to, int port);

enum connector_got {
	CONNECTOR_PENDING,
	CONNECTOR_ACCEPTED, /* *us is the round trip; 0: the kernel is silent */
	CONNECTOR_REFUSED,
	CONNECTOR_FAILED, /* errno: nobody will answer */
};

/* The connection's fate. With a result, it is over. */
enum connector_got connector_finish(struct connector *c, int64_t *us);

/* Gives it up. */
void connector_abandon(struct connector *c);

#endif

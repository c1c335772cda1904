/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP connection to a name or address by a deadline, without Nagle's delay,
 * not blocking. The deadline is for all of it: the name, which is resolved in
 * a process of its own (see resolver.h), and each of its addresses. One that
 * has not answered after TCP_NEXT_US is no longer waited for alone; the next
 * one is tried beside it, as RFC 8305 has it.
 */
#ifndef TCP_H
#define TCP_H

#include <stdint.h>

#include "base/failure.h"

#define TCP_NEXT_US 250000 /* RFC 8305, 5: Connection Attempt Delay */

/* The socket, or -1 and *why is FAILURE_TIMEOUT, FAILURE_REFUSED or
 * FAILURE_UNREACHABLE, and *detail has the words for people, until the next
 * call of the C library. */
int tcp_connect(const char *address, int port, int64_t deadline_us,
    enum failure *why, const char **detail);

#endif

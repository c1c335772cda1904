/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TCP connection to a name or address by a deadline, without Nagle's
 * delay, not blocking. */
#ifndef TCP_H
#define TCP_H

#include <stdint.h>

/* The socket, or -1 and *why is "timeout", "refused" or "unreachable". */
int tcp_connect(const char *address, int port, int64_t deadline_us,
    const char **why);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words to the service manager, sd_notify(3): "READY=1", "WATCHDOG=1",
 * "STOPPING=1". One datagram to $NOTIFY_SOCKET; the protocol is the interface,
 * so no library is needed for it.
 *
 * A manager may listen to the first process of a service alone (NotifyAccess=
 * main). That one can pass on what another says, and only that other one.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <sys/types.h>
#include <sys/un.h>

#define NOTIFY_MAX 512 /* of one message */

/* Does nothing without $NOTIFY_SOCKET. 0, or -1 with errno. */
int notify(const char *state);

struct notify_relay {
	int fd; /* to be read; wait for POLLIN. -1: there is no manager */
	char manager[sizeof((struct sockaddr_un){ 0 }.sun_path)];
};

/* Takes the manager's place in $NOTIFY_SOCKET, for what is started from now on.
 * 0, or -1 with errno. */
int notify_relay_open(struct notify_relay *r);

/* Passes on all that the process has said by now; what others say is ignored.
 * Never waits. */
void notify_relay_pass(const struct notify_relay *r, pid_t from);

#endif

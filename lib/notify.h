/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words to the service manager, sd_notify(3): "READY=1", "WATCHDOG=1",
 * "STOPPING=1". One datagram to $NOTIFY_SOCKET; the protocol is the interface,
 * so no library is needed for it.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/* Does nothing without $NOTIFY_SOCKET. 0, or -1 with errno. */
int notify(const char *state);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up what was only needed to open sockets.
 */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

/* Drops all capabilities, also those that a program started later could get,
 * for this process and its children. The user id stays. 0, or -1 with
 * errno. */
int privilege_drop(void);

#endif

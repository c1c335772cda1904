/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving privilege away, for good. What is open stays open.
 */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <stdint.h>

/* For the set below. */
#define PRIVILEGE_NONE 0
#define PRIVILEGE_FILES (UINT64_C(1) << 1)      /* root's: files of any user */
#define PRIVILEGE_NET_ADMIN (UINT64_C(1) << 12) /* shapers, routes, marks */
#define PRIVILEGE_NET_RAW (UINT64_C(1) << 13)   /* raw sockets, devices */

/* Of the capabilities that this process has, only those in the set are left,
 * for itself and for what it executes; nothing that is executed later can have
 * more, and the user is the real one if the file was set-uid. 0, or -1 with
 * errno. */
int privilege_keep(uint64_t set);

/* Of the capabilities that what is executed would be handed on, only those in
 * the set are. For who is not root, before it executes a program. */
void privilege_hand_on(uint64_t set);

/* No core file has the memory of this process, and no other process of the same
 * user can read it: for one that holds secrets. */
void privilege_hide(void);

#endif

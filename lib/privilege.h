/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving privilege away.
 */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

/* For good: no capability is left in any set, nothing that is executed later
 * can have one, and the user is the real one if the file was set-uid. What is
 * open stays open. 0, or -1 with errno. */
int privilege_drop(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits what this process and all that it starts can ask of the kernel, from
 * now on and for good: somebody who takes it over with a packet has no more
 * than that. Open descriptors stay open.
 *
 * The kernel does the work: Landlock (Linux 5.13) for files, landlock(7), and
 * seccomp(2) for calls, by libseccomp, which knows their numbers on each kind
 * of machine. A kernel may have neither, and a service manager may allow
 * neither; so these are a second wall and never the only one, and programs go
 * on without. A build with the address sanitizer, which reads and writes files
 * at its end, does nothing here.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>

enum confine_files {
	CONFINE_NONE, /* none can be opened, made, removed or executed */
	CONFINE_READ, /* reading is as before */
};

/* True if that is in force. */
bool confine_files(enum confine_files which);

/* Calls by their names, ended by NULL, beside those that every program makes
 * (memory that is not code, signals, the time, reading and writing what is
 * open, the end); any other fails with EPERM. "socket" is of the families in
 * the second list, ended by 0. True if that is in force. */
bool confine_calls(const char *const names[], const int families[]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that runs beside this one: argument vector, no shell, its output
 * in a pipe, and what it says on standard error, if that is wanted, in another.
 * It dies when this process does, however that happens.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_ARGUMENTS 128 /* with the NULL */
#define CHILD_COMMAND 1024  /* of a command that is split, with its NUL */

struct child {
	pid_t pid; /* 0: none */
	/* Its standard output and error, not blocking; -1: closed. */
	int out, err;
};

/* No child: for one that child_end may get before it was started. */
#define CHILD_NONE ((struct child){ 0, -1, -1 })

/* How one is joined to others. Of our descriptors it gets these, and what is
 * not closed when a program is executed. */
struct child_wiring {
	int in;       /* -1: /dev/null */
	int out, err; /* -1: ours */
	bool apart;   /* in a process group of its own */
	int farewell; /* the signal it gets when this process dies; 0: none */
	uint64_t privileges; /* which it may be handed on, see privilege.h */
};
#define CHILD_PRIVILEGES UINT64_MAX /* all that this process has */

/* Starts argv (ended by NULL, found through PATH). Its pid, or -1 with errno:
 * E2BIG for more arguments than CHILD_ARGUMENTS. */
pid_t child_spawn(const char *const argv[], const struct child_wiring *w);

/* Starts argv with standard input from /dev/null and standard error ours, or
 * with `apart` in a pipe, in a process group of its own. 0, or -1 with errno.
 */
int child_start(struct child *c, const char *const argv[], bool apart);

/* Its status (exit status, or 128 + signal), or -1 while it runs. What it wrote
 * can still be read, until child_end. */
int child_status(struct child *c);

/* Ends its whole group: by SIGTERM, and by SIGKILL when grace_us have passed.
 * Closes its pipes. Nothing for one that is not there. */
void child_end(struct child *c, int64_t grace_us);

/* Splits a command at blanks into buf and argv. NULL, or why not. */
const char *child_split(const char *command, char buf[static CHILD_COMMAND],
    const char *argv[static CHILD_ARGUMENTS]);

#endif

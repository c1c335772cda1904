/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program of the user's: argument vector, no shell, bounded output, a
 * deadline after which its whole process group is killed.
 */
#ifndef COPROCESS_H
#define COPROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

#define COPROCESS_DETAIL 256

/* Call once before the first run. Of this process's descriptors only the three
 * standard ones will be open in what it starts, whoever opened them. */
void coprocess_prepare(void);

/* Runs argv (ended by NULL, found through PATH) with standard input from
 * /dev/null and standard error ours. Its standard output until its end goes to
 * out, ended by NUL; what is too long is cut off. Its exit status (128 +
 * signal if it was killed), or -1 with errno: ETIMEDOUT when it took too long,
 * else it could not be started. */
int coprocess_run(const char *const argv[], char *out, size_t size,
    int64_t timeout_us);

/* A command as a configuration names it, a program and its arguments with
 * blanks between, with these words (ended by NULL) behind. */
struct coprocess_command {
	const char *text;
	const char *const *words;
	int64_t timeout_us;
	const char *limit; /* what people set that by: "timeout of [shaper]" */
};

/* Runs it as above. WORKED: it exited with 0. Else FAILURE_TIMEOUT or
 * FAILURE_FAILED, and in detail what happened, for people. */
enum failure coprocess_command(const struct coprocess_command *c, char *out,
    size_t size, char detail[static COPROCESS_DETAIL]);

#endif

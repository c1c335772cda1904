/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole lines to a descriptor that other programs may write to as well.
 *
 * Every write(2) carries whole lines and at most PIPE_BUF bytes, which a pipe
 * takes as one piece, so the lines of several producers never mix. A line is
 * kept back only while more input is waiting: call output_flush before every
 * wait.
 *
 * A reader that is stopped is waited for, until a signal asks to stop: if it
 * does not go on within OUTPUT_GRACE_MS then, the rest is dropped.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define OUTPUT_GRACE_MS 200 /* enough for a reader that is only slow */

struct output {
	int fd;
	const sigset_t *mask;                  /* NULL: nobody asks to stop */
	const volatile sig_atomic_t *stopping; /* set by a signal's handler */
	bool given_up;
	size_t len;
	char buf[PIPE_BUF];
};

void output_init(struct output *o, int fd);

/* Signals are blocked, but for waits, which let in those that `mask` does; a
 * handler sets *stopping. */
void output_stops(struct output *o, const sigset_t *mask,
    const volatile sig_atomic_t *stopping);

/* Adds a line of at most PIPE_BUF bytes that ends in LF. 0, or -1 with errno
 * of the write that made room. */
int output_line(struct output *o, const char *line, size_t len);

/* The same for a line whose LF is not there yet. */
int output_line_lf(struct output *o, const char *line, size_t len);

/* 0, or -1 with errno. */
int output_flush(struct output *o);

#endif

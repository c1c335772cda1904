/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole lines to a descriptor that other programs may write to as well.
 *
 * Every write(2) carries whole lines and at most PIPE_BUF bytes, which a pipe
 * takes as one piece, so the lines of several producers never mix. A line is
 * kept back only while more input is waiting: call output_flush before every
 * wait.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <limits.h>
#include <stddef.h>

struct output {
	int fd;
	size_t len;
	char buf[PIPE_BUF];
};

void output_init(struct output *o, int fd);

/* Adds a line of at most PIPE_BUF bytes that ends in LF. 0, or -1 with errno
 * of the write that made room. */
int output_line(struct output *o, const char *line, size_t len);

/* The same for a line whose LF is not there yet. */
int output_line_lf(struct output *o, const char *line, size_t len);

/* 0, or -1 with errno. */
int output_flush(struct output *o);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded lines from a descriptor, usable beside ppoll(2).
 *
 * A line that is too long is not delivered in part: it is skipped to its end
 * and reported once. A last line without its line feed was cut off and is
 * reported too, since a record without its end may be half a number.
 */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Room for many records in one read(2). */
#define LINES_SIZE 65536
#define LINES_MAX 4096 /* a longer line (with its LF) is refused */

enum lines_got {
	LINES_END, /* end of file */
	LINES_LINE,
	LINES_LONG,  /* a line over LINES_MAX was skipped */
	LINES_CUT,   /* the last line had no LF; it is dropped */
	LINES_EMPTY, /* nothing buffered now: call lines_fill when readable */
};

struct lines {
	int fd;
	size_t start, end;
	bool skipping, eof;
	char buf[LINES_SIZE];
};

void lines_init(struct lines *l, int fd);

/* The next buffered line without its LF, valid until the next lines_fill.
 * Never reads. LINES_EMPTY asks for lines_fill. */
enum lines_got lines_next(struct lines *l, const char **line, size_t *len);

/* Reads once; blocks if nothing is there. 1 more was read, or the end was
 * found, or the buffer is full of lines (lines_next tells), 0 with EINTR or
 * EAGAIN, -1 with errno. */
int lines_fill(struct lines *l);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last records of a line, in memory. They are cut where the programs told
 * what they know (the kind `memory`), so that a recording begins with that, and
 * is as long as is wanted or a little longer.
 */
#ifndef BLACKBOX_H
#define BLACKBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLACKBOX_PARTS 24
#define BLACKBOX_PIECES (2 * BLACKBOX_PARTS + 2)

struct blackbox {
	int64_t window_us; /* set by the caller */
	size_t room;       /* bytes at most, set by the caller */

	struct blackbox_piece {
		int64_t t_us; /* when it begins */
		char *text;   /* malloc(3) */
		size_t len, size;
	} piece[BLACKBOX_PIECES]; /* the oldest first */
	size_t pieces;
	size_t len;     /* of all */
	bool is_short;  /* some that were within window_us had no room */
	bool beginning; /* of the oldest piece is where one may begin */
};

/* From here on it could be decided anew: a piece begins, unless the last one
 * has less than a BLACKBOX_PARTS-th of the window and of the room. Pieces that
 * are older than is wanted go. */
void blackbox_cut(struct blackbox *b, int64_t t_us);

/* A line, without its LF. */
void blackbox_add(struct blackbox *b, const char *line, size_t len);

/* All there is. 0, or -1 with errno. */
int blackbox_write(const struct blackbox *b, int fd);

void blackbox_free(struct blackbox *b);

#endif

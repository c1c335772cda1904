/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines from a pipe to a reader that may be slow or stopped. Whoever writes
 * into the pipe is never held up by that reader: lines that find no room are
 * dropped, whole, the oldest first, so that the reader goes on with the newest.
 *
 * Nothing here waits: the caller polls `in` for input, and `out` for room while
 * relay_waits.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_MAX                                                  \
	65536 /* bytes kept for the reader, as much as a pipe does \
	       */

struct relay {
	int in, out;
	bool ended; /* the input */
	bool begun; /* a line of which the reader has the first part */
	size_t len;
	int64_t dropped; /* lines */
	char buf[RELAY_MAX];
};

enum relay_state {
	RELAY_OPEN,
	RELAY_END,    /* of the input; what the reader took not is dropped */
	RELAY_GONE,   /* nobody reads any more */
	RELAY_FAILED, /* errno */
};

/* `in` is set to be non-blocking and is the relay's, `out` stays the caller's.
 */
void relay_init(struct relay *r, int in, int out);

/* From now on to this descriptor; the rest of a line that was begun is dropped.
 */
void relay_to(struct relay *r, int out);

/* Reads and writes what goes without waiting. */
enum relay_state relay_move(struct relay *r);

/* Something is kept until the reader has room. */
bool relay_waits(const struct relay *r);

void relay_close(struct relay *r);

#endif

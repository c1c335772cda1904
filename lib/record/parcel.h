/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text of several lines as records of the kind `memory`, one after the other,
 * and back: a stream of records carries it, and no program takes its lines for
 * records of its own. A blank is a comma there, and the end of a line a
 * semicolon: neither is in a record otherwise.
 */
#ifndef PARCEL_H
#define PARCEL_H

#include "record/messages.h"

#define PARCEL_MAX 20000 /* of the text with its NUL */

/* Fills in text, part and of: the part-th of them, from 1. False if there is no
 * such part, or the text cannot be one. */
bool parcel_part(const char *text, int64_t part, struct memory *out);

/* Zero-initialised has nothing. */
struct parcel {
	char text[PARCEL_MAX];
	size_t len;
	int64_t parts; /* taken so far; 0: none is missing */
};

enum parcel_got {
	PARCEL_MORE,  /* is to come */
	PARCEL_WHOLE, /* text is all of it */
	PARCEL_BAD,   /* a part is missing, or there is too much: dropped */
};

/* The first part begins anew. */
enum parcel_got parcel_take(struct parcel *p, const struct memory *m);

#endif

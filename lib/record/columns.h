/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of records in columns, for awk, sqlite and plotters:
 *
 *	rate:t,bps,delta_us		of each rate record, three columns
 *	rate:dir=up,t,bps		of those of the upload, two
 *
 * Columns are separated by tabs; an absent value is an empty one. Pure.
 */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "record/record.h"

#define COLUMNS_MAX RECORD_FIELDS

/* Borrows the text that it was parsed from. */
struct columns {
	struct slice kind;
	struct {
		struct slice key, value; /* value.at NULL: it is a column */
	} field[COLUMNS_MAX];
	size_t fields;
};

/* NULL, or why not. */
const char *columns_parse(struct columns *c, const char *text);

/* Writes the columns of a record as a line with LF and NUL, or of no record the
 * names of the columns, and returns its length; 0: it is not one of those. */
#define COLUMNS_LINE (RECORD_MAX + COLUMNS_MAX + 2)
size_t columns_write(char out[static COLUMNS_LINE], const struct columns *c,
    const struct record *r);

#endif

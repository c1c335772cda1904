/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes keys in the text of a configuration, and leaves the rest of it as it
 * is: its order, its comments, its blank lines.
 *
 * A key that is there gets its new value in its place; all of its lines give
 * way to all changes of it. One that is not goes to
 * the end of its section, and a section that is not there to the end of the
 * text. Comments right before a key are replaced when the change has one of its
 * own, and go with a key that is taken away.
 *
 * Pure. Nothing is checked: whether the result is a configuration is for
 * confload.h to say.
 */
#ifndef CONF_EDIT_H
#define CONF_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "conf/settings.h"

struct conf_change {
	const char *section, *key;
	const char *value;   /* "": the key is taken away */
	const char *comment; /* goes before it, a # to each line; NULL: none */
	bool done;           /* for conf_edit */
};

/* The text of a new file with the keys that were given, which have a line. */
void conf_given(const struct settings *s, struct text *out);

/* out->full: there was no room. */
void conf_edit(struct text *out, const char *text, struct conf_change changes[],
    size_t count);

#endif

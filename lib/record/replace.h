/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of the user's, replaced: written beside it, synced, the old one kept
 * under another name, and the new one put into place by one rename.
 *
 * All give 0, or -1 with errno and `failed`, the path that it is about.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include <stdbool.h>

#include "record/store.h"

struct replace {
	char path[STORE_PATH_MAX];         /* the file; of a link, its target */
	char new_path[STORE_PATH_MAX + 8]; /* path.new */
	char old_path[STORE_PATH_MAX + 16]; /* path.old, path.old.2, ... */
	const char *failed;
};

/* Writes the text to new_path, with the mode and owner of the file that is
 * there. */
int replace_write(struct replace *r, const char *path, const char *text);

/* Gives what is at path a second name, old_path. "" if there is nothing. */
int replace_keep(struct replace *r);

int replace_commit(struct replace *r);

#endif

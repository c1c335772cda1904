/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that hold secrets: one line, or a whole key.
 *
 * A file of the same name, without its directory, in $CREDENTIALS_DIRECTORY
 * (systemd's LoadCredential=) comes first. Other files are taken only if
 * nobody but their owner, who is us or root, can read them. The caller wipes
 * what was read, with secret_wipe, as soon as it was used.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stddef.h>

/* The whole file, ended by NUL. NULL, or why not. */
const char *secret_read(const char *path, char *out, size_t size);

/* The first line, without its end. */
const char *secret_line(const char *path, char *out, size_t size);

void secret_wipe(void *secret, size_t size);

#endif

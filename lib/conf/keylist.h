/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration of another program as a flat list: of each value its key, or
 * the path of keys to it, "a.b.c", and the line that it is on. yamlist.h,
 * shvars.h and ucilist.h make one of a file.
 */
#ifndef KEYLIST_H
#define KEYLIST_H

#include <stddef.h>

#define KEYLIST_ITEMS 512
#define KEYLIST_PATH_MAX 128
#define KEYLIST_VALUE_MAX 192
#define KEYLIST_WHY_MAX 160

struct keylist_item {
	char path[KEYLIST_PATH_MAX], value[KEYLIST_VALUE_MAX]; /* printable */
	int line;
	const char *refused; /* why it cannot be read; NULL: it can */
};

struct keylist {
	struct keylist_item item[KEYLIST_ITEMS];
	size_t items;
	int line;                  /* of the fault */
	char why[KEYLIST_WHY_MAX]; /* the fault, printable */
};

void keylist_clear(struct keylist *l);

/* Adds one. NULL, or why not. */
const char *keylist_add(struct keylist *l, int line, const char *path,
    const char *value, size_t len);

/* Adds a text that cannot be read, as much of it as there is room for. path is
 * that of the value that stands in it, or "". */
const char *keylist_refuse(struct keylist *l, int line, const char *path,
    const char *text, size_t len, const char *why);

/* The file is none of its kind. -1. */
int keylist_fail(struct keylist *l, int line, const char *why);

#endif

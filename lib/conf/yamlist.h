/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML file as a flat list, read with libyaml: for each scalar the path of
 * keys to it, "a.b.c", with an index for each item of a list, "hosts.0".
 * Aliases and more than one document are refused, since a list of them could
 * be endless; so is what is too deep, too long or too much.
 */
#ifndef YAMLIST_H
#define YAMLIST_H

#include <stddef.h>

#define YAMLIST_ITEMS 512
#define YAMLIST_PATH_MAX 128
#define YAMLIST_VALUE_MAX 192
#define YAMLIST_DEPTH 8
#define YAMLIST_WHY_MAX 160

struct yamlist_item {
	char path[YAMLIST_PATH_MAX], value[YAMLIST_VALUE_MAX]; /* printable */
	int line;
};

struct yamlist {
	struct yamlist_item item[YAMLIST_ITEMS];
	size_t items;
	int line;                  /* of the fault */
	char why[YAMLIST_WHY_MAX]; /* the fault, printable */
};

/* 0, or -1: why and line say what is wrong. */
int yamlist_parse(struct yamlist *l, const char *text, size_t len);

#endif

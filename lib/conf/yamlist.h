/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML file as a flat list, read with libyaml: for each scalar the path of
 * keys to it, "a.b.c", with an index for each item of a list, "hosts.0".
 * Aliases and more than one document are refused, since a list of them could
 * be endless; so is what is too deep, too long or too much.
 */
#ifndef YAMLIST_H
#define YAMLIST_H

#include "conf/keylist.h"

#define YAMLIST_DEPTH 8

/* 0, or -1: why and line say what is wrong. */
int yamlist_parse(struct keylist *l, const char *text, size_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The assignments of a shell file as a list of keys. The file is read as text,
 * and never run:
 *
 *	name=word  name="words"  export name='words'  # comment
 *	name=(word "words" ...)		over lines; keys name.0, name.1, ...
 *	name=$((0x300))			a number
 *
 * All else takes a shell: a line of it is refused, and the next one is read.
 */
#ifndef SHVARS_H
#define SHVARS_H

#include "conf/keylist.h"

/* 0, or -1: why and line say what is wrong. */
int shvars_parse(struct keylist *l, const char *text, size_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a state: records, of which the first says whose they are.
 *
 *	state v=1 program=wanctl-assess wan=cable
 *	... what outlives a reboot
 *	live
 *	... what is worth nothing after one
 *
 * store.h keeps such texts in files; wanctl-records(5) has their kinds. Kinds
 * that a program does not know are ignored: a later version wrote them.
 */
#ifndef STATEFILE_H
#define STATEFILE_H

#include "base/text.h"
#include "record/messages.h"

/* Appends the head, a record of a kind, and the line "live". */
void statefile_begin(struct text *t, const char *program, const char *wan);
void statefile_add(struct text *t, const struct message_kind *kind,
    const void *line);
void statefile_live(struct text *t);

/* Takes a record of a state. NULL, or why it cannot. */
typedef const char *statefile_take(void *to, const struct record *line);

/* Gives each record of the text to take(). NULL, or why not: what take()
 * answered, or what is wrong with the text. Records before that one have been
 * taken. */
const char *statefile_each(const char *text, statefile_take *take, void *to);

/* The same for the records after the head, which must be of this program and
 * line. */
const char *statefile_read(const char *text, const char *program,
    const char *wan, statefile_take *take, void *to);

/* Fills *line, which has room for each of the kinds (ended by NULL). The kind
 * of the record; or NULL, and *why says what is wrong with it, or is NULL for a
 * record of another kind. */
const struct message_kind *
statefile_unpack(const struct message_kind *const kinds[], void *line,
    const struct record *r, const char **why);

/* The kinds of the head and of "live". */
extern const struct message_kind statefile_head, statefile_live_kind;

#endif

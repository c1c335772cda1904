/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A state file that is whole at every instant, and one owner for it.
 *
 * The text is records: a first line "state v=1 program=... wan=...", lines of
 * the program's own, and a last line "end lines=N crc=C" (CRC-32 of all bytes
 * before that line) that this module writes and checks. It is written to a
 * temporary file in the same directory, synced, renamed, and the directory
 * synced; the version before is kept as PATH.backup. A file that fails the
 * check is kept as PATH.corrupt and the backup is used. So the process may be
 * killed, or the disk fill up, at any moment.
 *
 * PATH.lock is locked with flock(2) while the store is open; it carries the
 * owner's pid and program so that a second one can say who holds it. The
 * kernel lets go of the lock when the owner dies, however it dies.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_MAX 16384 /* bytes of a state file */
#define STORE_PATH_MAX 512
#define STORE_OWNER_MAX 64

struct store {
	char path[STORE_PATH_MAX];
	int lock_fd;
	char owner[STORE_OWNER_MAX]; /* who holds the lock, when it is busy */
	int64_t saved_us;            /* monotonic time of the last save */
	uint32_t saved_crc;          /* of the text as it is on the disk */
	bool known;                  /* saved_crc says something */
};

enum store_found {
	STORE_NONE, /* no file yet: begin with defaults */
	STORE_LOADED,
	STORE_BACKUP, /* the file was corrupt or missing, its backup was used */
	STORE_LOST,   /* nothing usable; begin with defaults */
};

/* Takes the lock. 0, or -1 with errno; EWOULDBLOCK: s->owner holds it. */
int store_open(struct store *s, const char *path, const char *program);

/* Reads the text without its last line into text[], ended by NUL. What was
 * found, or -1 with errno of the system. */
int store_load(struct store *s, char text[static STORE_MAX]);

/* Writes the text (whole lines, without the last one) if it differs from what
 * is on the disk and min_us have passed since the last write; now_us is
 * monotonic. min_us = 0 writes at once. 0, or -1 with errno: then what was on
 * the disk before is still there. */
int store_save(struct store *s, const char *text, int64_t now_us,
    int64_t min_us);

/* Lets go of the lock. */
void store_close(struct store *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State files that are whole at every instant, and one owner for them.
 *
 * The text is records: a first line "state v=1 program=... wan=...", lines of
 * the program's own, and a last line "end lines=N crc=C" (CRC-32 of all bytes
 * before that line) that this module writes and checks.
 *
 * There are up to two files. STATE outlives a reboot: written to a temporary
 * file in its directory, synced, renamed, the directory synced, the version
 * before kept as STATE.backup, seldom, for the sake of flash memory. A STATE
 * that fails its check is kept as STATE.corrupt and the backup is used. LIVE
 * is in the run-time directory, which is memory: renamed into place too, at
 * most once a second and at the end, and is what wanctl status and the next
 * pass read. So the process may be killed, or the disk fill up, at any moment.
 *
 * In the text, a line "live" begins the part that is worth nothing after a
 * reboot: with a LIVE it is left out of STATE, which then is not written just
 * because a moving average moved.
 *
 * STATE.lock and LIVE.lock are locked with flock(2) while the store is open;
 * they carry the owner's pid and program so that a second one can say who
 * holds them. The kernel lets go of them however the owner dies.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STORE_MAX 32768 /* bytes of a state file */
#define STORE_PATH_MAX 512
#define STORE_OWNER_MAX 64
#define STORE_LIVE_US 1000000 /* least time between two writes of LIVE */

struct store {
	char path[STORE_PATH_MAX], live[STORE_PATH_MAX]; /* "" if none */
	char lock_name[STORE_PATH_MAX]; /* of one that is not a lock */
	int lock_fd[2];                 /* of STATE and LIVE; -1: none */
	char owner[STORE_OWNER_MAX]; /* who holds the lock, when it is busy */
	int64_t saved_us, live_us;   /* monotonic time of the last writes */
	uint32_t saved_crc;          /* of the text in STATE */
	bool known;                  /* saved_crc says something */
	const char *failed;          /* the path that the last -1 is about */
	int refused; /* how many sources the caller has refused */
};

enum store_found {
	STORE_NONE, /* nothing yet: begin with defaults */
	STORE_LOADED,
	STORE_BACKUP, /* STATE was corrupt or missing, its backup was used */
	STORE_LOST,   /* STATE was corrupt and no backup: begin with defaults */
};

/* Takes the lock; path and live may each be NULL. 0, or -1 with errno;
 * EWOULDBLOCK: s->owner holds it. */
int store_open(struct store *s, const char *path, const char *live,
    const char *program);

/* Reads the text without its last line into text[], ended by NUL: LIVE if
 * there is a whole one, else STATE. What was found, or -1 with errno. */
int store_load(struct store *s, char text[static STORE_MAX]);

/* The text that was loaded means nothing to the caller: the next store_load
 * gives the next source. A STATE that was refused is kept as STATE.corrupt. */
void store_refuse(struct store *s);

/* Writes the text (whole lines, without the last one) where it is due: LIVE
 * after a second, STATE when it changed and min_us have passed since the last
 * write, by this or an earlier process. now_us is monotonic. `final` writes
 * LIVE at once, and STATE too if there is no LIVE. 0, or -1 with errno: then
 * what was on the disk before is still there. */
int store_save(struct store *s, const char *text, int64_t now_us,
    int64_t min_us, bool final);

/* True when store_save would write something: saves composing the text. */
bool store_due(const struct store *s, int64_t now_us, int64_t min_us);

/* Files in a directory that somebody with fewer rights owns: no link is
 * followed, nothing is waited for, and only a regular file is opened. They give
 * a descriptor, or -1 with errno, for which store_reason has the words: ELOOP
 * for a symbolic link, ENXIO for what is not a file. The second makes a new
 * file, in place of any that is there. */
int store_open_file(const char *path, int flags, mode_t mode);
int store_new_file(const char *path, mode_t mode);

/* All of it, however often a signal interrupts that; 0, or -1
 * with errno. */
int store_write(int fd, const char *s, size_t len);
const char *store_reason(int error);

/* After a rename to path: the name is on the disk, too. 0, or -1 with errno. */
int store_sync_directory(const char *path);

/* Lets go of the lock. */
void store_close(struct store *s);

#endif

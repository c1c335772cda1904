/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time of records, t: microseconds since the epoch, one time line for all
 * programs of a boot. It is CLOCK_BOOTTIME plus an offset that the first
 * program noted in the file DIR/.boot/epoch; the others read it there. So t is
 * readable, and has no step inside a run or between programs, whatever is done
 * to the wall clock.
 *
 * A machine without a hardware clock boots with a wrong one, which is put right
 * once the network is there. Until the kernel says that a server keeps the
 * clock (adjtimex(2), or what systemd-timesyncd leaves where that call is not
 * allowed), the offset is for the time being. Programs look at it every
 * TIMELINE_LOOK_US; the first one that finds the clock kept notes the right
 * offset, if the old one was off by TIMELINE_OFF_US, and from then on it stays.
 * A boot has one such step at most.
 *
 * Where the file can be neither read nor made, the time line is that of this
 * program alone, from its start.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_LOOK_US 10000000 /* seldom, as it takes system calls */
#define TIMELINE_OFF_US 1000000   /* less is not worth a step */

struct timeline {
	int64_t offset_us; /* record time minus CLOCK_BOOTTIME */
	int64_t look_us; /* CLOCK_BOOTTIME of the next look; INT64_MAX: none */
	int fd;          /* the file, as long as there is a next look */
};

/* The file's content. */
struct timeline_epoch {
	int64_t offset_us;
	bool kept; /* noted while a server kept the clock: for good */
};

/* DIR is made if it is not there, and so is the file, in a directory of the
 * user's own. Nothing that somebody else could have put in the way is followed
 * or written. */
void timeline_start(struct timeline *t, const char *dir);
int64_t timeline_now(struct timeline *t); /* record time */

/* The file's next content, from its content and the wall clock minus
 * CLOCK_BOOTTIME, which is kept or not. */
struct timeline_epoch timeline_renewed(struct timeline_epoch noted,
    int64_t offset_us, bool kept);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/timeline.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "record/record.h"

#define PLACE ".boot" /* no name of a WAN begins with a dot */
#define FILE_NAME "epoch"
#define OFFSET_MOST ((int64_t)1 << 53) /* as of t */
#define BOOT_MAX 40                    /* an identifier of 36, and its NUL */
#define LINE_MAX 160

/* --- what is known of this boot ------------------------------------------- */

/* Whether a server keeps the wall clock. */
static bool
is_kept(void)
{
	struct timex t = { 0 };
	int state = adjtimex(&t);

	if (state == -1)
		return access("/run/systemd/timesync/synchronized", F_OK) == 0;
	return state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

/* Its identifier, "unknown" where /proc does not show it. */
static void
read_boot(char boot[static BOOT_MAX])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, boot, BOOT_MAX - 1);

	if (fd != -1)
		(void)close(fd);
	boot[n > 0 ? n : 0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	if (boot[0] == '\0')
		(void)snprintf(boot, BOOT_MAX, "unknown");
}

/* --- the file ---------------------------------------------------------- */

/* One line that is always as long, so that a new one covers the old one. Who
 * reads while it is written sees two offsets that differ. */
static int
write_epoch(int fd, struct timeline_epoch e, const char *boot)
{
	char line[LINE_MAX];
	int len = snprintf(line, sizeof line,
	    "epoch offset_us=%020" PRId64
	    " kept=%d boot=%s again_us=%020" PRId64 "\n",
	    e.offset_us, e.kept, boot, e.offset_us);

	return pwrite(fd, line, (size_t)len, 0) == len ? 0 : -1;
}

static bool
get_number(const struct record *r, const char *key, int64_t most, int64_t *out)
{
	struct slice s = record_get(r, key);

	return s.at != NULL &&
	    number_int(s.at, s.len, -most, most, out) == NULL;
}

/* Another boot's file says nothing; where this one's identifier is hidden, the
 * file is in memory. */
static bool
read_epoch(int fd, const char *boot, struct timeline_epoch *e)
{
	char line[LINE_MAX];
	ssize_t n = pread(fd, line, sizeof line, 0);
	int64_t kept, again_us;
	struct record r;
	struct slice s;

	if (n < 1 || line[n - 1] != '\n' ||
	    record_parse(&r, line, (size_t)n - 1) != NULL ||
	    !slice_is(r.kind, "epoch") ||
	    !get_number(&r, "offset_us", OFFSET_MOST, &e->offset_us) ||
	    !get_number(&r, "again_us", OFFSET_MOST, &again_us) ||
	    !get_number(&r, "kept", 1, &kept) || again_us != e->offset_us)
		return false;
	e->kept = kept == 1;
	s = record_get(&r, "boot");
	return slice_is(s, boot) || slice_is(s, "unknown") ||
	    strcmp(boot, "unknown") == 0;
}

static bool
is_owned_by(int fd, uid_t a, uid_t b)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_uid == a || st.st_uid == b);
}

/* Whatever the umask of whoever comes first: others share it. One that is there
 * stays as it is. */
static void
make_place(int at, const char *name)
{
	if (mkdirat(at, name, 0755) == 0)
		(void)!fchmodat(at, name, 0755, 0);
}

/* The directory of the file; -1: there is none. *ours: nobody but this user and
 * root can have put anything into it, or it somewhere else. */
static int
open_place(const char *dir, bool *ours)
{
	const uid_t me = geteuid();
	int top, place = -1;

	make_place(AT_FDCWD, dir);
	top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top == -1)
		return -1;
	*ours = is_owned_by(top, me, 0);
	if (is_owned_by(top, me, me))
		make_place(top, PLACE);
	place = openat(top, PLACE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)close(top);
	*ours = *ours && place != -1 && is_owned_by(place, me, me);
	return place;
}

/* Puts it there whole: beside one that is there, which stays, or in the place
 * of one of another boot. */
static void
make_file(int place, struct timeline_epoch e, const char *boot, bool replace)
{
	char name[32];
	int fd;

	(void)snprintf(name, sizeof name, FILE_NAME ".%d", (int)getpid());
	(void)unlinkat(place, name, 0);
	fd = openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1)
		return;
	(void)fchmod(fd, 0644);
	/* One that another program has just made stays, and is read. */
	if (write_epoch(fd, e, boot) == 0)
		(void)!(replace ? renameat(place, name, place, FILE_NAME) :
				  linkat(place, name, place, FILE_NAME, 0));
	(void)close(fd);
	(void)unlinkat(place, name, 0);
}

static int
open_file(int place, bool ours)
{
	const int how = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(place, FILE_NAME, (ours ? O_RDWR : O_RDONLY) | how);
	struct stat st;

	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* Reads the file in *e, or makes it what *e says. The descriptor, or -1. */
static int
share(int place, bool ours, const char *boot, struct timeline_epoch *e)
{
	struct timeline_epoch noted;
	int fd;

	for (int i = 0; i < 2; i++) {
		fd = open_file(place, ours);
		if (fd != -1 && read_epoch(fd, boot, &noted)) {
			*e = noted;
			return fd;
		}
		if (ours && i == 0)
			make_file(place, *e, boot, fd != -1);
		if (fd != -1)
			(void)close(fd);
	}
	return -1;
}

/* --- the time line ----------------------------------------------------- */

static int64_t
wall_offset(void)
{
	return clock_read(CLOCK_REALTIME) - clock_read(CLOCK_BOOTTIME);
}

struct timeline_epoch
timeline_renewed(struct timeline_epoch noted, int64_t offset_us, bool kept)
{
	int64_t off_us = offset_us - noted.offset_us;

	if (noted.kept || !kept)
		return noted;
	if (off_us >= TIMELINE_OFF_US || off_us <= -TIMELINE_OFF_US)
		noted.offset_us = offset_us;
	noted.kept = true;
	return noted;
}

/* Uses what the file says; corrects it, if it may, when it is time for that. */
static void
renew_offset(struct timeline *t, int64_t boottime_us)
{
	struct timeline_epoch noted, e;
	char boot[BOOT_MAX];

	t->look_us = boottime_us + TIMELINE_LOOK_US;
	read_boot(boot);
	if (!read_epoch(t->fd, boot, &noted))
		return;
	e = timeline_renewed(noted, wall_offset(), is_kept());
	if (e.kept && !noted.kept && write_epoch(t->fd, e, boot) == -1)
		e = noted;
	t->offset_us = e.offset_us;
	if (!e.kept)
		return;
	(void)close(t->fd);
	t->fd = -1;
	t->look_us = INT64_MAX;
}

void
timeline_start(struct timeline *t, const char *dir)
{
	struct timeline_epoch e = { wall_offset(), is_kept() };
	char boot[BOOT_MAX];
	bool ours = false;
	int place = open_place(dir, &ours);

	t->fd = -1;
	t->look_us = INT64_MAX;
	if (place != -1) {
		read_boot(boot);
		t->fd = share(place, ours, boot, &e);
		(void)close(place);
	}
	t->offset_us = e.offset_us;
	if (t->fd != -1)
		renew_offset(t, clock_read(CLOCK_BOOTTIME));
}

int64_t
timeline_now(struct timeline *t)
{
	int64_t boottime_us = clock_read(CLOCK_BOOTTIME);

	if (boottime_us >= t->look_us)
		renew_offset(t, boottime_us);
	return boottime_us + t->offset_us;
}

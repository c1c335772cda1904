/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "record/timeline.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include "../tap.h"

#define HOUR ((int64_t)3600000000)
#define YEAR (8766 * HOUR)

/* --- the machine's clock, as somebody sets it -------------------------- */

static int64_t set_us;    /* by how much the wall clock was set */
static int64_t passed_us; /* by how much all others went on */
static bool kept;         /* a server keeps it */

/* Of the struct timespec that C has here: with 64 bits of seconds. */
#ifdef SYS_clock_gettime64
#define CLOCK_CALL SYS_clock_gettime64
#else
#define CLOCK_CALL SYS_clock_gettime
#endif

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t us;

	if (syscall(CLOCK_CALL, id, ts) == -1)
		return -1;
	us = (int64_t)ts->tv_sec * 1000000 + ts->tv_nsec / 1000 + passed_us +
	    (id == CLOCK_REALTIME ? set_us : 0);
	ts->tv_sec = (time_t)(us / 1000000);
	ts->tv_nsec = (long)(us % 1000000 * 1000);
	return 0;
}

int
adjtimex(struct timex *t)
{
	t->status = kept ? 0 : STA_UNSYNC;
	return kept ? TIME_OK : TIME_ERROR;
}

static int64_t
wall(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* --- one program ------------------------------------------------------- */

static void
test_time(void)
{
	struct timeline c;
	int64_t before, now, mono, later;

	before = wall();
	timeline_start(&c, "/dev/null");
	now = timeline_now(&c);
	ok(now >= before - 1000 && now <= wall() + 1000,
	    "record time begins as the wall clock");
	later = timeline_now(&c);
	ok(later >= now, "and does not go back");

	mono = clock_monotonic();
	ok(clock_monotonic() >= mono, "nor does monotonic time");
	set_us += HOUR;
	later = timeline_now(&c);
	ok(later >= now && later < now + HOUR / 2,
	    "R87: only the start asks the wall clock");
	set_us = 0;
}

static void
test_until(void)
{
	int64_t now = clock_monotonic();
	struct timespec ts;

	ts = clock_until(now - 1);
	ok(ts.tv_sec == 0 && ts.tv_nsec == 0, "the past is now");
	ts = clock_until(INT64_MIN);
	ok(ts.tv_sec == 0 && ts.tv_nsec == 0, "however long ago");
	ts = clock_until(now + 3600000000);
	ok(ts.tv_sec >= 3590 && ts.tv_sec <= 3600, "in an hour");
	ts = clock_until(now + 3600500000);
	ok(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000, "a valid timespec");
	ts = clock_until(INT64_MAX);
	ok(ts.tv_sec == 86400 && ts.tv_nsec == 0,
	    "never: a time_t of 32 bits has room for a day");
}

/* --- several programs of a boot ---------------------------------------- */

static char dir[64], place[80], file[96];

static void
new_dir(void)
{
	snprintf(dir, sizeof dir, "/tmp/timeline_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		ok(false, "a directory");
	snprintf(place, sizeof place, "%s/.boot", dir);
	snprintf(file, sizeof file, "%s/epoch", place);
}

static void
remove_dir(void)
{
	(void)unlink(file);
	(void)rmdir(place);
	(void)unlink(place);
	(void)rmdir(dir);
}

/* What a program started now takes t to be, minus the wall clock. */
static int64_t
off_the_wall(void)
{
	struct timeline c;
	int64_t off_us;

	timeline_start(&c, dir);
	off_us = timeline_now(&c) - wall();
	if (c.fd != -1)
		(void)close(c.fd);
	return off_us;
}

static bool
near(int64_t a, int64_t b)
{
	return a - b < HOUR / 60 && b - a < HOUR / 60;
}

static void
test_shared(void)
{
	static const int64_t steps[] = { HOUR / 60, -HOUR / 60, HOUR, -HOUR,
		40 * YEAR, -40 * YEAR };
	struct stat st;

	for (int i = 0; i < 4; i++) {
		new_dir();
		kept = i % 2 == 1;
		/* The directory is there, or is made. */
		if (i < 2)
			(void)rmdir(dir);
		ok(near(off_the_wall(), 0), "the first program");
		is_int(stat(file, &st), 0, "... notes what t is");
		is_int(st.st_mode & 0777, 0644, "... for everybody to read");
		for (size_t j = 0; j < sizeof steps / sizeof *steps; j++) {
			set_us = steps[j];
			ok(near(off_the_wall(), -steps[j]),
			    "R87: a program started after a step of %lld s",
			    (long long)(steps[j] / 1000000));
		}
		set_us = 0;
		remove_dir();
	}
}

static int
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int)(st.st_mode & 0777) : -1;
}

/* Root's own umask is not what the units' user is to be held to. */
static void
test_umask(void)
{
	mode_t was = umask(077);

	new_dir();
	(void)rmdir(dir);
	kept = false;
	ok(near(off_the_wall(), 0), "a program of a user who shares nothing");
	is_int(mode_of(dir), 0755,
	    "R91: makes the directory of all lines for everybody to look into");
	is_int(mode_of(place), 0755, "R91: ... and that of the time");
	is_int(mode_of(file), 0644, "R91: ... for everybody to read");
	remove_dir();
	/* One that is there stays as it is. */
	new_dir();
	(void)off_the_wall();
	is_int(mode_of(dir), 0700, "... and one that is there stays as it is");
	remove_dir();
	(void)umask(was);
}

static void
write_file(const char *text)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ok(false, "%s is written", file);
	(void)close(fd);
}

/* What the file says. */
static const char *
read_file(void)
{
	static char text[200];
	int fd = open(file, O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	(void)close(fd);
	return text;
}

static void
test_damaged(void)
{
	static const char *const bad[] = { "", "epoch\n", "\n\n",
		"epoch offset_us=5 kept=0 boot=unknown again_us=5",
		"epoch offset_us=5 kept=0 boot=unknown again_us=6\n",
		"epoch offset_us=5 kept=2 boot=unknown again_us=5\n",
		("epoch offset_us=9007199254740993 kept=0 boot=unknown "
		 "again_us=9007199254740993\n"),
		"epoch offset_us=5 kept=0 again_us=5\n",
		"epoch offset_us=5 kept=0 boot=another again_us=5\n" };

	kept = true;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		new_dir();
		(void)mkdir(place, 0755);
		write_file(bad[i]);
		ok(near(off_the_wall(), 0), "damaged or of another boot: %zu",
		    i);
		set_us = HOUR;
		ok(near(off_the_wall(), -HOUR), "... is noted anew");
		set_us = 0;
		remove_dir();
	}
	new_dir();
	(void)mkdir(place, 0755);
	write_file("epoch offset_us=5 kept=1 boot=unknown again_us=5\n");
	ok(off_the_wall() < -YEAR, "a boot that has no name is this one");
	remove_dir();
}

static void
test_links(void)
{
	char other[96];
	struct stat st;

	new_dir();
	(void)mkdir(place, 0755);
	snprintf(other, sizeof other, "%s/victim", dir);
	is_int(symlink(other, file), 0, "a link in the place of the file");
	ok(near(off_the_wall(), 0), "... gives this program its own time");
	is_int(stat(other, &st), -1, "... and is not written through");
	remove_dir();
	new_dir();
	(void)mkdir(place, 0755);
	is_int(mkfifo(file, 0644), 0, "a FIFO in the place of the file");
	ok(near(off_the_wall(), 0), "... is not waited for");
	remove_dir();
}

/* --- a machine that boots with a wrong clock --------------------------- */

static void
test_renewed(void)
{
	static const struct {
		bool noted, kept;
		int64_t step_us, by_us;
	} c[] = {
		{ false, false, YEAR, 0 },
		{ false, true, YEAR, YEAR },
		{ false, true, -YEAR, -YEAR },
		{ true, true, YEAR, 0 },
		{ true, false, YEAR, 0 },
		{ false, true, 1000000, 1000000 },
		{ false, true, 999999, 0 },
		{ false, true, -1000000, -1000000 },
		{ false, true, -999999, 0 },
	};

	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct timeline_epoch noted = { 17, c[i].noted };
		struct timeline_epoch e = timeline_renewed(noted,
		    17 + c[i].step_us, c[i].kept);

		is_int(e.offset_us - 17, c[i].by_us,
		    "noted while %s, %s now, %lld us off",
		    c[i].noted ? "kept" : "not kept",
		    c[i].kept ? "kept" : "not kept", (long long)c[i].step_us);
		is_int(e.kept, c[i].noted || c[i].kept, "... for good or not");
	}
}

static void
test_boot(void)
{
	struct timeline a, b;

	new_dir();
	kept = false;
	set_us = -YEAR;
	timeline_start(&a, dir);
	timeline_start(&b, dir);
	ok(near(timeline_now(&a) - wall(), 0), "as wrong as the clock");
	/* Somebody sets it; no server keeps it. */
	set_us = HOUR;
	passed_us += 10000000;
	ok(near(timeline_now(&a) - wall(), -YEAR - HOUR), "which may be set");
	/* A server does. */
	set_us = 0;
	kept = true;
	passed_us += 9000000;
	ok(near(timeline_now(&a) - wall(), -YEAR), "before it is time to look");
	passed_us += 1000000;
	ok(near(timeline_now(&a) - wall(), 0), "and then it is right");
	ok(strstr(read_file(), " kept=1 ") != NULL, "which is noted");
	ok(near(off_the_wall(), 0), "as it is for a program started now");
	ok(near(timeline_now(&b) - wall(), 0), "and for one that runs");
	is_int(a.fd, -1, "nobody looks any more");
	set_us = HOUR;
	passed_us += 20000000;
	ok(near(timeline_now(&a) - wall(), -HOUR),
	    "R87: it is set again: no step");
	ok(near(timeline_now(&b) - wall(), -HOUR), "... of any program");
	set_us = passed_us = 0;
	remove_dir();
}

int
main(void)
{
	test_time();
	test_until();
	test_shared();
	test_umask();
	test_damaged();
	test_links();
	test_renewed();
	test_boot();
	return tap_done();
}

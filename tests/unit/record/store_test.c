/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"

#define SEC 1000000
#define RECORD_SPARE 512
#define TEXT "state v=1 program=test wan=w\nx a=1\nlive\ny b=2\n"

static char dir[] = "/tmp/wanctl-store-XXXXXX";
static char state[64], live[64];
static char text[STORE_MAX];

static bool
exists(const char *path, const char *suffix)
{
	char name[128];

	snprintf(name, sizeof name, "%s%s", path, suffix);
	return access(name, F_OK) == 0;
}

static void
spoil(const char *path, off_t at, const char *with)
{
	int fd = open(path, O_WRONLY);

	if (fd == -1 || pwrite(fd, with, strlen(with), at) == -1)
		printf("Bail out! %s: %s\n", path, strerror(errno));
	(void)close(fd);
}

/* Opens, loads and closes; what was found. */
static int
found(const char *path, const char *live_path)
{
	struct store s;
	int got;

	if (store_open(&s, path, live_path, "test") == -1)
		return -1;
	got = store_load(&s, text);
	store_close(&s);
	return got;
}

static void
keeps(void)
{
	struct store s;

	is_int(store_open(&s, state, NULL, "test"), 0, "open");
	is_int(store_load(&s, text), STORE_NONE, "nothing there yet");
	is_str(text, "", "and no text");
	is_int(store_save(&s, TEXT, SEC, 0, false), 0, "save");
	store_close(&s);
	is_int(found(state, NULL), STORE_LOADED, "R84: loaded");
	is_str(text, TEXT, "R84: the same text, live part too without a LIVE");
	ok(!exists(state, ".new"), "no temporary file is left");
	ok(!exists(state, ".backup"), "no backup of nothing");
}

static void
is_seldom_written(void)
{
	struct stat before, after;
	struct store s;

	store_open(&s, state, NULL, "test");
	store_load(&s, text);
	stat(state, &before);
	ok(!store_due(&s, s.saved_us + 4 * SEC, 5 * SEC), "R85: not due");
	store_save(&s, TEXT "z c=3\n", s.saved_us + 4 * SEC, 5 * SEC, false);
	stat(state, &after);
	is_int(after.st_ino, before.st_ino,
	    "R85: not within 5 s of the last write, by whichever process");
	ok(store_due(&s, s.saved_us + 5 * SEC, 5 * SEC), "R85: due after 5 s");
	store_save(&s, TEXT, s.saved_us + 5 * SEC, 5 * SEC, false);
	stat(state, &after);
	is_int(after.st_ino, before.st_ino, "R85: not without a change");
	store_save(&s, TEXT "z c=3\n", s.saved_us + 5 * SEC, 5 * SEC, false);
	stat(state, &after);
	ok(after.st_ino != before.st_ino, "R85: a change is written");
	ok(exists(state, ".backup"), "R84: the one before is the backup");
	store_save(&s, TEXT, s.saved_us, 5 * SEC, true);
	store_close(&s);
	found(state, NULL);
	is_str(text, TEXT, "the last save is always written");
}

/* A whole STATE with the text, written as a program does. */
static void
rewrite(void)
{
	struct store s;

	store_open(&s, state, NULL, "test");
	store_load(&s, text);
	store_save(&s, TEXT, 0, 0, true);
	store_close(&s);
}

static void
survives_damage(void)
{
	char backup[80];

	spoil(state, 40, "?");
	is_int(found(state, NULL), STORE_BACKUP, "R84: a flipped byte is seen");
	ok(strstr(text, "z c=3") != NULL, "R84: the backup is used");
	ok(exists(state, ".corrupt"), "R84: the damaged one is kept");
	ok(!exists(state, ""), "under another name");
	is_int(found(state, NULL), STORE_BACKUP, "and used again next time");
	rewrite();
	is_int(found(state, NULL), STORE_LOADED, "a new one is written");
	is_int(truncate(state, 30), 0, "cut off");
	is_int(found(state, NULL), STORE_BACKUP, "R84: a cut file is seen");
	rewrite();
	spoil(state, (off_t)strlen(TEXT), "end lines=4 crc=1111\n");
	is_int(found(state, NULL), STORE_BACKUP, "R84: a wrong sum is seen");
	snprintf(backup, sizeof backup, "%s.backup", state);
	spoil(backup, 3, "#");
	is_int(found(state, NULL), STORE_NONE, "a bad backup is not used");
	(void)close(open(state, O_WRONLY | O_CREAT, 0644));
	is_int(found(state, NULL), STORE_LOST, "R84: both bad: defaults");
	is_str(text, "", "with no text");
}

static void
lives_in_memory(void)
{
	struct store s;

	store_open(&s, state, live, "test");
	store_load(&s, text);
	store_save(&s, TEXT, 10 * SEC, 0, false);
	store_save(&s, TEXT "z c=9\n", 10 * SEC + 5000, 5 * SEC, false);
	store_close(&s);
	is_int(found(NULL, live), STORE_LOADED, "LIVE alone can be loaded");
	is_str(text, TEXT, "R85: LIVE is written once a second");
	is_int(found(state, NULL), STORE_LOADED, "STATE");
	is_str(text, "state v=1 program=test wan=w\nx a=1\n",
	    "R85: STATE has no live part");
	store_open(&s, state, live, "test");
	is_int(store_load(&s, text), STORE_LOADED, "LIVE first");
	is_str(text, TEXT, "it is newer");
	ok(!store_due(&s, s.saved_us + SEC, 5 * SEC) || s.live_us < s.saved_us,
	    "due for LIVE only");
	store_close(&s);
	spoil(live, 5, "#");
	is_int(found(state, live), STORE_LOADED, "a damaged LIVE is passed by");
	ok(strstr(text, "live") == NULL, "for STATE");
}

static void
has_sources(void)
{
	struct store s;

	store_open(&s, state, live, "test");
	store_save(&s, "state v=1 n=1\n", s.saved_us + SEC, 0, true);
	store_save(&s, "state v=1 n=2\n", s.saved_us + SEC, 0, true);
	store_close(&s);
	store_open(&s, state, live, "test");
	store_load(&s, text);
	is_str(text, "state v=1 n=2\n", "first LIVE");
	store_refuse(&s);
	is_int(store_load(&s, text), STORE_LOADED, "refused: then STATE");
	store_refuse(&s);
	is_int(store_load(&s, text), STORE_BACKUP, "refused: then the backup");
	is_str(text, "state v=1 n=1\n", "with what was there before");
	ok(exists(state, ".corrupt"), "R84: a refused STATE is kept");
	store_refuse(&s);
	is_int(store_load(&s, text), STORE_LOST, "refused: then nothing");
	store_close(&s);
	rewrite();
	spoil(state, 5, "#");
	store_open(&s, state, live, "test");
	is_int(store_load(&s, text), STORE_LOADED, "LIVE beside a bad STATE");
	ok(!exists(state, ""), "R84: the bad one is set aside all the same");
	store_save(&s, TEXT, s.saved_us + SEC, 0, false);
	store_close(&s);
	is_int(found(state, NULL), STORE_LOADED, "a new one is written");
}

static void
locks(void)
{
	struct store one, two;

	is_int(store_open(&one, state, NULL, "wanctl-one"), 0, "the first");
	is_int(store_open(&two, state, NULL, "wanctl-two"), -1,
	    "R86: the second is refused");
	is_int(errno, EWOULDBLOCK, "R86: as busy");
	ok(strncmp(two.owner, "wanctl-one (pid ", 16) == 0,
	    "R86: and told by whom");
	store_close(&one);
	is_int(store_open(&two, state, NULL, "wanctl-two"), 0,
	    "R86: free again");
	store_close(&two);
	if (fork() == 0) {
		store_open(&one, state, NULL, "dies");
		(void)kill(getpid(), SIGKILL);
	}
	(void)wait(NULL);
	is_int(store_open(&two, state, NULL, "wanctl-two"), 0,
	    "R86: the lock of a killed process is free");
	store_close(&two);
}

static void
write_for_ever(void)
{
	static char big[STORE_MAX - RECORD_SPARE];
	struct store s;
	int64_t n = 0;

	if (store_open(&s, state, live, "child") == -1)
		_exit(1);
	for (;;) {
		int len = snprintf(big, sizeof big, "state v=1 n=%lld\n",
		    (long long)++n);

		for (int i = 0; i < 100; i++)
			len += snprintf(big + len, sizeof big - (size_t)len,
			    "row i=%d n=%lld\n", i, (long long)n);
		if (store_save(&s, big, n * 2 * SEC, 0, true) == -1)
			_exit(1);
	}
}

/* Kills a writer at random moments; the file must be whole each time. */
static void
is_killed(void)
{
	int whole = 0, rounds = 500;
	unsigned seed = 42;

	for (int i = 0; i < rounds; i++) {
		struct timespec nap = { .tv_nsec = rand_r(&seed) % 3000000 };
		pid_t pid = fork();
		int status;

		if (pid == 0)
			write_for_ever();
		(void)nanosleep(&nap, NULL);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		if (WIFSIGNALED(status) && found(state, NULL) == STORE_LOADED)
			whole++;
	}
	is_int(whole, rounds, "R105: 500 times kill -9, always whole");
}

static void
fails_well(void)
{
	struct store s;
	char path[80];

	is_int(store_open(&s, "/nonexistent/x", NULL, "test"), -1,
	    "no directory");
	is_int(errno, ENOENT, "says so");
	store_open(&s, state, NULL, "test");
	store_load(&s, text);
	store_save(&s, TEXT, 0, 0, true);
	memset(text, 'x', sizeof text - 1);
	is_int(store_save(&s, text, SEC, 0, true), -1, "too much text");
	is_int(errno, EFBIG, "says so");
	snprintf(path, sizeof path, "%s.new", state);
	is_int(mkdir(path, 0755), 0, "something in the way");
	is_int(store_save(&s, TEXT "z c=1\n", SEC, 0, true), -1,
	    "R105: a failed write is reported");
	(void)rmdir(path);
	store_close(&s);
	is_int(found(state, NULL), STORE_LOADED,
	    "R105: and the old state is still there");
	is_str(text, TEXT, "R105: whole");
}

#define CHANGED "state v=1 program=test wan=w\nx a=2\nlive\ny b=2\n"

/* Of two files, the one that could not be written is named. */
static void
names_the_file(void)
{
	struct store s;
	char path[80];

	store_open(&s, state, live, "test");
	store_load(&s, text);
	snprintf(path, sizeof path, "%s.new", live);
	/* One that was killed before may have left it. */
	(void)unlink(path);
	is_int(mkdir(path, 0755), 0, "in the way of the live file");
	is_int(store_save(&s, CHANGED, INT64_MAX / 2, 0, true), -1,
	    "a live file that cannot be written");
	is_int(errno, EISDIR, "... why");
	is_str(s.failed, live, "... and not the state, which was");
	(void)rmdir(path);
	store_close(&s);
	is_int(found(state, NULL), STORE_LOADED, "the state");
	ok(strstr(text, "x a=2\n") != NULL, "... is written all the same");
}

static void
remove_all(void)
{
	static const char *const suffixes[] = { "", ".lock", ".backup",
		".corrupt", ".new" };
	char name[128];

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		snprintf(name, sizeof name, "%s%s", state, suffixes[i]);
		(void)unlink(name);
		snprintf(name, sizeof name, "%s%s", live, suffixes[i]);
		(void)unlink(name);
	}
	is_int(rmdir(dir), 0, "no file is left that is not documented");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(state, sizeof state, "%s/state", dir);
	snprintf(live, sizeof live, "%s/live", dir);
	keeps();
	is_seldom_written();
	survives_damage();
	lives_in_memory();
	has_sources();
	locks();
	is_killed();
	fails_well();
	names_the_file();
	remove_all();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shaper that is borrowed, from a program of files: saved before it is
 * changed, and given back whatever happens. */
#include "calibrate/borrowed_shaper.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"

static struct settings settings;
static struct borrowed_shaper k;

/* Refuses to set a direction for as often as the file refuse.DIRECTION has
 * characters, and to say it while there is a file silent.DIRECTION. `early`
 * tells of a set without anything saved. */
static const char program[] = "#!/bin/sh\n"
			      "[ ! -e silent.$2 ] || exit 1\n"
			      "case $1 in\n"
			      "get) cat rate.$2 ;;\n"
			      "set)\n"
			      "	[ -e state ] || touch early\n"
			      "	echo \"$2\" >>sets\n"
			      "	if [ -s refuse.$2 ]; then\n"
			      "		read -r left <refuse.$2\n"
			      "		echo \"${left#x}\" >refuse.$2\n"
			      "		[ -z \"$left\" ] || exit 1\n"
			      "	fi\n"
			      "	echo \"$3\" >rate.$2\n"
			      "esac\n";

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		abort();
}

static const char *
text_of(const char *path)
{
	static char buf[1024];
	FILE *f = fopen(path, "r");
	size_t n = f == NULL ? 0 : fread(buf, 1, sizeof buf - 1, f);

	buf[n] = '\0';
	if (f != NULL)
		fclose(f);
	return f == NULL ? "(none)" : buf;
}

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
settle(const char *key, const char *value)
{
	size_t row = settings_row("shaper", key);

	settings.line[row] = 0;
	if (settings_set(&settings, "shaper", key, value, 1) != NULL)
		abort();
}

/* A process begins: with what an earlier one has left. */
static void
begin(void)
{
	char text[STORE_MAX];

	memset(&k, 0, sizeof k);
	if (store_open(&k.store, "state", NULL, "keeper_test") == -1)
		abort();
	settings_init(&settings);
	(void)settings_set(&settings, "wan", "name", "x", 1);
	settle("backend", "command");
	settle("command", "./shape");
	settle("timeout", "5s");
	is_int(borrowed_shaper_open(&k, &settings, "x.conf"), 0, "opened");
	if (store_load(&k.store, text) == STORE_LOADED)
		is_str(borrowed_shaper_read(&k, text), NULL,
		    "what is left is read");
	k.writable = true;
}

static void
end(void)
{
	shaper_close(&k.shaper);
	store_close(&k.store);
}

static void
look(void)
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		ok(borrowed_shaper_look(&k, dir), "looked at");
}

static void
rates(const char *down, const char *up)
{
	put("rate.down", down);
	put("rate.up", up);
}

static void
rates_are(const char *down, const char *up, const char *what)
{
	is_str(text_of("rate.down"), down, "R72: %s: down", what);
	is_str(text_of("rate.up"), up, "R72: ... up");
}

static void
test_whole(void)
{
	rates("33000000\n", "7000000\n");
	begin();
	look();
	ok(!k.changed && !is_there("state"), "nothing is changed by looking");
	is_failure(borrowed_shaper_set(&k, DOWN, 20000000), NULL,
	    "a rate is set");
	ok(!is_there("early"), "R72: saved before it is set");
	ok(strstr(text_of("state"), "restore dir=down bps=33000000\n") != NULL,
	    "R72: ... the download's");
	ok(strstr(text_of("state"), "restore dir=up bps=7000000\n") != NULL,
	    "R72: ... and the upload's, though it has it still");
	is_failure(borrowed_shaper_set(&k, UP, 4000000), NULL, "the other too");
	is_failure(borrowed_shaper_set(&k, DOWN, BORROWED_SHAPER_OPEN_BPS),
	    NULL, "and open");
	rates_are("100000000000\n", "4000000\n", "as if there were none");
	ok(strstr(text_of("state"), "down bps=33000000\n") != NULL,
	    "R72: what was saved is what was there at first");
	ok(borrowed_shaper_restore(&k), "given back");
	rates_are("33000000\n", "7000000\n", "given back");
	ok(!is_there("state") && !is_there("state.backup") && !k.changed,
	    "R72: ... and nothing is left to restore");
	end();
}

/* Killed, the next process gives back; from a file whose rates are not those
 * that it finds. */
static void
test_killed(void)
{
	rates("33000000\n", "7000000\n");
	begin();
	look();
	(void)borrowed_shaper_set(&k, DOWN, 20000000);
	(void)borrowed_shaper_set(&k, UP, 4000000);
	end();
	begin();
	ok(k.changed, "R72: the next process knows");
	is_int(k.found_bps[DOWN], 33000000, "... of the download");
	is_int(k.found_bps[UP], 7000000, "... and of the upload");
	ok(borrowed_shaper_restore(&k), "R72: ... and gives back");
	rates_are("33000000\n", "7000000\n", "after a kill");
	end();
}

/* A direction that cannot be set is no reason to leave the other. */
static void
test_refused(void)
{
	rates("33000000\n", "7000000\n");
	begin();
	look();
	(void)borrowed_shaper_set(&k, DOWN, 20000000);
	(void)borrowed_shaper_set(&k, UP, 4000000);
	put("refuse.down", "xxxxxxxxxxxxxxxxxxxx\n");
	ok(!borrowed_shaper_restore(&k), "R72: one cannot be set");
	rates_are("20000000\n", "7000000\n", "the other is given back");
	ok(k.detail[DOWN][0] != '\0' && k.detail[UP][0] == '\0',
	    "R72: ... and it is said which: %s", k.detail[DOWN]);
	ok(is_there("state") && k.changed, "R72: ... for the next to try");
	put("refuse.down", "xxx\n");
	ok(borrowed_shaper_restore(&k), "R72: it is tried again and again");
	rates_are("33000000\n", "7000000\n", "at last");
	end();
}

/* What has its rate is not set, and who had none is as good as without. */
static void
test_unlimited(void)
{
	rates("0\n", "7000000\n");
	begin();
	look();
	(void)borrowed_shaper_set(&k, DOWN, 20000000);
	put("sets", "");
	ok(borrowed_shaper_restore(&k), "R72: a shaper that had no limit");
	rates_are("100000000000\n", "7000000\n", "without a limit");
	is_str(text_of("sets"), "down\n", "R72: what has its rate is left");
	end();
}

static void
test_silent(void)
{
	rates("33000000\n", "7000000\n");
	put("silent.up", "");
	begin();
	ok(borrowed_shaper_look(&k, DOWN) && !borrowed_shaper_look(&k, UP),
	    "R74: one that does not say its rate");
	ok(k.detail[UP][0] != '\0', "... is told: %s", k.detail[UP]);
	unlink("silent.up");
	end();
	begin();
	look();
	put("refuse.down", "x\n");
	ok(borrowed_shaper_set(&k, DOWN, 20000000) != WORKED && !k.writable,
	    "R74: one that cannot be set is not written any more: %s",
	    k.detail[DOWN]);
	unlink("refuse.down");
	ok(borrowed_shaper_restore(&k), "given back all the same");
	rates_are("33000000\n", "7000000\n", "after a failure");
	end();
}

/* Nothing is changed that could not be saved. */
static void
test_unsaved(void)
{
	struct rlimit none = { 0, 0 }, all;

	rates("33000000\n", "7000000\n");
	begin();
	look();
	(void)signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &all) == -1)
		abort();
	none.rlim_max = all.rlim_max;
	(void)setrlimit(RLIMIT_FSIZE, &none);
	is_failure(borrowed_shaper_set(&k, DOWN, 20000000), "state",
	    "R72: no room to save what is there");
	(void)setrlimit(RLIMIT_FSIZE, &all);
	ok(!k.changed && !k.writable, "... and it is not written");
	rates_are("33000000\n", "7000000\n", "not changed");
	end();
}

int
main(void)
{
	char dir[] = "/tmp/keeper_test.XXXXXX";
	static const char *const files[] = { "shape", "rate.down", "rate.up",
		"sets", "refuse.down", "early", "state", "state.backup",
		"state.lock", "state.new" };

	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	put("shape", program);
	if (chmod("shape", 0755) == -1)
		return 1;
	test_whole();
	test_killed();
	test_refused();
	test_unlimited();
	test_silent();
	test_unsaved();
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		unlink(files[i]);
	if (chdir("/") == -1 || rmdir(dir) == -1)
		printf("# %s: something is left\n", dir);
	return tap_done();
}

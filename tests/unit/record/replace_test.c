/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file is replaced, and the old one kept. */
#include "record/replace.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"

static const char *
read_back(const char *path)
{
	static char buf[64];
	FILE *f = fopen(path, "r");
	size_t n = f == NULL ? 0 : fread(buf, 1, sizeof buf - 1, f);

	buf[n] = '\0';
	if (f != NULL)
		fclose(f);
	return f == NULL ? "(none)" : buf;
}

static void
change(const char *path, const char *text)
{
	struct replace r;

	is_int(replace_write(&r, path, text), 0, "write %s", text);
	is_int(replace_keep(&r), 0, "... keep the old one");
	is_int(replace_commit(&r), 0, "... put into place");
}

static void
test_replace(void)
{
	char dir[] = "/tmp/replace_test.XXXXXX", path[128], old[160];

	if (mkdtemp(dir) == NULL)
		return;
	snprintf(path, sizeof path, "%s/x.conf", dir);
	change(path, "one");
	is_str(read_back(path), "one", "the first");
	change(path, "two");
	change(path, "three");
	is_str(read_back(path), "three", "R70: the newest is in its place");
	snprintf(old, sizeof old, "%s.old", path);
	is_str(read_back(old), "one", "R70: the oldest is kept");
	unlink(old);
	snprintf(old, sizeof old, "%s.old.2", path);
	is_str(read_back(old), "two", "... and the one after it");
	unlink(old);
	snprintf(old, sizeof old, "%s.new", path);
	is_str(read_back(old), "(none)", "nothing else is left");
	unlink(path);
	rmdir(dir);
}

/* What a run before has left beside it, and no room for what is to come. */
static void
test_room(void)
{
	char dir[] = "/tmp/replace_test.XXXXXX", path[128], new[160];
	static char big[8192];
	struct rlimit few, all;
	struct replace r;

	if (mkdtemp(dir) == NULL)
		return;
	snprintf(path, sizeof path, "%s/x.conf", dir);
	snprintf(new, sizeof new, "%s.new", path);
	is_int(replace_write(&r, path, "a long one that was not put there"), 0,
	    "a file is left");
	change(path, "one");
	is_str(read_back(path), "one", "R70: nothing of it is in the next one");
	memset(big, 'x', sizeof big - 1);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &all) == -1)
		return;
	few = all;
	few.rlim_cur = 4096;
	(void)setrlimit(RLIMIT_FSIZE, &few);
	is_int(replace_write(&r, path, big), -1, "R70: no room is a failure");
	is_int(errno, EFBIG, "... with its reason");
	is_str(r.failed, new, "... and where");
	(void)setrlimit(RLIMIT_FSIZE, &all);
	is_str(read_back(path), "one", "R70: ... and what was there is there");
	unlink(new);
	unlink(path);
	rmdir(dir);
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (unsigned)st.st_mode : 0;
}

static void
test_kept(void)
{
	char dir[] = "/tmp/replace_test.XXXXXX", path[128], alias[160];
	struct replace r;
	struct stat st;
	uid_t owner = getuid() == 0 ? 65534 : getuid();

	if (mkdtemp(dir) == NULL)
		return;
	snprintf(path, sizeof path, "%s/x.conf", dir);
	snprintf(alias, sizeof alias, "%s/link", dir);
	change(path, "one");
	is_int(chown(path, owner, (gid_t)-1), 0, "somebody's");
	is_int(chmod(path, 0640), 0, "not for all");
	change(path, "two");
	is_int(mode_of(path), S_IFREG | 0640, "R70: the mode is kept");
	ok(stat(path, &st) == 0 && st.st_uid == owner,
	    "R70: ... and the owner: %u", (unsigned)st.st_uid);
	is_int(symlink("x.conf", alias), 0, "a link");
	is_int(replace_write(&r, alias, "three"), 0, "to write by it");
	is_int(mode_of(r.new_path), S_IFREG | 0640,
	    "R70: the new one is not for all either");
	is_int(replace_commit(&r), 0, "... and put into place");
	is_str(read_back(path), "three", "R70: the file of the link is new");
	ok(S_ISLNK(mode_of(alias)), "R70: ... and the link is one");
	unlink(path);
	is_int(replace_write(&r, alias, "four"), -1, "a link to nothing");
	is_int(errno, ENOENT, "... is no place");
	unlink(alias);
	snprintf(path, sizeof path, "%s/x.conf.old", dir);
	unlink(path);
	rmdir(dir);
}

static void
test_fault(void)
{
	struct replace r;
	char path[STORE_PATH_MAX + 2];

	is_int(replace_write(&r, "/nowhere/x", "text"), -1, "no directory");
	is_str(r.failed, "/nowhere/x.new", "... it is said where");
	memset(path, 'x', sizeof path);
	path[sizeof path - 1] = '\0';
	is_int(replace_write(&r, path, "text"), -1, "too long a name");
	is_int(errno, ENAMETOOLONG, "... is said so");
}

int
main(void)
{
	test_replace();
	test_room();
	test_kept();
	test_fault();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define OLD_MOST 1000

/* A link stays, and the file that it names is replaced. */
static int
find_place(struct replace *r, const char *path)
{
	struct stat st;
	char real[PATH_MAX];

	r->failed = path;
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
		if (realpath(path, real) == NULL)
			return -1;
		path = real;
	}
	if (text_copy(r->path, sizeof r->path, path, strlen(path)))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* With the mode and the owner of the file that is there. Only root may give a
 * file away; for others it is theirs. */
static int
open_new(const struct replace *r)
{
	struct stat st;
	bool is_there = stat(r->path, &st) == 0;
	int fd = store_new_file(r->new_path, is_there ? 0600 : 0666);

	if (fd == -1 || !is_there)
		return fd;
	(void)!fchown(fd, st.st_uid, st.st_gid);
	if (fchmod(fd, st.st_mode & 07777) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

int
replace_write(struct replace *r, const char *path, const char *text)
{
	int fd, got, saved;

	r->old_path[0] = '\0';
	if (find_place(r, path) == -1)
		return -1;
	(void)snprintf(r->new_path, sizeof r->new_path, "%s.new", r->path);
	r->failed = r->new_path;
	fd = open_new(r);
	if (fd == -1)
		return -1;
	got = store_write(fd, text, strlen(text)) == 0 ? fsync(fd) : -1;
	saved = errno;
	if (close(fd) == -1 && got == 0) {
		saved = errno;
		got = -1;
	}
	/* Half a file is of no use. */
	if (got == -1)
		(void)unlink(r->new_path);
	errno = saved;
	return got;
}

int
replace_keep(struct replace *r)
{
	if (access(r->path, F_OK) == -1)
		return 0;
	r->failed = r->old_path;
	for (int i = 1; i < OLD_MOST; i++) {
		(void)snprintf(r->old_path, sizeof r->old_path,
		    i == 1 ? "%s.old" : "%s.old.%d", r->path, i);
		if (link(r->path, r->old_path) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -1;
}

int
replace_commit(struct replace *r)
{
	r->failed = r->path;
	if (rename(r->new_path, r->path) == -1)
		return -1;
	return store_sync_directory(r->path);
}

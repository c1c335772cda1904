/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/recordings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STAMP "00000000T000000Z-" /* 0: a digit */

/* --- save ------------------------------------------------------------------
 */

typedef int writer(int fd, const struct recording *r);

static int
write_records(int fd, const struct recording *r)
{
	return blackbox_write(r->b, fd);
}

static int
write_conf(int fd, const struct recording *r)
{
	size_t len = strlen(r->conf);
	ssize_t n = write(fd, r->conf, len);

	if (n >= 0 && (size_t)n < len)
		errno = ENOSPC;
	return n >= 0 && (size_t)n == len ? 0 : -1;
}

static int
make_path(char path[static RECORDINGS_PATH], const struct recording *r,
    const char *end)
{
	time_t t = (time_t)(r->t_us / 1000000);
	char stamp[sizeof STAMP];
	struct tm tm;
	int n;

	(void)gmtime_r(&t, &tm);
	(void)strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ-", &tm);
	n = snprintf(path, RECORDINGS_PATH, "%s/%s-%s%s%s", r->directory,
	    r->wan, stamp, r->why, end);
	if (n < RECORDINGS_PATH)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* By way of a file beside it, which does not stay if anything fails. */
static int
write_file(const struct recording *r, const char *end, writer *writes,
    char path[static RECORDINGS_PATH])
{
	char new[RECORDINGS_PATH + 4];
	int fd, saved;
	bool good;

	if (make_path(path, r, end) == -1)
		return -1;
	(void)snprintf(new, sizeof new, "%s.new", path);
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return -1;
	good = writes(fd, r) == 0;
	saved = errno;
	if (close(fd) == -1 && good) {
		good = false;
		saved = errno;
	}
	if (good && rename(new, path) == 0)
		return 0;
	if (good)
		saved = errno;
	(void)unlink(new);
	errno = saved;
	return -1;
}

int
recordings_save(const struct recording *r, char path[static RECORDINGS_PATH])
{
	if (mkdir(r->directory, 0700) == -1 && errno != EEXIST) {
		(void)snprintf(path, RECORDINGS_PATH, "%s", r->directory);
		return -1;
	}
	if (write_file(r, ".conf", write_conf, path) == -1)
		return -1;
	return write_file(r, ".rec", write_records, path);
}

/* --- prune -----------------------------------------------------------------
 */

static bool
is_stamp(const char *at)
{
	const char *form = STAMP;

	for (; *form != '\0'; form++, at++)
		if (*form == '0' ? !isdigit((unsigned char)*at) : *at != *form)
			return false;
	return true;
}

/* A name without .rec; NULL: not one of that line. */
static char *
stem_of(const char *name, const char *wan)
{
	size_t len = strlen(name), wan_len = strlen(wan);

	if (len < 4 || strcmp(name + len - 4, ".rec") != 0 ||
	    strncmp(name, wan, wan_len) != 0 || name[wan_len] != '-' ||
	    !is_stamp(name + wan_len + 1))
		return NULL;
	return strndup(name, len - 4);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
remove_pair(int dir, const char *stem)
{
	static const char *const ends[] = { ".rec", ".conf" };
	char name[NAME_MAX + 6];

	for (int i = 0; i < 2; i++) {
		(void)snprintf(name, sizeof name, "%s%s", stem, ends[i]);
		if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
			return -1;
	}
	return 0;
}

/* The stems of a line's recordings, *count of them; NULL with errno. */
static char **
list_stems(DIR *dir, const char *wan, size_t *count)
{
	const struct dirent *entry;
	size_t room = 16;
	char **stem = malloc(room * sizeof *stem), **more, *one;

	*count = 0;
	while (stem != NULL && (entry = readdir(dir)) != NULL) {
		if (*count == room) {
			more = realloc(stem, 2 * room * sizeof *stem);
			if (more == NULL)
				return stem;
			stem = more;
			room *= 2;
		}
		if ((one = stem_of(entry->d_name, wan)) != NULL)
			stem[(*count)++] = one;
	}
	return stem;
}

int
recordings_prune(const char *directory, const char *wan, int64_t most)
{
	DIR *dir = opendir(directory);
	char **stem;
	size_t count;
	int result = 0, saved;

	if (dir == NULL)
		return -1;
	stem = list_stems(dir, wan, &count);
	if (stem == NULL)
		result = -1;
	else
		qsort(stem, count, sizeof *stem, by_name);
	for (size_t i = 0; stem != NULL && i < count; i++) {
		if (result == 0 && (int64_t)(count - i) > most)
			result = remove_pair(dirfd(dir), stem[i]);
		free(stem[i]);
	}
	saved = errno;
	free(stem);
	(void)closedir(dir);
	errno = saved;
	return result;
}

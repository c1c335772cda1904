/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"
#include "record/record.h"

/* CRC-32 of IEEE 802.3, as in zlib and cksum -o 3. */
static uint32_t
crc32_of(const char *s, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)s[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
	}
	return ~crc;
}

/* path + suffix; -1 with ENAMETOOLONG. */
static int
join(char out[static STORE_PATH_MAX], const char *path, const char *suffix)
{
	struct text t;

	text_init(&t, out, STORE_PATH_MAX);
	text_add(&t, path);
	text_add(&t, suffix);
	if (!t.full)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* --- lock ---------------------------------------------------------------- */

static void
read_owner(struct store *s, int fd)
{
	ssize_t n = pread(fd, s->owner, sizeof s->owner - 1, 0);

	s->owner[n > 0 ? n : 0] = '\0';
	s->owner[strcspn(s->owner, "\n")] = '\0';
	text_printable(s->owner);
	if (s->owner[0] == '\0')
		text_copy(s->owner, sizeof s->owner, "another process", 15);
}

static void
write_owner(int fd, const char *program)
{
	char line[STORE_OWNER_MAX];
	struct text t;

	text_init(&t, line, sizeof line);
	text_add(&t, program);
	text_add(&t, " (pid ");
	text_int(&t, getpid());
	text_add(&t, ")\n");
	/* For people only: what cannot be written is left out. */
	if (ftruncate(fd, 0) == -1 || pwrite(fd, line, t.len, 0) == -1)
		return;
}

const char *
store_reason(int error)
{
	switch (error) {
	case ELOOP:
		return "is a symbolic link, which is not followed";
	case EMLINK:
		return "has another name, a hard link";
	case ENXIO:
		return "is not a regular file";
	default:
		return strerror(error);
	}
}

static int
close_with(int fd, int error)
{
	(void)close(fd);
	errno = error;
	return -1;
}

int
store_open_file(const char *path, int flags, mode_t mode)
{
	/* A process that opens a FIFO waits, or gets an error of its own. */
	int fd = open(path,
	    flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
	struct stat st;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		return close_with(fd, errno);
	if (!S_ISREG(st.st_mode))
		return close_with(fd, ENXIO);
	return fd;
}

int
store_new_file(const char *path, mode_t mode)
{
	if (unlink(path) == -1 && errno != ENOENT)
		return -1;
	return store_open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
}

/* Nobody else may hold it, so nobody else may read it. */
static int
open_lock(const char *path)
{
	int fd = store_open_file(path, O_RDWR | O_CREAT, 0600);
	struct stat st;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		return close_with(fd, errno);
	if (st.st_nlink > 1)
		return close_with(fd, EMLINK);
	/* One that an earlier version made is everybody's. */
	(void)fchmod(fd, 0600);
	return fd;
}

static int
take_lock(struct store *s, int i, const char *path, const char *program)
{
	char name[STORE_PATH_MAX];
	int fd, saved;

	if (join(name, path, ".lock") == -1)
		return -1;
	fd = open_lock(name);
	if (fd == -1) {
		saved = errno;
		if (saved == ELOOP || saved == ENXIO || saved == EMLINK) {
			memcpy(s->lock_name, name, sizeof name);
			s->failed = s->lock_name;
		}
		errno = saved;
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		saved = errno;
		read_owner(s, fd);
		(void)close(fd);
		errno = saved;
		return -1;
	}
	write_owner(fd, program);
	s->lock_fd[i] = fd;
	return 0;
}

/* When STATE was last written, on the monotonic clock; long ago if that
 * cannot be told. */
static int64_t
last_written(const char *path)
{
	struct timespec real, mono;
	struct stat st;
	int64_t age;

	if (stat(path, &st) == -1 || clock_gettime(CLOCK_REALTIME, &real) ||
	    clock_gettime(CLOCK_MONOTONIC, &mono))
		return INT64_MIN / 2;
	age = (real.tv_sec - st.st_mtim.tv_sec) * (int64_t)1000000 +
	    (real.tv_nsec - st.st_mtim.tv_nsec) / 1000;
	if (age < 0)
		return INT64_MIN / 2;
	return mono.tv_sec * (int64_t)1000000 + mono.tv_nsec / 1000 - age;
}

int
store_open(struct store *s, const char *path, const char *live,
    const char *program)
{
	memset(s, 0, sizeof *s);
	s->lock_fd[0] = s->lock_fd[1] = -1;
	s->saved_us = s->live_us = INT64_MIN / 2;
	s->failed = path != NULL ? path : live;
	if (path != NULL &&
	    (join(s->path, path, "") == -1 ||
		take_lock(s, 0, path, program) == -1))
		return -1;
	s->failed = live;
	if (live != NULL &&
	    (join(s->live, live, "") == -1 ||
		take_lock(s, 1, live, program) == -1)) {
		store_close(s);
		return -1;
	}
	if (path != NULL)
		s->saved_us = last_written(path);
	return 0;
}

void
store_close(struct store *s)
{
	int saved = errno;

	for (int i = 0; i < 2; i++) {
		if (s->lock_fd[i] != -1)
			(void)close(s->lock_fd[i]);
		s->lock_fd[i] = -1;
	}
	errno = saved;
}

/* --- load ---------------------------------------------------------------- */

/* Reads a whole file; its length, or -1 with errno (EFBIG: too long). */
static ssize_t
read_file(const char *path, char *buf, size_t size)
{
	int fd = store_open_file(path, O_RDONLY, 0), saved;
	size_t len = 0;
	ssize_t n;

	if (fd == -1)
		return -1;
	while ((n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	saved = n == -1 ? errno : len == size ? EFBIG : 0;
	(void)close(fd);
	errno = saved;
	return saved != 0 ? -1 : (ssize_t)len;
}

static bool
end_says(const struct record *end, const char *key, int64_t want)
{
	struct slice v = record_get(end, key);
	int64_t got;

	return v.at != NULL &&
	    number_int(v.at, v.len, 0, INT64_MAX, &got) == NULL && got == want;
}

/* Checks the last line and cuts it off. */
static bool
is_whole(char *text, size_t len)
{
	struct record end;
	size_t at;

	if (len < 2 || text[len - 1] != '\n' || memchr(text, '\0', len))
		return false;
	for (at = len - 1; at > 0 && text[at - 1] != '\n'; at--)
		;
	if (record_parse(&end, text + at, len - 1 - at) != NULL ||
	    !slice_is(end.kind, "end") ||
	    !end_says(&end, "lines", text_count_lines(text, at)) ||
	    !end_says(&end, "crc", crc32_of(text, at)))
		return false;
	text[at] = '\0';
	return true;
}

/* 1 whole, 0 there but not whole, -1 with errno. */
static int
load_file(const char *path, char text[static STORE_MAX])
{
	ssize_t len = read_file(path, text, STORE_MAX);

	if (len == -1)
		return errno == EFBIG ? 0 : -1;
	return is_whole(text, (size_t)len) ? 1 : 0;
}

/* Keeps a STATE that cannot be used under another name. */
static int
set_aside(struct store *s)
{
	char kept[STORE_PATH_MAX];

	s->known = false;
	return join(kept, s->path, ".corrupt") == -1 ? -1 :
						       rename(s->path, kept);
}

static int
load_backup(struct store *s, char text[static STORE_MAX], bool corrupt)
{
	char name[STORE_PATH_MAX];

	if (join(name, s->path, ".backup") == -1)
		return -1;
	if (s->refused < 3 && load_file(name, text) == 1) {
		s->refused = 2;
		return STORE_BACKUP;
	}
	text[0] = '\0';
	return corrupt ? STORE_LOST : STORE_NONE;
}

/* Sources, in this order: LIVE, STATE, the backup; `refused` counts those that
 * are done with. */
int
store_load(struct store *s, char text[static STORE_MAX])
{
	bool corrupt = s->refused >= 2;
	int got;

	text[0] = '\0';
	s->failed = s->path[0] != '\0' ? s->path : s->live;
	if (s->path[0] != '\0' && s->refused < 2) {
		got = load_file(s->path, text);
		if (got == -1 && errno != ENOENT)
			return -1;
		s->known = got == 1;
		s->saved_crc = crc32_of(text, got == 1 ? strlen(text) : 0);
		corrupt = got == 0;
		/* Even when LIVE is used: it must not become the backup. */
		if (corrupt && set_aside(s) == -1)
			return -1;
	}
	if (s->live[0] != '\0' && s->refused < 1 &&
	    load_file(s->live, text) == 1) {
		s->refused = 0;
		return STORE_LOADED;
	}
	if (s->known) {
		s->refused = 1;
		return load_file(s->path, text) == 1 ? STORE_LOADED : -1;
	}
	if (s->path[0] == '\0') {
		text[0] = '\0';
		return STORE_NONE;
	}
	return load_backup(s, text, corrupt);
}

void
store_refuse(struct store *s)
{
	if (++s->refused == 2 && s->path[0] != '\0')
		(void)set_aside(s);
}

/* --- save ---------------------------------------------------------------- */

int
store_write(int fd, const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, s, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The last line for the first len bytes of text. */
static void
end_line(char out[static RECORD_MAX], const char *text, size_t len,
    uint32_t crc)
{
	struct text t;

	text_init(&t, out, RECORD_MAX);
	text_add(&t, "end lines=");
	text_int(&t, text_count_lines(text, len));
	text_add(&t, " crc=");
	text_int(&t, crc);
	text_add(&t, "\n");
}

/* Writes path anew: len bytes of text and the last line. On failure nothing
 * is left of it. */
static int
write_file(const char *path, const char *text, size_t len, bool sync)
{
	char end[RECORD_MAX];
	int fd = store_new_file(path, 0644);
	bool good;
	int saved;

	if (fd == -1)
		return -1;
	end_line(end, text, len, crc32_of(text, len));
	good = store_write(fd, text, len) == 0 &&
	    store_write(fd, end, strlen(end)) == 0 && (!sync || fsync(fd) == 0);
	saved = errno;
	if (close(fd) == -1 && good) {
		saved = errno;
		good = false;
	}
	if (good)
		return 0;
	(void)unlink(path);
	errno = saved;
	return -1;
}

int
store_sync_directory(const char *path)
{
	char dir[STORE_PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);
	int fd, got;

	text_copy(dir, sizeof dir, slash == NULL ? "." : path,
	    slash == NULL ? 1 :
		len == 0  ? 1 :
			    len);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	got = fsync(fd);
	(void)close(fd);
	/* Some file systems cannot sync a directory and need not. */
	return got == -1 && errno != EINVAL ? -1 : 0;
}

/* The old STATE stays in place under both names until the new one takes its
 * own, so there is no moment without a whole file. */
static int
keep_backup(const struct store *s)
{
	char name[STORE_PATH_MAX];

	if (join(name, s->path, ".backup") == -1)
		return -1;
	if (access(s->path, F_OK) == -1)
		return 0;
	if (unlink(name) == -1 && errno != ENOENT)
		return -1;
	if (link(s->path, name) == 0)
		return 0;
	/* No hard links on this file system. */
	return rename(s->path, name);
}

static int
save_live(struct store *s, const char *text, int64_t now_us)
{
	char name[STORE_PATH_MAX];

	s->failed = s->live;
	if (join(name, s->live, ".new") == -1 ||
	    write_file(name, text, strlen(text), false) == -1 ||
	    rename(name, s->live) == -1)
		return -1;
	s->live_us = now_us;
	return 0;
}

static int
save_state(struct store *s, const char *text, size_t len, int64_t now_us)
{
	char name[STORE_PATH_MAX];

	s->failed = s->path;
	if (join(name, s->path, ".new") == -1 ||
	    write_file(name, text, len, true) == -1 || keep_backup(s) == -1 ||
	    rename(name, s->path) == -1 || store_sync_directory(s->path) == -1)
		return -1;
	s->saved_us = now_us;
	s->saved_crc = crc32_of(text, len);
	s->known = true;
	return 0;
}

/* Length of the part of the text that goes to STATE. */
static size_t
durable_length(const struct store *s, const char *text)
{
	const char *live = strstr(text, "\nlive\n");

	return s->live[0] == '\0' || live == NULL ? strlen(text) :
						    (size_t)(live - text) + 1;
}

static bool
live_due(const struct store *s, int64_t now_us)
{
	return s->live[0] != '\0' && now_us - s->live_us >= STORE_LIVE_US;
}

static bool
state_due(const struct store *s, int64_t now_us, int64_t min_us)
{
	return s->path[0] != '\0' && now_us - s->saved_us >= min_us;
}

bool
store_due(const struct store *s, int64_t now_us, int64_t min_us)
{
	return live_due(s, now_us) || state_due(s, now_us, min_us);
}

int
store_save(struct store *s, const char *text, int64_t now_us, int64_t min_us,
    bool final)
{
	bool last = final && s->live[0] == '\0';
	size_t len = durable_length(s, text);
	int result = 0, live_error;

	if (strlen(text) + RECORD_MAX >= STORE_MAX) {
		errno = EFBIG;
		return -1;
	}
	if (live_due(s, now_us) || (final && s->live[0] != '\0'))
		result = save_live(s, text, now_us);
	if (!state_due(s, now_us, last ? INT64_MIN : min_us))
		return result;
	if (s->known && s->saved_crc == crc32_of(text, len)) {
		s->saved_us = now_us;
		return result;
	}
	live_error = errno;
	if (save_state(s, text, len, now_us) == -1)
		return -1;
	if (result == -1) {
		s->failed = s->live;
		errno = live_error;
	}
	return result;
}

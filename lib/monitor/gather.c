/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "monitor/health.h"

#define NAME_SUFFIX ".conf"

/* --- names ---------------------------------------------------------------- */

static bool
is_name(const char *s, size_t len)
{
	return text_is_name(s, len, SETTINGS_NAME_BYTES);
}

/* A line that is configured: NAME.conf. */
static int
is_configured(const struct dirent *e)
{
	size_t len = strlen(e->d_name), end = strlen(NAME_SUFFIX);

	return len > end && strcmp(e->d_name + len - end, NAME_SUFFIX) == 0 &&
	    is_name(e->d_name, len - end);
}

/* One that has run: a directory of its name. */
static int
has_run(const struct dirent *e)
{
	return is_name(e->d_name, strlen(e->d_name));
}

/* Adds a name in its place, if it is a new one. */
static size_t
add_name(char name[static GATHER_LINES][WAN_MAX], size_t n, const char *new,
    size_t len)
{
	char copy[WAN_MAX];
	size_t at = 0;

	(void)text_copy(copy, sizeof copy, new, len);
	while (at < n && strcmp(name[at], copy) < 0)
		at++;
	if (n == GATHER_LINES || (at < n && strcmp(name[at], copy) == 0))
		return n;
	memmove(name[at + 1], name[at], (n - at) * sizeof *name);
	memcpy(name[at], copy, sizeof copy);
	return n + 1;
}

static bool
is_directory(const char *dir, const char *name)
{
	char path[STORE_PATH_MAX];
	struct stat st;

	/* One that may not be looked at is there. */
	return snprintf(path, sizeof path, "%s/%s", dir, name) <
	    (int)sizeof path &&
	    (stat(path, &st) == -1 ? errno == EACCES : S_ISDIR(st.st_mode));
}

size_t
gather_names(struct gather *g, char name[static GATHER_LINES][WAN_MAX])
{
	const struct {
		const char *dir, *suffix;
		int (*which)(const struct dirent *e);
	} from[] = { { g->conf_dir, NAME_SUFFIX, is_configured },
		{ g->run_dir, "", has_run } };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		struct dirent **entry;
		int count = scandir(from[i].dir, &entry, from[i].which,
		    alphasort);

		if (count == -1) {
			g->closed = g->closed || errno == EACCES;
			continue;
		}
		for (int k = 0; k < count; k++) {
			size_t len = strlen(entry[k]->d_name) -
			    strlen(from[i].suffix);

			if (*from[i].suffix != '\0' ||
			    is_directory(from[i].dir, entry[k]->d_name))
				n = add_name(name, n, entry[k]->d_name, len);
			free(entry[k]);
		}
		free(entry);
	}
	return n;
}

/* --- a line --------------------------------------------------------------- */

/* The settings that matter; those of a configuration that is refused are the
 * defaults. False if there is no configuration. */
static bool
read_settings(struct gather *g, struct health_line *line, const char *path)
{
	const struct settings *s = &g->settings;

	switch (conf_load(&g->settings, path, &g->report)) {
	case 0:
		break;
	case 1:
		return true;
	default:
		line->steers = 1;
		g->closed = g->closed || errno == EACCES;
		return errno != ENOENT;
	}
	line->interval_us = s->pass.interval_us;
	for (int i = 0; i < DIRECTIONS; i++) {
		line->ceiling_bps[i] = s->dir[i].ceiling_bps;
		line->floor_bps[i] = s->dir[i].floor_bps[ZONE_RED];
	}
	if (s->shaper.backend == BACKEND_ROUTER)
		line->backend = s->router.transport == TRANSPORT_SSH_TC ?
		    HEALTH_ROUTER :
		    HEALTH_FLASH;
	if (s->steer.to[0] == '\0')
		return true;
	line->steers = 1;
	line->delta_us = s->steer.delta_us;
	line->red_samples = s->steer.red_samples;
	line->green_samples = s->steer.green_samples;
	return true;
}

/* Adds a file of records. One that is not there says nothing. */
static enum gather_got
read_file(struct gather *g, const char *dir, const char *name, struct text *out)
{
	char path[STORE_PATH_MAX];
	ssize_t len;
	int fd;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >=
	    (int)sizeof path) {
		errno = ENAMETOOLONG;
		fd = -1;
	} else {
		fd = store_open_file(path, O_RDONLY, 0);
	}
	if (fd == -1) {
		if (errno == ENOENT)
			return GATHER_OK;
		g->closed = g->closed || errno == EACCES;
		(void)text_copy(g->failed, sizeof g->failed, path,
		    strlen(path));
		g->why = store_reason(errno);
		return GATHER_FAILED;
	}
	if ((len = read(fd, g->file, sizeof g->file)) > 0) {
		text_bytes(out, g->file, (size_t)len);
		/* Half a line must not become one with the next file's. */
		if (g->file[len - 1] != '\n')
			text_add(out, "\n");
	}
	(void)close(fd);
	return GATHER_OK;
}

enum gather_got
gather_line(struct gather *g, const char *wan, struct text *out)
{
	static const char *const files[] = { "queue", "assess", "setrate",
		"steer", "alert" };
	char conf[STORE_PATH_MAX], dir[STORE_PATH_MAX];
	struct health none;
	struct stat st;
	bool configured;

	health_init(&none);
	none.line.now_us = g->now_us;
	(void)text_copy(none.line.wan, sizeof none.line.wan, wan, strlen(wan));
	(void)snprintf(conf, sizeof conf, "%s/%s" NAME_SUFFIX, g->conf_dir,
	    wan);
	(void)snprintf(dir, sizeof dir, "%s/%s", g->run_dir, wan);
	configured = read_settings(g, &none.line, conf);
	if (!configured && stat(dir, &st) == -1 && errno != EACCES) {
		(void)text_copy(g->failed, sizeof g->failed, conf,
		    strlen(conf));
		return GATHER_MISSING;
	}
	health_describe(&none.line, out);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		enum gather_got got = read_file(g, dir, files[i], out);

		if (got != GATHER_OK)
			return got;
	}
	return GATHER_OK;
}

/* --- disk ----------------------------------------------------------------- */

bool
gather_disk(const char *dir, int64_t *free_bytes, int64_t *total_bytes)
{
	char path[STORE_PATH_MAX];
	struct statvfs fs;
	char *slash;

	if (!text_copy(path, sizeof path, dir, strlen(dir)))
		return false;
	while (statvfs(path, &fs) == -1) {
		slash = strrchr(path, '/');
		if (slash == NULL || path[1] == '\0')
			return false;
		slash[slash == path ? 1 : 0] = '\0';
	}
	*free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	*total_bytes = (int64_t)fs.f_blocks * (int64_t)fs.f_frsize;
	return true;
}

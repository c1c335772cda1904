/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How each line is: a table for people, and an exit status. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "program.h"
#include "record/health.h"
#include "record/timeline.h"

#define NAME_SUFFIX ".conf"

static const char usage_text[] = "usage: wanctl-status [WAN ...]\n";

static struct timeline timeline;

static const char *
config_dir(void)
{
	const char *dir = secure_getenv("WANCTL_CONFIG_DIR");

	return dir != NULL && *dir != '\0' ? dir : "/etc/wanctl";
}

static bool
is_name(const char *s, size_t len)
{
	return text_is_name(s, len, SETTINGS_NAME_BYTES);
}

/* --- a line --------------------------------------------------------------- */

/* The settings that matter; those of a configuration that is refused are the
 * defaults. False if there is no configuration. */
static bool
read_settings(struct health *h, const char *path)
{
	static struct settings s;
	static struct conf_report report;

	h->interval_us = 2000000;
	switch (conf_load(&s, path, &report)) {
	case 0:
		break;
	case 1:
		return true;
	default:
		h->steers = true;
		return errno != ENOENT;
	}
	h->interval_us = s.pass.interval_us;
	h->steers = s.steer.to[0] != '\0';
	if (s.shaper.backend == BACKEND_ROUTER)
		h->backend = s.router.transport == TRANSPORT_SSH_TC ?
		    HEALTH_ROUTER :
		    HEALTH_FLASH;
	return true;
}

/* A file that is not there says nothing. 0, or an exit status. */
static int
read_state(struct health *h, const char *dir, const char *name)
{
	static char text[STORE_MAX];
	char path[STORE_PATH_MAX];
	ssize_t len;
	int fd;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >=
	    (int)sizeof path) {
		program_say("%s: too long a name", dir);
		return STATUS_OS;
	}
	if ((fd = store_open_file(path, O_RDONLY, 0)) == -1) {
		if (errno == ENOENT)
			return STATUS_OK;
		program_say("%s: %s", path, store_reason(errno));
		return STATUS_OS;
	}
	if ((len = read(fd, text, sizeof text)) > 0)
		health_read(h, text, (size_t)len);
	(void)close(fd);
	return STATUS_OK;
}

static int
print_rows(const struct health *h)
{
	char row[HEALTH_ROW];
	int status = STATUS_OK;
	bool well;

	for (int i = 0; health_row(h, i, row, &well); i++) {
		printf("%s\n", row);
		if (!well)
			status = STATUS_NO;
	}
	return status;
}

/* 0: all is well; else an exit status. */
static int
show(const char *wan)
{
	static const char *const files[] = { "assess", "setrate", "steer" };
	char conf[STORE_PATH_MAX], dir[STORE_PATH_MAX];
	struct health h;
	struct stat st;
	int status = STATUS_OK;

	if (!is_name(wan, strlen(wan))) {
		program_say("%s: not a name (letters, digits, . _ -)", wan);
		return STATUS_USAGE;
	}
	health_init(&h);
	text_copy(h.wan, sizeof h.wan, wan, strlen(wan));
	(void)snprintf(conf, sizeof conf, "%s/%s" NAME_SUFFIX, config_dir(),
	    wan);
	(void)snprintf(dir, sizeof dir, "%s/%s", program_runtime_dir(), wan);
	if (!read_settings(&h, conf) && stat(dir, &st) == -1) {
		program_say("%s: no such WAN: %s is missing", wan, conf);
		return STATUS_CONFIG;
	}
	for (size_t i = 0; i < 3 && status == STATUS_OK; i++)
		status = read_state(&h, dir, files[i]);
	if (status != STATUS_OK)
		return status;
	h.now_us = timeline_now(&timeline);
	return print_rows(&h);
}

static void
print_heading(void)
{
	char row[HEALTH_ROW];

	health_heading(row);
	printf("%s\n", row);
}

/* --- all lines ------------------------------------------------------------ */

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

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Adds the names of a directory, up to `max` in all. */
static size_t
add_names(char (*name)[WAN_MAX], size_t n, size_t max, const char *dir,
    int (*which)(const struct dirent *e), bool directories)
{
	struct dirent **entry;
	struct stat st;
	int count = scandir(dir, &entry, which, alphasort);

	for (int i = 0; i < count; i++) {
		char path[STORE_PATH_MAX];
		size_t len = strlen(entry[i]->d_name);

		(void)snprintf(path, sizeof path, "%s/%s", dir,
		    entry[i]->d_name);
		if (!directories)
			len -= strlen(NAME_SUFFIX);
		if (n < max &&
		    (!directories ||
			(stat(path, &st) == 0 && S_ISDIR(st.st_mode))))
			text_copy(name[n++], WAN_MAX, entry[i]->d_name, len);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	return n;
}

static int
show_all(void)
{
	static char name[256][WAN_MAX];
	const size_t max = sizeof name / sizeof *name;
	size_t n = add_names(name, 0, max, config_dir(), is_configured, false);
	int worst = STATUS_OK, status;

	n = add_names(name, n, max, program_runtime_dir(), has_run, true);
	if (n == 0)
		errx(STATUS_NO, "no WAN: %s has no .conf file", config_dir());
	print_heading();
	qsort(name, n, sizeof *name, by_name);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(name[i], name[i - 1]) == 0)
			continue;
		if ((status = show(name[i])) > worst)
			worst = status;
	}
	return worst;
}

int
main(int argc, char *argv[])
{
	int worst = STATUS_OK, status;

	while (program_options(argc, argv, "", usage_text) != -1)
		;
	program_keep(PRIVILEGE_FILES);
	timeline_start(&timeline, program_runtime_dir());
	if (optind == argc)
		worst = show_all();
	else
		print_heading();
	for (int i = optind; i < argc; i++)
		if ((status = show(argv[i])) > worst)
			worst = status;
	program_close_stdout();
	return worst;
}

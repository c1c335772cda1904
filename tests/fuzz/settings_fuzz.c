/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration is refused with reasons, or taken; then what is shown of it
 * is a configuration that is taken too and means the same. */
#include "conf/confload.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static struct conf_report report;
static char path[40];
static int fd = -1;

static int
load(struct settings *s, const char *text, size_t len)
{
	if (fd == -1) {
		fd = memfd_create("conf", MFD_CLOEXEC);
		must(fd != -1);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	}
	must(ftruncate(fd, 0) == 0);
	must(pwrite(fd, text, len, 0) == (ssize_t)len);
	return conf_load(s, path, &report);
}

static void
check_report(void)
{
	int line = 1;

	must(report.count > 0);
	for (size_t i = 0; i < report.count && i < CONF_FAULTS; i++) {
		const struct conf_fault *f = &report.fault[i];

		must(f->line == 0 || f->line >= line);
		line = f->line == 0 ? INT32_MAX : f->line;
		must(memchr(f->text, '\0', sizeof f->text) != NULL);
		must(strlen(f->text) > 5);
		for (const char *p = f->text; *p != '\0'; p++)
			must(*p >= ' ' && *p <= '~');
	}
}

/* As wanctl-conf show. */
static size_t
show(const struct settings *s, char *out, size_t size)
{
	char value[SETTINGS_VALUE_MAX];
	const char *section = "";
	size_t len = 0;

	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (strcmp(row->section, section) != 0)
			len += (size_t)snprintf(out + len, size - len, "[%s]\n",
			    row->section);
		section = row->section;
		for (size_t at = 0; settings_value_line(s, i, &at, value);)
			len += (size_t)snprintf(out + len, size - len,
			    "%s=%s\n", row->key, value);
	}
	must(len < size);
	return len;
}

static void
check_settings(const struct settings *s)
{
	static char text[40000], again[40000];
	static struct settings back;
	size_t len;

	must(s->schema == 1 && s->ping.hosts <= SETTINGS_HOSTS);
	for (int i = 0; i < DIRECTIONS; i++) {
		const struct direction_settings *d = &s->dir[i];

		must(d->floor_bps[ZONE_RED] > 0);
		must(d->floor_bps[ZONE_RED] <= d->base_bps);
		must(d->base_bps <= d->ceiling_bps);
		must(d->limits.yellow_us < d->limits.red_us);
	}
	len = show(s, text, sizeof text);
	must(load(&back, text, len) == 0);
	must(show(&back, again, sizeof again) == len);
	must(memcmp(text, again, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings s;
	int got = load(&s, (const char *)data, size);

	must(got == 0 || got == 1);
	if (got == 0)
		check_settings(&s);
	else
		check_report();
	return 0;
}

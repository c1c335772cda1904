/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf/confload.h"

void
program_refuse(const struct conf_report *report, const char *path)
{
	for (size_t i = 0; i < report->count && i < CONF_FAULTS; i++) {
		const struct conf_fault *f = &report->fault[i];

		if (f->line > 0)
			program_warn("%s:%d: %s", path, f->line, f->text);
		else
			program_warn("%s: %s", path, f->text);
	}
	if (report->count > CONF_FAULTS)
		program_warn("%s: and %zu more", path,
		    report->count - CONF_FAULTS);
	exit(STATUS_CONFIG);
}

void
program_load_settings(struct settings *s, const char *path)
{
	static struct conf_report report;
	int got = conf_load(s, path, &report);

	if (got == -1)
		program_fail(STATUS_CONFIG, "%s", path);
	if (got == 1)
		program_refuse(&report, path);
	program_is_of(s->wan.name);
}

void
program_load_incomplete(struct settings *s, const char *path)
{
	static struct conf_report report;
	int got = conf_load(s, path, &report);

	if (got == -1)
		program_fail(STATUS_CONFIG, "%s", path);
	if (got == 1 && report.missing < report.count)
		program_refuse(&report, path);
	program_is_of(s->wan.name);
}

void
program_read_file(const char *path, char text[static PROGRAM_FILE_MAX])
{
	char real[PATH_MAX];
	int fd;
	FILE *f;
	size_t len;

	/* A link is followed, but nothing that would wait is opened. */
	if (realpath(path, real) == NULL)
		program_fail(STATUS_CONFIG, "%s", path);
	if ((fd = store_open_file(real, O_RDONLY, 0)) == -1)
		program_die(STATUS_CONFIG, "%s: %s", path, store_reason(errno));
	if ((f = fdopen(fd, "r")) == NULL)
		program_fail(STATUS_OS, "%s", path);
	len = fread(text, 1, PROGRAM_FILE_MAX, f);
	if (ferror(f))
		program_fail(STATUS_CONFIG, "%s", path);
	(void)fclose(f);
	if (len == PROGRAM_FILE_MAX || memchr(text, '\0', len) != NULL)
		program_die(STATUS_CONFIG, "%s: too long, or no text", path);
	text[len] = '\0';
}

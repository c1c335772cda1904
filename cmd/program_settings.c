/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <stdlib.h>

#include "conf/confload.h"

void
program_refuse(const struct conf_report *report, const char *path)
{
	for (size_t i = 0; i < report->count && i < CONF_FAULTS; i++) {
		const struct conf_fault *f = &report->fault[i];

		if (f->line > 0)
			warnx("%s:%d: %s", path, f->line, f->text);
		else
			warnx("%s: %s", path, f->text);
	}
	if (report->count > CONF_FAULTS)
		warnx("%s: and %zu more", path, report->count - CONF_FAULTS);
	exit(STATUS_CONFIG);
}

void
program_load_settings(struct settings *s, const char *path)
{
	static struct conf_report report;
	int got = conf_load(s, path, &report);

	if (got == -1)
		err(STATUS_CONFIG, "%s", path);
	if (got == 1)
		program_refuse(&report, path);
}

void
program_load_incomplete(struct settings *s, const char *path)
{
	static struct conf_report report;
	int got = conf_load(s, path, &report);

	if (got == -1)
		err(STATUS_CONFIG, "%s", path);
	if (got == 1 && report.missing < report.count)
		program_refuse(&report, path);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every program does the same way: options, usage, configuration, the
 * last flush. Header only: cmd/ has one file per program and only cmd/ may
 * print and exit.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "confload.h"
#include "settings.h"
#include "status.h"

static inline _Noreturn void
program_usage(const char *text)
{
	fputs(text, stderr);
	exit(STATUS_USAGE);
}

/* stdio keeps write errors to itself until somebody asks: a program that does
 * not ask lies about success. */
static inline void
program_close_stdout(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		err(STATUS_OS, "standard output");
}

/* The next option of argv, -1 at the end, as getopt(3), but options may
 * follow operands with every C library, and -h and -V are the same
 * everywhere. */
static inline int
program_options(int argc, char *argv[], const char *letters, const char *usage)
{
	static const struct option none[] = { { NULL, 0, NULL, 0 } };
	char all[64];
	int ch;

	snprintf(all, sizeof all, "%shV", letters);
	ch = getopt_long(argc, argv, all, none, NULL);
	if (ch == 'h') {
		fputs(usage, stdout);
		program_close_stdout();
		exit(STATUS_OK);
	}
	if (ch == 'V') {
		printf("%s %s\n", program_invocation_short_name, VERSION);
		program_close_stdout();
		exit(STATUS_OK);
	}
	if (ch == '?')
		program_usage(usage);
	return ch;
}

/* Loads a configuration or ends the program, saying every fault. */
static inline void
program_load_settings(struct settings *s, const char *path)
{
	static struct conf_report report;
	int got = conf_load(s, path, &report);

	if (got == 0)
		return;
	if (got == -1)
		err(STATUS_CONFIG, "%s", path);
	for (size_t i = 0; i < report.count && i < CONF_FAULTS; i++) {
		const struct conf_fault *f = &report.fault[i];

		if (f->line > 0)
			warnx("%s:%d: %s", path, f->line, f->text);
		else
			warnx("%s: %s", path, f->text);
	}
	if (report.count > CONF_FAULTS)
		warnx("%s: and %zu more", path, report.count - CONF_FAULTS);
	exit(STATUS_CONFIG);
}

#endif

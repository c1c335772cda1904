/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every program does the same way: options, usage, configuration, bad
 * records, signals, state, the last flush. Header only: cmd/ has one file per
 * program and only cmd/ may print and exit.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "confload.h"
#include "filter.h"
#include "settings.h"
#include "status.h"
#include "store.h"

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

/* --- filters ------------------------------------------------------------- */

struct program_faults {
	int64_t bad; /* bad records so far */
};

/* Said for the first few only: a broken producer must not fill the log. */
static inline void
program_bad_line(struct program_faults *faults, int64_t line,
    const char *culprit, const char *why)
{
	const int64_t most = 10;

	if (++faults->bad > most)
		return;
	warnx("standard input:%lld: bad record: %s%s%s", (long long)line,
	    culprit, *culprit != '\0' ? ": " : "", why);
	if (faults->bad == most)
		warnx("standard input: further bad records are not reported");
}

static inline void
program_bad_record(struct program_faults *faults, const struct filter *f)
{
	program_bad_line(faults, f->line, f->culprit, f->why);
}

static inline _Noreturn void
program_filter_failed(const struct filter *f)
{
	err(STATUS_OS, f->input_failed ? "standard input" : "standard output");
}

static volatile sig_atomic_t program_stopping;

static inline void
program_on_signal(int sig)
{
	(void)sig;
	program_stopping = 1;
}

/* SIGTERM and SIGINT set program_stopping. They come only inside waits that
 * use *open_mask, so none is lost between the test and the wait. */
static inline void
program_catch_signals(sigset_t *open_mask)
{
	struct sigaction sa = { .sa_handler = program_on_signal };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	if (sigprocmask(SIG_BLOCK, &block, open_mask) == -1 ||
	    sigaction(SIGTERM, &sa, NULL) == -1 ||
	    sigaction(SIGINT, &sa, NULL) == -1)
		err(STATUS_OS, "signals");
	sigdelset(open_mask, SIGTERM);
	sigdelset(open_mask, SIGINT);
}

/* --- state --------------------------------------------------------------- */

static inline const char *
program_store_name(const struct store *s)
{
	return s->path[0] != '\0' ? s->path : s->live;
}

/* Takes the lock and reads the text, or ends the program. False when there is
 * nothing to restore. */
static inline bool
program_open_store(struct store *s, const char *state, const char *live,
    char text[static STORE_MAX])
{
	int found = -1;

	if (store_open(s, state, live, program_invocation_short_name) == -1) {
		if (errno == EWOULDBLOCK)
			errx(STATUS_RETRY, "%s: held by %s",
			    program_store_name(s), s->owner);
		err(STATUS_OS, "%s", program_store_name(s));
	}
	if ((found = store_load(s, text)) == -1)
		err(STATUS_OS, "%s", program_store_name(s));
	if (found == STORE_BACKUP)
		warnx("%s: damaged or missing; using its backup", state);
	if (found == STORE_LOST)
		warnx("%s: damaged, kept as %s.corrupt; starting afresh", state,
		    state);
	return found == STORE_LOADED || found == STORE_BACKUP;
}

#endif

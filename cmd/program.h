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
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/output.h"
#include "base/privilege.h"
#include "base/quota.h"
#include "base/status.h"
#include "conf/confload.h"
#include "conf/settings.h"
#include "record/filter.h"
#include "record/store.h"

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

/* A standard descriptor that is closed would go to the next file or socket
 * that is opened, and records into it. So there is something that fails. */
static inline void
program_hold_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* A message is one write(2): what several programs say to one descriptor does
 * not mix. */
static inline void
program_print_lines(void)
{
	static char line[1024];

	(void)setvbuf(stderr, line, _IOLBF, sizeof line);
}

/* Where the directories of running lines are. */
static inline const char *
program_runtime_dir(void)
{
	const char *dir = secure_getenv("WANCTL_RUNTIME_DIR");

	return dir != NULL && *dir != '\0' ? dir : "/run/wanctl";
}

/* Keeps these capabilities at most, for good. */
static inline void
program_keep(uint64_t set)
{
	if (privilege_keep(set) == -1)
		err(STATUS_OS, "cannot give privileges away");
}

/* False if somebody wants to look in with a tool that the confinement would
 * confine as well, valgrind(1) for one. */
static inline bool
program_confined(void)
{
	return secure_getenv("WANCTL_UNCONFINED") == NULL;
}

/* For pauses that are better not the same everywhere. */
static inline uint32_t
program_chance(void)
{
	uint32_t chance;

	return getrandom(&chance, sizeof chance, GRND_NONBLOCK) ==
		sizeof chance ?
	    chance :
	    0;
}

/* The next option of argv, -1 at the end, as getopt(3), but options may
 * follow operands with every C library, and -h and -V are the same
 * everywhere. Each of `longs` stands for a letter. */
static inline int
program_long_options(int argc, char *argv[], const char *letters,
    const struct option *longs, const char *usage)
{
	char all[64];
	int ch;

	program_hold_descriptors();
	program_print_lines();
	snprintf(all, sizeof all, "%shV", letters);
	ch = getopt_long(argc, argv, all, longs, NULL);
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

static inline int
program_options(int argc, char *argv[], const char *letters, const char *usage)
{
	static const struct option none[] = { { NULL, 0, NULL, 0 } };

	return program_long_options(argc, argv, letters, none, usage);
}

/* Says every fault of a configuration and ends the program. */
static inline _Noreturn void
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

/* Loads a configuration or ends the program. The second is for what does
 * without most keys: it is content if nothing but keys are missing. */
static inline void
program_load_settings(struct settings *s, const char *path)
{
	static struct conf_report report;
	int got = conf_load(s, path, &report);

	if (got == -1)
		err(STATUS_CONFIG, "%s", path);
	if (got == 1)
		program_refuse(&report, path);
}

static inline void
program_load_incomplete(struct settings *s, const char *path)
{
	static struct conf_report report;
	int got = conf_load(s, path, &report);

	if (got == -1)
		err(STATUS_CONFIG, "%s", path);
	if (got == 1 && report.missing < report.count)
		program_refuse(&report, path);
}

/* --- messages ------------------------------------------------------------- */

/* Whole lines to standard error. */
static inline struct output *
program_messages(void)
{
	static struct output messages;

	if (messages.fd != STDERR_FILENO)
		output_init(&messages, STDERR_FILENO);
	return &messages;
}

/* What happens while a program runs, for people, as warnx(3): one place where
 * how often that is printed has its limit, and where a reader that is stopped
 * keeps no signal waiting. Its kind is its format. */
__attribute__((format(printf, 1, 2))) static inline void
program_say(const char *format, ...)
{
	static struct quota quota;
	struct output *out = program_messages();
	char text[1024], line[1200];
	int64_t left_out;
	va_list args;

	if (!quota_allows(&quota, format, clock_monotonic(), &left_out))
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	(void)snprintf(line, sizeof line, "%s: %s",
	    program_invocation_short_name, text);
	if (left_out > 0)
		(void)snprintf(line + strlen(line), sizeof line - strlen(line),
		    " (and %lld more of this kind before)",
		    (long long)left_out);
	(void)output_line_lf(out, line, strlen(line));
	(void)output_flush(out);
}

/* Trouble is said once, and again when it changes, but not for "timeout", which
 * says least: who waits for an answer that fails again and again is in both by
 * turns. *before is NULL or the trouble that is known. */
static inline bool
program_is_news(const char **before, const char *why)
{
	const char *known = *before;

	if (why != NULL && known != NULL && strcmp(why, "timeout") == 0)
		return false;
	*before = why;
	return why != NULL && (known == NULL || strcmp(why, known) != 0);
}

/* --- filters ------------------------------------------------------------- */

struct program_faults {
	int64_t bad;  /* bad records so far */
	bool unsaved; /* the last write of the state failed */
};

/* Said for the first few only: a broken producer must not fill the log. */
static inline void
program_bad_line(struct program_faults *faults, int64_t line,
    const char *culprit, const char *why)
{
	const int64_t most = 10;

	if (++faults->bad > most)
		return;
	program_say("standard input:%lld: bad record: %s%s%s", (long long)line,
	    culprit, *culprit != '\0' ? ": " : "", why);
	if (faults->bad == most)
		program_say(
		    "standard input: further bad records are not reported");
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
 * use *open_mask, so none is lost between the test and the wait; two of these
 * are those for the readers of messages and, if it is not NULL, of *out. */
static inline void
program_catch_signals(sigset_t *open_mask, struct output *out)
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
	output_stops(program_messages(), open_mask, &program_stopping);
	if (out != NULL)
		output_stops(out, open_mask, &program_stopping);
}

/* --- state --------------------------------------------------------------- */

/* Takes the lock, or ends the program. */
static inline void
program_open_store(struct store *s, const char *state, const char *live)
{
	if (store_open(s, state, live, program_invocation_short_name) == 0)
		return;
	if (errno == EWOULDBLOCK)
		errx(STATUS_RETRY, "%s: held by %s", s->failed, s->owner);
	errx(STATUS_OS, "%s: %s", s->failed, store_reason(errno));
}

/* Gives the saved text to `restore`, which says NULL or why it refuses it;
 * tries one source after the other. */
static inline void
program_load_store(struct store *s, void *user,
    const char *restore(void *user, const char *text))
{
	static char text[STORE_MAX];
	const char *why;
	int found;

	while ((found = store_load(s, text)) == STORE_LOADED ||
	    found == STORE_BACKUP) {
		if (found == STORE_BACKUP)
			warnx("%s: damaged or missing; using its backup",
			    s->path);
		if ((why = restore(user, text)) == NULL)
			return;
		warnx("%s: %s; not used",
		    s->refused == 0 && s->live[0] != '\0' ? s->live : s->path,
		    why);
		store_refuse(s);
	}
	if (found == -1)
		errx(STATUS_OS, "%s: %s", s->failed, store_reason(errno));
	if (found == STORE_LOST)
		warnx("%s: damaged, kept as %s.corrupt; starting afresh",
		    s->path, s->path);
}

/* A state that cannot be written stops nothing: it is said once, tried again,
 * and shows in the exit status. */
static inline void
program_save_store(struct store *s, const char *text, int64_t min_us,
    bool final, struct program_faults *faults)
{
	if (store_save(s, text, clock_monotonic(), min_us, final) == 0) {
		faults->unsaved = false;
		return;
	}
	if (!faults->unsaved)
		program_say("%s: %s", s->failed, store_reason(errno));
	faults->unsaved = true;
}

/* The exit status of a filter that came to its end. */
static inline int
program_status(const struct program_faults *faults)
{
	if (faults->unsaved)
		return STATUS_OS;
	return faults->bad > 0 ? STATUS_DATA : STATUS_OK;
}

/* Nothing is kept back while there is nothing more to read. */
static inline void
program_wait_for_line(struct lines *in, struct output *out)
{
	struct pollfd fd = { .fd = in->fd, .events = POLLIN };

	if (output_flush(out) == -1)
		err(STATUS_OS, "standard output");
	if ((poll(&fd, 1, -1) == -1 && errno != EINTR) || lines_fill(in) == -1)
		err(STATUS_OS, "standard input");
}

/* Hands over each line of standard input with its number, until the end; what
 * is not a line is a bad record. */
static inline void
program_each_line(struct lines *in, struct output *out,
    struct program_faults *faults,
    void (*take)(const char *line, size_t len, int64_t number))
{
	enum lines_got got;
	const char *line;
	int64_t number = 0;
	size_t len;

	while ((got = lines_next(in, &line, &len)) != LINES_END) {
		if (got == LINES_EMPTY) {
			program_wait_for_line(in, out);
			continue;
		}
		number++;
		if (got == LINES_LINE)
			take(line, len, number);
		else
			program_bad_line(faults, number, "",
			    got == LINES_LONG ? "line too long" : "cut off");
	}
	if (output_flush(out) == -1)
		err(STATUS_OS, "standard output");
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The common part of every program: options, usage, configuration, bad
 * records, signals, state, the last flush. Only cmd/ may print and exit.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/failure.h"
#include "base/lines.h"
#include "base/output.h"
#include "base/privilege.h"
#include "base/status.h"
#include "conf/confload.h"
#include "conf/settings.h"
#include "record/filter.h"
#include "record/store.h"

/* --- begin and end: program.c --------------------------------------------- */

__attribute__((noreturn)) void program_usage(const char *text);

/* stdio keeps write errors to itself until somebody asks: a program that does
 * not ask lies about success. */
void program_close_stdout(void);

/* Where the directories of running lines are. */
const char *program_runtime_dir(void);

/* Keeps these capabilities at most, for good. */
void program_keep(uint64_t set);

/* False if somebody wants to look in with a tool that the confinement would
 * confine as well, valgrind(1) for one. */
bool program_confined(void);

/* For pauses that are better not the same everywhere. */
uint32_t program_chance(void);

/* The next option of argv, -1 at the end, as getopt(3), but options may
 * follow operands with every C library, and -h and -V are the same
 * everywhere. Each of `longs` stands for a letter. */
int program_long_options(int argc, char *argv[], const char *letters,
    const struct option *longs, const char *usage);
int program_options(int argc, char *argv[], const char *letters,
    const char *usage);

/* The value of an option: a time, or a number from 1 to PROGRAM_COUNT_MAX. One
 * that is out of its range ends the program. */
#define PROGRAM_COUNT_MAX 1000000000
int64_t program_want_duration(char letter, const char *value, int64_t lo_us,
    int64_t hi_us);
int64_t program_want_count(char letter, const char *value);

/* SIGTERM and SIGINT set this. */
extern volatile sig_atomic_t program_stopping;

/* From now on they do, and come only inside waits that use *open_mask, so none
 * is lost between the test and the wait; two of these are those for the readers
 * of messages and, if it is not NULL, of *out. */
void program_catch_signals(sigset_t *open_mask, struct output *out);

/* Another signal does the same, or calls a handler; after
 * program_catch_signals. */
void program_catch_more(sigset_t *open_mask, int sig);
void program_catch_with(sigset_t *open_mask, int sig, void (*handler)(int));

/* --- messages: program_message.c ------------------------------------------ */

/* All that a program has to say to people goes through one place. On a
 * terminal, in a file or a pipe it is "PROGRAM: TEXT". Where standard error is
 * the journal's own stream, the priority of syslog is before that, "<4>"; and
 * with WANCTL_LOG_FORMAT=json it is a line of JSON. */

/* An event of a running program: something is wrong, or is right again.
 * Limited, since data can provoke it; a reader that is stopped keeps no signal
 * waiting. An event's kind is its format. */
__attribute__((format(printf, 1, 2))) void program_say(const char *format, ...);
__attribute__((format(printf, 1, 2))) void program_tell(const char *format,
    ...);

/* A warning that no data can repeat. */
__attribute__((format(printf, 1, 2))) void program_warn(const char *format,
    ...);

/* The last words: the program exits with this status. The second adds what
 * errno means. */
__attribute__((format(printf, 2, 3), noreturn)) void program_die(int status,
    const char *format, ...);
__attribute__((format(printf, 2, 3), noreturn)) void program_fail(int status,
    const char *format, ...);

/* The line that messages are about from here on. */
void program_is_of(const char *wan);

/* Where messages are written. */
struct output *program_messages(void);

/* Trouble is said once, and again when it changes, but not for a timeout, which
 * says least: who waits for an answer that fails again and again is in both by
 * turns. *before is the trouble that is known. */
bool program_is_news(enum failure *before, enum failure why);

/* --- configuration: program_settings.c ------------------------------------ */

/* Says every fault of a configuration and ends the program. */
__attribute__((noreturn)) void program_refuse(const struct conf_report *report,
    const char *path);

/* Loads a configuration or ends the program. The second is for what does
 * without most keys: it is content if nothing but keys are missing. */
void program_load_settings(struct settings *s, const char *path);
void program_load_incomplete(struct settings *s, const char *path);

/* The text of a file that is to be changed, or ends the program. */
#define PROGRAM_FILE_MAX 65536
void program_read_file(const char *path, char text[static PROGRAM_FILE_MAX]);

/* --- filters: program_filter.c -------------------------------------------- */

/* The options that each filter of records has: -a, -c, -l and -s. */
struct program_filter_options {
	bool copy_all;
	const char *conf, *live, *state; /* NULL: not given, but conf is */
};

/* The next option of another letter, -1 at the end, as program_options;
 * operands and a missing -c end the program. */
int program_filter_options(struct program_filter_options *o, int argc,
    char *argv[], const char *letters, const char *usage);

struct program_faults {
	const char *name; /* of the input; NULL: standard input */
	int64_t bad;      /* bad records so far */
	bool unsaved;     /* the last write of the state failed */
};

/* Said for the first few only: a broken producer must not fill the log. */
void program_bad_line(struct program_faults *faults, int64_t line,
    const char *culprit, const char *why);

__attribute__((noreturn)) void program_filter_failed(const struct filter *f);

/* The exit status of a filter that came to its end. */
int program_status(const struct program_faults *faults);

/* Hands over each line of standard input with its number, until the end; what
 * is not a line is a bad record. */
void program_each_line(struct lines *in, struct output *out,
    struct program_faults *faults,
    void (*take)(void *user, const char *line, size_t len, int64_t number),
    void *user);

/* A filter of records that acts on them. */
struct program_filter {
	void (*take)(void *user); /* its message is there */
	void (*act)(void *user);  /* all that was waiting is taken */
	/* When there is something to do without another record; INT64_MAX:
	 * never. NULL: never. */
	int64_t (*due_us)(void *user);
};

/* Until the end of the input, or a signal. True at the end of the input. */
bool program_filter(const struct program_filter *does, struct filter *f,
    struct program_faults *faults, void *user, const sigset_t *open_mask);

/* --- state: program_store.c ----------------------------------------------- */

/* Takes the lock, or ends the program if it is still held after a second. */
void program_open_store(struct store *s, const char *state, const char *live);

/* Gives the saved text to `restore`, which says NULL or why it refuses it;
 * tries one source after the other. */
void program_load_store(struct store *s, void *user,
    const char *restore(void *user, const char *text));

/* A state that cannot be written stops nothing: it is said once, tried again,
 * and shows in the exit status. */
void program_save_store(struct store *s, const char *text, int64_t min_us,
    bool final, struct program_faults *faults);

#endif

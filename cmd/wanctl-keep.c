/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the last records of a line, and saves them when something happens. */
#include "base/clock.h"
#include "base/number.h"
#include "monitor/alerting.h"
#include "monitor/recordings.h"
#include "program.h"

/* A recording shows how it went on, too. */
#define AFTER_US 60000000
/* What goes on and on is the same thing; a signal does not care. */
#define APART_US 600000000

static const char usage_text[] = "usage: wanctl-keep -c FILE [-d DIRECTORY]\n";

struct program {
	struct settings settings;
	struct alerting alerting;
	struct alerting_news news;
	struct blackbox box;
	struct filter filter;
	struct program_faults faults;
	const char *directory;
	char conf[PROGRAM_FILE_MAX];
	char why[WORD_MAX]; /* it is to be saved; "": it is not */
	int64_t due_us;     /* when, by clock_monotonic() */
	int64_t saved_us;   /* when it last was, for an alert; 0: never */
	bool was_short;     /* that was said */
	bool failed;        /* the last one could not be saved */
};

static const struct message_kind *const consumed[] = { &message_rate,
	&message_applied, &message_steer, NULL };

/* --- save ------------------------------------------------------------------
 */

static void
save(struct program *p)
{
	char path[RECORDINGS_PATH];
	struct recording r = { p->directory, p->settings.wan.name, p->why,
		clock_read(CLOCK_REALTIME), &p->box, p->conf };

	p->failed = recordings_save(&r, path) == -1;
	if (p->failed)
		program_say("%s: not saved: %s", path, strerror(errno));
	else if (recordings_prune(p->directory, p->settings.wan.name,
		     p->settings.keep.files) == -1)
		program_say("%s: old recordings stay: %s", p->directory,
		    strerror(errno));
	if (!p->failed)
		program_tell("saved %s", path);
	p->faults.unsaved = p->failed;
	p->why[0] = '\0';
}

static void
want(struct program *p, const char *why, int64_t due_us)
{
	text_copy(p->why, sizeof p->why, why, strlen(why));
	p->due_us = due_us;
}

/* --- records ---------------------------------------------------------------
 */

static void
keep_record(void *user, const struct record *r, const char *line, size_t len)
{
	struct program *p = user;
	struct slice t = record_get(r, "t");
	int64_t t_us = 0;

	if (slice_is(r->kind, message_memory.kind) &&
	    slice_is(record_get(r, "part"), "1") &&
	    number_int(t.at, t.len, 0, T_MAX, &t_us) == NULL)
		blackbox_cut(&p->box, t_us);
	blackbox_add(&p->box, line, len);
}

/* An alert that begins; others until it is saved are in the same recording. */
static void
heed(struct program *p)
{
	int64_t now_us = clock_monotonic();

	for (size_t i = 0; i < p->news.count; i++) {
		const struct alert *alert = &p->news.alert[i];

		if (alert->resolved == 1 || p->why[0] != '\0' ||
		    (p->saved_us != 0 && now_us - p->saved_us < APART_US))
			continue;
		want(p, event_words[alert->event], now_us + AFTER_US);
		p->saved_us = now_us;
	}
	p->news.count = 0;
}

static void
take_record(void *user)
{
	struct program *p = user;
	struct filter *f = &p->filter;

	if (f->kind == &message_rate)
		alerting_rate(&p->alerting, &p->settings, &f->message.rate,
		    &p->news);
	else if (f->kind == &message_applied)
		alerting_applied(&p->alerting, &p->settings,
		    &f->message.applied, &p->news);
	else
		alerting_steer(&p->alerting, &p->settings, &f->message.steer,
		    &p->news);
	heed(p);
}

/* --- loop ------------------------------------------------------------------
 */

static volatile sig_atomic_t asked;

static void
on_request(int sig)
{
	(void)sig;
	asked = 1;
}

static void
act(void *user)
{
	struct program *p = user;

	if (asked) {
		asked = 0;
		want(p, "request", clock_monotonic());
	}
	if (p->why[0] != '\0' && clock_monotonic() >= p->due_us)
		save(p);
	if (p->box.is_short && !p->was_short) {
		program_say("%lld MiB of memory hold less than window of "
			    "[keep] asks for",
		    (long long)p->settings.keep.memory_mib);
		p->was_short = true;
	}
}

static int64_t
due_us(void *user)
{
	const struct program *p = user;

	return p->why[0] != '\0' ? p->due_us : INT64_MAX;
}

static void
read_options(struct program *p, int argc, char *argv[], const char **conf)
{
	int ch;

	while ((ch = program_options(argc, argv, "c:d:", usage_text)) != -1)
		if (ch == 'c')
			*conf = optarg;
		else
			p->directory = optarg;
	if (*conf == NULL || optind != argc)
		program_usage(usage_text);
}

int
main(int argc, char *argv[])
{
	static const struct program_filter does = { take_record, act, due_us };
	static struct program p;
	const char *conf = NULL;
	sigset_t open_mask;

	read_options(&p, argc, argv, &conf);
	program_load_settings(&p.settings, conf);
	program_read_file(conf, p.conf);
	if (p.directory == NULL)
		p.directory = p.settings.keep.directory;
	if (p.directory[0] == '\0')
		program_die(STATUS_CONFIG, "%s: no directory in [keep]", conf);
	program_keep(PRIVILEGE_FILES);
	p.box.window_us = p.settings.keep.window_us;
	p.box.room = (size_t)p.settings.keep.memory_mib << 20;
	p.filter = (struct filter){ .kinds = consumed,
		.wan = p.settings.wan.name,
		.copy_all = true,
		.each = keep_record,
		.user = &p };
	filter_init(&p.filter, STDIN_FILENO, STDOUT_FILENO);
	program_catch_signals(&open_mask, &p.filter.out);
	program_catch_with(&open_mask, SIGUSR1, on_request);
	(void)program_filter(&does, &p.filter, &p.faults, &p, &open_mask);
	if (output_flush(&p.filter.out) == -1)
		program_filter_failed(&p.filter);
	if (p.why[0] != '\0')
		save(&p);
	blackbox_free(&p.box);
	return program_status(&p.faults);
}

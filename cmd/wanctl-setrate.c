/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets decided rates on the shaper and says what it has. */
#include "clock.h"
#include "filter.h"
#include "notify.h"
#include "program.h"
#include "shaper.h"
#include "store.h"
#include "text.h"
#include "writer.h"

/* A quiet direction is reported this often. */
#define REPORT_US 1000000

static const char usage_text[] =
    "usage: wanctl-setrate -c FILE [-an] [-l LIVE] [-s STATE]\n";

struct direction_work {
	int64_t read_us;     /* when the shaper was last read; monotonic */
	int64_t spoke_us;    /* when it was last reported */
	const char *trouble; /* word of the last failure, NULL if it worked */
	bool was_stale;      /* said already */
};

struct program {
	struct settings settings;
	struct shaper shaper;
	struct writer writer[DIRECTIONS];
	struct applied last[DIRECTIONS];
	struct direction_work work[DIRECTIONS];
	struct store store;
	struct filter filter;
	struct program_faults faults;
	struct clock clock;
	bool dry_run, ready;
};

static const struct message_kind *const consumed[] = { &message_rate, NULL };

/* Once per change, not once per decision. */
static void
say_trouble(struct program *p, int dir, const char *why)
{
	struct direction_work *k = &p->work[dir];

	if (why != NULL && (k->trouble == NULL || strcmp(why, k->trouble)))
		warnx("%s: %s", direction_names[dir], p->shaper.detail);
	if (why == NULL && k->trouble != NULL)
		warnx("%s: works again", direction_names[dir]);
	k->trouble = why;
}

static void
speak(struct program *p, int dir, const struct applied *a)
{
	p->last[dir] = *a;
	p->work[dir].spoke_us = clock_monotonic();
	if (filter_write(&p->filter, &message_applied, a) == -1)
		program_filter_failed(&p->filter);
}

/* Reads the shaper when what it has is not known, or not since a while. NULL,
 * or why not; *changed: somebody else set it. */
static const char *
look(struct program *p, int dir, bool *changed)
{
	struct writer *w = &p->writer[dir];
	struct direction_work *k = &p->work[dir];
	int64_t before = w->has_bps, now_us = clock_monotonic();
	const char *why;

	*changed = false;
	if (before != NONE &&
	    now_us - k->read_us < p->settings.shaper.reconcile_us)
		return NULL;
	k->read_us = now_us;
	w->has_bps = NONE;
	why = shaper_get(&p->shaper, dir, &w->has_bps);
	*changed = why == NULL && before != NONE && w->has_bps != before;
	return why;
}

/* Writes the rate and reads it back. NULL, or why it has not what was
 * wanted. */
static const char *
write_rate(struct program *p, int dir)
{
	struct writer *w = &p->writer[dir];
	const char *why = shaper_set(&p->shaper, dir, w->want_bps);

	w->writes++;
	w->has_bps = NONE;
	if (why == NULL)
		why = shaper_get(&p->shaper, dir, &w->has_bps);
	p->work[dir].read_us = clock_monotonic();
	if (why == NULL && !writer_took(w)) {
		snprintf(p->shaper.detail, sizeof p->shaper.detail,
		    "the shaper has %lld bit/s after %lld were set",
		    (long long)w->has_bps, (long long)w->want_bps);
		why = "not_taken";
	}
	w->failures += why != NULL;
	return why;
}

static struct applied
result_of(const struct program *p, int dir, int64_t was_bps)
{
	const struct writer *w = &p->writer[dir];
	const char *name = p->settings.wan.name;
	struct applied a;

	message_clear(&message_applied, &a);
	a.t_us = clock_now(&p->clock);
	text_copy(a.wan, sizeof a.wan, name, strlen(name));
	a.dir = dir;
	a.bps = w->has_bps;
	a.was = was_bps;
	a.want = w->want_bps;
	return a;
}

static const char *
reason(const struct program *p, int dir, const char *why, bool changed)
{
	return why != NULL         ? why :
	    p->dry_run             ? "dry_run" :
	    changed                ? "reconciled" :
	    p->writer[dir].clamped ? "clamped" :
				     NULL;
}

/* Brings one direction to its wanted rate and reports it if there is news. */
static void
carry_out(struct program *p, int dir)
{
	struct writer *w = &p->writer[dir];
	struct direction_work *k = &p->work[dir];
	int64_t start_us = clock_monotonic(), was_bps;
	bool changed, must = false, first = p->last[dir].t_us == NONE;
	const char *why, *word;
	struct applied a;

	why = look(p, dir, &changed);
	was_bps = w->has_bps;
	if (why == NULL && (must = writer_must_write(w, &p->settings)))
		why = write_rate(p, dir);
	if (changed && must)
		warnx("%s: somebody else had set %lld bit/s",
		    direction_names[dir], (long long)was_bps);
	if (must || first || why != k->trouble ||
	    (w->fresh && start_us - k->spoke_us >= REPORT_US)) {
		a = result_of(p, dir, was_bps);
		a.took_us = clock_monotonic() - start_us;
		a.ok = why == NULL;
		a.wrote = must && !p->dry_run;
		if ((word = reason(p, dir, why, changed && must)) != NULL)
			text_copy(a.why, sizeof a.why, word, strlen(word));
		speak(p, dir, &a);
	}
	say_trouble(p, dir, why);
	w->fresh = false;
}

/* All directions with a decision; what was only read or is right is told to
 * the watchdog as a finished cycle, a failure is not. */
static void
carry_out_all(struct program *p)
{
	bool done = false, failed = false;

	for (int dir = 0; dir < DIRECTIONS; dir++) {
		bool due = clock_monotonic() - p->work[dir].read_us >=
		    p->settings.shaper.reconcile_us;

		if (p->writer[dir].want_bps == NONE ||
		    (!p->writer[dir].fresh && !due))
			continue;
		done = done || p->writer[dir].fresh;
		carry_out(p, dir);
		failed = failed || p->work[dir].trouble != NULL;
	}
	if (!done || failed)
		return;
	(void)notify(p->ready ? "WATCHDOG=1" : "READY=1\nWATCHDOG=1");
	p->ready = true;
}

static void
decide(struct program *p)
{
	const struct rate *rate = &p->filter.message.rate;
	struct direction_work *k = &p->work[rate->dir];
	int64_t now_us = p->dry_run ? rate->t_us : clock_now(&p->clock);
	const char *why;

	why = writer_decide(&p->writer[rate->dir], &p->settings, rate, now_us);
	if (why != NULL && !k->was_stale)
		warnx("%s: a decision is older than max_age and is not "
		      "carried out",
		    direction_names[rate->dir]);
	k->was_stale = why != NULL;
}

static void
save(struct program *p, bool final)
{
	static char text[WRITER_TEXT_MAX];
	int64_t min_us = p->settings.assess.save_us;

	if (!final && !store_due(&p->store, clock_monotonic(), min_us))
		return;
	writer_describe(p->writer, p->last, &p->settings, text);
	program_save_store(&p->store, text, min_us, final, &p->faults);
}

static const char *
restore(void *user, const char *text)
{
	struct program *p = user;

	return writer_restore(p->writer, &p->settings, text);
}

static void
begin(struct program *p)
{
	for (int dir = 0; dir < DIRECTIONS; dir++) {
		writer_init(&p->writer[dir]);
		message_clear(&message_applied, &p->last[dir]);
		p->work[dir].read_us = INT64_MIN / 2;
		p->work[dir].spoke_us = INT64_MIN / 2;
	}
}

static void
run(struct program *p, const sigset_t *open_mask)
{
	struct timespec nap = clock_until(
	    clock_monotonic() + p->settings.shaper.reconcile_us);
	enum filter_got got;

	while ((got = filter_next(&p->filter)) != FILTER_END) {
		if (got == FILTER_MESSAGE) {
			decide(p);
			continue;
		}
		if (got == FILTER_BAD) {
			program_bad_record(&p->faults, &p->filter);
			continue;
		}
		if (got == FILTER_ERROR)
			program_filter_failed(&p->filter);
		/* All that was waiting is read: only the newest counts. */
		carry_out_all(p);
		save(p, false);
		if (program_stopping)
			break;
		if (filter_wait(&p->filter, &nap, open_mask) == -1)
			program_filter_failed(&p->filter);
	}
	carry_out_all(p);
	if (output_flush(&p->filter.out) == -1)
		program_filter_failed(&p->filter);
	(void)notify("STOPPING=1");
	save(p, true);
}

static int
status_of(const struct program *p)
{
	for (int dir = 0; dir < DIRECTIONS; dir++)
		if (p->work[dir].trouble != NULL)
			return STATUS_RETRY;
	return program_status(&p->faults);
}

int
main(int argc, char *argv[])
{
	static struct program p;
	const char *conf = NULL, *state = NULL, *live = NULL;
	sigset_t open_mask;
	int ch;

	while (
	    (ch = program_options(argc, argv, "ac:l:ns:", usage_text)) != -1) {
		if (ch == 'a')
			p.filter.copy_all = true;
		else if (ch == 'c')
			conf = optarg;
		else if (ch == 'l')
			live = optarg;
		else if (ch == 'n')
			p.dry_run = true;
		else
			state = optarg;
	}
	if (optind != argc || conf == NULL)
		program_usage(usage_text);
	program_load_settings(&p.settings, conf);
	if (p.dry_run)
		p.settings.shaper.backend = BACKEND_PRINT;
	p.dry_run = p.settings.shaper.backend == BACKEND_PRINT;
	begin(&p);
	program_open_store(&p.store, state, live);
	program_load_store(&p.store, &p, restore);
	if (shaper_open(&p.shaper, &p.settings) == -1)
		err(STATUS_OS, "shaper");
	p.filter.kinds = consumed;
	p.filter.wan = p.settings.wan.name;
	filter_init(&p.filter, STDIN_FILENO, STDOUT_FILENO);
	clock_start(&p.clock);
	program_catch_signals(&open_mask);
	run(&p, &open_mask);
	shaper_close(&p.shaper);
	return status_of(&p);
}

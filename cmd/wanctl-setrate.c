/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets decided rates on the shaper and says what it has. */
#include "base/clock.h"
#include "base/notify.h"
#include "base/number.h"
#include "base/text.h"
#include "program.h"
#include "record/filter.h"
#include "record/store.h"
#include "record/timeline.h"
#include "router/router_pause.h"
#include "shape/shaper.h"
#include "shape/writer.h"

/* The service manager hears of finished cycles this often. */
#define NOTIFY_US 1000000

_Static_assert(ROUTER_PAUSE_TEXT_MAX <= WRITER_MORE_MAX, "more of a state");

static const char usage_text[] =
    "usage: wanctl-setrate -c FILE [-an] [-l LIVE] [-s STATE]\n";

/* Troubles of a direction, each printed once, and again when it changes. */
struct said {
	enum failure trouble; /* the last one */
	bool stale, foreign;
};

struct program {
	struct settings settings;
	struct shaper shaper;
	struct router_pause router_pause; /* towards a router */
	struct writer writer[DIRECTIONS];
	struct said said[DIRECTIONS];
	struct store store;
	struct filter filter;
	struct program_faults faults;
	struct timeline timeline;
	int64_t newest_t_us; /* of all decisions */
	bool dry_run;
	bool decided; /* since the manager was told */
	bool ready;
	int64_t notified_us;
};

static const struct message_kind *const consumed[] = { &message_rate, NULL };

/* --- messages ------------------------------------------------------------ */

static void
say_trouble(struct program *p, enum direction dir, enum failure why)
{
	struct said *said = &p->said[dir];

	if (why == WORKED && said->trouble != WORKED)
		program_tell("%s: works again", direction_names[dir]);
	if (program_is_news(&said->trouble, why))
		program_say("%s: %s", direction_names[dir], p->shaper.detail);
}

static void
say_foreign(struct program *p, enum direction dir)
{
	const struct writer *w = &p->writer[dir];
	struct said *said = &p->said[dir];

	if (!w->shaper.read)
		return;
	if (w->shaper.foreign && w->shaper.wrote && !said->foreign)
		program_say(
		    "%s: somebody else had set %lld bit/s; set again to %lld",
		    direction_names[dir], (long long)w->was_bps,
		    (long long)w->shaper.want);
	said->foreign = w->shaper.foreign;
}

static void
say_stale(struct program *p, enum direction dir, bool stale, int64_t age_us)
{
	struct said *said = &p->said[dir];

	if (stale && !said->stale)
		program_say(
		    "%s: a decision is %lld ms old, more than max_age of "
		    "[shaper], and is not carried out",
		    direction_names[dir], (long long)age_us / 1000);
	if (!stale && said->stale)
		program_tell("%s: decisions come in time again",
		    direction_names[dir]);
	said->stale = stale;
}

/* Directions with their rates, for systemctl status. A cycle with a decision
 * also feeds the watchdog, whatever became of that: to start anew mends no
 * shaper and no router, only a stream without decisions, or a program that
 * hangs. */
static void
tell_manager(struct program *p)
{
	int64_t now_us = clock_monotonic();
	char buf[160], rate[NUMBER_TEXT_MAX];
	struct text t;

	if (p->ready && now_us - p->notified_us < NOTIFY_US)
		return;
	p->notified_us = now_us;
	text_init(&t, buf, sizeof buf);
	if (p->decided)
		text_add(&t,
		    p->ready ? "WATCHDOG=1\n" : "READY=1\nWATCHDOG=1\n");
	p->ready = p->ready || p->decided;
	p->decided = false;
	text_add(&t, "STATUS=");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		const struct writer *w = &p->writer[dir];

		text_add(&t, dir == DOWN ? "" : ", ");
		text_add(&t, direction_names[dir]);
		text_add(&t, " ");
		if (w->shaper.has != NONE)
			number_rate_text(rate, w->shaper.has);
		text_add(&t,
		    p->settings.dir[dir].managed == 0 ? "unmanaged" :
			w->shaper.why != WORKED ? failure_words[w->shaper.why] :
			w->shaper.has == NONE   ? "unknown" :
						  rate);
	}
	(void)notify(buf);
}

/* --- a cycle ------------------------------------------------------------- */

static void
write_rate(struct program *p, enum direction dir)
{
	struct writer *w = &p->writer[dir];
	enum failure set_why, get_why = WORKED;
	int64_t bps = NONE;

	if (p->dry_run)
		program_warn("%s: would set %lld bit/s", direction_names[dir],
		    (long long)w->shaper.want);
	set_why = shaper_set(&p->shaper, dir, w->shaper.want, &bps);
	if (set_why == WORKED && bps == NONE)
		get_why = shaper_get(&p->shaper, dir, &bps);
	writer_wrote(w, &p->settings, clock_monotonic(), set_why, get_why, bps);
	if (set_why == WORKED && get_why == WORKED && w->shaper.why != WORKED)
		snprintf(p->shaper.detail, sizeof p->shaper.detail,
		    "the shaper has %lld bit/s after %lld were set",
		    (long long)bps, (long long)w->shaper.want);
}

/* Reads what a direction has, if that is not known. False if there is nothing
 * to do. */
static bool
read_before_write(struct program *p, enum direction dir, int64_t *begin_us)
{
	struct writer *w = &p->writer[dir];

	*begin_us = clock_monotonic();
	if (!writer_begin(w, &p->settings, *begin_us))
		return false;
	if (writer_must_read(w, &p->settings, *begin_us)) {
		int64_t bps = NONE;
		enum failure why = shaper_get(&p->shaper, dir, &bps);

		writer_read(w, clock_monotonic(), why, bps);
	}
	return true;
}

/* Reports a direction if there is news. */
static void
report(struct program *p, enum direction dir, int64_t begin_us, int64_t end_us)
{
	struct writer *w = &p->writer[dir];
	struct writer_times times = { .begin_us = begin_us, .end_us = end_us };

	times.t_us = timeline_now(&p->timeline);
	if (writer_report(w, &p->settings, dir, &times, p->dry_run) &&
	    filter_write(&p->filter, &message_applied, &w->last) == -1)
		program_filter_failed(&p->filter);
	say_foreign(p, dir);
	say_trouble(p, dir, w->shaper.why);
}

/* Writing wears out the flash memory of a RouterOS router: higher rates wait
 * for their turn, lower ones never. */
static bool
must_wait(struct program *p, struct writer *w)
{
	int64_t t_us = timeline_now(&p->timeline), room_us;

	if (p->settings.shaper.backend != BACKEND_ROUTER ||
	    p->settings.router.transport == TRANSPORT_SSH_TC ||
	    !writer_raises(w))
		return false;
	room_us = limiter_room(&p->router_pause.limiter,
	    p->settings.router.write_limit, p->settings.router.write_window_us,
	    t_us);
	if (room_us <= t_us)
		return false;
	writer_limit(w, clock_monotonic() + room_us - t_us);
	return true;
}

/* How long a router is left alone after failures, 0 if it is not. */
static int64_t
pause_us(struct program *p)
{
	if (p->settings.shaper.backend != BACKEND_ROUTER)
		return 0;
	return router_pause_pause_us(&p->router_pause,
	    timeline_now(&p->timeline));
}

static void
learn(struct program *p, enum failure why)
{
	struct router_pause *r = &p->router_pause;
	const struct router_client *link = &p->shaper.router.link;

	if (p->settings.shaper.backend != BACKEND_ROUTER)
		return;
	router_pause_learn(r, timeline_now(&p->timeline), why, link->retry_us,
	    program_chance());
	if (link->sectors > 0)
		r->sectors = link->sectors;
}

/* All directions: what they have, what they shall have, what became of it. */
static void
carry_out_all(struct program *p)
{
	bool active[DIRECTIONS], wrote = false;
	int64_t begin_us[DIRECTIONS], plan_bps[DIRECTIONS];
	enum failure why = WORKED;

	if (pause_us(p) > 0)
		return;
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		struct writer *w = &p->writer[dir];

		active[dir] = read_before_write(p, dir, &begin_us[dir]);
		plan_bps[dir] = NONE;
		if (active[dir] && writer_must_write(w, &p->settings) &&
		    !must_wait(p, w))
			plan_bps[dir] = w->shaper.want;
	}
	shaper_plan(&p->shaper, plan_bps);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		if (plan_bps[dir] != NONE) {
			write_rate(p, dir);
			/* A simple queue has both in one write. */
			if (!wrote || p->settings.router.simple[0] == '\0')
				limiter_wrote(&p->router_pause.limiter,
				    timeline_now(&p->timeline));
			wrote = true;
		}
		if (active[dir])
			report(p, dir, begin_us[dir], clock_monotonic());
		if (p->writer[dir].shaper.why != WORKED)
			why = p->writer[dir].shaper.why;
	}
	if (active[DOWN] || active[UP])
		learn(p, why);
}

static void
take_record(void *user)
{
	struct program *p = user;
	const struct rate *rate = &p->filter.message.rate;
	enum direction dir = (enum direction)rate->dir;
	const char *refused;
	int64_t t_us;

	/* A recording is as old as it is: there, only its own time counts. */
	if (rate->t_us > p->newest_t_us)
		p->newest_t_us = rate->t_us;
	t_us = p->dry_run ? p->newest_t_us : timeline_now(&p->timeline);
	/* Of a direction that is not managed its state is news, no rate is. */
	if (p->settings.dir[dir].managed == 0) {
		p->decided = true;
		return;
	}
	if (rate->bps == NONE) {
		program_bad_line(&p->faults, p->filter.line, "bps",
		    "is missing");
		return;
	}
	refused = writer_decide(&p->writer[dir], &p->settings, rate, t_us);
	say_stale(p, dir, refused != NULL, t_us - rate->t_us);
	p->decided = p->decided || refused == NULL;
}

/* --- state --------------------------------------------------------------- */

static void
save(struct program *p, bool final)
{
	static char text[WRITER_TEXT_MAX], more[ROUTER_PAUSE_TEXT_MAX];
	int64_t min_us = p->settings.assess.save_us;
	struct text t;

	if (!final && !store_due(&p->store, clock_monotonic(), min_us))
		return;
	text_init(&t, more, sizeof more);
	if (p->settings.shaper.backend == BACKEND_ROUTER)
		router_pause_describe(&p->router_pause, &p->settings,
		    timeline_now(&p->timeline), &t);
	writer_describe(p->writer, &p->settings, more, text);
	program_save_store(&p->store, text, min_us, final, &p->faults);
}

static const char *
restore(void *user, const char *text)
{
	struct program *p = user;
	const char *why = writer_restore(p->writer, &p->settings, text);

	return why != NULL ? why : router_pause_restore(&p->router_pause, text);
}

/* One that only prints begins with what the last one ended with. */
static void
open_shaper(struct program *p, const char *conf)
{
	if (shaper_open(&p->shaper, &p->settings, conf) == -1)
		program_fail(STATUS_OS, "shaper");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (p->writer[dir].last.bps != NONE)
			p->shaper.print_bps[dir] = p->writer[dir].last.bps;
}

/* --- loop ---------------------------------------------------------------- */

/* Only the newest decision counts. */
static void
act(void *user)
{
	struct program *p = user;

	carry_out_all(p);
	if (p->decided)
		tell_manager(p);
	save(p, false);
}

static int64_t
due_us(void *user)
{
	struct program *p = user;
	int64_t due_us = INT64_MAX, left_us = pause_us(p);

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		int64_t us = writer_due_us(&p->writer[dir], &p->settings);

		due_us = us < due_us ? us : due_us;
	}
	if (due_us != INT64_MAX && due_us < clock_monotonic() + left_us)
		due_us = clock_monotonic() + left_us;
	return due_us;
}

/* The last decision is tried whatever came before. */
static void
hurry(struct program *p)
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (p->writer[dir].fresh)
			backoff_hold(&p->writer[dir].shaper.backoff, 0);
}

static void
run(struct program *p, const sigset_t *open_mask)
{
	static const struct program_filter does = { take_record, act, due_us };

	(void)program_filter(&does, &p->filter, &p->faults, p, open_mask);
	(void)notify("STOPPING=1");
	hurry(p);
	carry_out_all(p);
	if (output_flush(&p->filter.out) == -1)
		program_filter_failed(&p->filter);
	save(p, true);
}

static int
status_of(struct program *p)
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (p->writer[dir].shaper.why != WORKED ||
		    (p->writer[dir].fresh && pause_us(p) > 0))
			return STATUS_RETRY;
	return program_status(&p->faults);
}

/* A command may need any, the others what changes a shaper here. */
static void
give_up_privileges(const struct settings *s)
{
	switch (s->shaper.backend) {
	case BACKEND_COMMAND:
		break;
	case BACKEND_CAKE:
	case BACKEND_HTB:
		program_keep(PRIVILEGE_FILES | PRIVILEGE_NET_ADMIN);
		break;
	default:
		program_keep(PRIVILEGE_FILES);
	}
}

int
main(int argc, char *argv[])
{
	static struct program p;
	struct program_filter_options o = { 0 };
	sigset_t open_mask;

	while (program_filter_options(&o, argc, argv, "ac:l:ns:", usage_text) !=
	    -1)
		p.dry_run = true;
	p.filter.copy_all = o.copy_all;
	program_load_settings(&p.settings, o.conf);
	if (p.dry_run)
		p.settings.shaper.backend = BACKEND_PRINT;
	p.dry_run = p.settings.shaper.backend == BACKEND_PRINT;
	give_up_privileges(&p.settings);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		writer_init(&p.writer[dir]);
	program_open_store(&p.store, o.state, o.live);
	program_load_store(&p.store, &p, restore);
	open_shaper(&p, o.conf);
	p.filter.kinds = consumed;
	p.filter.wan = p.settings.wan.name;
	filter_init(&p.filter, STDIN_FILENO, STDOUT_FILENO);
	timeline_start(&p.timeline, program_runtime_dir());
	program_catch_signals(&open_mask, &p.filter.out);
	run(&p, &open_mask);
	shaper_close(&p.shaper);
	return status_of(&p);
}

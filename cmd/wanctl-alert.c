/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells somebody what happens to a line. */
#include "base/clock.h"
#include "base/notify.h"
#include "monitor/alerting.h"
#include "monitor/hook.h"
#include "program.h"
#include "record/timeline.h"

#define NOTIFY_US 5000000 /* the service manager hears this often */

_Static_assert(ALERTING_TEXT_MAX + RECORD_MAX < STORE_MAX, "a state");

static const char usage_text[] =
    "usage: wanctl-alert -c FILE [-an] [-l LIVE] [-s STATE]\n";

struct program {
	struct settings settings;
	struct alerting alerting;
	struct hook hook;
	struct store store;
	struct filter filter;
	struct program_faults faults;
	struct timeline timeline;
	struct alerting_news news;
	bool dry_run;
	bool failed; /* the hook, when it was last tried */
	int64_t notified_us;
};

static const struct message_kind *const consumed[] = { &message_rate,
	&message_applied, &message_steer, NULL };

static bool
has_hook(const struct program *p)
{
	return !p->dry_run && p->settings.alert.command[0] != '\0';
}

/* --- telling -------------------------------------------------------------- */

static void
tell_one(struct program *p, const struct alert *alert)
{
	if (filter_write(&p->filter, &message_alert, alert) == -1)
		program_filter_failed(&p->filter);
	if (has_hook(p) && !hook_add(&p->hook, alert, clock_monotonic()))
		program_say("command of [alert]: not all is told: it takes too "
			    "long, or more than %d a minute",
		    HOOK_A_MINUTE);
}

static void
tell_all(struct program *p)
{
	for (size_t i = 0; i < p->news.count; i++)
		tell_one(p, &p->news.alert[i]);
	p->news.count = 0;
}

/* It is said when it begins to fail, and when it works again. */
static void
look_after_hook(struct program *p)
{
	bool ran = p->hook.child.pid > 0;
	char detail[HOOK_DETAIL];

	if (hook_look(&p->hook, &p->settings, clock_monotonic(), detail)) {
		program_say("command of [alert]: %s", detail);
		p->failed = true;
	} else if (ran && p->hook.child.pid <= 0 && p->failed) {
		program_tell("command of [alert]: works again");
		p->failed = false;
	}
}

/* --- records -------------------------------------------------------------- */

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
	tell_all(p);
}

/* --- state ---------------------------------------------------------------- */

static void
save(struct program *p, bool final)
{
	static char text[ALERTING_TEXT_MAX];
	int64_t min_us = p->settings.assess.save_us;

	if (!final && !store_due(&p->store, clock_monotonic(), min_us))
		return;
	alerting_describe(&p->alerting, &p->settings, text);
	program_save_store(&p->store, text, min_us, final, &p->faults);
}

static const char *
restore(void *user, const char *text)
{
	struct program *p = user;

	return alerting_restore(&p->alerting, &p->settings, text);
}

/* --- loop ----------------------------------------------------------------- */

static void
tell_manager(struct program *p)
{
	int64_t now_us = clock_monotonic();

	if (now_us - p->notified_us < NOTIFY_US)
		return;
	p->notified_us = now_us;
	(void)notify("READY=1\nWATCHDOG=1");
}

/* In a recording there is no time but its own. */
static void
act(void *user)
{
	struct program *p = user;

	if (!p->dry_run) {
		alerting_time(&p->alerting, &p->settings,
		    timeline_now(&p->timeline), &p->news);
		tell_all(p);
	}
	if (has_hook(p))
		look_after_hook(p);
	tell_manager(p);
	save(p, false);
}

static int64_t
due_us(void *user)
{
	struct program *p = user;
	int64_t now_us = clock_monotonic(), hook_us, blind_us;

	if (p->dry_run)
		return INT64_MAX;
	hook_us = has_hook(p) ? hook_due_us(&p->hook, now_us) : INT64_MAX;
	blind_us = alerting_due_us(&p->alerting, &p->settings);
	if (blind_us != INT64_MAX)
		blind_us += now_us - timeline_now(&p->timeline) + 1;
	if (blind_us > now_us + NOTIFY_US)
		blind_us = now_us + NOTIFY_US;
	return hook_us < blind_us ? hook_us : blind_us;
}

/* What was not told by the end of the input still is, within the time that each
 * may take. */
static void
finish(struct program *p)
{
	struct timespec tick = { 0, 10000000 };

	while (hook_due_us(&p->hook, 0) != INT64_MAX && !program_stopping) {
		look_after_hook(p);
		if (p->hook.child.pid > 0)
			(void)nanosleep(&tick, NULL);
	}
	hook_close(&p->hook);
}

int
main(int argc, char *argv[])
{
	static const struct program_filter does = { take_record, act, due_us };
	static struct program p;
	struct program_filter_options o = { 0 };
	sigset_t open_mask;

	while (program_filter_options(&o, argc, argv, "ac:l:ns:", usage_text) !=
	    -1)
		p.dry_run = true;
	p.filter.copy_all = o.copy_all;
	program_load_settings(&p.settings, o.conf);
	/* A command may need any. */
	if (!has_hook(&p))
		program_keep(PRIVILEGE_FILES);
	hook_init(&p.hook);
	program_open_store(&p.store, o.state, o.live);
	program_load_store(&p.store, &p, restore);
	p.filter.kinds = consumed;
	p.filter.wan = p.settings.wan.name;
	filter_init(&p.filter, STDIN_FILENO, STDOUT_FILENO);
	timeline_start(&p.timeline, program_runtime_dir());
	program_catch_signals(&open_mask, &p.filter.out);
	(void)program_filter(&does, &p.filter, &p.faults, &p, &open_mask);
	(void)notify("STOPPING=1");
	if (output_flush(&p.filter.out) == -1)
		program_filter_failed(&p.filter);
	save(&p, true);
	finish(&p);
	return program_status(&p.faults);
}

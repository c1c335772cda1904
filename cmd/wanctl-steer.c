/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends latency-sensitive traffic over the better of two lines. */
#include "base/clock.h"
#include "base/notify.h"
#include "base/text.h"
#include "program.h"
#include "record/filter.h"
#include "record/timeline.h"
#include "router/router_pause.h"
#include "steer/diverter.h"
#include "steer/diverting.h"
#include "steer/steer.h"

#define NOTIFY_US 1000000
#define TEXT_MAX (STEER_TEXT_MAX + ROUTER_PAUSE_TEXT_MAX + RECORD_MAX + 1)

_Static_assert(TEXT_MAX < STORE_MAX, "a state");

static const char usage_text[] =
    "usage: wanctl-steer -c FILE [-an] [-l LIVE] [-s STATE]\n"
    "       wanctl-steer -c FILE -r\n";

struct program {
	struct settings settings;
	struct steerer steerer;
	struct diverter diverter;
	struct reconcile diverting;
	struct router_pause restraint; /* towards a router */
	struct store store;
	struct filter filter;
	struct program_faults faults;
	struct timeline timeline;
	const char *doubt[LINES]; /* of a baseline, as it was said */
	enum failure trouble;     /* of the diverter, as it was said */
	struct diverted diverted; /* the newest record; t_us NONE: none */
	bool ready, dry_run;
	int64_t notified_us;
};

static const struct message_kind *const consumed[] = { &message_rate,
	&message_queue, NULL };

/* --- messages ------------------------------------------------------------- */

static void
say_doubts(struct program *p)
{
	const struct steer_settings *s = &p->settings.steer;

	for (int i = 0; i < LINES; i++) {
		const struct signals *e = &p->steerer.line[i];
		const char *name = i == PRIMARY ? p->settings.wan.name : s->to;

		if (e->doubt != NULL && e->doubt != p->doubt[i])
			program_say(
			    "%s: a baseline of %lld us is not believed (%s); "
			    "%lld us is used: see base_min, base_max and "
			    "base_jump of [steer]",
			    name, (long long)e->said_us, e->doubt,
			    (long long)e->base_us);
		p->doubt[i] = e->doubt;
	}
}

static void
say_trouble(struct program *p)
{
	const struct reconcile *d = &p->diverting;

	if (d->why != WORKED && d->why != p->trouble)
		program_say("diverter: %s", p->diverter.detail);
	if (d->why == WORKED && p->trouble != WORKED)
		program_tell("diverter: works again");
	if (d->why == WORKED && d->foreign && d->wrote)
		program_say(
		    "diverter: somebody else had switched it; set again");
	p->trouble = d->why;
}

static void
tell_manager(struct program *p)
{
	int64_t now_us = clock_monotonic();
	const struct steer *last = &p->steerer.last;
	char buf[160];

	if (p->ready && now_us - p->notified_us < NOTIFY_US)
		return;
	p->notified_us = now_us;
	(void)snprintf(buf, sizeof buf, "%sWATCHDOG=1\nSTATUS=%s: %s, %s%s",
	    p->ready ? "" : "READY=1\n", last->on == 1 ? "diverted" : "at home",
	    vote_names[last->state], last->why,
	    last->dry_run == 1 ? " (dry run)" : "");
	p->ready = true;
	(void)notify(buf);
}

/* --- state ---------------------------------------------------------------- */

static void
save(struct program *p, int64_t min_us, bool final)
{
	static char text[TEXT_MAX];
	char packed[RECORD_MAX + 1];
	struct text t;
	size_t len;

	if (!final && !store_due(&p->store, clock_monotonic(), min_us))
		return;
	steer_describe(&p->steerer, &p->settings, text);
	len = strlen(text);
	text_init(&t, text + len, sizeof text - len);
	if (p->settings.diverter.backend == DIVERTER_ROUTER)
		router_pause_describe(&p->restraint, &p->settings,
		    timeline_now(&p->timeline), &t);
	if (p->diverted.t_us != NONE)
		text_bytes(&t, packed,
		    message_pack(&message_diverted, packed, &p->diverted));
	program_save_store(&p->store, text, min_us, final, &p->faults);
}

static const char *
restore(void *user, const char *text)
{
	struct program *p = user;
	const char *why = steer_restore(&p->steerer, &p->settings, text);

	return why != NULL ? why : router_pause_restore(&p->restraint, text);
}

/* --- carrying out --------------------------------------------------------- */

static void
write_diverted(struct program *p, int64_t took_us)
{
	const struct reconcile *d = &p->diverting;
	struct diverted r;
	const char *why = d->why != WORKED ? failure_words[d->why] :
	    d->wrote && d->foreign         ? "reconciled" :
					     "";

	message_clear(&message_diverted, &r);
	r.t_us = timeline_now(&p->timeline);
	text_copy(r.wan, sizeof r.wan, p->settings.wan.name,
	    strlen(p->settings.wan.name));
	text_copy(r.to, sizeof r.to, p->settings.steer.to,
	    strlen(p->settings.steer.to));
	r.want = d->want;
	r.on = d->has;
	r.took_us = took_us;
	r.ok = d->why == WORKED;
	r.wrote = d->wrote;
	text_copy(r.why, sizeof r.why, why, strlen(why));
	p->diverted = r;
	if (filter_write(&p->filter, &message_diverted, &r) == -1)
		program_filter_failed(&p->filter);
}

/* Until when a router is left alone after failures; others, not at all. */
static void
hold(struct program *p)
{
	int64_t left_us = router_pause_pause_us(&p->restraint,
	    timeline_now(&p->timeline));

	backoff_hold(&p->diverting.backoff,
	    p->settings.diverter.backend == DIVERTER_ROUTER ?
		clock_monotonic() + left_us :
		0);
}

/* A router that fails is left alone for longer than a program of this host, by
 * the processes after this one too. */
static void
restrain(struct program *p)
{
	enum failure why = p->diverting.why;
	struct router_pause *r = &p->restraint;
	int64_t t_us = timeline_now(&p->timeline);

	if (p->settings.diverter.backend != DIVERTER_ROUTER)
		return;
	if (p->diverting.wrote)
		limiter_wrote(&r->limiter, t_us);
	router_pause_learn(r, t_us, why, p->diverter.router.retry_us,
	    program_chance());
	if (why != WORKED)
		hold(p);
}

/* The diverter follows the decision; before there is one, it follows the
 * state. A dry run neither reads nor writes it. */
static void
carry_out(struct program *p)
{
	struct steer decision = p->steerer.last;
	struct reconcile *d = &p->diverting;
	int64_t begin_us = clock_monotonic(), end_us;
	enum failure why, again;
	bool on = false;

	if (p->dry_run)
		return;
	decision.on = p->steerer.diverted;
	if (decision.dry_run == NONE)
		decision.dry_run = p->settings.steer.dry_run;
	if (!diverting_begin(d, decision.on, p->settings.diverter.reconcile_us,
		begin_us))
		return;
	why = diverter_get(&p->diverter, &on);
	/* One family of two is set like none. */
	if (why != WORKED && why == FAILURE_HALF) {
		on = decision.on == 0;
		why = WORKED;
	}
	reconcile_read(d, clock_monotonic(), why, on);
	if (diverting_must_set(d)) {
		/* The coming state is known to the next process. */
		save(p, 0, false);
		why = diverter_carry_out(&p->diverter, &decision);
		again = why == WORKED ? diverter_get(&p->diverter, &on) :
					WORKED;
		diverting_set(d, clock_monotonic(), why, again, on);
		if (d->why != WORKED && why == WORKED && again == WORKED)
			(void)snprintf(p->diverter.detail,
			    sizeof p->diverter.detail,
			    "is %s after it was switched %s", on ? "on" : "off",
			    decision.on == 1 ? "on" : "off");
	}
	end_us = clock_monotonic();
	if (reconcile_end(d, end_us))
		write_diverted(p, end_us - begin_us);
	restrain(p);
	say_trouble(p);
}

/* --- loop ----------------------------------------------------------------- */

static void
take_record(void *user)
{
	struct program *p = user;
	struct filter *f = &p->filter;

	if (f->kind == &message_queue) {
		steer_queue(&p->steerer, &p->settings, &f->message.queue);
		return;
	}
	if (!steer_rate(&p->steerer, &p->settings, &f->message.rate))
		return;
	say_doubts(p);
	if (filter_write(f, &message_steer, &p->steerer.last) == -1)
		program_filter_failed(f);
	tell_manager(p);
}

static void
act(void *user)
{
	struct program *p = user;

	carry_out(p);
	save(p, p->settings.assess.save_us, false);
}

static int64_t
due_us(void *user)
{
	struct program *p = user;

	return p->dry_run ?
	    INT64_MAX :
	    diverting_due_us(&p->diverting, p->settings.diverter.reconcile_us);
}

static void
run(struct program *p, const sigset_t *open_mask)
{
	static const struct program_filter does = { take_record, act, due_us };

	(void)program_filter(&does, &p->filter, &p->faults, p, open_mask);
	(void)notify("STOPPING=1");
	/* The last decision is tried whatever came before, but for a router
	 * that is left alone. */
	hold(p);
	carry_out(p);
	if (output_flush(&p->filter.out) == -1)
		program_filter_failed(&p->filter);
	save(p, p->settings.assess.save_us, true);
}

/* Turns it off, whatever was decided: for wanctl reset. */
static int
turn_off(struct program *p)
{
	struct steer off = { .on = 0, .dry_run = 0 };
	enum failure why;
	bool on = false;

	/* It never switched anything. */
	if (p->dry_run)
		return STATUS_OK;
	why = diverter_get(&p->diverter, &on);
	if (why == WORKED || why == FAILURE_HALF)
		why = on || why != WORKED ?
		    diverter_carry_out(&p->diverter, &off) :
		    WORKED;
	if (why == WORKED)
		why = diverter_get(&p->diverter, &on);
	if (why != WORKED)
		program_die(STATUS_RETRY, "diverter: %s", p->diverter.detail);
	if (on)
		program_die(STATUS_RETRY, "diverter: is still on");
	return STATUS_OK;
}

/* A command may need any, the others what changes routes and sets here. */
static void
give_up_privileges(const struct settings *s)
{
	switch (s->diverter.backend) {
	case DIVERTER_COMMAND:
		break;
	case DIVERTER_NFT:
	case DIVERTER_RULE:
		program_keep(PRIVILEGE_FILES | PRIVILEGE_NET_ADMIN);
		break;
	default:
		program_keep(PRIVILEGE_FILES);
	}
}

static void
prepare(struct program *p, const char *conf)
{
	program_load_settings(&p->settings, conf);
	if (p->settings.steer.to[0] == '\0')
		program_die(STATUS_CONFIG,
		    "%s: [steer] to: must be given: the name "
		    "of the other line",
		    conf);
	if (p->dry_run)
		p->settings.steer.dry_run = 1;
	p->dry_run = p->settings.steer.dry_run == 1;
	give_up_privileges(&p->settings);
	if (diverter_open(&p->diverter, &p->settings, conf) == -1)
		program_fail(STATUS_OS, "diverter");
	(void)signal(SIGPIPE, SIG_IGN);
	reconcile_init(&p->diverting);
	steer_init(&p->steerer);
}

int
main(int argc, char *argv[])
{
	static struct program p;
	struct program_filter_options o = { 0 };
	bool reset = false;
	sigset_t open_mask;
	int ch;

	while ((ch = program_filter_options(&o, argc, argv,
		    "ac:l:nrs:", usage_text)) != -1) {
		if (ch == 'n')
			p.dry_run = true;
		else
			reset = true;
	}
	if (reset && (p.dry_run || o.state != NULL || o.live != NULL))
		program_usage(usage_text);
	p.filter.copy_all = o.copy_all;
	prepare(&p, o.conf);
	if (reset)
		return turn_off(&p);
	p.diverted.t_us = NONE;
	program_open_store(&p.store, o.state, o.live);
	program_load_store(&p.store, &p, restore);
	p.filter.kinds = consumed;
	p.filter.wan = p.settings.wan.name;
	p.filter.other_wan = p.settings.steer.to;
	filter_init(&p.filter, STDIN_FILENO, STDOUT_FILENO);
	timeline_start(&p.timeline, program_runtime_dir());
	hold(&p);
	program_catch_signals(&open_mask, &p.filter.out);
	run(&p, &open_mask);
	diverter_close(&p.diverter);
	if (diverting_owes(&p.diverting))
		return STATUS_RETRY;
	return program_status(&p.faults);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides the rate of each direction from measured delay and load. */
#include "assess/assess.h"
#include "base/clock.h"
#include "base/text.h"
#include "program.h"
#include "record/filter.h"
#include "record/store.h"

static const char usage_text[] =
    "usage: wanctl-assess -c FILE [-ap] [-l LIVE] [-s STATE] [-w WAN]\n";

struct program {
	struct settings settings;
	struct assess assess;
	struct store store;
	struct filter filter;
	struct program_faults faults;
	bool warned;
};

_Static_assert(ASSESS_TEXT_MAX + RECORD_MAX < STORE_MAX, "a state");

static const struct message_kind *const consumed[] = { &message_rtt,
	&message_queue, NULL };

/* A line that would never leave its floor needs to know why. */
static void
warn_beyond(struct program *p)
{
	if (p->warned || p->assess.beyond[0] == '\0')
		return;
	program_say(
	    "%s: the round trip is above max of [baseline]; raise it if the "
	    "path is that long",
	    p->assess.beyond);
	p->warned = true;
}

static void
print_verdict(struct filter *f, const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (filter_write(f, &message_rate, &v->rate[i]) == -1)
			program_filter_failed(f);
}

static void
take_record(void *user)
{
	struct program *p = user;
	struct filter *f = &p->filter;
	struct verdict v;

	if (f->kind == &message_rtt)
		assess_rtt(&p->assess, &p->settings, &f->message.rtt, &v);
	else
		assess_queue(&p->assess, &p->settings, &f->message.queue, &v);
	print_verdict(f, &v);
}

static void
save(struct program *p, bool final)
{
	static char text[ASSESS_TEXT_MAX];
	int64_t min_us = p->settings.assess.save_us;

	if (!final && !store_due(&p->store, clock_monotonic(), min_us))
		return;
	assess_describe(&p->assess, &p->settings, text);
	program_save_store(&p->store, text, min_us, final, &p->faults);
}

static const char *
restore(void *user, const char *text)
{
	struct program *p = user;

	return assess_restore(&p->assess, &p->settings, law_of(&p->settings),
	    text);
}

static void
act(void *user)
{
	struct program *p = user;

	warn_beyond(p);
	save(p, false);
}

static void
run(struct program *p, const sigset_t *open_mask)
{
	static const struct program_filter does = { take_record, act, NULL };
	struct verdict v;

	if (program_filter(&does, &p->filter, &p->faults, p, open_mask)) {
		assess_end(&p->assess, &p->settings, &v);
		print_verdict(&p->filter, &v);
	}
	if (output_flush(&p->filter.out) == -1)
		program_filter_failed(&p->filter);
	save(p, true);
}

int
main(int argc, char *argv[])
{
	static struct program p;
	struct program_filter_options o = { 0 };
	const char *wan = NULL;
	sigset_t open_mask;
	bool once = false;
	int ch;

	while ((ch = program_filter_options(&o, argc, argv,
		    "ac:l:ps:w:", usage_text)) != -1) {
		if (ch == 'p')
			once = true;
		else
			wan = optarg;
	}
	p.filter.copy_all = o.copy_all;
	program_load_settings(&p.settings, o.conf);
	if (wan != NULL &&
	    (!text_is_name(wan, strlen(wan), WAN_MAX - 1) ||
		!text_copy(p.settings.wan.name, sizeof p.settings.wan.name, wan,
		    strlen(wan))))
		program_die(STATUS_USAGE, "-w %s: not a name", wan);
	program_keep(PRIVILEGE_FILES);
	assess_init(&p.assess, &p.settings, law_of(&p.settings));
	program_open_store(&p.store, o.state, o.live);
	program_load_store(&p.store, &p, restore);
	if (once)
		assess_once(&p.assess);
	p.filter.kinds = consumed;
	p.filter.wan = p.settings.wan.name;
	filter_init(&p.filter, STDIN_FILENO, STDOUT_FILENO);
	program_catch_signals(&open_mask, &p.filter.out);
	run(&p, &open_mask);
	return program_status(&p.faults);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides the rate of each direction from measured delay and load. */
#include "assess.h"
#include "clock.h"
#include "filter.h"
#include "program.h"
#include "store.h"

static const char usage_text[] =
    "usage: wanctl-assess -c FILE [-a] [-l LIVE] [-s STATE]\n";

struct program {
	struct settings settings;
	struct assess assess;
	struct store store;
	struct filter filter;
	struct program_faults faults;
};

static const struct message_kind *const consumed[] = { &message_rtt,
	&message_queue, NULL };

static void
judge(struct program *p)
{
	struct filter *f = &p->filter;
	struct verdict v;

	if (f->kind == &message_rtt)
		assess_rtt(&p->assess, &p->settings, &f->message.rtt, &v);
	else
		assess_queue(&p->assess, &p->settings, &f->message.queue, &v);
	for (size_t i = 0; i < v.count; i++)
		if (filter_write(f, &message_rate, &v.rate[i]) == -1)
			program_filter_failed(f);
}

static void
save(struct program *p, bool final)
{
	static char text[ASSESS_TEXT_MAX];
	int64_t now_us = clock_monotonic(), min_us = p->settings.assess.save_us;

	if (!final && !store_due(&p->store, now_us, min_us))
		return;
	assess_describe(&p->assess, &p->settings, text);
	if (store_save(&p->store, text, now_us, min_us, final) == -1)
		err(STATUS_OS, "%s", program_store_name(&p->store));
}

static void
restore(struct program *p, const char *state, const char *live)
{
	static char text[STORE_MAX];
	const char *why;

	if (program_open_store(&p->store, state, live, text) &&
	    (why = assess_restore(&p->assess, &p->settings, text)) != NULL)
		warnx("%s: %s; starting afresh", program_store_name(&p->store),
		    why);
}

/* Until the end of the input or a signal. */
static void
run(struct program *p, const sigset_t *open_mask)
{
	enum filter_got got;

	while ((got = filter_next(&p->filter)) != FILTER_END) {
		if (got == FILTER_MESSAGE) {
			judge(p);
			continue;
		}
		if (got == FILTER_BAD) {
			program_bad_record(&p->faults, &p->filter);
			continue;
		}
		if (got == FILTER_ERROR)
			program_filter_failed(&p->filter);
		save(p, false);
		if (program_stopping)
			break;
		if (filter_wait(&p->filter, NULL, open_mask) == -1)
			program_filter_failed(&p->filter);
	}
	if (output_flush(&p->filter.out) == -1)
		program_filter_failed(&p->filter);
	save(p, true);
}

int
main(int argc, char *argv[])
{
	static struct program p;
	const char *conf = NULL, *state = NULL, *live = NULL;
	sigset_t open_mask;
	int ch;

	while (
	    (ch = program_options(argc, argv, "ac:l:s:", usage_text)) != -1) {
		if (ch == 'a')
			p.filter.copy_all = true;
		else if (ch == 'c')
			conf = optarg;
		else if (ch == 'l')
			live = optarg;
		else
			state = optarg;
	}
	if (optind != argc || conf == NULL)
		program_usage(usage_text);
	program_load_settings(&p.settings, conf);
	assess_init(&p.assess, &p.settings);
	restore(&p, state, live);
	p.filter.kinds = consumed;
	p.filter.wan = p.settings.wan.name;
	filter_init(&p.filter, STDIN_FILENO, STDOUT_FILENO);
	program_catch_signals(&open_mask);
	run(&p, &open_mask);
	return p.faults.bad > 0 ? STATUS_DATA : STATUS_OK;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides the rate of each direction from measured delay and load. */
#include "assess/assess.h"
#include "assess/snapshot.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "program.h"
#include "record/filter.h"
#include "record/parcel.h"
#include "record/store.h"

static const char usage_text[] =
    "usage: wanctl-assess -c FILE [-akp] [-l LIVE] [-s STATE] [-w WAN]\n";

/* A recording can be cut where a memory is. One has some kilobytes. */
#define MEMORY_US 60000000

struct program {
	struct settings settings;
	struct assess assess;
	struct store store;
	struct filter filter;
	struct program_faults faults;
	bool warned;
	bool begun; /* a measurement was taken */
	bool once;
	bool remembers;       /* tells its memory from time to time */
	bool told;            /* it did */
	int64_t remember_us;  /* when */
	struct parcel memory; /* of another one's, at the beginning */
};

_Static_assert(ASSESS_TEXT_MAX + RECORD_MAX < STORE_MAX, "a state");

_Static_assert(SNAPSHOT_MAX <= PARCEL_MAX, "a memory");

static const struct message_kind *const consumed[] = { &message_rtt,
	&message_queue, &message_memory, NULL };

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

/* --- memory --------------------------------------------------------------- */

/* A recording that begins with one is decided on as it was. */
static void
take_memory(struct program *p)
{
	const char *why;

	if (p->begun)
		return;
	switch (parcel_take(&p->memory, &p->filter.message.memory)) {
	case PARCEL_MORE:
		return;
	case PARCEL_WHOLE:
		why = snapshot_resume(&p->assess, &p->settings,
		    law_of(&p->settings), p->memory.text);
		if (p->once)
			assess_once(&p->assess);
		break;
	default:
		why = "is not whole";
	}
	if (why != NULL)
		program_bad_line(&p->faults, p->filter.line, "memory", why);
}

/* From here on, another memory is no news. */
static void
begin(struct program *p)
{
	if (!p->begun && p->memory.parts != 0)
		program_bad_line(&p->faults, p->filter.line, "memory",
		    "is not whole");
	p->begun = true;
}

static void
write_memory(struct program *p, int64_t t_us)
{
	static char text[SNAPSHOT_MAX];
	struct memory m;

	snapshot_take(&p->assess, &p->settings, text);
	message_clear(&message_memory, &m);
	m.t_us = t_us;
	text_copy(m.wan, sizeof m.wan, p->settings.wan.name,
	    strlen(p->settings.wan.name));
	for (int64_t part = 1; parcel_part(text, part, &m); part++)
		if (filter_write(&p->filter, &message_memory, &m) == -1)
			program_filter_failed(&p->filter);
}

/* Before the first record, and from time to time: that of records, so that it
 * is at the same place of a recording each time. */
static void
tell_memory(void *user, const struct record *r, const char *line, size_t len)
{
	struct program *p = user;
	int64_t t_us = p->assess.rtt_time.newest_us;
	struct slice t = record_get(r, "t");

	(void)line;
	(void)len;
	if (p->told &&
	    (t_us >= p->remember_us ? t_us - p->remember_us < MEMORY_US :
				      t_us == 0))
		return;
	if (t_us == 0 &&
	    (t.at == NULL || number_int(t.at, t.len, 0, T_MAX, &t_us) != NULL))
		return;
	p->told = true;
	p->remember_us = t_us;
	write_memory(p, t_us);
}

/* --- records -------------------------------------------------------------- */

static void
take_record(void *user)
{
	struct program *p = user;
	struct filter *f = &p->filter;
	struct verdict v;

	if (f->kind == &message_memory) {
		take_memory(p);
		return;
	}
	begin(p);
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
	int ch;

	while ((ch = program_filter_options(&o, argc, argv,
		    "ac:kl:ps:w:", usage_text)) != -1) {
		if (ch == 'k')
			p.remembers = true;
		else if (ch == 'p')
			p.once = true;
		else
			wan = optarg;
	}
	if (p.remembers && p.once)
		program_die(STATUS_USAGE, "-k is not for a pass (-p)");
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
	if (p.once)
		assess_once(&p.assess);
	p.filter.kinds = consumed;
	p.filter.wan = p.settings.wan.name;
	p.filter.each = p.remembers ? tell_memory : NULL;
	p.filter.user = &p;
	filter_init(&p.filter, STDIN_FILENO, STDOUT_FILENO);
	program_catch_signals(&open_mask, &p.filter.out);
	run(&p, &open_mask);
	return program_status(&p.faults);
}

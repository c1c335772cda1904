/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the counters of the shapers. */
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/output.h"
#include "base/text.h"
#include "program.h"
#include "record/statefile.h"
#include "record/timeline.h"
#include "router/router_client.h"
#include "shape/tc_kernel.h"

static const char usage_text[] =
    "usage: wanctl-queue -c FILE [-Q] [-i INTERVAL] [-l LIVE] [-n COUNT]\n";

/* Without counters it waits for its end. */
#define NOTHING_US 3600000000

struct program {
	struct settings settings;
	struct tc_kernel tc;
	struct router_client link; /* the backend router */
	struct answer answer;      /* its last one */
	enum failure answer_why;
	struct timeline timeline;
	struct output out;
	struct qdisc before[DIRECTIONS]; /* the reading before this one */
	/* The last failure of each direction, and of the line's device. */
	enum failure trouble[DIRECTIONS + 1];
	bool any; /* something was read */
	struct store store;
	struct program_faults faults;
	char last[DIRECTIONS][RECORD_MAX + 1]; /* records; "": none yet */
};

/* The device whose plain counters stand for a direction; NULL: none. */
static const char *
plain_device(const struct program *p, enum direction dir)
{
	const struct settings *s = &p->settings;

	return s->dir[dir].device[0] != '\0' ? s->dir[dir].device :
	    s->wan.device[0] != '\0'         ? s->wan.device :
					       NULL;
}

static enum failure
read_shaper(struct program *p, enum direction dir, struct queue *r)
{
	const char *source = p->settings.shaper.backend == BACKEND_HTB ? "htb" :
									 "cake";
	const struct qdisc_tin *tin;
	struct qdisc q;
	enum failure why = tc_kernel_read(&p->tc, &p->settings, dir, &q);

	if (why != WORKED)
		return why;
	text_copy(r->source, sizeof r->source, source, strlen(source));
	r->bytes = q.bytes;
	r->packets = q.packets;
	r->drops = q.drops;
	r->marks = q.marks;
	r->backlog = q.backlog;
	r->queued = q.queued;
	r->bps = q.bps;
	tin = qdisc_slowest(&q, &p->before[dir]);
	if (tin != NULL) {
		r->delay_us = tin->delay_us;
		r->peak_us = tin->peak_us;
		r->sparse_us = tin->base_us;
	}
	p->before[dir] = q;
	return WORKED;
}

static enum failure
read_plain(struct program *p, enum direction dir, struct queue *r)
{
	/* A direction's own device sends it; the line's receives the
	 * download. */
	bool sent = dir == UP || p->settings.dir[dir].device[0] != '\0';
	struct link_counters c;
	enum failure why;

	why = tc_kernel_link(&p->tc, &p->settings, plain_device(p, dir), &c);
	if (why != WORKED)
		return why;
	memcpy(r->source, "device", sizeof "device");
	r->bytes = sent ? c.tx_bytes : c.rx_bytes;
	r->packets = sent ? c.tx_packets : c.rx_packets;
	r->drops = sent ? c.tx_drops : c.rx_drops;
	return WORKED;
}

static bool
is_router(const struct program *p)
{
	return p->settings.shaper.backend == BACKEND_ROUTER;
}

/* Both queues at once. */
static void
ask_router(struct program *p)
{
	struct request request = { .what = REQUEST_SHAPER };

	p->answer_why = router_client_ask(&p->link, &message_get, &request,
	    &p->answer, p->settings.shaper.timeout_us);
}

static enum failure
read_router(struct program *p, enum direction dir, struct queue *r)
{
	const struct answer *a = &p->answer;

	if (p->answer_why != WORKED) {
		(void)snprintf(p->tc.detail, sizeof p->tc.detail, "%s",
		    p->link.detail);
		return p->answer_why;
	}
	memcpy(r->source, "router", sizeof "router");
	r->bytes = a->bytes[dir] == NONE ? 0 : a->bytes[dir];
	r->packets = a->packets[dir];
	r->drops = a->drops[dir];
	r->backlog = a->backlog[dir];
	r->bps = a->bps[dir];
	return WORKED;
}

/* A direction that is not managed has none that we know of. */
static bool
has_shaper(const struct program *p, enum direction dir)
{
	const struct settings *s = &p->settings;

	return s->dir[dir].managed != 0 &&
	    (s->shaper.backend == BACKEND_CAKE ||
		s->shaper.backend == BACKEND_HTB);
}

/* There are counters of a direction; one that is not managed may have none. */
static bool
is_counted(const struct program *p, enum direction dir)
{
	if (is_router(p))
		return settings_has_queue(&p->settings, dir);
	return has_shaper(p, dir) || plain_device(p, dir) != NULL;
}

/* How many directions have counters; the others are a fault, unless they need
 * not have any. */
static int
count_directions(const struct program *p, const char *conf, bool any)
{
	int n = 0;

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (is_counted(p, dir))
			n++;
		else if (!any && p->settings.dir[dir].managed != 0)
			program_die(STATUS_CONFIG,
			    "%s: no device to read counters of: give [wan] "
			    "device, or device in [download] and [upload]",
			    conf);
	return n;
}

/* Once per change, not once per reading. */
static void
say_trouble(struct program *p, unsigned which, enum failure why)
{
	const char *what = which < DIRECTIONS ? direction_names[which] : "line";
	enum failure *before = &p->trouble[which];

	if (why == WORKED && *before != WORKED)
		program_say("%s: readable again", what);
	if (program_is_news(before, why))
		program_say("%s: %s", what, p->tc.detail);
}

static void
read_direction(struct program *p, enum direction dir,
    const struct link_counters *line)
{
	char *text = p->last[dir];
	struct queue r;
	enum failure why;

	message_clear(&message_queue, &r);
	r.t_us = timeline_now(&p->timeline);
	text_copy(r.wan, sizeof r.wan, p->settings.wan.name,
	    strlen(p->settings.wan.name));
	r.dir = dir;
	if (!is_counted(p, dir))
		return;
	why = is_router(p)     ? read_router(p, dir, &r) :
	    has_shaper(p, dir) ? read_shaper(p, dir, &r) :
				 read_plain(p, dir, &r);
	say_trouble(p, dir, why);
	if (why != WORKED)
		return;
	if (line != NULL)
		r.line_bytes = dir == UP ? line->tx_bytes : line->rx_bytes;
	if (output_line(&p->out, text,
		message_pack(&message_queue, text, &r)) == -1)
		program_fail(STATUS_OS, "standard output");
	p->any = true;
}

/* Saves the last reading, for programs that do not read the stream. */
static void
save(struct program *p, bool final)
{
	char buf[(DIRECTIONS + 1) * (RECORD_MAX + 1)];
	struct text t;

	if (p->store.live[0] == '\0' ||
	    (!final && !store_due(&p->store, clock_monotonic(), 0)))
		return;
	text_init(&t, buf, sizeof buf);
	statefile_begin(&t, "wanctl-queue", p->settings.wan.name);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		text_add(&t, p->last[dir]);
	program_save_store(&p->store, buf, 0, final, &p->faults);
}

static void
read_all(struct program *p)
{
	const char *device = p->settings.wan.device;
	enum failure why = WORKED;
	struct link_counters line;

	if (*device != '\0') {
		why = tc_kernel_link(&p->tc, &p->settings, device, &line);
		say_trouble(p, DIRECTIONS, why);
	}
	if (is_router(p))
		ask_router(p);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		read_direction(p, dir,
		    *device != '\0' && why == WORKED ? &line : NULL);
	if (output_flush(&p->out) == -1)
		program_fail(STATUS_OS, "standard output");
	save(p, false);
}

/* Every interval; a reading that was missed is skipped. */
static void
run(struct program *p, int64_t count, int64_t interval_us)
{
	int64_t due_us = clock_monotonic(), now_us;
	sigset_t open_mask;
	struct timespec left;

	program_catch_signals(&open_mask, &p->out);
	while (!program_stopping) {
		read_all(p);
		if (count > 0 && --count == 0)
			break;
		now_us = clock_monotonic();
		due_us += ((now_us - due_us) / interval_us + 1) * interval_us;
		do {
			left = clock_until(due_us);
			(void)ppoll(NULL, 0, &left, &open_mask);
		} while (!program_stopping && clock_monotonic() < due_us);
	}
}

int
main(int argc, char *argv[])
{
	static struct program p;
	int64_t count = 0, interval_us = 0;
	const char *conf = NULL, *live = NULL;
	bool any = false;
	int ch;

	while (
	    (ch = program_options(argc, argv, "Qc:i:l:n:", usage_text)) != -1) {
		if (ch == 'Q')
			any = true;
		else if (ch == 'c')
			conf = optarg;
		else if (ch == 'i')
			interval_us = program_want_duration('i', optarg, 50000,
			    60000000);
		else if (ch == 'l')
			live = optarg;
		else
			count = program_want_count('n', optarg);
	}
	if (optind != argc || conf == NULL)
		program_usage(usage_text);
	program_load_settings(&p.settings, conf);
	program_keep(PRIVILEGE_FILES);
	if (interval_us == 0)
		interval_us = p.settings.queue.interval_us;
	if (count_directions(&p, conf, any) == 0) {
		p.any = true;
		count = count > 0;
		interval_us = NOTHING_US;
	}
	program_open_store(&p.store, NULL, live);
	if (tc_kernel_open(&p.tc) == -1)
		program_fail(STATUS_OS, "netlink socket");
	output_init(&p.out, STDOUT_FILENO);
	router_client_init(&p.link, &p.settings, conf);
	timeline_start(&p.timeline, program_runtime_dir());
	run(&p, count, interval_us);
	save(&p, true);
	tc_kernel_close(&p.tc);
	router_client_close(&p.link);
	if (p.faults.unsaved)
		return STATUS_OS;
	return count > 0 && !p.any ? STATUS_RETRY : STATUS_OK;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talks to a remote router: requests in, answers out. */
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/text.h"
#include "program.h"
#include "router/rest.h"
#include "router/router_protocol.h"
#include "router/transport.h"
#include "router_setup.h"

#define WAYS 2

static const char usage_text[] = "usage: wanctl-router -c FILE [-dty]\n";

static const struct message_kind *const consumed[] = { &message_get,
	&message_set, NULL };

struct program {
	struct settings settings;
	struct transport way[WAYS];
	/* Requests that the router refuses, however it is asked. */
	struct breaker refusal[REQUEST_WHATS];
	enum failure refused[REQUEST_WHATS];
	struct program_faults faults;
	struct lines in;
	struct output out;
	int64_t line;
};

/* --- messages ------------------------------------------------------------- */

/* Once, and again when it changes or ends. */
static void
say_change(struct program *p, struct transport *t, enum failure why)
{
	if (why != WORKED && why != t->why)
		program_say("%s: %s: %s: %s", p->settings.router.address,
		    t->ops->name, failure_words[why], t->detail);
	if (why == WORKED && t->why != WORKED)
		program_tell("%s: %s: works again", p->settings.router.address,
		    t->ops->name);
	t->why = why;
}

/* --- a request ------------------------------------------------------------ */

static void
take_queues(struct answer *a, const struct transport *t,
    const struct routeros_queue q[static DIRECTIONS])
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		if (!settings_has_queue(t->settings, dir))
			continue;
		a->bps[dir] = q[dir].bps;
		a->bytes[dir] = q[dir].bytes;
		a->packets[dir] = q[dir].packets;
		a->drops[dir] = q[dir].drops;
		a->backlog[dir] = q[dir].backlog >= 0 ? q[dir].backlog : NONE;
		a->queued[dir] = q[dir].queued >= 0 ? q[dir].queued : NONE;
	}
}

static enum failure
do_shaper(struct transport *t, const struct request *r, bool set,
    struct answer *a)
{
	const int64_t want[DIRECTIONS] = { r->down_bps, r->up_bps };
	int64_t has[DIRECTIONS] = { 0, 0 };
	struct routeros_queue q[DIRECTIONS];
	enum failure why;

	if (!set) {
		if ((why = t->ops->get_queues(t, q)) == WORKED)
			take_queues(a, t, q);
		return why;
	}
	why = t->ops->set_queues(t, want, has);
	for (int i = 0; i < DIRECTIONS; i++)
		if ((why == WORKED || why == FAILURE_MISMATCH) && want[i] > 0)
			a->bps[i] = has[i];
	return why;
}

static enum failure
do_rule(struct transport *t, const struct request *r, bool set,
    struct answer *a)
{
	bool on = r->on == 1;
	enum failure why = set ? t->ops->set_rule(t, on) :
				 t->ops->get_rule(t, &on);

	if (why == WORKED)
		a->on = on;
	return why;
}

/* Asks over one transport, and remembers how that went. */
static enum failure
ask_transport(struct program *p, struct transport *t, const struct request *r,
    bool set, struct answer *a)
{
	enum failure why;
	int64_t now_us;

	t->wrote = false;
	t->quiet_us = 0;
	why = r->what == REQUEST_SHAPER ? do_shaper(t, r, set, a) :
					  do_rule(t, r, set, a);
	now_us = clock_monotonic();
	if (t->wrote)
		a->wrote = 1;
	text_copy(a->via, sizeof a->via, t->ops->name, strlen(t->ops->name));
	if (t->uptime_us != NONE)
		a->uptime_us = t->uptime_us + now_us - t->seen_us;
	a->sectors = t->sectors;
	if (why != WORKED && transport_is_down(why))
		breaker_failed(&t->breaker, now_us, failure_is_lasting(why),
		    t->quiet_us, program_chance());
	else
		breaker_worked(&t->breaker);
	say_change(p, t, why);
	return why;
}

static void
put_word(char out[static WORD_MAX], enum failure why)
{
	text_copy(out, WORD_MAX, failure_words[why],
	    strlen(failure_words[why]));
}

/* Nothing is asked now: why, and for how long. */
static enum failure
cool(struct answer *a, const struct breaker *b, enum failure after,
    int64_t now_us)
{
	int64_t left_us = b->until_us - now_us;

	if (a->retry_us == NONE || left_us < a->retry_us)
		a->retry_us = left_us;
	put_word(a->after, after);
	return FAILURE_COOLING;
}

static enum failure
ask_all(struct program *p, const struct request *r, bool set, struct answer *a)
{
	struct breaker *refusal = &p->refusal[r->what];
	int64_t now_us = clock_monotonic();
	enum failure why = FAILURE_COOLING;

	if (!breaker_allows(refusal, now_us))
		return cool(a, refusal, p->refused[r->what], now_us);
	for (int i = 0; i < WAYS; i++) {
		struct transport *t = &p->way[i];

		if (t->ops == NULL)
			continue;
		if (!breaker_allows(&t->breaker, clock_monotonic())) {
			if (why == FAILURE_COOLING)
				(void)cool(a, &t->breaker, t->why, now_us);
			continue;
		}
		why = ask_transport(p, t, r, set, a);
		if (why == WORKED || !transport_is_down(why))
			break;
	}
	if (why != WORKED && !transport_is_down(why) &&
	    failure_is_lasting(why)) {
		breaker_failed(refusal, clock_monotonic(), true, 0,
		    program_chance());
		p->refused[r->what] = why;
	} else if (why == WORKED) {
		breaker_worked(refusal);
	}
	return why;
}

/* The fault of a request that lacks something, or NULL. */
static const char *
check_request(const struct program *p, const struct request *r, bool set)
{
	const struct settings *s = &p->settings;
	const int64_t bps[DIRECTIONS] = { r->down_bps, r->up_bps };

	if (r->what == REQUEST_RULE && s->router.rule[0] == '\0')
		return "no rule in [router]";
	for (int i = 0; i < DIRECTIONS && r->what == REQUEST_SHAPER; i++)
		if (s->router.simple[0] == '\0' &&
		    s->router.queue[i][0] == '\0' &&
		    (s->dir[i].managed != 0 || bps[i] != NONE ||
			s->router.queue[!i][0] == '\0'))
			return "no download_queue or upload_queue in [router]";
	if (set && r->what == REQUEST_RULE && r->on == NONE)
		return "is missing: on";
	if (set && r->what == REQUEST_SHAPER && r->down_bps == NONE &&
	    r->up_bps == NONE)
		return "is missing: down_bps or up_bps";
	return NULL;
}

static void
reply(struct program *p, const struct answer *a)
{
	char line[RECORD_MAX + 1];
	size_t len = message_pack(&message_answer, line, a);

	if (output_line(&p->out, line, len) == -1 ||
	    output_flush(&p->out) == -1)
		program_fail(STATUS_OS, "standard output");
}

static void
serve(struct program *p, const struct request *r, bool set)
{
	int64_t begin_us = clock_monotonic();
	const char *wrong = check_request(p, r, set);
	struct answer a;
	enum failure why;

	message_clear(&message_answer, &a);
	a.id = r->id;
	a.what = r->what;
	if (wrong != NULL) {
		program_bad_line(&p->faults, p->line, "", wrong);
		why = FAILURE_BAD_REQUEST;
	} else {
		why = ask_all(p, r, set, &a);
	}
	a.ok = why == WORKED;
	if (why == WORKED)
		a.retry_us = NONE;
	put_word(a.why, why);
	a.took_us = clock_monotonic() - begin_us;
	reply(p, &a);
}

static void
take_line(void *user, const char *line, size_t len, int64_t number)
{
	struct program *p = user;
	const char *why, *culprit = "";
	struct request request;
	struct record r;

	p->line = number;
	message_clear(&message_set, &request);
	why = record_parse(&r, line, len);
	for (int i = 0; why == NULL && consumed[i] != NULL; i++)
		if (slice_is(r.kind, consumed[i]->kind)) {
			message_clear(&message_set, &request);
			why = message_unpack(consumed[i], &request, &r,
			    &culprit);
			if (why == NULL)
				serve(p, &request, i == 1);
			break;
		} else if (consumed[i + 1] == NULL) {
			why = "neither get nor set";
		}
	if (why != NULL)
		program_bad_line(&p->faults, p->line, culprit, why);
}

int
main(int argc, char *argv[])
{
	static struct program p;
	const struct settings *s = &p.settings;
	bool ask_discover = false, ask_trust = false, yes = false;
	const char *conf = NULL;
	int ch;

	while ((ch = program_options(argc, argv, "c:dty", usage_text)) != -1) {
		if (ch == 'c')
			conf = optarg;
		else if (ch == 'd')
			ask_discover = true;
		else if (ch == 't')
			ask_trust = true;
		else
			yes = true;
	}
	if (optind != argc || conf == NULL)
		program_usage(usage_text);
	privilege_hide();
	rest_prepare();
	(void)signal(SIGPIPE, SIG_IGN);
	if (ask_trust)
		program_load_incomplete(&p.settings, conf);
	else
		program_load_settings(&p.settings, conf);
	if (s->router.address[0] == '\0')
		program_die(STATUS_CONFIG, "%s: no address in [router]", conf);
	if (ask_trust)
		return router_trust(s, &p.way[0], yes);
	program_keep(PRIVILEGE_NONE);
	if (program_confined())
		(void)confine_files(CONFINE_READ);
	transport_init(&p.way[0], s, s->router.transport);
	transport_init(&p.way[1], s,
	    s->router.fallback == s->router.transport ? TRANSPORT_NONE :
							s->router.fallback);
	lines_init(&p.in, STDIN_FILENO);
	output_init(&p.out, STDOUT_FILENO);
	if (ask_discover)
		return router_discover(s, &p.way[0]);
	program_each_line(&p.in, &p.out, &p.faults, take_line, &p);
	for (int i = 0; i < WAYS; i++)
		if (p.way[i].ops != NULL)
			p.way[i].ops->close(&p.way[i]);
	return program_status(&p.faults);
}

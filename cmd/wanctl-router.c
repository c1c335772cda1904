/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talks to a remote router: requests in, answers out. */
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/text.h"
#include "program.h"
#include "router/discovery.h"
#include "router/rest.h"
#include "router/router_protocol.h"
#include "router/transport.h"

#define WAYS 2

static const char usage_text[] = "usage: wanctl-router -c FILE [-dty]\n";

static const struct message_kind *const consumed[] = { &message_get,
	&message_set, NULL };

struct program {
	struct settings settings;
	struct transport way[WAYS];
	/* What the router refuses, however it is asked. */
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
		program_say("%s: %s: works again", p->settings.router.address,
		    t->ops->name);
	t->why = why;
}

/* --- a request ------------------------------------------------------------ */

static void
take_queues(struct answer *a, const struct routeros_queue q[static DIRECTIONS])
{
	for (int i = 0; i < DIRECTIONS; i++) {
		a->bps[i] = q[i].bps;
		a->bytes[i] = q[i].bytes;
		a->packets[i] = q[i].packets;
		a->drops[i] = q[i].drops;
		a->backlog[i] = q[i].backlog >= 0 ? q[i].backlog : NONE;
		a->queued[i] = q[i].queued >= 0 ? q[i].queued : NONE;
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
			take_queues(a, q);
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

/* What a request of ours may not lack. */
static const char *
check_request(const struct program *p, const struct request *r, bool set)
{
	const struct settings *s = &p->settings;

	if (r->what == REQUEST_RULE && s->router.rule[0] == '\0')
		return "no rule in [router]";
	if (r->what == REQUEST_SHAPER &&
	    (s->router.queue[DOWN][0] == '\0' ||
		s->router.queue[UP][0] == '\0'))
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
		err(STATUS_OS, "standard output");
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
take_line(struct program *p, const char *line, size_t len)
{
	const char *why, *culprit = "";
	struct request request;
	struct record r;

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

static void
run(struct program *p)
{
	enum lines_got got;
	const char *line;
	size_t len;

	while ((got = lines_next(&p->in, &line, &len)) != LINES_END) {
		if (got == LINES_EMPTY) {
			if (lines_fill(&p->in) == -1)
				err(STATUS_OS, "standard input");
			continue;
		}
		p->line++;
		if (got == LINES_LINE)
			take_line(p, line, len);
		else
			program_bad_line(&p->faults, p->line, "",
			    got == LINES_LONG ? "line too long" : "cut off");
	}
}

/* --- trust ---------------------------------------------------------------- */

static bool
agreed(bool yes, const char *question)
{
	char answer[16];

	if (yes)
		return true;
	printf("%s [yes/no] ", question);
	(void)fflush(stdout);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	    strncmp(answer, "yes", 3) == 0;
}

static int
trust_ssh(struct program *p, bool yes)
{
	const struct settings *s = &p->settings;
	static char line[SSH_KEY_LINE];
	struct ssh_peer peer = transport_peer(s);
	char fingerprint[128] = "";
	enum failure why = ssh_fetch_key(&p->way[0].ssh, &peer, line,
	    fingerprint);
	FILE *f;

	if (peer.known_hosts[0] == '\0')
		errx(STATUS_CONFIG,
		    "no known_hosts in [router]: the file for its key");
	if (why != WORKED) {
		warnx("%s: ssh: %s: %s", peer.address, failure_words[why],
		    p->way[0].ssh.detail);
		return STATUS_RETRY;
	}
	printf("%s: the host key is %s\n", peer.address, fingerprint);
	if (!agreed(yes, "Is it the router's?"))
		return STATUS_NO;
	f = fopen(peer.known_hosts, "ae");
	if (f == NULL)
		err(STATUS_OS, "%s", peer.known_hosts);
	fprintf(f, "%s%s", line, strchr(line, '\n') == NULL ? "\n" : "");
	if (fclose(f) == EOF)
		err(STATUS_OS, "%s", peer.known_hosts);
	printf("added to %s\n", peer.known_hosts);
	return STATUS_OK;
}

/* As a whole, whatever happens. */
static void
keep_pin(const char *path, const char *pin)
{
	char new[SETTINGS_TEXT_MAX + 8];
	FILE *f;

	(void)snprintf(new, sizeof new, "%s.new", path);
	f = fopen(new, "we");
	if (f == NULL)
		err(STATUS_OS, "%s", new);
	fprintf(f, "%s\n", pin);
	if (fclose(f) == EOF || rename(new, path) == -1)
		err(STATUS_OS, "%s", path);
	printf("kept in %s\n", path);
}

static int
trust_rest(struct program *p, bool yes)
{
	const struct settings *s = &p->settings;
	struct rest *r = &p->way[0].rest;
	struct rest_peer peer = { .address = s->router.address,
		.user = s->router.user,
		.password_file = "",
		.ca_file = "",
		.pin = "",
		.tls_name = s->router.tls_name,
		.port = (int)s->router.rest_port,
		.connect_us = s->router.connect_us,
		.timeout_us = s->router.timeout_us };
	enum failure why = rest_fetch_pin(r, &peer);

	if (why != WORKED) {
		warnx("%s: rest: %s: %s", peer.address, failure_words[why],
		    r->detail);
		return STATUS_RETRY;
	}
	if (s->router.pin[0] != '/') {
		printf("%s: if the certificate is the router's, in [router]:\n"
		       "pin = %s\n",
		    peer.address, r->pin);
		return STATUS_OK;
	}
	printf("%s: the key of the certificate is %s\n", peer.address, r->pin);
	if (!agreed(yes, "Is it the router's?"))
		return STATUS_NO;
	keep_pin(s->router.pin, r->pin);
	return STATUS_OK;
}

static int
trust(struct program *p, bool yes)
{
	const struct settings *s = &p->settings;
	const int64_t ways[] = { s->router.transport, s->router.fallback };
	int status = STATUS_OK;

	for (int i = 0; i < WAYS; i++) {
		int got = STATUS_OK;

		if (i == 1 && ways[1] == ways[0])
			break;
		if (ways[i] == TRANSPORT_SSH || ways[i] == TRANSPORT_SSH_TC)
			got = trust_ssh(p, yes);
		else if (ways[i] == TRANSPORT_REST && s->router.insecure == 0)
			got = trust_rest(p, yes);
		if (got != STATUS_OK)
			status = got;
	}
	program_close_stdout();
	return status;
}

/* --- discover ------------------------------------------------------------- */

struct menu {
	struct discovery *found;
	enum discovery_menu menu;
};

static void
take_row(void *user, const char *const value[])
{
	const struct menu *m = user;

	discovery_add(m->found, m->menu, value);
}

static void
tell_line(void *user, bool wrong, const char *line)
{
	(void)user;
	printf("%s%s\n", wrong ? "wrong: " : "", line);
}

static int
not_discovered(struct program *p, enum failure why)
{
	struct transport *t = &p->way[0];

	warnx("%s: %s: %s: %s", p->settings.router.address, t->ops->name,
	    failure_words[why], t->detail);
	return transport_is_down(why) ? STATUS_RETRY : STATUS_NO;
}

/* Where there are no menus: whether both queues are what they should be. */
static int
discover_queues(struct program *p)
{
	struct transport *t = &p->way[0];
	struct routeros_queue q[DIRECTIONS];
	enum failure why = t->ops->get_queues(t, q);

	if (why != WORKED)
		return not_discovered(p, why);
	for (int i = 0; i < DIRECTIONS; i++)
		printf("queue %s: %lld bit/s\n", p->settings.router.queue[i],
		    (long long)q[i].bps);
	printf("nothing is wrong with that\n");
	program_close_stdout();
	return STATUS_OK;
}

/* Reads only. */
static int
discover(struct program *p)
{
	static struct discovery found;
	struct transport *t = &p->way[0];
	int wrong;

	if (t->ops->list == NULL)
		return discover_queues(p);

	for (int i = 0; i < DISCOVERY_MENUS; i++) {
		struct menu m = { &found, (enum discovery_menu)i };
		enum failure why = t->ops->list(t, discovery_lists[i].menu,
		    discovery_lists[i].properties, take_row, &m);

		if (why != WORKED)
			return not_discovered(p, why);
	}
	wrong = discovery_tell(&found, &p->settings, tell_line, NULL);
	if (wrong == 0)
		printf("nothing is wrong with that\n");
	program_close_stdout();
	return wrong == 0 ? STATUS_OK : STATUS_NO;
}

/* -------------------------------------------------------------------------- */

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
		errx(STATUS_CONFIG, "%s: no address in [router]", conf);
	if (ask_trust)
		return trust(&p, yes);
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
		return discover(&p);
	run(&p);
	for (int i = 0; i < WAYS; i++)
		if (p.way[i].ops != NULL)
			p.way[i].ops->close(&p.way[i]);
	return program_status(&p.faults);
}

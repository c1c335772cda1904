/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides the rate of each direction from measured delay and load. */
#include <poll.h>
#include <signal.h>

#include "assess.h"
#include "clock.h"
#include "lines.h"
#include "output.h"
#include "program.h"
#include "store.h"

static const char usage_text[] =
    "usage: wanctl-assess -c FILE [-a] [-l LIVE] [-s STATE]\n";

struct program {
	struct settings settings;
	struct assess assess;
	struct store store;
	struct lines in;
	struct output out;
	bool copy_all;
	int64_t line; /* of standard input */
	int64_t bad;  /* records so far */
	int status;
};

static volatile sig_atomic_t stopping;

static void
on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

/* Said for the first few only: a broken producer must not fill the log. */
static void
bad_record(struct program *p, const char *culprit, const char *why)
{
	p->status = STATUS_DATA;
	if (++p->bad <= 10)
		warnx("standard input:%lld: bad record: %s%s%s",
		    (long long)p->line, culprit, *culprit != '\0' ? ": " : "",
		    why);
	if (p->bad == 10)
		warnx("standard input: further bad records are not reported");
}

static void
write_line(struct program *p, const char *line, size_t len)
{
	if (output_line_lf(&p->out, line, len) == -1)
		err(STATUS_OS, "standard output");
}

static void
write_verdict(struct program *p, const struct verdict *v)
{
	char line[RECORD_MAX + 1];

	for (size_t i = 0; i < v->count; i++) {
		size_t len = message_pack(&message_rate, line, &v->rate[i]);

		if (output_line(&p->out, line, len) == -1)
			err(STATUS_OS, "standard output");
	}
}

static bool
is_ours(const struct program *p, const struct record *r)
{
	struct slice wan = record_get(r, "wan");

	return wan.at == NULL || slice_is(wan, p->settings.wan.name);
}

/* Folds one line of a kind that we know into the assessment. */
static void
judge(struct program *p, const struct record *r, bool is_rtt)
{
	const char *why, *culprit = "";
	struct verdict v = { .count = 0 };
	struct queue queue;
	struct rtt rtt;

	if (is_rtt) {
		why = message_unpack(&message_rtt, &rtt, r, &culprit);
		if (why == NULL)
			assess_rtt(&p->assess, &p->settings, &rtt, &v);
	} else {
		why = message_unpack(&message_queue, &queue, r, &culprit);
		if (why == NULL)
			assess_queue(&p->assess, &p->settings, &queue, &v);
	}
	if (why != NULL)
		bad_record(p, culprit, why);
	write_verdict(p, &v);
}

static void
take_line(struct program *p, const char *line, size_t len)
{
	struct record r;
	const char *why;
	bool is_rtt;

	p->line++;
	if ((why = record_parse(&r, line, len)) != NULL) {
		bad_record(p, "", why);
		return;
	}
	is_rtt = slice_is(r.kind, message_rtt.kind);
	if ((!is_rtt && !slice_is(r.kind, message_queue.kind)) ||
	    !is_ours(p, &r)) {
		write_line(p, line, len);
		return;
	}
	if (p->copy_all)
		write_line(p, line, len);
	judge(p, &r, is_rtt);
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
		err(STATUS_OS, "%s",
		    p->store.path[0] != '\0' ? p->store.path : p->store.live);
}

static void
open_store(struct program *p, const char *state, const char *live)
{
	static char text[STORE_MAX];
	const char *why;
	int found;

	if (store_open(&p->store, state, live, "wanctl-assess") == -1) {
		if (errno == EWOULDBLOCK)
			errx(STATUS_RETRY, "%s: held by %s",
			    state != NULL ? state : live, p->store.owner);
		err(STATUS_OS, "%s", state != NULL ? state : live);
	}
	if ((found = store_load(&p->store, text)) == -1)
		err(STATUS_OS, "%s", state != NULL ? state : live);
	if (found == STORE_BACKUP)
		warnx("%s: damaged or missing; using its backup", state);
	if (found == STORE_LOST)
		warnx("%s: damaged, kept as %s.corrupt; starting afresh", state,
		    state);
	if ((found == STORE_LOADED || found == STORE_BACKUP) &&
	    (why = assess_restore(&p->assess, &p->settings, text)) != NULL)
		warnx("%s: %s; starting afresh", state != NULL ? state : live,
		    why);
}

/* Everything that is buffered; false at the end of the input. */
static bool
take_buffered(struct program *p)
{
	const char *line;
	size_t len;

	for (;;) {
		switch (lines_next(&p->in, &line, &len)) {
		case LINES_LINE:
			take_line(p, line, len);
			break;
		case LINES_LONG:
			p->line++;
			bad_record(p, "", "line too long");
			break;
		case LINES_CUT:
			p->line++;
			bad_record(p, "", "cut off");
			break;
		case LINES_EMPTY:
			return true;
		default:
			return false;
		}
	}
}

static void
run(struct program *p, const sigset_t *open_mask)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	while (take_buffered(p) && !stopping) {
		if (output_flush(&p->out) == -1)
			err(STATUS_OS, "standard output");
		save(p, false);
		/* Signals come only here, so none is lost between the test
		 * of `stopping` and the wait. */
		if (ppoll(&in, 1, NULL, open_mask) == -1 && errno != EINTR)
			err(STATUS_OS, "standard input");
		if (in.revents != 0 && lines_fill(&p->in) == -1)
			err(STATUS_OS, "standard input");
	}
	if (output_flush(&p->out) == -1)
		err(STATUS_OS, "standard output");
	save(p, true);
}

static void
catch_signals(sigset_t *before)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	if (sigprocmask(SIG_BLOCK, &block, before) == -1 ||
	    sigaction(SIGTERM, &sa, NULL) == -1 ||
	    sigaction(SIGINT, &sa, NULL) == -1)
		err(STATUS_OS, "signals");
	sigdelset(before, SIGTERM);
	sigdelset(before, SIGINT);
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
			p.copy_all = true;
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
	open_store(&p, state, live);
	lines_init(&p.in, STDIN_FILENO);
	output_init(&p.out, STDOUT_FILENO);
	catch_signals(&open_mask);
	run(&p, &open_mask);
	return p.status;
}

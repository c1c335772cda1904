/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures round trips to reflectors. */
#include <unistd.h>

#include "base/number.h"
#include "base/output.h"
#include "base/text.h"
#include "probe/pinger.h"
#include "program.h"

static const char usage_text[] =
    "usage: wanctl-ping [-4 | -6] [-C] [-c FILE] [-I DEVICE | -m MARK | -S ADDRESS]\n"
    "                   [-i INTERVAL] [-n COUNT] [-p PORT] [-t METHOD]\n"
    "                   [-W TIMEOUT] [HOST ...]\n";

struct program {
	struct settings settings;
	struct settings given; /* by options; they override the others */
	int64_t count;
	bool check; /* whether it could begin */
	struct pinger pinger;
	struct output out;
};

/* --- options -------------------------------------------------------------- */

/* An option is held to the rules of the key that it overrides. */
static void
option(struct program *p, int letter, const char *key, const char *value)
{
	char range[SETTINGS_RANGE_MAX];
	const char *why;

	why = settings_set(&p->given, "ping", key, value, 1);
	if (why == NULL)
		return;
	settings_range(settings_row("ping", key), range);
	program_die(STATUS_USAGE, "-%c %s: %s%s%s%s%s", letter, value, why,
	    *range != '\0' ? " (" : "", range, *range != '\0' ? ")" : "",
	    letter == 'i' ? ": at most 5 probes a second to one reflector" :
			    "");
}

static void
option_family(struct program *p, const char *word)
{
	if (settings_set(&p->given, "ping", "family", word, 1) != NULL)
		program_usage(usage_text);
}

static bool
is_given(const struct program *p, const char *key)
{
	return p->given.line[settings_row("ping", key)] > 0;
}

static const char *
read_options(struct program *p, int argc, char *argv[])
{
	const char *conf = NULL;
	int ch, ways = 0;

	while ((ch = program_options(argc, argv,
		    "46Cc:I:i:m:n:p:S:t:W:", usage_text)) != -1) {
		ways += ch == 'I' || ch == 'm' || ch == 'S';
		if (ch == '4' || ch == '6')
			option_family(p, ch == '4' ? "4" : "6");
		else if (ch == 'C')
			p->check = true;
		else if (ch == 'c')
			conf = optarg;
		else if (ch == 'n')
			p->count = program_want_count('n', optarg);
		else
			option(p, ch,
			    ch == 'I'     ? "device" :
				ch == 'm' ? "mark" :
				ch == 'S' ? "source" :
				ch == 'i' ? "interval" :
				ch == 'p' ? "stamp_port" :
				ch == 't' ? "method" :
					    "timeout",
			    optarg);
	}
	if (ways > 1)
		program_usage(usage_text);
	return conf;
}

static void
read_hosts(struct program *p, char *const hosts[])
{
	size_t row = settings_row("ping", "hosts");
	const char *why;

	for (; *hosts != NULL; hosts++) {
		p->given.line[row] = 0; /* once more */
		why = (*hosts)[strcspn(*hosts, " \t")] != '\0' ?
		    "not a host name or address" :
		    settings_set(&p->given, "ping", "hosts", *hosts, 1);
		if (why != NULL)
			program_die(STATUS_USAGE, "%s: %s", *hosts, why);
	}
}

/* Options of the command line take the place of keys of the file. */
static void
override(struct program *p)
{
	struct settings *s = &p->settings;
	const struct settings *given = &p->given;

	if (is_given(p, "family"))
		s->ping.family = given->ping.family;
	if (is_given(p, "method"))
		s->ping.method = given->ping.method;
	/* The port of whichever method it is. */
	if (is_given(p, "stamp_port") && s->ping.method == METHOD_STAMP)
		s->ping.stamp_port = given->ping.stamp_port;
	else if (is_given(p, "stamp_port"))
		s->ping.tcp_port = given->ping.stamp_port;
	if (is_given(p, "interval"))
		s->ping.interval_us = given->ping.interval_us;
	if (is_given(p, "timeout"))
		s->ping.timeout_us = given->ping.timeout_us;
	/* One way to leave takes the place of all others. */
	if (is_given(p, "device") || is_given(p, "mark") ||
	    is_given(p, "source")) {
		memcpy(s->ping.device, given->ping.device,
		    sizeof s->ping.device);
		memcpy(s->ping.source, given->ping.source,
		    sizeof s->ping.source);
		s->ping.mark = given->ping.mark;
	}
	if (given->ping.hosts > 0) {
		memcpy(s->ping.host, given->ping.host, sizeof s->ping.host);
		s->ping.hosts = given->ping.hosts;
	}
}

/* --- running -------------------------------------------------------------- */

static void
flush(struct program *p)
{
	if (output_flush(&p->out) == -1)
		program_fail(STATUS_OS, "standard output");
}

/* Until all is done or a signal comes. */
static void
run(struct program *p, const sigset_t *open_mask)
{
	char line[RECORD_MAX + 1];
	enum pinger_got got;
	struct rtt rtt;

	while ((got = pinger_next(&p->pinger, &rtt)) != PINGER_END) {
		if (got == PINGER_RECORD) {
			if (output_line(&p->out, line,
				message_pack(&message_rtt, line, &rtt)) == -1)
				program_fail(STATUS_OS, "standard output");
			continue;
		}
		if (got == PINGER_NOTE) {
			program_say("%s", p->pinger.note);
			continue;
		}
		flush(p);
		if (got == PINGER_FAILED)
			program_die(STATUS_RETRY, "%s", p->pinger.note);
		if (program_stopping)
			return;
		if (pinger_wait(&p->pinger, open_mask) == -1)
			program_fail(STATUS_OS, "ppoll");
	}
}

static void
say_ignored(const struct probing *p)
{
	if (p->duplicates > 0 || p->foreign > 0 || p->impossible > 0)
		program_say(
		    "answers ignored: %lld repeated, %lld not to our probes, "
		    "%lld after more than 10 s",
		    (long long)p->duplicates, (long long)p->foreign,
		    (long long)p->impossible);
}

static _Noreturn void
refuse(const struct program *p, enum pinger_opened opened, const char *conf)
{
	int status = STATUS_OS;

	if (opened == PINGER_REFUSED)
		status = conf != NULL ? STATUS_CONFIG : STATUS_USAGE;
	else if (opened == PINGER_ASTRAY)
		status = STATUS_RETRY;
	program_die(status, "%s", p->pinger.note);
}

int
main(int argc, char *argv[])
{
	static struct program p;
	enum pinger_opened opened;
	sigset_t open_mask;
	const char *conf;

	conf = read_options(&p, argc, argv);
	read_hosts(&p, argv + optind);
	if (conf != NULL)
		program_load_settings(&p.settings, conf);
	else
		(void)settings_finish(&p.settings, NULL, 0);
	override(&p);
	if (p.settings.ping.hosts == 0 && conf == NULL)
		program_usage(usage_text);
	if (p.settings.ping.hosts == 0)
		program_die(STATUS_CONFIG,
		    "%s: [ping] hosts: none there, and none on "
		    "the command line",
		    conf);
	/* A device that is typed may be a slip; that of a line may be away. */
	opened = pinger_open(&p.pinger, &p.settings, p.count,
	    conf != NULL && !is_given(&p, "device"), program_runtime_dir());
	if (opened != PINGER_OPEN)
		refuse(&p, opened, conf);
	if (p.check)
		return STATUS_OK;
	program_keep(PRIVILEGE_NONE);
	if (program_confined())
		pinger_confine();
	output_init(&p.out, STDOUT_FILENO);
	program_catch_signals(&open_mask, &p.out);
	run(&p, &open_mask);
	flush(&p);
	say_ignored(&p.pinger.probing);
	pinger_close(&p.pinger);
	return p.count > 0 && p.pinger.probing.answered == 0 &&
		!program_stopping ?
	    STATUS_NO :
	    STATUS_OK;
}

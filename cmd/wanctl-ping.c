/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures the delay to reflectors. */
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "number.h"
#include "output.h"
#include "pinger.h"
#include "program.h"
#include "resolver.h"
#include "text.h"

static const char usage_text[] =
    "usage: wanctl-ping [-4 | -6] [-c FILE] [-I DEV | -m MARK | -S ADDR]\n"
    "                   [-i INTERVAL] [-n COUNT] [-W TIMEOUT] [HOST...]\n";

struct program {
	struct settings settings;
	struct pinger pinger;
	struct output out;
	struct clock clock;
	int64_t answers;
	const char *trouble;
};

static void
done(void *user, size_t target, const struct rtt *result)
{
	struct program *p = user;
	char line[RECORD_MAX + 1];
	struct rtt r = *result;
	const char *name = p->settings.ping.host[target];

	r.t_us = clock_now(&p->clock);
	text_copy(r.wan, sizeof r.wan, p->settings.wan.name,
	    strlen(p->settings.wan.name));
	if (strcmp(name, r.host) != 0)
		text_copy(r.name, sizeof r.name, name, strlen(name));
	if (r.us != NONE)
		p->answers++;
	if (output_line(&p->out, line, message_pack(&message_rtt, line, &r)) ==
	    -1)
		err(STATUS_OS, "standard output");
}

static int64_t
option_duration(char letter, const char *value, int64_t lo, int64_t hi)
{
	const char *why;
	int64_t us;

	why = number_duration(value, strlen(value), lo, hi, &us);
	if (why != NULL)
		errx(STATUS_USAGE, "-%c %s: %s", letter, value, why);
	return us;
}

int
main(int argc, char *argv[])
{
	static struct program p;
	struct pinger_options o = { .v4 = true, .v6 = true };
	int64_t count = -1, interval_us = 0, timeout_us = 0;
	const char *conf = NULL, *why, *device = NULL;
	sigset_t mask;
	int ch;

	while ((ch = program_options(argc, argv,
		    "46c:I:i:m:n:S:W:", usage_text)) != -1) {
		switch (ch) {
		case '4':
			o.v6 = false;
			break;
		case '6':
			o.v4 = false;
			break;
		case 'c':
			conf = optarg;
			break;
		case 'I':
			device = optarg;
			break;
		case 'i':
			interval_us = option_duration('i', optarg, 200000,
			    3600000000);
			break;
		case 'n':
			if ((why = number_int(optarg, strlen(optarg), 1,
				 1000000000, &count)) != NULL)
				errx(STATUS_USAGE, "-n %s: %s", optarg, why);
			break;
		case 'W':
			timeout_us = option_duration('W', optarg, 10000,
			    9999999);
			break;
		default:
			break;
		}
	}
	if (conf != NULL)
		program_load_settings(&p.settings, conf);
	if (optind < argc)
		p.settings.ping.hosts = 0;
	for (int i = optind; i < argc && p.settings.ping.hosts < 32; i++)
		snprintf(p.settings.ping.host[p.settings.ping.hosts++],
		    SETTINGS_HOST_MAX, "%s", argv[i]);
	if (p.settings.ping.hosts == 0)
		program_usage(usage_text);
	o.interval_us = interval_us ? interval_us :
	    conf                    ? p.settings.ping.interval_us :
				      300000;
	o.timeout_us = timeout_us ? timeout_us :
	    conf                  ? p.settings.ping.timeout_us :
				    1000000;
	if (conf && p.settings.ping.device[0])
		o.device = p.settings.ping.device;
	if (device)
		o.device = device;
	if ((why = pinger_open(&p.pinger, &o, done, &p)) != NULL)
		err(STATUS_OS, "%s", why);
	for (size_t i = 0; i < p.settings.ping.hosts; i++) {
		struct sockaddr_storage addr;

		pinger_add(&p.pinger, count);
		if (resolver_numeric(p.settings.ping.host[i], AF_UNSPEC, &addr))
			pinger_address(&p.pinger, i, (struct sockaddr *)&addr);
	}
	output_init(&p.out, STDOUT_FILENO);
	clock_start(&p.clock);
	program_catch_signals(&mask);
	pinger_start(&p.pinger, clock_monotonic());
	while (!program_stopping) {
		struct pollfd fds[PINGER_SOCKETS];
		size_t n = pinger_descriptors(&p.pinger, fds);
		int64_t due_us = pinger_due_us(&p.pinger);
		struct timespec ts;

		if (due_us == INT64_MAX)
			break;
		if (output_flush(&p.out) == -1)
			err(STATUS_OS, "standard output");
		ts = clock_until(due_us);
		(void)ppoll(fds, n, &ts, &mask);
		pinger_work(&p.pinger, clock_monotonic());
	}
	if (output_flush(&p.out) == -1)
		err(STATUS_OS, "standard output");
	return count > 0 && p.answers == 0 ? STATUS_NO : STATUS_OK;
}

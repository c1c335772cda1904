/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures the delay to reflectors. */
#include <net/if.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "number.h"
#include "output.h"
#include "pinger.h"
#include "privilege.h"
#include "program.h"
#include "resolver.h"
#include "route.h"
#include "text.h"

#define INTERVAL_MIN 200000 /* at most 5 probes a second to one reflector */
#define RESOLVE_US 5000000  /* time for one name */
#define AGAIN_US 30000000   /* between two tries for one name */
#define AGAIN_LOST 10 /* probes lost in a row before a name is tried again */

static const char usage_text[] =
    "usage: wanctl-ping [-4 | -6] [-c FILE] [-I DEV | -m MARK | -S ADDR]\n"
    "                   [-i INTERVAL] [-n COUNT] [-W TIMEOUT] [HOST...]\n";

struct name {
	bool numeric;
	int64_t lost;     /* probes in a row */
	int64_t tried_us; /* when it was last resolved; monotonic */
	bool unknown;     /* said already */
};

struct program {
	struct settings settings; /* [ping] also holds the options */
	const char *conf;
	int64_t count; /* -1: for ever */
	struct pinger pinger;
	struct name name[SETTINGS_HOSTS];
	struct resolver resolver;
	size_t resolving; /* which host */
	struct output out;
	struct clock clock;
	int64_t answers;
	int trouble;      /* errno of sending that was said last */
	unsigned ifindex; /* of the device it is bound to */
};

/* --- options ------------------------------------------------------------- */

static void
set_number(char letter, const char *value, const char *why)
{
	if (why != NULL)
		errx(STATUS_USAGE, "-%c %s: %s", letter, value, why);
}

static void
set_interval(struct program *p, const char *value)
{
	size_t len = strlen(value);
	int64_t us;

	set_number('i', value, number_duration(value, len, 1, 3600000000, &us));
	if (us < INTERVAL_MIN)
		errx(STATUS_USAGE,
		    "-i %s: at most 5 probes a second to one reflector: 200ms "
		    "or more",
		    value);
	p->settings.ping.interval_us = us;
}

/* One of [ping]'s own keys, checked as in a file. */
static void
set_key(struct program *p, char letter, const char *key, const char *value)
{
	size_t row = settings_row("ping", key);
	const char *why;

	p->settings.line[row] = 0;
	why = settings_set(&p->settings, "ping", key, value, -1);
	if (why != NULL)
		errx(STATUS_USAGE, "-%c %s: %s", letter, value, why);
}

static void
add_host(struct program *p, const char *host)
{
	const char *why;

	p->settings.line[settings_row("ping", "hosts")] = 0;
	why = settings_set(&p->settings, "ping", "hosts", host, -1);
	if (why != NULL)
		errx(STATUS_USAGE, "%s: %s", host, why);
}

struct options {
	const char *interval, *timeout, *device, *source, *mark;
	const char *family;
};

static void
take_count(struct program *p, const char *value)
{
	set_number('n', value,
	    number_int(value, strlen(value), 1, 1000000000, &p->count));
}

static void
parse(struct program *p, int argc, char *argv[], struct options *o)
{
	int ch;

	while ((ch = program_options(argc, argv,
		    "46c:I:i:m:n:S:W:", usage_text)) != -1) {
		if (ch == '4' || ch == '6')
			o->family = ch == '4' ? "4" : "6";
		else if (ch == 'c')
			p->conf = optarg;
		else if (ch == 'I')
			o->device = optarg;
		else if (ch == 'i')
			o->interval = optarg;
		else if (ch == 'm')
			o->mark = optarg;
		else if (ch == 'n')
			take_count(p, optarg);
		else if (ch == 'S')
			o->source = optarg;
		else
			o->timeout = optarg;
	}
	if ((o->device != NULL) + (o->source != NULL) + (o->mark != NULL) > 1)
		errx(STATUS_USAGE, "-I, -m and -S exclude each other");
}

/* Without a file, what [ping] would have without a line in it. */
static void
take_defaults(struct program *p)
{
	settings_init(&p->settings);
	p->settings.ping.interval_us = 300000;
	p->settings.ping.timeout_us = 1000000;
}

static void
configure(struct program *p, const struct options *o, int argc, char *argv[])
{
	if (p->conf != NULL)
		program_load_settings(&p->settings, p->conf);
	else
		take_defaults(p);
	if (optind < argc) {
		p->settings.ping.hosts = 0;
		for (int i = optind; i < argc; i++)
			add_host(p, argv[i]);
	}
	if (o->device != NULL || o->source != NULL || o->mark != NULL) {
		p->settings.ping.device[0] = p->settings.ping.source[0] = '\0';
		p->settings.ping.mark = 0;
	}
	if (o->device != NULL)
		set_key(p, 'I', "device", o->device);
	if (o->source != NULL)
		set_key(p, 'S', "source", o->source);
	if (o->mark != NULL)
		set_key(p, 'm', "mark", o->mark);
	if (o->family != NULL)
		set_key(p, *o->family, "family", o->family);
	if (o->timeout != NULL)
		set_key(p, 'W', "timeout", o->timeout);
	if (o->interval != NULL)
		set_interval(p, o->interval);
	if (p->settings.ping.hosts > 0)
		return;
	if (p->conf == NULL)
		program_usage(usage_text);
	errx(STATUS_CONFIG, "%s: [ping] hosts: no reflectors are given",
	    p->conf);
}

/* --- start --------------------------------------------------------------- */

static int
family_of(const struct program *p)
{
	return p->settings.ping.family == FAMILY_4 ? AF_INET :
	    p->settings.ping.family == FAMILY_6    ? AF_INET6 :
						     AF_UNSPEC;
}

static _Noreturn void
open_failed(const struct program *p, const char *why)
{
	if (errno == EPERM || errno == EACCES)
		errx(STATUS_OS,
		    "%s: not permitted: give this user's group to the sysctl "
		    "net.ipv4.ping_group_range, or the program the capability "
		    "CAP_NET_RAW",
		    why);
	if (p->settings.ping.device[0] != '\0')
		err(STATUS_OS, "%s %s", why, p->settings.ping.device);
	err(STATUS_OS, "%s", why);
}

static void done(void *user, size_t target, const struct rtt *result);

static void
open_pinger(struct program *p)
{
	int family = family_of(p);
	struct pinger_options o = {
		.v4 = family != AF_INET6,
		.v6 = family != AF_INET,
		.interval_us = p->settings.ping.interval_us,
		.timeout_us = p->settings.ping.timeout_us,
		.device = p->settings.ping.device[0] != '\0' ?
		    p->settings.ping.device :
		    NULL,
		.source = p->settings.ping.source[0] != '\0' ?
		    p->settings.ping.source :
		    NULL,
		.mark = (uint32_t)p->settings.ping.mark,
	};
	const char *why;

	if (o.device != NULL && (p->ifindex = if_nametoindex(o.device)) == 0)
		errx(STATUS_OS, "%s: no such network device", o.device);
	if ((why = pinger_open(&p->pinger, &o, done, p)) != NULL)
		open_failed(p, why);
	if (privilege_drop() == -1)
		err(STATUS_OS, "giving up capabilities");
}

/* The route that will be used must be that of the line: what another line
 * answers would shape this one. No route at all may come yet. */
static void
check_route(struct program *p, const char *host, const struct sockaddr *to)
{
	const char *wanted = p->settings.ping.device[0] != '\0' ?
	    p->settings.ping.device :
	    p->settings.wan.device;
	struct route_query q = { .to = to,
		.mark = (uint32_t)p->settings.ping.mark,
		.ifindex = (int)p->ifindex };
	struct sockaddr_storage from;
	char device[IF_NAMESIZE];

	if (*wanted == '\0')
		return;
	if (p->settings.ping.source[0] != '\0' &&
	    resolver_numeric(p->settings.ping.source, to->sa_family, &from))
		q.from = (struct sockaddr *)&from;
	if (route_device(&q, device) == -1) {
		warn("%s: no route by %s", host, wanted);
		return;
	}
	if (strcmp(device, wanted) != 0)
		errx(STATUS_RETRY,
		    "%s: would be probed by %s, not by %s; bind the probes "
		    "with device, source or mark of [ping]",
		    host, device, wanted);
}

static void
add_targets(struct program *p)
{
	int64_t now_us = clock_monotonic();
	struct sockaddr_storage addr;

	for (size_t i = 0; i < p->settings.ping.hosts; i++)
		(void)pinger_add(&p->pinger, p->settings.ping.host[i],
		    p->count);
	pinger_start(&p->pinger, now_us);
	for (size_t i = 0; i < p->settings.ping.hosts; i++) {
		const char *host = p->settings.ping.host[i];

		p->name[i].tried_us = INT64_MIN / 2;
		if (!resolver_numeric(host, family_of(p), &addr))
			continue;
		p->name[i].numeric = true;
		check_route(p, host, (struct sockaddr *)&addr);
		pinger_address(&p->pinger, i, (struct sockaddr *)&addr, now_us);
	}
}

/* --- names --------------------------------------------------------------- */

static bool
wants_address(const struct program *p, size_t i, int64_t now_us)
{
	const struct name *n = &p->name[i];

	return !n->numeric && now_us - n->tried_us >= AGAIN_US &&
	    (p->pinger.target[i].waiting || n->lost >= AGAIN_LOST);
}

static void
start_resolving(struct program *p, int64_t now_us)
{
	for (size_t i = 0; i < p->settings.ping.hosts && p->resolver.pid == 0;
	     i++) {
		if (!wants_address(p, i, now_us))
			continue;
		p->resolving = i;
		p->name[i].tried_us = now_us;
		if (resolver_start(&p->resolver, p->settings.ping.host[i],
			family_of(p), now_us + RESOLVE_US) == -1) {
			warn("%s: cannot look it up", p->settings.ping.host[i]);
			pinger_no_address(&p->pinger, i, now_us);
		}
	}
}

static void
finish_resolving(struct program *p, int64_t now_us)
{
	const char *host = p->settings.ping.host[p->resolving], *why;
	struct name *n = &p->name[p->resolving];
	bool first = p->pinger.target[p->resolving].waiting;
	struct sockaddr_storage addr;

	why = resolver_finish(&p->resolver, &addr);
	if (why != NULL) {
		if (!n->unknown)
			warnx("%s: %s", host, why);
		n->unknown = true;
		pinger_no_address(&p->pinger, p->resolving, now_us);
		return;
	}
	if (n->unknown)
		warnx("%s: found again", host);
	n->unknown = false;
	if (first)
		check_route(p, host, (struct sockaddr *)&addr);
	pinger_address(&p->pinger, p->resolving, (struct sockaddr *)&addr,
	    now_us);
}

/* --- loop ---------------------------------------------------------------- */

static void
done(void *user, size_t target, const struct rtt *result)
{
	struct program *p = user;
	const char *name = p->settings.ping.host[target];
	char line[RECORD_MAX + 1];
	struct rtt r = *result;

	r.t_us = clock_now(&p->clock);
	text_copy(r.wan, sizeof r.wan, p->settings.wan.name,
	    strlen(p->settings.wan.name));
	if (!p->name[target].numeric)
		text_copy(r.name, sizeof r.name, name, strlen(name));
	p->answers += r.us != NONE;
	p->name[target].lost = r.us == NONE ? p->name[target].lost + 1 : 0;
	if (output_line(&p->out, line, message_pack(&message_rtt, line, &r)) ==
	    -1)
		err(STATUS_OS, "standard output");
}

/* A trouble with sending is said when it begins and when it ends. A device
 * that went and came back is another one to the kernel; our socket is bound
 * to the old one and may not change that any more. */
static void
watch_sending(struct program *p)
{
	const char *device = p->settings.ping.device;

	if (p->pinger.trouble == p->trouble)
		return;
	p->trouble = p->pinger.trouble;
	if (p->trouble == 0) {
		warnx("probes go out again");
		return;
	}
	warnx("cannot send: %s", strerror(p->trouble));
	if (p->ifindex != 0 && if_nametoindex(device) != 0 &&
	    if_nametoindex(device) != p->ifindex)
		errx(STATUS_RETRY, "%s: is another device now; start again",
		    device);
}

static void
wait_and_work(struct program *p, const sigset_t *open_mask)
{
	struct pollfd fds[PINGER_SOCKETS + 1];
	size_t n = pinger_descriptors(&p->pinger, fds);
	int64_t due_us = pinger_due_us(&p->pinger);
	struct timespec left;

	if (p->resolver.pid != 0) {
		fds[n++] = (struct pollfd){ .fd = p->resolver.fd,
			.events = POLLIN };
		if (p->resolver.deadline_us < due_us)
			due_us = p->resolver.deadline_us;
	}
	if (output_flush(&p->out) == -1)
		err(STATUS_OS, "standard output");
	left = clock_until(due_us);
	if (ppoll(fds, n, &left, open_mask) == -1 && errno != EINTR)
		err(STATUS_OS, "waiting for answers");
	if (p->resolver.pid != 0 &&
	    (fds[n - 1].revents != 0 ||
		clock_monotonic() >= p->resolver.deadline_us))
		finish_resolving(p, clock_monotonic());
	pinger_work(&p->pinger, clock_monotonic());
	watch_sending(p);
}

static void
run(struct program *p)
{
	sigset_t open_mask;

	program_catch_signals(&open_mask);
	while (!program_stopping) {
		start_resolving(p, clock_monotonic());
		if (p->resolver.pid == 0 &&
		    pinger_due_us(&p->pinger) == INT64_MAX)
			break;
		wait_and_work(p, &open_mask);
	}
	if (output_flush(&p->out) == -1)
		err(STATUS_OS, "standard output");
	if (p->pinger.aliens > 0 || p->pinger.duplicates > 0)
		warnx("ignored %lld replies that were no answers and %lld "
		      "duplicates",
		    (long long)p->pinger.aliens,
		    (long long)p->pinger.duplicates);
}

int
main(int argc, char *argv[])
{
	static struct program p = { .count = -1 };
	struct options o = { NULL };

	parse(&p, argc, argv, &o);
	configure(&p, &o, argc, argv);
	open_pinger(&p);
	output_init(&p.out, STDOUT_FILENO);
	clock_start(&p.clock);
	add_targets(&p);
	run(&p);
	pinger_close(&p.pinger);
	return p.count > 0 && p.answers == 0 ? STATUS_NO : STATUS_OK;
}

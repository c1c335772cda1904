/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/pinger.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/number.h"
#include "base/text.h"
#include "probe/route.h"

#define TCP_USUAL 443
#define REPLIES 64 /* read in a row, so that a flood cannot stop the rest */

/* --- words ---------------------------------------------------------------- */

/* Composes the note out of up to five parts; NULL ends. One that was not taken
 * yet is kept, in front of it. */
static void
note(struct pinger *p, const char *a, const char *b, const char *c,
    const char *d, const char *e)
{
	const char *part[] = { a, b, c, d, e };
	size_t kept = p->noted ? strlen(p->note) : 0;
	struct text t;

	text_init(&t, p->note + kept, sizeof p->note - kept);
	if (p->noted)
		text_add(&t, "; ");
	for (size_t i = 0; i < 5 && part[i] != NULL; i++)
		text_add(&t, part[i]);
	text_printable(p->note);
	p->noted = true;
}

/* --- clocks and chance ---------------------------------------------------- */

static int64_t
read_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Both clocks. If something came between the two readings, once more: else it
 * would look as if the clock had been set. */
static struct instant
instant_now(void)
{
	struct instant now = { 0 };
	int64_t before_ns, wall_ns, after_ns;

	for (int i = 0; i < 8; i++) {
		before_ns = read_ns(CLOCK_MONOTONIC);
		wall_ns = read_ns(CLOCK_REALTIME);
		after_ns = read_ns(CLOCK_MONOTONIC);
		now.us = before_ns / 1000;
		now.offset_ns = wall_ns - before_ns;
		if (after_ns - before_ns < PROBING_STEP_NS / 4)
			break;
	}
	return now;
}

static uint64_t
random_number(struct pinger *p)
{
	if (p->random_left == 0) {
		/* So many bytes come whole; it only waits soon after boot. */
		while (getrandom(p->random, sizeof p->random, 0) !=
		    (ssize_t)sizeof p->random)
			;
		p->random_left = PINGER_RANDOM;
	}
	return p->random[--p->random_left];
}

/* --- targets -------------------------------------------------------------- */

static bool
has_address(const struct pinger_target *t)
{
	return t->place.address.sa.sa_family != AF_UNSPEC;
}

/* Where that probe of the target went. */
static const struct pinger_place *
place_of(const struct pinger_target *t, int64_t seq)
{
	return seq <= t->moved_seq ? &t->before : &t->place;
}

static const struct {
	int family;
	bool asks_stamps;
} kinds[PINGER_SOCKETS] = {
	{ AF_INET, false },
	{ AF_INET6, false },
	{ AF_INET, true },
};
#define STAMPS_SOCKET 2

static size_t
socket_for(int family)
{
	return family == AF_INET ? 0 : 1;
}

/* The other target that has this address already, NULL if none. */
static const struct pinger_target *
twin_of(const struct pinger *p, const struct pinger_target *t,
    const union address *a)
{
	for (size_t i = 0; i < p->probing.targets; i++) {
		const struct pinger_target *other = &p->target[i];

		if (other != t && has_address(other) &&
		    address_equal(&other->place.address, a))
			return other;
	}
	return NULL;
}

static void
settle(struct pinger *p, struct pinger_target *t, const union address *a)
{
	size_t i = (size_t)(t - p->target);

	if (has_address(t) && address_equal(&t->place.address, a))
		return;
	t->before = t->place;
	t->moved_seq = p->probing.target[i].seq;
	t->place.address = *a;
	address_text(t->place.text, a);
	t->lost = 0;
}

/* --- opening -------------------------------------------------------------- */

static enum pinger_opened
refuse(struct pinger *p, enum pinger_opened how, const char *what,
    const char *why)
{
	note(p, what, ": ", why, NULL, NULL);
	return how;
}

static int
wanted_family(const struct settings *s, const struct egress *e)
{
	if (e->source.sa.sa_family != AF_UNSPEC)
		return e->source.sa.sa_family;
	if (s->ping.family == FAMILY_4)
		return AF_INET;
	return s->ping.family == FAMILY_6 ? AF_INET6 : AF_UNSPEC;
}

static enum pinger_opened
read_egress(struct pinger *p, const struct settings *s)
{
	const char *device = s->ping.device[0] != '\0' ? s->ping.device :
							 s->wan.device;
	const char *why;
	int family;

	text_copy(p->egress.device, sizeof p->egress.device, device,
	    strlen(device));
	p->egress.mark = (uint32_t)s->ping.mark;
	if (s->ping.source[0] == '\0')
		return PINGER_OPEN;
	if ((why = address_parse(&p->egress.source, s->ping.source)) != NULL)
		return refuse(p, PINGER_CANNOT, s->ping.source, why);
	family = p->egress.source.sa.sa_family;
	if ((s->ping.family == FAMILY_4 && family != AF_INET) ||
	    (s->ping.family == FAMILY_6 && family != AF_INET6))
		return refuse(p, PINGER_REFUSED, s->ping.source,
		    "the source address is of the other family");
	return PINGER_OPEN;
}

static enum pinger_opened
read_target(struct pinger *p, struct pinger_target *t, const char *host,
    int family)
{
	const struct pinger_target *twin;
	union address a = { 0 };
	const char *why;

	t->name = host;
	t->pause_us = PINGER_PAUSE_US;
	(void)text_copy(t->place.text, sizeof t->place.text,
	    family == AF_INET6 ? "::" : "0.0.0.0", family == AF_INET6 ? 2 : 7);
	t->named = !text_is_address(host, strlen(host));
	if (t->named)
		return PINGER_OPEN;
	if ((why = address_parse(&a, host)) != NULL)
		return refuse(p, PINGER_CANNOT, host, why);
	if (family != AF_UNSPEC && a.sa.sa_family != family)
		return refuse(p, PINGER_REFUSED, host,
		    family == AF_INET ? "is not an IPv4 address" :
					"is not an IPv6 address");
	if ((twin = twin_of(p, t, &a)) != NULL)
		return refuse(p, PINGER_REFUSED, host,
		    "the same address is given twice");
	settle(p, t, &a);
	return PINGER_OPEN;
}

static enum pinger_opened
cannot_open(struct pinger *p, const struct settings *s, const char *what)
{
	int error = errno;
	bool denied = error == EPERM || error == EACCES;

	if (denied && strstr(what, "ICMP socket") != NULL)
		note(p, what,
		    ": allow a group of the user in net.ipv4.ping_group_range,"
		    " or give the program CAP_NET_RAW",
		    NULL, NULL, NULL);
	else if (denied && strstr(what, "mark") != NULL)
		note(p, what,
		    ": it takes CAP_NET_RAW, before Linux 5.17 CAP_NET_ADMIN",
		    NULL, NULL, NULL);
	else if (denied && strstr(what, "device") != NULL)
		note(p, p->egress.device, ": ", what,
		    ": before Linux 5.7 it takes CAP_NET_RAW", NULL);
	else if (strstr(what, "device") != NULL)
		note(p, p->egress.device, ": ", what, ": ", strerror(error));
	else if (strstr(what, "source") != NULL)
		note(p, s->ping.source, ": ", what, ": ", strerror(error));
	else
		note(p, what, ": ", strerror(error), NULL, NULL);
	return PINGER_CANNOT;
}

static bool
by_stamp(const struct pinger *p)
{
	return p->settings->ping.method == METHOD_STAMP;
}

static bool
by_tcp_alone(const struct pinger *p)
{
	return p->settings->ping.method == METHOD_TCP;
}

static const char *
open_kind(const struct pinger *p, struct echo *echo, size_t i, uint16_t id)
{
	if (by_stamp(p))
		return echo_open(echo, kinds[i].family, ECHO_STAMP_UDP,
		    &p->egress, (uint16_t)p->settings->ping.stamp_port);
	return echo_open(echo, kinds[i].family,
	    kinds[i].asks_stamps ? ECHO_STAMPS : ECHO_PLAIN, &p->egress, id);
}

static const char *
open_echo(struct pinger *p, size_t i, uint16_t id)
{
	return open_kind(p, &p->socket[i].echo, i, id);
}

/* Echo does without: what cannot be is only said if it was asked for. */
static void
open_stamps(struct pinger *p, const struct settings *s)
{
	if (s->ping.method != METHOD_TIMESTAMP && s->ping.method != METHOD_AUTO)
		return;
	if (open_echo(p, STAMPS_SOCKET, (uint16_t)random_number(p)) == NULL) {
		p->method = s->ping.method == METHOD_AUTO ? STAMPS_AUTO :
							    STAMPS_ALWAYS;
		return;
	}
	if (s->ping.method == METHOD_TIMESTAMP)
		note(p, "time stamps cannot be asked for, echo is used: ",
		    strerror(errno), ": they take CAP_NET_RAW", NULL, NULL);
}

/* The families that a target may be probed by: one that it must be, or two
 * that it may. */
static void
families(const struct pinger_target *t, int family, bool need[static 2],
    bool may[static 2])
{
	if (!t->named)
		need[socket_for(t->place.address.sa.sa_family)] = true;
	else if (family != AF_UNSPEC)
		need[socket_for(family)] = true;
	else
		may[0] = may[1] = true;
}

/* NULL, or what could not be done, with errno. */
static const char *
open_way(struct pinger *p, struct pinger_target *t, int family)
{
	bool need[2] = { false }, may[2] = { false };
	const char *bad = NULL;
	int open = 0, error = 0;

	families(t, family, need, may);
	for (size_t i = 0; i < 2; i++) {
		const char *what;

		if (!need[i] && !may[i])
			continue;
		what = connector_open(&t->way.connector[i], kinds[i].family,
		    &p->egress);
		if (what == NULL) {
			open++;
			continue;
		}
		error = errno;
		bad = what;
	}
	errno = error;
	return open == 0 ? bad : NULL;
}

/* Where TCP only may take ICMP's place, that it cannot is no reason to end. */
static enum pinger_opened
open_ways(struct pinger *p, const struct settings *s, int family)
{
	const char *bad = NULL;

	p->tcp_port = (int)s->ping.tcp_port;
	if (by_tcp_alone(p) && p->tcp_port == 0)
		p->tcp_port = TCP_USUAL;
	if (s->ping.method != METHOD_AUTO && !by_tcp_alone(p))
		p->tcp_port = 0;
	for (size_t i = 0; p->tcp_port != 0 && i < p->probing.targets; i++) {
		bad = open_way(p, &p->target[i], family);
		if (bad == NULL)
			continue;
		if (by_tcp_alone(p))
			return cannot_open(p, s, bad);
		note(p, "TCP cannot take the place of ICMP: ", bad, ": ",
		    strerror(errno), NULL);
		p->tcp_port = 0;
	}
	return PINGER_OPEN;
}

/* The families that are needed; those only for names may fail. */
static enum pinger_opened
open_sockets(struct pinger *p, const struct settings *s, int family)
{
	bool need[PINGER_SOCKETS] = { false }, may[PINGER_SOCKETS] = { false };
	const char *what = NULL;
	int open = 0, error = 0;

	for (size_t i = 0; i < p->probing.targets; i++)
		families(&p->target[i], family, need, may);
	for (size_t i = 0; i < STAMPS_SOCKET; i++) {
		const char *bad = NULL;

		if (need[i] || may[i])
			bad = open_echo(p, i, (uint16_t)random_number(p));
		if (bad != NULL && need[i])
			return cannot_open(p, s, bad);
		if (bad != NULL) {
			what = bad;
			error = errno;
		} else if (need[i] || may[i]) {
			open++;
		}
	}
	errno = error;
	if (open == 0)
		return cannot_open(p, s, what);
	if (p->socket[0].echo.fd != -1)
		open_stamps(p, s);
	return PINGER_OPEN;
}

/* Only a way by another device is refused. If there is none, it may come; it
 * is said about the first reflector. */
static enum pinger_opened
check_routes(struct pinger *p)
{
	char why[ROUTE_TEXT];
	enum route_verdict verdict;

	if (p->egress.device[0] == '\0' || p->lost_device)
		return PINGER_OPEN;
	for (size_t i = 0; i < p->probing.targets; i++) {
		struct pinger_target *t = &p->target[i];

		if (!has_address(t))
			continue;
		verdict = route_check(&p->egress, p->egress.device,
		    &t->place.address, why);
		if (verdict == ROUTE_WRONG)
			return refuse(p, PINGER_ASTRAY, t->name, why);
		if (verdict != ROUTE_GOOD && !p->noted)
			note(p, t->name, ": ", why, NULL, NULL);
	}
	return PINGER_OPEN;
}

static void
resolve(struct pinger *p, struct pinger_target *t, int64_t now_us)
{
	t->again_us = now_us + t->pause_us;
	if (t->pause_us < PINGER_PAUSE_MOST)
		t->pause_us *= 2;
	if (resolver_start(&t->resolver, p->names, t->name,
		wanted_family(p->settings, &p->egress), now_us) == 0)
		return;
	/* Another one cannot be started any more. */
	p->failed = errno == EPIPE || errno == ECONNRESET;
	note(p, t->name, ": cannot be resolved: ",
	    p->failed ? "the process for that has ended" : strerror(errno),
	    NULL, NULL);
}

static void
say_missing_stamps(struct pinger *p)
{
	for (size_t i = 0; i < PINGER_SOCKETS; i++)
		if (p->socket[i].echo.fd != -1 &&
		    !p->socket[i].echo.sends_stamps)
			note(p,
			    "the kernel gives no time stamps of sending: "
			    "round trips include our own queue",
			    NULL, NULL, NULL, NULL);
}

/* Starts on all names at once. */
static void
resolve_names(struct pinger *p, int64_t now_us)
{
	for (size_t i = 0; i < p->probing.targets; i++) {
		struct pinger_target *t = &p->target[i];

		if (!t->named)
			continue;
		if (p->names == -1 && (p->names = resolver_serve()) == -1)
			note(p, t->name,
			    ": cannot be resolved: ", strerror(errno), NULL,
			    NULL);
		t->patience_us = now_us + p->settings->ping.timeout_us;
		resolve(p, t, now_us);
	}
}

/* So many of each reflector leave no time to know the good ones. */
static void
choose_active(struct pinger *p, int64_t count, int64_t now_us)
{
	size_t hosts = p->settings->ping.hosts, active = hosts;

	if (count == 0 && p->settings->ping.active > 0 &&
	    (size_t)p->settings->ping.active < hosts)
		active = (size_t)p->settings->ping.active;
	reflectors_init(&p->reflectors, hosts, active, now_us);
	probing_limit(&p->probing, active);
}

static void
say_away(struct pinger *p)
{
	for (size_t i = 0; i < PINGER_SOCKETS; i++)
		if (p->socket[i].echo.fd != -1 && p->socket[i].echo.away)
			p->lost_device = true;
	for (size_t i = 0; i < p->probing.targets; i++)
		for (int j = 0; j < 2; j++)
			if (p->target[i].way.connector[j].away)
				p->lost_device = true;
	if (p->lost_device)
		note(p, p->egress.device, ": is not there", NULL, NULL, NULL);
}

enum pinger_opened
pinger_open(struct pinger *p, const struct settings *s, int64_t count,
    bool later, const char *runtime_dir)
{
	enum pinger_opened got;
	int64_t now_us;
	int family;

	memset(p, 0, sizeof *p);
	p->settings = s;
	p->replies = REPLIES;
	p->names = -1;
	for (size_t i = 0; i < PINGER_SOCKETS; i++)
		p->socket[i].echo.fd = -1;
	for (size_t i = 0; i < PROBING_TARGETS; i++)
		p->target[i].way.connector[0].fd =
		    p->target[i].way.connector[1].fd = -1;
	timeline_start(&p->timeline, runtime_dir);
	now_us = clock_monotonic();
	probing_init(&p->probing, s->ping.hosts, s->ping.interval_us,
	    s->ping.timeout_us, count, now_us);
	choose_active(p, count, now_us);
	if ((got = read_egress(p, s)) != PINGER_OPEN)
		return got;
	p->egress.later = later;
	family = wanted_family(s, &p->egress);
	for (size_t i = 0; i < s->ping.hosts && got == PINGER_OPEN; i++)
		got = read_target(p, &p->target[i], s->ping.host[i], family);
	if (got == PINGER_OPEN && !by_tcp_alone(p))
		got = open_sockets(p, s, family);
	if (got == PINGER_OPEN)
		got = open_ways(p, s, family);
	if (got == PINGER_OPEN)
		say_away(p);
	if (got == PINGER_OPEN)
		got = check_routes(p);
	if (got != PINGER_OPEN)
		return got;
	say_missing_stamps(p);
	resolve_names(p, now_us);
	return PINGER_OPEN;
}

void
pinger_confine(void)
{
	/* Sockets for a device that comes back, and for TCP; names go to the
	 * process that resolves them. */
	static const char *const calls[] = { "bind", "connect", "fcntl",
		"fcntl64", "getpeername", "getsockname", "getsockopt", "ioctl",
		"pipe2", "recv", "recvfrom", "recvmmsg", "recvmmsg_time64",
		"recvmsg", "send", "sendmsg", "sendto", "setsockopt",
		"shutdown", "socket", NULL };
	static const int families[] = { AF_INET, AF_INET6, AF_NETLINK, 0 };

	(void)confine_files(CONFINE_NONE);
	(void)confine_calls(calls, families);
}

void
pinger_close(struct pinger *p)
{
	if (p->names != -1)
		(void)close(p->names);
	for (size_t i = 0; i < PINGER_SOCKETS; i++)
		echo_close(&p->socket[i].echo);
	for (size_t i = 0; i < p->probing.targets; i++) {
		resolver_stop(&p->target[i].resolver);
		connector_close(&p->target[i].way.connector[0]);
		connector_close(&p->target[i].way.connector[1]);
	}
}

/* --- names ---------------------------------------------------------------- */

static bool
is_usable(const struct pinger *p, const struct pinger_target *t, int family)
{
	size_t i = socket_for(family);

	return by_tcp_alone(p) ? t->way.connector[i].fd != -1 :
				 p->socket[i].echo.fd != -1;
}

/* The address to probe from now on, NULL and *why if there is none. A wrong
 * route or a twin is a refusal only when there is no better address. */
static const union address *
choose(struct pinger *p, const struct pinger_target *t,
    const struct resolved *found, char why[static ROUTE_TEXT])
{
	static const char none[] = "no address of a family that is in use";
	const union address *same = NULL;

	text_copy(why, ROUTE_TEXT, none, strlen(none));
	for (size_t i = 0; i < found->count; i++) {
		const union address *a = &found->address[i];
		const struct pinger_target *twin = twin_of(p, t, a);

		if (!is_usable(p, t, a->sa.sa_family))
			continue;
		if (twin != NULL) {
			text_copy(why, ROUTE_TEXT, "", 0);
			continue;
		}
		if (p->egress.device[0] != '\0' &&
		    route_check(&p->egress, p->egress.device, a, why) ==
			ROUTE_WRONG)
			continue;
		/* The one that does not answer is the last choice. */
		if (!has_address(t) || t->lost < PINGER_FAILURES ||
		    !address_equal(&t->place.address, a))
			return a;
		same = a;
	}
	return same;
}

static void
say_refusal(struct pinger *p, struct pinger_target *t, const char *refusal,
    const char *why)
{
	if (t->refusal == NULL || strcmp(t->refusal, refusal) != 0)
		note(p, t->name, ": ", why, NULL, NULL);
	t->refusal = refusal;
}

static void
take_addresses(struct pinger *p, struct pinger_target *t,
    const struct resolved *found)
{
	char why[ROUTE_TEXT];
	const union address *a = choose(p, t, found, why);
	bool moved = a != NULL &&
	    (!has_address(t) || !address_equal(&t->place.address, a));

	t->twin = a == NULL && why[0] == '\0' && !has_address(t);
	if (a == NULL) {
		say_refusal(p, t, "no use",
		    why[0] != '\0' ?
			why :
			"has the same address as another reflector, and is "
			"not probed");
		return;
	}
	if (moved && (t->refusal != NULL || has_address(t))) {
		char text[ADDRESS_TEXT];

		address_text(text, a);
		note(p, t->name, " is ", text, " now", NULL);
	}
	t->refusal = NULL;
	if (moved && !has_address(t))
		probing_urge(&p->probing, (size_t)(t - p->target));
	settle(p, t, a);
}

/* True if a resolver had something to say. */
static bool
check_resolvers(struct pinger *p, int64_t now_us)
{
	for (size_t i = 0; i < p->probing.targets; i++) {
		struct pinger_target *t = &p->target[i];
		struct pollfd in = { .fd = t->resolver.fd, .events = POLLIN };
		struct resolved found;
		const char *why;

		if (!t->resolver.busy ||
		    (poll(&in, 1, 0) != 1 && now_us < t->resolver.deadline_us))
			continue;
		t->patience_us = 0;
		why = resolver_finish(&t->resolver, &found);
		if (why == NULL)
			take_addresses(p, t, &found);
		else
			say_refusal(p, t, why, why);
		return true;
	}
	return false;
}

static void
resolve_again(struct pinger *p, struct pinger_target *t, int64_t now_us)
{
	if (t->named && !t->resolver.busy && now_us >= t->again_us &&
	    (!has_address(t) || t->lost >= PINGER_FAILURES))
		resolve(p, t, now_us);
}

/* --- results -------------------------------------------------------------- */

static void
fill(struct pinger *p, const struct outcome *o, struct rtt *r)
{
	struct pinger_target *t = &p->target[o->target];
	const char *wan = p->settings->wan.name, *method;
	const struct pinger_place *place = place_of(t, o->seq);
	int64_t now_us = timeline_now(&p->timeline);

	/* Two records of one reflector never have the same time. */
	t->t_us = now_us > t->t_us ? now_us : t->t_us + 1;
	message_clear(&message_rtt, r);
	r->t_us = t->t_us;
	r->seq = o->seq;
	text_copy(r->wan, sizeof r->wan, wan, strlen(wan));
	text_copy(r->host, sizeof r->host, place->text, strlen(place->text));
	method = by_stamp(p) ? "stamp" :
	    o->connected     ? "tcp" :
	    o->asked_stamps  ? "timestamp" :
			       "icmp";
	text_copy(r->method, sizeof r->method, method, strlen(method));
	if (o->one_way) {
		r->up_us = o->up_us;
		r->down_us = o->down_us;
	}
	if (t->named && text_is_name(t->name, strlen(t->name), WORD_MAX - 1))
		text_copy(r->name, sizeof r->name, t->name, strlen(t->name));
	if (o->us == 0)
		r->lost = 1;
	else
		r->us = o->us;
	if (o->queued_us >= 0)
		r->queued_us = o->queued_us;
	if (o->late)
		r->late = 1;
}

/* Whether all reflectors that are probed have the trouble of this one. */
static bool
is_common(const struct pinger *p, const struct pinger_target *t)
{
	size_t n = 0;

	for (size_t i = 0; i < p->probing.targets; i++) {
		if (!has_address(&p->target[i]) || !p->reflectors.one[i].active)
			continue;
		if (p->target[i].trouble != t->trouble)
			return false;
		n++;
	}
	return n > 1;
}

/* The others get their turn before it is told, as all may have the same. */
static void
trouble(struct pinger *p, struct pinger_target *t, int error, int64_t now_us)
{
	if (t->trouble == error)
		return;
	t->trouble = error;
	if (p->all_trouble == error)
		return;
	t->unsaid = true;
	if (p->unsaid_us == 0)
		p->unsaid_us = now_us + p->probing.interval_us * 3 / 2;
	if (!is_common(p, t))
		return;
	note(p, "all reflectors: ", strerror(error), NULL, NULL, NULL);
	p->all_trouble = error;
	p->unsaid_us = 0;
	for (size_t i = 0; i < p->probing.targets; i++)
		p->target[i].unsaid = false;
}

/* Tells one of the troubles that no others share. False if there is none. */
static bool
say_trouble(struct pinger *p)
{
	for (size_t i = 0; i < p->probing.targets; i++) {
		struct pinger_target *t = &p->target[i];

		if (!t->unsaid)
			continue;
		t->unsaid = false;
		note(p, has_address(t) ? t->place.text : t->name, ": ",
		    strerror(t->trouble), NULL, NULL);
		return true;
	}
	p->unsaid_us = 0;
	return false;
}

/* An answer: the trouble is over, and with it that of all. */
static void
recover(struct pinger *p, struct pinger_target *t)
{
	if (t->trouble != 0 && !t->unsaid)
		note(p, t->place.text, ": answers again", NULL, NULL, NULL);
	for (size_t i = 0; p->all_trouble != 0 && i < p->probing.targets; i++)
		p->target[i].trouble = 0;
	p->all_trouble = 0;
	t->trouble = 0;
	t->unsaid = false;
}

static const char *
word_of(const struct pinger_target *t)
{
	return has_address(t) ? t->place.text : t->name;
}

static void
say_replaced(struct pinger *p, const struct replacement *r)
{
	static const char *const words[] = {
		[REFLECTORS_LOSES] = " loses probes",
		[REFLECTORS_SLOWER] = " is much slower than the others",
		[REFLECTORS_DRIFTS] = " became slower, alone",
	};

	note(p, word_of(&p->target[r->from]), words[r->fault], ": ",
	    word_of(&p->target[r->to]), " takes its place");
}

/* What this result says about who should be probed. */
static void
judge_reflector(struct pinger *p, const struct outcome *o)
{
	int64_t now_us = clock_monotonic();
	struct replacement r;

	if (reflectors_due_us(&p->reflectors) == INT64_MAX || o->late ||
	    (o->us == 0 && p->lost_device))
		return;
	reflectors_add(&p->reflectors, o->target, now_us - o->us, o->us);
	if (!reflectors_judge(&p->reflectors, p->settings, now_us, &r))
		return;
	probing_replace(&p->probing, r.from, r.to);
	say_replaced(p, &r);
}

static void
learn_fallback(struct pinger *p, const struct outcome *o, int64_t now_us)
{
	char port[NUMBER_MAX];
	static const char *const words[] = {
		"ICMP is answered again",
		"none answers ICMP: half of the probes connect to TCP port ",
		"ICMP seems to be blocked: probes connect to TCP port ",
	};
	enum tcp_fallback_phase phase;

	if (p->tcp_port == 0 || by_tcp_alone(p) ||
	    !tcp_fallback_learn(&p->fallback, o->connected, o->us != 0, now_us))
		return;
	phase = p->fallback.phase;
	number_format(port, p->tcp_port);
	note(p, words[phase], phase == TCP_FALLBACK_ICMP ? NULL : port, NULL,
	    NULL, NULL);
}

static void
learn(struct pinger *p, const struct outcome *o)
{
	struct pinger_target *t = &p->target[o->target];
	struct connector *busy = t->way.busy;

	judge_reflector(p, o);
	if (o->connected && busy != NULL && t->way.seq == o->seq) {
		t->way.busy = NULL;
		connector_abandon(busy);
	}
	/* What could not be sent says nothing about whom it was to. */
	if (!o->connected && (o->us != 0 || !p->lost_device))
		stamps_learn(&t->choice, o->asked_stamps, o->us != 0,
		    o->one_way, clock_monotonic());
	learn_fallback(p, o, clock_monotonic());
	if (o->us == 0) {
		t->lost++;
		return;
	}
	t->lost = 0;
	t->pause_us = PINGER_PAUSE_US;
	recover(p, t);
}

/* --- receiving ------------------------------------------------------------ */

static void
miss_stamps(struct pinger *p, struct pinger_socket *s, bool in, bool out)
{
	s->stampless_in = in ? 0 : s->stampless_in + 1;
	s->stampless_out = out ? 0 : s->stampless_out + 1;
	if (s->stampless_in == PINGER_STAMPLESS)
		note(p,
		    "the kernel gives no time stamps of receiving: round "
		    "trips include the delays of this machine",
		    NULL, NULL, NULL, NULL);
	else if (s->stampless_out == PINGER_STAMPLESS && s->echo.sends_stamps)
		note(p,
		    "the device gives no time stamps of sending: round trips "
		    "include our own queue",
		    NULL, NULL, NULL, NULL);
}

static bool
take_reply(struct pinger *p, size_t i, struct outcome *out)
{
	struct pinger_socket *s = &p->socket[i];
	const struct pinger_target *t;
	struct echo_reply reply;
	struct probe *probe;
	struct instant read;
	bool wait;

	/* Mostly there is one, and ppoll tells about more. */
	s->readable = p->draining;
	if (echo_receive(&s->echo, &reply) != 1) {
		s->readable = false;
		return false;
	}
	read = instant_now();
	p->replies--;
	if (reply.why != NULL) {
		p->probing.foreign++;
		return false;
	}
	probe = probing_find(&p->probing, (unsigned)i, reply.echo.seq,
	    reply.echo.token);
	if (probe == NULL)
		return false;
	t = &p->target[probe->target];
	if (!address_equal(&reply.from, &place_of(t, probe->seq)->address)) {
		p->probing.foreign++;
		return false;
	}
	probe->stamps = reply.echo.stamps;
	probe->exact = reply.exact;
	miss_stamps(p, s, reply.stamp_ns != 0, probe->left_ns != 0);
	wait = s->echo.sends_stamps && s->stampless_out < PINGER_STAMPLESS;
	if (wait && probe->left_ns == 0)
		s->has_events = true;
	return probing_answer(&p->probing, probe, reply.stamp_ns, &read, wait,
	    out);
}

static bool
take_event(struct pinger *p, struct outcome *out)
{
	const struct echo_event *e = &p->event[p->event_at++];
	unsigned socket = (unsigned)p->event_socket;
	struct probe *probe;

	if (e->what != ECHO_ERROR) {
		probing_stamp(&p->probing, socket, e->key,
		    e->what == ECHO_LEFT ? PROBING_LEFT : PROBING_QUEUED,
		    e->stamp_ns);
		return false;
	}
	probe = probing_find(&p->probing, socket, e->echo.seq, e->echo.token);
	if (probe == NULL || !probing_error(&p->probing, probe, out))
		return false;
	trouble(p, &p->target[out->target], e->error, clock_monotonic());
	return true;
}

/* A connection that came about, or did not. */
static bool
take_way(struct pinger *p, struct pinger_target *t, struct outcome *out)
{
	struct pinger_way *w = &t->way;
	enum connector_got what;
	struct instant read;
	struct probe *probe;
	int error;
	int64_t us;

	w->readable = false;
	what = connector_finish(w->busy, &us);
	if (what == CONNECTOR_PENDING)
		return false;
	error = errno;
	read = instant_now();
	w->busy = NULL;
	probe = probing_find(&p->probing, PINGER_TCP, w->wire_seq, w->token);
	if (probe == NULL)
		return false;
	if (what == CONNECTOR_FAILED) {
		if (!probing_error(&p->probing, probe, out))
			return false;
		if (error != ETIMEDOUT)
			trouble(p, t, error, read.us);
		return true;
	}
	if (!probing_answer(&p->probing, probe, 0, &read, false, out))
		return false;
	if (us > 0 && us < out->us)
		out->us = us;
	return true;
}

static bool
read_ways(struct pinger *p, struct outcome *out, bool *got)
{
	for (size_t i = 0; p->tcp_port != 0 && i < p->probing.targets; i++)
		if (p->target[i].way.busy != NULL &&
		    p->target[i].way.readable) {
			*got = take_way(p, &p->target[i], out);
			return true;
		}
	return false;
}

/* True if something was read. */
static bool
read_sockets(struct pinger *p, struct outcome *out, bool *got)
{
	for (size_t i = 0; i < PINGER_SOCKETS; i++) {
		struct pinger_socket *s = &p->socket[i];

		if (p->event_at < p->events) {
			*got = take_event(p, out);
			return true;
		}
		if (s->has_events) {
			p->events = echo_events(&s->echo, p->event,
			    &s->has_events);
			p->event_at = 0;
			p->event_socket = i;
			return true;
		}
	}
	for (size_t i = 0; i < PINGER_SOCKETS; i++)
		if (p->socket[i].readable && p->replies > 0) {
			*got = take_reply(p, i, out);
			return true;
		}
	return read_ways(p, out, got);
}

/* --- sending -------------------------------------------------------------- */

static void
say_back(struct pinger *p)
{
	if (p->lost_device)
		note(p, p->egress.device, ": is back", NULL, NULL, NULL);
	p->lost_device = false;
}

static void
reopen(struct pinger *p, size_t i)
{
	struct echo fresh;

	/* The first one: the socket was never bound to another. */
	if (p->socket[i].echo.away) {
		p->failed = echo_bind(&p->socket[i].echo, &p->egress) != NULL;
		if (p->failed)
			note(p, p->egress.device,
			    ": is there now, and only a new start may bind to it",
			    NULL, NULL, NULL);
		return;
	}
	if (open_kind(p, &fresh, i, p->socket[i].echo.id) != NULL) {
		p->failed = errno == EPERM || errno == EACCES;
		if (p->failed && i == STAMPS_SOCKET) {
			p->failed = false;
			p->method = STAMPS_NEVER;
			echo_close(&p->socket[i].echo);
			note(p, p->egress.device,
			    ": is a new device now: time stamps can no longer "
			    "be asked for, echo is used",
			    NULL, NULL, NULL);
		} else if (p->failed)
			note(p, p->egress.device,
			    ": is a new device now, and only a new start may "
			    "bind to it",
			    NULL, NULL, NULL);
		return;
	}
	echo_close(&p->socket[i].echo);
	p->socket[i].echo = fresh;
}

/* A device that was made anew has the name, but the socket is still bound to
 * the one that is gone. True if there is a new one, to try again. */
static bool
find_device(struct pinger *p, size_t i)
{
	unsigned old = p->socket[i].echo.device;
	unsigned index;

	if (old == 0 && !p->socket[i].echo.away)
		return false;
	index = egress_device(p->socket[i].echo.fd, p->egress.device);
	if (index == old && index != 0)
		return false;
	if (index == 0) {
		if (!p->lost_device)
			note(p, p->egress.device, ": is gone", NULL, NULL,
			    NULL);
		p->lost_device = true;
		return false;
	}
	reopen(p, i);
	if (p->socket[i].echo.device == old)
		return false;
	say_back(p);
	return true;
}

/* The device was made anew: so is the socket. True to try again. */
static bool
find_device_of(struct pinger *p, struct connector *c, int family)
{
	struct connector fresh;
	unsigned index;

	if (c->away) {
		(void)connector_bind(c, family, &p->egress);
		if (!c->away)
			say_back(p);
		return !c->away;
	}
	if (c->device == 0)
		return false;
	index = egress_device(c->fd, p->egress.device);
	if (index == 0 || index == c->device ||
	    connector_open(&fresh, family, &p->egress) != NULL)
		return false;
	connector_close(c);
	*c = fresh;
	return true;
}

/* 0, or an errno. */
static int
send_connection(struct pinger *p, int target)
{
	struct pinger_target *t = &p->target[target];
	const union address *to = &t->place.address;
	struct connector *c = &t->way.connector[socket_for(to->sa.sa_family)];
	struct instant now = instant_now();
	struct probe *probe;

	if (connector_start(c, to, p->tcp_port) == -1) {
		int error = errno;

		if (!find_device_of(p, c, to->sa.sa_family))
			return error;
		if (connector_start(c, to, p->tcp_port) == -1)
			return errno;
	}
	t->way.busy = c;
	t->way.readable = true;
	t->way.wire_seq = probing_wire_seq(&p->probing);
	t->way.token = random_number(p);
	probe = probing_sent(&p->probing, target, PINGER_TCP, t->way.token, 0,
	    &now);
	probe->connects = true;
	t->way.seq = probe->seq;
	return 0;
}

static bool
wants_tcp(struct pinger *p, int target, int64_t now_us)
{
	return p->tcp_port != 0 &&
	    (by_tcp_alone(p) ||
		tcp_fallback_wants_tcp(&p->fallback,
		    p->probing.target[target].seq, now_us));
}

/* 0, or an errno. */
static int
send_probe(struct pinger *p, int target)
{
	const union address *to = &p->target[target].place.address;
	uint16_t seq = probing_wire_seq(&p->probing);
	uint64_t token = random_number(p) & ~ICMP_STAMP_TOKEN;
	struct instant now = instant_now();
	size_t i = socket_for(to->sa.sa_family);
	struct pinger_socket *s;
	struct probe *probe;
	uint32_t key;
	int error;

	if (to->sa.sa_family == AF_INET &&
	    stamps_wanted(&p->target[target].choice, p->method, now.us)) {
		i = STAMPS_SOCKET;
		token = (uint32_t)token | ICMP_STAMP_TOKEN;
	}
	s = &p->socket[i];

	if (echo_send(&s->echo, to, seq, token, &key) == -1) {
		error = errno;
		if (!find_device(p, i))
			return error;
		if (echo_send(&s->echo, to, seq, token, &key) == -1)
			return errno;
	}
	probe = probing_sent(&p->probing, target, (unsigned)i, token, key,
	    &now);
	probe->asks_stamps = i == STAMPS_SOCKET;
	probe->asks_exact = by_stamp(p);
	/* Unless it waits in our own queue, its stamps are there already. */
	s->has_events = s->echo.sends_stamps;
	return 0;
}

/* True if it is lost already. */
static bool
take_turn(struct pinger *p, int target, int64_t now_us, struct outcome *out)
{
	struct pinger_target *t = &p->target[target];
	int error;
	bool tcp;

	resolve_again(p, t, now_us);
	if (t->twin) {
		reflectors_add(&p->reflectors, (size_t)target, now_us, 0);
		probing_skip(&p->probing, target, true);
		return false;
	}
	if (!has_address(t) && now_us < t->patience_us) {
		probing_skip(&p->probing, target, false);
		return false;
	}
	tcp = wants_tcp(p, target, now_us);
	if (!has_address(t)) {
		probing_unsent(&p->probing, target, tcp, now_us, out);
		return true;
	}
	if (tcp && t->way.busy != NULL) {
		probing_skip(&p->probing, target, false);
		return false;
	}
	error = tcp ? send_connection(p, target) : send_probe(p, target);
	if (error == 0)
		return false;
	probing_unsent(&p->probing, target, tcp, now_us, out);
	/* Our own queue being full is a loss like another, and no news. */
	if (!p->lost_device && error != ENOBUFS && error != EAGAIN)
		trouble(p, t, error, now_us);
	return true;
}

/* --- the loop ------------------------------------------------------------- */

/* One step; false if there was nothing to do. *got if it had an outcome. */
static bool
step(struct pinger *p, struct outcome *out, bool *got)
{
	int64_t now_us;
	int target;

	*got = false;
	/* What came in first: it may have come before the time was up. So
	 * before a probe is lost, all that came in is read. */
	if (read_sockets(p, out, got))
		return true;
	now_us = clock_monotonic();
	if (check_resolvers(p, now_us))
		return true;
	if (p->unsaid_us != 0 && now_us >= p->unsaid_us) {
		(void)say_trouble(p);
		return true;
	}
	if (!p->draining && probing_overdue(&p->probing, now_us)) {
		p->draining = true;
		for (size_t i = 0; i < PINGER_SOCKETS; i++)
			p->socket[i].readable = p->socket[i].echo.fd != -1;
		for (size_t i = 0; i < p->probing.targets; i++)
			p->target[i].way.readable = true;
		return true;
	}
	if ((*got = probing_expire(&p->probing, now_us, out)))
		return true;
	target = reflectors_spare(&p->reflectors, p->settings, now_us);
	if (target != -1)
		probing_urge(&p->probing, (size_t)target);
	if (now_us < probing_due_us(&p->probing))
		return false;
	target = probing_turn(&p->probing, now_us, random_number(p));
	if (target != -1)
		*got = take_turn(p, target, now_us, out);
	return true;
}

enum pinger_got
pinger_next(struct pinger *p, struct rtt *rtt)
{
	struct outcome out;
	bool got = false;

	for (;;) {
		if (p->failed)
			return PINGER_FAILED;
		if (p->noted) {
			p->noted = false;
			return PINGER_NOTE;
		}
		if (!step(p, &out, &got)) {
			if (!probing_done(&p->probing))
				return PINGER_WAIT;
			if (!say_trouble(p))
				return PINGER_END;
		} else if (got) {
			break;
		}
	}
	fill(p, &out, rtt);
	learn(p, &out);
	return PINGER_RECORD;
}

/* When there is something to do without an answer. */
static int64_t
due(const struct pinger *p)
{
	int64_t probing_us = probing_due_us(&p->probing);
	int64_t spare_us = reflectors_due_us(&p->reflectors);

	return spare_us < probing_us ? spare_us : probing_us;
}

static void
mark_ready(struct pinger *p, const struct pollfd *in)
{
	p->replies = REPLIES;
	p->draining = false;
	for (size_t i = 0; i < PINGER_SOCKETS; i++) {
		p->socket[i].readable = (in[i].revents & POLLIN) != 0;
		p->socket[i].has_events = (in[i].revents & POLLERR) != 0;
	}
}

int
pinger_wait(struct pinger *p, const sigset_t *mask)
{
	struct pollfd in[PINGER_SOCKETS + 2 * PROBING_TARGETS];
	struct timespec left = clock_until(due(p));
	nfds_t n = PINGER_SOCKETS;
	int ready;

	for (size_t i = 0; i < PINGER_SOCKETS; i++)
		in[i] = (struct pollfd){ .fd = p->socket[i].echo.fd,
			.events = POLLIN };
	for (size_t i = 0; i < p->probing.targets; i++) {
		const struct pinger_target *t = &p->target[i];

		if (t->resolver.busy)
			in[n++] = (struct pollfd){ .fd = t->resolver.fd,
				.events = POLLIN };
		if (t->way.busy != NULL)
			in[n++] = (struct pollfd){ .fd = t->way.busy->fd,
				.events = POLLOUT };
	}
	ready = ppoll(in, n, &left, mask);
	if (ready == -1)
		return errno == EINTR ? 0 : -1;
	mark_ready(p, in);
	for (size_t i = 0; i < p->probing.targets; i++)
		p->target[i].way.readable = ready > 0;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening before the first probe: targets, sockets, ways, names. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/text.h"
#include "probe/pinger_parts.h"
#include "probe/route.h"

/* The sockets of pinger.h, in their order. */
static const struct {
	int family;
	bool asks_stamps;
} kinds[PINGER_SOCKETS] = {
	{ AF_INET, false },
	{ AF_INET6, false },
	{ AF_INET, true },
};

static enum pinger_opened
refuse(struct pinger *p, enum pinger_opened how, const char *what,
    const char *why)
{
	pinger_tell(p, what, ": ", why, NULL, NULL);
	return how;
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
	if ((twin = pinger_twin_of(p, t, &a)) != NULL)
		return refuse(p, PINGER_REFUSED, host,
		    "the same address is given twice");
	pinger_settle(p, t, &a);
	return PINGER_OPEN;
}

static enum pinger_opened
cannot_open(struct pinger *p, const struct settings *s, enum egress_step step)
{
	int error = errno;
	bool denied = error == EPERM || error == EACCES;
	const char *what = egress_step_words[step], *reason = strerror(error);

	if (denied && step == EGRESS_ICMP_SOCKET)
		pinger_tell(p, what,
		    ": allow a group of the user in net.ipv4.ping_group_range,"
		    " or give the program CAP_NET_RAW",
		    NULL, NULL, NULL);
	else if (denied && step == EGRESS_MARK)
		pinger_tell(p, what,
		    ": it takes CAP_NET_RAW, before Linux 5.17 CAP_NET_ADMIN",
		    NULL, NULL, NULL);
	else if (denied && step == EGRESS_DEVICE)
		pinger_tell(p, p->egress.device, ": ", what,
		    ": before Linux 5.7 it takes CAP_NET_RAW", NULL);
	else if (step == EGRESS_DEVICE)
		pinger_tell(p, p->egress.device, ": ", what, ": ", reason);
	else if (step == EGRESS_SOURCE)
		pinger_tell(p, s->ping.source, ": ", what, ": ", reason);
	else
		pinger_tell(p, what, ": ", reason, NULL, NULL);
	return PINGER_CANNOT;
}

bool
pinger_by_stamp(const struct pinger *p)
{
	return p->settings->ping.method == METHOD_STAMP;
}

bool
pinger_by_tcp_alone(const struct pinger *p)
{
	return p->settings->ping.method == METHOD_TCP;
}

enum egress_step
pinger_open_kind(const struct pinger *p, struct echo *echo, size_t i,
    uint16_t id)
{
	if (pinger_by_stamp(p))
		return echo_open(echo, kinds[i].family, ECHO_STAMP_UDP,
		    &p->egress, (uint16_t)p->settings->ping.stamp_port);
	return echo_open(echo, kinds[i].family,
	    kinds[i].asks_stamps ? ECHO_STAMPS : ECHO_PLAIN, &p->egress, id);
}

static enum egress_step
open_echo(struct pinger *p, size_t i, uint16_t id)
{
	return pinger_open_kind(p, &p->socket[i].echo, i, id);
}

/* Echo does without: what cannot be is only said if it was asked for. */
static void
open_stamps(struct pinger *p, const struct settings *s)
{
	if (s->ping.method != METHOD_TIMESTAMP && s->ping.method != METHOD_AUTO)
		return;
	if (open_echo(p, PINGER_STAMPS_SOCKET, (uint16_t)pinger_random(p)) ==
	    EGRESS_DONE) {
		p->method = s->ping.method == METHOD_AUTO ? STAMPS_AUTO :
							    STAMPS_ALWAYS;
		return;
	}
	if (s->ping.method == METHOD_TIMESTAMP)
		pinger_tell(p,
		    "time stamps cannot be asked for, echo is used: ",
		    strerror(errno), ": they take CAP_NET_RAW", NULL, NULL);
}

/* The families that a target may be probed by: one that it must be, or two
 * that it may. */
static void
families(const struct pinger_target *t, int family, bool need[static 2],
    bool may[static 2])
{
	if (!t->named)
		need[pinger_socket_for(t->place.address.sa.sa_family)] = true;
	else if (family != AF_UNSPEC)
		need[pinger_socket_for(family)] = true;
	else
		may[0] = may[1] = true;
}

/* With errno. */
static enum egress_step
open_way(struct pinger *p, struct pinger_target *t, int family)
{
	bool need[2] = { false }, may[2] = { false };
	enum egress_step bad = EGRESS_DONE;
	int open = 0, error = 0;

	families(t, family, need, may);
	for (size_t i = 0; i < 2; i++) {
		enum egress_step what;

		if (!need[i] && !may[i])
			continue;
		what = connector_open(&t->way.connector[i], kinds[i].family,
		    &p->egress);
		if (what == EGRESS_DONE) {
			open++;
			continue;
		}
		error = errno;
		bad = what;
	}
	errno = error;
	return open == 0 ? bad : EGRESS_DONE;
}

/* Where TCP only may take the place of ICMP, wanctl-ping goes on without it. */
static enum pinger_opened
open_ways(struct pinger *p, const struct settings *s, int family)
{
	enum egress_step bad = EGRESS_DONE;

	p->tcp_port = (int)s->ping.tcp_port;
	if (pinger_by_tcp_alone(p) && p->tcp_port == 0)
		p->tcp_port = PINGER_TCP_USUAL;
	if (s->ping.method != METHOD_AUTO && !pinger_by_tcp_alone(p))
		p->tcp_port = 0;
	for (size_t i = 0; p->tcp_port != 0 && i < p->probing.targets; i++) {
		bad = open_way(p, &p->target[i], family);
		if (bad == EGRESS_DONE)
			continue;
		if (pinger_by_tcp_alone(p))
			return cannot_open(p, s, bad);
		pinger_tell(p, "TCP cannot take the place of ICMP: ",
		    egress_step_words[bad], ": ", strerror(errno), NULL);
		p->tcp_port = 0;
	}
	return PINGER_OPEN;
}

/* The families that are needed; those only for names may fail. */
static enum pinger_opened
open_sockets(struct pinger *p, const struct settings *s, int family)
{
	bool need[PINGER_SOCKETS] = { false }, may[PINGER_SOCKETS] = { false };
	enum egress_step what = EGRESS_DONE;
	int open = 0, error = 0;

	for (size_t i = 0; i < p->probing.targets; i++)
		families(&p->target[i], family, need, may);
	for (size_t i = 0; i < PINGER_STAMPS_SOCKET; i++) {
		enum egress_step bad = EGRESS_DONE;

		if (need[i] || may[i])
			bad = open_echo(p, i, (uint16_t)pinger_random(p));
		if (bad != EGRESS_DONE && need[i])
			return cannot_open(p, s, bad);
		if (bad != EGRESS_DONE) {
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

		if (!pinger_has_address(t))
			continue;
		verdict = route_check(&p->egress, p->egress.device,
		    &t->place.address, why);
		if (verdict == ROUTE_WRONG)
			return refuse(p, PINGER_ASTRAY, t->name, why);
		if (verdict != ROUTE_GOOD && !p->noted)
			pinger_tell(p, t->name, ": ", why, NULL, NULL);
	}
	return PINGER_OPEN;
}

static void
say_missing_stamps(struct pinger *p)
{
	for (size_t i = 0; i < PINGER_SOCKETS; i++)
		if (p->socket[i].echo.fd != -1 &&
		    !p->socket[i].echo.sends_stamps)
			pinger_tell(p,
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
			pinger_tell(p, t->name,
			    ": cannot be resolved: ", strerror(errno), NULL,
			    NULL);
		t->patience_us = now_us + p->settings->ping.timeout_us;
		pinger_resolve(p, t, now_us);
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
		pinger_tell(p, p->egress.device, ": is not there", NULL, NULL,
		    NULL);
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
	p->replies = PINGER_REPLIES;
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
	family = pinger_family(s, &p->egress);
	for (size_t i = 0; i < s->ping.hosts && got == PINGER_OPEN; i++)
		got = read_target(p, &p->target[i], s->ping.host[i], family);
	if (got == PINGER_OPEN && !pinger_by_tcp_alone(p))
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/pinger.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "probe/pinger_parts.h"

/* --- words -----------------------------------------------------------------
 */

/* Composes the note out of up to five parts; NULL ends. One that was not taken
 * yet is kept, in front of it. */
void
pinger_tell(struct pinger *p, const char *a, const char *b, const char *c,
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

/* --- clocks and chance -----------------------------------------------------
 */

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

uint64_t
pinger_random(struct pinger *p)
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

/* --- targets ---------------------------------------------------------------
 */

bool
pinger_has_address(const struct pinger_target *t)
{
	return t->place.address.sa.sa_family != AF_UNSPEC;
}

/* Where that probe of the target went. */
const struct pinger_place *
pinger_place_of(const struct pinger_target *t, int64_t seq)
{
	return seq <= t->moved_seq ? &t->before : &t->place;
}

size_t
pinger_socket_for(int family)
{
	return family == AF_INET ? 0 : 1;
}

/* The other target that has this address already, NULL if none. */
const struct pinger_target *
pinger_twin_of(const struct pinger *p, const struct pinger_target *t,
    const union address *a)
{
	for (size_t i = 0; i < p->probing.targets; i++) {
		const struct pinger_target *other = &p->target[i];

		if (other != t && pinger_has_address(other) &&
		    address_equal(&other->place.address, a))
			return other;
	}
	return NULL;
}

void
pinger_settle(struct pinger *p, struct pinger_target *t, const union address *a)
{
	size_t i = (size_t)(t - p->target);

	if (pinger_has_address(t) && address_equal(&t->place.address, a))
		return;
	t->before = t->place;
	t->moved_seq = p->probing.target[i].seq;
	t->place.address = *a;
	address_text(t->place.text, a);
	t->lost = 0;
}

/* --- receiving -------------------------------------------------------------
 */

static void
miss_stamps(struct pinger *p, struct pinger_socket *s, bool in, bool out)
{
	s->stampless_in = in ? 0 : s->stampless_in + 1;
	s->stampless_out = out ? 0 : s->stampless_out + 1;
	if (s->stampless_in == PINGER_STAMPLESS)
		pinger_tell(p,
		    "the kernel gives no time stamps of receiving: round "
		    "trips include the delays of this machine",
		    NULL, NULL, NULL, NULL);
	else if (s->stampless_out == PINGER_STAMPLESS && s->echo.sends_stamps)
		pinger_tell(p,
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
	if (!address_equal(&reply.from,
		&pinger_place_of(t, probe->seq)->address)) {
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
	pinger_trouble(p, &p->target[out->target], e->error, clock_monotonic());
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
			pinger_trouble(p, t, error, read.us);
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

/* --- sending ---------------------------------------------------------------
 */

static void
say_back(struct pinger *p)
{
	if (p->lost_device)
		pinger_tell(p, p->egress.device, ": is back", NULL, NULL, NULL);
	p->lost_device = false;
}

static void
reopen(struct pinger *p, size_t i)
{
	struct echo fresh;

	/* The first one: the socket was never bound to another. */
	if (p->socket[i].echo.away) {
		p->failed = echo_bind(&p->socket[i].echo, &p->egress) !=
		    EGRESS_DONE;
		if (p->failed)
			pinger_tell(p, p->egress.device,
			    ": is there now, and only a new start may bind to it",
			    NULL, NULL, NULL);
		return;
	}
	if (pinger_open_kind(p, &fresh, i, p->socket[i].echo.id) !=
	    EGRESS_DONE) {
		p->failed = errno == EPERM || errno == EACCES;
		if (p->failed && i == PINGER_STAMPS_SOCKET) {
			p->failed = false;
			p->method = STAMPS_NEVER;
			echo_close(&p->socket[i].echo);
			pinger_tell(p, p->egress.device,
			    ": is a new device now: time stamps can no longer "
			    "be asked for, echo is used",
			    NULL, NULL, NULL);
		} else if (p->failed)
			pinger_tell(p, p->egress.device,
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
			pinger_tell(p, p->egress.device, ": is gone", NULL,
			    NULL, NULL);
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
	    connector_open(&fresh, family, &p->egress) != EGRESS_DONE)
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
	struct connector *c =
	    &t->way.connector[pinger_socket_for(to->sa.sa_family)];
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
	t->way.token = pinger_random(p);
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
	    (pinger_by_tcp_alone(p) ||
		tcp_fallback_wants_tcp(&p->fallback,
		    p->probing.target[target].seq, now_us));
}

/* 0, or an errno. */
static int
send_probe(struct pinger *p, int target)
{
	const union address *to = &p->target[target].place.address;
	uint16_t seq = probing_wire_seq(&p->probing);
	uint64_t token = pinger_random(p) & ~ICMP_STAMP_TOKEN;
	struct instant now = instant_now();
	size_t i = pinger_socket_for(to->sa.sa_family);
	struct pinger_socket *s;
	struct probe *probe;
	uint32_t key;
	int error;

	if (to->sa.sa_family == AF_INET &&
	    stamps_wanted(&p->target[target].choice, p->method, now.us)) {
		i = PINGER_STAMPS_SOCKET;
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
	probe->asks_stamps = i == PINGER_STAMPS_SOCKET;
	probe->asks_exact = pinger_by_stamp(p);
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

	pinger_resolve_again(p, t, now_us);
	if (t->twin) {
		reflectors_add(&p->reflectors, (size_t)target, now_us, 0);
		probing_skip(&p->probing, target, true);
		return false;
	}
	if (!pinger_has_address(t) && now_us < t->patience_us) {
		probing_skip(&p->probing, target, false);
		return false;
	}
	tcp = wants_tcp(p, target, now_us);
	if (!pinger_has_address(t)) {
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
		pinger_trouble(p, t, error, now_us);
	return true;
}

/* --- the loop --------------------------------------------------------------
 */

/* One step; false if there was nothing to do. *got if it had an outcome. */
static bool
step(struct pinger *p, struct outcome *out, bool *got)
{
	int64_t now_us;
	int target;

	*got = false;
	/* Sockets first: an answer may have come before the time was up, so
	 * all answers are read before a probe is lost. */
	if (read_sockets(p, out, got))
		return true;
	now_us = clock_monotonic();
	if (pinger_check_names(p, now_us))
		return true;
	if (p->unsaid_us != 0 && now_us >= p->unsaid_us) {
		(void)pinger_say_trouble(p);
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
	target = probing_turn(&p->probing, now_us, pinger_random(p));
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
			if (!pinger_say_trouble(p))
				return PINGER_END;
		} else if (got) {
			break;
		}
	}
	pinger_fill(p, &out, rtt);
	pinger_learn(p, &out);
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
	p->replies = PINGER_REPLIES;
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

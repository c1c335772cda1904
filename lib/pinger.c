/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pinger.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/net_tstamp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "icmp.h"
#include "text.h"

/* A late answer is waited for this many time-outs. */
#define LATE 4
#define STAMP_WAIT_US 20000 /* a send stamp may come after its answer */
#define CLOCK_STEP_US 1000

static int64_t
wall_ns(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * (int64_t)1000000000 + ts.tv_nsec;
}

static int64_t
monotonic_us(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * (int64_t)1000000 + ts.tv_nsec / 1000;
}

static uint64_t
random_number(void)
{
	uint64_t n = 0;

	/* Blocks only before the kernel has been seeded once, at boot. */
	while (getrandom(&n, sizeof n, 0) != (ssize_t)sizeof n)
		;
	return n;
}

/* --- sockets ------------------------------------------------------------- */

/* Only our answers wake us on a raw socket. */
static void
filter_raw(struct pinger_socket *s, bool v6)
{
	struct icmp_filter v4 = { .data = ~(1u << ICMP_ECHOREPLY) };
	struct icmp6_filter only;

	if (!v6) {
		(void)setsockopt(s->fd, SOL_RAW, ICMP_FILTER, &v4, sizeof v4);
		return;
	}
	ICMP6_FILTER_SETBLOCKALL(&only);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
	(void)setsockopt(s->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &only,
	    sizeof only);
}

static void
ask_for_stamps(int fd)
{
	int all = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE |
	    SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE |
	    SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &all, sizeof all) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one,
		    sizeof one);
}

static const char *
bind_source(int fd, bool v6, const char *source)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	int got;

	if (inet_pton(v6 ? AF_INET6 : AF_INET, source,
		v6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1)
		return NULL; /* of the other family */
	got = v6 ? bind(fd, (struct sockaddr *)&in6, sizeof in6) :
		   bind(fd, (struct sockaddr *)&in, sizeof in);
	return got == -1 ? "cannot bind to the source address" : NULL;
}

static const char *
bind_egress(int fd, bool v6, const struct pinger_options *o)
{
	if (o->device != NULL &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->device,
		(socklen_t)strlen(o->device)) == -1)
		return "cannot bind to the device";
	if (o->mark != 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &o->mark, sizeof o->mark) == -1)
		return "cannot set the firewall mark";
	return o->source != NULL ? bind_source(fd, v6, o->source) : NULL;
}

static const char *
open_socket(struct pinger_socket *s, bool v6, const struct pinger_options *o)
{
	int family = v6 ? AF_INET6 : AF_INET;
	int protocol = v6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	int type = SOCK_CLOEXEC | SOCK_NONBLOCK, one = 1;

	s->fd = socket(family, SOCK_DGRAM | type, protocol);
	if (s->fd == -1) {
		s->fd = socket(family, SOCK_RAW | type, protocol);
		s->raw = true;
	}
	if (s->fd == -1)
		return "cannot open an ICMP socket";
	s->id = (uint16_t)random_number();
	if (s->raw)
		filter_raw(s, v6);
	ask_for_stamps(s->fd);
	(void)setsockopt(s->fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
	    v6 ? IPV6_RECVERR : IP_RECVERR, &one, sizeof one);
	return bind_egress(s->fd, v6, o);
}

const char *
pinger_open(struct pinger *p, const struct pinger_options *options,
    pinger_done *done, void *user)
{
	const char *why = NULL;

	memset(p, 0, sizeof *p);
	p->options = *options;
	p->done = done;
	p->user = user;
	p->random = random_number();
	for (int i = 0; i < PINGER_SOCKETS; i++)
		p->socket[i].fd = -1;
	if (options->v4)
		why = open_socket(&p->socket[0], false, options);
	/* A system without IPv6 still has IPv4. */
	if (why == NULL && options->v6)
		why = open_socket(&p->socket[1], true, options);
	if (why != NULL && options->v4 && p->socket[0].fd != -1 &&
	    p->socket[1].fd == -1 && errno == EAFNOSUPPORT)
		why = NULL;
	return why;
}

void
pinger_close(struct pinger *p)
{
	for (int i = 0; i < PINGER_SOCKETS; i++)
		if (p->socket[i].fd != -1)
			(void)close(p->socket[i].fd);
}

/* --- targets and schedule ------------------------------------------------ */

bool
pinger_add(struct pinger *p, const char *host, int64_t count)
{
	struct pinger_target *t = &p->target[p->targets];

	if (p->targets == PINGER_TARGETS)
		return false;
	*t = (struct pinger_target){ .left = count, .waiting = true };
	if (!text_copy(t->host, sizeof t->host, host, strlen(host)))
		memcpy(t->host, "unresolved", 11);
	p->targets++;
	return true;
}

/* The next of its places in the interval. */
static void
schedule(struct pinger *p, size_t target, int64_t now_us)
{
	struct pinger_target *t = &p->target[target];

	if (!t->waiting)
		return;
	t->waiting = false;
	t->slot_us = p->start_us +
	    p->options.interval_us * (int64_t)target / (int64_t)p->targets;
	while (t->slot_us < now_us)
		t->slot_us += p->options.interval_us;
	t->due_us = t->slot_us;
}

void
pinger_address(struct pinger *p, size_t target, const struct sockaddr *addr,
    int64_t now_us)
{
	struct pinger_target *t = &p->target[target];
	bool v6 = addr->sa_family == AF_INET6;

	memset(&t->addr, 0, sizeof t->addr);
	memcpy(&t->addr, addr,
	    v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
	(void)inet_ntop(addr->sa_family,
	    v6 ? (void *)&((struct sockaddr_in6 *)&t->addr)->sin6_addr :
		 (void *)&((struct sockaddr_in *)&t->addr)->sin_addr,
	    t->host, sizeof t->host);
	schedule(p, target, now_us);
}

void
pinger_no_address(struct pinger *p, size_t target, int64_t now_us)
{
	schedule(p, target, now_us);
}

static uint64_t
next_random(struct pinger *p)
{
	/* xorshift64*: for the phase only, tokens come from the kernel. */
	p->random ^= p->random >> 12;
	p->random ^= p->random << 25;
	p->random ^= p->random >> 27;
	return p->random * 0x2545f4914f6cdd1du;
}

static void
plan(struct pinger *p, struct pinger_target *t, int64_t now_us)
{
	int64_t share_us = p->options.interval_us / (int64_t)p->targets;
	int64_t jitter_us = share_us / 10;

	t->slot_us += p->options.interval_us;
	if (t->slot_us < now_us)
		t->slot_us = now_us + p->options.interval_us;
	t->due_us = t->slot_us;
	if (jitter_us > 0)
		t->due_us += (int64_t)(next_random(p) %
				 (uint64_t)(2 * jitter_us + 1)) -
		    jitter_us;
}

void
pinger_start(struct pinger *p, int64_t now_us)
{
	int64_t need = (int64_t)p->targets *
	    (LATE * p->options.timeout_us / p->options.interval_us + 2);

	p->start_us = now_us;
	/* No more than are needed, for the sake of memory. */
	for (p->flights = 64; p->flights < need && p->flights < PINGER_FLIGHT;)
		p->flights = (uint16_t)(p->flights * 2);
}

/* --- finished probes ----------------------------------------------------- */

static void
clear_result(struct rtt *r, const struct pinger *p,
    const struct pinger_probe *probe)
{
	message_clear(&message_rtt, r);
	memcpy(r->host, p->target[probe->target].host, sizeof r->host);
	r->seq = probe->seq;
	memcpy(r->method, "icmp", 5);
}

static void
give_up(struct pinger *p, struct pinger_probe *probe)
{
	struct rtt r;

	clear_result(&r, p, probe);
	r.lost = 1;
	probe->lost = true;
	p->done(p->user, probe->target, &r);
}

/* The round trip of an answered probe; false if it cannot be told. */
static bool
measure(const struct pinger_probe *probe, struct rtt *r, int64_t wall_us)
{
	int64_t from_ns = probe->xmit_ns != 0 ? probe->xmit_ns : probe->sent_ns;
	int64_t us = (probe->received_ns - from_ns + 500) / 1000;
	int64_t moved_us = wall_us - probe->wall_us;

	if (moved_us > CLOCK_STEP_US || moved_us < -CLOCK_STEP_US)
		return false;
	if (us < 1)
		us = probe->received_ns > from_ns ? 1 : us;
	if (us < 1 || us >= 10000000)
		return false;
	r->us = us;
	if (probe->xmit_ns != 0 && probe->sched_ns != 0 &&
	    probe->xmit_ns >= probe->sched_ns)
		r->queued_us = (probe->xmit_ns - probe->sched_ns) / 1000;
	return true;
}

static void
finish(struct pinger *p, struct pinger_probe *probe)
{
	int64_t wall_us = wall_ns() / 1000 - monotonic_us();
	struct rtt r;

	clear_result(&r, p, probe);
	if (measure(probe, &r, wall_us)) {
		if (probe->lost)
			r.late = 1;
		p->done(p->user, probe->target, &r);
	} else if (!probe->lost) {
		r.lost = 1;
		p->done(p->user, probe->target, &r);
	}
	probe->token = 0;
}

/* --- receiving ----------------------------------------------------------- */

struct stamps {
	int64_t ns;                            /* 0: none */
	const struct sock_extended_err *error; /* of the error queue, or NULL */
};

static int64_t
to_ns(const struct timespec *ts)
{
	return ts->tv_sec * (int64_t)1000000000 + ts->tv_nsec;
}

static struct stamps
read_control(struct msghdr *msg)
{
	struct stamps s = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    (c->cmsg_type == SCM_TIMESTAMPING ||
			c->cmsg_type == SCM_TIMESTAMPNS)) {
			struct timespec ts;

			memcpy(&ts, CMSG_DATA(c), sizeof ts);
			s.ns = to_ns(&ts);
		} else if ((c->cmsg_level == IPPROTO_IP &&
			       c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 &&
			c->cmsg_type == IPV6_RECVERR)) {
			s.error = (const void *)CMSG_DATA(c);
		}
	}
	return s;
}

static bool
same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) ==
	    0;
}

static void
take_reply(struct pinger *p, struct pinger_socket *s, bool v6,
    const unsigned char *packet, size_t len,
    const struct sockaddr_storage *from, int64_t ns)
{
	size_t skip = s->raw && !v6 ? icmp_skip_ipv4(packet, len) : 0;
	struct pinger_probe *probe;
	struct icmp_echo e;

	if (icmp_parse(&e, v6, packet + skip, len - skip) != NULL)
		return;
	/* A raw socket sees the answers to everybody's probes. */
	if (s->raw && e.id != s->id)
		return;
	probe = &p->flight[e.seq % p->flights];
	if (probe->token == 0 || e.token != probe->token ||
	    !same_address(from, &p->target[probe->target].addr)) {
		p->aliens++;
		return;
	}
	if (probe->received_ns != 0) {
		p->duplicates++;
		return;
	}
	probe->received_ns = ns != 0 ? ns : wall_ns();
	if (probe->xmit_ns != 0)
		finish(p, probe);
}

static void
take_stamp(struct pinger *p, struct pinger_socket *s,
    const struct sock_extended_err *error, int64_t ns)
{
	struct pinger_probe *probe =
	    &p->flight[s->stamped[error->ee_data % PINGER_FLIGHT] % p->flights];

	if (probe->token == 0)
		return;
	if (error->ee_info == SCM_TSTAMP_SCHED)
		probe->sched_ns = ns;
	else if (error->ee_info == SCM_TSTAMP_SND) {
		probe->xmit_ns = ns;
		if (probe->received_ns != 0)
			finish(p, probe);
	}
}

/* An ICMP error about a probe: nobody will answer it. */
static void
take_error(struct pinger *p, const unsigned char *packet, size_t len)
{
	uint16_t seq;

	/* What comes back is our own request. */
	if (len < 8)
		return;
	seq = (uint16_t)(packet[6] << 8 | packet[7]);
	struct pinger_probe *probe = &p->flight[seq % p->flights];

	if (probe->token == 0 || len < 16 ||
	    memcmp(packet + 8, &probe->token, sizeof probe->token) != 0)
		return;
	if (!probe->lost)
		give_up(p, probe);
	probe->token = 0;
}

/* One message; false when there is none. */
static bool
receive(struct pinger *p, int i, int flags)
{
	struct pinger_socket *s = &p->socket[i];
	unsigned char packet[256];
	_Alignas(struct cmsghdr) char control[512];
	struct sockaddr_storage from = { 0 };
	struct iovec iov = { packet, sizeof packet };
	struct msghdr msg = { .msg_name = &from,
		.msg_namelen = sizeof from,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control };
	ssize_t len = recvmsg(s->fd, &msg, flags);
	struct stamps stamps;

	if (len == -1)
		return errno == EINTR;
	if (msg.msg_flags & MSG_CTRUNC)
		return true;
	stamps = read_control(&msg);
	if (stamps.error == NULL)
		take_reply(p, s, i == 1, packet, (size_t)len, &from, stamps.ns);
	else if (stamps.error->ee_origin == SO_EE_ORIGIN_TIMESTAMPING)
		take_stamp(p, s, stamps.error, stamps.ns);
	else
		take_error(p, packet, (size_t)len);
	return true;
}

/* Stamps first, so that a reply finds the stamp of its probe. */
static void
receive_all(struct pinger *p)
{
	for (int i = 0; i < PINGER_SOCKETS; i++) {
		if (p->socket[i].fd == -1)
			continue;
		while (receive(p, i, MSG_ERRQUEUE))
			;
		while (receive(p, i, 0))
			;
	}
}

/* --- sending ------------------------------------------------------------- */

static struct pinger_probe *
new_probe(struct pinger *p, struct pinger_socket *s, size_t target)
{
	struct pinger_probe *probe;
	uint16_t seq = s->seq++;

	probe = &p->flight[seq % p->flights];
	if (probe->token != 0 && !probe->lost)
		give_up(p, probe);
	memset(probe, 0, sizeof *probe);
	do
		probe->token = random_number();
	while (probe->token == 0);
	probe->target = (uint16_t)target;
	probe->seq = p->target[target].seq;
	s->stamped[s->stamps % PINGER_FLIGHT] = seq;
	return probe;
}

static void
send_probe(struct pinger *p, size_t target)
{
	struct pinger_target *t = &p->target[target];
	bool v6 = t->addr.ss_family == AF_INET6;
	struct pinger_socket *s = &p->socket[v6];
	unsigned char packet[ICMP_PACKET];
	struct pinger_probe *probe;
	ssize_t sent;

	probe = new_probe(p, s, target);
	icmp_build(packet, v6,
	    &(struct icmp_echo){ s->id, (uint16_t)(s->seq - 1), probe->token });
	probe->sent_us = monotonic_us();
	probe->sent_ns = wall_ns();
	probe->wall_us = probe->sent_ns / 1000 - probe->sent_us;
	sent = sendto(s->fd, packet, sizeof packet, 0,
	    (struct sockaddr *)&t->addr,
	    v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
	p->trouble = sent == -1 && errno != ENOBUFS ? errno : 0;
	/* Our own queue was full: a loss like others, and it used a number. */
	if (sent == -1 && errno == ENOBUFS)
		s->stamps++;
	if (sent == -1) {
		give_up(p, probe);
		probe->token = 0;
		return;
	}
	s->stamps++;
}

/* --- time ---------------------------------------------------------------- */

/* When this probe wants attention: its time-out, its missing send stamp, or
 * the end of waiting for a late answer. */
static int64_t
attention_us(const struct pinger *p, const struct pinger_probe *probe)
{
	if (probe->received_ns != 0)
		return probe->sent_us + STAMP_WAIT_US;
	return probe->sent_us +
	    p->options.timeout_us * (probe->lost ? LATE : 1);
}

static void
expire(struct pinger *p, int64_t now_us)
{
	for (size_t i = 0; i < p->flights; i++) {
		struct pinger_probe *probe = &p->flight[i];

		if (probe->token == 0 || attention_us(p, probe) > now_us)
			continue;
		if (probe->received_ns != 0)
			finish(p, probe);
		else if (!probe->lost)
			give_up(p, probe);
		else
			probe->token = 0;
	}
}

/* It has an address, of a family that there is a socket for. */
static bool
can_send(const struct pinger *p, const struct pinger_target *t)
{
	return t->addr.ss_family != 0 &&
	    p->socket[t->addr.ss_family == AF_INET6].fd != -1;
}

/* A probe that cannot even be sent. */
static void
lose(struct pinger *p, size_t target)
{
	struct pinger_probe probe = { .seq = p->target[target].seq,
		.target = (uint16_t)target };

	give_up(p, &probe);
}

static void
send_due(struct pinger *p, int64_t now_us)
{
	for (size_t i = 0; i < p->targets; i++) {
		struct pinger_target *t = &p->target[i];

		if (t->left == 0 || t->waiting || t->due_us > now_us)
			continue;
		if (can_send(p, t))
			send_probe(p, i);
		else
			lose(p, i);
		t->seq++;
		if (t->left > 0)
			t->left--;
		plan(p, t, now_us);
	}
}

void
pinger_work(struct pinger *p, int64_t now_us)
{
	receive_all(p);
	expire(p, now_us);
	send_due(p, now_us);
}

int64_t
pinger_due_us(const struct pinger *p)
{
	int64_t due_us = INT64_MAX;
	bool sending = false;

	for (size_t i = 0; i < p->targets; i++)
		if (p->target[i].left != 0) {
			sending = true;
			if (!p->target[i].waiting &&
			    p->target[i].due_us < due_us)
				due_us = p->target[i].due_us;
		}
	for (size_t i = 0; i < p->flights; i++) {
		const struct pinger_probe *probe = &p->flight[i];

		/* Nobody waits for late answers when all else is done. */
		if (probe->token == 0 || (probe->lost && !sending))
			continue;
		if (attention_us(p, probe) < due_us)
			due_us = attention_us(p, probe);
	}
	return due_us;
}

size_t
pinger_descriptors(const struct pinger *p,
    struct pollfd fds[static PINGER_SOCKETS])
{
	size_t n = 0;

	for (int i = 0; i < PINGER_SOCKETS; i++)
		if (p->socket[i].fd != -1)
			fds[n++] = (struct pollfd){ .fd = p->socket[i].fd,
				.events = POLLIN };
	return n;
}

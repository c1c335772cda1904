/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers STAMP packets, on a server of the user's. */
#include <arpa/inet.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/confine.h"
#include "base/notify.h"
#include "base/number.h"
#include "probe/admission.h"
#include "probe/cmsg.h"
#include "probe/lanes.h"
#include "probe/stamp_packet.h"
#include "program.h"

#define ADDRESSES 8
#define PACKET_SIZE 2048 /* longer ones are nobody's measurement */
#define TURNS 64         /* packets in a row, before signals are seen */
#define RATE 50
#define TOTAL 5000

/* Options for receive stamps; a C library may know only one of them. */
#define STAMP_LONG 35
#define STAMP_64 64

static const char usage_text[] =
    "usage: wanctl-reflect [-46] [-a PREFIX]... [-l ADDRESS]... [-p PORT]\n"
    "                      [-r RATE] [-R TOTAL]\n";

struct counts {
	int64_t answered, bad, strangers, often, busy, unsent;
};

struct program {
	struct admission admission;
	struct counts counts;
	int64_t port;
	const char *listen[ADDRESSES];
	size_t listens;
	bool only_4, only_6;
	struct pollfd socket[ADDRESSES * LANES];
	nfds_t sockets;
};

/* A packet that came, and what is known of it. */
struct packet {
	union address from;
	uint8_t data[PACKET_SIZE];
	size_t len;
	/* The address that was asked, as the kernel wants it: to answer from
	 * there. */
	_Alignas(struct cmsghdr)
	    uint8_t asked[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	size_t asked_len;
	bool to_many; /* it was sent to a broadcast or multicast address */
	int64_t received_ns;
	uint8_t ttl;
};

/* --- options -------------------------------------------------------------- */

static int64_t
number(char letter, const char *value, int64_t most)
{
	int64_t n;
	const char *why = number_int(value, strlen(value), 1, most, &n);

	if (why != NULL)
		program_die(STATUS_USAGE, "-%c %s: %s (1 to %lld)", letter,
		    value, why, (long long)most);
	return n;
}

static void
read_option(struct program *p, int ch)
{
	const char *why;

	if (ch == '4' || ch == '6') {
		*(ch == '4' ? &p->only_4 : &p->only_6) = true;
	} else if (ch == 'a') {
		if ((why = admission_allow(&p->admission, optarg)) != NULL)
			program_die(STATUS_USAGE, "-a %s: %s", optarg, why);
	} else if (ch == 'l') {
		if (p->listens == ADDRESSES)
			program_die(STATUS_USAGE,
			    "-l %s: more than %d addresses", optarg, ADDRESSES);
		p->listen[p->listens++] = optarg;
	} else if (ch == 'p') {
		p->port = number('p', optarg, 65535);
	} else if (ch == 'r') {
		p->admission.rate = number('r', optarg, ADMISSION_RATE_MAX);
	} else {
		p->admission.total = number('R', optarg, ADMISSION_RATE_MAX);
	}
}

static void
read_options(struct program *p, int argc, char *argv[])
{
	int ch;

	p->port = STAMP_PORT;
	p->admission.rate = RATE;
	p->admission.total = TOTAL;
	while ((ch = program_options(argc, argv, "46a:l:p:r:R:", usage_text)) !=
	    -1)
		read_option(p, ch);
	if (optind < argc || (p->only_4 && p->only_6) ||
	    (p->listens > 0 && (p->only_4 || p->only_6)))
		program_usage(usage_text);
}

/* --- sockets -------------------------------------------------------------- */

static int
set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value);
}

/* To be told when a packet came, to which address, and after how many hops. */
static int
ask_for_details(int fd, int family)
{
	if (set(fd, SOL_SOCKET, STAMP_64, 1) == -1)
		(void)set(fd, SOL_SOCKET, STAMP_LONG, 1);
	if (family == AF_INET)
		return set(fd, IPPROTO_IP, IP_PKTINFO, 1) == -1 ?
		    -1 :
		    set(fd, IPPROTO_IP, IP_RECVTTL, 1);
	return set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) == -1 ?
	    -1 :
	    set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
}

static _Noreturn void
cannot_bind(const struct program *p, const char *text)
{
	if (errno == EADDRINUSE)
		program_die(STATUS_RETRY,
		    "%s: UDP port %lld is in use by another program; -p "
		    "chooses another one",
		    text, (long long)p->port);
	if (errno == EACCES)
		program_die(STATUS_OS,
		    "%s: UDP port %lld takes CAP_NET_BIND_SERVICE; one of 1024 "
		    "or more (-p) does not",
		    text, (long long)p->port);
	program_fail(STATUS_OS, "%s: UDP port %lld", text, (long long)p->port);
}

/* One socket, that others of this port may stand beside or not. -1 if this
 * machine has not the family. */
static int
open_socket(const struct program *p, const char *text, const union address *a,
    bool beside)
{
	int fd = socket(a->sa.sa_family,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1 && errno == EAFNOSUPPORT)
		return -1;
	if (fd == -1 ||
	    (a->sa.sa_family == AF_INET6 &&
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == -1) ||
	    (beside && set(fd, SOL_SOCKET, SO_REUSEPORT, 1) == -1) ||
	    ask_for_details(fd, a->sa.sa_family) == -1)
		program_fail(STATUS_OS, "%s: UDP socket", text);
	if (bind(fd, &a->sa, address_size(a)) == 0)
		return fd;
	/* Where IPv6 is switched off, there is no "::". */
	if (errno != EADDRNOTAVAIL || p->listens > 0)
		cannot_bind(p, text);
	(void)close(fd);
	return -1;
}

/* A kernel that cannot be told how chooses by port as well. */
static void
choose_lanes(const struct program *p, int fd, int family)
{
	struct sock_filter code[LANES_CODE];
	const struct sock_fprog program = { LANES_CODE, code };

	lanes_program(code, family, p->admission.seed);
	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program,
	    sizeof program);
}

/* Sockets side by side for one address, each with a buffer of its own: a source
 * that floods fills that of its lane, and of the others nearly all are in
 * another one. False if this machine has not the family. */
static bool
open_lanes(struct program *p, const char *text)
{
	union address a;
	const char *why;
	int fd;

	if ((why = address_parse(&a, text)) != NULL)
		program_die(STATUS_USAGE, "-l %s: %s", text, why);
	if (a.sa.sa_family == AF_INET)
		a.in.sin_port = htons((uint16_t)p->port);
	else
		a.in6.sin6_port = htons((uint16_t)p->port);
	/* Another program's port is refused only to who will not share. */
	if ((fd = open_socket(p, text, &a, false)) == -1)
		return false;
	(void)close(fd);
	for (int i = 0; i < LANES; i++) {
		fd = open_socket(p, text, &a, true);
		if (fd == -1)
			return false;
		p->socket[p->sockets++] = (struct pollfd){ fd, POLLIN, 0 };
	}
	choose_lanes(p, fd, a.sa.sa_family);
	return true;
}

static void
open_sockets(struct program *p)
{
	for (size_t i = 0; i < p->listens; i++)
		if (!open_lanes(p, p->listen[i]))
			program_fail(STATUS_OS, "%s", p->listen[i]);
	if (p->listens > 0)
		return;
	if (!p->only_6)
		(void)open_lanes(p, "0.0.0.0");
	if (!p->only_4)
		(void)open_lanes(p, "::");
	if (p->sockets == 0)
		program_fail(STATUS_OS, "no socket");
}

/* --- packets -------------------------------------------------------------- */

static int64_t
wall_ns(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Keeps the address that was asked, and leaves the device to the routes. */
static void
keep_asked(struct packet *in, const struct cmsg_part *m)
{
	bool four = m->level == IPPROTO_IP;
	size_t size = four ? sizeof(struct in_pktinfo) :
			     sizeof(struct in6_pktinfo);
	const struct cmsghdr h = { .cmsg_len = (socklen_t)CMSG_LEN(size),
		.cmsg_level = m->level,
		.cmsg_type = m->type };
	uint8_t *data = in->asked + CMSG_LEN(0);
	struct in_pktinfo to4;
	struct in6_pktinfo to6;

	if (m->len < size)
		return;
	memset(in->asked, 0, sizeof in->asked);
	memcpy(in->asked, &h, sizeof h);
	in->asked_len = CMSG_SPACE(size);
	if (four) {
		memcpy(&to4, m->data, sizeof to4);
		/* Then the local address is not the one in the packet. */
		in->to_many = to4.ipi_addr.s_addr != to4.ipi_spec_dst.s_addr;
		to4.ipi_ifindex = 0;
		memcpy(data, &to4, sizeof to4);
		return;
	}
	memcpy(&to6, m->data, sizeof to6);
	in->to_many = IN6_IS_ADDR_MULTICAST(&to6.ipi6_addr);
	if (!IN6_IS_ADDR_LINKLOCAL(&to6.ipi6_addr))
		to6.ipi6_ifindex = 0;
	memcpy(data, &to6, sizeof to6);
}

static void
read_control(struct packet *in, const struct msghdr *h)
{
	struct cmsg_part m;
	struct cmsg c;
	int hops;

	cmsg_parse(&c, h->msg_control, h->msg_controllen);
	in->received_ns = c.stamp_ns;
	in->asked_len = 0;
	in->to_many = false;
	in->ttl = 0;
	for (size_t at = 0;
	     cmsg_next(h->msg_control, h->msg_controllen, &at, &m);) {
		bool four = m.level == IPPROTO_IP;

		if (!four && m.level != IPPROTO_IPV6)
			continue;
		if (m.type == (four ? IP_PKTINFO : IPV6_PKTINFO))
			keep_asked(in, &m);
		if (m.type == (four ? IP_TTL : IPV6_HOPLIMIT) &&
		    m.len >= sizeof hops) {
			memcpy(&hops, m.data, sizeof hops);
			in->ttl = (uint8_t)hops;
		}
	}
}

/* False if there is none. */
static bool
receive(int fd, struct packet *in)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SIZE];
	struct iovec part = { in->data, sizeof in->data };
	struct msghdr h = {
		.msg_name = &in->from,
		.msg_namelen = sizeof in->from,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control,
	};
	ssize_t len = recvmsg(fd, &h, MSG_DONTWAIT);

	if (len == -1)
		return false;
	/* Of one that is too long the answer would be shorter. */
	in->len = (h.msg_flags & MSG_TRUNC) != 0 ? 0 : (size_t)len;
	read_control(in, &h);
	if (in->received_ns == 0)
		in->received_ns = wall_ns();
	return true;
}

static bool
answer(int fd, struct packet *in)
{
	struct iovec part = { in->data, in->len };
	struct msghdr h = {
		.msg_name = &in->from,
		.msg_namelen = address_size(&in->from),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = in->asked_len > 0 ? in->asked : NULL,
		.msg_controllen = (socklen_t)in->asked_len,
	};

	stamp_packet_reflect_sent(in->data, wall_ns());
	return sendmsg(fd, &h, MSG_DONTWAIT) != -1;
}

/* As admission wants it. */
static uint16_t
source_of(const struct packet *in, uint8_t from[static 16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (in->from.sa.sa_family == AF_INET) {
		memcpy(from, mapped, sizeof mapped);
		memcpy(from + sizeof mapped, &in->from.in.sin_addr, 4);
		return ntohs(in->from.in.sin_port);
	}
	memcpy(from, &in->from.in6.sin6_addr, 16);
	return ntohs(in->from.in6.sin6_port);
}

static void
answer_packet(struct program *p, int fd, struct packet *in)
{
	uint8_t from[16];
	uint16_t port = source_of(in, from);
	enum admission_verdict verdict;

	/* No prober has a port of the system's; who forges his address might
	 * want us to talk to a service there. */
	if (port < 1024 || in->to_many ||
	    stamp_packet_reflect(in->data, in->len, in->received_ns, in->ttl) !=
		NULL) {
		p->counts.bad++;
		return;
	}
	verdict = admission_ask(&p->admission, from, clock_monotonic());
	if (verdict == ADMISSION_STRANGER)
		p->counts.strangers++;
	else if (verdict == ADMISSION_OFTEN)
		p->counts.often++;
	else if (verdict == ADMISSION_BUSY)
		p->counts.busy++;
	else if (answer(fd, in))
		p->counts.answered++;
	else
		p->counts.unsent++;
}

/* True if there may be more. */
static bool
read_socket(struct program *p, int fd)
{
	static struct packet in;

	for (int n = 0; n < TURNS; n++) {
		if (!receive(fd, &in))
			return false;
		answer_packet(p, fd, &in);
	}
	return true;
}

static void
run(struct program *p, const sigset_t *open_mask)
{
	const struct timespec none = { 0 };
	bool more;

	while (!program_stopping) {
		if (ppoll(p->socket, p->sockets, NULL, open_mask) == -1) {
			if (errno == EINTR)
				continue;
			program_fail(STATUS_OS, "ppoll");
		}
		more = false;
		for (nfds_t i = 0; i < p->sockets; i++)
			if (p->socket[i].revents != 0 &&
			    read_socket(p, p->socket[i].fd))
				more = true;
		/* While there are packets, ppoll lets no signal through. */
		if (more)
			(void)ppoll(NULL, 0, &none, open_mask);
	}
}

/* From here on it only answers. */
static void
confine(void)
{
	static const char *const calls[] = { "recvmsg", "sendmsg", NULL };
	static const int families[] = { 0 };

	(void)confine_files(CONFINE_NONE);
	(void)confine_calls(calls, families);
}

int
main(int argc, char *argv[])
{
	static struct program p;
	const struct counts *c = &p.counts;
	sigset_t open_mask;

	read_options(&p, argc, argv);
	if (getrandom(&p.admission.seed, sizeof p.admission.seed, 0) == -1)
		program_fail(STATUS_OS, "getrandom");
	open_sockets(&p);
	program_keep(PRIVILEGE_NONE);
	program_catch_signals(&open_mask, NULL);
	(void)notify("READY=1");
	if (program_confined())
		confine();
	run(&p, &open_mask);
	program_say(
	    "%lld answered; not answered: %lld no requests, %lld of others "
	    "than allowed, %lld too often, %lld too many in all, %lld could "
	    "not be sent",
	    (long long)c->answered, (long long)c->bad, (long long)c->strangers,
	    (long long)c->often, (long long)c->busy, (long long)c->unsent);
	return STATUS_OK;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/echo.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/net_tstamp.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "probe/cmsg.h"
#include "probe/stamp_packet.h"

/* The largest IPv4 header and an answer; the rest of a packet is cut off. */
#define PACKET_SIZE (60 + ICMP_ECHO_SIZE)

/* Since Linux 5.1, with 64 bits for seconds on every machine. */
#define TIMESTAMPNS_64 64
#define TIMESTAMPING_64 65
#define TIMESTAMPNS_LONG 35
#define TIMESTAMPING_LONG 37

#ifndef ICMP_FILTER
#define ICMP_FILTER 1
#endif

/* --- opening -------------------------------------------------------------- */

static int
set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value);
}

/* Without this every ping on this machine would wake us. */
static int
filter_answers(const struct echo *e)
{
	/* X is the length of the IPv4 header, or 0. A program is loaded that
	 * accepts what has our identifier. */
	struct sock_filter program[] = {
		BPF_STMT(BPF_LDX |
			(e->family == AF_INET ? BPF_B | BPF_MSH :
						BPF_W | BPF_IMM),
		    0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, e->id, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, PACKET_SIZE),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog load = { sizeof program / sizeof *program, program };
	struct icmp_filter four = { ~(
	    1U << (e->kind == ECHO_STAMPS ? ICMP_TIMESTAMPREPLY :
					    ICMP_ECHOREPLY)) };
	struct icmp6_filter six;

	if (setsockopt(e->fd, SOL_SOCKET, SO_ATTACH_FILTER, &load,
		sizeof load) == -1)
		return -1;
	if (e->family == AF_INET)
		return setsockopt(e->fd, SOL_RAW, ICMP_FILTER, &four,
		    sizeof four);
	/* A bit for each type that is to be dropped. */
	memset(&six, 0xff, sizeof six);
	six.icmp6_filt[ICMP6_ECHO_REPLY / 32] = ~(1U << ICMP6_ECHO_REPLY % 32);
	return setsockopt(e->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &six,
	    sizeof six);
}

#define STAMPS_IN (SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE)
#define STAMPS_BOTH                                               \
	(STAMPS_IN | SOF_TIMESTAMPING_TX_SOFTWARE |               \
	    SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_OPT_ID | \
	    SOF_TIMESTAMPING_OPT_TSONLY)

static void
ask_for_stamps(struct echo *e)
{
	e->sends_stamps = set(e->fd, SOL_SOCKET, TIMESTAMPING_64,
			      STAMPS_BOTH) == 0 ||
	    set(e->fd, SOL_SOCKET, TIMESTAMPING_LONG, STAMPS_BOTH) == 0;
	if (!e->sends_stamps &&
	    set(e->fd, SOL_SOCKET, TIMESTAMPING_64, STAMPS_IN) == -1 &&
	    set(e->fd, SOL_SOCKET, TIMESTAMPING_LONG, STAMPS_IN) == -1 &&
	    set(e->fd, SOL_SOCKET, TIMESTAMPNS_64, 1) == -1)
		(void)set(e->fd, SOL_SOCKET, TIMESTAMPNS_LONG, 1);
}

static enum egress_step
open_socket(struct echo *e)
{
	int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int protocol = e->family == AF_INET ? (int)IPPROTO_ICMP :
					      (int)IPPROTO_ICMPV6;

	if (e->kind == ECHO_STAMP_UDP) {
		e->fd = socket(e->family, SOCK_DGRAM | flags, 0);
		return e->fd == -1 ? EGRESS_UDP_SOCKET : EGRESS_DONE;
	}
	if (e->kind == ECHO_PLAIN)
		e->fd = socket(e->family, SOCK_DGRAM | flags, protocol);
	if (e->fd != -1)
		return EGRESS_DONE;
	e->fd = socket(e->family, SOCK_RAW | flags, protocol);
	if (e->fd == -1)
		return EGRESS_ICMP_SOCKET;
	e->raw = true;
	return filter_answers(e) == -1 ? EGRESS_FILTER : EGRESS_DONE;
}

enum egress_step
echo_bind(struct echo *e, const struct egress *egress)
{
	enum egress_step what = egress_bind(e->fd, e->family, egress);

	if (what == EGRESS_DONE && egress->device[0] != '\0')
		e->device = egress_device(e->fd, egress->device);
	e->away = egress->later && egress->device[0] != '\0' && e->device == 0;
	return what;
}

/* A raw socket has everybody's answers until its filter is attached; none can
 * be ours, as nothing was sent. */
static void
drop_earlier(const struct echo *e)
{
	char byte;

	while (recv(e->fd, &byte, sizeof byte, MSG_DONTWAIT) != -1)
		;
}

enum egress_step
echo_open(struct echo *e, int family, enum echo_kind kind,
    const struct egress *egress, uint16_t id)
{
	enum egress_step what;
	int saved;

	*e = (struct echo){ .fd = -1,
		.family = family,
		.kind = kind,
		.port = kind == ECHO_STAMP_UDP ? id : 0,
		.id = id };
	what = open_socket(e);
	if (what == EGRESS_DONE)
		what = echo_bind(e, egress);
	if (what == EGRESS_DONE &&
	    (family == AF_INET ?
		    set(e->fd, IPPROTO_IP, IP_RECVERR, 1) :
		    set(e->fd, IPPROTO_IPV6, IPV6_RECVERR, 1)) == -1)
		what = EGRESS_ERRORS;
	if (what == EGRESS_DONE) {
		drop_earlier(e);
		ask_for_stamps(e);
		return EGRESS_DONE;
	}
	saved = errno;
	echo_close(e);
	errno = saved;
	return what;
}

void
echo_close(struct echo *e)
{
	if (e->fd != -1)
		(void)close(e->fd);
	e->fd = -1;
}

/* --- sending -------------------------------------------------------------- */

/* Begins to count the keys of stamps anew. */
static void
count_anew(struct echo *e)
{
	int without = STAMPS_BOTH & ~SOF_TIMESTAMPING_OPT_ID;

	if (set(e->fd, SOL_SOCKET, TIMESTAMPING_64, without) == 0)
		(void)set(e->fd, SOL_SOCKET, TIMESTAMPING_64, STAMPS_BOTH);
	else if (set(e->fd, SOL_SOCKET, TIMESTAMPING_LONG, without) == 0)
		(void)set(e->fd, SOL_SOCKET, TIMESTAMPING_LONG, STAMPS_BOTH);
	e->key = 0;
}

/* A packet that our own queue refuses was counted; of other failures kernels
 * think differently. */
static void
account_failure(struct echo *e, int error)
{
	if (!e->sends_stamps)
		return;
	if (error == ENOBUFS)
		e->key++;
	else
		count_anew(e);
}

static size_t
compose(const struct echo *e, uint8_t packet[static ICMP_ECHO_SIZE],
    uint16_t seq, uint64_t token)
{
	struct icmp_echo echo = { .id = e->id, .seq = seq, .token = token };
	struct stamp_packet_request request = { .seq = seq, .token = token };

	_Static_assert(STAMP_SIZE <= ICMP_ECHO_SIZE, "room for both");
	if (e->kind == ECHO_STAMP_UDP) {
		stamp_packet_request(packet, &request);
		return STAMP_SIZE;
	}
	if (e->kind == ECHO_STAMPS) {
		icmp_stamp_request(packet, &echo);
		return ICMP_STAMP_SIZE;
	}
	icmp_echo_request(packet, e->family, &echo);
	return ICMP_ECHO_SIZE;
}

int
echo_send(struct echo *e, const union address *to, uint16_t seq, uint64_t token,
    uint32_t *key)
{
	uint8_t packet[ICMP_ECHO_SIZE];
	size_t size = compose(e, packet, seq, token);
	union address at = *to;
	int error = 0;

	if (e->away) {
		errno = ENODEV;
		return -1;
	}
	if (e->port != 0 && e->family == AF_INET)
		at.in.sin_port = htons(e->port);
	else if (e->port != 0)
		at.in6.sin6_port = htons(e->port);
	/* An ICMP error about an earlier probe is reported once, in place of
	 * sending this one: so try again. */
	for (int i = 0; i < 2; i++) {
		if (sendto(e->fd, packet, size, MSG_DONTWAIT, &at.sa,
			address_size(&at)) != -1) {
			*key = e->key++;
			return 0;
		}
		error = errno;
		account_failure(e, error);
		if (error == ENOBUFS || error == EAGAIN)
			break;
	}
	errno = error;
	return -1;
}

/* --- receiving ------------------------------------------------------------ */

/* A message and room for everything that comes with it. */
struct message {
	union address from;
	uint8_t packet[PACKET_SIZE];
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SIZE];
	struct iovec part;
};

static struct msghdr
room_in(struct message *m)
{
	memset(&m->from, 0, sizeof m->from);
	m->part = (struct iovec){ m->packet, sizeof m->packet };
	return (struct msghdr){
		.msg_name = &m->from,
		.msg_namelen = sizeof m->from,
		.msg_iov = &m->part,
		.msg_iovlen = 1,
		.msg_control = m->control,
		.msg_controllen = sizeof m->control,
	};
}

static const char *
read_stamp_answer(const struct echo *e, struct echo_reply *reply,
    const struct message *m, size_t len)
{
	struct stamp_packet_answer answer;
	uint16_t port = e->family == AF_INET ? m->from.in.sin_port :
					       m->from.in6.sin6_port;
	const char *why = stamp_packet_answer_parse(&answer, m->packet, len);

	if (why != NULL)
		return why;
	if (port != htons(e->port) || answer.request.seq > UINT16_MAX)
		return "of something else";
	reply->echo.seq = (uint16_t)answer.request.seq;
	reply->echo.token = answer.request.token;
	reply->exact = answer.times;
	return NULL;
}

static const char *
read_reply(const struct echo *e, struct echo_reply *reply,
    const struct message *m, size_t len)
{
	size_t at = 0;
	const char *why = NULL;

	if (e->kind == ECHO_STAMP_UDP)
		return read_stamp_answer(e, reply, m, len);
	if (e->raw && e->family == AF_INET)
		why = icmp_of_ipv4(m->packet, len, &at, &len);
	if (why == NULL)
		why = icmp_echo_reply(&reply->echo, e->family, m->packet + at,
		    len);
	if (why == NULL && e->raw && reply->echo.id != e->id)
		why = "of another process";
	return why;
}

int
echo_receive(struct echo *e, struct echo_reply *reply)
{
	struct message m;
	struct msghdr h = room_in(&m);
	struct cmsg control;
	ssize_t len;

	memset(reply, 0, sizeof *reply);
	while ((len = recvmsg(e->fd, &h, MSG_DONTWAIT)) == -1 && errno == EINTR)
		;
	if (len == -1)
		return errno == EAGAIN ? 0 : -1;
	reply->from = m.from;
	reply->why = (h.msg_flags & MSG_TRUNC) != 0 ?
	    "too long" :
	    read_reply(e, reply, &m, (size_t)len);
	cmsg_parse(&control, m.control, h.msg_controllen);
	reply->stamp_ns = control.stamp_ns;
	return 1;
}

/* False if it tells nothing. */
static bool
read_event(const struct echo *e, struct echo_event *event,
    const struct message *m, const struct msghdr *h, size_t len)
{
	struct stamp_packet_request request;
	struct cmsg c;

	cmsg_parse(&c, m->control, h->msg_controllen);
	if (c.about == CMSG_QUEUED || c.about == CMSG_LEFT) {
		*event = (struct echo_event){
			.what = c.about == CMSG_LEFT ? ECHO_LEFT : ECHO_QUEUED,
			.stamp_ns = c.stamp_ns,
			.key = c.key,
		};
		return c.stamp_ns != 0;
	}
	if (c.about != CMSG_ERROR)
		return false;
	*event = (struct echo_event){ .what = ECHO_ERROR, .error = c.error };
	if (e->kind == ECHO_STAMP_UDP) {
		if (stamp_packet_request_parse(&request, m->packet, len) !=
		    NULL)
			return false;
		event->echo.seq = (uint16_t)request.seq;
		event->echo.token = request.token;
		return true;
	}
	return icmp_echo_quoted(&event->echo, e->family, m->packet, len) ==
	    NULL;
}

int
echo_events(struct echo *e, struct echo_event events[static ECHO_EVENTS],
    bool *more)
{
	struct message m[ECHO_EVENTS];
	struct mmsghdr h[ECHO_EVENTS] = { 0 };
	int n, found = 0, error = 0;
	socklen_t size = sizeof error;

	for (int i = 0; i < ECHO_EVENTS; i++)
		h[i].msg_hdr = room_in(&m[i]);
	n = recvmmsg(e->fd, h, ECHO_EVENTS, MSG_ERRQUEUE | MSG_DONTWAIT, NULL);
	*more = n == ECHO_EVENTS;
	/* An error without a message would be reported by poll(2) for ever. */
	if (n == -1)
		(void)getsockopt(e->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	for (int i = 0; i < n; i++)
		found += read_event(e, &events[found], &m[i], &h[i].msg_hdr,
		    h[i].msg_len);
	return found;
}

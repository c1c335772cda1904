/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reflector that keeps its answers for a while, as if it were far away, and
 * on demand adds answers that are none. IPv4; needs CAP_NET_RAW, and a kernel
 * that leaves the answering to it: net.ipv4.icmp_echo_ignore_all=1.
 *
 * usage: reflector [-d MICROSECONDS] [-n] [-t] [-w] [-s ADDRESS] [-l COUNT]
 *
 *	-d US    keep each answer so long
 *	-n       never give the true answer
 *	-t       before, one with another token
 *	-w       after it, the same once more
 *	-s ADDR  before, one from this address
 *	-l N     keep the first N a second longer
 *
 * It says "ready" when it listens, and ends with SIGTERM.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KEPT 8192
#define SIZE 256

struct answer {
	int64_t due_us;
	struct sockaddr_in to;
	struct in_addr from;
	size_t len;
	unsigned char packet[SIZE];
};

static struct {
	int fd;
	int64_t delay_us, slow;
	bool mute, token, twice;
	struct in_addr other;
	struct answer kept[KEPT];
	size_t first, count;
} r;

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * (int64_t)1000000 + ts.tv_nsec / 1000;
}

static void
fill_checksum(unsigned char *icmp, size_t len)
{
	uint32_t sum = 0;

	icmp[2] = icmp[3] = 0;
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)icmp[i] << (i % 2 == 0 ? 8 : 0);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[2] = (unsigned char)(~sum >> 8);
	icmp[3] = (unsigned char)~sum;
}

static void
transmit(const struct answer *a, struct in_addr from, bool other_token)
{
	_Alignas(struct cmsghdr) char
	    control[CMSG_SPACE(sizeof(struct in_pktinfo))] = { 0 };
	struct in_pktinfo info = { .ipi_spec_dst = from };
	unsigned char packet[SIZE];
	struct iovec iov = { packet, a->len };
	struct msghdr h = { .msg_name = (void *)&a->to,
		.msg_namelen = sizeof a->to,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof info);
	memcpy(CMSG_DATA(c), &info, sizeof info);
	memcpy(packet, a->packet, a->len);
	packet[0] = 0;
	if (other_token && a->len > 10)
		packet[10] ^= 1;
	fill_checksum(packet, a->len);
	if (sendmsg(r.fd, &h, 0) == -1)
		warn("sendmsg");
}

static void
answer(const struct answer *a)
{
	if (r.token)
		transmit(a, a->from, true);
	if (r.other.s_addr != 0)
		transmit(a, r.other, false);
	if (!r.mute)
		transmit(a, a->from, false);
	if (r.twice)
		transmit(a, a->from, false);
}

static void
take(void)
{
	unsigned char packet[60 + SIZE];
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t got = recvfrom(r.fd, packet, sizeof packet, 0,
	    (struct sockaddr *)&from, &size);
	size_t header = (size_t)(packet[0] & 15) * 4;
	struct answer *a = &r.kept[(r.first + r.count) % KEPT];

	if (got < (ssize_t)header + 8 || packet[header] != 8 ||
	    (size_t)got - header > SIZE || r.count == KEPT)
		return;
	a->due_us = now_us() + r.delay_us;
	if (r.slow > 0) {
		a->due_us += 1000000;
		r.slow--;
	}
	a->to = from;
	memcpy(&a->from, packet + 16, 4);
	a->len = (size_t)got - header;
	memcpy(a->packet, packet + header, a->len);
	r.count++;
}

static void
serve(void)
{
	struct pollfd in = { .fd = r.fd, .events = POLLIN };

	for (;;) {
		struct timespec left = { 3600, 0 };
		int64_t us;

		while (r.count > 0 && r.kept[r.first].due_us <= now_us()) {
			answer(&r.kept[r.first]);
			r.first = (r.first + 1) % KEPT;
			r.count--;
		}
		if (r.count > 0) {
			us = r.kept[r.first].due_us - now_us();
			us = us < 0 ? 0 : us;
			left = (struct timespec){ us / 1000000,
				us % 1000000 * 1000 };
		}
		if (ppoll(&in, 1, &left, NULL) == -1 && errno != EINTR)
			err(71, "ppoll");
		if (in.revents & POLLIN)
			take();
	}
}

int
main(int argc, char *argv[])
{
	struct sched_param first = { .sched_priority = 50 };
	int ch;

	while ((ch = getopt(argc, argv, "d:l:ns:tw")) != -1) {
		if (ch == 'd')
			r.delay_us = strtoll(optarg, NULL, 10);
		else if (ch == 'l')
			r.slow = strtoll(optarg, NULL, 10);
		else if (ch == 'n')
			r.mute = true;
		else if (ch == 's')
			inet_pton(AF_INET, optarg, &r.other);
		else if (ch == 't')
			r.token = true;
		else if (ch == 'w')
			r.twice = true;
		else
			return 64;
	}
	/* Where it may not, its delays are less exact, which is told apart. */
	(void)sched_setscheduler(0, SCHED_FIFO, &first);
	r.fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	if (r.fd == -1)
		err(71, "socket");
	puts("ready");
	fflush(stdout);
	serve();
}

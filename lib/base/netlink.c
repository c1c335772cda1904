/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

int
netlink_open(struct netlink *n)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int one = 1;

	n->reason[0] = '\0';
	n->seq = 1;
	n->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE);
	if (n->fd == -1)
		return -1;
	/* Better words for a refusal, where the kernel has them. */
	(void)setsockopt(n->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
	/* Only the kernel may answer. */
	if (connect(n->fd, (struct sockaddr *)&kernel, sizeof kernel) == 0)
		return 0;
	netlink_close(n);
	return -1;
}

void
netlink_close(struct netlink *n)
{
	int saved = errno;

	if (n->fd != -1)
		(void)close(n->fd);
	n->fd = -1;
	errno = saved;
}

static int
keep_words(const struct nlattr *a, void *reason)
{
	if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(a, MNL_TYPE_NUL_STRING) == 0) {
		const char *words = mnl_attr_get_str(a);
		size_t len = strnlen(words, NETLINK_REASON - 1);

		text_copy(reason, NETLINK_REASON, words, len);
		text_printable(reason);
	}
	return MNL_CB_OK;
}

/* An error message: 0 is the acknowledgement. The request is in it, or its
 * head alone, and then attributes with words for people. */
static int
read_error(struct netlink *n, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
	size_t size = mnl_nlmsg_get_payload_len(h), skip = sizeof *e;

	if (size < sizeof *e)
		return -EPROTO;
	if ((h->nlmsg_flags & NLM_F_CAPPED) == 0 &&
	    e->msg.nlmsg_len > sizeof e->msg)
		skip += (e->msg.nlmsg_len - sizeof e->msg + 3) & ~(size_t)3;
	if ((h->nlmsg_flags & NLM_F_ACK_TLVS) != 0 && skip <= size)
		(void)mnl_attr_parse(h, (unsigned)skip, keep_words, n->reason);
	return e->error;
}

/* The next datagram: its length, or -1 with errno. */
static long
receive(struct netlink *n, int64_t deadline_us)
{
	struct pollfd in = { .fd = n->fd, .events = POLLIN };

	for (;;) {
		long got = recv(n->fd, n->answer, sizeof n->answer, 0);
		struct timespec left;

		if (got >= 0)
			return got;
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		left = clock_until(deadline_us);
		if (left.tv_sec == 0 && left.tv_nsec == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		(void)ppoll(&in, 1, &left, NULL);
	}
}

/* 1: this is it, *len is set; 0: not ours; -1 with errno. */
static int
is_answer(struct netlink *n, long got, uint32_t seq, long *len)
{
	const struct nlmsghdr *h = (const void *)n->answer;
	int error;

	if (!mnl_nlmsg_ok(h, (int)got) || h->nlmsg_seq != seq)
		return 0;
	if (h->nlmsg_type != NLMSG_ERROR) {
		*len = got;
		return 1;
	}
	*len = 0;
	if ((error = read_error(n, h)) == 0)
		return 1;
	errno = -error;
	return -1;
}

long
netlink_ask(struct netlink *n, const unsigned char *request, size_t len,
    int64_t timeout_us)
{
	int64_t deadline_us = clock_monotonic() + timeout_us;
	uint32_t seq = n->seq++;
	long got, size;

	n->reason[0] = '\0';
	if (send(n->fd, request, len, 0) == -1)
		return -1;
	while ((got = receive(n, deadline_us)) >= 0) {
		int mine = is_answer(n, got, seq, &size);

		if (mine != 0)
			return mine == 1 ? size : -1;
	}
	return -1;
}

int
netlink_dump(struct netlink *n, const unsigned char *request, size_t len,
    int64_t timeout_us,
    void (*take)(void *user, const unsigned char *message, size_t len),
    void *user)
{
	int64_t deadline_us = clock_monotonic() + timeout_us;
	uint32_t seq = n->seq++;
	long got;

	n->reason[0] = '\0';
	if (send(n->fd, request, len, 0) == -1)
		return -1;
	while ((got = receive(n, deadline_us)) >= 0) {
		const struct nlmsghdr *h = (const void *)n->answer;
		int left = (int)got, error;

		for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			if (h->nlmsg_seq != seq)
				continue;
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type != NLMSG_ERROR) {
				take(user, (const void *)h, h->nlmsg_len);
				continue;
			}
			if ((error = read_error(n, h)) == 0)
				return 0;
			errno = -error;
			return -1;
		}
	}
	return -1;
}

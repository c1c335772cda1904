/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/router_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/coprocess.h"

#define PROGRAM "wanctl-router"
#define ID_MAX 999999999

void
router_client_init(struct router_client *l, const struct settings *settings,
    const char *conf)
{
	*l = (struct router_client){ .settings = settings,
		.conf = conf,
		.pid = -1,
		.to = -1,
		.from = -1 };
	coprocess_prepare();
}

void
router_client_close(struct router_client *l)
{
	if (l->to != -1)
		(void)close(l->to);
	if (l->from != -1)
		(void)close(l->from);
	l->to = l->from = -1;
	l->waiting = false;
	l->len = 0;
	if (l->pid == -1)
		return;
	(void)kill(-l->pid, SIGKILL);
	while (waitpid(l->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	l->pid = -1;
}

/* 0, or -1. */
static int
start(struct router_client *l)
{
	const char *const argv[] = { PROGRAM, "-c", l->conf, NULL };
	struct child_wiring w = { .err = -1,
		.apart = true,
		.privileges = CHILD_PRIVILEGES };
	int to[2], from[2];

	/* Writing to one that has ended must not end us. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to) == -1)
		return -1;
	if (pipe2(from, O_CLOEXEC) == -1) {
		(void)close(to[0]);
		(void)close(to[1]);
		return -1;
	}
	w.in = to[0];
	w.out = from[1];
	l->pid = child_spawn(argv, &w);
	(void)close(to[0]);
	(void)close(from[1]);
	l->to = to[1];
	l->from = from[0];
	(void)fcntl(l->from, F_SETFL, O_NONBLOCK);
	return l->pid == -1 ? -1 : 0;
}

/* The text up to a line feed: 1, 0 if that has not come, or -1: no more
 * will. */
static int
read_line(struct router_client *l)
{
	while (l->len < sizeof l->line) {
		ssize_t n = read(l->from, l->line + l->len, 1);

		if (n == 1 && l->line[l->len++] == '\n')
			return 1;
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			return -1;
		if (n == -1 && errno == EAGAIN)
			return 0;
	}
	return -1;
}

/* 1 the answer came, 0 it did not in time, -1 it will not. */
static int
await(struct router_client *l, struct answer *a, int64_t until_us)
{
	struct pollfd in = { .fd = l->from, .events = POLLIN };
	const char *culprit;
	struct record r;
	int got;

	for (;;) {
		struct timespec left = clock_until(until_us);
		size_t len;

		got = read_line(l);
		if (got == -1)
			return -1;
		if (got == 1) {
			len = l->len - 1;
			l->len = 0;
			if (record_parse(&r, l->line, len) == NULL &&
			    slice_is(r.kind, message_answer.kind) &&
			    message_unpack(&message_answer, a, &r, &culprit) ==
				NULL &&
			    a->id == l->id)
				return 1;
			continue;
		}
		if (left.tv_sec == 0 && left.tv_nsec == 0)
			return 0;
		(void)ppoll(&in, 1, &left, NULL);
	}
}

static enum failure
fail(struct router_client *l, enum failure why, const char *what)
{
	(void)snprintf(l->detail, sizeof l->detail, "%s: %s", PROGRAM, what);
	return why;
}

/* It is of no use any more. */
static enum failure
give_up(struct router_client *l, enum failure why, const char *what)
{
	router_client_close(l);
	breaker_failed(&l->breaker, clock_monotonic(), false, 0, 0);
	return fail(l, why, what);
}

/* Not answered by now: a little longer, or never. */
static enum failure
not_yet(struct router_client *l, int got)
{
	if (got == -1)
		return give_up(l, FAILURE_FAILED,
		    "ended; see its own messages");
	if (clock_monotonic() >= l->kill_us)
		return give_up(l, FAILURE_TIMEOUT, "hung and was killed");
	return fail(l, FAILURE_TIMEOUT, "no answer yet");
}

static enum failure
send_request(struct router_client *l, const struct message_kind *kind,
    struct request *request)
{
	const struct settings *s = l->settings;
	char line[RECORD_MAX + 1];
	size_t len;

	request->id = l->id = l->id % ID_MAX + 1;
	len = message_pack(kind, line, request);
	if (send(l->to, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
		return give_up(l, FAILURE_FAILED, "takes no request");
	l->waiting = true;
	/* Two ways, each with a few round trips. */
	l->kill_us = clock_monotonic() +
	    3 * (s->router.connect_us + s->router.timeout_us);
	return WORKED;
}

static enum failure
failure_in(struct router_client *l, const struct answer *a)
{
	bool cooling = failure_of(a->why) == FAILURE_COOLING;
	const char *word = cooling && *a->after != '\0' ? a->after : a->why;

	if (cooling && a->retry_us != NONE)
		l->retry_us = a->retry_us;
	(void)snprintf(l->detail, sizeof l->detail, "%s: %s", PROGRAM, word);
	return failure_of(word);
}

enum failure
router_client_ask(struct router_client *l, const struct message_kind *kind,
    struct request *request, struct answer *a, int64_t timeout_us)
{
	int64_t until_us = clock_monotonic() + timeout_us;
	enum failure why;
	int got;

	l->retry_us = 0;
	if (l->pid == -1) {
		if (!breaker_allows(&l->breaker, clock_monotonic()))
			return fail(l, FAILURE_COOLING,
			    "failed; started again soon");
		if (start(l) != 0)
			return give_up(l, FAILURE_FAILED, "cannot be started");
	}
	if (l->waiting && (got = await(l, a, until_us)) != 1)
		return not_yet(l, got);
	l->waiting = false;
	if ((why = send_request(l, kind, request)) != WORKED)
		return why;
	if ((got = await(l, a, until_us)) != 1)
		return not_yet(l, got);
	l->waiting = false;
	breaker_worked(&l->breaker);
	if (a->sectors != NONE)
		l->sectors = a->sectors;
	return a->ok == 1 ? WORKED : failure_in(l, a);
}

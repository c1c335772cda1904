/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/transport.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "record/messages.h"

void
transport_init(struct transport *t, const struct settings *s, int64_t kind)
{
	t->settings = s;
	t->ops = kind == TRANSPORT_REST ? &transport_rest :
	    kind == TRANSPORT_SSH       ? &transport_ssh :
	    kind == TRANSPORT_SSH_TC    ? &transport_ssh_tc :
					  NULL;
	t->uptime_us = t->sectors = NONE;
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		t->name[dir] = s->router.simple[0] != '\0' ?
		    s->router.simple :
		    s->router.queue[settings_has_queue(s, dir) ? dir : !dir];
	t->simple = s->router.simple[0] != '\0';
}

struct ssh_peer
transport_peer(const struct settings *s)
{
	return (struct ssh_peer){ .address = s->router.address,
		.user = s->router.user,
		.known_hosts = s->router.known_hosts,
		.key_file = s->router.key_file,
		.passphrase_file = s->router.passphrase_file,
		.port = (int)s->router.ssh_port,
		.connect_us = s->router.connect_us,
		.timeout_us = s->router.timeout_us };
}

bool
transport_is_down(enum failure why)
{
	switch (why) {
	case FAILURE_FAILED:
	case FAILURE_TIMEOUT:
	case FAILURE_REFUSED:
	case FAILURE_UNREACHABLE:
	case FAILURE_RESET:
	case FAILURE_LOST:
	case FAILURE_UNSURE:
	case FAILURE_BUSY:
	case FAILURE_GARBLED:
	case FAILURE_CREDENTIALS:
	case FAILURE_HOSTKEY:
	case FAILURE_CERTIFICATE:
		return true;
	default:
		return false;
	}
}

bool
transport_is_right(const int64_t want[static DIRECTIONS],
    const int64_t has[static DIRECTIONS])
{
	return (want[DOWN] <= 0 || want[DOWN] == has[DOWN]) &&
	    (want[UP] <= 0 || want[UP] == has[UP]);
}

void
transport_pause(int attempt)
{
	struct timespec t = { .tv_nsec = 100000000L << attempt };

	(void)nanosleep(&t, NULL);
}

enum failure
transport_judge_queues(struct transport *t,
    const struct routeros_flags flags[static DIRECTIONS])
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		const char *what = flags[dir].disabled ?
		    "that queue is disabled on the router and shapes nothing" :
		    "that queue is invalid on the router and shapes nothing; "
		    "is its parent there";

		if (flags[dir].disabled || flags[dir].invalid)
			return transport_fail(t, FAILURE_INACTIVE, what,
			    t->name[dir]);
	}
	return WORKED;
}

enum failure
transport_judge_rule(struct transport *t, const struct routeros_flags *flags)
{
	if (flags->disabled || !flags->invalid)
		return WORKED;
	return transport_fail(t, FAILURE_INACTIVE,
	    "that mangle rule is invalid on the router and moves nothing",
	    t->settings->router.rule);
}

enum failure
transport_fail(struct transport *t, enum failure why, const char *what,
    const char *more)
{
	(void)snprintf(t->detail, sizeof t->detail, "%s%s%s", what,
	    *more != '\0' ? ": " : "", more);
	text_printable(t->detail);
	return why;
}

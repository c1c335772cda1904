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

static bool
is_one_of(const char *why, const char *const words[])
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(why, words[i]) == 0)
			return true;
	return false;
}

bool
transport_is_down(const char *why)
{
	static const char *const words[] = { "timeout", "refused",
		"unreachable", "reset", "lost", "unsure", "busy", "garbled",
		"credentials", "hostkey", "certificate", "failed", NULL };

	return is_one_of(why, words);
}

void
transport_pause(int attempt)
{
	struct timespec t = { .tv_nsec = 100000000L << attempt };

	(void)nanosleep(&t, NULL);
}

const char *
transport_judge_queues(struct transport *t,
    const struct routeros_flags flags[static DIRECTIONS])
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		const char *what = flags[dir].disabled ?
		    "that queue is disabled on the router and shapes nothing" :
		    "that queue is invalid on the router and shapes nothing; "
		    "is its parent there";

		if (flags[dir].disabled || flags[dir].invalid)
			return transport_fail(t, "inactive", what,
			    t->settings->router.queue[dir]);
	}
	return NULL;
}

const char *
transport_judge_rule(struct transport *t, const struct routeros_flags *flags)
{
	if (flags->disabled || !flags->invalid)
		return NULL;
	return transport_fail(t, "inactive",
	    "that mangle rule is invalid on the router and moves nothing",
	    t->settings->router.rule);
}

const char *
transport_fail(struct transport *t, const char *why, const char *what,
    const char *more)
{
	(void)snprintf(t->detail, sizeof t->detail, "%s%s%s", what,
	    *more != '\0' ? ": " : "", more);
	text_printable(t->detail);
	return why;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses of names, at the start and again. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "probe/pinger_parts.h"
#include "probe/route.h"

int
pinger_family(const struct settings *s, const struct egress *e)
{
	if (e->source.sa.sa_family != AF_UNSPEC)
		return e->source.sa.sa_family;
	if (s->ping.family == FAMILY_4)
		return AF_INET;
	return s->ping.family == FAMILY_6 ? AF_INET6 : AF_UNSPEC;
}

void
pinger_resolve(struct pinger *p, struct pinger_target *t, int64_t now_us)
{
	backoff_failed(&t->again, now_us, PINGER_PAUSE_US, PINGER_PAUSE_MOST);
	if (resolver_start(&t->resolver, p->names, t->name,
		pinger_family(p->settings, &p->egress), now_us) == 0)
		return;
	/* Another one cannot be started any more. */
	p->failed = errno == EPIPE || errno == ECONNRESET;
	pinger_tell(p, t->name, ": cannot be resolved: ",
	    p->failed ? "the process for that has ended" : strerror(errno),
	    NULL, NULL);
}

static bool
is_usable(const struct pinger *p, const struct pinger_target *t, int family)
{
	size_t i = pinger_socket_for(family);

	return pinger_by_tcp_alone(p) ? t->way.connector[i].fd != -1 :
					p->socket[i].echo.fd != -1;
}

/* The address to probe from now on, NULL and *why if there is none. A wrong
 * route or a twin is a refusal only without a better address. */
static const union address *
choose(struct pinger *p, const struct pinger_target *t,
    const struct resolved *found, char why[static ROUTE_TEXT])
{
	static const char none[] = "no address of a family that is in use";
	const union address *same = NULL;

	text_copy(why, ROUTE_TEXT, none, strlen(none));
	for (size_t i = 0; i < found->count; i++) {
		const union address *a = &found->address[i];
		const struct pinger_target *twin = pinger_twin_of(p, t, a);

		if (!is_usable(p, t, a->sa.sa_family))
			continue;
		if (twin != NULL) {
			text_copy(why, ROUTE_TEXT, "", 0);
			continue;
		}
		if (p->egress.device[0] != '\0' &&
		    route_check(&p->egress, p->egress.device, a, why) ==
			ROUTE_WRONG)
			continue;
		/* The one that does not answer is the last choice. */
		if (!pinger_has_address(t) || t->lost < PINGER_FAILURES ||
		    !address_equal(&t->place.address, a))
			return a;
		same = a;
	}
	return same;
}

static void
say_refusal(struct pinger *p, struct pinger_target *t, const char *refusal,
    const char *why)
{
	if (t->refusal == NULL || strcmp(t->refusal, refusal) != 0)
		pinger_tell(p, t->name, ": ", why, NULL, NULL);
	t->refusal = refusal;
}

static void
take_addresses(struct pinger *p, struct pinger_target *t,
    const struct resolved *found)
{
	char why[ROUTE_TEXT];
	const union address *a = choose(p, t, found, why);
	bool moved = a != NULL &&
	    (!pinger_has_address(t) || !address_equal(&t->place.address, a));

	t->twin = a == NULL && why[0] == '\0' && !pinger_has_address(t);
	if (a == NULL) {
		say_refusal(p, t, "no use",
		    why[0] != '\0' ?
			why :
			"has the same address as another reflector, and is "
			"not probed");
		return;
	}
	if (moved && (t->refusal != NULL || pinger_has_address(t))) {
		char text[ADDRESS_TEXT];

		address_text(text, a);
		pinger_tell(p, t->name, " is ", text, " now", NULL);
	}
	t->refusal = NULL;
	if (moved && !pinger_has_address(t))
		probing_urge(&p->probing, (size_t)(t - p->target));
	pinger_settle(p, t, a);
}

/* True if a resolver had something to say. */
bool
pinger_check_names(struct pinger *p, int64_t now_us)
{
	for (size_t i = 0; i < p->probing.targets; i++) {
		struct pinger_target *t = &p->target[i];
		struct pollfd in = { .fd = t->resolver.fd, .events = POLLIN };
		struct resolved found;
		const char *why;

		if (!t->resolver.busy ||
		    (poll(&in, 1, 0) != 1 && now_us < t->resolver.deadline_us))
			continue;
		t->patience_us = 0;
		why = resolver_finish(&t->resolver, &found);
		if (why == NULL)
			take_addresses(p, t, &found);
		else
			say_refusal(p, t, why, why);
		return true;
	}
	return false;
}

void
pinger_resolve_again(struct pinger *p, struct pinger_target *t, int64_t now_us)
{
	if (t->named && !t->resolver.busy &&
	    backoff_is_over(&t->again, now_us) &&
	    (!pinger_has_address(t) || t->lost >= PINGER_FAILURES))
		pinger_resolve(p, t, now_us);
}

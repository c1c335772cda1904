/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend router: a rule of a remote router's firewall, through
 * wanctl-router(8). */
#include <stdio.h>

#include "steer/diverter.h"

_Static_assert(ROUTER_CLIENT_DETAIL <= DIVERTER_DETAIL, "d->detail");

static int
router_open(struct diverter *d)
{
	router_client_init(&d->router, d->settings, d->conf);
	return 0;
}

static enum failure
ask_router(struct diverter *d, const struct message_kind *kind,
    struct request *request, struct answer *answer)
{
	enum failure why;

	request->what = REQUEST_RULE;
	why = router_client_ask(&d->router, kind, request, answer,
	    d->settings->diverter.timeout_us);
	if (why != WORKED)
		(void)snprintf(d->detail, sizeof d->detail, "%s",
		    d->router.detail);
	return why;
}

static enum failure
router_get(struct diverter *d, bool *on)
{
	struct request request;
	struct answer answer;
	enum failure why;

	message_clear(&message_get, &request);
	why = ask_router(d, &message_get, &request, &answer);
	if (why == WORKED && answer.on == NONE) {
		(void)snprintf(d->detail, sizeof d->detail,
		    "wanctl-router did not say whether the rule is on");
		return FAILURE_FAILED;
	}
	if (why == WORKED)
		*on = answer.on == 1;
	return why;
}

static enum failure
router_set(struct diverter *d, bool on)
{
	struct request request;
	struct answer answer;

	message_clear(&message_set, &request);
	request.on = on;
	return ask_router(d, &message_set, &request, &answer);
}

static void
router_close(struct diverter *d)
{
	router_client_close(&d->router);
}

const struct diverter_backend diverter_router = { router_open, router_get,
	router_set, router_close };

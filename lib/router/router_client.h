/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wanctl-router(8) of our own, which is kept: one request, one answer, with
 * a deadline. It may hang, die or be killed, and its user goes on.
 *
 * A request that is not answered in time is left with it, since routers do
 * not take it well when one is given up; until its answer comes, nothing else
 * is asked. Only one that is overdue by far ends the process. One that ends is
 * started again, after a pause that grows.
 */
#ifndef ROUTER_CLIENT_H
#define ROUTER_CLIENT_H

#include <sys/types.h>

#include "base/failure.h"
#include "conf/settings.h"
#include "record/record.h"
#include "router/breaker.h"
#include "router/router_protocol.h"

#define ROUTER_CLIENT_DETAIL 200

struct router_client {
	const struct settings *settings;
	const char *conf; /* the configuration's file */
	pid_t pid;        /* -1: not running */
	int to, from;     /* its input and output; -1: none */
	int64_t id;       /* of the last request */
	bool waiting;     /* its answer has not come */
	int64_t kill_us;  /* nor will it, after this */
	struct breaker breaker;
	size_t len;
	char line[RECORD_MAX];
	int64_t
	    retry_us;    /* it did not ask the router, for so long; 0: it did */
	int64_t sectors; /* of its flash memory, as it said last; 0: not yet */
	char detail[ROUTER_CLIENT_DETAIL]; /* of the last failure, for people */
};

void router_client_init(struct router_client *l,
    const struct settings *settings, const char *conf);

/* Asks; request->id is filled in. WORKED and the answer, which is ok; or why
 * not. Takes no longer than timeout_us. */
enum failure router_client_ask(struct router_client *l,
    const struct message_kind *kind, struct request *request,
    struct answer *answer, int64_t timeout_us);

void router_client_close(struct router_client *l);

#endif

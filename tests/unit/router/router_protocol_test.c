/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What wanctl-router is asked and answers, as lines. */
#include "router/router_protocol.h"

#include <string.h>

#include "../tap.h"

static const char *
unpack(const struct message_kind *kind, void *message, const char *line)
{
	const char *culprit, *why;
	struct record r;

	why = record_parse(&r, line, strlen(line));
	if (why == NULL && !slice_is(r.kind, kind->kind))
		why = "of another kind";
	return why != NULL ? why : message_unpack(kind, message, &r, &culprit);
}

static void
lines(void)
{
	char line[RECORD_MAX + 1];
	struct request request;
	struct answer answer;

	message_clear(&message_set, &request);
	request.id = 8;
	request.what = REQUEST_SHAPER;
	request.up_bps = 20000000;
	line[message_pack(&message_set, line, &request)] = '\0';
	is_str(line, "set id=8 what=shaper up_bps=20000000\n",
	    "what is not asked for is not there");
	is_str(unpack(&message_get, &request, "get id=7 what=rule"), NULL,
	    "a request");
	is_int(request.what, REQUEST_RULE, "for the rule");
	ok(unpack(&message_get, &request, "get id=7") != NULL, "for nothing");
	ok(unpack(&message_get, &request, "get id=7 what=cheese") != NULL,
	    "for something else");
	ok(unpack(&message_set, &request, "set id=1 what=shaper up_bps=0") !=
		NULL,
	    "a rate of 0 is none");
	is_str(unpack(&message_answer, &answer,
		   "answer id=9 what=rule ok=1 via=ssh on=1 wrote=1 took_us=5"),
	    NULL, "an answer");
	is_int(answer.on, 1, "its rule");
	is_int(answer.bps[DOWN], NONE, "and no rate");
	for (size_t i = 0; request_kinds[i] != NULL; i++)
		ok(request_kinds[i]->count > 0, "%s has keys",
		    request_kinds[i]->kind);
}

/* The longest answer there is, to a get, is a record still. */
static void
longest(void)
{
	char line[RECORD_MAX + 1];
	struct answer a, b;
	size_t len;

	message_clear(&message_answer, &a);
	a.id = 999999999;
	a.what = REQUEST_SHAPER;
	a.ok = 1;
	memcpy(a.via, "rest", 5);
	for (int i = 0; i < DIRECTIONS; i++) {
		a.bps[i] = 1000000000000;
		a.bytes[i] = a.packets[i] = a.drops[i] = 1000000000000000;
		a.backlog[i] = a.queued[i] = 1000000000000;
	}
	a.wrote = 1;
	a.uptime_us = T_MAX;
	a.sectors = 1000000000000;
	a.took_us = 1000000000000000;
	len = message_pack(&message_answer, line, &a);
	ok(len > 0 && len <= RECORD_MAX, "%zu bytes", len);
	line[len - 1] = '\0';
	is_str(unpack(&message_answer, &b, line), NULL, "and comes back");
	is_int(b.took_us, a.took_us, "whole");
}

int
main(void)
{
	lines();
	longest();
	return tap_done();
}

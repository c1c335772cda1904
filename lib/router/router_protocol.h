/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to wanctl-router(8) and its answers: records of one line, one answer
 * for each request, with the same id.
 *
 *	get id=7 what=shaper
 *	set id=8 what=shaper down_bps=512000000 up_bps=20000000
 *	set id=9 what=rule on=1
 *	answer id=9 what=rule ok=1 via=ssh on=1 wrote=1 took_us=5120
 */
#ifndef ROUTER_PROTOCOL_H
#define ROUTER_PROTOCOL_H

#include <stdbool.h>

#include "record/messages.h"

enum request_what { REQUEST_SHAPER, REQUEST_RULE, REQUEST_WHATS };

struct request {
	int64_t id, what;
	int64_t down_bps, up_bps; /* set shaper: at least one */
	int64_t on;               /* set rule */
};

struct answer {
	int64_t id, what, ok;
	char via[WORD_MAX];   /* transport */
	char why[WORD_MAX];   /* unless ok */
	char after[WORD_MAX]; /* why=cooling: what had failed */
	int64_t bps[DIRECTIONS], bytes[DIRECTIONS], packets[DIRECTIONS];
	int64_t drops[DIRECTIONS], backlog[DIRECTIONS], queued[DIRECTIONS];
	int64_t on;
	int64_t uptime_us, sectors;
	int64_t wrote, took_us, retry_us;
};

extern const struct message_kind message_get, message_set, message_answer;

/* All three, ended by NULL. */
extern const struct message_kind *const request_kinds[];

#endif

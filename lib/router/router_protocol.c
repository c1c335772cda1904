/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/router_protocol.h"

#define BPS_MAX 1000000000000
/* Bounds that let the longest answer fit into a record. */
#define COUNT_MAX 1000000000000000
#define WAITING_MAX 1000000000000

static const char *const whats[] = { "shaper", "rule" };

/* clang-format off */
static const struct message_field get_fields[] = {
	FIELD_INT(request, "id", id, true, 0, 999999999),
	FIELD_ENUM(request, "what", what, whats, REQUEST_WHATS),
};
static const struct message_field set_fields[] = {
	FIELD_INT(request, "id", id, true, 0, 999999999),
	FIELD_ENUM(request, "what", what, whats, REQUEST_WHATS),
	FIELD_INT(request, "down_bps", down_bps, false, 1, BPS_MAX),
	FIELD_INT(request, "up_bps", up_bps, false, 1, BPS_MAX),
	FIELD_INT(request, "on", on, false, 0, 1),
};
#define EACH(key, member, most) \
	FIELD_INT(answer, "down_" key, member[DOWN], false, 0, most), \
	FIELD_INT(answer, "up_" key, member[UP], false, 0, most)
static const struct message_field answer_fields[] = {
	FIELD_INT(answer, "id", id, true, 0, 999999999),
	FIELD_ENUM(answer, "what", what, whats, REQUEST_WHATS),
	FIELD_INT(answer, "ok", ok, true, 0, 1),
	FIELD_TEXT(answer, "via", via, MESSAGE_NAME, false),
	FIELD_TEXT(answer, "why", why, MESSAGE_NAME, false),
	FIELD_TEXT(answer, "after", after, MESSAGE_NAME, false),
	EACH("bps", bps, BPS_MAX),
	EACH("bytes", bytes, COUNT_MAX),
	EACH("packets", packets, COUNT_MAX),
	EACH("drops", drops, COUNT_MAX),
	EACH("backlog", backlog, WAITING_MAX),
	EACH("queued", queued, WAITING_MAX),
	FIELD_INT(answer, "on", on, false, 0, 1),
	FIELD_INT(answer, "uptime_us", uptime_us, false, 0, T_MAX),
	FIELD_INT(answer, "sectors", sectors, false, 0, WAITING_MAX),
	FIELD_INT(answer, "wrote", wrote, false, 0, 1),
	FIELD_INT(answer, "took_us", took_us, false, 0, COUNT_MAX),
	FIELD_INT(answer, "retry_us", retry_us, false, 0, WAITING_MAX),
};
/* clang-format on */

const struct message_kind message_get = { "get", get_fields,
	FIELD_COUNT(get_fields) };
const struct message_kind message_set = { "set", set_fields,
	FIELD_COUNT(set_fields) };
const struct message_kind message_answer = { "answer", answer_fields,
	FIELD_COUNT(answer_fields) };

const struct message_kind *const request_kinds[] = { &message_get, &message_set,
	&message_answer, NULL };

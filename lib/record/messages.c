/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/messages.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define BPS_MAX 1000000000000
#define US_MAX 10000000 /* a round trip outside (0, 10 s) is refused */

#define KIND(k)                                                   \
	const struct message_kind message_##k = { #k, k##_fields, \
		FIELD_COUNT(k##_fields) }

/* clang-format off */
static const struct message_field rtt_fields[] = {
	FIELD_INT(rtt, "t", t_us, true, 0, T_MAX),
	FIELD_TEXT(rtt, "wan", wan, MESSAGE_NAME, false),
	FIELD_TEXT(rtt, "host", host, MESSAGE_HOST, true),
	FIELD_INT(rtt, "seq", seq, true, 0, INT64_MAX),
	FIELD_INT(rtt, "us", us, false, 1, US_MAX - 1),
	FIELD_INT(rtt, "up_us", up_us, false, -T_MAX, T_MAX),
	FIELD_INT(rtt, "down_us", down_us, false, -T_MAX, T_MAX),
	FIELD_INT(rtt, "queued_us", queued_us, false, 0, US_MAX),
	FIELD_INT(rtt, "lost", lost, false, 1, 1),
	FIELD_INT(rtt, "late", late, false, 1, 1),
	FIELD_TEXT(rtt, "method", method, MESSAGE_NAME, false),
	FIELD_TEXT(rtt, "name", name, MESSAGE_NAME, false),
};
static const struct message_field queue_fields[] = {
	FIELD_INT(queue, "t", t_us, true, 0, T_MAX),
	FIELD_TEXT(queue, "wan", wan, MESSAGE_NAME, false),
	FIELD_ENUM(queue, "dir", dir, direction_names, DIRECTIONS),
	FIELD_TEXT(queue, "source", source, MESSAGE_NAME, false),
	FIELD_INT(queue, "bytes", bytes, true, 0, INT64_MAX),
	FIELD_INT(queue, "packets", packets, false, 0, INT64_MAX),
	FIELD_INT(queue, "drops", drops, false, 0, INT64_MAX),
	FIELD_INT(queue, "marks", marks, false, 0, INT64_MAX),
	FIELD_INT(queue, "backlog", backlog, false, 0, INT64_MAX),
	FIELD_INT(queue, "delay_us", delay_us, false, 0, T_MAX),
	FIELD_INT(queue, "peak_us", peak_us, false, 0, T_MAX),
	FIELD_INT(queue, "sparse_us", sparse_us, false, 0, T_MAX),
	FIELD_INT(queue, "bps", bps, false, 0, BPS_MAX),
	FIELD_INT(queue, "line_bytes", line_bytes, false, 0, INT64_MAX),
	FIELD_INT(queue, "queued", queued, false, 0, INT64_MAX),
};
static const struct message_field rate_fields[] = {
	FIELD_INT(rate, "t", t_us, true, 0, T_MAX),
	FIELD_TEXT(rate, "wan", wan, MESSAGE_NAME, false),
	FIELD_ENUM(rate, "dir", dir, direction_names, DIRECTIONS),
	FIELD_INT(rate, "bps", bps, false, 1, BPS_MAX),
	FIELD_INT(rate, "was", was, false, 1, BPS_MAX),
	FIELD_ENUM(rate, "state", state, zone_names, ZONES),
	FIELD_INT(rate, "delta_us", delta_us, false, -T_MAX, T_MAX),
	FIELD_INT(rate, "base_us", base_us, false, 0, T_MAX),
	FIELD_INT(rate, "load", load, false, 0, INT64_MAX),
	FIELD_INT(rate, "goodput", goodput, false, 0, INT64_MAX),
	FIELD_TEXT(rate, "evidence", evidence, MESSAGE_NAME, false),
	FIELD_TEXT(rate, "why", why, MESSAGE_NAME, false),
};
static const struct message_field applied_fields[] = {
	FIELD_INT(applied, "t", t_us, true, 0, T_MAX),
	FIELD_TEXT(applied, "wan", wan, MESSAGE_NAME, false),
	FIELD_ENUM(applied, "dir", dir, direction_names, DIRECTIONS),
	FIELD_INT(applied, "bps", bps, false, 0, BPS_MAX),
	FIELD_INT(applied, "was", was, false, 0, BPS_MAX),
	FIELD_INT(applied, "want", want, false, 1, BPS_MAX),
	FIELD_INT(applied, "took_us", took_us, false, 0, T_MAX),
	FIELD_INT(applied, "ok", ok, true, 0, 1),
	FIELD_INT(applied, "wrote", wrote, false, 0, 1),
	FIELD_TEXT(applied, "why", why, MESSAGE_NAME, false),
};
static const struct message_field steer_fields[] = {
	FIELD_INT(steer, "t", t_us, true, 0, T_MAX),
	FIELD_TEXT(steer, "wan", wan, MESSAGE_NAME, true),
	FIELD_TEXT(steer, "to", to, MESSAGE_NAME, true),
	FIELD_INT(steer, "on", on, true, 0, 1),
	FIELD_INT(steer, "dry_run", dry_run, true, 0, 1),
	FIELD_INT(steer, "changed", changed, false, 1, 1),
	FIELD_INT(steer, "confidence", confidence, true, 0, 100),
	FIELD_ENUM(steer, "state", state, vote_names, VOTES),
	FIELD_INT(steer, "delta_us", delta_us, false, 0, T_MAX),
	FIELD_INT(steer, "drops", drops, false, 0, INT64_MAX),
	FIELD_INT(steer, "queued", queued, false, 0, INT64_MAX),
	FIELD_INT(steer, "rtt_us", rtt_us, false, 0, T_MAX),
	FIELD_ENUM(steer, "alternate", alternate, alternate_names,
	    ALTERNATES),
	FIELD_INT(steer, "to_rtt_us", to_rtt_us, false, 0, T_MAX),
	FIELD_TEXT(steer, "signals", signals, MESSAGE_NAME, false),
	FIELD_TEXT(steer, "why", why, MESSAGE_NAME, true),
};
static const struct message_field diverted_fields[] = {
	FIELD_INT(diverted, "t", t_us, true, 0, T_MAX),
	FIELD_TEXT(diverted, "wan", wan, MESSAGE_NAME, true),
	FIELD_TEXT(diverted, "to", to, MESSAGE_NAME, true),
	FIELD_INT(diverted, "want", want, true, 0, 1),
	FIELD_INT(diverted, "on", on, false, 0, 1),
	FIELD_INT(diverted, "took_us", took_us, false, 0, T_MAX),
	FIELD_INT(diverted, "ok", ok, true, 0, 1),
	FIELD_INT(diverted, "wrote", wrote, false, 0, 1),
	FIELD_TEXT(diverted, "why", why, MESSAGE_NAME, false),
};
static const struct message_field alert_fields[] = {
	FIELD_INT(alert, "t", t_us, true, 0, T_MAX),
	FIELD_TEXT(alert, "wan", wan, MESSAGE_NAME, true),
	FIELD_TEXT(alert, "dir", dir, MESSAGE_NAME, false),
	FIELD_ENUM(alert, "event", event, event_words, EVENT_WORDS),
	FIELD_ENUM(alert, "severity", severity, severity_names, SEVERITIES),
	FIELD_TEXT(alert, "state", state, MESSAGE_NAME, false),
	FIELD_INT(alert, "delta_us", delta_us, false, -T_MAX, T_MAX),
	FIELD_INT(alert, "bps", bps, false, 1, BPS_MAX),
	FIELD_INT(alert, "for_us", for_us, true, 0, T_MAX),
	FIELD_INT(alert, "resolved", resolved, false, 1, 1),
	FIELD_TEXT(alert, "why", why, MESSAGE_NAME, false),
};
static const struct message_field memory_fields[] = {
	FIELD_INT(memory, "t", t_us, true, 0, T_MAX),
	FIELD_TEXT(memory, "wan", wan, MESSAGE_NAME, true),
	FIELD_INT(memory, "part", part, true, 1, 1000),
	FIELD_INT(memory, "of", of, true, 1, 1000),
	FIELD_TEXT(memory, "text", text, MESSAGE_TEXT, true),
};
/* clang-format on */

const char *const vote_names[VOTES] = { "unknown", "green", "yellow", "red" };
const char *const alternate_names[ALTERNATES] = { "good", "worse", "dead",
	"silent" };

KIND(rtt);
KIND(queue);
KIND(rate);
KIND(applied);
KIND(steer);
KIND(diverted);
KIND(alert);
KIND(memory);

const struct message_kind *const message_kinds[] = {
	&message_rtt,
	&message_queue,
	&message_rate,
	&message_applied,
	&message_steer,
	&message_diverted,
	&message_alert,
	&message_memory,
	NULL,
};

void
message_clear(const struct message_kind *k, void *out)
{
	const int64_t none = NONE;

	for (size_t i = 0; i < k->count; i++) {
		char *at = (char *)out + k->fields[i].offset;

		if (k->fields[i].size == 0)
			memcpy(at, &none, sizeof none);
		else
			*at = '\0';
	}
}

static const char *
read_enum(const struct message_field *f, struct slice v, int64_t *out)
{
	for (int64_t i = 0; i <= f->hi; i++)
		if (slice_is(v, f->words[i])) {
			*out = i;
			return NULL;
		}
	return "unknown word";
}

static const char *
read_value(const struct message_field *f, struct slice v, char *at)
{
	const char *why;
	int64_t n;

	switch (f->type) {
	case MESSAGE_NAME:
		return text_is_name(v.at, v.len, f->size - 1) &&
			text_copy(at, f->size, v.at, v.len) ?
		    NULL :
		    "not a name, or too long";
	case MESSAGE_HOST:
		return text_is_host(v.at, v.len) &&
			text_copy(at, f->size, v.at, v.len) ?
		    NULL :
		    "not a host, or too long";
	case MESSAGE_TEXT:
		return text_copy(at, f->size, v.at, v.len) ? NULL : "too long";
	case MESSAGE_ENUM:
		why = read_enum(f, v, &n);
		break;
	default:
		why = number_int(v.at, v.len, f->lo, f->hi, &n);
	}
	if (why == NULL)
		memcpy(at, &n, sizeof n);
	return why;
}

/* Index of the field of that key, k->count if unknown. Records are written in
 * the order of the table, so the search begins where the last one ended. */
static size_t
find_field(const struct message_kind *k, struct slice key, size_t from)
{
	for (size_t n = 0; n < k->count; n++) {
		size_t i = from + n < k->count ? from + n : from + n - k->count;

		if (slice_is(key, k->fields[i].key))
			return i;
	}
	return k->count;
}

const char *
message_unpack(const struct message_kind *k, void *out, const struct record *r,
    const char **culprit)
{
	uint32_t seen = 0;
	const char *why;
	size_t at = 0;

	message_clear(k, out);
	for (size_t i = 0; i < r->fields; i++) {
		size_t found = find_field(k, r->field[i].key, at);
		const struct message_field *f = &k->fields[found];

		if (found == k->count)
			continue;
		at = found + 1;
		seen |= (uint32_t)1 << found;
		*culprit = f->key;
		why = read_value(f, r->field[i].value, (char *)out + f->offset);
		if (why != NULL)
			return why;
	}
	for (size_t i = 0; i < k->count; i++) {
		*culprit = k->fields[i].key;
		if (k->fields[i].required && (seen >> i & 1) == 0)
			return "is missing";
	}
	return NULL;
}

/* So that what is written is read. */
static int64_t
bounded(const struct message_field *f, int64_t n)
{
	int64_t lo = f->type == MESSAGE_ENUM ? 0 : f->lo;

	return n < lo ? lo : n > f->hi ? f->hi : n;
}

size_t
message_pack(const struct message_kind *k, char out[static RECORD_MAX + 1],
    const void *in)
{
	struct text line;

	text_init(&line, out, RECORD_MAX + 1);
	text_add(&line, k->kind);
	for (size_t i = 0; i < k->count; i++) {
		const struct message_field *f = &k->fields[i];
		const char *at = (const char *)in + f->offset;
		int64_t n = 0;

		if (f->size == 0)
			memcpy(&n, at, sizeof n);
		if (f->size == 0 ? n == NONE : *at == '\0')
			continue;
		n = bounded(f, n);
		text_bytes(&line, " ", 1);
		text_add(&line, f->key);
		text_bytes(&line, "=", 1);
		if (f->size != 0)
			text_add(&line, at);
		else if (f->type == MESSAGE_ENUM)
			text_add(&line, f->words[n]);
		else
			text_int(&line, n);
	}
	text_bytes(&line, "\n", 1);
	return line.full ? 0 : line.len;
}

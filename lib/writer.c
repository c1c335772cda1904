/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writer.h"

#include <string.h>

#include "number.h"
#include "text.h"

void
writer_init(struct writer *w)
{
	*w = (struct writer){ .want_bps = NONE, .has_bps = NONE };
}

const char *
writer_decide(struct writer *w, const struct settings *s,
    const struct rate *rate, int64_t now_us)
{
	const struct direction_settings *d = &s->dir[rate->dir];
	int64_t floor_bps = d->floor_bps[ZONE_RED], bps = rate->bps;

	if (now_us - rate->t_us > s->shaper.max_age_us)
		return "stale";
	if (bps < floor_bps)
		bps = floor_bps;
	if (bps > d->ceiling_bps)
		bps = d->ceiling_bps;
	w->clamped = bps != rate->bps;
	w->want_bps = bps;
	w->want_t_us = rate->t_us;
	w->fresh = true;
	return NULL;
}

static int64_t
difference(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

bool
writer_must_write(const struct writer *w, const struct settings *s)
{
	if (w->want_bps == NONE)
		return false;
	if (w->has_bps == NONE || w->has_bps == 0)
		return true;
	return difference(w->want_bps, w->has_bps) >
	    number_muldiv(w->has_bps, s->shaper.deadband_ppm, NUMBER_PPM);
}

bool
writer_took(const struct writer *w)
{
	/* One part in a thousand, or what eight bits of a byte lose. */
	return w->has_bps != NONE &&
	    difference(w->want_bps, w->has_bps) <= w->want_bps / 1000 + 8;
}

/* --- state --------------------------------------------------------------- */

struct head {
	int64_t v;
	char program[WORD_MAX], wan[WAN_MAX];
};
struct shaper_line {
	int64_t dir, bps, writes, failures;
};

/* clang-format off */
static const struct message_field head_fields[] = {
	FIELD_INT(head, "v", v, true, 1, 1),
	FIELD_TEXT(head, "program", program, MESSAGE_NAME, true),
	FIELD_TEXT(head, "wan", wan, MESSAGE_NAME, true),
};
static const struct message_field shaper_fields[] = {
	FIELD_ENUM(shaper_line, "dir", dir, direction_names, DIRECTIONS),
	FIELD_INT(shaper_line, "bps", bps, false, 1, 1000000000000),
	FIELD_INT(shaper_line, "writes", writes, true, 0, (int64_t)1 << 53),
	FIELD_INT(shaper_line, "failures", failures, true, 0,
	    (int64_t)1 << 53),
};
/* clang-format on */
static const struct message_kind head_kind = { "state", head_fields,
	FIELD_COUNT(head_fields) };
static const struct message_kind shaper_kind = { "shaper", shaper_fields,
	FIELD_COUNT(shaper_fields) };

const struct message_kind *const writer_kinds[] = { &head_kind, &shaper_kind,
	NULL };

static void
add(struct text *t, const struct message_kind *kind, const void *line)
{
	char packed[RECORD_MAX + 1];

	text_bytes(t, packed, message_pack(kind, packed, line));
}

void
writer_describe(const struct writer w[static DIRECTIONS],
    const struct applied last[static DIRECTIONS], const struct settings *s,
    char out[static WRITER_TEXT_MAX])
{
	struct head h = { .v = 1, .program = "wanctl-setrate" };
	struct text t;

	text_init(&t, out, WRITER_TEXT_MAX);
	text_copy(h.wan, sizeof h.wan, s->wan.name, strlen(s->wan.name));
	add(&t, &head_kind, &h);
	for (int i = 0; i < DIRECTIONS; i++) {
		struct shaper_line line = { i, w[i].want_bps, w[i].writes,
			w[i].failures };

		add(&t, &shaper_kind, &line);
	}
	text_add(&t, "live\n");
	for (int i = 0; i < DIRECTIONS; i++)
		if (last[i].t_us != NONE)
			add(&t, &message_applied, &last[i]);
}

static const char *
take_head(const struct settings *s, const struct record *r)
{
	const char *why, *culprit;
	struct head h;

	if ((why = message_unpack(&head_kind, &h, r, &culprit)) != NULL)
		return why;
	if (strcmp(h.program, "wanctl-setrate") != 0)
		return "is of another program";
	return strcmp(h.wan, s->wan.name) == 0 ? NULL : "is of another line";
}

static const char *
take_line(struct writer w[static DIRECTIONS], const struct record *r)
{
	const char *why, *culprit;
	struct shaper_line line;

	if (!slice_is(r->kind, shaper_kind.kind))
		return NULL;
	if ((why = message_unpack(&shaper_kind, &line, r, &culprit)) != NULL)
		return why;
	/* What was wanted before is no decision now: only the counts stay. */
	w[line.dir].writes = line.writes;
	w[line.dir].failures = line.failures;
	return NULL;
}

const char *
writer_restore(struct writer w[static DIRECTIONS], const struct settings *s,
    const char *text)
{
	const char *line = text, *why = NULL;
	struct record r;

	for (int i = 0; i < DIRECTIONS; i++)
		writer_init(&w[i]);
	while (*line != '\0' && why == NULL) {
		size_t len = strcspn(line, "\n");

		why = record_parse(&r, line, len);
		if (why == NULL)
			why = line == text ? take_head(s, &r) :
					     take_line(w, &r);
		line += len + (line[len] == '\n');
	}
	for (int i = 0; i < DIRECTIONS && why != NULL; i++)
		writer_init(&w[i]);
	return why;
}

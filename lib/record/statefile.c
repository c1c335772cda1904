/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/statefile.h"

#include <string.h>

struct head {
	int64_t v;
	char program[WORD_MAX], wan[WAN_MAX];
};

static const struct message_field head_fields[] = {
	FIELD_INT(head, "v", v, true, 1, 1),
	FIELD_TEXT(head, "program", program, MESSAGE_NAME, true),
	FIELD_TEXT(head, "wan", wan, MESSAGE_NAME, true),
};
const struct message_kind statefile_head = { "state", head_fields,
	FIELD_COUNT(head_fields) };
const struct message_kind statefile_live_kind = { "live", head_fields, 0 };

/* --- to text -------------------------------------------------------------- */

void
statefile_add(struct text *t, const struct message_kind *kind, const void *line)
{
	char packed[RECORD_MAX + 1];

	text_bytes(t, packed, message_pack(kind, packed, line));
}

void
statefile_begin(struct text *t, const char *program, const char *wan)
{
	struct head h = { .v = 1 };

	text_copy(h.program, sizeof h.program, program, strlen(program));
	text_copy(h.wan, sizeof h.wan, wan, strlen(wan));
	statefile_add(t, &statefile_head, &h);
}

void
statefile_live(struct text *t)
{
	statefile_add(t, &statefile_live_kind, NULL);
}

/* --- from text ------------------------------------------------------------ */

const char *
statefile_each(const char *text, statefile_take *take, void *to)
{
	const char *why = NULL;
	struct record r;

	while (*text != '\0' && why == NULL) {
		size_t len = strcspn(text, "\n");

		if ((why = record_parse(&r, text, len)) == NULL)
			why = take(to, &r);
		text += len + (text[len] == '\n');
	}
	return why;
}

/* Whose the text is, and who is to have what follows. */
struct reading {
	const char *program, *wan;
	bool begun;
	statefile_take *take;
	void *to;
};

static const char *
check_head(const struct reading *reading, const struct record *line)
{
	struct head h;
	const char *why, *culprit;

	if (!slice_is(line->kind, statefile_head.kind))
		return "does not begin with a state record";
	if ((why = message_unpack(&statefile_head, &h, line, &culprit)) != NULL)
		return why;
	if (strcmp(h.program, reading->program) != 0)
		return "is of another program";
	return strcmp(h.wan, reading->wan) == 0 ? NULL : "is of another line";
}

static const char *
take_after_head(void *user, const struct record *line)
{
	struct reading *reading = user;

	if (reading->begun)
		return reading->take(reading->to, line);
	reading->begun = true;
	return check_head(reading, line);
}

const char *
statefile_read(const char *text, const char *program, const char *wan,
    statefile_take *take, void *to)
{
	struct reading reading = { program, wan, false, take, to };
	const char *why = statefile_each(text, take_after_head, &reading);

	return why == NULL && !reading.begun ? "is empty" : why;
}

const struct message_kind *
statefile_unpack(const struct message_kind *const kinds[], void *line,
    const struct record *r, const char **why)
{
	const char *culprit;

	*why = NULL;
	for (size_t i = 0; kinds[i] != NULL; i++)
		if (slice_is(r->kind, kinds[i]->kind)) {
			*why = message_unpack(kinds[i], line, r, &culprit);
			return *why == NULL ? kinds[i] : NULL;
		}
	return NULL;
}

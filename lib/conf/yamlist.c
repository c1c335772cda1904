/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/yamlist.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"

/* Where the parser is: one level for each open mapping or list. */
struct level {
	bool list, has_key;
	int index;
	size_t path; /* length of the path to it */
};

struct reader {
	struct keylist *list;
	struct level level[YAMLIST_DEPTH];
	int depth;
	char path[KEYLIST_PATH_MAX];
	int documents;
};

static int
refuse(struct reader *r, size_t line, const char *why)
{
	return keylist_fail(r->list, (int)line, why);
}

/* The path gets one more part. */
static bool
extend(struct reader *r, const char *part, size_t len)
{
	size_t at = r->depth > 0 ? r->level[r->depth - 1].path : 0;

	if (at + 1 + len >= KEYLIST_PATH_MAX || memchr(part, '\0', len) != NULL)
		return false;
	if (at > 0)
		r->path[at++] = '.';
	memcpy(r->path + at, part, len);
	r->path[at + len] = '\0';
	(void)text_printable(r->path);
	return true;
}

/* A value begins: in a list, its index is the last part of its path. */
static bool
begin_value(struct reader *r)
{
	struct level *l = r->depth > 0 ? &r->level[r->depth - 1] : NULL;
	char index[16];

	if (l == NULL || !l->list)
		return true;
	snprintf(index, sizeof index, "%d", l->index++);
	return extend(r, index, strlen(index));
}

static void
end_value(struct reader *r)
{
	if (r->depth > 0)
		r->level[r->depth - 1].has_key = false;
}

static int
scalar(struct reader *r, const yaml_event_t *e)
{
	const char *v = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length, line = e->start_mark.line + 1;
	struct level *l = r->depth > 0 ? &r->level[r->depth - 1] : NULL;
	const char *why;

	if (l == NULL)
		return refuse(r, line, "not a configuration");
	if (!l->list && !l->has_key) {
		if (len == 0 || !extend(r, v, len))
			return refuse(r, line, "a key is empty or too long");
		l->has_key = true;
		return 0;
	}
	if (!begin_value(r))
		return refuse(r, line, "a key is too long");
	why = keylist_add(r->list, (int)line, r->path, v, len);
	if (why != NULL)
		return refuse(r, line, why);
	end_value(r);
	return 0;
}

static int
begin(struct reader *r, const yaml_event_t *e)
{
	size_t line = e->start_mark.line + 1;
	struct level *l = r->depth > 0 ? &r->level[r->depth - 1] : NULL;

	if (l != NULL && !l->list && !l->has_key)
		return refuse(r, line, "a key is not a word");
	if (r->depth == YAMLIST_DEPTH)
		return refuse(r, line, "too deep");
	if (!begin_value(r))
		return refuse(r, line, "a key is too long");
	r->level[r->depth++] = (struct level){ .list = e->type ==
		    YAML_SEQUENCE_START_EVENT,
		.path = strlen(r->path) };
	return 0;
}

static int
take_event(struct reader *r, const yaml_event_t *e)
{
	size_t line = e->start_mark.line + 1;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return refuse(r, line, "aliases are not read");
	case YAML_DOCUMENT_START_EVENT:
		return ++r->documents > 1 ?
		    refuse(r, line, "more than one document") :
		    0;
	case YAML_SCALAR_EVENT:
		return scalar(r, e);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return begin(r, e);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		end_value(r);
		if (r->depth == 0)
			r->path[0] = '\0';
		return 0;
	default:
		return 0;
	}
}

int
yamlist_parse(struct keylist *l, const char *text, size_t len)
{
	struct reader r = { .list = l };
	yaml_parser_t parser;
	yaml_event_t event;
	int status = 0;
	bool end = false;

	keylist_clear(l);
	if (!yaml_parser_initialize(&parser))
		return refuse(&r, 0, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (status == 0 && !end) {
		if (!yaml_parser_parse(&parser, &event)) {
			status = refuse(&r, parser.problem_mark.line + 1,
			    parser.problem != NULL ? parser.problem :
						     "no YAML");
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		status = take_event(&r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/sqm.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

/* The least that a line is expected to carry, of what it is set to. */
#define FLOOR_PERCENT 25

#define HOSTS "1.1.1.1 8.8.8.8 9.9.9.9"
/* With the device, as far as that fits, the name that sqm gives a download's.
 */
#define IFB "ifb4"

enum kind {
	INTERFACE, /* of three keys */
	RATE,      /* kbit/s; 0: not shaped */
	SCRIPT,    /* what makes the shaper */
	DROP,      /* key is the reason */
};

/* clang-format off */
static const struct import_rule rules[] = {
	{ "interface", INTERFACE, "upload", "device" },
	{ "download", RATE, "download", "ceiling" },
	{ "upload", RATE, "upload", "ceiling" },
	{ "script", SCRIPT, "shaper", "backend" },
	{ "enabled", DROP, NULL, "whether it begins is for its unit to say" },
	{ "debug_logging", DROP, NULL, "standard error goes to the journal" },
	{ "verbosity", DROP, NULL, "standard error goes to the journal" },
	{ "*", DROP, NULL, "sqm makes the shaper, and keeps its options" },
};
/* clang-format on */

/* The length of "queue.NAME.", 0 for another section. */
static size_t
queue_length(const char *path)
{
	const char *dot;

	if (strncmp(path, "queue.", 6) != 0 ||
	    (dot = strchr(path + 6, '.')) == NULL)
		return 0;
	return (size_t)(dot - path) + 1;
}

const char *
sqm_look(struct sqm_context *c, const struct keylist *l, const char *queue)
{
	const char *last = "";
	struct text t;
	int queues = 0;

	c->queue[0] = '\0';
	text_init(&t, c->why, sizeof c->why);
	text_add(&t, "more than one queue, -q NAME takes one:");
	for (size_t i = 0; i < l->items; i++) {
		const char *path = l->item[i].path;
		size_t len = queue_length(path);

		if (len == 0 || strncmp(path, last, len) == 0)
			continue;
		last = path;
		text_add(&t, " ");
		text_bytes(&t, path + 6, len - 7);
		if (*queue != '\0' &&
		    (strlen(queue) != len - 7 ||
			strncmp(path + 6, queue, len - 7) != 0))
			continue;
		queues++;
		(void)text_copy(c->queue, sizeof c->queue, path, len);
	}
	if (queues > 1)
		return c->why;
	if (queues == 1)
		return NULL;
	return *queue != '\0' ? "no queue of the name that -q says" :
				"no section of the type queue";
}

/* A download that is not shaped has no ifb. */
static void
drop_ifb(struct settings *s)
{
	size_t managed = settings_row("download", "managed");

	if (s->line[managed] <= 0 || s->dir[DOWN].managed != 0)
		return;
	s->dir[DOWN].device[0] = '\0';
	s->line[settings_row("download", "device")] = 0;
}

static void
take_interface(struct settings *s, const struct import_rule *r,
    const char *value, struct import_note *note)
{
	char ifb[SETTINGS_DEVICE_MAX];

	import_take(s, r, value, value, note);
	if (note->fate == IMPORT_DROPPED)
		return;
	(void)snprintf(ifb, sizeof ifb, IFB "%s", value);
	(void)import_set(s, "wan", "device", value);
	(void)import_set(s, "download", "device", ifb);
	note->fate = IMPORT_CHANGED;
	(void)snprintf(note->text, sizeof note->text,
	    "[wan] device = %s, [upload] device = %s, [download] device = %s",
	    value, value, ifb);
	drop_ifb(s);
}

/* A fixed rate is where the line is to begin, and the most that it gets. */
static void
take_rate(struct settings *s, const struct import_rule *r, const char *value,
    struct import_note *note)
{
	char ceiling[40], floor[NUMBER_TEXT_MAX];
	size_t row = settings_row(r->section, r->key);

	if (strcmp(value, "0") == 0) {
		(void)import_set(s, r->section, "managed", "no");
		note->fate = IMPORT_CHANGED;
		(void)snprintf(note->text, sizeof note->text,
		    "[%s] managed = no: 0 was not shaped", r->section);
		drop_ifb(s);
		return;
	}
	(void)snprintf(ceiling, sizeof ceiling, "%.32skbit", value);
	import_take(s, r, value, ceiling, note);
	if (note->fate == IMPORT_DROPPED)
		return;
	number_rate_text(floor,
	    number_muldiv(settings_number(s, row), FLOOR_PERCENT, 100));
	(void)import_set(s, r->section, "base", ceiling);
	(void)import_set(s, r->section, "floor", floor);
	(void)snprintf(note->text, sizeof note->text,
	    "[%s] ceiling = base = %s, floor = %s, %d %% of it", r->section,
	    ceiling, floor, FLOOR_PERCENT);
}

static void
take_script(struct settings *s, const struct import_rule *r, const char *value,
    struct import_note *note)
{
	if (strstr(value, "cake") != NULL) {
		import_take(s, r, value, "cake", note);
		return;
	}
	import_take(s, r, value, "htb", note);
	(void)snprintf(note->text, sizeof note->text,
	    "[shaper] backend = htb; 'tc class show' tells the classes");
}

void
sqm_take(struct settings *s, const struct sqm_context *c, const char *path,
    const char *value, struct import_note *note)
{
	size_t len = strlen(c->queue);
	const struct import_rule *r;

	if (len == 0 || strncmp(path, c->queue, len) != 0) {
		import_note(note, IMPORT_DROPPED, "of another section");
		return;
	}
	r = import_find(rules, path + len);
	if (r->kind == INTERFACE)
		take_interface(s, r, value, note);
	else if (r->kind == RATE)
		take_rate(s, r, value, note);
	else if (r->kind == SCRIPT)
		take_script(s, r, value, note);
	else
		import_note(note, IMPORT_DROPPED, r->key);
}

bool
sqm_finish(struct settings *s, int i, struct import_note *note)
{
	if (i > 0 || s->ping.hosts > 0)
		return false;
	(void)import_set(s, "ping", "hosts", HOSTS);
	import_note(note, IMPORT_CHANGED,
	    "[ping] hosts = " HOSTS ": sqm asks nobody");
	return true;
}

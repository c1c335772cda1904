/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/discovery.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "record/zone.h"

enum {
	QUEUE_NAME,
	QUEUE_PARENT,
	QUEUE_TYPE,
	QUEUE_LIMIT,
	QUEUE_DISABLED,
	QUEUE_INVALID
};
enum {
	SIMPLE_NAME,
	SIMPLE_TARGET,
	SIMPLE_TYPES,
	SIMPLE_LIMIT,
	SIMPLE_DISABLED,
	SIMPLE_INVALID,
	SIMPLE_DYNAMIC
};
enum { TYPE_NAME, TYPE_KIND, TYPE_BANDWIDTH };
enum { RULE_COMMENT, RULE_DISABLED, RULE_INVALID, RULE_DYNAMIC };
enum { FILTER_ACTION, FILTER_DISABLED, FILTER_INVALID };

const struct discovery_list discovery_lists[DISCOVERY_MENUS] = {
	[DISCOVERY_QUEUES] = { "queue/tree",
	    { "name", "parent", "queue", "max-limit", "disabled", "invalid" } },
	[DISCOVERY_SIMPLE] = { "queue/simple",
	    { "name", "target", "queue", "max-limit", "disabled", "invalid",
		"dynamic" } },
	[DISCOVERY_TYPES] = { "queue/type",
	    { "name", "kind", "cake-bandwidth" } },
	[DISCOVERY_RULES] = { "ip/firewall/mangle",
	    { "comment", "disabled", "invalid", "dynamic" } },
	[DISCOVERY_FILTERS] = { "ip/firewall/filter",
	    { "action", "disabled", "invalid" } },
};

struct teller {
	const struct discovery *d;
	discovery_teller *tell;
	void *user;
	int wrong;
};

bool
discovery_needs(const struct settings *s, enum discovery_menu menu)
{
	bool simple = s->router.simple[0] != '\0';

	switch (menu) {
	case DISCOVERY_QUEUES:
		return !simple;
	case DISCOVERY_SIMPLE:
		return simple;
	case DISCOVERY_TYPES:
		return true;
	case DISCOVERY_RULES:
		return s->router.rule[0] != '\0';
	case DISCOVERY_FILTERS:
	default:
		return false;
	}
}

void
discovery_add(struct discovery *d, enum discovery_menu menu,
    const char *const value[])
{
	const char *const *properties = discovery_lists[menu].properties;
	size_t n = d->rows[menu]++;

	if (n >= DISCOVERY_ROWS)
		return;
	for (size_t i = 0; properties[i] != NULL; i++) {
		char *to = d->row[menu][n].value[i];

		(void)snprintf(to, DISCOVERY_VALUE, "%s", value[i]);
		text_printable(to);
	}
}

/* The first row whose first property is that, and how many there are. */
static const struct discovery_row *
find(const struct discovery *d, enum discovery_menu menu, const char *name,
    int *count)
{
	const struct discovery_row *found = NULL;

	*count = 0;
	for (size_t i = 0; i < d->rows[menu] && i < DISCOVERY_ROWS; i++)
		if (strcmp(d->row[menu][i].value[0], name) == 0 &&
		    ++*count == 1)
			found = &d->row[menu][i];
	return found;
}

static bool
is_true(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "yes") == 0;
}

/* --- telling -------------------------------------------------------------- */

static void
tell_line(struct teller *t, bool wrong, const char *format, const char *a,
    const char *b, const char *c)
{
	char line[4 * DISCOVERY_VALUE];

	(void)snprintf(line, sizeof line, "%s%s%s%s", format, a, b, c);
	t->wrong += wrong;
	t->tell(t->user, wrong, line);
}

static void
list_simple(struct teller *t)
{
	const struct discovery *d = t->d;
	char detail[3 * DISCOVERY_VALUE];

	for (size_t i = 0; i < d->rows[DISCOVERY_SIMPLE] && i < DISCOVERY_ROWS;
	     i++) {
		const struct discovery_row *q = &d->row[DISCOVERY_SIMPLE][i];

		(void)snprintf(detail, sizeof detail,
		    ": target %.60s, max-limit %.40s, types %.80s%s%s%s",
		    q->value[SIMPLE_TARGET], q->value[SIMPLE_LIMIT],
		    q->value[SIMPLE_TYPES],
		    is_true(q->value[SIMPLE_DISABLED]) ? ", disabled" : "",
		    is_true(q->value[SIMPLE_INVALID]) ? ", invalid" : "",
		    is_true(q->value[SIMPLE_DYNAMIC]) ? ", dynamic" : "");
		tell_line(t, false, "simple queue ", q->value[SIMPLE_NAME],
		    detail, "");
	}
}

static void
list_all(struct teller *t)
{
	const struct discovery *d = t->d;
	char detail[3 * DISCOVERY_VALUE];

	for (size_t i = 0; i < d->rows[DISCOVERY_QUEUES] && i < DISCOVERY_ROWS;
	     i++) {
		const struct discovery_row *q = &d->row[DISCOVERY_QUEUES][i];
		const struct discovery_row *type;
		int n;

		type = find(d, DISCOVERY_TYPES, q->value[QUEUE_TYPE], &n);
		(void)snprintf(detail, sizeof detail,
		    ": parent %.60s, max-limit %.30s, type %.60s (%.30s)%s%s",
		    q->value[QUEUE_PARENT], q->value[QUEUE_LIMIT],
		    q->value[QUEUE_TYPE],
		    type == NULL ? "unknown" : type->value[TYPE_KIND],
		    is_true(q->value[QUEUE_DISABLED]) ? ", disabled" : "",
		    is_true(q->value[QUEUE_INVALID]) ? ", invalid" : "");
		tell_line(t, false, "queue ", q->value[QUEUE_NAME], detail, "");
	}
	list_simple(t);
	for (size_t i = 0; i < d->rows[DISCOVERY_RULES] && i < DISCOVERY_ROWS;
	     i++) {
		const struct discovery_row *r = &d->row[DISCOVERY_RULES][i];

		if (r->value[RULE_COMMENT][0] != '\0')
			tell_line(t, false, "rule ", r->value[RULE_COMMENT],
			    ": ",
			    is_true(r->value[RULE_DISABLED]) ? "off" : "on");
	}
	for (int i = 0; i < DISCOVERY_MENUS; i++)
		if (d->absent[i])
			tell_line(t, false, "the router has no ",
			    discovery_lists[i].menu, "", "");
}

static void
check_type(struct teller *t, const char *name, const char *type_name)
{
	const char *bandwidth;
	const struct discovery_row *type;
	int n;

	type = find(t->d, DISCOVERY_TYPES, type_name, &n);
	if (type == NULL || strcmp(type->value[TYPE_KIND], "cake") != 0) {
		tell_line(t, true, "queue ", name,
		    ": its type is not CAKE: ", type_name);
		return;
	}
	bandwidth = type->value[TYPE_BANDWIDTH];
	if (strspn(bandwidth, "0") == 0 && *bandwidth != '\0')
		tell_line(t, true, "type ", type_name,
		    ": cake-bandwidth must be 0, since max-limit of the queue "
		    "is what is set; it is ",
		    bandwidth);
}

static void
check_queue(struct teller *t, const char *key, const char *name)
{
	const struct discovery_row *queue;
	int n;

	if (*name == '\0') {
		tell_line(t, true, key, " is not set", "", "");
		return;
	}
	queue = find(t->d, DISCOVERY_QUEUES, name, &n);
	if (queue == NULL) {
		tell_line(t, true, key,
		    ": no queue of that name in the queue tree: ", name, "");
		return;
	}
	if (n > 1)
		tell_line(t, true, key,
		    ": more than one queue has that name: ", name, "");
	if (is_true(queue->value[QUEUE_DISABLED]))
		tell_line(t, true, key, ": that queue is disabled: ", name, "");
	/* The router takes any rate for it, and shapes nothing. */
	if (is_true(queue->value[QUEUE_INVALID])) {
		char detail[2 * DISCOVERY_VALUE];

		(void)snprintf(detail, sizeof detail,
		    "%.100s; is its parent there: %.100s?", name,
		    queue->value[QUEUE_PARENT]);
		tell_line(t, true, key, ": that queue is invalid: ", detail,
		    "");
	}
	check_type(t, name, queue->value[QUEUE_TYPE]);
}

/* Two types, "upload/download". */
static void
check_types(struct teller *t, const char *name, const char *types)
{
	char type[DISCOVERY_VALUE];
	size_t len = strcspn(types, "/");

	(void)text_copy(type, sizeof type, types, len);
	check_type(t, name, type);
	if (types[len] == '/' && strcmp(types + len + 1, type) != 0)
		check_type(t, name, types + len + 1);
}

static void
check_simple(struct teller *t, const char *name)
{
	static const char key[] = "simple_queue: ";
	const struct discovery_row *queue;
	int n;

	queue = find(t->d, DISCOVERY_SIMPLE, name, &n);
	if (queue == NULL) {
		tell_line(t, true, key, "no simple queue of that name: ", name,
		    "");
		return;
	}
	if (n > 1)
		tell_line(t, true, key, "more than one has that name: ", name,
		    "");
	if (is_true(queue->value[SIMPLE_DISABLED]))
		tell_line(t, true, key, "that queue is disabled: ", name, "");
	if (is_true(queue->value[SIMPLE_INVALID]))
		tell_line(t, true, key,
		    "that queue is invalid, and shapes nothing: ", name, "");
	if (is_true(queue->value[SIMPLE_DYNAMIC]))
		tell_line(t, true, key,
		    "that queue is the router's own (dynamic) and cannot be "
		    "set: ",
		    name, "");
	if (queue->value[SIMPLE_TARGET][0] == '\0')
		tell_line(t, true, key,
		    "that queue has no target, and takes nothing: ", name, "");
	check_types(t, name, queue->value[SIMPLE_TYPES]);
}

static void
check_rule(struct teller *t, const char *comment)
{
	const struct discovery_row *rule;
	int n;

	if (*comment == '\0')
		return;
	rule = find(t->d, DISCOVERY_RULES, comment, &n);
	if (rule != NULL && is_true(rule->value[RULE_INVALID]))
		tell_line(t, true,
		    "rule: that mangle rule is invalid: ", comment, "", "");
	if (rule != NULL && is_true(rule->value[RULE_DYNAMIC]))
		tell_line(t, true,
		    "rule: that mangle rule is the router's own (dynamic) and "
		    "cannot be switched: ",
		    comment, "", "");
	if (n == 0)
		tell_line(t, true,
		    "rule: no mangle rule has that comment: ", comment, "", "");
	if (n > 1)
		tell_line(t, true,
		    "rule: more than one mangle rule has that comment: ",
		    comment, "", "");
}

int
discovery_tell(const struct discovery *d, const struct settings *s,
    discovery_teller *tell, void *user)
{
	static const char *const keys[DIRECTIONS] = { "download_queue",
		"upload_queue" };
	struct teller t = { d, tell, user, 0 };

	list_all(&t);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (s->router.simple[0] == '\0' && settings_has_queue(s, dir))
			check_queue(&t, keys[dir], s->router.queue[dir]);
	if (s->router.simple[0] != '\0')
		check_simple(&t, s->router.simple);
	check_rule(&t, s->router.rule);
	for (size_t i = 0; i < d->rows[DISCOVERY_FILTERS] && i < DISCOVERY_ROWS;
	     i++) {
		const struct discovery_row *f = &d->row[DISCOVERY_FILTERS][i];

		if (strcmp(f->value[FILTER_ACTION], "fasttrack-connection") ==
			0 &&
		    !is_true(f->value[FILTER_DISABLED]) &&
		    !is_true(f->value[FILTER_INVALID]))
			tell_line(&t, true,
			    "a firewall filter rule fast-tracks connections: "
			    "these pass by the queues",
			    "", "", "");
	}
	for (int i = 0; i < DISCOVERY_MENUS; i++)
		if (d->rows[i] > DISCOVERY_ROWS)
			tell_line(&t, true, discovery_lists[i].menu,
			    ": has more rows than are looked at", "", "");
	return t.wrong;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RouterOS over REST: one GET for both queues, a PATCH for each change. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "record/messages.h"
#include "router/transport.h"

#define TREE "/rest/queue/tree"
#define SIMPLE "/rest/queue/simple"
#define QUEUE_LIST                                     \
	"?.proplist=.id,name,max-limit,bytes,packets," \
	"dropped,queued-bytes,queued-packets,disabled,invalid"
#define MANGLE "/rest/ip/firewall/mangle"
#define MANGLE_LIST MANGLE "?.proplist=.id,comment,disabled,invalid"
#define BODY 64
#define NAME_SIZE 256
#define BPS_MOST 1000000000000

static struct rest_peer
peer_of(const struct settings *s)
{
	return (struct rest_peer){ .address = s->router.address,
		.user = s->router.user,
		.password_file = s->router.password_file,
		.ca_file = s->router.ca_file,
		.pin = s->router.pin,
		.tls_name = s->router.tls_name,
		.port = (int)s->router.rest_port,
		.insecure = s->router.insecure == 1,
		.connect_us = s->router.connect_us,
		.timeout_us = s->router.timeout_us };
}

/* A single refusal of the login may belong to somebody else's request that
 * was given up: only a second one, some time later, is believed. */
static enum failure
unauthorised(struct transport *t)
{
	int64_t now_us = clock_monotonic();

	if (t->refused_us != 0 && now_us - t->refused_us >= TRANSPORT_QUIET_US)
		return transport_fail(t, FAILURE_CREDENTIALS,
		    "the router refuses user and password; is the user's "
		    "group allowed rest-api?",
		    "");
	if (t->refused_us == 0)
		t->refused_us = now_us;
	t->quiet_us = TRANSPORT_QUIET_US;
	return transport_fail(t, FAILURE_UNSURE,
	    "the router refused user and password once; asked again in 3 s",
	    "");
}

static enum failure
judge_status(struct transport *t)
{
	char said[200], what[60];
	enum failure why;

	if (t->rest.status == 401)
		return unauthorised(t);
	t->refused_us = 0;
	if (t->rest.status == 200)
		return WORKED;
	why = routeros_rest_error(t->rest.status, t->rest.reply, t->rest.len,
	    said, sizeof said);
	(void)snprintf(what, sizeof what, "the router says %ld",
	    t->rest.status);
	return transport_fail(t, why, what, said);
}

static enum failure
request(struct transport *t, const char *method, const char *path,
    const char *body, bool anew)
{
	struct rest_peer peer = peer_of(t->settings);
	enum failure why = rest_request(&t->rest, &peer, method, path, body,
	    anew);

	if (why == WORKED)
		return judge_status(t);
	/* It does not take it well if more comes now. */
	if (why == FAILURE_TIMEOUT)
		t->quiet_us = TRANSPORT_QUIET_US;
	return transport_fail(t, why, t->rest.detail, "");
}

static enum failure
garbled(struct transport *t)
{
	return transport_fail(t, FAILURE_GARBLED,
	    "the answer is not what was asked for", "");
}

/* A new connection. What was learnt over the last one is forgotten; a router
 * that has just started may answer with anything, so its first answer is
 * looked at. */
static enum failure
open_connection(struct transport *t)
{
	struct routeros_row row;
	char text[64];
	enum failure why;
	size_t at = 0;

	if (t->rest.open)
		return WORKED;
	t->id[DOWN][0] = t->id[UP][0] = t->rule_id[0] = '\0';
	why = request(t, "GET", "/rest/system/resource", NULL, true);
	if (why != WORKED)
		return why;
	t->seen_us = clock_monotonic();
	if (routeros_next(t->rest.reply, t->rest.len, &at, &row) != 1 ||
	    !routeros_text(&row, "version", text, sizeof text) ||
	    !routeros_text(&row, "uptime", text, sizeof text) ||
	    routeros_duration(text, strlen(text), &t->uptime_us) != NULL)
		return garbled(t);
	t->sectors = routeros_count(&row, "write-sect-since-reboot");
	if (t->sectors < 0)
		t->sectors = NONE;
	return WORKED;
}

/* "lost" is between us and the connection: that it was so again is a reset. */
static enum failure
not_lost(enum failure why)
{
	return why != WORKED && why == FAILURE_LOST ? FAILURE_RESET : why;
}

/* Reads only: over a new connection if the old one is gone. */
static enum failure
get(struct transport *t, const char *path)
{
	enum failure why = open_connection(t);

	if (why == WORKED)
		why = request(t, "GET", path, NULL, false);
	if (why == WORKED || (why != FAILURE_LOST && why != FAILURE_RESET))
		return why;
	why = open_connection(t);
	return not_lost(
	    why != WORKED ? why : request(t, "GET", path, NULL, false));
}

/* --- queues --------------------------------------------------------------- */

/* A key that is absent is false. */
static bool
is_set(const struct routeros_row *row, const char *key)
{
	char text[16];

	return routeros_text(row, key, text, sizeof text) &&
	    strcmp(text, "true") == 0;
}

static struct routeros_flags
flags_of(const struct routeros_row *row)
{
	return (struct routeros_flags){ .disabled = is_set(row, "disabled"),
		.invalid = is_set(row, "invalid") };
}

static enum failure
is_twice(struct transport *t, const char *name)
{
	return transport_fail(t, FAILURE_DUPLICATE,
	    t->simple ? "more than one simple queue of this name" :
			"more than one queue of this name in the queue tree",
	    name);
}

static bool
is_plausible(const struct transport *t, enum direction dir,
    const struct routeros_queue *q)
{
	return routeros_is_id(t->id[dir]) && q->bps >= 0 &&
	    q->bps <= BPS_MOST && q->bytes >= 0 && q->packets >= 0;
}

/* Of a simple queue the direction's half. */
static int64_t
count_of(const struct transport *t, const struct routeros_row *row,
    const char *key, enum direction dir)
{
	int64_t n[DIRECTIONS];

	if (!t->simple)
		return routeros_count(row, key);
	routeros_counts(row, key, n);
	return n[dir];
}

static enum failure
take_queue(struct transport *t, const struct routeros_row *row,
    enum direction dir, struct routeros_queue *q)
{
	if (t->id[dir][0] != '\0')
		return is_twice(t, t->name[dir]);
	q->bps = count_of(t, row, "max-limit", dir);
	q->bytes = count_of(t, row, "bytes", dir);
	q->packets = count_of(t, row, "packets", dir);
	q->drops = count_of(t, row, "dropped", dir);
	q->backlog = count_of(t, row, "queued-bytes", dir);
	q->queued = count_of(t, row, "queued-packets", dir);
	/* Always 0 for CAKE there: that says nothing. */
	if (q->drops <= 0)
		q->drops = NONE;
	if (!routeros_text(row, ".id", t->id[dir], ROUTEROS_ID) ||
	    !is_plausible(t, dir, q))
		return garbled(t);
	return WORKED;
}

static bool
is_row(const struct routeros_row *row)
{
	char id[ROUTEROS_ID];

	return routeros_text(row, ".id", id, sizeof id) && routeros_is_id(id);
}

static enum failure
take_queues(struct transport *t, struct routeros_queue q[static DIRECTIONS])
{
	struct routeros_flags flags[DIRECTIONS] = { 0 };
	enum failure why = WORKED;
	char name[NAME_SIZE];
	struct routeros_row row;
	size_t at = 0;
	int got;

	t->id[DOWN][0] = t->id[UP][0] = '\0';
	while (why == WORKED &&
	    (got = routeros_next(t->rest.reply, t->rest.len, &at, &row)) != 0) {
		if (got == -1)
			return garbled(t);
		/* Just after it started, a router may answer something
		 * else. */
		if (!is_row(&row) ||
		    !routeros_text(&row, "name", name, sizeof name))
			return garbled(t);
		for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
			if (why == WORKED && strcmp(name, t->name[dir]) == 0) {
				why = take_queue(t, &row, dir, &q[dir]);
				flags[dir] = flags_of(&row);
			}
	}
	for (enum direction dir = DOWN; dir < DIRECTIONS && why == WORKED;
	     dir++)
		if (t->id[dir][0] == '\0')
			why = transport_fail(t, FAILURE_MISSING,
			    t->simple ?
				"no simple queue of this name" :
				"no queue of this name in the queue tree",
			    t->name[dir]);
	if (why == WORKED)
		why = transport_judge_queues(t, flags);
	if (why != WORKED)
		t->id[DOWN][0] = t->id[UP][0] = '\0';
	return why;
}

static enum failure
get_queues(struct transport *t, struct routeros_queue q[static DIRECTIONS])
{
	enum failure why = get(t,
	    t->simple ? SIMPLE QUEUE_LIST : TREE QUEUE_LIST);

	return why != WORKED ? why : take_queues(t, q);
}

/* A refusal comes before the router has done anything. */
static bool
is_refusal(enum failure why)
{
	return why == FAILURE_PERMISSION || why == FAILURE_UNSURE ||
	    why == FAILURE_CREDENTIALS;
}

/* One change, of the queue that has the direction. What the router answers is
 * the queue as it is then, in *row. */
static enum failure
patch_row(struct transport *t, enum direction dir, const char *body,
    struct routeros_row *row)
{
	char path[80], name[NAME_SIZE];
	enum failure why;
	size_t at = 0;

	(void)snprintf(path, sizeof path, "%s/%s", t->simple ? SIMPLE : TREE,
	    t->id[dir]);
	why = request(t, "PATCH", path, body, false);
	if (why != WORKED && why == FAILURE_LOST)
		return why;
	t->wrote = t->wrote || why == WORKED || !is_refusal(why);
	if (why != WORKED)
		return why;
	return routeros_next(t->rest.reply, t->rest.len, &at, row) == 1 &&
		routeros_text(row, "name", name, sizeof name) &&
		strcmp(name, t->name[dir]) == 0 ?
	    WORKED :
	    garbled(t);
}

static enum failure
patch_queue(struct transport *t, enum direction dir, int64_t bps, int64_t *has)
{
	struct routeros_row row;
	char body[BODY];
	enum failure why;

	(void)snprintf(body, sizeof body, "{\"max-limit\":\"%lld\"}",
	    (long long)bps);
	why = patch_row(t, dir, body, &row);
	if (why == WORKED && (*has = routeros_count(&row, "max-limit")) < 0)
		return garbled(t);
	return why;
}

/* Both at once; the one that is not asked for is what it has. */
static enum failure
patch_simple(struct transport *t, const int64_t bps[static DIRECTIONS],
    int64_t has[static DIRECTIONS])
{
	int64_t want[DIRECTIONS];
	struct routeros_row row;
	char body[BODY];
	enum failure why;

	for (int dir = 0; dir < DIRECTIONS; dir++)
		want[dir] = bps[dir] > 0 ? bps[dir] : has[dir];
	if (want[DOWN] == has[DOWN] && want[UP] == has[UP])
		return WORKED;
	(void)snprintf(body, sizeof body, "{\"max-limit\":\"%lld/%lld\"}",
	    (long long)want[UP], (long long)want[DOWN]);
	why = patch_row(t, DOWN, body, &row);
	if (why != WORKED)
		return why;
	routeros_counts(&row, "max-limit", has);
	return has[DOWN] < 0 ? garbled(t) : WORKED;
}

static enum failure
read_rates(struct transport *t, int64_t has[static DIRECTIONS])
{
	struct routeros_queue q[DIRECTIONS];
	enum failure why = get_queues(t, q);

	if (why == WORKED) {
		has[DOWN] = q[DOWN].bps;
		has[UP] = q[UP].bps;
	}
	return why;
}

/* Changes what is not right yet. */
static enum failure
patch_all(struct transport *t, const int64_t bps[static DIRECTIONS],
    int64_t has[static DIRECTIONS])
{
	bool half = t->simple && (bps[DOWN] <= 0 || bps[UP] <= 0);
	enum failure why = WORKED;

	if (!t->rest.open || t->id[DOWN][0] == '\0' || half)
		why = read_rates(t, has);
	if (t->simple)
		return why != WORKED ? why : patch_simple(t, bps, has);
	for (enum direction dir = DOWN; dir < DIRECTIONS && why == WORKED;
	     dir++)
		if (bps[dir] > 0 && has[dir] != bps[dir])
			why = patch_queue(t, dir, bps[dir], &has[dir]);
	return why;
}

/* After an error, too, it may have been done. */
static enum failure
verify(struct transport *t, const int64_t bps[static DIRECTIONS],
    int64_t has[static DIRECTIONS], enum failure error)
{
	char detail[TRANSPORT_DETAIL];
	enum failure why;

	memcpy(detail, t->detail, sizeof detail);
	for (int i = 0; i < TRANSPORT_TRIES; i++) {
		if (error == WORKED || i > 0)
			transport_pause(i);
		if ((why = read_rates(t, has)) != WORKED)
			return why;
		if (transport_is_right(bps, has))
			return WORKED;
	}
	if (error == WORKED)
		return transport_fail(t, FAILURE_MISMATCH,
		    "the router keeps another rate than the one that was set",
		    "");
	return transport_fail(t, error, detail, "");
}

static enum failure
set_queues(struct transport *t, const int64_t bps[static DIRECTIONS],
    int64_t has[static DIRECTIONS])
{
	enum failure why;

	has[DOWN] = has[UP] = 0;
	why = patch_all(t, bps, has);
	/* Nothing was changed there: once more, from the beginning. */
	if (why != WORKED && (why == FAILURE_LOST || t->rest.status == 404)) {
		t->id[DOWN][0] = '\0';
		why = patch_all(t, bps, has);
	}
	if (why == WORKED && transport_is_right(bps, has))
		return WORKED;
	if (why != WORKED &&
	    (!t->wrote || why == FAILURE_TIMEOUT || is_refusal(why)))
		return not_lost(why);
	return verify(t, bps, has, why);
}

/* --- rule ----------------------------------------------------------------- */

/* Rows with exactly this comment. */
static int
count_rules(struct transport *t, struct routeros_flags *flags)
{
	char comment[NAME_SIZE];
	struct routeros_row row;
	size_t at = 0;
	int got, found = 0;

	while (
	    (got = routeros_next(t->rest.reply, t->rest.len, &at, &row)) == 1) {
		if (!is_row(&row))
			return -1;
		if (!routeros_text(&row, "comment", comment, sizeof comment) ||
		    strcmp(comment, t->settings->router.rule) != 0)
			continue;
		found++;
		*flags = flags_of(&row);
		(void)routeros_text(&row, ".id", t->rule_id, ROUTEROS_ID);
	}
	return got == -1 ? -1 : found;
}

static enum failure
read_rule(struct transport *t, struct routeros_flags *flags)
{
	enum failure why;
	int found = 0;

	if (t->rest.open && t->rule_id[0] != '\0') {
		char path[120];

		(void)snprintf(path, sizeof path, MANGLE "/%s", t->rule_id);
		if (request(t, "GET", path, NULL, false) == WORKED &&
		    count_rules(t, flags) == 1)
			return WORKED;
	}
	t->rule_id[0] = '\0';
	if ((why = get(t, MANGLE_LIST)) != WORKED)
		return why;
	found = count_rules(t, flags);
	if (found == 1)
		return WORKED;
	t->rule_id[0] = '\0';
	if (found == -1)
		return garbled(t);
	return transport_fail(t,
	    found == 0 ? FAILURE_MISSING : FAILURE_DUPLICATE,
	    found == 0 ? "no mangle rule with this comment" :
			 "more than one mangle rule with this comment",
	    t->settings->router.rule);
}

static enum failure
get_rule(struct transport *t, bool *on)
{
	struct routeros_flags flags = { 0 };
	enum failure why = read_rule(t, &flags);

	*on = !flags.disabled;
	return why != WORKED ? why : transport_judge_rule(t, &flags);
}

static enum failure
set_rule(struct transport *t, bool want)
{
	char path[120];
	struct routeros_flags flags = { 0 };
	enum failure why = read_rule(t, &flags), error;

	if (why != WORKED)
		return why;
	if (flags.disabled != want)
		return transport_judge_rule(t, &flags);
	(void)snprintf(path, sizeof path, MANGLE "/%s", t->rule_id);
	error = request(t, "PATCH", path,
	    want ? "{\"disabled\":\"false\"}" : "{\"disabled\":\"true\"}",
	    false);
	t->wrote = error == WORKED ||
	    (error != FAILURE_LOST && !is_refusal(error));
	if (error != WORKED && (error == FAILURE_TIMEOUT || is_refusal(error)))
		return error;
	if (error == WORKED && count_rules(t, &flags) == 1 &&
	    flags.disabled != want)
		return transport_judge_rule(t, &flags);
	for (int i = 0; i < TRANSPORT_TRIES; i++) {
		if ((why = read_rule(t, &flags)) != WORKED)
			return why;
		if (flags.disabled != want)
			return transport_judge_rule(t, &flags);
		transport_pause(i);
	}
	return error != WORKED ?
	    not_lost(error) :
	    transport_fail(t, FAILURE_MISMATCH, "the rule stays as it was", "");
}

static enum failure
list(struct transport *t, const char *menu, const char *const properties[],
    transport_each *each, void *user)
{
	char path[400], value[TRANSPORT_PROPERTIES][NAME_SIZE];
	const char *values[TRANSPORT_PROPERTIES];
	struct routeros_row row;
	enum failure why;
	struct text p;
	size_t at = 0;
	int got;

	text_init(&p, path, sizeof path);
	text_add(&p, "/rest/");
	text_add(&p, menu);
	text_add(&p, "?.proplist=.id");
	for (size_t i = 0; properties[i] != NULL; i++) {
		text_add(&p, ",");
		text_add(&p, properties[i]);
	}
	if ((why = get(t, path)) != WORKED)
		return why;
	while (
	    (got = routeros_next(t->rest.reply, t->rest.len, &at, &row)) == 1) {
		if (!is_row(&row))
			return garbled(t);
		for (size_t i = 0; properties[i] != NULL; i++) {
			values[i] = value[i];
			if (!routeros_text(&row, properties[i], value[i],
				NAME_SIZE))
				value[i][0] = '\0';
		}
		each(user, values);
	}
	return got == 0 ? WORKED : garbled(t);
}

static void
close_rest(struct transport *t)
{
	rest_close(&t->rest);
}

const struct transport_kind_ops transport_rest = { "rest", get_queues,
	set_queues, get_rule, set_rule, list, close_rest };

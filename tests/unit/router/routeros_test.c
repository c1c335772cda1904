/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/routeros.h"

#include "../tap.h"
#include "record/messages.h"

static const char *const names[] = { "WAN \"D\" $x \\", "WAN-Upload" };

static void
test_scripts(void)
{
	char out[ROUTEROS_SCRIPT];
	const int64_t both[] = { 20000000, 5000000 }, one[] = { NONE, 7 };

	routeros_set_queues(out, names, false, both);
	is_str(out,
	    ":local d [/queue tree find name=\"WAN \\\"D\\\" \\$x \\\\\"]; "
	    ":if ([:len $d]!=1) do={:error (\"WANCTL-COUNT \".[:len $d])}; "
	    ":local u [/queue tree find name=\"WAN-Upload\"]; "
	    ":if ([:len $u]!=1) do={:error (\"WANCTL-COUNT \".[:len $u])}; "
	    "/queue tree set $d max-limit=20000000; "
	    "/queue tree set $u max-limit=5000000; "
	    ":put (\"WANCTL-OK \".[/queue tree get ($d->0) max-limit].\" \""
	    ".[/queue tree get ($u->0) max-limit])",
	    "R36: both are written and read by one line, names quoted");
	routeros_set_queues(out, names, false, one);
	ok(strstr(out, "$d") == NULL && strstr(out, "max-limit=7; ") != NULL,
	    "one alone leaves the other alone");
	routeros_get_queues(out, names, false);
	is_str(out,
	    ":local d [/queue tree find name=\"WAN \\\"D\\\" \\$x \\\\\"]; "
	    ":if ([:len $d]!=1) do={:error (\"WANCTL-COUNT \".[:len $d])}; "
	    ":local u [/queue tree find name=\"WAN-Upload\"]; "
	    ":if ([:len $u]!=1) do={:error (\"WANCTL-COUNT \".[:len $u])}; "
	    ":put (\"WANCTL-OK \".[/queue tree get ($d->0) max-limit].\" \""
	    ".[/queue tree get ($d->0) bytes].\" \""
	    ".[/queue tree get ($d->0) packets].\" \""
	    ".[/queue tree get ($d->0) dropped].\" \""
	    ".[/queue tree get ($d->0) queued-bytes].\" \""
	    ".[/queue tree get ($d->0) queued-packets].\" \""
	    ".[/queue tree get ($u->0) max-limit].\" \""
	    ".[/queue tree get ($u->0) bytes].\" \""
	    ".[/queue tree get ($u->0) packets].\" \""
	    ".[/queue tree get ($u->0) dropped].\" \""
	    ".[/queue tree get ($u->0) queued-bytes].\" \""
	    ".[/queue tree get ($u->0) queued-packets])",
	    "R36: all of both queues in one line");
	routeros_rule_script(out, "x", 1);
	ok(strstr(out, "; /ip firewall mangle enable $i; :put") != NULL,
	    "a rule is turned on");
	routeros_rule_script(out, "x", 0);
	ok(strstr(out, "; /ip firewall mangle disable $i; :put") != NULL,
	    "or off");
	routeros_rule_script(out, "x", -1);
	ok(strstr(out, "able") != NULL && strstr(out, "enable $i") == NULL &&
		strstr(out, "disable $i") == NULL,
	    "looking at a rule changes nothing");
	routeros_queue_flags(out, names, false);
	ok(strstr(out,
	       ":put (\"WANCTL-OK \".[/queue tree get ($d->0) disabled].\" \""
	       ".[/queue tree get ($d->0) invalid].\" \""
	       ".[/queue tree get ($u->0) disabled].\" \""
	       ".[/queue tree get ($u->0) invalid])") != NULL &&
		strstr(out, "; /queue tree set") == NULL,
	    "R33: flags of both queues, nothing is set");
	routeros_rule_flags(out, "x");
	ok(strstr(out, "find comment=\"x\"]; :if ([:len $i]!=1)") != NULL &&
		strstr(out, "($i->0) disabled].\" \".") != NULL &&
		strstr(out, "($i->0) invalid])") != NULL &&
		strstr(out, "able $i") == NULL,
	    "R33: flags of a rule, nothing is set");
}

static const struct {
	const char *reply, *why, *said;
} sets[] = {
	{ "WANCTL-OK 20000000 5000000\r\n", NULL, "" },
	{ "WANCTL-OK 20M 5M\n", NULL, "" },
	{ "17:20:06 echo: system,error,critical login failure for user x\r\n"
	  "WANCTL-OK 20000000 5000000\r\n",
	    NULL, "" },
	{ "", "garbled", "" },
	{ "WANCTL-OK 20000000 5000000", "garbled", "" },
	{ "WANCTL-OK 20000000\n", "garbled", "" },
	{ "WANCTL-OK 20000000  5000000\n", "garbled", "" },
	{ "WANCTL-OK 20000000 5000000 1\n", "garbled", "" },
	{ "WANCTL-OK 20000000 -5\n", "garbled", "" },
	{ "WANCTL-COUNT 0\r\n", "missing", "WANCTL-COUNT 0" },
	{ "WANCTL-COUNT 2 (:error; line 1)\n", "duplicate",
	    "WANCTL-COUNT 2 (:error; line 1)" },
	{ "WANCTL-COUNT 10\n", "duplicate", "WANCTL-COUNT 10" },
	{ "no such item (4)\r\n", "missing", "no such item (4)" },
	{ "not enough permissions (9)\r\n", "permission",
	    "not enough permissions (9)" },
	{ "bad command name tre (line 1 column 8)\n", "unsupported",
	    "bad command name tre (line 1 column 8)" },
	{ "failure: this is configured elsewhere\n", "rejected",
	    "failure: this is configured elsewhere" },
};

static void
test_set_replies(void)
{
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		int64_t bps[DIRECTIONS] = { 0, 0 };
		struct slice said;

		is_failure(routeros_read_set(sets[i].reply,
			       strlen(sets[i].reply), false, bps, &said),
		    sets[i].why, "reply %zu", i);
		ok(slice_is(said, sets[i].said), "and what is said of it");
		if (sets[i].why == NULL)
			ok(bps[DOWN] == 20000000 && bps[UP] == 5000000,
			    "and its rates");
	}
}

/* Cut anywhere, it is not taken for whole. */
static void
test_cuts(void)
{
	static const char whole[] = "WANCTL-OK 1 2 3 0 5 6 7 8 9 0 11 12\r\n";
	struct routeros_queue q[DIRECTIONS];
	struct slice said;
	size_t len, n = strlen(whole), good = 0;

	for (len = 0; len < n; len++)
		good += routeros_read_queues(whole, len, false, q, &said) ==
		    WORKED;
	is_int(good, 0, "R33: an answer that is cut off anywhere is refused");
	ok(routeros_read_queues(whole, n, false, q, &said) == WORKED,
	    "whole it is not");
	ok(q[UP].bps == 7 && q[UP].queued == 12 && q[DOWN].backlog == 5,
	    "rates and counters");
	ok(q[DOWN].drops == NONE, "R10: no drops means not known");
}

/* One row for both, and its pairs. */
static void
test_simple(void)
{
	static const char *const wrong[] = {
		"WANCTL-OK 1/2 3/4 5/6 0/0 7/8 9\n",
		"WANCTL-OK 1/2 3/4 5/6 0/0 7/8 /9\n",
		"WANCTL-OK 1/2 3/4 5/6 0/0 7/8 9/\n",
		"WANCTL-OK 1/2 3/4 5/6 0/0 7/8 9/1/2\n",
		"WANCTL-OK 1/2 3/4 5/6 0/0 7/8\n",
		"WANCTL-OK 1/2000000000000 3/4 5/6 0/0 7/8 9/9\n",
	};
	static const char set[] = "WANCTL-OK 5M/20M\r\n";
	static const char read[] = "WANCTL-OK 5M/20M 1/2 3/4 0/5 6/7 8/9\n";
	static const char body[] = "{\"max-limit\":\"5/20\",\"bytes\":\"7\"}";
	const int64_t both[] = { 20000000, 5000000 };
	struct routeros_queue q[DIRECTIONS];
	char out[ROUTEROS_SCRIPT];
	struct routeros_row row;
	struct slice said;
	int64_t n[DIRECTIONS];
	size_t at = 0;

	routeros_set_queues(out, names, true, both);
	is_str(out,
	    ":local d [/queue simple find name=\"WAN \\\"D\\\" \\$x \\\\\"]; "
	    ":if ([:len $d]!=1) do={:error (\"WANCTL-COUNT \".[:len $d])}; "
	    "/queue simple set $d max-limit=5000000/20000000; "
	    ":put (\"WANCTL-OK \".[/queue simple get ($d->0) max-limit])",
	    "R114: both are one write, the upload first");
	routeros_get_queues(out, names, true);
	ok(strstr(out, "$u") == NULL &&
		strstr(out, ".[/queue simple get ($d->0) queued-packets])") !=
		    NULL,
	    "R114: and one row to read");
	routeros_queue_flags(out, names, true);
	ok(strstr(out,
	       ":put (\"WANCTL-OK \".[/queue simple get ($d->0) disabled].\" "
	       "\".[/queue simple get ($d->0) invalid])") != NULL,
	    "R114: and its flags");
	ok(routeros_read_set(set, strlen(set), true, n, &said) == WORKED &&
		n[UP] == 5000000 && n[DOWN] == 20000000,
	    "R114: what was set");
	ok(routeros_read_set(read, strlen(read), true, n, &said) != WORKED,
	    "R114: and nothing else");
	ok(routeros_read_queues(read, strlen(read), true, q, &said) == WORKED,
	    "R114: what is read");
	ok(q[UP].bps == 5000000 && q[DOWN].bps == 20000000 &&
		q[UP].bytes == 1 && q[DOWN].bytes == 2 && q[UP].packets == 3 &&
		q[DOWN].packets == 4 && q[UP].drops == NONE &&
		q[DOWN].drops == 5 && q[UP].backlog == 6 &&
		q[DOWN].backlog == 7 && q[UP].queued == 8 &&
		q[DOWN].queued == 9,
	    "R114: each half is that of its direction");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ok(routeros_read_queues(wrong[i], strlen(wrong[i]), true, q,
		       &said) == FAILURE_GARBLED,
		    "R114: no pair: %s", wrong[i]);
	ok(routeros_next(body, strlen(body), &at, &row) == 1, "a body");
	routeros_counts(&row, "max-limit", n);
	ok(n[UP] == 5 && n[DOWN] == 20, "R114: a pair of a body");
	routeros_counts(&row, "bytes", n);
	ok(n[UP] == -1 && n[DOWN] == -1, "R114: a number is none");
	routeros_counts(&row, "packets", n);
	ok(n[UP] == -1 && n[DOWN] == -1, "R114: nor what is absent");
}

static void
test_durations(void)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = { { "0s", 0 }, { "2d20h12m20s", 245540 },
		{ "1w2d03:04:05", 788645 }, { "12m20s", 740 } };
	static const char *const bad[] = { "", "5", "s", "3s2d", "1x", "03:04",
		"1w99999999s" };
	int64_t us = -1;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ok(routeros_duration(good[i].text, strlen(good[i].text), &us) ==
			NULL,
		    "%s", good[i].text);
		is_int(us, good[i].seconds * 1000000, "in microseconds");
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(routeros_duration(bad[i], strlen(bad[i]), &us) != NULL,
		    "not \"%s\"", bad[i]);
}

static int
rows(const char *body)
{
	struct routeros_row row;
	size_t at = 0;
	int n = 0, got;

	while ((got = routeros_next(body, strlen(body), &at, &row)) == 1)
		n++;
	return got == 0 ? n : -1;
}

static void
test_bodies(void)
{
	static const char body[] =
	    "[{\".id\":\"*A\",\"comment\":\"a \\\"b\\\" \\u0041 \x01}\","
	    "\"max-limit\":\"20M\",\"comment\":\"last\"},"
	    "{\".id\":\"*B\",\"n\":7}]";
	struct routeros_row row;
	char text[40];
	size_t at = 0, good = 0;

	is_int(rows(body), 2, "two rows");
	is_int(rows("[]"), 0, "none");
	is_int(rows("{\"a\":\"b\"}\r\n"), 1, "a single object");
	is_int(rows("[{\"a\":\"b\"},]"), -1, "a comma too much");
	is_int(rows("[{\"a\"}]"), -1, "a key without value");
	is_int(rows("[{\"a\":\"b\"}] x"), -1, "more behind it");
	is_int(rows("<html>"), -1, "no JSON");
	is_int(rows(""), -1, "nothing");
	ok(routeros_next(body, strlen(body), &at, &row) == 1 &&
		routeros_text(&row, "comment", text, sizeof text),
	    "the first");
	is_str(text, "last", "of a key that is there twice the last counts");
	is_int(routeros_count(&row, "max-limit"), 20000000, "a number");
	is_int(routeros_count(&row, "none"), -1, "absent");
	ok(routeros_next(body, strlen(body), &at, &row) == 1, "the second");
	is_int(routeros_count(&row, "n"), 7, "a number that is no string");
	for (size_t len = 0; len + 1 < sizeof body; len++) {
		at = 0;
		while (routeros_next(body, len, &at, &row) == 1)
			continue;
		good += routeros_next(body, len, &at, &row) == 0;
	}
	is_int(good, 0, "R33: a body that is cut off anywhere has no end");
}

/* A value, as it stands in a body, and what it is. */
static void
test_texts(void)
{
	static const struct {
		const char *value, *text; /* NULL: none */
	} texts[] = {
		{ "a\\n\\r\\t\\b\\f\\/\\\\\\\"", "a\n\r\t\b\f/\\\"" },
		{ "\\u0041\\u007E\\u007e\\u00e4\\u0000", "A~~??" },
		{ "\\u00g1", "?00g1" },
		{ "123456789", "123456789" },
		{ "1234567890", NULL },
		{ "", "" },
	};
	char body[80], text[10];
	struct routeros_row row;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t at = 0;

		(void)snprintf(body, sizeof body, "{\"k\":\"%s\"}",
		    texts[i].value);
		/* jsmn refuses what is no escape. */
		if (routeros_next(body, strlen(body), &at, &row) != 1) {
			is_str(texts[i].value, "\\u00g1", "R33: refused: %s",
			    body);
			continue;
		}
		ok(routeros_text(&row, "k", text, sizeof text) ==
			(texts[i].text != NULL),
		    "R33: %s", body);
		is_str(text, texts[i].text != NULL ? texts[i].text : "",
		    "to the letter");
	}
	row.fields = 1;
	row.field[0].key = (struct slice){ "k", 1 };
	row.field[0].value = (struct slice){ "\\u00", 4 };
	ok(routeros_text(&row, "k", text, sizeof text), "an escape cut off");
	is_str(text, "?00", "is a letter that we do not know");
	row.field[0].value = (struct slice){ "a\0b", 3 };
	ok(!routeros_text(&row, "k", text, sizeof text), "a NUL is no text");
}

/* An object with more than a queue has. */
static void
test_many_fields(void)
{
	char body[16 * ROUTEROS_FIELDS] = "{";
	struct routeros_row row;
	size_t at = 0, len = 1;

	for (int i = 0; i <= ROUTEROS_FIELDS; i++)
		len += (size_t)snprintf(body + len, sizeof body - len,
		    "%s\"k%d\":\"\"", i == 0 ? "" : ",", i);
	(void)snprintf(body + len, sizeof body - len, "}");
	is_int(routeros_next(body, strlen(body), &at, &row), -1,
	    "more fields than there are");
	at = 0;
	is_int(routeros_next("{{}}", 4, &at, &row), -1, "no key");
}

static void
test_words(void)
{
	static const char refused[] =
	    "{\"detail\":\"not enough permissions (9)\",\"error\":500,"
	    "\"message\":\"Internal Server Error\"}";
	char said[64];

	is_failure(routeros_rest_error(500, refused, strlen(refused), said,
		       sizeof said),
	    "permission", "R34: a 500 that is about policy");
	is_str(said, "not enough permissions (9)", "and its words");
	is_failure(routeros_rest_error(500, "<html>", 6, said, sizeof said),
	    "failed", "a plain 500");
	is_failure(routeros_rest_error(404, NULL, 0, said, sizeof said),
	    "missing", "404");
	is_failure(routeros_rest_error(401,
		       "{\"error\":401,\"message\":\"Unauthorized\"}", 40, said,
		       sizeof said),
	    "credentials", "401");
	is_str(said, "Unauthorized", "without a detail, the message");
	ok(routeros_is_id("*1000001") && routeros_is_id("*0"), "ids");
	ok(!routeros_is_id("*") && !routeros_is_id("1") &&
		!routeros_is_id("*1/..") &&
		!routeros_is_id("*12345678901234567890123"),
	    "what is none");
}

/* All of a list: rows, and values behind each other. -1 without its end. */
static int
list(const char *reply, int *values, char last[static 64])
{
	struct slice value = { "", 0 };
	size_t at = 0;
	bool is_row;
	int n = 0, got;

	*values = 0;
	while ((got = routeros_next_line(reply, strlen(reply), &at, &is_row,
		    &value)) == 1) {
		n += is_row;
		*values += !is_row;
		if (!is_row)
			snprintf(last, 64, "%.*s", (int)value.len, value.at);
	}
	return got == 0 ? n : -1;
}

static void
test_lists(void)
{
	static const char *const properties[] = { "name", "max-limit", NULL };
	char script[ROUTEROS_SCRIPT], last[64] = "";
	int values;

	routeros_list_script(script, "queue/tree", properties);
	is_str(script,
	    ":foreach i in=[/queue tree find] do={:put \"WANCTL-ROW\"; "
	    ":put (\"WANCTL-V \".[/queue tree get $i name]); "
	    ":put (\"WANCTL-V \".[/queue tree get $i max-limit])}; "
	    ":put \"WANCTL-OK 0\"",
	    "a list is one line");
	is_int(list("WANCTL-ROW\r\nWANCTL-V a b\r\nWANCTL-V 5\r\n"
		    "WANCTL-ROW\nWANCTL-V \nnoise\nWANCTL-V  x\n"
		    "WANCTL-OK 0\r\n",
		   &values, last),
	    2, "two rows");
	is_int(values, 4, "of two values, whatever is said between");
	is_str(last, " x", "to the letter");
	is_int(list("WANCTL-OK 0\n", &values, last), 0, "an empty one");
	is_int(list("WANCTL-ROW\nWANCTL-V a\n", &values, last), -1,
	    "cut off between lines");
	is_int(list("WANCTL-ROW\nWANCTL-V a", &values, last), -1,
	    "or within one");
	is_int(list("", &values, last), -1, "nothing");
	is_int(list("no such command\n", &values, last), -1, "an error");
}

static void
refusal_is(const char *reply, const char *why, const char *said)
{
	struct slice line;
	char text[64];

	is_str(failure_words[routeros_read_refusal(reply, strlen(reply),
		   &line)],
	    why, "refused: %s", why);
	snprintf(text, sizeof text, "%.*s", (int)line.len, line.at);
	is_str(text, said, "its line");
}

static void
test_list_refused(void)
{
	static const char bad[] = "bad command name simple (line 1 column 18)";

	refusal_is("bad command name simple (line 1 column 18)\r\n",
	    "unsupported", bad);
	refusal_is("\r\n12:00:01 echo: system,info user added\r\n"
		   "not enough permissions (9)\r\n",
	    "permission", "not enough permissions (9)");
	refusal_is("WANCTL-ROW\nWANCTL-V a\nno such item\nWANCTL-ROW\n",
	    "missing", "no such item");
	refusal_is("WANCTL-ROW\nWANCTL-V a\n", "garbled", "");
	refusal_is("no such it", "garbled", "");
	refusal_is("", "garbled", "");
}

/* What a console or REST says, and what it means. */
static void
test_errors(void)
{
	static const struct {
		const char *text, *why;
	} errors[] = {
		{ "no such item (4)", "missing" },
		{ "not enough permissions (9)", "permission" },
		{ "input does not match any value of queue", "rejected" },
		{ "invalid value for argument max-limit", "rejected" },
		{ "value of priority out of range (1..8)", "rejected" },
		{ "bad command name tre (line 1 column 8)", "unsupported" },
		{ "syntax error (line 1 column 5)", "unsupported" },
		{ "expected end of command (line 1 column 40)", "unsupported" },
		{ "anything else", "failed" },
	};
	char said[64];

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		is_failure(routeros_why(errors[i].text, strlen(errors[i].text)),
		    errors[i].why, "%s", errors[i].text);
	is_failure(routeros_rest_error(400, "{\"detail\":\"Session closed\"}",
		       27, said, sizeof said),
	    "timeout", "a command that took a minute");
	is_failure(routeros_rest_error(503, NULL, 0, said, sizeof said), "busy",
	    "too many at once");
	is_str(said, "", "without words");
}

static void
test_numbers(void)
{
	static const struct {
		const char *text;
		int64_t n;
	} numbers[] = { { "20000000", 20000000 }, { "20M", 20000000 },
		{ "20500k", 20500000 }, { "1G", 1000000000 }, { "0", 0 },
		{ "", -1 }, { "x", -1 }, { "5T", -1 }, { "5MM", -1 },
		{ "-5", -1 } };
	int64_t n;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (routeros_number(numbers[i].text, strlen(numbers[i].text),
			&n) != NULL)
			n = -1;
		is_int(n, numbers[i].n, "%s", numbers[i].text);
	}
}

static void
test_uptime(void)
{
	static const char reply[] = "WANCTL-OK 2d20h12m20s 614\r\n";
	int64_t uptime_us, sectors;
	struct slice said;

	is_failure(routeros_read_uptime(reply, sizeof reply - 1, &uptime_us,
		       &sectors, &said),
	    NULL, "an uptime");
	is_int(uptime_us, (int64_t)245540 * 1000000, "in microseconds");
	is_int(sectors, 614, "and sectors");
	ok(routeros_read_uptime("WANCTL-OK x 5\n", 14, &uptime_us, &sectors,
	       &said) != WORKED,
	    "none");
	is_failure(routeros_read_uptime("no such item\n", 13, &uptime_us,
		       &sectors, &said),
	    "missing", "an error");
	is_failure(routeros_read_uptime("WANCTL-OK 5s \n", 14, &uptime_us,
		       &sectors, &said),
	    "garbled", "one word");
	is_failure(routeros_read_uptime("WANCTL-OK 5s x\n", 15, &uptime_us,
		       &sectors, &said),
	    NULL, "sectors are nothing to fail for");
	is_int(sectors, NONE, "they are not known then");
}

/* What people are shown is not for us: neither rates with units, nor what is
 * broken at 80 columns, nor digits in groups are taken for an answer. */
static void
test_prints(void)
{
	static const char *const prints[] = {
		"0  name=\"WAN\" parent=lte1 packet-mark=\"\" limit-at=0\r\n"
		"   queue=cake priority=8 max-limit=5M burst-limit=0\r\n"
		"   burst-threshold=0 burst-time=0s bucket-size=0.1\r\n\r\n",
		"Flags: X - disabled, I - invalid \n"
		" 0   name=\"WAN\" parent=global packet-mark=\"\" rate=52320 "
		"packet-rate=45 queued-bytes=0 queued-packets=0 "
		"bytes=28192979120 packets=25350209 dropped=0 \n",
		"Flags: X, I - INVALID\nColumns: NAME, BYTES, PACKETS\n"
		"# NAME          BYTES    PACKETS\n"
		"0 WAN   1 297 303 411  1 062 932\n",
		".id=*1000001;bytes=294;max-limit=5000000;name=WAN\n",
	};
	struct routeros_queue q[DIRECTIONS];
	int64_t bps[DIRECTIONS];
	struct slice said;
	bool on;

	for (size_t i = 0; i < sizeof prints / sizeof *prints; i++) {
		const char *p = prints[i];
		size_t len = strlen(p);

		ok(routeros_read_queues(p, len, false, q, &said) != WORKED &&
			routeros_read_set(p, len, false, bps, &said) !=
			    WORKED &&
			routeros_read_rule(p, len, &on, &said) != WORKED,
		    "R102: not read: %.16s", p);
	}
}

static void
test_rule(void)
{
	struct slice said;
	bool on;

	is_failure(routeros_read_rule("WANCTL-OK false\n", 16, &on, &said),
	    NULL, "not disabled");
	ok(on, "is on");
	is_failure(routeros_read_rule("WANCTL-OK true\n", 15, &on, &said), NULL,
	    "disabled");
	ok(!on, "is off");
	is_failure(routeros_read_rule("WANCTL-OK maybe\n", 16, &on, &said),
	    "garbled", "neither");
	is_failure(routeros_read_rule("WANCTL-COUNT 2\n", 15, &on, &said),
	    "duplicate", "two");
}

static void
test_flags(void)
{
	static const char whole[] = "WANCTL-OK false true true false\r\n";
	struct routeros_flags flags[DIRECTIONS];
	size_t len, n = strlen(whole), good = 0;

	for (len = 0; len < n; len++)
		good += routeros_read_flags(whole, len, flags, DIRECTIONS) ==
		    WORKED;
	is_int(good, 0, "R33: flags that are cut off anywhere are refused");
	is_failure(routeros_read_flags(whole, n, flags, DIRECTIONS), NULL,
	    "flags of both");
	ok(!flags[DOWN].disabled && flags[DOWN].invalid && flags[UP].disabled &&
		!flags[UP].invalid,
	    "each in its place");
	is_failure(routeros_read_flags(whole, n, flags, 1), "garbled",
	    "too many of them");
	is_failure(routeros_read_flags("WANCTL-OK false no\n", 19, flags, 1),
	    "garbled", "neither true nor false");
}

int
main(void)
{
	test_flags();
	test_lists();
	test_list_refused();
	test_errors();
	test_numbers();
	test_uptime();
	test_rule();
	test_prints();
	test_scripts();
	test_set_replies();
	test_cuts();
	test_simple();
	test_durations();
	test_bodies();
	test_texts();
	test_many_fields();
	test_words();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What RouterOS says, and what it is told. The first byte chooses: an answer
 * of the console, a body of REST, or two names.
 *
 * Whatever the bytes, what is read is inside them and inside its bounds; an
 * answer that was taken is not taken without its last byte; a name comes out
 * of the script as it went in, and the rest of the script is the same for
 * each.
 */
#include "router/routeros.h"

#include "fuzz.h"
#include "record/messages.h"
#include "router/discovery.h"

static const char *reply;
static size_t reply_len;

static void
check_slice(struct slice s)
{
	must(
	    s.len == 0 || (s.at >= reply && s.at + s.len <= reply + reply_len));
}

static void
check_why(enum failure why)
{
	static const enum failure known[] = { FAILURE_GARBLED, FAILURE_MISSING,
		FAILURE_DUPLICATE, FAILURE_PERMISSION, FAILURE_UNSUPPORTED,
		FAILURE_REJECTED, FAILURE_TIMEOUT, FAILURE_FAILED };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (why == known[i])
			return;
	must(false);
}

/* --- the console ---------------------------------------------------------- */

/* Where the line that counts ends. */
static size_t
sentinel_end(void)
{
	for (size_t at = 0; at < reply_len;) {
		const char *end = memchr(reply + at, '\n', reply_len - at);

		must(end != NULL);
		if (reply_len - at >= 10 &&
		    memcmp(reply + at, "WANCTL-OK ", 10) == 0)
			return (size_t)(end - reply);
		at = (size_t)(end - reply) + 1;
	}
	must(false); /* a line of ours */
	return 0;
}

static void
check_queues(void)
{
	struct routeros_queue q[DIRECTIONS];
	struct slice said;
	enum failure why = routeros_read_queues(reply, reply_len, false, q,
	    &said);

	check_slice(said);
	if (why != WORKED) {
		check_why(why);
		return;
	}
	for (int i = 0; i < DIRECTIONS; i++) {
		must(q[i].bps >= 0 && q[i].bps <= 1000000000000);
		must(q[i].bytes >= 0 && q[i].packets >= 0);
		must(q[i].drops == NONE || q[i].drops > 0);
		must(q[i].backlog >= 0 && q[i].queued >= 0);
	}
	must(routeros_read_queues(reply, sentinel_end(), false, q, &said) !=
	    WORKED);
}

static void
check_simple(void)
{
	struct routeros_queue q[DIRECTIONS];
	int64_t bps[DIRECTIONS];
	struct slice said;

	if (routeros_read_queues(reply, reply_len, true, q, &said) == WORKED)
		for (int i = 0; i < DIRECTIONS; i++)
			must(q[i].bps >= 0 && q[i].bytes >= 0 &&
			    q[i].packets >= 0 && q[i].backlog >= 0);
	check_slice(said);
	if (routeros_read_set(reply, reply_len, true, bps, &said) == WORKED)
		must(bps[DOWN] >= 0 && bps[UP] >= 0);
	check_slice(said);
}

static void
check_others(void)
{
	int64_t bps[DIRECTIONS], uptime_us, sectors;
	struct slice said;
	enum failure why = routeros_read_set(reply, reply_len, false, bps,
	    &said);
	bool on;

	check_slice(said);
	if (why != WORKED) {
		check_why(why);
	} else {
		must(bps[DOWN] >= 0 && bps[UP] >= 0);
		must(routeros_read_set(reply, sentinel_end(), false, bps,
			 &said) != WORKED);
	}
	why = routeros_read_rule(reply, reply_len, &on, &said);
	check_slice(said);
	if (why == WORKED)
		must(routeros_read_rule(reply, sentinel_end(), &on, &said) !=
		    WORKED);
	why = routeros_read_uptime(reply, reply_len, &uptime_us, &sectors,
	    &said);
	check_slice(said);
	if (why == WORKED)
		must(uptime_us >= 0 && uptime_us <= T_MAX &&
		    (sectors == NONE || sectors >= 0));
}

static void
check_told(void *user, bool wrong, const char *line)
{
	(void)user;
	(void)wrong;
	for (; *line != '\0'; line++)
		must(*line >= ' ' && *line <= '~');
}

static void
check_list(void)
{
	struct slice why;
	static struct discovery found;
	static struct settings s;
	char value[DISCOVERY_PROPERTIES][256];
	const char *values[DISCOVERY_PROPERTIES];
	struct slice said = { "", 0 };
	size_t at = 0, n = 0, before = 0;
	bool is_row;

	memset(&found, 0, sizeof found);
	settings_init(&s);
	(void)routeros_read_refusal(reply, reply_len, &why);
	check_slice(why);
	while (routeros_next_line(reply, reply_len, &at, &is_row, &said) == 1) {
		must(at > before && at <= reply_len);
		before = at;
		if (is_row)
			continue;
		check_slice(said);
		snprintf(value[n], sizeof value[n], "%.*s",
		    said.len < 255 ? (int)said.len : 255, said.at);
		values[n] = value[n];
		if (++n == DISCOVERY_PROPERTIES) {
			for (int i = 0; i < DISCOVERY_MENUS; i++)
				discovery_add(&found, (enum discovery_menu)i,
				    values);
			n = 0;
		}
	}
	(void)discovery_tell(&found, &s, check_told, NULL);
}

/* --- REST ----------------------------------------------------------------- */

static void
check_row(const struct routeros_row *row)
{
	static const char *const keys[] = { ".id", "name", "max-limit",
		"comment" };
	int64_t pair[DIRECTIONS];
	char text[64];

	must(row->fields <= ROUTEROS_FIELDS);
	for (size_t i = 0; i < row->fields; i++) {
		check_slice(row->field[i].key);
		check_slice(row->field[i].value);
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		memset(text, 'x', sizeof text);
		if (!routeros_text(row, keys[i], text, sizeof text))
			must(text[0] == '\0');
		must(memchr(text, '\0', sizeof text) != NULL);
		must(routeros_count(row, keys[i]) >= -1);
		routeros_counts(row, keys[i], pair);
		must(pair[DOWN] >= -1 && pair[UP] >= -1);
	}
	if (routeros_text(row, ".id", text, ROUTEROS_ID) &&
	    routeros_is_id(text))
		must(strpbrk(text, "/?#% \r\n") == NULL);
}

static int
all_rows(size_t len)
{
	struct routeros_row row;
	size_t at = 0, before = 0;
	int got;

	while ((got = routeros_next(reply, len, &at, &row)) == 1) {
		must(at > before && at <= len);
		before = at;
		check_row(&row);
	}
	return got;
}

static void
check_body(void)
{
	char said[64];
	size_t len = reply_len;

	check_why(
	    routeros_rest_error(400, reply, reply_len, said, sizeof said));
	check_told(NULL, false, said);
	if (all_rows(len) != 0)
		return;
	while (len > 0 && strchr(" \r\n\t", reply[len - 1]) != NULL)
		len--;
	must(all_rows(len - 1) == -1);
}

/* --- names ---------------------------------------------------------------- */

/* Takes a string in quotes as the console does, and gives what is behind. */
static const char *
unquote(const char *s, const char *is)
{
	must(*s++ == '"');
	for (; *is != '\0'; is++) {
		if (*s == '\\')
			s++;
		else
			must(*s != '"' && *s != '$');
		must(*s++ == *is);
	}
	must(*s++ == '"');
	return s;
}

static const char *
skip(const char *s, const char *text)
{
	must(strncmp(s, text, strlen(text)) == 0);
	return s + strlen(text);
}

static void
check_script(const char *const name[static DIRECTIONS])
{
	const int64_t both[] = { 20000000, 5000000 };
	char out[ROUTEROS_SCRIPT];
	const char *s = out;

	memset(out, 'x', sizeof out);
	routeros_set_queues(out, name, false, both);
	s = unquote(skip(s, ":local d [/queue tree find name="), name[DOWN]);
	s = skip(s,
	    "]; :if ([:len $d]!=1) do={:error (\"WANCTL-COUNT \""
	    ".[:len $d])}; :local u [/queue tree find name=");
	s = skip(unquote(s, name[UP]),
	    "]; :if ([:len $u]!=1) do={:error (\"WANCTL-COUNT \".[:len $u])}; "
	    "/queue tree set $d max-limit=20000000; "
	    "/queue tree set $u max-limit=5000000; "
	    ":put (\"WANCTL-OK \".[/queue tree get ($d->0) max-limit].\" \""
	    ".[/queue tree get ($u->0) max-limit])");
	must(*s == '\0');
	routeros_get_queues(out, name, false);
	s = unquote(skip(out, ":local d [/queue tree find name="), name[DOWN]);
	must(strstr(s, "queued-packets])") != NULL &&
	    out[strlen(out) - 1] == ')');
	routeros_rule_script(out, name[DOWN], 1);
	s = unquote(skip(out, ":local i [/ip firewall mangle find comment="),
	    name[DOWN]);
	s = skip(s,
	    "]; :if ([:len $i]!=1) do={:error (\"WANCTL-COUNT \""
	    ".[:len $i])}; /ip firewall mangle enable $i; ");
	must(strcmp(s,
		 ":put (\"WANCTL-OK \".[/ip firewall mangle get "
		 "($i->0) disabled])") == 0);
}

static void
check_names(const uint8_t *data, size_t size)
{
	char text[DIRECTIONS][SETTINGS_TEXT_MAX];
	const char *const name[DIRECTIONS] = { text[DOWN], text[UP] };
	size_t n[DIRECTIONS] = { 0, 0 };
	int to = DOWN;

	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\0')
			to = UP;
		else if (n[to] + 1 < SETTINGS_TEXT_MAX)
			text[to][n[to]++] = (char)(' ' + data[i] % 95);
	}
	text[DOWN][n[DOWN]] = text[UP][n[UP]] = '\0';
	check_script(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy;

	if (size < 1)
		return 0;
	/* Without what is behind it, so that reading there is seen. */
	copy = malloc(size);
	must(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	reply = copy;
	reply_len = size - 1;
	switch (data[0] % 3) {
	case 0:
		check_queues();
		check_simple();
		check_others();
		check_list();
		break;
	case 1:
		check_body();
		break;
	default:
		check_names(data + 1, size - 1);
	}
	free(copy);
	return 0;
}

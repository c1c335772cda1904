/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/routeros.h"

#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "base/number.h"
#include "base/text.h"
#include "record/messages.h"

#define SENTINEL "WANCTL-OK "
#define COUNT_WORD "WANCTL-COUNT "
#define WORDS 12 /* numbers in the longest line of ours */
#define BPS_MOST 1000000000000

/* --- scripts ------------------------------------------------------------- */

/* In quotes; these three bytes mean something inside. */
static void
add_quoted(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\' || *s == '$')
			text_add(t, "\\");
		text_bytes(t, s, 1);
	}
	text_add(t, "\"");
}

static const char *const variable[DIRECTIONS] = { "d", "u" };

static const char *
queue_menu(bool simple)
{
	return simple ? "/queue simple " : "/queue tree ";
}

/* Stops unless exactly one row has that name. */
static void
add_find(struct text *t, bool simple, enum direction dir, const char *name)
{
	text_add(t, ":local ");
	text_add(t, variable[dir]);
	text_add(t, " [");
	text_add(t, queue_menu(simple));
	text_add(t, "find name=");
	add_quoted(t, name);
	text_add(t, "]; :if ([:len $");
	text_add(t, variable[dir]);
	text_add(t, "]!=1) do={:error (\"" COUNT_WORD "\".[:len $");
	text_add(t, variable[dir]);
	text_add(t, "])}; ");
}

static void
add_get(struct text *t, bool simple, enum direction dir, const char *property)
{
	text_add(t, ".[");
	text_add(t, queue_menu(simple));
	text_add(t, "get ($");
	text_add(t, variable[dir]);
	text_add(t, "->0) ");
	text_add(t, property);
	text_add(t, "]");
}

/* The last that is looked for by name. */
static enum direction
last_of(bool simple)
{
	return simple ? DOWN : UP;
}

void
routeros_get_queues(char out[static ROUTEROS_SCRIPT],
    const char *const name[static DIRECTIONS], bool simple)
{
	static const char *const properties[] = { "max-limit", "bytes",
		"packets", "dropped", "queued-bytes", "queued-packets" };
	enum direction last = last_of(simple);
	struct text t;

	text_init(&t, out, ROUTEROS_SCRIPT);
	for (enum direction dir = DOWN; dir <= last; dir++)
		add_find(&t, simple, dir, name[dir]);
	text_add(&t, ":put (\"" SENTINEL "\"");
	for (enum direction dir = DOWN; dir <= last; dir++)
		for (size_t i = 0; i < 6; i++) {
			if (dir != DOWN || i > 0)
				text_add(&t, ".\" \"");
			add_get(&t, simple, dir, properties[i]);
		}
	text_add(&t, ")");
}

static void
set_simple(char out[static ROUTEROS_SCRIPT], const char *name,
    const int64_t bps[static DIRECTIONS])
{
	struct text t;

	text_init(&t, out, ROUTEROS_SCRIPT);
	add_find(&t, true, DOWN, name);
	text_add(&t, "/queue simple set $d max-limit=");
	text_int(&t, bps[UP]);
	text_add(&t, "/");
	text_int(&t, bps[DOWN]);
	text_add(&t, "; :put (\"" SENTINEL "\"");
	add_get(&t, true, DOWN, "max-limit");
	text_add(&t, ")");
}

void
routeros_set_queues(char out[static ROUTEROS_SCRIPT],
    const char *const name[static DIRECTIONS], bool simple,
    const int64_t bps[static DIRECTIONS])
{
	struct text t;

	if (simple) {
		set_simple(out, name[DOWN], bps);
		return;
	}
	text_init(&t, out, ROUTEROS_SCRIPT);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (bps[dir] > 0)
			add_find(&t, false, dir, name[dir]);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		if (bps[dir] <= 0)
			continue;
		text_add(&t, "/queue tree set $");
		text_add(&t, variable[dir]);
		text_add(&t, " max-limit=");
		text_int(&t, bps[dir]);
		text_add(&t, "; ");
	}
	text_add(&t, ":put (\"" SENTINEL "\"");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		text_add(&t, dir == DOWN ? "" : ".\" \"");
		if (bps[dir] > 0)
			add_get(&t, false, dir, "max-limit");
		else
			text_add(&t, ".\"0\"");
	}
	text_add(&t, ")");
}

static void
add_find_rule(struct text *t, const char *comment)
{
	text_add(t, ":local i [/ip firewall mangle find comment=");
	add_quoted(t, comment);
	text_add(t,
	    "]; :if ([:len $i]!=1) do={:error (\"" COUNT_WORD
	    "\".[:len $i])}; ");
}

void
routeros_rule_script(char out[static ROUTEROS_SCRIPT], const char *comment,
    int on)
{
	struct text t;

	text_init(&t, out, ROUTEROS_SCRIPT);
	add_find_rule(&t, comment);
	if (on >= 0)
		text_add(&t,
		    on == 1 ? "/ip firewall mangle enable $i; " :
			      "/ip firewall mangle disable $i; ");
	text_add(&t,
	    ":put (\"" SENTINEL
	    "\".[/ip firewall mangle get ($i->0) disabled])");
}

void
routeros_queue_flags(char out[static ROUTEROS_SCRIPT],
    const char *const name[static DIRECTIONS], bool simple)
{
	enum direction last = last_of(simple);
	struct text t;

	text_init(&t, out, ROUTEROS_SCRIPT);
	for (enum direction dir = DOWN; dir <= last; dir++)
		add_find(&t, simple, dir, name[dir]);
	text_add(&t, ":put (\"" SENTINEL "\"");
	for (enum direction dir = DOWN; dir <= last; dir++) {
		text_add(&t, dir == DOWN ? "" : ".\" \"");
		add_get(&t, simple, dir, "disabled");
		text_add(&t, ".\" \"");
		add_get(&t, simple, dir, "invalid");
	}
	text_add(&t, ")");
}

void
routeros_rule_flags(char out[static ROUTEROS_SCRIPT], const char *comment)
{
	struct text t;

	text_init(&t, out, ROUTEROS_SCRIPT);
	add_find_rule(&t, comment);
	text_add(&t,
	    ":put (\"" SENTINEL
	    "\".[/ip firewall mangle get ($i->0) disabled].\" \"."
	    "[/ip firewall mangle get ($i->0) invalid])");
}

/* --- what they print ------------------------------------------------------ */

#define ROW_WORD "WANCTL-ROW"
#define VALUE_WORD "WANCTL-V "

/* "queue/tree" as the console has it. */
static void
add_menu(struct text *t, const char *menu)
{
	text_add(t, "/");
	for (; *menu != '\0'; menu++)
		text_bytes(t, *menu == '/' ? " " : menu, 1);
}

void
routeros_list_script(char out[static ROUTEROS_SCRIPT], const char *menu,
    const char *const properties[])
{
	struct text t;

	text_init(&t, out, ROUTEROS_SCRIPT);
	text_add(&t, ":foreach i in=[");
	add_menu(&t, menu);
	text_add(&t, " find] do={:put \"" ROW_WORD "\"");
	for (size_t i = 0; properties[i] != NULL; i++) {
		text_add(&t, "; :put (\"" VALUE_WORD "\".[");
		add_menu(&t, menu);
		text_add(&t, " get $i ");
		text_add(&t, properties[i]);
		text_add(&t, "])");
	}
	text_add(&t, "}; :put \"" SENTINEL "0\"");
}

static bool
begins(struct slice s, const char *with)
{
	size_t len = strlen(with);

	return s.len >= len && memcmp(s.at, with, len) == 0;
}

int
routeros_next_line(const char *reply, size_t len, size_t *at, bool *is_row,
    struct slice *value)
{
	while (*at < len) {
		const char *end = memchr(reply + *at, '\n', len - *at);
		struct slice line = { reply + *at, 0 };

		if (end == NULL)
			return -1;
		line.len = (size_t)(end - line.at);
		*at += line.len + 1;
		while (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (begins(line, SENTINEL))
			return 0;
		*is_row = begins(line, ROW_WORD);
		if (*is_row)
			return 1;
		if (!begins(line, VALUE_WORD))
			continue;
		value->at = line.at + strlen(VALUE_WORD);
		value->len = line.len - strlen(VALUE_WORD);
		return 1;
	}
	return -1;
}

/* The next line without its end and blanks there; a last one without an end
 * was cut off and is none. */
static bool
next_line(const char *text, size_t len, size_t *at, struct slice *line)
{
	const char *end;

	if (*at >= len || (end = memchr(text + *at, '\n', len - *at)) == NULL)
		return false;
	*line = (struct slice){ text + *at, (size_t)(end - text) - *at };
	*at = (size_t)(end - text) + 1;
	while (line->len > 0 &&
	    (line->at[line->len - 1] == '\r' || line->at[line->len - 1] == ' '))
		line->len--;
	return true;
}

static bool
has(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word)) != NULL;
}

enum failure
routeros_why(const char *text, size_t len)
{
	static const struct {
		const char *text;
		enum failure why;
	} known[] = {
		{ "not enough permissions", FAILURE_PERMISSION },
		{ "not allowed", FAILURE_PERMISSION },
		{ "no such item", FAILURE_MISSING },
		{ "invalid internal item number", FAILURE_DUPLICATE },
		{ "bad command name", FAILURE_UNSUPPORTED },
		{ "bad parameter", FAILURE_UNSUPPORTED },
		{ "unknown parameter", FAILURE_UNSUPPORTED },
		{ "no such command", FAILURE_UNSUPPORTED },
		{ "syntax error", FAILURE_UNSUPPORTED },
		{ "expected ", FAILURE_UNSUPPORTED },
		{ "invalid value", FAILURE_REJECTED },
		{ "out of range", FAILURE_REJECTED },
		{ "does not match", FAILURE_REJECTED },
		{ "failure:", FAILURE_REJECTED },
		{ "Session closed", FAILURE_TIMEOUT },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (has(text, len, known[i].text))
			return known[i].why;
	return FAILURE_FAILED;
}

static enum failure
count_why(struct slice line)
{
	size_t skip = strlen(COUNT_WORD);

	return line.len > skip && line.at[skip] == '0' &&
		(line.len == skip + 1 || line.at[skip + 1] == ' ') ?
	    FAILURE_MISSING :
	    FAILURE_DUPLICATE;
}

/* Noise of the log, which a console may show at any time. */
static bool
is_echo(struct slice line)
{
	return has(line.at, line.len, "echo: ");
}

/* Finds our line: its words. NULL, or why it is not there. */
static enum failure
find_words(const char *reply, size_t len, struct slice words[], size_t count,
    struct slice *said)
{
	enum failure why = WORKED;
	struct slice line;
	size_t at = 0, n = 0, i;

	*said = (struct slice){ "", 0 };
	while (next_line(reply, len, &at, &line)) {
		if (begins(line, COUNT_WORD)) {
			*said = line;
			return count_why(line);
		}
		if (begins(line, SENTINEL))
			break;
		if (line.len > 0 && why == WORKED && !is_echo(line)) {
			*said = line;
			why = routeros_why(line.at, line.len);
		}
		line.len = 0;
	}
	if (at == 0 || !begins(line, SENTINEL))
		return why != WORKED ? why : FAILURE_GARBLED;
	for (i = strlen(SENTINEL); i < line.len; i++) {
		size_t begin = i;

		while (i < line.len && line.at[i] != ' ')
			i++;
		if (n == count || i == begin)
			return FAILURE_GARBLED;
		words[n++] = (struct slice){ line.at + begin, i - begin };
	}
	return n == count ? WORKED : FAILURE_GARBLED;
}

enum failure
routeros_read_refusal(const char *reply, size_t len, struct slice *said)
{
	struct slice line;
	size_t at = 0;

	while (next_line(reply, len, &at, &line)) {
		if (line.len == 0 || begins(line, ROW_WORD) ||
		    begins(line, VALUE_WORD) || is_echo(line))
			continue;
		*said = line;
		return routeros_why(line.at, line.len);
	}
	*said = (struct slice){ "", 0 };
	return FAILURE_GARBLED;
}

const char *
routeros_number(const char *s, size_t len, int64_t *n)
{
	static const struct {
		char letter;
		int64_t times;
	} units[] = { { 'k', 1000 }, { 'M', 1000000 }, { 'G', 1000000000 } };
	int64_t times = 1, v;
	const char *why;

	for (size_t i = 0; i < 3 && len > 0; i++)
		if (s[len - 1] == units[i].letter) {
			times = units[i].times;
			len--;
			break;
		}
	why = number_int(s, len, 0, INT64_MAX / times, &v);
	if (why == NULL)
		*n = v * times;
	return why;
}

static enum failure
read_number(struct slice s, int64_t most, int64_t *n)
{
	int64_t v;

	if (routeros_number(s.at, s.len, &v) != NULL || v > most)
		return FAILURE_GARBLED;
	*n = v;
	return WORKED;
}

/* "upload/download" */
static enum failure
read_pair(struct slice s, int64_t most, int64_t n[static DIRECTIONS])
{
	const char *slash = memchr(s.at, '/', s.len);
	size_t up;
	enum failure why;

	if (slash == NULL)
		return FAILURE_GARBLED;
	up = (size_t)(slash - s.at);
	why = read_number((struct slice){ s.at, up }, most, &n[UP]);
	return why != WORKED ?
	    why :
	    read_number((struct slice){ slash + 1, s.len - up - 1 }, most,
		&n[DOWN]);
}

enum failure
routeros_read_queues(const char *reply, size_t len, bool simple,
    struct routeros_queue q[static DIRECTIONS], struct slice *said)
{
	struct slice words[WORDS];
	enum failure why = find_words(reply, len, words,
	    simple ? WORDS / 2 : WORDS, said);

	for (size_t i = 0; i < WORDS / 2 && why == WORKED; i++) {
		int64_t most = i == 0 ? BPS_MOST : INT64_MAX, n[DIRECTIONS];

		if (simple) {
			why = read_pair(words[i], most, n);
		} else {
			why = read_number(words[i], most, &n[DOWN]);
			if (why == WORKED)
				why = read_number(words[WORDS / 2 + i], most,
				    &n[UP]);
		}
		for (size_t dir = 0; dir < DIRECTIONS && why == WORKED; dir++) {
			int64_t *const to[] = { &q[dir].bps, &q[dir].bytes,
				&q[dir].packets, &q[dir].drops, &q[dir].backlog,
				&q[dir].queued };

			*to[i] = n[dir];
		}
	}
	/* Always 0 for CAKE there: that says nothing. */
	for (size_t dir = 0; dir < DIRECTIONS && why == WORKED; dir++)
		if (q[dir].drops == 0)
			q[dir].drops = NONE;
	return why;
}

enum failure
routeros_read_set(const char *reply, size_t len, bool simple,
    int64_t bps[static DIRECTIONS], struct slice *said)
{
	struct slice words[DIRECTIONS];
	enum failure why = find_words(reply, len, words,
	    simple ? 1 : DIRECTIONS, said);

	if (simple)
		return why != WORKED ? why : read_pair(words[0], BPS_MOST, bps);
	for (size_t dir = 0; dir < DIRECTIONS && why == WORKED; dir++)
		why = read_number(words[dir], BPS_MOST, &bps[dir]);
	return why;
}

static enum failure
read_truth(struct slice word, bool *is)
{
	*is = slice_is(word, "true");
	return *is || slice_is(word, "false") ? WORKED : FAILURE_GARBLED;
}

enum failure
routeros_read_rule(const char *reply, size_t len, bool *on, struct slice *said)
{
	struct slice word;
	bool disabled = false;
	enum failure why = find_words(reply, len, &word, 1, said);

	if (why == WORKED)
		why = read_truth(word, &disabled);
	if (why == WORKED)
		*on = !disabled;
	return why;
}

enum failure
routeros_read_flags(const char *reply, size_t len,
    struct routeros_flags flags[], size_t count)
{
	struct slice words[2 * DIRECTIONS], said;
	enum failure why = find_words(reply, len, words, 2 * count, &said);

	for (size_t i = 0; i < count && why == WORKED; i++) {
		why = read_truth(words[2 * i], &flags[i].disabled);
		if (why == WORKED)
			why = read_truth(words[2 * i + 1], &flags[i].invalid);
	}
	return why;
}

/* --- durations ------------------------------------------------------------ */

/* "03:04:05" */
static const char *
clock_part(const char *s, size_t len, int64_t *seconds)
{
	int64_t part[3];

	if (len != 8 || s[2] != ':' || s[5] != ':')
		return "not a duration";
	for (size_t i = 0; i < 3; i++)
		if (number_int(s + 3 * i, 2, 0, 59, &part[i]) != NULL)
			return "not a duration";
	*seconds = part[0] * 3600 + part[1] * 60 + part[2];
	return NULL;
}

const char *
routeros_duration(const char *s, size_t len, int64_t *us)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 },
		{ 'm', 60 }, { 's', 1 } };
	int64_t total = 0, n;
	size_t i = 0, unit = 0;

	if (len == 0 || len > 32)
		return "not a duration";
	while (i < len) {
		size_t digits = i;

		while (digits < len && s[digits] >= '0' && s[digits] <= '9')
			digits++;
		if (digits < len && s[digits] == ':') {
			if (clock_part(s + i, len - i, &n) != NULL)
				return "not a duration";
			total += n;
			break;
		}
		while (
		    unit < 5 && digits < len && s[digits] != units[unit].letter)
			unit++;
		if (unit == 5 || digits == len ||
		    number_int(s + i, digits - i, 0, 1000000, &n) != NULL)
			return "not a duration";
		total += n * units[unit++].seconds;
		i = digits + 1;
	}
	if (total > T_MAX / 1000000)
		return "out of range";
	*us = total * 1000000;
	return NULL;
}

enum failure
routeros_read_uptime(const char *reply, size_t len, int64_t *uptime_us,
    int64_t *sectors, struct slice *said)
{
	struct slice words[2];
	enum failure why = find_words(reply, len, words, 2, said);

	if (why != WORKED)
		return why;
	if (routeros_duration(words[0].at, words[0].len, uptime_us) != NULL)
		return FAILURE_GARBLED;
	if (read_number(words[1], INT64_MAX, sectors) != WORKED)
		*sectors = NONE;
	return WORKED;
}

/* --- REST ----------------------------------------------------------------- */

#define TOKENS (4 * ROUTEROS_FIELDS)

/* The end of the object that begins at `at`, one behind its brace; 0: none. */
static size_t
object_end(const char *s, size_t len, size_t at)
{
	bool quoted = false;
	int depth = 0;

	for (; at < len; at++) {
		if (quoted && s[at] == '\\')
			at++;
		else if (s[at] == '"')
			quoted = !quoted;
		else if (!quoted && s[at] == '{')
			depth++;
		else if (!quoted && s[at] == '}' && --depth == 0)
			return at + 1;
	}
	return 0;
}

static int
read_object(const char *s, size_t len, struct routeros_row *row)
{
	jsmntok_t token[TOKENS];
	jsmn_parser p;
	int n;

	jsmn_init(&p);
	n = jsmn_parse(&p, s, len, token, TOKENS);
	if (n < 1 || token[0].type != JSMN_OBJECT)
		return -1;
	row->fields = 0;
	for (int i = 1; i < n; i++) {
		const jsmntok_t *k = &token[i];

		if (k->parent != 0)
			continue;
		if (k->type != JSMN_STRING || k->size != 1 || i + 1 >= n ||
		    token[i + 1].parent != i || row->fields == ROUTEROS_FIELDS)
			return -1;
		row->field[row->fields].key = (struct slice){ s + k->start,
			(size_t)(k->end - k->start) };
		k = &token[i + 1];
		row->field[row->fields++].value = (struct slice){ s + k->start,
			(size_t)(k->end - k->start) };
	}
	return 1;
}

static size_t
skip_blanks(const char *s, size_t len, size_t at)
{
	while (at < len &&
	    (s[at] == ' ' || s[at] == '\n' || s[at] == '\r' || s[at] == '\t'))
		at++;
	return at;
}

int
routeros_next(const char *body, size_t len, size_t *at,
    struct routeros_row *row)
{
	size_t first = skip_blanks(body, len, 0);
	bool array = first < len && body[first] == '[';
	size_t i = skip_blanks(body, len, *at), end;

	if (i == first && array)
		i = skip_blanks(body, len, i + 1);
	else if (array && i < len && body[i] == ',')
		i = skip_blanks(body, len, i + 1);
	else if (i != first || array) { /* behind an object */
		if (array && (i >= len || body[i++] != ']'))
			return -1;
		return skip_blanks(body, len, i) == len ? 0 : -1;
	}
	if (array && i < len && body[i] == ']')
		return skip_blanks(body, len, i + 1) == len &&
			skip_blanks(body, len, *at) == first ?
		    0 :
		    -1;
	if (i >= len || body[i] != '{' || (end = object_end(body, len, i)) == 0)
		return -1;
	*at = end;
	return read_object(body + i, end - i, row);
}

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)(at - digits);
}

/* One byte of a string from the escape behind a backslash; what is no ASCII
 * never is in a name of ours. */
static char
unescape(struct slice v, size_t *i)
{
	int n = 0;

	switch (v.at[*i]) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'u':
		for (size_t d = 1; d <= 4; d++) {
			int h = *i + d < v.len ? hex(v.at[*i + d]) : -1;

			if (h == -1)
				return '?';
			n = n * 16 + h;
		}
		*i += 4;
		return n > 0 && n < 0x7f ? (char)n : '?';
	default:
		return v.at[*i];
	}
}

static const struct slice *
value_of(const struct routeros_row *row, const char *key)
{
	for (size_t i = row->fields; i > 0; i--)
		if (slice_is(row->field[i - 1].key, key))
			return &row->field[i - 1].value;
	return NULL;
}

bool
routeros_text(const struct routeros_row *row, const char *key, char *out,
    size_t size)
{
	const struct slice *v = value_of(row, key);
	size_t n = 0;

	out[0] = '\0';
	if (v == NULL)
		return false;
	for (size_t i = 0; i < v->len; i++) {
		char c = v->at[i];

		if (c == '\\' && i + 1 < v->len) {
			i++;
			c = unescape(*v, &i);
		}
		if (n + 1 >= size || c == '\0') {
			out[0] = '\0';
			return false;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

int64_t
routeros_count(const struct routeros_row *row, const char *key)
{
	const struct slice *v = value_of(row, key);
	int64_t n;

	if (v == NULL || routeros_number(v->at, v->len, &n) != NULL)
		return -1;
	return n;
}

void
routeros_counts(const struct routeros_row *row, const char *key,
    int64_t n[static DIRECTIONS])
{
	const struct slice *v = value_of(row, key);

	if (v == NULL || read_pair(*v, INT64_MAX, n) != WORKED)
		n[DOWN] = n[UP] = -1;
}

bool
routeros_is_id(const char *s)
{
	size_t len = strlen(s);

	return s[0] == '*' && len > 1 && len < ROUTEROS_ID &&
	    strspn(s + 1, "0123456789ABCDEFabcdef") == len - 1;
}

enum failure
routeros_rest_error(long status, const char *body, size_t len, char *said,
    size_t size)
{
	struct routeros_row row;
	size_t at = 0;

	said[0] = '\0';
	if (routeros_next(body, len, &at, &row) == 1 &&
	    !routeros_text(&row, "detail", said, size))
		(void)routeros_text(&row, "message", said, size);
	text_printable(said);
	if (status == 401)
		return FAILURE_CREDENTIALS;
	if (status == 404)
		return FAILURE_MISSING;
	if (status == 503 || status == 429)
		return FAILURE_BUSY;
	return routeros_why(said, strlen(said));
}

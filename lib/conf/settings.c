/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of keys, from text and to text. */
#include "conf/settings.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define TEXT_OF(macro) TEXT_OF_TOKENS(macro)
#define TEXT_OF_TOKENS(tokens) #tokens
#define NAME_TOO_LONG \
	"too long: a name has at most " TEXT_OF(SETTINGS_NAME_BYTES) " bytes"

void
settings_init(struct settings *s)
{
	memset(s, 0, sizeof *s);
}

/* --- values: text to structure ------------------------------------------ */

/* The kernel takes nearly anything, but . and .. would be paths. */
bool
settings_is_device(const char *v, size_t len)
{
	return len < SETTINGS_DEVICE_MAX && text_is_host(v, len) &&
	    strspn(v, ".") < len;
}

bool
settings_is_class(const char *v, size_t len)
{
	size_t colon = strcspn(v, ":");

	return colon > 0 && colon <= 4 && len >= colon + 2 &&
	    len <= colon + 5 && strspn(v, "0123456789abcdef") == colon &&
	    strspn(v + colon + 1, "0123456789abcdef") == len - colon - 1;
}

static const char *
set_device(char *out, const char *v, size_t len)
{
	if (!settings_is_device(v, len))
		return "not the name of a network device";
	text_copy(out, SETTINGS_DEVICE_MAX, v, len);
	return NULL;
}

static const char *
set_class(char *out, const char *v, size_t len)
{
	if (!settings_is_class(v, len))
		return "not a class like 1:10";
	text_copy(out, SETTINGS_TEXT_MAX, v, len);
	return NULL;
}

static const char *
set_printable(char *out, const char *v, size_t len)
{
	if (v[0] == ';')
		return "begins with ;"; /* a comment after a blank */
	if (strstr(v, " ;") != NULL)
		return "has a ; after a blank, which begins a comment";
	if (v[0] == ' ' || v[len - 1] == ' ')
		return "begins or ends with a blank";
	for (size_t i = 0; i < len; i++)
		if (v[i] < ' ' || v[i] > '~')
			return "not printable ASCII";
	return text_copy(out, SETTINGS_TEXT_MAX, v, len) ? NULL : "too long";
}

static const char *
set_address(char *out, const char *v, size_t len)
{
	return text_is_address(v, len) &&
		text_copy(out, SETTINGS_TEXT_MAX, v, len) ?
	    NULL :
	    "not a numeric address";
}

static bool
has_host(const struct settings *s, size_t n, const char *host, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(s->ping.host[i]) == len &&
		    memcmp(s->ping.host[i], host, len) == 0)
			return true;
	return false;
}

static const char *
set_hosts(struct settings *s, size_t row, const char *v)
{
	size_t n = s->ping.hosts, len;

	for (v += strspn(v, " \t"); *v != '\0'; v += strspn(v, " \t")) {
		len = strcspn(v, " \t");
		if (n == SETTINGS_HOSTS)
			return "more than 32 reflectors";
		if ((!text_is_address(v, len) && !text_is_domain(v, len)) ||
		    len >= SETTINGS_HOST_MAX)
			return "not a host name or address";
		if (has_host(s, n, v, len))
			return "reflector named twice";
		text_copy(s->ping.host[n], SETTINGS_HOST_MAX, v, len);
		s->ping.host_row[n++] = (unsigned char)row;
		v += len;
	}
	s->ping.hosts = n;
	return NULL;
}

static const char *
set_word(const struct setting *row, const char *v, int64_t *out)
{
	for (int64_t i = 0; row->words[i] != NULL; i++)
		if (strcmp(row->words[i], v) == 0) {
			*out = i;
			return NULL;
		}
	return "unknown word";
}

static const char *
set_number(const struct setting *row, const char *v, int64_t *out)
{
	size_t len = strlen(v);

	switch (row->type) {
	case SETTING_DURATION:
		return number_duration(v, len, row->lo, row->hi, out);
	case SETTING_RATE:
		return number_rate(v, len, row->lo, row->hi, out);
	case SETTING_RATIO:
		return number_ratio(v, len, row->lo, row->hi, out);
	case SETTING_WORD:
		return set_word(row, v, out);
	case SETTING_MARK:
		return number_mark(v, len, row->lo, row->hi, out);
	default:
		return number_int(v, len, row->lo, row->hi, out);
	}
}

static const char *
set_value(struct settings *s, const struct setting *row, const char *v)
{
	char *at = (char *)s + row->offset;
	size_t len = strlen(v);
	const char *why;
	int64_t n;

	switch (row->type) {
	case SETTING_NAME:
		if (!text_is_name(v, len, (size_t)row->hi))
			return len > (size_t)row->hi ?
			    NAME_TOO_LONG :
			    "not a name (letters, digits, . _ -)";
		text_copy(at, SETTINGS_TEXT_MAX, v, len);
		return NULL;
	case SETTING_DEVICE:
		return set_device(at, v, len);
	case SETTING_CLASS:
		return set_class(at, v, len);
	case SETTING_ADDRESS:
		return set_address(at, v, len);
	case SETTING_HOSTS:
		return set_hosts(s, (size_t)(row - setting_table), v);
	case SETTING_TEXT:
		return set_printable(at, v, len);
	default:
		why = set_number(row, v, &n);
		if (why == NULL)
			memcpy(at, &n, sizeof n);
		return why;
	}
}

/* A list that is longer than a line. */
static bool
may_repeat(size_t row)
{
	return setting_table[row].type == SETTING_HOSTS;
}

const char *
settings_set(struct settings *s, const char *section, const char *key,
    const char *value, int line)
{
	size_t row = settings_row(section, key);
	const char *why;

	if (row == setting_count)
		return settings_section(section) ? "unknown key" :
						   "unknown section";
	if (s->line[row] != 0 && !may_repeat(row))
		return "duplicate key";
	if (*value == '\0')
		why = "empty value";
	else if (strlen(key) + 1 + strlen(value) > SETTINGS_LINE_MAX)
		why = "longer than a line of 190 bytes";
	else
		why = set_value(s, &setting_table[row], value);
	if (why != NULL)
		s->line[row] = SETTINGS_REFUSED;
	else if (s->line[row] == 0)
		s->line[row] = line;
	return why;
}

void
settings_set_default(struct settings *s, size_t row)
{
	(void)set_value(s, &setting_table[row], setting_table[row].fallback);
}

/* --- values: structure to text ------------------------------------------ */

int64_t
settings_number(const struct settings *s, size_t row)
{
	int64_t v;

	memcpy(&v, (const char *)s + setting_table[row].offset, sizeof v);
	return v;
}

static void
hosts_value(const struct settings *s, size_t row, struct text *out)
{
	for (size_t i = 0; i < s->ping.hosts; i++) {
		if (s->ping.host_row[i] != row)
			continue;
		if (out->len > 0)
			text_add(out, " ");
		text_add(out, s->ping.host[i]);
	}
}

static void
add_number(struct text *t, const struct setting *row, int64_t n)
{
	char number[NUMBER_TEXT_MAX];

	switch (row->type) {
	case SETTING_DURATION:
		number_duration_text(number, n);
		break;
	case SETTING_RATE:
		number_rate_text(number, n);
		break;
	case SETTING_RATIO:
		number_ratio_text(number, n);
		break;
	default:
		number_format(number, n);
	}
	text_add(t, number);
}

void
settings_value(const struct settings *s, size_t i,
    char out[static SETTINGS_VALUE_MAX])
{
	const struct setting *row = &setting_table[i];
	struct text t;

	text_init(&t, out, SETTINGS_VALUE_MAX);
	switch (row->type) {
	case SETTING_HOSTS:
		hosts_value(s, i, &t);
		break;
	case SETTING_NAME:
	case SETTING_DEVICE:
	case SETTING_CLASS:
	case SETTING_ADDRESS:
	case SETTING_TEXT:
		text_add(&t, (const char *)s + row->offset);
		break;
	case SETTING_WORD:
		text_add(&t, row->words[settings_number(s, i)]);
		break;
	default:
		/* A rate of 0 is unknown. */
		if (row->type != SETTING_RATE || settings_number(s, i) != 0)
			add_number(&t, row, settings_number(s, i));
	}
}

bool
settings_has_queue(const struct settings *s, enum direction dir)
{
	return s->router.queue[dir][0] != '\0' || s->router.simple[0] != '\0' ||
	    s->dir[dir].managed != 0;
}

bool
settings_value_line(const struct settings *s, size_t i, size_t *at,
    char out[static SETTINGS_VALUE_MAX])
{
	size_t room = SETTINGS_LINE_MAX - strlen(setting_table[i].key) - 3;
	size_t len;

	settings_value(s, i, out);
	if (*at > 0 && *at >= strlen(out))
		return false;
	memmove(out, out + *at, strlen(out + *at) + 1);
	len = strlen(out);
	if (may_repeat(i) && len > room) {
		len = room;
		while (out[len] != ' ')
			len--;
		out[len] = '\0';
		len++;
	}
	*at += len;
	return *out != '\0';
}

void
settings_range(size_t i, char out[static SETTINGS_RANGE_MAX])
{
	const struct setting *row = &setting_table[i];
	struct text t;

	text_init(&t, out, SETTINGS_RANGE_MAX);
	switch (row->type) {
	case SETTING_INT:
	case SETTING_MARK:
	case SETTING_DURATION:
	case SETTING_RATE:
	case SETTING_RATIO:
		add_number(&t, row, row->lo);
		if (row->hi == row->lo)
			break;
		text_add(&t, " to ");
		add_number(&t, row, row->hi);
		break;
	case SETTING_WORD:
		for (size_t w = 0; row->words[w] != NULL; w++) {
			text_add(&t, w > 0 ? ", " : "");
			text_add(&t, row->words[w]);
		}
		break;
	default:
		break;
	}
}

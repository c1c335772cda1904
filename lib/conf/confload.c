/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/confload.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct reader {
	FILE *file;
	int line;
	bool failed, skip; /* skip: the section is not known */
	int error;         /* errno of a failed read */
	struct settings *settings;
	struct conf_report *report;
};

/* The place of a new fault, in order of lines; those about no line last. NULL
 * when there is no room. */
static struct conf_fault *
place_for(struct conf_report *report, int line)
{
	size_t at = report->count < CONF_FAULTS ? report->count : CONF_FAULTS;
	struct conf_fault *f = report->fault;

	report->count++;
	while (at > 0 && line > 0 &&
	    (f[at - 1].line == 0 || f[at - 1].line > line)) {
		if (at < CONF_FAULTS)
			f[at] = f[at - 1];
		at--;
	}
	return at < CONF_FAULTS ? &f[at] : NULL;
}

static void
report(struct reader *r, int line, const char *section, const char *key,
    const char *why)
{
	struct conf_fault *f = place_for(r->report, line);
	struct text t;

	r->failed = true;
	if (f == NULL)
		return;
	f->line = line;
	text_init(&t, f->text, sizeof f->text);
	if (*section != '\0') {
		text_add(&t, "[");
		text_add(&t, section);
		text_add(&t, "] ");
	}
	if (*key != '\0') {
		text_add(&t, key);
		text_add(&t, ": ");
	}
	text_add(&t, why);
	text_printable(f->text);
}

/* --- lines ---------------------------------------------------------------- */

static const char *
bad_section(const char *s)
{
	size_t name = strcspn(s, "] \t;"), rest;

	if (s[name] != ']' || name < 2 || name > CONF_SECTION_MAX)
		return "not a [section]";
	rest = name + 1 + strspn(s + name + 1, " \t");
	if (s[rest] != '\0' && (s[rest] != ';' || rest == name + 1))
		return "text after the [section]; a comment begins with ;";
	return NULL;
}

/* Faults of a line's shape that inih would read as something else, or NULL.
 * The line has no LF; kept bytes of its full length are there, and inih takes
 * room bytes. */
static const char *
bad_shape(const char *s, size_t kept, size_t full, size_t room)
{
	if (s[0] == '#' || s[0] == ';')
		return NULL;
	if (full > CONF_LINE_MAX || full > room)
		return "line longer than 190 bytes";
	if (memchr(s, '\0', kept) != NULL)
		return "NUL byte";
	if (s[strspn(s, " \t")] == '\0')
		return NULL;
	if (s[0] == ' ' || (s[0] >= '\t' && s[0] <= '\r'))
		return "line begins with a blank";
	if ((unsigned char)s[0] > '~')
		return "line does not begin with ASCII (byte order mark?)";
	if (s[0] == '[')
		return bad_section(s);
	return s[strcspn(s, "=:;")] == '=' ? NULL : "not key = value";
}

/* Reads a whole line into buf without its LF and returns its full length,
 * which may be more than fits; -1 at the end of the file. */
static long
read_line(FILE *f, char *buf, size_t size)
{
	long len = 0;
	int c;

	while ((c = getc(f)) != EOF && c != '\n') {
		if ((size_t)len + 1 < size)
			buf[len] = (char)c;
		len++;
	}
	if (c == EOF && len == 0)
		return -1;
	buf[(size_t)len < size ? (size_t)len : size - 1] = '\0';
	return len;
}

static void
begin_section(struct reader *r, const char *s)
{
	char name[CONF_SECTION_MAX];

	text_copy(name, sizeof name, s + 1, strcspn(s, "]") - 1);
	r->skip = *name == '\0' || !settings_section(name);
	if (r->skip)
		report(r, r->line, name, "", "unknown section");
}

/* True when the line is one for inih. */
static bool
is_wanted(struct reader *r, const char *s, size_t kept, size_t full,
    size_t room)
{
	const char *why = bad_shape(s, kept, full, room);

	if (why != NULL)
		report(r, r->line, "", "", why);
	if (s[0] == '[' && why != NULL)
		r->skip = true;
	else if (s[0] == '[')
		begin_section(r, s);
	return why == NULL && s[0] != '#' && s[0] != ';';
}

/* fgets() for inih: a refused line or a comment reaches it as an empty one. */
static char *
next_line(char *str, int num, void *stream)
{
	struct reader *r = stream;
	char line[CONF_LINE_MAX + 2];
	size_t len;
	long full;

	if ((full = read_line(r->file, line, sizeof line)) == -1) {
		r->error = ferror(r->file) ? errno : 0;
		return NULL;
	}
	r->line++;
	len = (size_t)full < sizeof line ? (size_t)full : sizeof line - 1;
	/* Text of another system ends its lines in CR LF. */
	if (len == (size_t)full && len > 0 && line[len - 1] == '\r') {
		line[--len] = '\0';
		full--;
	}
	/* It needs room for a LF and a NUL. */
	if (!is_wanted(r, line, len, (size_t)full, (size_t)num - 2))
		len = 0;
	memcpy(str, line, len);
	memcpy(str + len, "\n", 2);
	return str;
}

/* --- keys ----------------------------------------------------------------- */

/* Where a key belongs, for who wrote it elsewhere. */
static void
add_home(struct text *t, const char *key)
{
	size_t i = 0;

	while (i < setting_count && strcmp(setting_table[i].key, key) != 0)
		i++;
	if (i == setting_count)
		return;
	if (setting_table[i].section[0] == '\0') {
		text_add(t, " here; it goes before the first [section]");
		return;
	}
	text_add(t, " here; there is one in [");
	text_add(t, setting_table[i].section);
	text_add(t, "]");
}

/* Adds a hint about a refused key: before is its line until then. */
static void
add_advice(struct text *t, size_t row, const char *key, int before)
{
	char range[SETTINGS_RANGE_MAX] = "";

	if (row == setting_count) {
		add_home(t, key);
	} else if (before > 0) {
		text_add(t, "; the first is on line ");
		text_int(t, before);
	} else if (before == 0) {
		settings_range(row, range);
		text_add(t, *range != '\0' ? "; must be " : "");
		text_add(t, range);
	}
}

static int
set_key(void *user, const char *section, const char *key, const char *value)
{
	struct reader *r = user;
	size_t row = settings_row(section, key);
	int before = row < setting_count ? r->settings->line[row] : 0;
	char why[SETTINGS_TEXT_MAX + SETTINGS_RANGE_MAX];
	struct text t;
	const char *bad;

	if (r->skip)
		return 1;
	bad = settings_set(r->settings, section, key, value, r->line);
	if (bad == NULL)
		return 1;
	text_init(&t, why, sizeof why);
	text_add(&t, bad);
	add_advice(&t, row, key, before);
	report(r, r->line, section, key, why);
	return 1;
}

/* /etc/wanctl/cable.conf is the line "cable" unless it says otherwise. */
static void
name_from_path(struct settings *s, const char *path)
{
	size_t row = settings_row("wan", "name"), len;
	const char *base = strrchr(path, '/');

	if (s->line[row] != 0)
		return;
	base = base == NULL ? path : base + 1;
	len = strlen(base);
	if (len > 5 && strcmp(base + len - 5, ".conf") == 0)
		len -= 5;
	if (!text_is_name(base, len, (size_t)setting_table[row].hi))
		return;
	text_copy(s->wan.name, sizeof s->wan.name, base, len);
	s->line[row] = SETTINGS_DERIVED;
}

static void
finish(struct reader *r)
{
	struct settings_fault faults[CONF_FAULTS];
	size_t n = settings_finish(r->settings, faults, CONF_FAULTS);
	char why[SETTINGS_FAULT_MAX];

	for (size_t i = 0; i < n && i < CONF_FAULTS; i++) {
		const struct setting *row = &setting_table[faults[i].row];

		r->report->missing += faults[i].missing;
		settings_fault_text(r->settings, &faults[i], why);
		report(r, settings_fault_line(r->settings, &faults[i]),
		    row->section, row->key, why);
	}
}

int
conf_load(struct settings *s, const char *path, struct conf_report *out)
{
	struct reader r = { .settings = s, .report = out };
	int bad;

	settings_init(s);
	out->count = out->missing = 0;
	if ((r.file = fopen(path, "re")) == NULL)
		return -1;
	bad = ini_parse_stream(next_line, &r, set_key, &r);
	fclose(r.file);
	/* bad_shape() leaves nothing that inih could refuse. */
	if (r.error != 0 || bad != 0) {
		errno = r.error != 0 ? r.error : EINVAL;
		return -1;
	}
	name_from_path(s, path);
	finish(&r);
	return r.failed ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confload.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

struct reader {
	FILE *file;
	int line;
	bool failed;
	int error; /* errno of a failed read */
	struct settings *settings;
	struct conf_report *report;
};

static void
report(struct reader *r, int line, const char *section, const char *key,
    const char *why)
{
	struct conf_fault *f;
	struct text t;

	r->failed = true;
	if (r->report->count++ >= CONF_FAULTS)
		return;
	f = &r->report->fault[r->report->count - 1];
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

/* Faults of a line's shape that inih would read as something else, or NULL.
 * The line has no LF. */
static const char *
bad_shape(const char *s, size_t len)
{
	size_t end = len;

	while (end > 0 && (s[end - 1] == ' ' || s[end - 1] == '\t'))
		end--;
	if (memchr(s, '\0', len) != NULL)
		return "NUL byte";
	if (end == 0 || s[0] == '#' || s[0] == ';')
		return NULL;
	if (len > CONF_LINE_MAX)
		return "line longer than 190 bytes";
	if (s[0] == ' ' || s[0] == '\t')
		return "line begins with a blank";
	if (s[0] != '[')
		return memchr(s, '=', end) != NULL ? NULL : "not key = value";
	if (memchr(s, ']', end) == NULL || end > 48)
		return "not a [section]";
	return NULL;
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

/* fgets() for inih: a refused line or a comment reaches it as an empty one. */
static char *
next_line(char *str, int num, void *stream)
{
	struct reader *r = stream;
	char line[CONF_LINE_MAX + 2];
	const char *why;
	size_t kept, len;
	long full;

	if ((full = read_line(r->file, line, sizeof line)) == -1) {
		r->error = ferror(r->file) ? errno : 0;
		return NULL;
	}
	r->line++;
	kept = (size_t)full < sizeof line ? (size_t)full : sizeof line - 1;
	if (kept > 0 && line[kept - 1] == '\r')
		line[--kept] = '\0';
	why = bad_shape(line, kept);
	if (why != NULL)
		report(r, r->line, "", "", why);
	len = why != NULL || line[0] == '#' || line[0] == ';' ? 0 : kept;
	if (len + 2 > (size_t)num)
		len = 0;
	memcpy(str, line, len);
	memcpy(str + len, "\n", 2);
	return str;
}

static int
set_key(void *user, const char *section, const char *key, const char *value)
{
	struct reader *r = user;
	const char *why;

	why = settings_set(r->settings, section, key, value, r->line);
	if (why != NULL)
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
	s->line[row] = -1;
}

static void
finish(struct reader *r)
{
	struct settings_fault faults[CONF_FAULTS];
	size_t n = settings_finish(r->settings, faults, CONF_FAULTS);

	for (size_t i = 0; i < n && i < CONF_FAULTS; i++) {
		const struct setting *row = &setting_table[faults[i].row];
		int line = r->settings->line[faults[i].row];

		report(r, line < 0 ? 0 : line, row->section, row->key,
		    faults[i].why);
	}
}

int
conf_load(struct settings *s, const char *path, struct conf_report *out)
{
	struct reader r = { .settings = s, .report = out };
	int bad;

	settings_init(s);
	out->count = 0;
	if ((r.file = fopen(path, "re")) == NULL)
		return -1;
	bad = ini_parse_stream(next_line, &r, set_key, &r);
	fclose(r.file);
	if (r.error != 0) {
		errno = r.error;
		return -1;
	}
	if (bad != 0 && !r.failed)
		report(&r, bad > 0 ? bad : 0, "", "", "syntax error");
	name_from_path(s, path);
	finish(&r);
	return r.failed ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks, shows and changes a configuration file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/status.h"
#include "base/text.h"
#include "conf/conf_edit.h"
#include "conf/confload.h"
#include "conf/preset.h"
#include "conf/settings.h"
#include "program.h"
#include "record/replace.h"

#define CHANGES_MAX 256
#define ORIGIN_MAX 32 /* of the comment behind a value, without the path */

static const char usage_text[] =
    "usage: wanctl-conf check|show FILE\n"
    "       wanctl-conf get FILE KEY ...\n"
    "       wanctl-conf edit [-n] FILE [#COMMENT] KEY=VALUE ...\n"
    "       wanctl-conf preset TYPE [RATE [JITTER]]\n"
    "       wanctl-conf kind IDLE JITTER DOWN UP\n";

/* Splits "section.key"; "schema" has no section. */
static size_t
find_row(const char *name)
{
	char section[SETTINGS_TEXT_MAX];
	const char *dot = strchr(name, '.');
	size_t len = dot == NULL ? 0 : (size_t)(dot - name);

	if (len >= sizeof section)
		return setting_count;
	memcpy(section, name, len);
	section[len] = '\0';
	return settings_row(section, dot == NULL ? name : dot + 1);
}

/* Where the value of a row comes from. */
static void
print_origin(const struct settings *s, size_t i, const char *path)
{
	const struct setting *row = &setting_table[i];

	if (s->line[i] > 0)
		printf("; %s:%d\n", path, s->line[i]);
	else if (s->line[i] == SETTINGS_DERIVED)
		printf("; name of the file\n");
	else if (row->fallback[0] == '=')
		printf("; default %s\n", row->fallback + 1);
	else
		printf("; default\n");
}

static void
show_line(const struct settings *s, size_t i, const char *value,
    const char *path)
{
	const struct setting *row = &setting_table[i];
	/* A line that is too long to be read back would be of no use. */
	size_t len = strlen(row->key) + 3 + strlen(value);

	if (len + strlen(path) + ORIGIN_MAX > CONF_LINE_MAX) {
		print_origin(s, i, path);
		printf("%s%s%s\n", row->key, len > CONF_LINE_MAX ? "=" : " = ",
		    value);
		return;
	}
	printf("%s = %s  ", row->key, value);
	print_origin(s, i, path);
}

static void
show_row(const struct settings *s, size_t i, const char *path)
{
	char value[SETTINGS_VALUE_MAX];
	size_t at = 0;

	while (settings_value_line(s, i, &at, value))
		show_line(s, i, value, path);
}

/* The output is a configuration file that means the same. */
static void
show(const struct settings *s, const char *path)
{
	const char *section = "";

	for (size_t i = 0; i < setting_count; i++) {
		if (strcmp(setting_table[i].section, section) != 0) {
			section = setting_table[i].section;
			printf("\n[%s]\n", section);
		}
		show_row(s, i, path);
	}
}

/* Each on a line; one that is not set has an empty one if there are more. */
static int
get(const struct settings *s, char *const names[], int count)
{
	char value[SETTINGS_VALUE_MAX];
	int status = STATUS_OK;

	for (int i = 0; i < count; i++)
		if (find_row(names[i]) == setting_count)
			program_die(STATUS_USAGE,
			    "%s: no such key (section.key)", names[i]);
	for (int i = 0; i < count; i++) {
		settings_value(s, find_row(names[i]), value);
		if (*value == '\0')
			status = STATUS_NO;
		if (*value != '\0' || count > 1)
			printf("%s\n", value);
	}
	return status;
}

static int64_t
want_time(char *text)
{
	int64_t us;
	const char *why = number_duration(text, strlen(text), 0, 10000000, &us);

	if (why != NULL)
		program_die(STATUS_USAGE, "%s: %s", text_printable(text), why);
	return us;
}

static int64_t
want_rate(char *text)
{
	int64_t bps;
	const char *why = number_rate(text, strlen(text), 64000, 100000000000,
	    &bps);

	if (why != NULL)
		program_die(STATUS_USAGE, "%s: %s", text_printable(text), why);
	return bps;
}

static const struct preset *
want_preset(char *name)
{
	for (size_t i = 0; i < PRESETS; i++)
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	program_die(STATUS_USAGE, "%s: no such type of line",
	    text_printable(name));
}

/* Prints the keys that are of neither direction. */
static void
preset_line(const struct preset *p)
{
	for (int i = 0; i < PRESET_EXTRAS; i++) {
		const struct preset_extra *e = &preset_extras[i];

		if (strcmp(e->preset, p->name) == 0)
			printf("%s.%s %s %s\n", e->section, e->key, e->value,
			    e->why);
	}
}

/* Prints the keys that usually follow from the kind of a line and its best
 * rate, for scripts: a key, its value and the reason in each line. */
static void
preset(int argc, char *argv[])
{
	const struct preset *p = want_preset(argv[0]);
	struct measured m = { -1, argc > 2 ? want_time(argv[2]) : -1,
		{ -1, -1 }, { -1, -1 } };
	struct chosen c[CHOSEN_KEYS];
	char number[NUMBER_TEXT_MAX];

	if (argc == 1) {
		preset_line(p);
		return;
	}
	preset_values(p, &m, want_rate(argv[1]), 0, c);
	for (int k = CHOSEN_FLOOR; k < CHOSEN_KEYS; k++) {
		if (k == CHOSEN_FLOOR)
			number_rate_text(number, c[k].value / 1000 * 1000);
		else
			number_duration_text(number,
			    (c[k].value + 999) / 1000 * 1000);
		printf("%s %s %s\n", chosen_keys[k], number, c[k].why);
	}
}

/* Prints the kind that a line looks like, and why. */
static void
kind(char *argv[])
{
	struct measured m = { want_time(argv[0]), want_time(argv[1]),
		{ want_rate(argv[2]), want_rate(argv[3]) }, { -1, -1 } };
	char why[PRESET_WHY_MAX];
	const struct preset *p = preset_choose(&m, why);

	printf("%s %s\n", p->name, why);
}

static int
of_kinds(int argc, char *argv[])
{
	if (strcmp(argv[0], "preset") == 0 && argc >= 2 && argc <= 4)
		preset(argc - 1, argv + 1);
	else if (strcmp(argv[0], "kind") == 0 && argc == 5)
		kind(argv + 1);
	else
		program_usage(usage_text);
	program_close_stdout();
	return STATUS_OK;
}

/* --- edit ----------------------------------------------------------------- */

/* KEY=VALUE as a change of that row. */
static struct conf_change
want_change(char *word, const char *comment)
{
	static struct settings alone;
	size_t len = strcspn(word, "="), row;
	const char *value = word + len + 1, *why;

	if (word[len] == '\0')
		program_die(STATUS_USAGE, "%s: not KEY=VALUE",
		    text_printable(word));
	word[len] = '\0';
	if ((row = find_row(word)) == setting_count)
		program_die(STATUS_USAGE, "%s: no such key (section.key)",
		    text_printable(word));
	if (value[strcspn(value, "\r\n")] != '\0' ||
	    (comment != NULL && comment[strcspn(comment, "\r\n")] != '\0'))
		program_die(STATUS_USAGE, "%s: more than a line", word);
	/* A value that would be read as another one is refused here. */
	settings_init(&alone);
	if (*value != '\0' &&
	    (why = settings_set(&alone, setting_table[row].section,
		 setting_table[row].key, value, 1)) != NULL)
		program_die(STATUS_USAGE, "%s: %s", word, why);
	return (struct conf_change){ setting_table[row].section,
		setting_table[row].key, value, comment, false };
}

/* An argument that begins with # is a comment of the next one. */
static size_t
want_changes(char *words[], struct conf_change changes[static CHANGES_MAX])
{
	const char *comment = NULL;
	size_t n = 0;

	for (; *words != NULL; words++) {
		if (**words == '#') {
			comment = *words + 1;
			comment += strspn(comment, " ");
			continue;
		}
		if (n == CHANGES_MAX)
			program_die(STATUS_USAGE, "more than %d keys",
			    CHANGES_MAX);
		changes[n++] = want_change(*words, comment);
		comment = NULL;
	}
	if (n == 0 || comment != NULL)
		program_usage(usage_text);
	return n;
}

/* In its place, if it is a configuration. */
static void
replace(const char *path, const char *text)
{
	static struct conf_report report;
	static struct settings s;
	struct replace r;

	if (replace_write(&r, path, text) == -1)
		program_fail(STATUS_OS, "%s", r.failed);
	if (conf_load(&s, r.new_path, &report) != 0) {
		(void)unlink(r.new_path);
		program_warn("%s: not changed, as it would be wrong:", path);
		program_refuse(&report, path);
	}
	if (replace_commit(&r) == -1)
		program_fail(STATUS_OS, "%s", r.failed);
}

static int
edit(const char *path, char *words[], bool only_print)
{
	static char text[PROGRAM_FILE_MAX], changed[2 * PROGRAM_FILE_MAX];
	struct conf_change changes[CHANGES_MAX];
	size_t count = want_changes(words, changes);
	struct text out;

	program_read_file(path, text);
	text_init(&out, changed, sizeof changed);
	conf_edit(&out, text, changes, count);
	if (out.full)
		program_die(STATUS_CONFIG, "%s: too long", path);
	if (only_print)
		fputs(changed, stdout);
	else if (strcmp(text, changed) != 0)
		replace(path, changed);
	program_close_stdout();
	return STATUS_OK;
}

int
main(int argc, char *argv[])
{
	static struct settings s;
	int status = STATUS_OK;
	bool only_print = false;
	const char *verb;

	while (program_options(argc, argv, "n", usage_text) == 'n')
		only_print = true;
	if (argc - optind < 2)
		program_usage(usage_text);
	verb = argv[optind];
	if (strcmp(verb, "edit") == 0)
		return edit(argv[optind + 1], argv + optind + 2, only_print);
	if (only_print)
		program_usage(usage_text);
	if (strcmp(verb, "preset") == 0 || strcmp(verb, "kind") == 0)
		return of_kinds(argc - optind, argv + optind);
	if (strcmp(verb, "get") == 0 ? argc - optind < 3 :
				       argc - optind != 2 ||
		    (strcmp(verb, "show") != 0 && strcmp(verb, "check") != 0))
		program_usage(usage_text);
	program_load_settings(&s, argv[optind + 1]);
	if (strcmp(verb, "show") == 0)
		show(&s, text_printable(argv[optind + 1]));
	else if (strcmp(verb, "get") == 0)
		status = get(&s, argv + optind + 2, argc - optind - 2);
	program_close_stdout();
	return status;
}

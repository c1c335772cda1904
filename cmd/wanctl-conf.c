/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks and shows a configuration file. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "confload.h"
#include "program.h"
#include "settings.h"
#include "status.h"
#include "text.h"

#define ORIGIN_MAX 32 /* of the comment behind a value, without the path */

static const char usage_text[] = "usage: wanctl-conf check|show FILE\n"
				 "       wanctl-conf get FILE KEY\n";

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
show_row(const struct settings *s, size_t i, const char *path)
{
	const struct setting *row = &setting_table[i];
	char value[SETTINGS_VALUE_MAX];
	size_t len;

	settings_value(s, i, value);
	if (*value == '\0')
		return;
	/* A line that is too long to be read back would be of no use. */
	len = strlen(row->key) + 3 + strlen(value);
	if (len + strlen(path) + ORIGIN_MAX > CONF_LINE_MAX) {
		print_origin(s, i, path);
		printf("%s%s%s\n", row->key, len > CONF_LINE_MAX ? "=" : " = ",
		    value);
		return;
	}
	printf("%s = %s  ", row->key, value);
	print_origin(s, i, path);
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

static int
get(const struct settings *s, const char *name)
{
	char value[SETTINGS_VALUE_MAX];
	size_t row = find_row(name);

	if (row == setting_count)
		errx(STATUS_USAGE, "%s: no such key (section.key)", name);
	settings_value(s, row, value);
	if (*value == '\0')
		return STATUS_NO;
	printf("%s\n", value);
	return STATUS_OK;
}

int
main(int argc, char *argv[])
{
	static struct settings s;
	int status = STATUS_OK;
	const char *verb;

	if (program_options(argc, argv, "", usage_text) != -1 ||
	    argc - optind < 2)
		program_usage(usage_text);
	verb = argv[optind];
	if (argc - optind != (strcmp(verb, "get") == 0 ? 3 : 2) ||
	    (strcmp(verb, "get") != 0 && strcmp(verb, "show") != 0 &&
		strcmp(verb, "check") != 0))
		program_usage(usage_text);
	program_load_settings(&s, argv[optind + 1]);
	if (strcmp(verb, "show") == 0)
		show(&s, text_printable(argv[optind + 1]));
	else if (strcmp(verb, "get") == 0)
		status = get(&s, argv[optind + 2]);
	program_close_stdout();
	return status;
}

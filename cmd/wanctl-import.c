/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns configurations of the Python predecessor into ours. */
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"
#include "conf/conf_edit.h"
#include "conf/confload.h"
#include "conf/legacy.h"
#include "conf/yamlist.h"
#include "program.h"

#define FILE_MAX 262144
#define FILES_MAX 4 /* a line and its steering, and some */

static const char usage_text[] =
    "usage: wanctl-import [-i INTERVAL] [-o FILE] FILE...\n";

struct program {
	struct settings settings;
	struct legacy_context context;
	int count[LEGACY_DROPPED + 1];
};

static void
read_yaml(const char *path, struct yamlist *list)
{
	static char text[FILE_MAX];
	size_t len;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		err(STATUS_CONFIG, "%s", path);
	len = fread(text, 1, sizeof text, f);
	if (ferror(f))
		err(STATUS_CONFIG, "%s", path);
	fclose(f);
	if (len == sizeof text)
		errx(STATUS_CONFIG, "%s: too long", path);
	if (yamlist_parse(list, text, len) == -1)
		errx(STATUS_CONFIG, "%s:%d: %s", path, list->line, list->why);
	if (list->items == 0)
		errx(STATUS_CONFIG, "%s: empty", path);
}

static enum legacy_file
kind_of(const struct yamlist *list)
{
	for (size_t i = 0; i < list->items; i++)
		if (strncmp(list->item[i].path, "topology.", 9) == 0)
			return LEGACY_STEERING;
	return LEGACY_WAN;
}

/* The line in which a key is given again, as the last one counts; 0: it is
 * not. */
static int
again(const struct yamlist *list, size_t i)
{
	for (size_t n = list->items; n-- > i + 1;)
		if (strcmp(list->item[n].path, list->item[i].path) == 0)
			return list->item[n].line;
	return 0;
}

static void
import(struct program *p, const char *path, const struct yamlist *list)
{
	static const char *const fates[] = { "carried", "changed", "dropped" };
	int line;

	for (size_t i = 0; i < list->items; i++) {
		const struct yamlist_item *y = &list->item[i];
		struct legacy_note note;

		if ((line = again(list, i)) != 0) {
			note.fate = LEGACY_DROPPED;
			snprintf(note.text, sizeof note.text,
			    "given again in line %d, which counts", line);
		} else
			legacy_take(&p->settings, &p->context, kind_of(list),
			    y->path, y->value, &note);
		p->count[note.fate]++;
		fprintf(stderr, "%s:%d: %s: %s = %s: %s\n", path, y->line,
		    fates[note.fate], y->path,
		    strstr(y->path, "password") != NULL ? "(not shown)" :
							  y->value,
		    note.text);
	}
}

/* Some keys decide about those before them, so all are looked at first. */
static void
import_all(struct program *p, char *path[], int files)
{
	static struct yamlist list[FILES_MAX];

	if (files > FILES_MAX)
		errx(STATUS_USAGE, "no more than %d files", FILES_MAX);
	for (int i = 0; i < files; i++) {
		read_yaml(path[i], &list[i]);
		for (size_t n = 0; n < list[i].items; n++)
			legacy_look(&p->context, kind_of(&list[i]),
			    list[i].item[n].path, list[i].item[n].value);
	}
	for (int i = 0; i < files; i++)
		import(p, path[i], &list[i]);
	legacy_finish(&p->settings, &p->context);
}

static void
write_conf(const struct settings *s, FILE *f)
{
	static char buf[PROGRAM_FILE_MAX];
	struct text t;

	text_init(&t, buf, sizeof buf);
	conf_given(s, &t);
	fprintf(f,
	    "# Imported from the configuration of the Python "
	    "predecessor.\n%s",
	    buf);
}

/* All of it, or no file: half a one would stop the next run, too. */
static void
finish_file(FILE *f, const char *path)
{
	bool whole = fflush(f) != EOF && fsync(fileno(f)) != -1;
	int saved = errno;

	if (fclose(f) != EOF && whole)
		return;
	if (!whole)
		errno = saved;
	warn("%s", path);
	(void)unlink(path);
	exit(STATUS_OS);
}

/* Reports the faults that must be put right by hand. */
static size_t
tell_faults(const struct settings *s)
{
	static struct settings check;
	static struct settings_fault fault[16];
	char text[SETTINGS_FAULT_MAX];
	size_t n;

	check = *s;
	n = settings_finish(&check, fault, 16);
	for (size_t i = 0; i < n && i < 16; i++) {
		settings_fault_text(&check, &fault[i], text);
		warnx("to be put right: [%s] %s: %s",
		    setting_table[fault[i].row].section,
		    setting_table[fault[i].row].key, text);
	}
	return n;
}

int
main(int argc, char *argv[])
{
	static struct program p;
	char todo[LEGACY_TEXT_MAX];
	const char *out = NULL;
	FILE *f = stdout;
	size_t faults;
	int ch;

	p.context.wan_us = p.context.steer_us = 2000000;
	while ((ch = program_options(argc, argv, "i:o:", usage_text)) != -1) {
		if (ch == 'o') {
			out = optarg;
			continue;
		}
		p.context.wan_us = program_want_duration('i', optarg, 10000,
		    60000000);
	}
	if (optind == argc)
		program_usage(usage_text);
	settings_init(&p.settings);
	import_all(&p, argv + optind, argc - optind);
	if (out != NULL && (f = fopen(out, "wxe")) == NULL)
		err(errno == EEXIST ? STATUS_USAGE : STATUS_OS, "%s", out);
	write_conf(&p.settings, f);
	if (f != stdout)
		finish_file(f, out);
	program_close_stdout();
	fprintf(stderr, "%d carried, %d changed, %d dropped\n",
	    p.count[LEGACY_CARRIED], p.count[LEGACY_CHANGED],
	    p.count[LEGACY_DROPPED]);
	for (int i = 0; legacy_todo(&p.settings, i, todo); i++)
		fprintf(stderr, "to be done: %s\n", todo);
	faults = tell_faults(&p.settings);
	return faults > 0 ? STATUS_NO : STATUS_OK;
}

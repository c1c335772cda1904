/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns configurations of other programs into ours. */
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"
#include "conf/autorate.h"
#include "conf/conf_edit.h"
#include "conf/confload.h"
#include "conf/legacy.h"
#include "conf/shvars.h"
#include "conf/sqm.h"
#include "conf/ucilist.h"
#include "conf/yamlist.h"
#include "program.h"

#define FILE_MAX 262144
#define FILES_MAX 4 /* a line and its steering, and some */

static const char usage_text[] =
    "usage: wanctl-import [-i INTERVAL] [-o FILE] [-q QUEUE] FILE...\n";

/* Whose file it is, by how it is written. */
enum origin { LEGACY, AUTORATE, SQM };
static const char *const origins[] = { "the Python predecessor",
	"cake-autorate", "sqm" };

struct program {
	struct settings settings;
	enum origin origin;
	struct legacy_context context;
	struct autorate_context autorate;
	struct sqm_context sqm;
	const char *queue; /* of sqm */
	int refused;       /* lines that could not be read */
	int count[IMPORT_DROPPED + 1];
};

/* By its first line that tells: "#!", "config queue", "name=", or "name:" of
 * YAML. */
static enum origin
origin_of(const char *text)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	if (strncmp(text, "#!", 2) == 0)
		return AUTORATE;
	for (; *text != '\0'; text += strcspn(text, "\n")) {
		size_t len;

		text += strspn(text, " \t\r\n");
		if (strncmp(text, "config ", 7) == 0 ||
		    strncmp(text, "package ", 8) == 0)
			return SQM;
		len = strspn(text, name);
		if (len > 0 && (text[len] == '=' || text[len] == ':'))
			return text[len] == '=' ? AUTORATE : LEGACY;
	}
	return LEGACY;
}

static void
read_list(struct program *p, const char *path, bool first, struct keylist *list)
{
	static int (*const parse[])(struct keylist * l, const char *text,
	    size_t len) = { yamlist_parse, shvars_parse, ucilist_parse };
	static char text[FILE_MAX];
	enum origin origin;
	size_t len;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		program_fail(STATUS_CONFIG, "%s", path);
	len = fread(text, 1, sizeof text, f);
	if (ferror(f))
		program_fail(STATUS_CONFIG, "%s", path);
	fclose(f);
	if (len == sizeof text)
		program_die(STATUS_CONFIG, "%s: too long", path);
	text[len] = '\0';
	origin = origin_of(text);
	if (!first && (origin != p->origin || origin != LEGACY))
		program_die(STATUS_USAGE, "%s: more files than one of %s", path,
		    origins[p->origin]);
	p->origin = origin;
	if (parse[origin](list, text, len) == -1)
		program_die(STATUS_CONFIG, "%s:%d: %s", path, list->line,
		    list->why);
	if (list->items == 0)
		program_die(STATUS_CONFIG, "%s: empty", path);
}

static enum legacy_file
kind_of(const struct keylist *list)
{
	for (size_t i = 0; i < list->items; i++)
		if (strncmp(list->item[i].path, "topology.", 9) == 0)
			return LEGACY_STEERING;
	return LEGACY_WAN;
}

/* The line in which a key is given again, as the last one counts; 0: it is
 * not. */
static int
again(const struct keylist *list, size_t i)
{
	for (size_t n = list->items; n-- > i + 1;)
		if (strcmp(list->item[n].path, list->item[i].path) == 0)
			return list->item[n].line;
	return 0;
}

static void
tell(struct program *p, const char *path, const char *line, const char *key,
    const char *value, const struct import_note *note)
{
	static const char *const fates[] = { "carried", "changed", "dropped" };

	p->count[note->fate]++;
	fprintf(stderr, "%s:%s: %s: %s = %s: %s\n", path, line,
	    fates[note->fate], key,
	    strstr(key, "password") != NULL ? "(not shown)" : value,
	    note->text);
}

static void
take(struct program *p, const struct keylist *list, const char *key,
    const char *value, struct import_note *note)
{
	if (p->origin == LEGACY)
		legacy_take(&p->settings, &p->context, kind_of(list), key,
		    value, note);
	else if (p->origin == AUTORATE)
		autorate_take(&p->settings, &p->autorate, key, value, note);
	else
		sqm_take(&p->settings, &p->sqm, key, value, note);
}

static void
import(struct program *p, const char *path, const struct keylist *list)
{
	char number[NUMBER_MAX];
	int line;

	for (size_t i = 0; i < list->items; i++) {
		const struct keylist_item *y = &list->item[i];
		struct import_note note;

		if (y->refused != NULL) {
			p->refused++;
			fprintf(stderr, "%s:%d: refused: %s: %s\n", path,
			    y->line, y->value, y->refused);
			continue;
		}
		if ((line = again(list, i)) != 0) {
			note.fate = IMPORT_DROPPED;
			snprintf(note.text, sizeof note.text,
			    "given again in line %d, which counts", line);
		} else {
			take(p, list, y->path, y->value, &note);
		}
		number_format(number, y->line);
		tell(p, path, number, y->path, y->value, &note);
	}
}

/* What counts although the file does not say it. */
static void
import_unsaid(struct program *p, const char *path, const struct keylist *list)
{
	const char *key, *value;
	struct import_note note;

	if (p->origin == AUTORATE)
		for (size_t i = 0; autorate_default(list, i, &key, &value);
		     i++) {
			take(p, list, key, value, &note);
			tell(p, path, " by default", key, value, &note);
		}
	if (p->origin == SQM)
		for (int i = 0; sqm_finish(&p->settings, i, &note); i++)
			fprintf(stderr, "%s: added: %s\n", path, note.text);
	if (p->origin == LEGACY)
		legacy_finish(&p->settings, &p->context);
	else
		(void)import_set(&p->settings, "", "schema", "1");
}

/* Some keys decide about those before them, so all are looked at first. */
static void
import_all(struct program *p, char *path[], int files)
{
	static struct keylist list[FILES_MAX];
	const char *why;

	if (files > FILES_MAX)
		program_die(STATUS_USAGE, "no more than %d files", FILES_MAX);
	for (int i = 0; i < files; i++) {
		read_list(p, path[i], i == 0, &list[i]);
		for (size_t n = 0; n < list[i].items && p->origin == LEGACY;
		     n++)
			legacy_look(&p->context, kind_of(&list[i]),
			    list[i].item[n].path, list[i].item[n].value);
	}
	if (p->origin == AUTORATE)
		autorate_look(&p->autorate, &list[0]);
	if (p->origin == SQM &&
	    (why = sqm_look(&p->sqm, &list[0], p->queue)) != NULL)
		program_die(STATUS_USAGE, "%s: %s", path[0], why);
	for (int i = 0; i < files; i++)
		import(p, path[i], &list[i]);
	import_unsaid(p, path[0], &list[0]);
}

static void
write_conf(const struct program *p, FILE *f)
{
	static char buf[PROGRAM_FILE_MAX];
	struct text t;

	text_init(&t, buf, sizeof buf);
	conf_given(&p->settings, &t);
	fprintf(f, "# Imported from the configuration of %s.\n%s",
	    origins[p->origin], buf);
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
	program_warn("%s: %s", path, strerror(errno));
	(void)unlink(path);
	exit(STATUS_OS);
}

/* Reports the faults that must be put right by hand. */
static size_t
tell_faults(const struct program *p)
{
	static struct settings check;
	static struct settings_fault fault[16];
	char text[SETTINGS_FAULT_MAX];
	size_t n;

	check = p->settings;
	/* The name of the file that it goes to. */
	if (p->origin != LEGACY)
		(void)settings_set(&check, "wan", "name", "x", 1);
	n = settings_finish(&check, fault, 16);
	for (size_t i = 0; i < n && i < 16; i++) {
		settings_fault_text(&check, &fault[i], text);
		program_warn("to be put right: [%s] %s: %s",
		    setting_table[fault[i].row].section,
		    setting_table[fault[i].row].key, text);
	}
	return n;
}

int
main(int argc, char *argv[])
{
	static struct program p;
	char todo[IMPORT_TEXT_MAX];
	const char *out = NULL;
	FILE *f = stdout;
	size_t faults;
	int ch;

	p.context.wan_us = p.context.steer_us = 2000000;
	p.queue = "";
	while ((ch = program_options(argc, argv, "i:o:q:", usage_text)) != -1)
		if (ch == 'o')
			out = optarg;
		else if (ch == 'q')
			p.queue = optarg;
		else
			p.context.wan_us = program_want_duration('i', optarg,
			    10000, 60000000);
	if (optind == argc)
		program_usage(usage_text);
	settings_init(&p.settings);
	import_all(&p, argv + optind, argc - optind);
	if (out != NULL && (f = fopen(out, "wxe")) == NULL)
		program_fail(errno == EEXIST ? STATUS_USAGE : STATUS_OS, "%s",
		    out);
	write_conf(&p, f);
	if (f != stdout)
		finish_file(f, out);
	program_close_stdout();
	fprintf(stderr, "%d carried, %d changed, %d dropped\n",
	    p.count[IMPORT_CARRIED], p.count[IMPORT_CHANGED],
	    p.count[IMPORT_DROPPED]);
	for (int i = 0; legacy_todo(&p.settings, i, todo); i++)
		fprintf(stderr, "to be done: %s\n", todo);
	faults = tell_faults(&p);
	if (p.refused > 0)
		program_warn("to be put right: lines that take a shell: %d",
		    p.refused);
	faults += (size_t)p.refused;
	return faults > 0 ? STATUS_NO : STATUS_OK;
}

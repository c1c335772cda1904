/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns configurations of the Python predecessor into ours. */
#include "confload.h"
#include "legacy.h"
#include "number.h"
#include "program.h"
#include "text.h"
#include "yamlist.h"

#define FILE_MAX 262144

static const char usage_text[] =
    "usage: wanctl-import [-i INTERVAL] [-o FILE] FILE...\n";

struct program {
	struct settings settings;
	struct legacy_intervals intervals;
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

/* The alphas of the steering file are of its own interval, 2 s if it has
 * none. */
static void
find_interval(struct program *p, const struct yamlist *list)
{
	for (size_t i = 0; i < list->items; i++) {
		const struct yamlist_item *y = &list->item[i];

		if (strcmp(y->path, "measurement.interval_seconds") == 0)
			(void)number_duration(y->value, strlen(y->value), 10000,
			    60000000, &p->intervals.steer_us);
	}
}

static void
import(struct program *p, const char *path)
{
	static const char *const fates[] = { "carried", "changed", "dropped" };
	static struct yamlist list;
	bool steering = false;

	read_yaml(path, &list);
	for (size_t i = 0; i < list.items; i++)
		steering |= strncmp(list.item[i].path, "topology.", 9) == 0;
	find_interval(p, &list);
	for (size_t i = 0; i < list.items; i++) {
		const struct yamlist_item *y = &list.item[i];
		struct legacy_note note;

		/* A steering file repeats what is the line's. */
		if (steering &&
		    (strcmp(y->path, "wan_name") == 0 ||
			strncmp(y->path, "router.", 7) == 0 ||
			strncmp(y->path, "timeouts.", 9) == 0)) {
			note.fate = LEGACY_DROPPED;
			snprintf(note.text, sizeof note.text,
			    "the line's own file says it");
		} else {
			legacy_take(&p->settings, y->path, y->value,
			    &p->intervals, &note);
		}
		p->count[note.fate]++;
		fprintf(stderr, "%s:%d: %s: %s = %s: %s\n", path, y->line,
		    fates[note.fate], y->path,
		    strstr(y->path, "password") != NULL ? "(not shown)" :
							  y->value,
		    note.text);
	}
}

static void
write_conf(const struct settings *s, FILE *f)
{
	char value[SETTINGS_VALUE_MAX];
	const char *section = "";

	fprintf(f,
	    "# Imported from the configuration of the Python "
	    "predecessor.\n");
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (s->line[i] <= 0)
			continue;
		if (strcmp(row->section, section) != 0) {
			section = row->section;
			fprintf(f, "\n[%s]\n", section);
		}
		settings_value(s, i, value);
		fprintf(f, "%s = %s\n", row->key, value);
	}
}

/* What must be put right by hand. */
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
	const char *out = NULL, *why;
	FILE *f = stdout;
	size_t faults;
	int ch;

	p.intervals = (struct legacy_intervals){ 2000000, 2000000 };
	while ((ch = program_options(argc, argv, "i:o:", usage_text)) != -1) {
		if (ch == 'o') {
			out = optarg;
			continue;
		}
		why = number_duration(optarg, strlen(optarg), 10000, 60000000,
		    &p.intervals.wan_us);
		if (why != NULL)
			errx(STATUS_USAGE, "-i %s: %s", optarg, why);
	}
	if (optind == argc)
		program_usage(usage_text);
	settings_init(&p.settings);
	for (int i = optind; i < argc; i++)
		import(&p, argv[i]);
	legacy_finish(&p.settings);
	if (out != NULL && (f = fopen(out, "wxe")) == NULL)
		err(errno == EEXIST ? STATUS_USAGE : STATUS_OS, "%s", out);
	write_conf(&p.settings, f);
	if (f != stdout && (fflush(f) == EOF || fclose(f) == EOF))
		err(STATUS_OS, "%s", out);
	program_close_stdout();
	fprintf(stderr, "%d carried, %d changed, %d dropped\n",
	    p.count[LEGACY_CARRIED], p.count[LEGACY_CHANGED],
	    p.count[LEGACY_DROPPED]);
	faults = tell_faults(&p.settings);
	return faults > 0 ? STATUS_NO : STATUS_OK;
}

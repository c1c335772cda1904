/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns records into lines of JSON or columns; prints what time it is for
 * records. */
#include <inttypes.h>

#include "program.h"
#include "record/columns.h"
#include "record/json.h"
#include "record/timeline.h"

static const char usage_text[] = "usage: wanctl-records -c COLUMNS [-H]\n"
				 "       wanctl-records -j\n"
				 "       wanctl-records -n\n";

static struct lines in;
static struct output out;
static struct program_faults faults;
static struct columns columns;
static bool in_columns;

/* Of no record: the names of the columns. */
static void
write_columns(const struct record *r)
{
	char line[COLUMNS_LINE];
	size_t len = columns_write(line, &columns, r);

	if (len > 0 && output_line(&out, line, len) == -1)
		program_fail(STATUS_OS, "standard output");
}

static void
write_json(const struct record *r)
{
	char json[JSON_MAX];

	if (output_line(&out, json, json_write(json, r)) == -1)
		program_fail(STATUS_OS, "standard output");
}

static void
convert(void *user, const char *line, size_t len, int64_t number)
{
	struct record r;
	const char *why;

	(void)user;
	if ((why = record_parse(&r, line, len)) != NULL)
		program_bad_line(&faults, number, "", why);
	else if (in_columns)
		write_columns(&r);
	else
		write_json(&r);
}

static void
print_now(void)
{
	struct timeline timeline;

	timeline_start(&timeline, program_runtime_dir());
	printf("%" PRId64 "\n", timeline_now(&timeline));
	program_close_stdout();
}

int
main(int argc, char *argv[])
{
	bool json = false, now = false, heading = false;
	const char *why;
	int ch;

	while ((ch = program_options(argc, argv, "c:Hjn", usage_text)) != -1) {
		json = json || ch == 'j';
		now = now || ch == 'n';
		heading = heading || ch == 'H';
		if (ch != 'c')
			continue;
		in_columns = true;
		if ((why = columns_parse(&columns, optarg)) != NULL)
			program_die(STATUS_USAGE, "-c %s: %s", optarg, why);
	}
	if (json + now + in_columns != 1 || (heading && !in_columns) ||
	    optind != argc)
		program_usage(usage_text);
	program_keep(PRIVILEGE_FILES);
	if (now) {
		print_now();
		return STATUS_OK;
	}
	lines_init(&in, STDIN_FILENO);
	output_init(&out, STDOUT_FILENO);
	if (heading)
		write_columns(NULL);
	program_each_line(&in, &out, &faults, convert, NULL);
	return faults.bad > 0 ? STATUS_DATA : STATUS_OK;
}

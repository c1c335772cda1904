/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns records into lines of JSON; prints what time it is for records. */
#include <inttypes.h>

#include "program.h"
#include "record/json.h"
#include "record/timeline.h"

static const char usage_text[] = "usage: wanctl-records -j\n"
				 "       wanctl-records -n\n";

static struct lines in;
static struct output out;
static struct program_faults faults;

static void
convert(void *user, const char *line, size_t len, int64_t number)
{
	char json[JSON_MAX];
	struct record r;
	const char *why;

	(void)user;
	if ((why = record_parse(&r, line, len)) != NULL)
		program_bad_line(&faults, number, "", why);
	else if (output_line(&out, json, json_write(json, &r)) == -1)
		err(STATUS_OS, "standard output");
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
	bool json = false, now = false;
	int ch;

	while ((ch = program_options(argc, argv, "jn", usage_text)) != -1)
		*(ch == 'j' ? &json : &now) = true;
	if (json == now || optind != argc)
		program_usage(usage_text);
	program_keep(PRIVILEGE_FILES);
	if (now) {
		print_now();
		return STATUS_OK;
	}
	lines_init(&in, STDIN_FILENO);
	output_init(&out, STDOUT_FILENO);
	program_each_line(&in, &out, &faults, convert, NULL);
	return faults.bad > 0 ? STATUS_DATA : STATUS_OK;
}

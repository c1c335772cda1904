/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decisions and their reasons in words. */
#include "program.h"
#include "record/story.h"

static const char usage_text[] = "usage: wanctl-explain\n";

static struct lines in;
static struct output out;
static struct story story;
static struct program_faults faults;

static void
explain(void *user, const char *line, size_t len, int64_t number)
{
	char text[STORY_TEXT + 1];
	const char *culprit = "", *why;
	enum story_got got = STORY_BAD;
	struct record r;

	(void)user;
	if ((why = record_parse(&r, line, len)) == NULL)
		got = story_tell(&story, &r, text, &culprit, &why);
	if (got == STORY_BAD)
		program_bad_line(&faults, number, culprit, why);
	if (got != STORY_TOLD)
		return;
	len = strlen(text);
	text[len++] = '\n';
	if (output_line(&out, text, len) == -1)
		program_fail(STATUS_OS, "standard output");
}

int
main(int argc, char *argv[])
{
	while (program_options(argc, argv, "", usage_text) != -1)
		;
	if (optind != argc)
		program_usage(usage_text);
	program_keep(PRIVILEGE_NONE);
	lines_init(&in, STDIN_FILENO);
	output_init(&out, STDOUT_FILENO);
	program_each_line(&in, &out, &faults, explain, NULL);
	if (faults.bad > 0)
		return STATUS_DATA;
	return story.decisions ? STATUS_OK : STATUS_NO;
}

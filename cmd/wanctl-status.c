/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How each line is: a table for people, a document for programs, and an exit
 * status. */
#include "monitor/documents.h"
#include "monitor/table.h"
#include "program.h"
#include "program_lines.h"

static const char usage_text[] = "usage: wanctl-status [-j | -r] [WAN ...]\n";

static struct gather gather;
static char text[PROGRAM_LINES_BYTES];
static struct health line[GATHER_LINES];

/* --- what is shown -------------------------------------------------------- */

static int
print_table(size_t lines)
{
	char row[TABLE_ROW];
	int status = STATUS_OK;
	bool well;

	table_heading(row);
	printf("%s\n", row);
	for (size_t i = 0; i < lines; i++)
		for (int k = 0; table_row(&line[i], k, row, &well); k++) {
			printf("%s\n", row);
			status = well ? status : STATUS_NO;
		}
	return status;
}

static int
print_document(size_t lines)
{
	static char document[GATHER_LINES * DOCUMENTS_BYTES];
	struct documents_facts facts = { VERSION, program_state_dir(), NONE,
		NONE };
	struct text out;
	bool well;

	(void)gather_disk(facts.disk, &facts.free_bytes, &facts.total_bytes);
	text_init(&out, document, sizeof document);
	well = documents_health(&out, line, lines, &facts);
	fputs(document, stdout);
	return well ? STATUS_OK : STATUS_NO;
}

/* Those of the lines that are named, as they came. */
static void
print_records(char *const argv[], int argc)
{
	bool named = false;
	size_t len;

	for (const char *at = text; *at != '\0'; at += len) {
		struct health one;

		len = strcspn(at, "\n");
		len += at[len] == '\n';
		if (health_read_lines(&one, 1, at, len) == 1)
			named = program_is_named(one.line.wan, argv, argc);
		if (named)
			fwrite(at, 1, len, stdout);
	}
}

int
main(int argc, char *argv[])
{
	char how = 't';
	int ch, worst = STATUS_OK, status = STATUS_OK;
	size_t lines;

	while ((ch = program_options(argc, argv, "jr", usage_text)) != -1)
		how = (char)ch;
	program_keep(PRIVILEGE_FILES);
	argv += optind;
	argc -= optind;
	lines = program_lines_gather(&gather, argv, argc, line, text, &worst);
	if (how == 'r')
		print_records(argv, argc);
	else
		status = how == 'j' ? print_document(lines) :
				      print_table(lines);
	program_close_stdout();
	return status > worst ? status : worst;
}

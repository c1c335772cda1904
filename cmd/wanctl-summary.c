/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings in figures, side by side. */
#include <fcntl.h>

#include "monitor/summary.h"
#include "program.h"

#define FILES 8

static const char usage_text[] = "usage: wanctl-summary [-w WAN] [FILE ...]\n";

static struct summary summaries[FILES];
static struct program_faults faults;
static const char *wan; /* NULL: whichever comes first, of each file */

struct reading {
	struct summary *to;
	char wan[WAN_MAX];
};

/* A recording of two lines is of the one that is asked for, or comes first. */
static bool
is_of_line(struct reading *r, const char *name)
{
	if (r->wan[0] == '\0')
		(void)snprintf(r->wan, sizeof r->wan, "%s",
		    wan != NULL ? wan : name);
	return strcmp(r->wan, name) == 0;
}

static void
take(void *user, const char *line, size_t len, int64_t number)
{
	struct reading *reading = user;
	const char *why, *culprit = "";
	union {
		struct rate rate;
		struct applied applied;
	} m;
	struct record r;

	if ((why = record_parse(&r, line, len)) == NULL) {
		if (slice_is(r.kind, message_rate.kind) &&
		    (why = message_unpack(&message_rate, &m, &r, &culprit)) ==
			NULL &&
		    is_of_line(reading, m.rate.wan))
			summary_rate(reading->to, &m.rate);
		else if (slice_is(r.kind, message_applied.kind) &&
		    (why = message_unpack(&message_applied, &m, &r,
			 &culprit)) == NULL &&
		    is_of_line(reading, m.applied.wan))
			summary_applied(reading->to, &m.applied);
	}
	if (why != NULL)
		program_bad_line(&faults, number, culprit, why);
}

static void
read_file(const char *path, struct summary *to)
{
	static struct lines in;
	static struct output none;
	struct reading reading = { .to = to };
	int fd = STDIN_FILENO;

	if (path != NULL && strcmp(path, "-") != 0) {
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
			program_fail(STATUS_OS, "%s", path);
		faults.name = path;
	}
	lines_init(&in, fd);
	output_init(&none, STDOUT_FILENO);
	program_each_line(&in, &none, &faults, take, &reading);
	if (fd != STDIN_FILENO)
		(void)close(fd);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The directions of each file are under its name. */
static void
print_heading(char *const path[], int files)
{
	if (files > 1) {
		printf("%-22s", "");
		for (int f = 0; f < files; f++)
			printf(" %25.25s", base_name(path[f]));
		printf("\n");
	}
	printf("%-22s", "");
	for (int f = 0; f < files; f++)
		printf(" %12s %12s", "download", "upload");
	printf("\n");
}

static void
print_rows(int files)
{
	struct summary_row row;

	for (int i = 0; summary_row(&summaries[0], i, &row); i++) {
		bool empty = true;

		for (int f = 0; f < files; f++)
			empty = empty && summary_is_empty(&summaries[f], i);
		if (empty)
			continue;
		printf("%-22s", row.label);
		for (int f = 0; f < files; f++) {
			(void)summary_row(&summaries[f], i, &row);
			printf(" %12s %12s", row.cell[DOWN], row.cell[UP]);
		}
		printf("\n");
	}
}

static bool
is_nothing(int files)
{
	for (int f = 0; f < files; f++)
		for (int dir = 0; dir < DIRECTIONS; dir++)
			if (summaries[f].dir[dir].decisions > 0)
				return false;
	return true;
}

int
main(int argc, char *argv[])
{
	int files;

	while (program_options(argc, argv, "w:", usage_text) != -1)
		wan = optarg;
	argv += optind;
	argc -= optind;
	if (argc > FILES)
		program_die(STATUS_USAGE, "more than %d files", FILES);
	program_keep(PRIVILEGE_FILES);
	files = argc > 0 ? argc : 1;
	for (int f = 0; f < files; f++)
		read_file(argc > 0 ? argv[f] : NULL, &summaries[f]);
	if (is_nothing(files))
		program_die(STATUS_NO, "no rate records%s%s",
		    wan != NULL ? " of " : "", wan != NULL ? wan : "");
	print_heading(argv, files);
	print_rows(files);
	program_close_stdout();
	return faults.bad > 0 ? STATUS_DATA : STATUS_OK;
}

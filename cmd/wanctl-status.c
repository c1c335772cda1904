/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How each line is: a table for people, a document for programs, and an exit
 * status. */
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "monitor/documents.h"
#include "monitor/table.h"
#include "program.h"
#include "program_lines.h"

#define SOCKET_SUFFIX "-status.socket"
#define SOCKET_US 5000000 /* for all that it says */

static const char usage_text[] = "usage: wanctl-status [-j | -r] [WAN ...]\n";

static struct gather gather;
static char text[GATHER_LINES * GATHER_BYTES];
static struct health line[GATHER_LINES];
static char name[GATHER_LINES][WAN_MAX];

/* --- the socket ----------------------------------------------------------- */

/* Who may not look into a service's directory asks the service: it prints
 * records of all lines to who connects. How much came; 0: nobody answers. */
static size_t
ask_socket(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int64_t until_us = clock_monotonic() + SOCKET_US;
	size_t len = 0;
	ssize_t n = 1;
	int fd;

	if (snprintf(to.sun_path, sizeof to.sun_path, "%s" SOCKET_SUFFIX,
		program_runtime_dir()) >= (int)sizeof to.sun_path)
		return 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return 0;
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == -1)
		n = 0;
	while (n > 0 && len < sizeof text - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct timespec left = clock_until(until_us);

		if (ppoll(&p, 1, &left, NULL) != 1)
			break;
		if ((n = read(fd, text + len, sizeof text - 1 - len)) > 0)
			len += (size_t)n;
	}
	(void)close(fd);
	return len;
}

/* --- lines ---------------------------------------------------------------- */

/* Records of these lines, or of all, into *out. An exit status. */
static int
look(char *const argv[], int argc, bool quiet, struct text *out)
{
	size_t names = argc > 0 ? (size_t)argc : gather_names(&gather, name);
	int worst = STATUS_OK;

	if (names == 0 && !quiet)
		errx(STATUS_NO, "no WAN: %s has no .conf file",
		    gather.conf_dir);
	for (size_t i = 0; i < names; i++) {
		const char *wan = argc > 0 ? argv[i] : name[i];
		int status = STATUS_OK;

		if (!quiet)
			status = program_lines_add(&gather, wan, out);
		else if (program_is_wan(wan))
			(void)gather_line(&gather, wan, out);
		worst = status > worst ? status : worst;
	}
	return worst;
}

static bool
is_named(const char *wan, char *const argv[], int argc)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], wan) == 0)
			return true;
	return argc == 0;
}

/* Keeps those that are asked for; *status: one was not there. */
static size_t
keep_named(size_t lines, char *const argv[], int argc, int *status)
{
	size_t kept = 0, found;

	for (int i = 0; i < argc; i++) {
		for (found = 0; found < lines; found++)
			if (strcmp(line[found].line.wan, argv[i]) == 0)
				break;
		if (found == lines) {
			program_say("%s: no such WAN", argv[i]);
			*status = STATUS_CONFIG;
		}
	}
	for (size_t i = 0; i < lines; i++)
		if (is_named(line[i].line.wan, argv, argc))
			line[kept++] = line[i];
	return kept;
}

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
			named = is_named(one.line.wan, argv, argc);
		if (named)
			fwrite(at, 1, len, stdout);
	}
}

int
main(int argc, char *argv[])
{
	char how = 't';
	int ch, worst = STATUS_OK, status = STATUS_OK;
	struct text out;
	size_t lines, len;

	while ((ch = program_options(argc, argv, "jr", usage_text)) != -1)
		how = (char)ch;
	program_keep(PRIVILEGE_FILES);
	argv += optind;
	argc -= optind;
	program_lines_begin(&gather);
	text_init(&out, text, sizeof text);
	(void)look(argv, argc, true, &out);
	if (gather.closed && (len = ask_socket()) > 0) {
		lines = health_read_lines(line, GATHER_LINES, text, len);
		lines = keep_named(lines, argv, argc, &worst);
	} else {
		text_init(&out, text, sizeof text);
		worst = look(argv, argc, false, &out);
		lines = health_read_lines(line, GATHER_LINES, text, out.len);
	}
	if (how == 'r')
		print_records(argv, argc);
	else
		status = how == 'j' ? print_document(lines) :
				      print_table(lines);
	program_close_stdout();
	return status > worst ? status : worst;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program_lines.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "monitor/gather.h"
#include "program.h"
#include "record/timeline.h"

#define SOCKET_SUFFIX "-status.socket"
#define SOCKET_US 5000000 /* for all that it says */

static const char *
directory(const char *variable, const char *fallback)
{
	const char *dir = secure_getenv(variable);

	return dir != NULL && *dir != '\0' ? dir : fallback;
}

const char *
program_config_dir(void)
{
	return directory("WANCTL_CONFIG_DIR", "/etc/wanctl");
}

const char *
program_state_dir(void)
{
	return directory("WANCTL_STATE_DIR", "/var/lib/wanctl");
}

bool
program_is_wan(const char *wan)
{
	return text_is_name(wan, strlen(wan), SETTINGS_NAME_BYTES);
}

void
program_lines_begin(struct gather *g)
{
	struct timeline timeline;

	g->conf_dir = program_config_dir();
	g->run_dir = program_runtime_dir();
	timeline_start(&timeline, g->run_dir);
	g->now_us = timeline_now(&timeline);
}

int
program_lines_add(struct gather *g, const char *wan, struct text *out)
{
	if (!program_is_wan(wan)) {
		program_say("%s: not a name (letters, digits, . _ -)", wan);
		return STATUS_USAGE;
	}
	switch (gather_line(g, wan, out)) {
	case GATHER_MISSING:
		program_say("%s: no such WAN: %s is missing", wan, g->failed);
		return STATUS_CONFIG;
	case GATHER_FAILED:
		program_say("%s: %s", g->failed, g->why);
		return STATUS_OS;
	default:
		return STATUS_OK;
	}
}

size_t
program_lines_read(struct gather *g, struct health line[static GATHER_LINES])
{
	static char name[GATHER_LINES][WAN_MAX], text[GATHER_BYTES];
	size_t names, n = 0;

	program_lines_begin(g);
	names = gather_names(g, name);
	for (size_t i = 0; i < names; i++) {
		struct text t;

		text_init(&t, text, sizeof text);
		(void)program_lines_add(g, name[i], &t);
		n += health_read_lines(&line[n], 1, text, t.len);
	}
	return n;
}

/* --- the socket ----------------------------------------------------------- */

/* Who may not look into a service's directory asks the service: it prints
 * records of all lines to who connects. How much came; 0: nobody answers. */
static size_t
ask_socket(char text[static PROGRAM_LINES_BYTES])
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
	while (n > 0 && len < PROGRAM_LINES_BYTES - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct timespec left = clock_until(until_us);

		if (ppoll(&p, 1, &left, NULL) != 1)
			break;
		if ((n = read(fd, text + len, PROGRAM_LINES_BYTES - 1 - len)) >
		    0)
			len += (size_t)n;
	}
	(void)close(fd);
	text[len] = '\0';
	return len;
}

/* --- lines ---------------------------------------------------------------- */

/* Records of these lines, or of all, into *out. An exit status. */
static int
look(struct gather *g, char *const argv[], int argc, bool quiet,
    struct text *out)
{
	static char name[GATHER_LINES][WAN_MAX];
	size_t names = argc > 0 ? (size_t)argc : gather_names(g, name);
	int worst = STATUS_OK;

	if (names == 0 && !quiet)
		program_die(STATUS_NO, "no WAN: %s has no .conf file",
		    g->conf_dir);
	for (size_t i = 0; i < names; i++) {
		const char *wan = argc > 0 ? argv[i] : name[i];
		int status = STATUS_OK;

		if (!quiet)
			status = program_lines_add(g, wan, out);
		else if (program_is_wan(wan))
			(void)gather_line(g, wan, out);
		worst = status > worst ? status : worst;
	}
	return worst;
}

bool
program_is_named(const char *wan, char *const argv[], int argc)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], wan) == 0)
			return true;
	return argc == 0;
}

/* Keeps those that are asked for; *status: one was not there. */
static size_t
keep_named(struct health line[static GATHER_LINES], size_t lines,
    char *const argv[], int argc, int *status)
{
	size_t kept = 0, found;

	for (int i = 0; i < argc; i++) {
		for (found = 0; found < lines; found++)
			if (strcmp(line[found].line.wan, argv[i]) == 0)
				break;
		if (found == lines && status != NULL) {
			program_say("%s: no such WAN", argv[i]);
			*status = STATUS_CONFIG;
		}
	}
	for (size_t i = 0; i < lines; i++)
		if (program_is_named(line[i].line.wan, argv, argc))
			line[kept++] = line[i];
	return kept;
}

size_t
program_lines_gather(struct gather *g, char *const argv[], int argc,
    struct health line[static GATHER_LINES],
    char text[static PROGRAM_LINES_BYTES], int *status)
{
	struct text out;
	size_t lines, len;

	program_lines_begin(g);
	g->closed = false;
	text_init(&out, text, PROGRAM_LINES_BYTES);
	(void)look(g, argv, argc, true, &out);
	if (g->closed && (len = ask_socket(text)) > 0) {
		lines = health_read_lines(line, GATHER_LINES, text, len);
		return keep_named(line, lines, argv, argc, status);
	}
	if (status != NULL) {
		text_init(&out, text, PROGRAM_LINES_BYTES);
		*status = look(g, argv, argc, false, &out);
	}
	return health_read_lines(line, GATHER_LINES, text, out.len);
}

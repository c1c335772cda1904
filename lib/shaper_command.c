/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend command: ARGUMENT... get DIR, ARGUMENT... set DIR BPS. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "coprocess.h"
#include "number.h"
#include "shaper.h"

#define ARGUMENTS (SETTINGS_TEXT_MAX / 2) /* no more fit into the text */
#define OUTPUT 64                         /* a number and a line feed */
#define BPS_MOST 1000000000000

_Static_assert(ARGUMENTS + 4 <= COPROCESS_ARGUMENTS, "arguments of command");

struct arguments {
	char text[SETTINGS_TEXT_MAX];
	const char *argv[ARGUMENTS + 4];
	size_t count;
};

static void
split(struct arguments *a, const char *command)
{
	char *at = a->text;

	a->count = 0;
	(void)snprintf(a->text, sizeof a->text, "%s", command);
	for (at += strspn(at, " "); *at != '\0' && a->count < ARGUMENTS;
	     at += strspn(at, " ")) {
		a->argv[a->count++] = at;
		at += strcspn(at, " ");
		if (*at != '\0')
			*at++ = '\0';
	}
}

/* Runs it with these words behind; NULL is success. */
static const char *
run(struct shaper *s, const char *verb, enum direction dir, const char *value,
    char out[static OUTPUT])
{
	const char *name = direction_names[dir];
	struct arguments a;
	int status;

	split(&a, s->settings->shaper.command);
	a.argv[a.count++] = verb;
	a.argv[a.count++] = name;
	a.argv[a.count++] = value;
	a.argv[a.count] = NULL;
	status = coprocess_run(a.argv, out, OUTPUT,
	    s->settings->shaper.timeout_us);
	if (status == 0)
		return NULL;
	if (status != -1) {
		(void)snprintf(s->detail, sizeof s->detail,
		    "%s %s %s: exit status %d", a.argv[0], verb, name, status);
		return "failed";
	}
	(void)snprintf(s->detail, sizeof s->detail, "%s %s %s: %s", a.argv[0],
	    verb, name,
	    errno == ETIMEDOUT ? "took longer than timeout of [shaper] and "
				 "was killed" :
				 strerror(errno));
	return errno == ETIMEDOUT ? "timeout" : "failed";
}

static int
command_open(struct shaper *s)
{
	(void)s;
	coprocess_prepare();
	return 0;
}

static const char *
command_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	char out[OUTPUT];
	const char *why;
	size_t len;

	if ((why = run(s, "get", dir, NULL, out)) != NULL)
		return why;
	len = strcspn(out, "\n");
	why = number_int(out, len, 0, BPS_MOST, bps);
	if (why == NULL && out[len] == '\n' && out[len + 1] == '\0')
		return NULL;
	(void)snprintf(s->detail, sizeof s->detail,
	    "%.100s get %s: did not print one line with bits a second",
	    s->settings->shaper.command, direction_names[dir]);
	return "failed";
}

static const char *
command_set(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	char number[NUMBER_MAX], out[OUTPUT];

	(void)has_bps; /* the program tells when it is asked */
	number_format(number, bps);
	return run(s, "set", dir, number, out);
}

static void
command_close(struct shaper *s)
{
	(void)s;
}

const struct shaper_backend shaper_command = { command_open, command_get,
	command_set, command_close };

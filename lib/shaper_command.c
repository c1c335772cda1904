/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend command: ARGUMENT... get DIR, ARGUMENT... set DIR BPS. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "coprocess.h"
#include "number.h"
#include "shaper.h"

#define ARGUMENTS 32
#define BPS_MOST 1000000000000

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
run(struct shaper *s, const char *verb, const char *dir, const char *value,
    char *out, size_t size)
{
	struct arguments a;
	int status;

	split(&a, s->settings->shaper.command);
	a.argv[a.count++] = verb;
	a.argv[a.count++] = dir;
	a.argv[a.count++] = value;
	a.argv[a.count] = NULL;
	status = coprocess_run(a.argv, out, size,
	    s->settings->shaper.timeout_us);
	if (status == 0)
		return NULL;
	if (status != -1)
		(void)snprintf(s->detail, sizeof s->detail,
		    "%s %s %s: exit status %d", a.argv[0], verb, dir, status);
	else
		(void)snprintf(s->detail, sizeof s->detail, "%s %s %s: %s",
		    a.argv[0], verb, dir,
		    errno == ETIMEDOUT ? "took too long and was killed" :
					 strerror(errno));
	return status == -1 && errno == ETIMEDOUT ? "timeout" : "failed";
}

static int
command_open(struct shaper *s)
{
	(void)s;
	return 0;
}

static const char *
command_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	char out[64];
	const char *why;

	why = run(s, "get", direction_names[dir], NULL, out, sizeof out);
	if (why != NULL)
		return why;
	if (number_int(out, strcspn(out, "\n"), 0, BPS_MOST, bps) == NULL)
		return NULL;
	(void)snprintf(s->detail, sizeof s->detail,
	    "%s: get printed no number of bits a second",
	    s->settings->shaper.command);
	return "failed";
}

static const char *
command_set(struct shaper *s, enum direction dir, int64_t bps)
{
	char number[NUMBER_MAX], out[64];

	number_format(number, bps);
	return run(s, "set", direction_names[dir], number, out, sizeof out);
}

static void
command_close(struct shaper *s)
{
	(void)s;
}

const struct shaper_backend shaper_command = { command_open, command_get,
	command_set, command_close };

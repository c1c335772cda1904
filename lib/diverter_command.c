/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend command: ARGUMENT... get, ARGUMENT... set on|off. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "coprocess.h"
#include "diverter.h"

#define ARGUMENTS (SETTINGS_TEXT_MAX / 2) /* no more fit into the text */
#define OUTPUT 64

_Static_assert(ARGUMENTS + 3 <= COPROCESS_ARGUMENTS, "arguments of command");

struct arguments {
	char text[SETTINGS_TEXT_MAX];
	const char *argv[ARGUMENTS + 3];
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

static const char *
run(struct diverter *d, const char *verb, const char *value,
    char out[static OUTPUT])
{
	struct arguments a;
	int status;

	split(&a, d->settings->diverter.command);
	a.argv[a.count++] = verb;
	a.argv[a.count++] = value;
	a.argv[a.count] = NULL;
	status = coprocess_run(a.argv, out, OUTPUT,
	    d->settings->diverter.timeout_us);
	if (status == 0)
		return NULL;
	if (status != -1) {
		(void)snprintf(d->detail, sizeof d->detail,
		    "%s %s: exit status %d", a.argv[0], verb, status);
		return "failed";
	}
	(void)snprintf(d->detail, sizeof d->detail, "%s %s: %s", a.argv[0],
	    verb,
	    errno == ETIMEDOUT ? "took longer than timeout of [diverter] and "
				 "was killed" :
				 strerror(errno));
	return errno == ETIMEDOUT ? "timeout" : "failed";
}

static int
command_open(struct diverter *d)
{
	(void)d;
	coprocess_prepare();
	return 0;
}

static const char *
command_get(struct diverter *d, bool *on)
{
	char out[OUTPUT];
	const char *why;

	if ((why = run(d, "get", NULL, out)) != NULL)
		return why;
	*on = strcmp(out, "on\n") == 0;
	if (*on || strcmp(out, "off\n") == 0)
		return NULL;
	(void)snprintf(d->detail, sizeof d->detail,
	    "%.100s get: did not print one line with on or off",
	    d->settings->diverter.command);
	return "failed";
}

static const char *
command_set(struct diverter *d, bool on)
{
	char out[OUTPUT];

	return run(d, "set", on ? "on" : "off", out);
}

static void
command_close(struct diverter *d)
{
	(void)d;
}

const struct diverter_backend diverter_command = { command_open, command_get,
	command_set, command_close };

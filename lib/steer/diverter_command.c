/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend command: ARGUMENT... get, ARGUMENT... set on|off. */
#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "base/coprocess.h"
#include "steer/diverter.h"

#define OUTPUT 64

_Static_assert(COPROCESS_DETAIL <= DIVERTER_DETAIL, "d->detail");
_Static_assert(SETTINGS_TEXT_MAX <= CHILD_COMMAND, "command");

static enum failure
run(struct diverter *d, const char *verb, const char *value,
    char out[static OUTPUT])
{
	const char *const words[] = { verb, value, NULL };
	const struct coprocess_command command = {
		.text = d->settings->diverter.command,
		.words = words,
		.timeout_us = d->settings->diverter.timeout_us,
		.limit = "timeout of [diverter]",
	};

	return coprocess_command(&command, out, OUTPUT, d->detail);
}

static int
command_open(struct diverter *d)
{
	(void)d;
	coprocess_prepare();
	return 0;
}

static enum failure
command_get(struct diverter *d, bool *on)
{
	char out[OUTPUT];
	enum failure why;

	if ((why = run(d, "get", NULL, out)) != WORKED)
		return why;
	*on = strcmp(out, "on\n") == 0;
	if (*on || strcmp(out, "off\n") == 0)
		return WORKED;
	(void)snprintf(d->detail, sizeof d->detail,
	    "%.100s get: did not print one line with on or off",
	    d->settings->diverter.command);
	return FAILURE_FAILED;
}

static enum failure
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

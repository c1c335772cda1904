/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend command: ARGUMENT... get DIR, ARGUMENT... set DIR BPS. */
#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "base/coprocess.h"
#include "base/number.h"
#include "shape/shaper.h"

#define OUTPUT 64 /* a number and a line feed */
#define BPS_MOST 1000000000000

_Static_assert(COPROCESS_DETAIL <= TC_KERNEL_DETAIL, "s->detail");
_Static_assert(SETTINGS_TEXT_MAX <= CHILD_COMMAND, "command");

/* Runs it with these words behind; NULL is success. */
static enum failure
run(struct shaper *s, const char *verb, enum direction dir, const char *value,
    char out[static OUTPUT])
{
	const char *const words[] = { verb, direction_names[dir], value, NULL };
	const struct coprocess_command command = {
		.text = s->settings->shaper.command,
		.words = words,
		.timeout_us = s->settings->shaper.timeout_us,
		.limit = "timeout of [shaper]",
	};

	return coprocess_command(&command, out, OUTPUT, s->detail);
}

static int
command_open(struct shaper *s)
{
	(void)s;
	coprocess_prepare();
	return 0;
}

static enum failure
command_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	char out[OUTPUT];
	enum failure why;
	size_t len;

	if ((why = run(s, "get", dir, NULL, out)) != WORKED)
		return why;
	len = strcspn(out, "\n");
	if (number_int(out, len, 0, BPS_MOST, bps) == NULL &&
	    out[len] == '\n' && out[len + 1] == '\0')
		return WORKED;
	(void)snprintf(s->detail, sizeof s->detail,
	    "%.100s get %s: did not print one line with bits a second",
	    s->settings->shaper.command, direction_names[dir]);
	return FAILURE_FAILED;
}

static enum failure
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <time.h>

#include "base/clock.h"

/* A process that was killed may have left a child that is just beginning, with
 * the lock still in its hands: that is tried again for a second. */
#define HELD_TRIES 50
#define HELD_PAUSE_NS 20000000

static int
open_soon(struct store *s, const char *state, const char *live)
{
	const struct timespec tick = { 0, HELD_PAUSE_NS };
	int got = -1;

	for (int i = 0; i < HELD_TRIES && got == -1; i++) {
		if (i > 0)
			(void)nanosleep(&tick, NULL);
		got = store_open(s, state, live, program_invocation_short_name);
		if (got == -1 && errno != EWOULDBLOCK)
			break;
	}
	return got;
}

void
program_open_store(struct store *s, const char *state, const char *live)
{
	if (open_soon(s, state, live) == 0)
		return;
	if (errno == EWOULDBLOCK)
		program_die(STATUS_RETRY, "%s: held by %s", s->failed,
		    s->owner);
	program_die(STATUS_OS, "%s: %s", s->failed, store_reason(errno));
}

void
program_load_store(struct store *s, void *user,
    const char *restore(void *user, const char *text))
{
	static char text[STORE_MAX];
	const char *why;
	int found;

	while ((found = store_load(s, text)) == STORE_LOADED ||
	    found == STORE_BACKUP) {
		if (found == STORE_BACKUP)
			program_warn("%s: damaged or missing; using its backup",
			    s->path);
		if ((why = restore(user, text)) == NULL)
			return;
		program_warn("%s: %s; not used",
		    s->refused == 0 && s->live[0] != '\0' ? s->live : s->path,
		    why);
		store_refuse(s);
	}
	if (found == -1)
		program_die(STATUS_OS, "%s: %s", s->failed,
		    store_reason(errno));
	if (found == STORE_LOST)
		program_warn("%s: damaged, kept as %s.corrupt; starting afresh",
		    s->path, s->path);
}

void
program_save_store(struct store *s, const char *text, int64_t min_us,
    bool final, struct program_faults *faults)
{
	if (store_save(s, text, clock_monotonic(), min_us, final) == 0) {
		faults->unsaved = false;
		return;
	}
	if (!faults->unsaved)
		program_say("%s: %s", s->failed, store_reason(errno));
	faults->unsaved = true;
}

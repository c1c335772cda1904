/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shaper: whatever happens, it gets its rates back. */
#include "calibrate.h"

#include <inttypes.h>
#include <unistd.h>

#include "conf/conf_edit.h"
#include "record/replace.h"

static const char *const sections[DIRECTIONS] = { "download", "upload" };

bool
calibrate_restore(struct calibrate *p)
{
	struct borrowed_shaper *k = &p->keeper;

	if (borrowed_shaper_restore(k)) {
		if (access(k->store.path, F_OK) == 0)
			program_warn("%s: could not be removed", k->store.path);
		return true;
	}
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (k->detail[dir][0] != '\0')
			program_warn(
			    "%s: %" PRId64
			    " bit/s could not be restored: %s; the next run "
			    "of wanctl-calibrate tries again",
			    direction_names[dir], k->found_bps[dir],
			    k->detail[dir]);
	return false;
}

/* A program that talks to a router reads a file, and must know of -k. */
static void
write_given(struct calibrate *p)
{
	static char buf[PROGRAM_FILE_MAX];
	struct replace r;
	struct text t;
	int n;

	if (p->sets == 0 || p->settings.shaper.backend != BACKEND_ROUTER)
		return;
	text_init(&t, buf, sizeof buf);
	conf_given(&p->settings, &t);
	n = snprintf(p->given_path, sizeof p->given_path, "%s.conf",
	    p->keeper.store.path);
	if (t.full || n < 0 || (size_t)n >= sizeof p->given_path)
		program_die(STATUS_CONFIG, "-k: too long");
	if (replace_write(&r, p->given_path, buf) == -1 ||
	    replace_commit(&r) == -1)
		program_fail(STATUS_OS, "%s", r.failed);
}

void
calibrate_open_shaper(struct calibrate *p)
{
	struct borrowed_shaper *k = &p->keeper;

	write_given(p);
	if (borrowed_shaper_open(k, &p->settings,
		p->given_path[0] != '\0' ? p->given_path : p->conf) == -1)
		program_fail(STATUS_OS, "shaper");
	program_load_store(&k->store, k, borrowed_shaper_read);
	if (k->changed) {
		if (!calibrate_restore(p))
			exit(STATUS_RETRY);
		text_add(calibrate_text(p),
		    "Rates that an interrupted run had left are restored.");
		calibrate_say(p);
	}
	k->writable = !p->measure_only;
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (p->settings.dir[dir].managed != 0 &&
		    !borrowed_shaper_look(k, dir)) {
			program_warn("%s: %s", sections[dir], k->detail[dir]);
			k->writable = false;
		}
}

bool
calibrate_shape(struct calibrate *p, enum direction dir, int64_t bps)
{
	struct borrowed_shaper *k = &p->keeper;

	if (!k->writable || p->settings.dir[dir].managed == 0)
		return false;
	if (borrowed_shaper_set(k, dir, bps) == WORKED)
		return true;
	if (!k->changed)
		program_die(STATUS_OS, "%s", k->detail[dir]);
	program_warn("%s: %s; measuring only", sections[dir], k->detail[dir]);
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/borrowed_shaper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "record/statefile.h"

#define ATTEMPTS 5

int
borrowed_shaper_open(struct borrowed_shaper *k, struct settings *settings,
    const char *conf)
{
	k->wan = settings->wan.name;
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		struct direction_settings *d = &settings->dir[dir];

		k->found_bps[dir] = NONE;
		d->ceiling_bps = BORROWED_SHAPER_OPEN_BPS;
		d->floor_bps[ZONE_RED] = BORROWED_SHAPER_LEAST_BPS;
	}
	return shaper_open(&k->shaper, settings, conf);
}

struct restore_line {
	int64_t dir, bps;
};
static const struct message_field restore_fields[] = {
	FIELD_ENUM(restore_line, "dir", dir, direction_names, DIRECTIONS),
	FIELD_INT(restore_line, "bps", bps, true, 0, QDISC_BPS_MAX),
};
static const struct message_kind restore_kind = { "restore", restore_fields,
	FIELD_COUNT(restore_fields) };

static int
save(struct borrowed_shaper *k)
{
	char text[RECORD_MAX];
	struct text t;

	text_init(&t, text, sizeof text);
	statefile_begin(&t, "wanctl-calibrate", k->wan);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		struct restore_line line = { dir, k->found_bps[dir] };

		if (line.bps == NONE)
			continue;
		statefile_add(&t, &restore_kind, &line);
	}
	return store_save(&k->store, text, clock_monotonic(), 0, true);
}

static const char *
take_line(void *user, const struct record *r)
{
	static const struct message_kind *const kinds[] = { &restore_kind,
		NULL };
	struct borrowed_shaper *k = user;
	struct restore_line line;
	const char *why;

	if (statefile_unpack(kinds, &line, r, &why) != NULL) {
		k->found_bps[line.dir] = line.bps;
		k->changed = true;
	}
	return why;
}

const char *
borrowed_shaper_read(void *user, const char *text)
{
	struct borrowed_shaper *k = user;

	return statefile_read(text, "wanctl-calibrate", k->wan, take_line, k);
}

/* The first word is the shaper's, the detail is for people. */
static enum failure
explain(struct borrowed_shaper *k, enum direction dir, enum failure why)
{
	(void)snprintf(k->detail[dir], sizeof k->detail[dir], "%s",
	    why == WORKED ? "" : k->shaper.detail);
	return why;
}

bool
borrowed_shaper_look(struct borrowed_shaper *k, enum direction dir)
{
	enum failure why = shaper_get(&k->shaper, dir, &k->found_bps[dir]);

	if (explain(k, dir, why) == WORKED)
		return true;
	k->found_bps[dir] = NONE;
	return false;
}

enum failure
borrowed_shaper_set(struct borrowed_shaper *k, enum direction dir, int64_t bps)
{
	int64_t has = NONE;
	enum failure why;

	if (!k->changed && save(k) == -1) {
		(void)snprintf(k->detail[dir], sizeof k->detail[dir], "%s: %s",
		    k->store.failed, strerror(errno));
		k->writable = false;
		return FAILURE_STATE;
	}
	k->changed = true;
	why = explain(k, dir, shaper_set(&k->shaper, dir, bps, &has));
	if (why != WORKED)
		k->writable = false;
	return why;
}

static bool
restore(struct borrowed_shaper *k, enum direction dir)
{
	int64_t bps = k->found_bps[dir], has;
	enum failure why = WORKED;

	k->detail[dir][0] = '\0';
	if (bps == NONE)
		return true;
	/* A shaper that could not be set has it still. */
	if (shaper_get(&k->shaper, dir, &has) == WORKED && has == bps)
		return true;
	for (int i = 0; i < ATTEMPTS; i++)
		if ((why = shaper_set(&k->shaper, dir,
			 bps == 0 ? BORROWED_SHAPER_OPEN_BPS : bps, &has)) ==
		    WORKED)
			return true;
	explain(k, dir, why);
	return false;
}

bool
borrowed_shaper_restore(struct borrowed_shaper *k)
{
	char backup[STORE_PATH_MAX + 8];
	bool done = true;

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		done = restore(k, dir) && done;
	if (!done)
		return false;
	k->changed = false;
	(void)snprintf(backup, sizeof backup, "%s.backup", k->store.path);
	(void)unlink(backup);
	(void)unlink(k->store.path);
	return true;
}

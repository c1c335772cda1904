/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/borrowed_shaper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "record/record.h"

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

static int
save(struct borrowed_shaper *k)
{
	char text[RECORD_MAX];
	struct text t;

	text_init(&t, text, sizeof text);
	text_add(&t, "state v=1 program=wanctl-calibrate wan=");
	text_add(&t, k->wan);
	text_add(&t, "\n");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		text_add(&t, "restore dir=");
		text_add(&t, direction_names[dir]);
		text_add(&t, " bps=");
		text_int(&t, k->found_bps[dir]);
		text_add(&t, "\n");
	}
	return store_save(&k->store, text, clock_monotonic(), 0, true);
}

const char *
borrowed_shaper_read(void *user, const char *text)
{
	struct borrowed_shaper *k = user;
	struct record r;

	for (const char *end; (end = strchr(text, '\n')) != NULL;
	     text = end + 1) {
		int64_t bps;
		struct slice dir, v;

		if (record_parse(&r, text, (size_t)(end - text)) != NULL ||
		    !slice_is(r.kind, "restore"))
			continue;
		dir = record_get(&r, "dir");
		v = record_get(&r, "bps");
		if (v.at == NULL ||
		    number_int(v.at, v.len, 0, QDISC_BPS_MAX, &bps) != NULL)
			return "no rate to restore";
		k->found_bps[slice_is(dir, "up") ? UP : DOWN] = bps;
		k->changed = true;
	}
	return NULL;
}

/* The first word is the shaper's, the detail is for people. */
static const char *
explain(struct borrowed_shaper *k, enum direction dir, const char *why)
{
	(void)snprintf(k->detail[dir], sizeof k->detail[dir], "%s",
	    why == NULL ? "" : k->shaper.detail);
	return why;
}

bool
borrowed_shaper_look(struct borrowed_shaper *k, enum direction dir)
{
	const char *why = shaper_get(&k->shaper, dir, &k->found_bps[dir]);

	if (explain(k, dir, why) == NULL)
		return true;
	k->found_bps[dir] = NONE;
	return false;
}

const char *
borrowed_shaper_set(struct borrowed_shaper *k, enum direction dir, int64_t bps)
{
	int64_t has = NONE;
	const char *why;

	if (!k->changed && save(k) == -1) {
		(void)snprintf(k->detail[dir], sizeof k->detail[dir], "%s: %s",
		    k->store.failed, strerror(errno));
		k->writable = false;
		return "state";
	}
	k->changed = true;
	why = explain(k, dir, shaper_set(&k->shaper, dir, bps, &has));
	if (why != NULL)
		k->writable = false;
	return why;
}

static bool
restore(struct borrowed_shaper *k, enum direction dir)
{
	int64_t bps = k->found_bps[dir], has;
	const char *why = NULL;

	k->detail[dir][0] = '\0';
	if (bps == NONE)
		return true;
	/* A shaper that could not be set has it still. */
	if (shaper_get(&k->shaper, dir, &has) == NULL && has == bps)
		return true;
	for (int i = 0; i < ATTEMPTS; i++)
		if ((why = shaper_set(&k->shaper, dir,
			 bps == 0 ? BORROWED_SHAPER_OPEN_BPS : bps, &has)) ==
		    NULL)
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

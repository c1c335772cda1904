/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/shaper.h"

#include <string.h>

#include "record/messages.h"

int
shaper_open(struct shaper *s, const struct settings *settings, const char *conf)
{
	static const struct shaper_backend *const backends[] = {
		[BACKEND_CAKE] = &shaper_kernel,
		[BACKEND_HTB] = &shaper_kernel,
		[BACKEND_COMMAND] = &shaper_command,
		[BACKEND_PRINT] = &shaper_print,
		[BACKEND_ROUTER] = &shaper_router,
	};

	memset(s, 0, sizeof *s);
	s->settings = settings;
	s->conf = conf;
	s->plan_bps[DOWN] = s->plan_bps[UP] = NONE;
	s->backend = backends[settings->shaper.backend];
	return s->backend->open(s);
}

enum failure
shaper_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	return s->backend->get(s, dir, bps);
}

static int64_t
bounded(const struct shaper *s, enum direction dir, int64_t bps)
{
	const struct direction_settings *d = &s->settings->dir[dir];
	int64_t floor_bps = d->floor_bps[ZONE_RED];

	if (bps > d->ceiling_bps)
		return d->ceiling_bps;
	return bps < floor_bps ? floor_bps : bps;
}

void
shaper_plan(struct shaper *s, const int64_t bps[static DIRECTIONS])
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		s->plan_bps[dir] = bps[dir] == NONE ? NONE :
						      bounded(s, dir, bps[dir]);
	s->router.said = SHAPER_SAID_NOTHING;
}

enum failure
shaper_set(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	*has_bps = NONE;
	return s->backend->set(s, dir, bounded(s, dir, bps), has_bps);
}

void
shaper_close(struct shaper *s)
{
	s->backend->close(s);
}

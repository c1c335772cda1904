/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shaper.h"

#include <string.h>

#include "messages.h"

int
shaper_open(struct shaper *s, const struct settings *settings)
{
	static const struct shaper_backend *const backends[] = {
		[BACKEND_CAKE] = &shaper_kernel,
		[BACKEND_HTB] = &shaper_kernel,
		[BACKEND_COMMAND] = &shaper_command,
		[BACKEND_PRINT] = &shaper_print,
	};

	memset(s, 0, sizeof *s);
	s->settings = settings;
	s->backend = backends[settings->shaper.backend];
	return s->backend->open(s);
}

const char *
shaper_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	return s->backend->get(s, dir, bps);
}

const char *
shaper_set(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	const struct direction_settings *d = &s->settings->dir[dir];
	int64_t floor_bps = d->floor_bps[ZONE_RED];

	*has_bps = NONE;
	if (bps > d->ceiling_bps)
		bps = d->ceiling_bps;
	return s->backend->set(s, dir, bps < floor_bps ? floor_bps : bps,
	    has_bps);
}

void
shaper_close(struct shaper *s)
{
	s->backend->close(s);
}

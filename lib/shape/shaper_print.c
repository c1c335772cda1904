/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend print: a dry run that remembers what it would have set. */
#include "shape/shaper.h"

static int
print_open(struct shaper *s)
{
	for (int i = 0; i < DIRECTIONS; i++)
		s->print_bps[i] = s->settings->dir[i].base_bps;
	return 0;
}

static enum failure
print_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	*bps = s->print_bps[dir];
	return WORKED;
}

static enum failure
print_set(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	s->print_bps[dir] = *has_bps = bps;
	return WORKED;
}

static void
print_close(struct shaper *s)
{
	(void)s;
}

const struct shaper_backend shaper_print = { print_open, print_get, print_set,
	print_close };

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backends cake and htb. */
#include <string.h>

#include "shape/shaper.h"

static const char *
pass_on(struct shaper *s, const char *why)
{
	if (why != NULL)
		memcpy(s->detail, s->tc.detail, sizeof s->detail);
	return why;
}

static int
kernel_open(struct shaper *s)
{
	return tc_kernel_open(&s->tc);
}

/* The shaper as it is now. */
static const char *
read_kernel(struct shaper *s, enum direction dir)
{
	const char *why = tc_kernel_read(&s->tc, s->settings, dir,
	    &s->known[dir]);

	s->is_known[dir] = why == NULL;
	return pass_on(s, why);
}

static const char *
kernel_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	const char *why = read_kernel(s, dir);

	if (why == NULL)
		*bps = s->known[dir].bps;
	return why;
}

static const char *
change(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	struct qdisc *q = &s->known[dir];
	const char *why = tc_kernel_set(&s->tc, s->settings, dir, q, bps);

	s->is_known[dir] = why == NULL;
	if (why == NULL)
		*has_bps = q->bps;
	return pass_on(s, why);
}

/* A CAKE that was read before is changed by its handle, which says that it is
 * still the same; if that fails, it is worth another look. A class has no such
 * mark, and others may have changed what a change has to repeat. */
static const char *
kernel_set(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	const char *why;

	if (s->is_known[dir] && s->settings->shaper.backend == BACKEND_CAKE &&
	    change(s, dir, bps, has_bps) == NULL)
		return NULL;
	why = read_kernel(s, dir);
	return why != NULL ? why : change(s, dir, bps, has_bps);
}

static void
kernel_close(struct shaper *s)
{
	tc_kernel_close(&s->tc);
}

const struct shaper_backend shaper_kernel = { kernel_open, kernel_get,
	kernel_set, kernel_close };

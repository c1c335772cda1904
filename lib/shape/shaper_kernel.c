/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backends cake and htb. */
#include <string.h>

#include "shape/shaper.h"
#include "shape/tc_setup.h"

static enum failure
pass_on(struct shaper *s, enum failure why)
{
	if (why != WORKED)
		memcpy(s->detail, s->tc.detail, sizeof s->detail);
	return why;
}

static int
kernel_open(struct shaper *s)
{
	return tc_kernel_open(&s->tc);
}

/* The shaper as it is now. One that wanctl makes is made whole first: a device
 * that went and came back has lost it. */
static enum failure
read_kernel(struct shaper *s, enum direction dir)
{
	enum failure why = WORKED;
	bool changed = false;

	if (s->settings->shaper.make.make != 0)
		why = tc_setup_up(&s->tc, s->settings, dir, &changed);
	if (why == WORKED)
		why = tc_kernel_read(&s->tc, s->settings, dir, &s->known[dir]);
	s->is_known[dir] = why == WORKED;
	return pass_on(s, why);
}

static enum failure
kernel_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	enum failure why = read_kernel(s, dir);

	if (why == WORKED)
		*bps = s->known[dir].bps;
	return why;
}

static enum failure
change(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	struct qdisc *q = &s->known[dir];
	enum failure why = tc_kernel_set(&s->tc, s->settings, dir, q, bps);

	s->is_known[dir] = why == WORKED;
	if (why == WORKED)
		*has_bps = q->bps;
	return pass_on(s, why);
}

/* A CAKE that was read before is changed by its handle, which says that it is
 * still the same; if that fails, it is worth another look. A class has no such
 * mark, and others may have changed what a change has to repeat. */
static enum failure
kernel_set(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	enum failure why;

	if (s->is_known[dir] && s->settings->shaper.backend == BACKEND_CAKE &&
	    change(s, dir, bps, has_bps) == WORKED)
		return WORKED;
	why = read_kernel(s, dir);
	return why != WORKED ? why : change(s, dir, bps, has_bps);
}

static void
kernel_close(struct shaper *s)
{
	tc_kernel_close(&s->tc);
}

const struct shaper_backend shaper_kernel = { kernel_open, kernel_get,
	kernel_set, kernel_close };

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backends cake and htb. */
#include <string.h>

#include "shaper.h"

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
	return trafficctl_open(&s->tc);
}

static const char *
kernel_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	struct qdisc q;
	const char *why = trafficctl_read(&s->tc, s->settings, dir, &q);

	if (why == NULL)
		*bps = q.bps;
	return pass_on(s, why);
}

static const char *
kernel_set(struct shaper *s, enum direction dir, int64_t bps)
{
	struct qdisc q;
	const char *why = trafficctl_read(&s->tc, s->settings, dir, &q);

	if (why == NULL)
		why = trafficctl_set(&s->tc, s->settings, dir, &q, bps);
	return pass_on(s, why);
}

static void
kernel_close(struct shaper *s)
{
	trafficctl_close(&s->tc);
}

const struct shaper_backend shaper_kernel = { kernel_open, kernel_get,
	kernel_set, kernel_close };

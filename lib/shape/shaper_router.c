/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backend router: queues of a remote router, through wanctl-router(8).
 * Both directions are read and written by one request; what that said of the
 * other one is used for it, within the same cycle.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "shape/shaper.h"

#define SAME_CYCLE_US 20000

static enum failure
pass_on(struct shaper *s, enum failure why)
{
	if (why != WORKED)
		(void)snprintf(s->detail, sizeof s->detail, "%s",
		    s->router.link.detail);
	return why;
}

static int
router_open(struct shaper *s)
{
	router_client_init(&s->router.link, s->settings, s->conf);
	return 0;
}

/* Remembers what was said of both directions. */
static void
remember_answer(struct shaper *s, enum shaper_said said, const struct answer *a,
    enum failure why)
{
	s->router.said = said;
	s->router.said_us = clock_monotonic();
	s->router.why = why;
	for (int i = 0; i < DIRECTIONS; i++) {
		s->router.bps[i] = why == WORKED ? a->bps[i] : NONE;
		s->router.used[i] = false;
	}
}

static bool
is_said(struct shaper *s, enum shaper_said said, enum direction dir)
{
	return s->router.said == said && !s->router.used[dir] &&
	    clock_monotonic() - s->router.said_us < SAME_CYCLE_US;
}

static enum failure
router_get(struct shaper *s, enum direction dir, int64_t *bps)
{
	struct request request = { .what = REQUEST_SHAPER };
	struct answer a;
	enum failure why;

	if (!is_said(s, SHAPER_SAID_GET, dir)) {
		why = router_client_ask(&s->router.link, &message_get, &request,
		    &a, s->settings->shaper.timeout_us);
		remember_answer(s, SHAPER_SAID_GET, &a, why);
	}
	s->router.used[dir] = true;
	if (s->router.why == WORKED)
		*bps = s->router.bps[dir];
	return pass_on(s, s->router.why);
}

static enum failure
router_set(struct shaper *s, enum direction dir, int64_t bps, int64_t *has_bps)
{
	struct request request = { .what = REQUEST_SHAPER,
		.down_bps = s->plan_bps[DOWN],
		.up_bps = s->plan_bps[UP] };
	struct answer a;
	enum failure why;

	*(dir == DOWN ? &request.down_bps : &request.up_bps) = bps;
	if (!is_said(s, SHAPER_SAID_SET, dir) || s->plan_bps[dir] != bps) {
		why = router_client_ask(&s->router.link, &message_set, &request,
		    &a, s->settings->shaper.timeout_us);
		remember_answer(s, SHAPER_SAID_SET, &a, why);
	}
	s->router.used[dir] = true;
	*has_bps = s->router.bps[dir];
	return pass_on(s, s->router.why);
}

static void
router_close(struct shaper *s)
{
	router_client_close(&s->router.link);
}

const struct shaper_backend shaper_router = { router_open, router_get,
	router_set, router_close };

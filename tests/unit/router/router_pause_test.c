/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What spares a router: pauses and writes, kept over restarts. */
#include "router/router_pause.h"

#include <string.h>

#include "../tap.h"

#define SEC 1000000
#define T0 ((int64_t)1769000000 * SEC)

static struct settings s;

/* Into text and back, as another process gets it. */
static struct router_pause
again(const struct router_pause *r, int64_t t_us)
{
	struct router_pause new;
	char buf[4096];
	struct text t;

	text_init(&t, buf, sizeof buf);
	router_pause_describe(r, &s, t_us, &t);
	is_str(router_pause_restore(&new, buf), NULL, "read back");
	return new;
}

static void
pauses(void)
{
	struct router_pause r = { 0 }, new;
	int64_t t_us = T0, before_us = 0;

	is_int(router_pause_pause_us(&r, t_us), 0, "nothing failed");
	for (int i = 0; i < 14; i++) {
		int64_t us;

		router_pause_failed(&r, t_us, false, 0);
		r = again(&r, t_us);
		us = router_pause_pause_us(&r, t_us);
		ok(us > 0 && us >= before_us && us <= BREAKER_MOST_US,
		    "R35: over restarts the pause grows: %lld us",
		    (long long)us);
		before_us = us;
		t_us += us;
		is_int(router_pause_pause_us(&r, t_us), 0, "and ends");
	}
	is_int(before_us, BREAKER_MOST_US, "at five minutes");
	is_int(router_pause_pause_us(&r, t_us - 3600LL * SEC), 0,
	    "a clock that was set back is no pause");
	router_pause_cooling(&r, t_us, 7 * SEC);
	new = again(&r, t_us);
	is_int(router_pause_pause_us(&new, t_us), 7 * SEC,
	    "for as long as somebody else leaves it alone");
	router_pause_worked(&r);
	new = again(&r, t_us);
	is_int(router_pause_pause_us(&new, t_us), 0, "one success ends it");
	router_pause_cooling(&r, t_us, SEC);
	is_int(router_pause_pause_us(&r, t_us), SEC, "also as the first");
	r = (struct router_pause){ 0 };
	router_pause_failed(&r, t_us, true, 0);
	is_int(router_pause_pause_us(&r, t_us), BREAKER_LASTING_US,
	    "R34: what does not mend itself begins with a longer one");
}

static void
writes(void)
{
	struct router_pause r = { 0 };
	int64_t t_us = T0;

	for (int i = 0; i < 10; i++) {
		limiter_wrote(&r.limiter, t_us);
		t_us += SEC;
		r = again(&r, t_us);
	}
	is_int(limiter_room(&r.limiter, 10, 60 * SEC, t_us), T0 + 60 * SEC,
	    "R32: writes count over restarts");
	r = again(&r, T0 + 65 * SEC);
	is_int((int64_t)r.limiter.count, 4, "and are forgotten in time");
	for (int i = 0; i < 200; i++)
		limiter_wrote(&r.limiter, t_us + i);
	r = again(&r, t_us + 200);
	is_int((int64_t)r.limiter.count, LIMITER_MAX,
	    "as many as there is room for");
}

/* Being told to leave it alone is no failure, and what fails after it waits. */
static void
cooling(void)
{
	struct router_pause r = { 0 };

	router_pause_cooling(&r, T0, 2000000);
	is_int(router_pause_pause_us(&r, T0), 2000000, "R35: as long as told");
	router_pause_failed(&r, T0 + 2000000, false, 0);
	is_int(router_pause_pause_us(&r, T0 + 2000000), BREAKER_FIRST_US,
	    "R35: then the first pause of its own");
	router_pause_failed(&r, T0 + 3000000, false, 0);
	is_int(router_pause_pause_us(&r, T0 + 3000000), 2 * BREAKER_FIRST_US,
	    "R35: and twice that");
}

static void
bad_lines(void)
{
	static const char *const lines[] = {
		"pause failed=0 until_t=1 last_us=1",
		"pause failed=1 until_t=-1 last_us=1",
		"pause failed=1 until_t=1 last_us=300000001", "pause failed=1",
		"wrote", "wrote t=x", "wrote t=-1", "router pauses=-1",
		"router sectors=5"
	};
	struct router_pause r;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char text[128];

		(void)snprintf(text, sizeof text, "wrote t=1\n%s\n", lines[i]);
		ok(router_pause_restore(&r, text) != NULL, "refused: %s",
		    lines[i]);
		is_int((int64_t)r.limiter.count + r.breaker.failed, 0,
		    "... and nothing is left of that text");
	}
	is_str(router_pause_restore(&r, "shaper dir=up\nwrote t=1\n"), NULL,
	    "another kind is ignored");
	is_int((int64_t)r.limiter.count, 1, "... and what follows is read");
}

/* What became of asking, and the state that a process leaves. */
static void
learns(void)
{
	struct router_pause r = { 0 }, new;
	char buf[ROUTER_PAUSE_TEXT_MAX];
	struct text t;

	router_pause_learn(&r, T0, FAILURE_TIMEOUT, 0, 0);
	is_int(router_pause_pause_us(&r, T0), BREAKER_FIRST_US,
	    "R35: a failure is a pause");
	router_pause_learn(&r, T0, FAILURE_COOLING, 7 * SEC, 0);
	is_int(router_pause_pause_us(&r, T0), 7 * SEC,
	    "as long as the one who knows says");
	router_pause_learn(&r, T0, FAILURE_CREDENTIALS, 0, 0);
	is_int(router_pause_pause_us(&r, T0), BREAKER_LASTING_US,
	    "R34: longer when it does not mend itself");
	limiter_wrote(&r.limiter, T0);
	text_init(&t, buf, sizeof buf);
	text_add(&t, "state v=1\nshaper dir=up\n");
	router_pause_describe(&r, &s, T0, &t);
	is_str(router_pause_restore(&new, buf), NULL, "R35: it is restored");
	is_int(router_pause_pause_us(&new, T0), BREAKER_LASTING_US,
	    "R35: the pause");
	is_int((int64_t) new.limiter.count, 1, "R32: and the writes");
	is_int(new.pauses, 3, "R92: how often it was left alone");
	is_int(new.sectors, 0, "R92: of its flash memory it has said nothing");
	r.sectors = 4321;
	new = again(&r, T0);
	is_int(new.sectors, 4321, "R92: what it said last");
	is_str(router_pause_restore(&new, "wrote t=5"), NULL, "without an end");
	ok(router_pause_restore(&new, "wrote t=5\npause failed=0\n") != NULL &&
		new.limiter.count == 0,
	    "of a bad state, nothing");
	ok(router_pause_restore(&new, "wrote t=\n\n") != NULL,
	    "nor of no record");
	router_pause_learn(&r, T0, WORKED, 0, 0);
	is_int(router_pause_pause_us(&r, T0), 0, "success ends it");
	r.breaker.failed = 1000000000;
	router_pause_failed(&r, T0, false, 0);
	is_int(r.breaker.failed, 1000000000, "failures have an end, too");
}

int
main(void)
{
	settings_init(&s);
	s.router.write_window_us = 60 * SEC;
	pauses();
	writes();
	cooling();
	bad_lines();
	learns();
	return tap_done();
}

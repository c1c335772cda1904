/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What spares a router: pauses and writes, kept over restarts. */
#include "router/restraint.h"

#include <string.h>

#include "../tap.h"

#define SEC 1000000
#define T0 ((int64_t)1769000000 * SEC)

static struct settings s;

/* Into text and back, as another process gets it. */
static struct restraint
again(const struct restraint *r, int64_t t_us)
{
	struct restraint new = { 0 };
	struct record record;
	char buf[4096];
	struct text t;

	text_init(&t, buf, sizeof buf);
	restraint_describe(r, &s, t_us, &t);
	for (const char *line = buf; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (record_parse(&record, line, len) != NULL ||
		    restraint_take(&new, &record) != NULL)
			ok(false, "a line that cannot be read: %s", line);
		line += len + 1;
	}
	return new;
}

static void
pauses(void)
{
	struct restraint r = { 0 }, new;
	int64_t t_us = T0, before_us = 0;

	is_int(restraint_pause_us(&r, t_us), 0, "nothing failed");
	for (int i = 0; i < 14; i++) {
		int64_t us;

		restraint_failed(&r, t_us, false, 0);
		r = again(&r, t_us);
		us = restraint_pause_us(&r, t_us);
		ok(us > 0 && us >= before_us && us <= BREAKER_MOST_US,
		    "R35: over restarts the pause grows: %lld us",
		    (long long)us);
		before_us = us;
		t_us += us;
		is_int(restraint_pause_us(&r, t_us), 0, "and ends");
	}
	is_int(before_us, BREAKER_MOST_US, "at five minutes");
	is_int(restraint_pause_us(&r, t_us - 3600LL * SEC), 0,
	    "a clock that was set back is no pause");
	restraint_cooling(&r, t_us, 7 * SEC);
	new = again(&r, t_us);
	is_int(restraint_pause_us(&new, t_us), 7 * SEC,
	    "for as long as somebody else leaves it alone");
	restraint_worked(&r);
	new = again(&r, t_us);
	is_int(restraint_pause_us(&new, t_us), 0, "one success ends it");
	restraint_cooling(&r, t_us, SEC);
	is_int(restraint_pause_us(&r, t_us), SEC, "also as the first");
	r = (struct restraint){ 0 };
	restraint_failed(&r, t_us, true, 0);
	is_int(restraint_pause_us(&r, t_us), BREAKER_LASTING_US,
	    "R34: what does not mend itself begins with a longer one");
}

static void
writes(void)
{
	struct restraint r = { 0 };
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

static void
bad_lines(void)
{
	static const char *const lines[] = {
		"pause failed=0 until_t=1 last_us=1",
		"pause failed=1 until_t=-1 last_us=1",
		"pause failed=1 until_t=1 last_us=300000001", "pause failed=1",
		"wrote", "wrote t=x", "wrote t=-1"
	};
	struct restraint r = { 0 };
	struct record record;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		is_str(record_parse(&record, lines[i], strlen(lines[i])), NULL,
		    "a record");
		ok(restraint_take(&r, &record) != NULL, "refused: %s",
		    lines[i]);
	}
	is_int((int64_t)r.limiter.count + r.breaker.failed, 0,
	    "and changes nothing");
	is_str(record_parse(&record, "shaper dir=up", 13), NULL, "a record");
	is_str(restraint_take(&r, &record), NULL,
	    "of another kind is not ours");
}

/* What became of asking, and the state that a process leaves. */
static void
learns(void)
{
	struct restraint r = { 0 }, new;
	char buf[RESTRAINT_TEXT_MAX];
	struct text t;

	restraint_learn(&r, T0, "timeout", 0, 0);
	is_int(restraint_pause_us(&r, T0), BREAKER_FIRST_US,
	    "R35: a failure is a pause");
	restraint_learn(&r, T0, "cooling", 7 * SEC, 0);
	is_int(restraint_pause_us(&r, T0), 7 * SEC,
	    "as long as the one who knows says");
	restraint_learn(&r, T0, "credentials", 0, 0);
	is_int(restraint_pause_us(&r, T0), BREAKER_LASTING_US,
	    "R34: longer when it does not mend itself");
	limiter_wrote(&r.limiter, T0);
	text_init(&t, buf, sizeof buf);
	text_add(&t, "state v=1\nshaper dir=up\n");
	restraint_describe(&r, &s, T0, &t);
	is_str(restraint_restore(&new, buf), NULL, "R35: it is restored");
	is_int(restraint_pause_us(&new, T0), BREAKER_LASTING_US,
	    "R35: the pause");
	is_int((int64_t) new.limiter.count, 1, "R32: and the writes");
	is_str(restraint_restore(&new, "wrote t=5"), NULL, "without an end");
	ok(restraint_restore(&new, "wrote t=5\npause failed=0\n") != NULL &&
		new.limiter.count == 0,
	    "of a bad state, nothing");
	ok(restraint_restore(&new, "wrote t=\n\n") != NULL, "nor of no record");
	restraint_learn(&r, T0, NULL, 0, 0);
	is_int(restraint_pause_us(&r, T0), 0, "success ends it");
	r.breaker.failed = 1000000000;
	restraint_failed(&r, T0, false, 0);
	is_int(r.breaker.failed, 1000000000, "failures have an end, too");
}

int
main(void)
{
	settings_init(&s);
	s.router.write_window_us = 60 * SEC;
	pauses();
	writes();
	bad_lines();
	learns();
	return tap_done();
}

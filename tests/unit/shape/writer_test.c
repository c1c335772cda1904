/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a rate is written, read back, tried again and reported. */
#include "shape/writer.h"

#include "../random.h"
#include "../tap.h"

#define SEC 1000000
#define T0 1769000000000000

static struct settings s;

static void
make_settings(void)
{
	struct settings_fault fault;

	settings_init(&s);
	settings_set(&s, "", "schema", "1", 1);
	settings_set(&s, "wan", "name", "cable", 1);
	settings_set(&s, "download", "ceiling", "500mbit", 1);
	settings_set(&s, "download", "floor", "50mbit", 1);
	settings_set(&s, "upload", "ceiling", "20mbit", 1);
	settings_set(&s, "upload", "floor", "4mbit", 1);
	settings_set(&s, "shaper", "backend", "print", 1);
	settings_set(&s, "shaper", "deadband", "1%", 1);
	settings_set(&s, "shaper", "max_age", "5s", 1);
	settings_set(&s, "shaper", "reconcile", "10s", 1);
	is_int((int64_t)settings_finish(&s, &fault, 1), 0, "settings");
}

/* --- a shaper that does as it is told ----------------------------------- */

struct world {
	struct writer w;
	int64_t now_us;
	int64_t shaper_bps;
	enum failure get_why, set_why;
	int64_t grain_bps; /* it only takes multiples of this */
	int reads, sets, reports;
	bool dry_run;
};

static struct world
new_world(int64_t bps)
{
	struct world x = { .now_us = 100 * SEC,
		.shaper_bps = bps,
		.grain_bps = 8 };

	writer_init(&x.w);
	return x;
}

static const char *
decide(struct world *x, int64_t bps)
{
	struct rate r = { .t_us = T0 + x->now_us, .bps = bps, .dir = DOWN };

	return writer_decide(&x->w, &s, &r, T0 + x->now_us);
}

/* One cycle; true if there was something to do. */
static bool
cycle(struct world *x)
{
	struct writer_times times = { x->now_us, x->now_us + 20,
		T0 + x->now_us };

	if (!writer_begin(&x->w, &s, x->now_us))
		return false;
	if (writer_must_read(&x->w, &s, x->now_us)) {
		x->reads++;
		writer_read(&x->w, x->now_us, x->get_why, x->shaper_bps);
	}
	if (writer_must_write(&x->w, &s)) {
		x->sets++;
		if (x->set_why == WORKED)
			x->shaper_bps = x->w.shaper.want -
			    x->w.shaper.want % x->grain_bps;
		writer_wrote(&x->w, &s, x->now_us, x->set_why,
		    x->set_why == WORKED ? x->get_why : WORKED, x->shaper_bps);
	}
	x->reports += writer_report(&x->w, &s, DOWN, &times, x->dry_run);
	return true;
}

/* A decision some time later, carried out. */
static void
after(struct world *x, int64_t us, int64_t bps)
{
	x->now_us += us;
	decide(x, bps);
	cycle(x);
}

/* --- decisions ----------------------------------------------------------- */

static void
test_decide(void)
{
	struct world x = new_world(0);
	struct rate r = { .t_us = T0, .bps = 100000000, .dir = DOWN };

	ok(!writer_begin(&x.w, &s, SEC), "no decision, nothing to do");
	is_int(writer_due_us(&x.w, &s), INT64_MAX, "and nothing ever due");
	is_str(writer_decide(&x.w, &s, &r, T0 + 5000000), NULL, "5 s old");
	is_int(x.w.shaper.want, 100000000, "is wanted");
	r.bps = 90000000;
	is_str(writer_decide(&x.w, &s, &r, T0 + 5000001), "stale",
	    "more is stale");
	is_int(x.w.shaper.want, 100000000, "and changes nothing");
	is_str(writer_decide(&x.w, &s, &r, T0 - 3600 * (int64_t)SEC), NULL,
	    "a clock that is ahead is no reason");
	is_int(x.w.shaper.want, 90000000, "the last one counts");
	ok(!x.w.clamped, "inside the band");
	r.bps = 1;
	writer_decide(&x.w, &s, &r, T0);
	is_int(x.w.shaper.want, 50000000, "never below the floor");
	ok(x.w.clamped, "which is noted");
	r.bps = 1000000000000;
	r.dir = UP;
	writer_decide(&x.w, &s, &r, T0);
	is_int(x.w.shaper.want, 20000000, "never above the ceiling");
	ok(x.w.clamped, "which is noted too");
}

static void
test_deadband(void)
{
	struct world x = new_world(100000000);

	decide(&x, 101000000);
	ok(cycle(&x), "a first decision");
	is_int(x.reads, 1, "R31: reads before it writes");
	is_int(x.sets, 0, "R31: and writes nothing within the deadband");
	is_int(x.w.last.ok, 1, "which is right");
	is_int(x.w.last.bps, 100000000, "R33: it says what the shaper has");
	is_int(x.w.last.want, 101000000, "and what was wanted");
	is_int(x.w.last.wrote, 0, "and that it was not written");
	after(&x, 50000, 101000001);
	is_int(x.sets, 1, "R31: more than the deadband is written");
	is_int(x.reads, 1, "without reading again");
	is_int(x.w.last.bps, 101000000, "R33: what it has, read back");
	is_int(x.w.last.was, 100000000, "and had");
	is_int(x.w.last.wrote, 1, "it was written");
	is_int(x.w.writes, 1, "R31: writes are counted");
	after(&x, 50000, 102000000);
	is_int(x.sets, 1, "the deadband is of what the shaper has");
	after(&x, 50000, 100500000);
	is_int(x.sets, 1, "R31: half of it downwards");
	after(&x, 50000, 100490000);
	is_int(x.sets, 2, "R31: and more is written");
	x.shaper_bps = 0;
	x.w.shaper.has = NONE;
	after(&x, 50000, 100000000);
	is_int(x.sets, 3, "no limit is never near");
	ok(!cycle(&x), "nothing is done twice");
}

/* A rate may stay just below the ceiling for hours, so that is set exactly;
 * but a shaper that cannot have it is not asked again and again. */
static void
test_limits(void)
{
	int64_t top = s.dir[DOWN].ceiling_bps;
	int64_t least = s.dir[DOWN].floor_bps[ZONE_RED];
	struct world x = new_world(top - top / 200);

	after(&x, 50000, top - top / 300);
	is_int(x.sets, 0, "R31: near the ceiling the deadband counts");
	after(&x, 50000, top);
	is_int(x.sets, 1, "R31: the ceiling is set exactly");
	is_int(x.shaper_bps, top, "to the last bit");
	after(&x, 50000, top - top / 200);
	after(&x, 50000, top);
	is_int(x.sets, 1, "and a dip within the deadband is no reason");
	after(&x, 50000, least + least / 200);
	is_int(x.sets, 2, "far below");
	x.grain_bps = least / 150;
	after(&x, 50000, least);
	is_int(x.sets, 3, "R31: the floor too");
	is_str(x.w.last.why, "", "a shaper that rounds is not to blame");
	after(&x, 50000, least);
	x.now_us += 11 * SEC;
	cycle(&x);
	is_int(x.sets, 3, "and it is asked once");
	x = new_world(top - top / 2000);
	after(&x, 50000, top);
	is_int(x.sets, 0, "less than a thousandth is what shapers round");
}

static void
test_no_deadband(void)
{
	struct world x = new_world(7654320);

	s.shaper.deadband_ppm = 0;
	decide(&x, 107654321);
	cycle(&x);
	is_int(x.sets, 1, "without a deadband every change is written");
	is_int(x.w.last.ok, 1, "a shaper that counts bytes took it");
	after(&x, 50000, 107654321);
	is_int(x.sets, 1, "and the same is not written again");
	after(&x, 50000, 107654328);
	is_int(x.sets, 2, "one byte more is");
	s.shaper.deadband_ppm = 10000;
}

static void
test_reports(void)
{
	struct world x = new_world(100000000);

	decide(&x, 100000000);
	cycle(&x);
	is_int(x.reports, 1, "the first decision is reported");
	is_str(x.w.last.why, "", "for no special reason");
	for (int i = 0; i < 19; i++)
		after(&x, 50000, 100000000);
	is_int(x.reports, 1, "then it is quiet");
	after(&x, 50000, 100000000);
	is_int(x.reports, 2, "for a second");
	after(&x, 50000, 120000000);
	is_int(x.reports, 3, "a write is reported");
	after(&x, 50000, 600000000);
	is_str(x.w.last.why, "clamped", "with its reason");
	is_int(x.w.last.took_us, 20, "and how long it took");
}

/* --- others at the shaper ------------------------------------------------ */

static void
test_reconcile(void)
{
	struct world x = new_world(100000000);

	decide(&x, 200000000);
	cycle(&x);
	is_int(x.reads, 1, "read once");
	is_int(writer_due_us(&x.w, &s), x.now_us + 10 * SEC,
	    "R38: it is due again after reconcile");
	x.shaper_bps = 70000000;
	after(&x, 5 * SEC, 200000000);
	is_int(x.sets, 1, "not known yet");
	x.now_us += 5 * SEC;
	ok(cycle(&x), "R38: it is read without a decision");
	is_int(x.reads, 2, "once");
	is_int(x.shaper_bps, 200000000, "R38: and set again");
	ok(x.w.shaper.foreign, "somebody else was there");
	is_str(x.w.last.why, "reconciled", "which is the reason");
	is_int(x.w.last.was, 70000000, "what they set");
	x.now_us += 10 * SEC;
	ok(cycle(&x), "10 s later it is read");
	is_int(x.sets, 2, "and is right");
	ok(!x.w.shaper.foreign, "nobody was there");
	x.shaper_bps = 200000800;
	x.now_us += 10 * SEC;
	cycle(&x);
	is_int(x.sets, 2, "a change within the deadband is left alone");
	ok(!cycle(&x), "and then it rests");
}

/* --- failures ------------------------------------------------------------ */

static void
test_failing_read(void)
{
	struct world x = new_world(100000000);
	int64_t pause = 100000;

	x.get_why = FAILURE_NO_DEVICE;
	decide(&x, 200000000);
	cycle(&x);
	is_int(x.reports, 1, "a failure is reported");
	is_int(x.w.last.ok, 0, "as one");
	is_str(x.w.last.why, "no_device", "with its word");
	is_int(x.w.last.bps, NONE, "and without a rate");
	is_int(x.sets, 0, "what cannot be read is not written");
	is_int(x.w.failures, 0, "nor does it count as written");
	for (int i = 1; i < 9;
	     i++, pause = pause * 2 < 5 * SEC ? pause * 2 : 5 * SEC) {
		is_int(writer_due_us(&x.w, &s), x.now_us + 20 + pause,
		    "R34: tried again after a pause that grows");
		decide(&x, 200000000 + i);
		x.now_us += pause;
		ok(!cycle(&x), "and not before");
		x.now_us += 20;
		ok(cycle(&x), "even without a decision");
		is_int(x.reads, i + 1, "once");
	}
	x.get_why = WORKED;
	x.now_us += 5 * SEC + 20;
	x.reports = 0;
	cycle(&x);
	is_int(x.reports, 1, "that it works again is reported");
	is_int(x.shaper_bps, 200000008, "the newest rate is set");
	x.get_why = FAILURE_DENIED;
	x.now_us += 20 * SEC;
	cycle(&x);
	is_int(writer_due_us(&x.w, &s), x.now_us + 20 + 100000,
	    "the pause begins anew");
}

static void
test_failing_write(void)
{
	struct world x = new_world(100000000);

	x.set_why = FAILURE_DENIED;
	decide(&x, 200000000);
	cycle(&x);
	is_str(x.w.last.why, "denied", "a write that fails");
	is_int(x.w.last.wrote, 0, "is none");
	is_int(x.w.last.was, 100000000, "what it had is known");
	is_int(x.w.failures, 1, "it counts as a failure");
	is_int(x.w.writes, 0, "and not as a write");
	x.reports = 0;
	after(&x, 100020, 200000000);
	is_int(x.w.failures, 2, "tried again");
	is_int(x.reports, 0, "the same failure is not reported each time");
	after(&x, 1000020, 200000000);
	is_int(x.reports, 1, "but each second");
	x.set_why = FAILURE_TIMEOUT;
	after(&x, 400020, 200000000);
	is_int(x.reports, 2, "another one at once");
	x.set_why = WORKED;
	x.grain_bps = 30000000;
	after(&x, 5000020, 200000000);
	is_str(x.w.last.why, "not_taken", "R33: not what was asked for");
	is_int(x.w.last.ok, 0, "is a failure");
	is_int(x.w.last.wrote, 1, "although it was written");
	is_int(x.w.last.bps, 180000000, "the shaper has that");
	x.grain_bps = 8;
	x.get_why = FAILURE_TIMEOUT;
	after(&x, 5000020, 200000000);
	is_str(x.w.last.why, "timeout", "not read back");
}

static void
test_dry_run(void)
{
	struct world x = new_world(100000000);

	x.dry_run = true;
	decide(&x, 200000000);
	cycle(&x);
	is_str(x.w.last.why, "dry_run", "a dry run says so");
	is_int(x.w.last.wrote, 0, "it wrote nothing");
	is_int(x.w.last.ok, 1, "and is right");
	is_int(x.w.writes, 0, "nothing counts");
	after(&x, 50000, 300000000);
	is_int(x.reports, 2, "each change is shown");
}

/* --- state --------------------------------------------------------------- */

static void
test_state(void)
{
	char text[WRITER_TEXT_MAX], again[WRITER_TEXT_MAX];
	struct writer w[DIRECTIONS], r[DIRECTIONS];
	struct world x = new_world(100000000);

	decide(&x, 200000000);
	cycle(&x);
	w[DOWN] = x.w;
	writer_init(&w[UP]);
	writer_describe(w, &s, "", text);
	is_str(writer_restore(r, &s, text), NULL, "restored");
	is_int(r[DOWN].writes, 1, "the count of writes");
	is_int(r[DOWN].shaper.want, NONE, "R37: an old decision is none");
	is_int(r[DOWN].shaper.has, NONE, "R31: and the shaper is read first");
	is_int(r[DOWN].last.bps, 200000000, "the last report");
	is_int(r[UP].last.t_us, NONE, "none where there was none");
	writer_describe(r, &s, "", again);
	is_str(again, text, "and written the same");
	s.shaper.backend = BACKEND_CAKE;
	writer_describe(w, &s, "", text);
	s.shaper.backend = BACKEND_ROUTER;
	s.router.transport = TRANSPORT_SSH;
	is_str(writer_restore(r, &s, text), NULL, "with another backend");
	is_int(r[DOWN].writes, 0, "... its writes begin at none");
	is_int(r[DOWN].last.want, 200000000, "... and the rate is known");
	writer_describe(w, &s, "", again);
	ok(strstr(again, " backend=ssh\n") != NULL, "a router's is how");
	s.router.transport = TRANSPORT_REST;
	is_str(writer_restore(r, &s, again), NULL, "by another transport");
	is_int(r[DOWN].writes, 0, "... none, too");
	s.shaper.backend = BACKEND_PRINT;
	is_str(writer_restore(r, &s, again), NULL, "in a dry run");
	is_int(r[DOWN].writes, 1, "... they are kept");
	x.w = r[DOWN];
	x.shaper_bps = 60000000;
	decide(&x, 200000000);
	cycle(&x);
	is_str(x.w.last.why, "reconciled",
	    "R38: a change since the process before is noticed");
}

/* Increases that waited are counted, and kept with what they are of. */
static void
test_held(void)
{
	struct world x = new_world(100000000);
	struct writer w[DIRECTIONS];
	static char text[WRITER_TEXT_MAX],
	    older[] = "state v=1 program=wanctl-setrate wan=cable\n"
		      "shaper dir=down writes=1 failures=0\n";

	for (int i = 0; i < 3; i++) {
		struct writer_times times = { x.now_us, x.now_us + 20,
			T0 + x.now_us };

		decide(&x, 200000000);
		(void)writer_begin(&x.w, &s, x.now_us);
		writer_read(&x.w, x.now_us, WORKED, x.shaper_bps);
		writer_limit(&x.w, x.now_us + 60 * (int64_t)SEC);
		(void)writer_report(&x.w, &s, DOWN, &times, false);
		x.now_us += SEC;
	}
	is_int(x.w.held, 3, "R92: increases that had to wait");
	w[DOWN] = x.w;
	writer_init(&w[UP]);
	writer_describe(w, &s, "", text);
	is_str(writer_restore(w, &s, text), NULL, "they are kept");
	ok(w[DOWN].held == 3 && w[UP].held == 0, "R92: ... over restarts");
	is_str(writer_restore(w, &s, older), NULL, "an older state is read");
	is_int(w[DOWN].held, 0, "R92: ... in which there are none");
}

static const char head[] = "state v=1 program=wanctl-setrate wan=cable\n";

static const struct {
	const char *text, *why;
} states[] = {
	{ "state v=1 program=wanctl-setrate wan=cable\n", NULL },
	{ "", "is empty" },
	{ "shaper dir=down writes=1 failures=0\n",
	    "does not begin with a state record" },
	{ "state v=2 program=wanctl-setrate wan=cable\n", "out of range" },
	{ "state v=1 program=wanctl-assess wan=cable\n",
	    "is of another program" },
	{ "state v=1 program=wanctl-setrate wan=dsl\n", "is of another line" },
	{ "state v=1\n", "is missing" },
	{ "state v=1 v=1\n", "duplicate key" },
};

static const struct {
	const char *line;
	bool good;
	int64_t want, writes;
} lines[] = {
	{ "shaper dir=down bps=60000000 writes=7 failures=1\n", true, 60000000,
	    7 },
	{ "shaper dir=down bps=49999999 writes=7 failures=1\n", true, NONE, 7 },
	{ "shaper dir=down bps=500000001 writes=7 failures=1\n", true, NONE,
	    7 },
	{ "shaper dir=down writes=7 failures=1\n", true, NONE, 7 },
	{ "shaper dir=down writes=-1 failures=1\n", false, NONE, 0 },
	{ "shaper writes=1 failures=1\n", false, NONE, 0 },
	{ "shaper dir=down writes=99999999999999999999 failures=1\n", false,
	    NONE, 0 },
	{ "other x=1\n", true, NONE, 0 },
	{ "live\napplied t=1 wan=cable dir=down want=60000000 ok=1\n", true,
	    60000000, 0 },
	{ "live\napplied t=1 wan=dsl dir=down want=60000000 ok=1\n", true, NONE,
	    0 },
	{ "live\napplied t=1 wan=cable dir=down want=1000 ok=1\n", true, NONE,
	    0 },
	{ "live\napplied t=1 wan=cable dir=down want=60000000 ok=2\n", false,
	    NONE, 0 },
	{ "no record\n", false, NONE, 0 },
};

static void
test_restore(void)
{
	struct writer w[DIRECTIONS];
	char text[2048];

	for (size_t i = 0; i < FIELD_COUNT(states); i++) {
		const char *why = writer_restore(w, &s, states[i].text);

		ok(states[i].why == NULL ?
			why == NULL :
			why != NULL && strstr(why, states[i].why) != NULL,
		    "state %zu: %s", i, why != NULL ? why : "fine");
	}
	for (size_t i = 0; i < FIELD_COUNT(lines); i++) {
		snprintf(text, sizeof text, "%s%s", head, lines[i].line);
		ok((writer_restore(w, &s, text) == NULL) == lines[i].good,
		    "line %zu", i);
		is_int(w[DOWN].last.want, lines[i].want, "its rate");
		is_int(w[DOWN].writes, lines[i].writes, "its writes");
		is_int(w[UP].writes, 0, "the other is untouched");
	}
}

/* The longest numbers fit. */
static void
test_describe(void)
{
	struct writer w[DIRECTIONS], r[DIRECTIONS];
	char text[WRITER_TEXT_MAX];

	for (int i = 0; i < DIRECTIONS; i++) {
		struct applied *a = &w[i].last;

		writer_init(&w[i]);
		w[i].shaper.want = s.dir[i].ceiling_bps;
		w[i].writes = w[i].failures = (int64_t)1 << 53;
		*a = (struct applied){ T_MAX, "cable", i, 1000000000000,
			1000000000000, s.dir[i].ceiling_bps, T_MAX, 1, 1,
			"abcdefghijklmnopqrstuvwxyz012345" };
	}
	writer_describe(w, &s, "", text);
	is_str(writer_restore(r, &s, text), NULL, "the largest state");
	is_int(r[UP].writes, (int64_t)1 << 53, "is whole");
	is_int(r[UP].last.t_us, T_MAX, "to its end");
}

/* --- anything ------------------------------------------------------------ */

/* Whatever happens at the shaper: only rates of the band are ever written, and
 * in calm it has the newest one, within the deadband, in the end. */
static void
test_anything(void)
{
	static const enum failure whys[] = { WORKED, WORKED, WORKED,
		FAILURE_NO_DEVICE, FAILURE_DENIED, FAILURE_TIMEOUT };
	struct world x = new_world(100000000);
	bool inside = true;
	int64_t want = 0, far;

	for (int i = 0; i < 200000; i++) {
		x.now_us += random_int(0, 3 * SEC);
		x.get_why = whys[random_int(0, 5)];
		x.set_why = whys[random_int(0, 5)];
		x.grain_bps = random_int(0, 9) == 0 ? 7000000 : 8;
		if (random_int(0, 3) == 0) {
			want = random_int(1, 1000000000);
			decide(&x, want);
		}
		if (random_int(0, 30) == 0)
			x.shaper_bps = random_int(0, 1000000000);
		int sets = x.sets;

		cycle(&x);
		if (x.sets > sets && x.set_why == WORKED &&
		    (x.shaper_bps > 500000000 || x.shaper_bps < 42000000))
			inside = false;
	}
	ok(inside, "only rates of the band were written");
	x.get_why = x.set_why = WORKED;
	x.grain_bps = 8;
	x.now_us += 20 * SEC;
	cycle(&x);
	want = want < 50000000 ? 50000000 : want > 500000000 ? 500000000 : want;
	far = x.shaper_bps > want ? x.shaper_bps - want : want - x.shaper_bps;
	ok(far <= x.shaper_bps / 100, "and the newest is there in the end");
}

int
main(void)
{
	random_start();
	make_settings();
	test_decide();
	test_deadband();
	test_limits();
	test_held();
	test_no_deadband();
	test_reports();
	test_reconcile();
	test_failing_read();
	test_failing_write();
	test_dry_run();
	test_state();
	test_restore();
	test_describe();
	test_anything();
	return tap_done();
}

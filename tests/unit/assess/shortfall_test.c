/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What counters tell of a slower line while nothing is answered. */
#include "../tap.h"
#include "assess/shortfall.h"

#define MS 1000
#define SEC 1000000
#define T0 ((int64_t)1769000000 * SEC)
#define RATE ((int64_t)10000000)
#define PACKET 1514

static struct settings s;
static struct shortfall f;
static struct utilisation l;
static struct usage use;
static int64_t t_us, bytes;
static bool jammed;

static void
prepare(void)
{
	static const char *const lines[][3] = { { "", "schema", "1" },
		{ "wan", "name", "cable" }, { "shaper", "backend", "print" },
		{ "download", "ceiling", "100mbit" },
		{ "download", "floor", "1mbit" },
		{ "upload", "floor", "1mbit" },
		{ "upload", "ceiling", "20mbit" } };
	struct settings_fault fault;

	settings_init(&s);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		settings_set(&s, lines[i][0], lines[i][1], lines[i][2], 1);
	ok(settings_finish(&s, &fault, 1) == 0, "settings are complete");
}

static void
begin(void)
{
	f = (struct shortfall){ 0 };
	l = (struct utilisation){ 0 };
	t_us = T0;
	bytes = 0;
	jammed = false;
}

/* Readings each 100 ms at so many bits a second, growing by `more` each. */
static void
pass(int64_t ms, int64_t bps, int64_t more, int64_t backlog)
{
	struct queue q;

	for (; ms > 0; ms -= 100) {
		message_clear(&message_queue, &q);
		t_us += 100 * MS;
		bytes += bps / 80;
		bps += more;
		q.t_us = t_us;
		q.bytes = bytes;
		q.bps = RATE;
		q.backlog = backlog;
		snprintf(q.source, sizeof q.source, "cake");
		utilisation_add(&l, &q);
		use = utilisation_at(&l, RATE, t_us);
		shortfall_add(&f, &s, &l, &use, RATE, jammed);
	}
}

static void
tells(void)
{
	begin();
	pass(2000, RATE, 0, 10000);
	is_int(f.line_bps, 0, "R27: full: nothing is told");
	ok(shortfall_carries(&s, &use, RATE), "and all is carried");
	pass(900, RATE * 6 / 10, 0, 0);
	is_int(f.line_bps, 0, "R27: nor in less than blackout_watch");
	ok(shortfall_is_near(&f), "but it is near");
	ok(!shortfall_carries(&s, &use, RATE), "and not all is carried");
	pass(500, RATE * 6 / 10, 0, 0);
	is_int(f.line_bps, 6000000, "R27: level and less: that is the line's");
	ok(f.line_us > T0 + 2900 * MS && f.line_us <= t_us, "told then");
	pass(5000, RATE * 5 / 10 + 1000, 0, 0);
	is_int(f.line_bps, 6000000, "once");
	shortfall_follow(&f, t_us);
	is_int(f.line_bps, 0, "R27: it was followed");
	pass(1500, RATE * 5 / 10 + 1000, 0, 0);
	is_int(f.line_bps, 5000960, "R27: and slower still is told again");
	pass(200, RATE, 0, 10000);
	is_int(f.line_bps, 0, "full again: forgotten");
}

static void
tells_not(void)
{
	begin();
	pass(10000, RATE * 6 / 10, 0, 0);
	is_int(f.line_bps, 0, "R27: what was never full wants no more");
	begin();
	pass(2000, RATE, 0, 10000);
	pass(2500, RATE * 65 / 100, RATE / 100, 0);
	is_int(f.line_bps, 0, "R27: a connection that grows again");
	begin();
	pass(2000, RATE, 0, 10000);
	pass(5000, RATE * 28 / 100, 0, 0);
	is_int(f.line_bps, 0, "R27: much less than busy: they want less");
	begin();
	pass(2000, RATE, 0, 10000);
	pass(1500, RATE * 32 / 100, 0, 0);
	is_int(f.line_bps, 3200000, "R27: a third of it may be all there is");
	begin();
	jammed = true;
	pass(2000, RATE, 0, 10000);
	pass(1500, RATE * 2 / 10, 0, 0);
	is_int(f.line_bps, 2000000, "R27: unless it was jammed");
	begin();
	jammed = true;
	pass(2000, RATE, 0, 10000);
	pass(5000, RATE * 5 / 100, 0, 0);
	is_int(f.line_bps, 0, "R27: but next to nothing is no rate");
	begin();
	pass(2000, RATE, 0, 10000);
	pass(5000, RATE * 8 / 10, 0, PACKET + 2600);
	is_int(f.line_bps, 0, "R27: packets wait here: overhead is counted");
	begin();
	pass(2000, RATE, 0, 10000);
	pass(1500, RATE * 8 / 10, 0, PACKET);
	is_int(f.line_bps, 8000000, "but one that is sent does not wait");
}

static void
backlog_unknown(void)
{
	begin();
	pass(2000, RATE, 0, NONE);
	ok(shortfall_carries(&s, &use, RATE), "load alone: all is carried");
	pass(1500, RATE * 6 / 10, 0, NONE);
	is_int(f.line_bps, 6000000, "R27: load alone tells");
}

static void
begins_anew(void)
{
	begin();
	pass(2000, RATE, 0, 10000);
	pass(700, RATE * 6 / 10, 0, 0);
	bytes = 0;
	pass(200, RATE * 6 / 10, 0, 0);
	is_int(f.from_us, 0, "R87: counters begin anew: forgotten");
	begin();
	pass(2000, RATE, 0, 10000);
	pass(700, RATE * 6 / 10, 0, 0);
	t_us -= 3600 * (int64_t)SEC;
	pass(300, RATE * 6 / 10, 0, 0);
	is_int(f.full_us, 0, "R87: a clock set back: forgotten");
	begin();
	pass(2000, RATE, 0, 10000);
	f = (struct shortfall){ .full_us = t_us,
		.from_us = t_us - 2 * SEC,
		.half_us = t_us + 100 * MS };
	pass(100, RATE * 6 / 10, 0, 0);
	is_int(f.line_bps, 0, "R87: nonsense in a state is no rate");
}

static void
defers(void)
{
	begin();
	pass(2000, RATE, 0, 10000);
	pass(800, RATE * 6 / 10, 0, 0);
	shortfall_defer(&f, &s, t_us);
	pass(900, RATE * 6 / 10, 0, 0);
	is_int(f.line_bps, 0, "R27: what has another reason is judged later");
	pass(500, RATE * 6 / 10, 0, 0);
	is_int(f.line_bps, 6000000, "but it is");
	begin();
	pass(10000, RATE * 6 / 10, 0, 0);
	shortfall_defer(&f, &s, t_us);
	pass(2000, RATE * 6 / 10, 0, 0);
	is_int(f.line_bps, 0, "and is not made of nothing");
}

int
main(void)
{
	prepare();
	tells();
	tells_not();
	backlog_unknown();
	begins_anew();
	defers();
	return tap_done();
}

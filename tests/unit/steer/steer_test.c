/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where traffic goes: votes, score, brake, evidence, decisions. */
#include "../random.h"
#include "../tap.h"

#include "base/text.h"
#include "steer/diverter.h"
#include "steer/steer.h"

#define SEC 1000000
#define T0 1769000000000000

static struct settings settings;

static void
configure(int64_t mode)
{
	settings_init(&settings);
	settings_set(&settings, "", "schema", "1", 1);
	settings_set(&settings, "wan", "name", "cable", 2);
	settings_set(&settings, "steer", "to", "dsl", 3);
	(void)settings_finish(&settings, NULL, 0);
	settings.steer.mode = mode;
}

/* --- streams -------------------------------------------------------------- */

struct world {
	struct steerer steerer;
	int64_t t_us;
	int64_t drops;
	bool decided;
	enum zone sent; /* the other line's, as it came last */
};

static void
begin(struct world *w, int64_t mode)
{
	configure(mode);
	*w = (struct world){ .t_us = T0 };
	steer_init(&w->steerer);
}

static void
rate(struct world *w, const char *wan, enum zone zone, int64_t base_ms,
    int64_t delta_ms)
{
	struct rate r;

	message_clear(&message_rate, &r);
	r.t_us = w->t_us;
	text_copy(r.wan, sizeof r.wan, wan, strlen(wan));
	r.dir = DOWN;
	r.bps = 1000000;
	r.state = zone;
	if (zone != ZONE_BLACKOUT) {
		r.base_us = base_ms * 1000;
		r.delta_us = delta_ms * 1000;
	}
	if (strcmp(wan, "dsl") == 0)
		w->sent = zone;
	if (steer_rate(&w->steerer, &settings, &r))
		w->decided = true;
}

static const char *source = "";
static int64_t waiting = NONE;

static void
queue(struct world *w, int64_t drops, int64_t packets)
{
	struct queue q;

	message_clear(&message_queue, &q);
	q.t_us = w->t_us;
	text_copy(q.wan, sizeof q.wan, "cable", 5);
	q.dir = DOWN;
	q.bytes = 1;
	text_copy(q.source, sizeof q.source, source, strlen(source));
	q.drops = drops;
	q.backlog = packets * 1500;
	q.queued = waiting;
	steer_queue(&w->steerer, &settings, &q);
}

static enum zone
zone_for(int64_t delta_ms)
{
	return delta_ms > 80 ? ZONE_RED :
	    delta_ms > 45    ? ZONE_SOFT_RED :
	    delta_ms > 15    ? ZONE_YELLOW :
			       ZONE_GREEN;
}

/* A second: the other line is well; this one has that delay, and loss. */
static void
second(struct world *w, int64_t delta_ms, bool full)
{
	w->t_us += SEC;
	w->drops += full ? 5 : 0;
	queue(w, w->drops, full ? 80 : 0);
	rate(w, "dsl", ZONE_GREEN, 30, 1);
	rate(w, "cable", zone_for(delta_ms), 20, delta_ms);
}

static int
seconds_until(struct world *w, bool on, int64_t delta_ms, bool full, int most)
{
	int n = 0;

	while (n < most && (w->steerer.diverted != 0) != on) {
		second(w, delta_ms, full);
		n++;
	}
	return n;
}

/* --- votes ---------------------------------------------------------------- */

static void
test_votes(void)
{
	static const struct {
		const char *name;
		struct votes_signals g;
		enum vote vote;
	} cases[] = {
		{ "all signals up", { ZONE_RED, 16000, 1, 50 }, VOTE_RED },
		{ "no drops", { ZONE_RED, 16000, 0, 50 }, VOTE_YELLOW },
		{ "a short queue", { ZONE_RED, 16000, 1, 49 }, VOTE_YELLOW },
		{ "delay at its limit", { ZONE_RED, 15000, 1, 50 },
		    VOTE_YELLOW },
		{ "a queue of 10", { ZONE_GREEN, 0, 0, 10 }, VOTE_YELLOW },
		{ "a queue of 9", { ZONE_GREEN, 0, 5, 9 }, VOTE_GREEN },
		{ "drops that cannot be had", { ZONE_RED, 16000, NONE, 50 },
		    VOTE_RED },
		{ "delay alone can be had", { ZONE_RED, 16000, NONE, NONE },
		    VOTE_RED },
		{ "a blackout", { ZONE_BLACKOUT, NONE, NONE, NONE }, VOTE_RED },
	};
	enum steer_reason why;

	configure(STEER_VOTES);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_int(votes_vote(&settings.steer, &cases[i].g, &why),
		    cases[i].vote, "R51: votes: %s", cases[i].name);
	settings.steer.severe_delta_us = 100000;
	is_int(votes_vote(&settings.steer,
		   &(struct votes_signals){ ZONE_RED, 100001, 0, 0 }, &why),
	    VOTE_RED, "R51: a severe delay is RED by itself");
	is_int(why, STEER_SEVERE, "and says so");
	settings.steer.severe_delta_us = 0;
	settings.steer.severe_drops = 100;
	is_int(votes_vote(&settings.steer,
		   &(struct votes_signals){ ZONE_GREEN, 0, 100, 0 }, &why),
	    VOTE_RED, "R51: severe loss is RED by itself");
}

static void
test_hysteresis(void)
{
	struct world w;

	begin(&w, STEER_VOTES);
	for (int i = 0; i < 3; i++)
		second(&w, 0, false);
	is_int(seconds_until(&w, true, 150, true, 100), 2,
	    "R52: two RED votes divert");
	for (int i = 0; i < 40; i++)
		second(&w, 150, true);
	ok(w.steerer.diverted == 1, "it stays while the line is RED");
	/* The moving average needs some seconds to fall. */
	ok(seconds_until(&w, false, 0, false, 100) >= 15,
	    "R52: fifteen GREEN votes return");
	begin(&w, STEER_VOTES);
	second(&w, 0, false);
	second(&w, 150, true);
	second(&w, 1, false);
	second(&w, 150, true);
	ok(w.steerer.diverted == 0,
	    "R52: one RED vote at a time is not enough");
	begin(&w, STEER_VOTES);
	second(&w, 0, false);
	for (int i = 0; i < 2; i++) {
		w.t_us += SEC;
		rate(&w, "dsl", ZONE_GREEN, 30, 1);
		rate(&w, "cable", ZONE_BLACKOUT, 0, 0);
	}
	ok(w.steerer.diverted == 1, "R52: a blackout diverts, with no delay");
	is_str(w.steerer.last.why, "blackout", "for that reason");
	begin(&w, STEER_VOTES);
	settings.steer.red_us = 5 * SEC;
	second(&w, 0, false);
	is_int(seconds_until(&w, true, 150, true, 100), 6,
	    "R52: in seconds too");
}

static void
test_yellow_returns(void)
{
	struct world w;
	int n;

	begin(&w, STEER_VOTES);
	second(&w, 0, false);
	seconds_until(&w, true, 150, true, 100);
	for (n = 0; n < 200 && w.steerer.diverted != 0; n++)
		second(&w, n % 3 == 0 ? 40 : 0, false);
	ok(n >= 20 && n < 100,
	    "R52: YELLOW ones between them do not undo GREEN votes: %d s", n);
	begin(&w, STEER_VOTES);
	second(&w, 0, false);
	seconds_until(&w, true, 150, true, 100);
	n = seconds_until(&w, false, 20, false, 1000);
	ok(n >= 300 && n < 310,
	    "a line that stays YELLOW gets its traffic back after calm: %d s",
	    n);
}

/* --- score ---------------------------------------------------------------- */

static void
test_score(void)
{
	struct score c = { 0 };
	struct votes_signals g = { ZONE_RED, 130000, 3, 60 };
	struct world w;
	int n;

	configure(STEER_CONFIDENCE);
	is_int(score_score(&c, &settings.steer, &g), 75,
	    "R53: RED and a very high delay are 75");
	is_int(score_score(&c, &settings.steer, &g), 85,
	    "R53: a queue that stays adds 10");
	is_int(score_score(&c, &settings.steer, &g), 95,
	    "R53: drops that rise add 10");
	g = (struct votes_signals){ ZONE_SOFT_RED, 50000, 0, 0 };
	is_int(score_score(&c, &settings.steer, &g), 10,
	    "R53: SOFT_RED counts as YELLOW at first");
	score_score(&c, &settings.steer, &g);
	is_int(score_score(&c, &settings.steer, &g), 25,
	    "R53: and 25 once it lasts");
	begin(&w, STEER_CONFIDENCE);
	second(&w, 0, false);
	n = seconds_until(&w, true, 200, true, 100);
	ok(n >= 3 && n <= 5, "R53: a high score for 2 s diverts: %d s", n);
	n = seconds_until(&w, false, 0, false, 100);
	ok(n >= 29 && n <= 31, "R53: not back before the hold is over: %d s",
	    n);
}

static void
test_brake(void)
{
	struct world w;
	int64_t score;

	begin(&w, STEER_CONFIDENCE);
	settings.steer.hold_us = 0;
	second(&w, 0, false);
	for (int i = 0; i < 3; i++) {
		seconds_until(&w, true, 90, true, 100);
		seconds_until(&w, false, 0, false, 100);
	}
	ok(brake_is_on(&w.steerer.brake, w.t_us),
	    "R54: more than four changes in five minutes set the brake");
	/* RED 50 and high 15 are 65: enough without it, not with it. */
	score = seconds_until(&w, true, 100, false, 200);
	ok(score >= 55 && score < 75,
	    "R54: the flap penalty is not computed and thrown away: %lld s",
	    (long long)score);
	begin(&w, STEER_VOTES);
	settings.steer.hold_us = 0;
	second(&w, 0, false);
	for (int i = 0; i < 3; i++) {
		seconds_until(&w, true, 90, true, 100);
		seconds_until(&w, false, 0, false, 100);
	}
	ok(seconds_until(&w, true, 90, true, 200) >= 55,
	    "R54: by votes nothing is diverted while it is on");
	is_str(w.steerer.last.why, "red", "and then it is");
}

static void
test_brake_limits(void)
{
	struct brake b = { 0 };
	int64_t window_us;

	configure(STEER_VOTES);
	window_us = settings.steer.flap_window_us;
	for (int i = 0; i < 4; i++)
		brake_add(&b, &settings.steer, T0 + i * SEC);
	ok(!brake_is_on(&b, T0 + 3 * SEC), "R54: four changes are no flapping");
	brake_add(&b, &settings.steer, T0 + 4 * SEC);
	is_int(brake_points(&b, &settings.steer, T0 + 63 * SEC), 15,
	    "R54: the fifth raises the threshold by 15");
	is_int(brake_points(&b, &settings.steer, T0 + 64 * SEC), 0,
	    "R54: for 60 s");
	b = (struct brake){ 0 };
	for (int i = 0; i < 4; i++)
		brake_add(&b, &settings.steer, T0 + i * SEC);
	brake_add(&b, &settings.steer, T0 + window_us + 2 * SEC);
	ok(!brake_is_on(&b, T0 + window_us + 2 * SEC),
	    "R54: changes of more than five minutes ago do not count");
}

static enum wish
wish_after(bool diverted, int64_t score, int64_t us)
{
	struct score c = { 0 };

	score_step(&c, &settings.steer, diverted, score, 0, T0);
	return score_step(&c, &settings.steer, diverted, score, 0, T0 + us);
}

static void
test_limits(void)
{
	struct score c = { 0 };
	struct votes st = { 0 };
	struct votes_signals g = { ZONE_BLACKOUT, NONE, NONE, NONE };
	enum wish wish = WISH_STAY;
	enum steer_reason why;

	configure(STEER_CONFIDENCE);
	is_int(score_score(&c, &settings.steer, &g), 50,
	    "R53: a blackout is 50, as RED is");
	is_int(wish_after(false, 54, 99 * SEC), WISH_STAY, "R53: 54: stay");
	is_int(wish_after(false, 55, 2 * SEC - 1), WISH_STAY, "R53: not yet");
	is_int(wish_after(false, 55, 2 * SEC), WISH_DIVERT, "R53: 55: divert");
	is_int(wish_after(true, 21, 99 * SEC), WISH_STAY, "R53: 21: stay");
	is_int(wish_after(true, 20, 3 * SEC - 1), WISH_STAY, "R53: not yet");
	is_int(wish_after(true, 20, 3 * SEC), WISH_RETURN, "R53: 20: return");
	for (int i = 0; i < 29; i++)
		wish = votes_step(&st, &settings.steer, true,
		    i == 14 ? VOTE_RED : VOTE_GREEN, T0 + i * SEC, &why);
	is_int(wish, WISH_STAY, "R52: a RED vote undoes the GREEN ones");
	wish = votes_step(&st, &settings.steer, true, VOTE_GREEN, T0 + 29 * SEC,
	    &why);
	is_int(wish, WISH_RETURN, "R52: fifteen more return");
}

/* --- evidence: the history's faults --------------------------------------- */

static void
test_drops(void)
{
	struct world w;

	begin(&w, STEER_VOTES);
	w.drops = 1000000;
	for (int i = 0; i < 10; i++) {
		w.t_us += SEC;
		queue(&w, w.drops, 80);
		rate(&w, "dsl", ZONE_GREEN, 30, 0);
		rate(&w, "cable", ZONE_RED, 20, 150);
		if (i == 0)
			is_int(w.steerer.last.drops, 0,
			    "a first total of drops says nothing");
	}
	ok(w.steerer.diverted == 0,
	    "a lifetime total of drops is not a difference");
	is_int(w.steerer.last.drops, 0, "the difference is 0");
	w.t_us += SEC;
	queue(&w, 3, 80);
	rate(&w, "cable", ZONE_RED, 20, 150);
	is_int(w.steerer.last.drops, 3, "a total that fell began anew");
	/* Each fall is a new beginning, and huge. */
	for (int64_t i = 0; i < 4; i++) {
		w.t_us += SEC / 10;
		queue(&w, INT64_MAX - 10 * i, 80);
	}
	w.t_us += SEC;
	rate(&w, "cable", ZONE_RED, 20, 150);
	is_int(w.steerer.last.drops, INT64_MAX, "no total is too large");
}

static void
test_missing(void)
{
	struct world w;

	begin(&w, STEER_VOTES);
	for (int i = 0; i < 5; i++)
		second(&w, 0, false);
	is_str(w.steerer.last.signals, "delta-drops-queue",
	    "R51: the record names the signals");
	for (int i = 0; i < 2; i++) {
		w.t_us += SEC;
		rate(&w, "cable", ZONE_GREEN, 20, 0);
	}
	is_str(w.steerer.last.signals, "delta-drops-queue",
	    "R61: two decisions without counters");
	w.t_us += SEC;
	rate(&w, "cable", ZONE_GREEN, 20, 0);
	is_str(w.steerer.last.signals, "delta",
	    "R61: after three only delay is left");
	w.t_us += SEC;
	rate(&w, "dsl", ZONE_GREEN, 30, 0);
	is_int(w.steerer.last.state, VOTE_GREEN,
	    "R61: a missing delay is the last one for a while");
	for (int i = 0; i < 10; i++) {
		w.t_us += SEC;
		rate(&w, "dsl", ZONE_GREEN, 30, 0);
	}
	is_str(w.steerer.last.why, "no_data", "R61: then decisions stop");
	begin(&w, STEER_VOTES);
	w.t_us += SEC;
	queue(&w, NONE, 80);
	rate(&w, "cable", ZONE_GREEN, 20, 0);
	is_str(w.steerer.last.signals, "delta-queue",
	    "R51: a shaper that does not tell drops has no vote on them");
	begin(&w, STEER_VOTES);
	source = "router";
	w.t_us += SEC;
	queue(&w, 0, 80);
	rate(&w, "cable", ZONE_GREEN, 20, 0);
	is_str(w.steerer.last.signals, "delta-queue",
	    "R51: nor has a router that always tells 0");
	source = "";
	waiting = 700;
	w.t_us += SEC;
	queue(&w, 9, 80);
	rate(&w, "cable", ZONE_GREEN, 20, 0);
	is_int(w.steerer.last.queued, 700, "packets count, not their bytes");
	waiting = NONE;
}

static void
test_baseline(void)
{
	struct world w;

	begin(&w, STEER_VOTES);
	for (int i = 0; i < 20; i++)
		second(&w, 0, false);
	w.t_us += SEC;
	rate(&w, "cable", ZONE_GREEN, 50, 0);
	is_int(w.steerer.line[PRIMARY].base_us, 20000,
	    "R56: a baseline from another process is not trusted blindly: "
	    "a jump");
	is_str(w.steerer.line[PRIMARY].doubt, "jump", "and it can be said");
	ok(w.steerer.last.delta_us >= 15000,
	    "R56: what is not believed of it is delay");
	w.t_us += SEC;
	rate(&w, "cable", ZONE_GREEN, 30, 0);
	is_int(w.steerer.line[PRIMARY].base_us, 20000,
	    "R56: above the recent median it is the median");
	for (int i = 0; i < 40; i++) {
		w.t_us += SEC;
		rate(&w, "cable", ZONE_GREEN, 50, 0);
	}
	is_int(w.steerer.line[PRIMARY].base_us, 50000,
	    "R56: a path that stays longer is believed in the end");
	begin(&w, STEER_VOTES);
	w.t_us += SEC;
	rate(&w, "cable", ZONE_GREEN, 500, 0);
	is_int(w.steerer.line[PRIMARY].base_us, 60000, "R56: not above 60 ms");
	begin(&w, STEER_VOTES);
	w.t_us += SEC;
	rate(&w, "cable", ZONE_GREEN, 2, 0);
	is_int(w.steerer.line[PRIMARY].base_us, 10000, "R56: not below 10 ms");
	begin(&w, STEER_VOTES);
	for (int i = 0; i < 60; i++) {
		w.t_us += SEC;
		rate(&w, "cable", ZONE_GREEN, i < 20 ? 50 : 20, 0);
		if (i == 20)
			is_int(w.steerer.line[PRIMARY].base_us, 50000,
			    "R56: a jump down is not trusted either");
	}
	is_int(w.steerer.line[PRIMARY].base_us, 20000,
	    "R56: before it has lasted");
}

/* --- the other line ------------------------------------------------------- */

static void
test_alternate(void)
{
	static const struct {
		const char *name;
		enum zone zone;
		int64_t base_ms, delta_ms;
		const char *why;
	} cases[] = {
		{ "dead", ZONE_BLACKOUT, 0, 0, "alternate_dead" },
		{ "congested", ZONE_RED, 20, 100, "alternate_worse" },
		{ "far away", ZONE_GREEN, 58, 130, "alternate_worse" },
		{ "of unknown health", ZONE_UNKNOWN, 30, 0,
		    "alternate_silent" },
	};
	struct world w;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		begin(&w, STEER_VOTES);
		for (int n = 0; n < 20; n++) {
			w.t_us += SEC;
			queue(&w, ++w.drops, 80);
			rate(&w, "dsl", cases[i].zone, cases[i].base_ms,
			    cases[i].delta_ms);
			rate(&w, "cable", ZONE_RED, 20, 150);
		}
		ok(w.steerer.diverted == 0, "R59: never onto a line that is %s",
		    cases[i].name);
		is_str(w.steerer.last.why, cases[i].why, "and it is said");
		ok(w.steerer.refused > 10 && w.steerer.away == 0,
		    "R92: and counted");
	}
	begin(&w, STEER_VOTES);
	second(&w, 0, false);
	seconds_until(&w, true, 150, true, 100);
	second(&w, 150, true);
	for (int n = 0; n < 2; n++) {
		w.t_us += SEC;
		queue(&w, w.drops += 5, 80);
		rate(&w, "dsl", ZONE_BLACKOUT, 0, 0);
		rate(&w, "cable", ZONE_RED, 20, 150);
		if (n == 0)
			ok(w.steerer.diverted == 1,
			    "R59: one bad sample is not enough");
	}
	ok(w.steerer.diverted == 0, "R59: back at once from a line that died");
	is_str(w.steerer.last.why, "alternate_dead", "for that reason");
	for (int n = 0; n < 25; n++)
		second(&w, 150, true);
	ok(w.steerer.diverted == 0, "R59: and not again within the hold");
	begin(&w, STEER_VOTES);
	for (int n = 0; n < 30; n++)
		second(&w, 14, false);
	is_int(w.steerer.diverted, 0,
	    "R59: degraded is not an outage: YELLOW diverts nothing");
}

/* Diverted; from then on the lines are so. Seconds until it is back, the hold
 * being 30 s; 60: it is not. */
static int
seconds_away(struct world *w, enum zone to, enum zone home)
{
	int n = 0;

	begin(w, STEER_VOTES);
	second(w, 0, false);
	seconds_until(w, true, 150, true, 100);
	while (w->steerer.diverted != 0 && n < 60) {
		n++;
		w->t_us += SEC;
		queue(w, w->drops += 5, 80);
		if (to != ZONE_UNKNOWN)
			rate(w, "dsl", to, 30, 300);
		rate(w, "cable", home, 20, 150);
	}
	return n;
}

/* A second: this line has that delay, and the other is like it, but for so many
 * milliseconds. */
static void
alike(struct world *w, int64_t delta_ms, int64_t more_ms)
{
	w->t_us += SEC;
	w->steerer.line[ALTERNATE] = w->steerer.line[PRIMARY];
	queue(w, w->drops += 5, 80);
	rate(w, "dsl", ZONE_RED, 20, delta_ms + more_ms);
	rate(w, "cable", ZONE_RED, 20, delta_ms);
}

/* Diverted, and then both are so congested that delay alone is RED. Seconds
 * until it is back, 60: it is not. */
static int
seconds_alike(struct world *w, int64_t more_ms)
{
	int n = 0;

	begin(w, STEER_VOTES);
	settings.steer.severe_delta_us = 100000;
	second(w, 0, false);
	seconds_until(w, true, 150, true, 100);
	for (; w->steerer.diverted != 0 && n < 60; n++)
		alike(w, 300, more_ms);
	return n;
}

static void
test_alike(void)
{
	struct world w;
	int n;

	is_int(seconds_alike(&w, 0), 60,
	    "R59: nobody flees to a line that is as bad");
	n = seconds_alike(&w, 1);
	ok(n >= 29 && n < 35, "R59: but to one that is a little better: %d s",
	    n);
	begin(&w, STEER_VOTES);
	settings.steer.margin_us = 0;
	second(&w, 0, false);
	for (n = 0; n < 10; n++)
		alike(&w, 150, 0);
	ok(w.steerer.diverted == 1,
	    "R59: a round trip that is just the margin shorter will do");
}

static void
test_leaving(void)
{
	struct world w;
	int n = seconds_away(&w, ZONE_UNKNOWN, ZONE_RED);

	ok(n >= 2 && n < 15,
	    "R59: back from a line of which nothing is known: %d s", n);
	is_str(w.steerer.last.why, "alternate_silent", "for that reason");
	n = seconds_away(&w, ZONE_RED, ZONE_RED);
	ok(n >= 29 && n < 35,
	    "R59: back from a line that became worse, after the hold: %d s", n);
	is_str(w.steerer.last.why, "alternate_worse", "for that reason");
	is_int(seconds_away(&w, ZONE_BLACKOUT, ZONE_BLACKOUT), 60,
	    "R59: nobody flees to a line that is dead as well");
}

/* --- state ---------------------------------------------------------------- */

/* The state with that word in place of "degraded". */
static const char *
restore_word(struct steerer *p, const char *text, const char *word)
{
	static char changed[STEER_TEXT_MAX + 64];
	const char *at = strstr(text, "state=degraded");

	snprintf(changed, sizeof changed, "%.*sstate=%s%s", (int)(at - text),
	    text, word, at + strlen("state=degraded"));
	return steer_restore(p, &settings, changed);
}

static void
test_state(void)
{
	static char text[STEER_TEXT_MAX], again[STEER_TEXT_MAX];
	struct world w;
	struct steerer p;

	begin(&w, STEER_VOTES);
	for (int i = 0; i < 9; i++)
		second(&w, 0, false);
	seconds_until(&w, true, 150, true, 100);
	second(&w, 150, true);
	w.steerer.back = 3;
	steer_describe(&w.steerer, &settings, text);
	ok(strlen(text) < STEER_TEXT_MAX - 4000, "the state fits: %zu bytes",
	    strlen(text));
	is_str(steer_restore(&p, &settings, text), NULL, "it is read back");
	steer_describe(&p, &settings, again);
	is_str(again, text, "as it was");
	is_int(p.away, 1, "R92: how often traffic was diverted");
	ok(p.refused == w.steerer.refused, "R92: ... and was not");
	is_str(restore_word(&p, text, "SPECTRUM_DEGRADED"), NULL,
	    "R58: legacy names of states are understood while loading");
	is_int(p.diverted, 1, "R58: SPECTRUM_DEGRADED is degraded");
	steer_describe(&p, &settings, again);
	is_str(again, text,
	    "R58: state names are normalised inside the whole state, not "
	    "beside it");
	is_str(restore_word(&p, text, "WAN1_GOOD"), NULL, "R58: WAN1_GOOD");
	is_int(p.diverted, 0, "R58: is good");
	is_str(restore_word(&p, text, "NOT"), "has an unknown state",
	    "R58: others are refused");
	is_int(p.diverted, 0, "and leave what is initial");
	is_str(steer_restore(&p, &settings, "state v=1 program=x wan=cable\n"),
	    "is of another program", "another program's is refused");
	ok(steer_restore(&p, &settings, "") != NULL, "nothing is refused");
	*strstr(text, "live") = '\0';
	is_str(steer_restore(&w.steerer, &settings, text), NULL,
	    "what outlives a reboot is enough");
	second(&w, 150, true);
	ok(w.steerer.diverted == 1 && w.steerer.changes == 1 &&
		w.steerer.last.changed == NONE,
	    "R58: what was decided before a reboot is no change after it");
}

static void
test_gap(void)
{
	struct world w;
	int n;

	begin(&w, STEER_VOTES);
	second(&w, 0, false);
	seconds_until(&w, true, 150, true, 100);
	w.t_us += 3600LL * SEC;
	second(&w, 0, false);
	ok(w.steerer.diverted == 0,
	    "a decision of long ago does not stay in force");
	is_str(w.steerer.last.why, "stale", "and it is said");
	begin(&w, STEER_VOTES);
	for (int i = 0; i < 5; i++)
		second(&w, 0, false);
	w.t_us -= 7200LL * SEC;
	n = seconds_until(&w, true, 150, true, 100);
	ok(n > 2 && n < 20,
	    "R105: a clock that was set back stops nothing: "
	    "%d s",
	    n);
}

/* --- the diverter --------------------------------------------------------- */

static void
test_dry_run(void)
{
	struct steer decision = { .on = 1, .dry_run = 1 };
	struct diverter d;
	bool on = true;

	configure(STEER_VOTES);
	is_int(settings.steer.dry_run, 1, "R55: a dry run is the default");
	is_int(diverter_open(&d, &settings, ""), 0, "a diverter");
	is_failure(diverter_carry_out(&d, &decision), "dry_run",
	    "R55: the diverter itself refuses a dry run");
	diverter_get(&d, &on);
	ok(!on, "R55: and did nothing");
	decision.dry_run = NONE;
	is_failure(diverter_carry_out(&d, &decision), "dry_run",
	    "R55: one that does not say so is refused too");
	decision.dry_run = 0;
	is_failure(diverter_carry_out(&d, &decision), NULL, "a real one");
	diverter_get(&d, &on);
	ok(on, "is carried out");
	diverter_close(&d);
}

/* --- properties ----------------------------------------------------------- */

struct mood {
	int64_t base_ms, delta_ms;
	enum zone zone;
	int64_t left;
};

static void
drift(struct mood *m, int64_t base_ms)
{
	if (m->left-- > 0)
		return;
	m->left = random_int(1, 120);
	m->base_ms = base_ms + random_int(-1, 1);
	m->delta_ms = random_int(0, 2) == 0 ? random_int(16, 300) :
					      random_int(0, 20);
	m->zone = random_int(0, 9) == 0 ? ZONE_BLACKOUT : zone_for(m->delta_ms);
}

struct checks {
	int64_t worse, quick, silent, torn, changes, unbraked, braked;
	int64_t t_us[64]; /* of the last changes */
};

/* The brake, told from the records alone. */
static void
check_brake(struct checks *c, const struct steer *s)
{
	int64_t recent = 0, last_us = 0;

	for (int i = 0; i < 64; i++)
		if (c->t_us[i] > last_us)
			last_us = c->t_us[i];
	for (int i = 0; i < 64; i++)
		recent += c->t_us[i] != 0 &&
		    c->t_us[i] >= last_us - settings.steer.flap_window_us;
	if (s->on == 1 && recent > settings.steer.flaps &&
	    s->t_us - last_us < settings.steer.flap_us) {
		c->braked++;
		if (settings.steer.mode == STEER_VOTES ||
		    s->confidence <
			settings.steer.steer_at + settings.steer.flap_points)
			c->unbraked++;
	}
	c->t_us[c->changes % 64] = s->t_us;
}

static void
check_change(struct checks *c, struct world *w, int64_t *last_us)
{
	const struct steer *s = &w->steerer.last;

	check_brake(c, s);
	c->changes++;
	if (s->on == 1 &&
	    (s->alternate != ALTERNATE_GOOD ||
		(s->rtt_us != NONE && s->to_rtt_us >= s->rtt_us &&
		    strcmp(s->why, "blackout") != 0)))
		c->worse++;
	/* Told by the stream, not by the record. */
	if (s->on == 1 && w->sent == ZONE_BLACKOUT)
		c->worse++;
	if (s->on == 1 && *last_us != 0 &&
	    s->t_us - *last_us < settings.steer.hold_us)
		c->quick++;
	if (s->on == 0 && *last_us != 0 &&
	    s->t_us - *last_us < settings.steer.hold_us &&
	    strncmp(s->why, "alternate_", 10) != 0)
		c->quick++;
	*last_us = s->t_us;
}

/* The same with the process ended and begun again at any record. */
static void
kill_it(struct world *w)
{
	static char text[STEER_TEXT_MAX];

	steer_describe(&w->steerer, &settings, text);
	if (steer_restore(&w->steerer, &settings, text) != NULL)
		abort();
}

static void
random_second(struct world *w, struct mood *m, struct mood *to, int64_t seed)
{
	bool full = m->delta_ms > 15 && seed % 3 != 0;

	w->t_us += 100000 + seed % 1900000;
	w->drops += full ? 1 + seed % 9 : 0;
	if (seed % 11 != 0)
		queue(w, w->drops, full ? 80 : seed % 20);
	if (seed % 13 != 0)
		rate(w, "dsl", to->zone, to->base_ms, to->delta_ms);
	if (seed % 17 != 0)
		rate(w, "cable", m->zone, m->base_ms, m->delta_ms);
}

static void
test_properties(int64_t mode, int64_t n, struct checks *c)
{
	static struct world w, killed;
	struct mood m = { 0 }, to = { 0 };
	int64_t last_us = 0;

	begin(&w, mode);
	killed = w;
	memset(c->t_us, 0, sizeof c->t_us);
	/* Half of the time changes come fast. */
	if (random_int(0, 1) == 0) {
		settings.steer.hold_us = 5 * SEC;
		settings.steer.green_samples = 3;
	}
	for (int64_t i = 0; i < n; i++) {
		int64_t seed = random_int(0, 1000000);

		drift(&m, 20);
		drift(&to, 30);
		w.decided = killed.decided = false;
		random_second(&w, &m, &to, seed);
		if (seed % 7 == 0)
			kill_it(&killed);
		random_second(&killed, &m, &to, seed);
		if (w.decided != killed.decided ||
		    (w.decided &&
			(memcmp(&w.steerer.last, &killed.steerer.last,
			     offsetof(struct steer, signals)) != 0 ||
			    strcmp(w.steerer.last.signals,
				killed.steerer.last.signals) != 0 ||
			    strcmp(w.steerer.last.why,
				killed.steerer.last.why) != 0)))
			c->torn++;
		if (w.decided && w.steerer.last.changed == 1)
			check_change(c, &w, &last_us);
	}
	/* And in the end all is well. */
	c->silent += seconds_until(&w, false, 0, false, 400) >= 400;
}

static void
test_all_properties(void)
{
	struct checks c = { 0 };

	random_start();
	for (int i = 0; i < 40; i++) {
		test_properties(STEER_VOTES, 3000, &c);
		test_properties(STEER_CONFIDENCE, 3000, &c);
	}
	ok(c.changes > 200, "random streams: %lld changes",
	    (long long)c.changes);
	is_int(c.worse, 0, "R59: none onto a dead or worse line");
	is_int(c.quick, 0, "R53: none faster than the hold allows");
	is_int(c.unbraked, 0,
	    "R54: none faster than the brake allows, of %lld on the brake",
	    (long long)c.braked);
	is_int(c.silent, 0, "it always returns when the line is healthy");
	is_int(c.torn, 0,
	    "R58: counters survive: killed at any record, the same decisions");
}

int
main(void)
{
	test_votes();
	test_hysteresis();
	test_yellow_returns();
	test_score();
	test_brake();
	test_brake_limits();
	test_limits();
	test_drops();
	test_missing();
	test_baseline();
	test_alternate();
	test_leaving();
	test_alike();
	test_state();
	test_gap();
	test_dry_run();
	test_all_properties();
	return tap_done();
}

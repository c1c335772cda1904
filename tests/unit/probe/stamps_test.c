/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/stamps.h"

#include "../tap.h"

#define DAY ((int64_t)STAMPS_DAY_MS * 1000)
#define NOON (DAY / 2)

/* One-way delays of a probe that left and came at these times of our clock. */
static const struct {
	const char *name;
	uint32_t received_ms, sent_ms;
	int64_t left_us, came_us;
	int64_t up_us, down_us; /* 0 and 0: refused */
} cases[] = {
	{ "the same clock", 43200010, 43200010, NOON, NOON + 20400, 10000,
	    10400 },
	{ "of another day of ours", 43200010, 43200010, NOON + 3 * DAY,
	    NOON + 3 * DAY + 20400, 10000, 10400 },
	{ "a clock an hour behind", 39600010, 39600010, NOON, NOON + 20400,
	    10000 - 3600000000, 10400 + 3600000000 },
	{ "midnight on the way there", 5, 5, DAY - 5000, DAY + 15000, 10000,
	    10000 },
	{ "midnight at the reflector", 86399999, 0, DAY - 10000, DAY + 10000,
	    9000, 10000 },
	{ "midnight on the way back", 86399995, 86399995, DAY - 15000,
	    DAY + 5000, 10000, 10000 },
	{ "it took 3 ms to answer", 43200010, 43200013, NOON, NOON + 23000,
	    10000, 10000 },
	{ "it took 4 ms to answer: the sum is not the round trip", 43200010,
	    43200014, NOON, NOON + 24000, 0, 0 },
	{ "a time of no day", 86400000, 86400000, NOON, NOON + 20000, 0, 0 },
	{ "the bit that says it is no time", 0x80000000u + 43200010,
	    0x80000000u + 43200010, NOON, NOON + 20000, 0, 0 },
	{ "no clock at all", 0, 43200010, NOON, NOON + 20000, 0, 0 },
};

static void
test_one_way(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stamps s = { cases[i].received_ms, cases[i].sent_ms };
		int64_t up = 0, down = 0;
		bool good = stamps_one_way(&s, cases[i].left_us,
		    cases[i].came_us, cases[i].came_us - cases[i].left_us, &up,
		    &down);

		is_int(good, cases[i].up_us != 0, "R2: %s", cases[i].name);
		is_int(up, cases[i].up_us, "R2: there");
		is_int(down, cases[i].down_us, "R2: and back");
	}
}

/* Probes to a reflector that answers these ways, one a second. Returns how
 * many asked for stamps; *lost of all were not answered. */
static int
ask(struct stamps_choice *c, int64_t *now_us, int probes, bool echo,
    bool stamps, bool sane, int *lost)
{
	int asked = 0;

	for (int i = 0; i < probes; i++) {
		bool wanted = stamps_wanted(c, STAMPS_AUTO, *now_us);
		bool answered = wanted ? stamps : echo;

		*now_us += 1000000;
		asked += wanted;
		*lost += !answered;
		stamps_learn(c, wanted, answered, wanted && sane, *now_us);
	}
	return asked;
}

static void
test_choice(void)
{
	struct stamps_choice c = { 0 };
	int64_t now_us = 1000000;
	int lost = 0;

	ok(!stamps_wanted(&c, STAMPS_NEVER, now_us) &&
		stamps_wanted(&c, STAMPS_ALWAYS, now_us),
	    "R2: never and always");
	is_int(ask(&c, &now_us, 100, true, true, true, &lost), 100,
	    "R2: one that answers both is asked for stamps");
	is_int(lost, 0, "R2: and nothing is lost");
	ask(&c, &now_us, 100, true, false, true, &lost);
	ok(lost >= STAMPS_SILENCE && lost <= STAMPS_SILENCE + 3,
	    "R2: one that stops with stamps is on echo after %d lost", lost);
	is_int(ask(&c, &now_us, 4000, true, true, true, &lost) > 3600, true,
	    "R2: and on stamps again when it gives them again");

	c = (struct stamps_choice){ 0 };
	lost = 0;
	ask(&c, &now_us, 30, true, false, true, &lost);
	is_int(lost, 1, "R2: one without stamps is asked for them once");
	ask(&c, &now_us, 86400, true, false, true, &lost);
	ok(lost > 20 && lost < 40, "R2: and some %d times a day", lost);

	c = (struct stamps_choice){ 0 };
	lost = 0;
	is_int(ask(&c, &now_us, 50, true, true, false, &lost),
	    STAMPS_NONSENSE + 1, "R2: nonsense is borne a few times");
	is_int(lost, 0, "R2: without a loss");

	c = (struct stamps_choice){ 0 };
	lost = 0;
	is_int(ask(&c, &now_us, 100, false, false, true, &lost), 50,
	    "R2: one that is silent is asked both ways in turn");
	is_int(ask(&c, &now_us, 100, false, true, true, &lost) >= 99, true,
	    "R2: and then as it answers");
}

/* What counts is what happens in a row. */
static void
test_rows(void)
{
	struct stamps_choice c = { 0 };
	int64_t now_us = 1000000, first_us;
	int lost = 0, asked = 0;

	ask(&c, &now_us, 1, true, true, true, &lost);
	for (int i = 0; i < 40; i++) {
		asked += ask(&c, &now_us, 1, true, false, true, &lost);
		asked += ask(&c, &now_us, 1, true, true, true, &lost);
	}
	is_int(asked, 80, "R2: every second one lost: still asked for stamps");
	c = (struct stamps_choice){ 0 };
	ask(&c, &now_us, 1, true, true, true, &lost);
	for (int i = 0; i < 40; i++) {
		ask(&c, &now_us, 1, true, true, false, &lost);
		ask(&c, &now_us, 1, true, true, true, &lost);
	}
	ok(!c.echo, "R2: nonsense now and then is borne for ever");

	/* On echo, of which some are lost now and then. */
	c = (struct stamps_choice){ 0 };
	first_us = now_us;
	lost = 0;
	for (int i = 0; i < 20; i++) {
		ask(&c, &now_us, 1, false, false, true, &lost);
		ask(&c, &now_us, 2, true, false, true, &lost);
	}
	ok(now_us - first_us < 2 * STAMPS_AGAIN_US && lost <= 22,
	    "R2: a lost echo now and then is no reason to ask: %d lost", lost);

	/* The pauses between questions do not stay long. */
	c = (struct stamps_choice){ 0 };
	ask(&c, &now_us, 10000, true, false, true, &lost);
	ask(&c, &now_us, 4000, true, true, true, &lost);
	ok(!c.echo, "R2: on stamps again");
	ask(&c, &now_us, 10, true, false, true, &lost);
	ok(c.echo, "R2: they stop: on echo");
	ask(&c, &now_us, 2 * STAMPS_AGAIN_US / 1000000, true, true, true,
	    &lost);
	ok(!c.echo, "R2: and they are asked for again after a minute");
}

/* All is silent for a while: whichever way was tried last answers first. */
static void
test_outage(void)
{
	for (int silent = STAMPS_SILENCE; silent < STAMPS_SILENCE + 8;
	     silent++) {
		struct stamps_choice c = { 0 };
		int64_t now_us = 1000000;
		int lost = 0;

		ask(&c, &now_us, 20, true, true, true, &lost);
		ask(&c, &now_us, silent, false, false, true, &lost);
		lost = 0;
		ok(ask(&c, &now_us, 10, true, true, true, &lost) >= 9 &&
			lost == 0,
		    "R2: after %d lost it is asked for stamps at once", silent);
		/* They do not come back: that costs one. */
		c = (struct stamps_choice){ 0 };
		ask(&c, &now_us, 20, true, true, true, &lost);
		ask(&c, &now_us, silent, false, false, true, &lost);
		lost = 0;
		ask(&c, &now_us, 50, true, false, true, &lost);
		ok(lost <= 2, "R2: if they are gone, %d more are lost", lost);
	}
}

/* Answers that take longer than the next question. */
static void
test_slow(void)
{
	struct stamps_choice c = { 0 };

	ok(stamps_wanted(&c, STAMPS_AUTO, 1), "R2: stamps first");
	ok(!stamps_wanted(&c, STAMPS_AUTO, 2), "R2: echo next");
	stamps_learn(&c, true, true, true, 3);
	stamps_learn(&c, false, true, false, 4);
	ok(stamps_wanted(&c, STAMPS_AUTO, 5),
	    "R2: an answer to echo does not undo one to stamps");
	c = (struct stamps_choice){ 0 };
	stamps_learn(&c, false, true, false, 3);
	ok(!stamps_wanted(&c, STAMPS_AUTO, 4), "R2: on echo");
	stamps_learn(&c, true, true, true, 5);
	ok(stamps_wanted(&c, STAMPS_AUTO, 6),
	    "R2: but one to stamps does undo one to echo");
}

int
main(void)
{
	test_one_way();
	test_choice();
	test_rows();
	test_outage();
	test_slow();
	return tap_done();
}

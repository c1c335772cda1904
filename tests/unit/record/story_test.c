/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decisions in words: what is told, and when. */
#include "record/story.h"

#include <stdio.h>
#include <string.h>

#include "../tap.h"

static struct story story;
static char text[STORY_TEXT];

/* What is told of a line, "" if nothing is; the reason of a bad one. */
static const char *
tell(const char *line)
{
	const char *culprit, *why;
	struct record r;

	if (record_parse(&r, line, strlen(line)) != NULL)
		return "not a record";
	switch (story_tell(&story, &r, text, &culprit, &why)) {
	case STORY_TOLD:
		return text;
	case STORY_NOTHING:
		return "";
	default:
		return why;
	}
}

static void
rates(void)
{
	story = (struct story){ 0 };
	is_str(tell("rtt t=1 host=a seq=1 us=1"), "", "another kind");
	ok(!story.decisions, "... is not a decision");
	is_str(tell("rate t=1769000001010000 wan=w dir=down bps=476000000 "
		    "was=560000000 state=red delta_us=91800 base_us=18100 "
		    "load=97 why=cut"),
	    "2026-01-21 12:53:21Z  w down  red       476.0 Mbit/s, was 560.0 "
	    "Mbit/s: red: multiplied by factor; delay 91.8 ms above 18.1 ms, "
	    "97 % used",
	    "R110: all of a rate");
	ok(story.decisions, "... which is a decision");
	is_str(tell("rate t=1 wan=w dir=down bps=4 was=5 state=red why=cut"),
	    "", "the same reason again");
	is_str(tell("rate t=1 dir=down bps=4000000 state=green why=odd"),
	    "1970-01-01 00:00:00Z  - down  green     4.0 Mbit/s: odd",
	    "a record without a name");
	is_str(tell("rate t=951825600000000 wan=w dir=down bps=4000000 "
		    "was=4000000 state=green why=odd"),
	    "2000-02-29 12:00:00Z  w down  green     4.0 Mbit/s: odd",
	    "a reason without a sentence");
	ok(*tell("rate t=1 wan=w dir=up bps=4 state=green why=odd") != '\0',
	    "the other direction");
	ok(*tell("rate t=1 wan=v dir=up bps=4 state=green why=odd") != '\0',
	    "another line");
	is_str(tell("rate t=1 dir=up bps=0 state=green"), "number out of range",
	    "a bad one");
}

static void
outcomes(void)
{
	story = (struct story){ 0 };
	is_str(tell("applied t=0 wan=w dir=up bps=9000000 want=9000000 "
		    "took_us=1300 ok=1 wrote=1"),
	    "1970-01-01 00:00:00Z  w up  shaper    has 9.0 Mbit/s, set in 1.3 "
	    "ms",
	    "R110: a rate that was set");
	is_str(tell("applied t=0 wan=w dir=up bps=8000000 want=8000000 "
		    "took_us=1 ok=1 wrote=1"),
	    "", "another one, as well");
	is_str(tell("applied t=0 wan=w dir=up want=8000000 took_us=1 ok=0 "
		    "wrote=0 why=timeout"),
	    "1970-01-01 00:00:00Z  w up  shaper    FAILED: timeout; wanted 8.0 "
	    "Mbit/s",
	    "a failure");
	is_str(tell("applied t=0 wan=w dir=up took_us=1 ok=0 wrote=0"),
	    "1970-01-01 00:00:00Z  w up  shaper    FAILED: not known why",
	    "one without a reason");
	is_str(tell("applied t=0 wan=w dir=up bps=8000000 took_us=1 ok=1 "
		    "wrote=0 why=reconciled"),
	    "1970-01-01 00:00:00Z  w up  shaper    has 8.0 Mbit/s (reconciled)",
	    "its end, and a remark");
}

static void
steering(void)
{
	story = (struct story){ 0 };
	is_str(tell("steer t=0 wan=w to=x on=1 dry_run=1 changed=1 "
		    "confidence=75 state=red delta_us=80000 drops=3 queued=9 "
		    "rtt_us=90000 alternate=good to_rtt_us=30500 "
		    "signals=delta-drops why=red"),
	    "1970-01-01 00:00:00Z  w -> x  DIVERTED (dry run)   all signals "
	    "say congestion; red, score 75; delay 80.0 ms, round trip 90.0 ms "
	    "against 30.5 ms, 3 drops, 9 waiting (delta-drops)",
	    "R110: all of a decision where traffic goes");
	is_str(tell("steer t=0 wan=w to=x on=1 dry_run=0 confidence=1 "
		    "state=green alternate=good why=hold"),
	    "1970-01-01 00:00:00Z  w -> x  away                 it would "
	    "change, but the last change is too fresh; green, score 1; delay "
	    "unknown, round trip unknown against unknown (no signal)",
	    "nothing is measured");
	is_str(tell("steer t=0 wan=w to=x on=1 dry_run=0 confidence=1 "
		    "state=green alternate=good why=hold"),
	    "", "the same again");
	ok(strstr(tell("steer t=0 wan=w to=x on=0 dry_run=0 changed=1 "
		       "confidence=1 state=green alternate=good why=calm"),
	       "RETURNED") != NULL,
	    "back");
	ok(strstr(tell("steer t=0 wan=w to=x on=0 dry_run=0 changed=1 "
		       "confidence=1 state=green alternate=good why=calm"),
	       "RETURNED") != NULL,
	    "a change is told, whatever was before");
	ok(strstr(tell("steer t=0 wan=w to=x on=0 dry_run=0 confidence=1 "
		       "state=green alternate=dead why=green"),
	       "home") != NULL,
	    "where it belongs");
	is_str(tell("diverted t=0 wan=w to=x want=1 on=1 took_us=1300 ok=1 "
		    "wrote=1 why=reconciled"),
	    "1970-01-01 00:00:00Z  w -> x  diverter             is on, "
	    "switched in 1.3 ms (reconciled)",
	    "R110: a switch");
	is_str(tell("diverted t=0 wan=w to=x want=0 on=0 took_us=1 ok=1 "
		    "wrote=0"),
	    "1970-01-01 00:00:00Z  w -> x  diverter             is off",
	    "nothing to switch");
	is_str(tell("diverted t=0 wan=w to=x want=1 took_us=1 ok=0 wrote=0 "
		    "why=refused"),
	    "1970-01-01 00:00:00Z  w -> x  diverter             FAILED: "
	    "refused; wanted on",
	    "a failure");
}

/* There is no room to remember them all: they are told each time. */
static void
many(void)
{
	char line[100];
	int told = 0;

	story = (struct story){ 0 };
	for (int i = 0; i < 2 * (STORY_LINES + 10); i++) {
		snprintf(line, sizeof line,
		    "rate t=1 wan=w%d dir=up bps=4 state=green why=grow",
		    i / 2);
		told += *tell(line) != '\0';
	}
	is_int(told, STORY_LINES + 20, "R110: more lines than are remembered");
}

int
main(void)
{
	rates();
	outcomes();
	steering();
	many();
	return tap_done();
}

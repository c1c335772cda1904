/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each event from the records that bring it about, and its end. */
#include "monitor/alerting.h"

#include <string.h>

#include "../tap.h"

#define SEC ((int64_t)1000000)
#define T0 (1769000000 * SEC)

static struct settings s;
static struct alerting a;
static struct alerting_news news;
static int64_t t_us; /* of the next record */
static bool seen[EVENT_WORDS];

static void
begin(void)
{
	settings_init(&s);
	(void)settings_set(&s, "wan", "name", "cable", 1);
	(void)settings_finish(&s, NULL, 0);
	memset(&a, 0, sizeof a);
	memset(&news, 0, sizeof news);
	t_us = T0;
}

/* A decision, and a second passes. */
static void
decide(enum direction dir, enum zone zone, int64_t load)
{
	struct rate rate;

	message_clear(&message_rate, &rate);
	rate.t_us = t_us;
	rate.dir = dir;
	rate.bps = 9000000;
	rate.state = zone;
	rate.delta_us = 42000;
	rate.load = load;
	rate.base_us = 18000;
	strcpy(rate.why, "hold");
	alerting_rate(&a, &s, &rate, &news);
	t_us += SEC;
}

static void
decide_for(int64_t seconds, enum direction dir, enum zone zone, int64_t load)
{
	for (int64_t i = 0; i < seconds; i++)
		decide(dir, zone, load);
}

static void
apply(enum direction dir, bool ok, const char *why)
{
	struct applied applied;

	message_clear(&message_applied, &applied);
	applied.t_us = t_us;
	applied.dir = dir;
	applied.ok = ok;
	strcpy(applied.why, why);
	alerting_applied(&a, &s, &applied, &news);
	t_us += SEC;
}

static void
steer(int64_t on, int64_t dry_run, enum alternate alternate)
{
	struct steer steer;

	message_clear(&message_steer, &steer);
	steer.t_us = t_us;
	steer.on = on;
	steer.dry_run = dry_run;
	steer.alternate = alternate;
	strcpy(steer.why, "score");
	alerting_steer(&a, &s, &steer, &news);
	t_us += SEC;
}

/* The only news, as a record without its time; then there are none. */
static const char *
told(void)
{
	static char line[RECORD_MAX + 1];
	struct alert *alert = &news.alert[0];

	if (news.count == 0)
		return "nothing";
	if (news.count > 1)
		return "several";
	news.count = 0;
	seen[alert->event] = true;
	line[message_pack(&message_alert, line, alert) - 1] = '\0';
	return strstr(line, " wan=") + 1;
}

/* The words of all news, with "-" before an end. */
static const char *
words(void)
{
	static char all[400];
	size_t len = 0;

	all[0] = '\0';
	for (size_t i = 0; i < news.count; i++)
		seen[news.alert[i].event] = true;
	for (size_t i = 0; i < news.count; i++)
		len += (size_t)snprintf(all + len, sizeof all - len, "%s%s%s",
		    i > 0 ? " " : "", news.alert[i].resolved == 1 ? "-" : "",
		    event_words[news.alert[i].event]);
	news.count = 0;
	return all;
}

static void
table(void)
{
	for (size_t i = 0; i < ALERT_EVENTS; i++) {
		is_str(event_words[i], event_table[i].word,
		    "R93: the words of beginnings come first");
		ok(event_number(event_table[i].ended,
		       strlen(event_table[i].ended)) < EVENT_WORDS,
		    "R93: %s is a word", event_table[i].ended);
	}
	is_int(event_number("flapping", 8), EVENT_WORDS, "R93: others are not");
	is_int(event_number("", 0), EVENT_WORDS, "R93: nor is nothing");
}

static void
congestion(void)
{
	begin();
	decide_for(60, UP, ZONE_SOFT_RED, 90);
	is_str(words(), "", "R93: congestion of less than a minute is no news");
	decide(UP, ZONE_SOFT_RED, 90);
	is_str(told(),
	    "wan=cable dir=up event=congestion_sustained_ul severity=warning "
	    "state=soft_red delta_us=42000 bps=9000000 for_us=60000000 "
	    "why=hold",
	    "R93: after a minute it is, with what is known of it");
	decide_for(600, UP, ZONE_SOFT_RED, 90);
	decide(UP, ZONE_UNKNOWN, 90);
	is_str(words(), "", "R93: once, and as long as its end is not known");
	decide(UP, ZONE_YELLOW, 90);
	is_str(told(),
	    "wan=cable dir=up event=congestion_recovered_ul severity=info "
	    "state=yellow delta_us=42000 bps=9000000 for_us=662000000 "
	    "resolved=1 why=hold",
	    "R93: its end");
	decide_for(30, UP, ZONE_RED, 90);
	is_str(words(), "hard_red_ul", "R93: RED is told at once");
	decide(UP, ZONE_GREEN, 90);
	is_str(words(), "-hard_red_ul",
	    "R93: without what did not last for a minute");
	decide_for(29, UP, ZONE_GREEN, 90);
	decide(UP, ZONE_RED, 90);
	decide(UP, ZONE_GREEN, 90);
	is_str(words(), "hard_red_ul -hard_red_ul",
	    "R93: again, a minute later");
	decide(UP, ZONE_RED, 90);
	decide(UP, ZONE_GREEN, 90);
	is_str(words(), "", "R93: not before");
	decide_for(59, DOWN, ZONE_RED, 90);
	decide_for(2, DOWN, ZONE_SOFT_RED, 90);
	is_str(words(), "hard_red_dl -hard_red_dl congestion_sustained_dl",
	    "R93: the other direction; RED and SOFT_RED count together");
	decide(DOWN, ZONE_GREEN, 90);
	is_str(words(), "-congestion_recovered_dl", "R93: its end, too");
}

/* A cool-down of five minutes, for one that comes and goes. */
static void
cooldown(void)
{
	begin();
	s.alert.hard_red_cooldown_us = 3600 * SEC;
	decide_for(61, DOWN, ZONE_SOFT_RED, 90);
	decide(DOWN, ZONE_GREEN, 90);
	is_str(words(), "congestion_sustained_dl -congestion_recovered_dl",
	    "R93: it came and went");
	decide_for(237, DOWN, ZONE_GREEN, 90);
	decide_for(61, DOWN, ZONE_SOFT_RED, 90);
	is_str(words(), "", "R93: again within five minutes: no news");
	decide(DOWN, ZONE_SOFT_RED, 90);
	is_str(words(), "congestion_sustained_dl",
	    "R93: if it still holds then, it is told");
}

static void
flapping(void)
{
	begin();
	s.alert.hard_red_cooldown_us = 3600 * SEC;
	for (int i = 0; i < 30; i++)
		decide(DOWN, i % 2 == 0 ? ZONE_GREEN : ZONE_YELLOW, 90);
	is_str(words(), "", "R93: 29 changes are no flapping");
	decide(DOWN, ZONE_GREEN, 90);
	is_str(words(), "flapping_dl", "R93: 30 in two minutes are");
	decide_for(200, DOWN, ZONE_GREEN, 90);
	is_str(words(), "-flapping_dl", "R93: until they are rarer");
	begin();
	for (int i = 0; i < 62; i++) {
		decide(UP, i % 2 == 0 ? ZONE_GREEN : ZONE_YELLOW, 90);
		t_us += 3 * SEC + 300000;
	}
	is_str(words(), "", "R93: so many in three minutes are none");
	s.alert.flaps = 2;
	decide(UP, ZONE_GREEN, 90);
	decide(UP, ZONE_YELLOW, 90);
	is_str(words(), "flapping_ul", "R93: or what the configuration says");
}

static void
delay(void)
{
	begin();
	decide_for(61, DOWN, ZONE_YELLOW, 70);
	is_str(words(), "", "R93: a delay under load is none of these");
	decide_for(61, DOWN, ZONE_YELLOW, 5);
	is_str(words(), "latency_regression",
	    "R93: a delay for a minute that no load explains");
	decide(DOWN, ZONE_GREEN, 5);
	is_str(words(), "-latency_regression", "R93: and its end");
	begin();
	decide_for(200, DOWN, ZONE_YELLOW, NONE);
	is_str(words(), "", "R93: nothing is said of a load that is not known");
}

/* Decisions with this baseline for a minute and a bit. */
static const char *
with_baseline(int64_t least_us, int64_t more_us)
{
	struct rate rate;

	message_clear(&message_rate, &rate);
	rate.dir = DOWN;
	rate.state = ZONE_GREEN;
	for (int i = 0; i < 62; i++) {
		rate.t_us = t_us;
		rate.base_us = i % 3 == 0 ? least_us : more_us;
		alerting_rate(&a, &s, &rate, &news);
		t_us += SEC;
	}
	return words();
}

static void
baseline(void)
{
	begin();
	s.alert.cooldown_us = 0;
	is_str(with_baseline(10000, 30000), "", "R93: the first baseline");
	is_str(with_baseline(14000, 90000), "", "R93: two fifths more");
	is_str(with_baseline(15100, 30000), "",
	    "R93: ... is not yet looked at");
	is_str(with_baseline(15100, 30000), "baseline_drift",
	    "R93: half as long again is news");
	is_str(with_baseline(15100, 30000), "",
	    "R93: that is the baseline now");
	is_str(with_baseline(7600, 30000), "", "R93: a little more than half");
	is_str(with_baseline(7500, 30000), "baseline_drift",
	    "R93: half of it is news, as the least counts");
	is_str(with_baseline(7500, 30000), "", "R93: once");
	is_str(with_baseline(NONE, 0), "", "R93: none is none");
}

static void
offline(void)
{
	begin();
	decide(DOWN, ZONE_GREEN, 90);
	decide(UP, ZONE_BLACKOUT, 90);
	is_str(told(),
	    "wan=cable event=wan_offline severity=critical for_us=0 why=hold",
	    "R93: no answer at all");
	decide(DOWN, ZONE_BLACKOUT, 90);
	decide(UP, ZONE_GREEN, 90);
	is_str(words(), "", "R93: as long as that is so of either direction");
	decide(DOWN, ZONE_UNKNOWN, 90);
	is_str(words(), "-wan_recovered", "R93: the first answer is its end");
}

static void
router(void)
{
	begin();
	apply(DOWN, true, "");
	for (int i = 0; i < 5; i++) {
		apply(DOWN, false, "timeout");
		apply(UP, true, "");
	}
	is_str(words(), "", "R93: a router that is away for ten seconds");
	apply(DOWN, false, "refused");
	is_str(told(),
	    "wan=cable event=router_lost severity=critical for_us=10000000 "
	    "why=refused",
	    "R93: ... and longer");
	apply(DOWN, true, "");
	is_str(told(),
	    "wan=cable event=router_back severity=info for_us=11000000 "
	    "resolved=1",
	    "R93: and is back");
}

static void
steering(void)
{
	begin();
	steer(1, 1, ALTERNATE_GOOD);
	is_str(words(), "", "R93: a dry run diverts nothing");
	steer(1, 0, ALTERNATE_GOOD);
	steer(1, 0, ALTERNATE_GOOD);
	is_str(told(),
	    "wan=cable event=steering_activated severity=warning for_us=0 "
	    "why=score",
	    "R93: traffic goes elsewhere");
	steer(0, 0, ALTERNATE_DEAD);
	is_str(words(), "-steering_recovered alternate_dead",
	    "R93: it is back, as the other line is dead");
	steer(0, 0, ALTERNATE_WORSE);
	is_str(words(), "-alternate_dead", "R93: which then answers");
}

static void
blind(void)
{
	begin();
	is_int(alerting_due_us(&a, &s), INT64_MAX,
	    "R93: nothing is due before the first");
	decide(UP, ZONE_GREEN, 90);
	is_int(alerting_due_us(&a, &s), T0 + 11 * SEC,
	    "R93: three passes, and five seconds");
	alerting_time(&a, &s, T0 + 11 * SEC, &news);
	is_str(words(), "", "R93: for as long nothing is said");
	alerting_time(&a, &s, T0 + 11 * SEC + 1, &news);
	is_str(told(),
	    "wan=cable event=blind severity=critical for_us=11000000",
	    "R93: nobody decides any more");
	is_int(alerting_due_us(&a, &s), INT64_MAX, "R93: told once");
	t_us = T0 + 20 * SEC;
	decide(UP, ZONE_GREEN, 90);
	is_str(told(),
	    "wan=cable event=blind severity=info for_us=20000000 resolved=1 "
	    "why=hold",
	    "R93: and its end");
	t_us += 100 * SEC;
	apply(UP, true, "");
	is_str(words(), "", "R93: a cool-down of this one, too");
	is_int(alerting_due_us(&a, &s), T0 + 311 * SEC, "R93: it is awaited");
	begin();
	alerting_time(&a, &s, T0, &news);
	alerting_time(&a, &s, T0 + 12 * SEC, &news);
	is_str(words(), "blind", "R93: a line that never decides");
}

static void
unwanted(void)
{
	begin();
	strcpy(s.alert.without, " hard_red_dl  blind ");
	decide(DOWN, ZONE_RED, 90);
	decide(UP, ZONE_RED, 90);
	is_str(words(), "hard_red_ul", "R93: what is not wanted is not told");
	is_int(a.event[ALERT_HARD_RED_DL].count, 0, "R93: and not counted");
	is_int(alerting_due_us(&a, &s), INT64_MAX, "R93: or waited for");
}

/* A clock that was ahead: what was later than now is now. */
static void
clocks(void)
{
	begin();
	t_us = T0 + 7200 * SEC;
	decide(DOWN, ZONE_RED, 90);
	decide(DOWN, ZONE_GREEN, 90);
	is_str(words(), "hard_red_dl -hard_red_dl", "R93: two hours ahead");
	t_us = T0;
	decide(DOWN, ZONE_GREEN, 90);
	decide(DOWN, ZONE_RED, 90);
	is_str(words(), "hard_red_dl",
	    "R93: a cool-down is not longer because the clock was set back");
	is_int(alerting_due_us(&a, &s), T0 + SEC + 11 * SEC,
	    "R93: neither is the time without decisions");
	t_us -= 3 * SEC;
	decide(UP, ZONE_GREEN, 90);
	is_int(a.newest_us, T0 + SEC,
	    "R93: a record that is late sets nothing");
}

static void
kept(void)
{
	static char text[ALERTING_TEXT_MAX];
	static struct alerting again;

	begin();
	decide_for(61, UP, ZONE_RED, 90);
	(void)words();
	alerting_describe(&a, &s, text);
	is_str(alerting_restore(&again, &s, text), NULL, "R93: it is kept");
	a = again;
	decide(UP, ZONE_RED, 90);
	is_str(words(), "", "R93: what was told is not told again");
	decide(UP, ZONE_GREEN, 90);
	is_str(words(), "-hard_red_ul -congestion_recovered_ul",
	    "R93: its end is, by another process");
	is_int(again.event[ALERT_HARD_RED_UL].count, 1, "R93: and counted");
	is_int(again.noted_us, 18000, "R93: the baseline that was noted");
	/* By a clock that was a day ahead. */
	is_str(alerting_restore(&a, &s,
		   "state v=1 program=wanctl-alert wan=cable\n"
		   "alerted event=hard_red_ul since_t=1769086400000000 told=0 "
		   "quiet_t=1769086460000000 count=1\n"
		   "alerted event=hard_red_dl told=0 "
		   "quiet_t=1769000030000000 count=1\n"),
	    NULL, "R93: a state of a clock that was ahead");
	t_us = T0;
	decide(UP, ZONE_RED, 90);
	decide(DOWN, ZONE_RED, 90);
	is_str(words(), "hard_red_ul",
	    "R93: holds back nothing but what it may");
	ok(alerting_restore(&again, &s,
	       "state v=1 program=wanctl-assess wan=cable\n") != NULL,
	    "R93: that of another program is refused");
	ok(alerting_restore(&again, &s,
	       "state v=1 program=wanctl-alert wan=cable\n"
	       "alerted event=blind told=1 count=1\n"
	       "alerted event=nonsense told=1 count=1\n") != NULL &&
		again.event[ALERT_BLIND].count == 0,
	    "R93: of a wrong one nothing is taken");
}

int
main(void)
{
	table();
	congestion();
	cooldown();
	flapping();
	delay();
	baseline();
	offline();
	router();
	steering();
	blind();
	unwanted();
	clocks();
	kept();
	for (size_t i = 0; i < EVENT_WORDS; i++)
		ok(seen[i], "R93: %s was told", event_words[i]);
	return tap_done();
}

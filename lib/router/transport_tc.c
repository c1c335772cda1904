/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tc(8) of Linux or OpenWrt over SSH. A change is bound to what was read: HTB
 * is read before each, as its options must be said again, CAKE once, as its
 * handle stays; then it is set and read in one round trip. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "record/messages.h"
#include "router/tc_text.h"
#include "router/transport.h"

#define READS 2

static const int64_t nothing[DIRECTIONS] = { 0, 0 };

static enum failure
find_places(struct transport *t, struct tc_text_place place[static DIRECTIONS])
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		const char *name = t->name[dir],
			   *why = tc_text_place(&place[dir], name);

		if (why != WORKED)
			return transport_fail(t, FAILURE_MISSING, name, why);
	}
	return WORKED;
}

static enum failure
explain(struct transport *t, enum failure why, struct slice said)
{
	static const struct {
		enum failure why;
		const char *what;
	} known[] = {
		{ FAILURE_MISSING,
		    "no CAKE at the root of the device, or no such class" },
		{ FAILURE_PERMISSION, "the user may not change that" },
		{ FAILURE_UNSUPPORTED, "no tc there that knows this" },
		{ FAILURE_GARBLED, "the answer is cut off or no answer" },
	};
	const char *what = "tc says";
	char line[200];

	(void)snprintf(line, sizeof line, "%.*s",
	    said.len < sizeof line ? (int)said.len : (int)sizeof line - 1,
	    said.at);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (why == known[i].why)
			what = known[i].what;
	return transport_fail(t, why, what, line);
}

/* Sets what is asked for, and reads both. */
static enum failure
run(struct transport *t, const struct tc_text_place place[static DIRECTIONS],
    const int64_t bps[static DIRECTIONS],
    struct tc_text_shaper s[static DIRECTIONS], bool *sent)
{
	struct ssh_peer peer = transport_peer(t->settings);
	char script[TC_TEXT_SCRIPT];
	struct slice said;
	enum failure why;

	tc_text_script(script, place, bps, s);
	why = ssh_run(&t->ssh, &peer, script, sent);
	if (why != WORKED)
		return transport_fail(t, why, t->ssh.detail, "");
	why = tc_text_read(t->ssh.reply, t->ssh.len, place, bps, s,
	    &t->uptime_us, &said);
	t->seen_us = clock_monotonic();
	for (int i = 0; i < DIRECTIONS; i++)
		if (place[i].class[0] == '\0' &&
		    strlen(s[i].keep) < sizeof t->id[i])
			text_copy(t->id[i], sizeof t->id[i], s[i].keep,
			    strlen(s[i].keep));
	return why == WORKED ? WORKED : explain(t, why, said);
}

static bool
is_cut_off(enum failure why)
{
	return why == FAILURE_GARBLED || why == FAILURE_RESET;
}

static enum failure
read_both(struct transport *t,
    const struct tc_text_place place[static DIRECTIONS],
    struct tc_text_shaper s[static DIRECTIONS])
{
	enum failure why = WORKED;
	bool sent;

	for (int i = 0; i < READS; i++) {
		why = run(t, place, nothing, s, &sent);
		if (why == WORKED || !is_cut_off(why))
			break;
	}
	return why;
}

static enum failure
get_queues(struct transport *t, struct routeros_queue q[static DIRECTIONS])
{
	struct tc_text_place place[DIRECTIONS];
	struct tc_text_shaper s[DIRECTIONS];
	enum failure why = find_places(t, place);

	if (why == WORKED)
		why = read_both(t, place, s);
	for (int i = 0; i < DIRECTIONS && why == WORKED; i++)
		q[i] = s[i].q;
	return why;
}

/* Refuses a rate that is too low for tc. */
static enum failure
check_rates(struct transport *t, const int64_t bps[static DIRECTIONS])
{
	for (int i = 0; i < DIRECTIONS; i++)
		if (bps[i] > 0 && bps[i] < TC_TEXT_LEAST)
			return transport_fail(t, FAILURE_REJECTED,
			    "less than 8 kbit/s is too little", "");
	return WORKED;
}

/* Fills in what a change needs from memory: false if it must be read. */
static bool
recall(struct transport *t, const struct tc_text_place place[static DIRECTIONS],
    const int64_t bps[static DIRECTIONS],
    struct tc_text_shaper s[static DIRECTIONS])
{
	bool known = true;

	for (int i = 0; i < DIRECTIONS; i++) {
		s[i] = (struct tc_text_shaper){ .autorate = false };
		text_copy(s[i].keep, sizeof s[i].keep, t->id[i],
		    strlen(t->id[i]));
		if (bps[i] > 0 &&
		    (place[i].class[0] != '\0' || s[i].keep[0] == '\0'))
			known = false;
	}
	return known;
}

/* The same, read. */
static enum failure
read_shapers(struct transport *t,
    const struct tc_text_place place[static DIRECTIONS],
    const int64_t bps[static DIRECTIONS],
    struct tc_text_shaper s[static DIRECTIONS])
{
	enum failure why = read_both(t, place, s);

	for (int i = 0; i < DIRECTIONS && why == WORKED; i++)
		if (bps[i] > 0 && place[i].class[0] == '\0' &&
		    s[i].keep[0] == '\0')
			why = transport_fail(t, FAILURE_MISSING,
			    "no CAKE at the root of the device, or no such "
			    "class",
			    place[i].device);
	return why;
}

static enum failure
compare(struct transport *t, const int64_t bps[static DIRECTIONS],
    const struct tc_text_shaper s[static DIRECTIONS],
    int64_t has[static DIRECTIONS])
{
	enum failure why = WORKED;

	for (int i = 0; i < DIRECTIONS; i++) {
		has[i] = s[i].q.bps;
		if (bps[i] > 0 && s[i].autorate)
			why = transport_fail(t, FAILURE_MISMATCH,
			    "CAKE's autorate-ingress is on and changes the "
			    "rate; turn it off",
			    t->name[i]);
		else if (why == WORKED && bps[i] > 0 &&
		    has[i] != tc_text_round(bps[i]))
			why = transport_fail(t, FAILURE_MISMATCH,
			    "another rate is in effect than the one that was "
			    "set",
			    t->name[i]);
	}
	return why;
}

static enum failure
set_queues(struct transport *t, const int64_t bps[static DIRECTIONS],
    int64_t has[static DIRECTIONS])
{
	struct tc_text_place place[DIRECTIONS];
	struct tc_text_shaper s[DIRECTIONS];
	enum failure why = find_places(t, place);
	bool sent = false, recalled = false;

	if (why == WORKED)
		why = check_rates(t, bps);
	if (why == WORKED && !(recalled = recall(t, place, bps, s)))
		why = read_shapers(t, place, bps, s);
	if (why == WORKED) {
		why = run(t, place, bps, s, &sent);
		t->wrote = sent;
	}
	/* Something else is there by now, or another CAKE. */
	if (recalled && why != WORKED && why == FAILURE_MISSING &&
	    (why = read_shapers(t, place, bps, s)) == WORKED)
		why = run(t, place, bps, s, &sent);
	/* Nobody knows whether it was done. */
	if (why != WORKED && sent && is_cut_off(why))
		why = read_both(t, place, s);
	return why != WORKED ? why : compare(t, bps, s, has);
}

static enum failure
no_rule(struct transport *t)
{
	return transport_fail(t, FAILURE_UNSUPPORTED,
	    "ssh_tc has queues only: a rule is RouterOS's", "");
}

static enum failure
get_rule(struct transport *t, bool *on)
{
	(void)on;
	return no_rule(t);
}

static enum failure
set_rule(struct transport *t, bool on)
{
	(void)on;
	return no_rule(t);
}

static void
close_ssh(struct transport *t)
{
	ssh_close(&t->ssh);
}

const struct transport_kind_ops transport_ssh_tc = { "ssh_tc", get_queues,
	set_queues, get_rule, set_rule, NULL, close_ssh };

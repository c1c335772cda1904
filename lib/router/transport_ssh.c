/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RouterOS over SSH: one command, one round trip, each. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "record/messages.h"
#include "router/transport.h"

#define READS 2
#define UPTIME_US 60000000 /* how often it is asked */
#define FLAGS_US 60000000  /* how often flags are asked for */

static enum failure
run(struct transport *t, const char *script, bool *sent)
{
	struct ssh_peer peer = transport_peer(t->settings);
	enum failure why = ssh_run(&t->ssh, &peer, script, sent);

	return why == WORKED ? WORKED :
			       transport_fail(t, why, t->ssh.detail, "");
}

/* The failure in the output of a script that did not end well. */
static enum failure
refused(struct transport *t, enum failure why, struct slice said)
{
	char line[200];

	if (why == WORKED)
		return WORKED;
	(void)snprintf(line, sizeof line, "%.*s",
	    said.len < sizeof line ? (int)said.len : (int)sizeof line - 1,
	    said.at);
	if (why == FAILURE_MISSING)
		return transport_fail(t, why,
		    "not found on the router, see its name in [router]", line);
	if (why == FAILURE_DUPLICATE)
		return transport_fail(t, why,
		    "more than one of that name on the router", line);
	if (why == FAILURE_GARBLED)
		return transport_fail(t, why,
		    "the answer of the console is cut off or no answer", line);
	return transport_fail(t, why, "the router says", line);
}

/* The answer, or the rest of it, did not come: reading is worth another try,
 * and what a change did is to be read. */
static bool
is_cut_off(enum failure why)
{
	return why == FAILURE_GARBLED || why == FAILURE_RESET;
}

static enum failure
read_queues(struct transport *t, struct routeros_queue q[static DIRECTIONS])
{
	char script[ROUTEROS_SCRIPT];
	struct slice said;
	enum failure why;
	bool sent;

	routeros_get_queues(script, t->name, t->simple);
	for (int i = 0; i < READS; i++) {
		said = (struct slice){ "", 0 };
		why = run(t, script, &sent);
		if (why == WORKED)
			why = refused(t,
			    routeros_read_queues(t->ssh.reply, t->ssh.len,
				t->simple, q, &said),
			    said);
		if (why == WORKED || !is_cut_off(why))
			break;
	}
	return why;
}

/* A reboot shows in the uptime; seldom asked for, and worth no failure. */
static void
look_at_clock(struct transport *t)
{
	int64_t now_us = clock_monotonic(), uptime_us, sectors;
	char detail[TRANSPORT_DETAIL];
	struct slice said;
	bool sent;

	if (t->seen_us != 0 && !t->ssh.fresh && now_us - t->seen_us < UPTIME_US)
		return;
	t->seen_us = now_us;
	t->uptime_us = t->sectors = NONE;
	memcpy(detail, t->detail, sizeof detail);
	if (run(t, ROUTEROS_UPTIME_SCRIPT, &sent) == WORKED &&
	    routeros_read_uptime(t->ssh.reply, t->ssh.len, &uptime_us, &sectors,
		&said) == WORKED) {
		t->uptime_us = uptime_us;
		t->sectors = sectors;
	}
	memcpy(t->detail, detail, sizeof detail);
}

/* Seldom, and each time while one of them is in the way. A console that does
 * not tell them is not a failure. True if they are known. */
static bool
look_at_flags(struct transport *t, const char *script,
    struct transport_flags *last, struct routeros_flags flags[], size_t count)
{
	char detail[TRANSPORT_DETAIL];
	int64_t now_us = clock_monotonic();
	bool sent, known;

	if (last->seen_us != 0 && !last->inactive &&
	    now_us - last->seen_us < FLAGS_US)
		return false;
	last->seen_us = now_us;
	memcpy(detail, t->detail, sizeof detail);
	known = run(t, script, &sent) == WORKED &&
	    routeros_read_flags(t->ssh.reply, t->ssh.len, flags, count) ==
		WORKED;
	memcpy(t->detail, detail, sizeof detail);
	return known;
}

static enum failure
judge_queues(struct transport *t)
{
	struct routeros_flags flags[DIRECTIONS];
	char script[ROUTEROS_SCRIPT];
	enum failure why = WORKED;

	routeros_queue_flags(script, t->name, t->simple);
	if (look_at_flags(t, script, &t->queue_flags, flags,
		t->simple ? 1 : DIRECTIONS)) {
		if (t->simple)
			flags[UP] = flags[DOWN];
		why = transport_judge_queues(t, flags);
	}
	t->queue_flags.inactive = why != WORKED;
	return why;
}

static enum failure
judge_rule(struct transport *t)
{
	struct routeros_flags flags;
	char script[ROUTEROS_SCRIPT];
	enum failure why = WORKED;

	if (t->ssh.fresh)
		t->rule_flags.seen_us = 0;
	routeros_rule_flags(script, t->settings->router.rule);
	if (look_at_flags(t, script, &t->rule_flags, &flags, 1))
		why = transport_judge_rule(t, &flags);
	t->rule_flags.inactive = why != WORKED;
	return why;
}

static enum failure
get_queues(struct transport *t, struct routeros_queue q[static DIRECTIONS])
{
	enum failure why = read_queues(t, q);

	if (why != WORKED)
		return why;
	if (t->ssh.fresh)
		t->queue_flags.seen_us = 0;
	look_at_clock(t);
	return judge_queues(t);
}

/* Reads until it is what was set: a router may say what was before for a
 * moment. */
static enum failure
verify(struct transport *t, const int64_t bps[static DIRECTIONS],
    int64_t has[static DIRECTIONS])
{
	struct routeros_queue q[DIRECTIONS];
	enum failure why;

	for (int i = 0; i < TRANSPORT_TRIES; i++) {
		transport_pause(i);
		if ((why = read_queues(t, q)) != WORKED)
			return why;
		has[DOWN] = q[DOWN].bps;
		has[UP] = q[UP].bps;
		if (transport_is_right(bps, has))
			return WORKED;
	}
	return transport_fail(t, FAILURE_MISMATCH,
	    "the router keeps another rate than the one that was set", "");
}

/* Of a simple queue both are set: one that is not asked for is what it is. */
static enum failure
keep_other(struct transport *t, const int64_t bps[static DIRECTIONS],
    int64_t all[static DIRECTIONS])
{
	struct routeros_queue q[DIRECTIONS];
	enum failure why;

	memcpy(all, bps, DIRECTIONS * sizeof *all);
	if (!t->simple || (bps[DOWN] > 0 && bps[UP] > 0))
		return WORKED;
	why = read_queues(t, q);
	for (int i = 0; i < DIRECTIONS && why == WORKED; i++)
		if (all[i] <= 0)
			all[i] = q[i].bps;
	return why;
}

static enum failure
set_queues(struct transport *t, const int64_t bps[static DIRECTIONS],
    int64_t has[static DIRECTIONS])
{
	char script[ROUTEROS_SCRIPT];
	int64_t all[DIRECTIONS];
	struct slice said;
	enum failure why;
	bool sent;

	why = keep_other(t, bps, all);
	if (why != WORKED)
		return why;
	routeros_set_queues(script, t->name, t->simple, all);
	why = run(t, script, &sent);
	t->wrote = sent;
	if (why == WORKED) {
		why = routeros_read_set(t->ssh.reply, t->ssh.len, t->simple,
		    has, &said);
		if (why != WORKED && why != FAILURE_GARBLED)
			return refused(t, why, said);
		if (why == WORKED && transport_is_right(bps, has))
			return WORKED;
	} else if (!sent || why == FAILURE_TIMEOUT) {
		return why;
	}
	/* Nobody knows whether it was done. */
	return verify(t, bps, has);
}

static enum failure
rule_once(struct transport *t, int want, bool *on)
{
	char script[ROUTEROS_SCRIPT];
	struct slice said = { "", 0 };
	enum failure why;
	bool sent;

	routeros_rule_script(script, t->settings->router.rule, want);
	why = run(t, script, &sent);
	t->wrote = t->wrote || (sent && want >= 0);
	if (why != WORKED)
		return why;
	why = routeros_read_rule(t->ssh.reply, t->ssh.len, on, &said);
	return refused(t, why, said);
}

static enum failure
read_rule(struct transport *t, bool *on)
{
	enum failure why = rule_once(t, -1, on);

	return why != WORKED && is_cut_off(why) ? rule_once(t, -1, on) : why;
}

static enum failure
get_rule(struct transport *t, bool *on)
{
	enum failure why = read_rule(t, on);

	return why != WORKED ? why : judge_rule(t);
}

/* One that is right already is not written: there is flash memory behind. */
static enum failure
set_rule(struct transport *t, bool want)
{
	bool on = !want;
	enum failure why = read_rule(t, &on);

	if (why != WORKED)
		return why;
	if (on == want)
		return judge_rule(t);
	/* A rule that is off has not shown yet whether it can work. */
	t->rule_flags.seen_us = 0;
	why = rule_once(t, want, &on);
	if (why != WORKED && is_cut_off(why))
		why = read_rule(t, &on);
	for (int i = 0; i < TRANSPORT_TRIES && why == WORKED && on != want;
	     i++) {
		transport_pause(i);
		why = read_rule(t, &on);
	}
	if (why == WORKED && on != want)
		return transport_fail(t, FAILURE_MISMATCH,
		    "the rule stays as it was", "");
	return why != WORKED ? why : judge_rule(t);
}

#define VALUE_SIZE 256

static enum failure
list(struct transport *t, const char *menu, const char *const properties[],
    transport_each *each, void *user)
{
	char script[ROUTEROS_SCRIPT], value[TRANSPORT_PROPERTIES][VALUE_SIZE];
	const char *values[TRANSPORT_PROPERTIES] = { NULL };
	enum failure why;
	struct slice said = { "", 0 };
	size_t at = 0, n = 0, most = 0;
	bool is_row, sent;
	int got;

	while (properties[most] != NULL)
		most++;
	routeros_list_script(script, menu, properties);
	if ((why = run(t, script, &sent)) != WORKED)
		return why;
	while ((got = routeros_next_line(t->ssh.reply, t->ssh.len, &at, &is_row,
		    &said)) == 1) {
		if (is_row) {
			n = 0;
			continue;
		}
		if (n == most)
			continue;
		(void)snprintf(value[n], VALUE_SIZE, "%.*s",
		    said.len < VALUE_SIZE ? (int)said.len : VALUE_SIZE - 1,
		    said.at);
		values[n] = value[n];
		if (++n == most)
			each(user, values);
	}
	if (got == 0)
		return WORKED;
	why = routeros_read_refusal(t->ssh.reply, t->ssh.len, &said);
	return refused(t, why, said);
}

static void
close_ssh(struct transport *t)
{
	ssh_close(&t->ssh);
}

const struct transport_kind_ops transport_ssh = { "ssh", get_queues, set_queues,
	get_rule, set_rule, list, close_ssh };

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/documents.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "monitor/json_tree.h"
#include "record/reason.h"

#define MICRO 6 /* places of seconds in microseconds, of Mbit/s in bits */
#define MILLI 3
#define DISK_LEAST_BYTES 100000000 /* less is worth a warning */
#define ENOUGH 3 /* reflectors: with fewer, one that errs is not outvoted */

/* How a line is: nothing to do, to look at, wrong. */
enum grade { GRADE_OK, GRADE_WARNING, GRADE_DEGRADED };
static const char *const grade_words[] = { "ok", "warning", "degraded" };

static const char *
state_of(const struct health *h, enum direction dir)
{
	static const char *const words[ZONES] = { "UNKNOWN", "GREEN", "YELLOW",
		"SOFT_RED", "RED", "RED" /* no answer at all */ };

	for (int i = 0; i < ZONES; i++)
		if (strcmp(h->dir[dir].rate.state, zone_names[i]) == 0)
			return words[i];
	return words[ZONE_UNKNOWN];
}

static bool
is_red(const struct health *h, enum direction dir)
{
	return strstr(state_of(h, dir), "RED") != NULL;
}

static enum grade
grade_of(const struct health *h)
{
	if (!health_is_well(h))
		return GRADE_DEGRADED;
	return is_red(h, DOWN) || is_red(h, UP) ? GRADE_WARNING : GRADE_OK;
}

static bool
reaches_router(const struct health *h)
{
	return health_router_failure(h)[0] == '\0';
}

/* In a row; 0 if it is not left alone. */
static int64_t
failures_of(const struct health *h, int whose)
{
	return h->pause[whose].failed != NONE ? h->pause[whose].failed : 0;
}

/* --- parts of documents --------------------------------------------------- */

static void
add_direction(struct json_tree *j, const char *key, const struct health *h,
    enum direction dir)
{
	char out[HEALTH_FAULT];
	const char *fault = health_fault(h, dir, out);

	json_open(j, key, '{');
	json_number(j, "current_rate_mbps", h->dir[dir].applied.bps, MICRO);
	json_word(j, "state", state_of(h, dir));
	json_word(j, "state_reason",
	    fault != NULL ? fault : h->dir[dir].rate.why);
	json_close(j, '}');
}

/* When it was last reached is not kept. */
static void
add_connectivity(struct json_tree *j, const char *failure, int64_t failures)
{
	json_open(j, "router_connectivity", '{');
	json_bool(j, "is_reachable", failure[0] == '\0');
	json_number(j, "consecutive_failures", failures, 0);
	json_word(j, "last_failure_type", failure[0] == '\0' ? NULL : failure);
	json_word(j, "last_failure_time", NULL);
	json_word(j, "outage_duration_seconds", NULL);
	json_close(j, '}');
}

/* One reflector may be measured in several ways: it is named once. */
static bool
is_repeated(const struct health *h, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (strcmp(h->reflector[before].host, h->reflector[i].host) ==
		    0)
			return true;
	return false;
}

static bool
any_answers(const struct health *h, const char *host)
{
	for (size_t i = 0; i < h->reflectors; i++)
		if (strcmp(h->reflector[i].host, host) == 0 &&
		    health_answers(h, &h->reflector[i]))
			return true;
	return false;
}

/* Names of all, or of those that answer; how many they are. */
static size_t
add_hosts(struct json_tree *j, const char *key, const struct health *h,
    bool answering)
{
	size_t n = 0;

	json_open(j, key, '[');
	for (size_t i = 0; i < h->reflectors; i++) {
		const char *host = h->reflector[i].host;

		if (is_repeated(h, i) || (answering && !any_answers(h, host)))
			continue;
		json_word(j, NULL, host);
		n++;
	}
	json_close(j, ']');
	return n;
}

/* Since the newest answer; NONE: there was none. */
static int64_t
staleness_us(const struct health *h)
{
	int64_t newest_us = NONE;

	for (size_t i = 0; i < h->reflectors; i++)
		if (h->reflector[i].answered_t_us > newest_us)
			newest_us = h->reflector[i].answered_t_us;
	if (newest_us == NONE)
		return NONE;
	return number_clamp(h->line.now_us - newest_us, 0, T_MAX);
}

static void
add_measurement(struct json_tree *j, const struct health *h)
{
	enum direction dir = health_worse(h);
	const struct health_rate *rate = dir == DIRECTIONS ? NULL :
							     &h->dir[dir].rate;
	size_t active, answering;

	json_open(j, "measurement", '{');
	json_bool(j, "available", h->reflectors > 0);
	json_number(j, "raw_rtt_ms",
	    rate == NULL || rate->base_us == NONE ?
		NONE :
		rate->base_us + rate->delta_us,
	    MILLI);
	json_number(j, "staleness_sec", staleness_us(h), MICRO);
	active = add_hosts(j, "active_reflector_hosts", h, false);
	answering = add_hosts(j, "successful_reflector_hosts", h, true);
	json_word(j, "state",
	    answering == 0                               ? "collapsed" :
		answering < active && answering < ENOUGH ? "reduced" :
							   "healthy");
	json_number(j, "successful_count", (int64_t)answering, 0);
	json_bool(j, "stale", answering == 0);
	json_close(j, '}');
}

/* Of the host of reflector i, by all ways of measuring. */
static void
add_quality(struct json_tree *j, const struct health *h, size_t i)
{
	int64_t answered = 0, lost = 0;

	for (size_t k = i; k < h->reflectors; k++) {
		const struct health_reflector *r = &h->reflector[k];

		if (strcmp(r->host, h->reflector[i].host) != 0)
			continue;
		answered += r->answered != NONE ? r->answered : 0;
		lost += r->lost != NONE ? r->lost : 0;
	}
	json_open(j, h->reflector[i].host, '{');
	json_number(j, "score",
	    answered + lost == 0 ?
		NONE :
		number_muldiv(answered, NUMBER_PPM, answered + lost),
	    MICRO);
	json_word(j, "status",
	    any_answers(h, h->reflector[i].host) ? "healthy" : "silent");
	json_number(j, "measurements", answered + lost, 0);
	json_close(j, '}');
}

static void
add_reflectors(struct json_tree *j, const struct health *h)
{
	json_open(j, "reflector_quality", '{');
	json_bool(j, "available", h->reflectors > 0);
	json_open(j, "hosts", '{');
	for (size_t i = 0; i < h->reflectors; i++)
		if (!is_repeated(h, i))
			add_quality(j, h, i);
	json_close(j, '}');
	json_close(j, '}');
}

static void
add_line(struct json_tree *j, const struct health *h)
{
	enum direction dir = health_worse(h);
	const struct health_rate *rate = dir == DIRECTIONS ? NULL :
							     &h->dir[dir].rate;

	json_open(j, NULL, '{');
	json_word(j, "name", h->line.wan);
	json_number(j, "baseline_rtt_ms", rate != NULL ? rate->base_us : NONE,
	    MILLI);
	json_number(j, "load_rtt_ms",
	    rate == NULL || rate->base_us == NONE ?
		NONE :
		rate->base_us + rate->delta_us,
	    MILLI);
	add_direction(j, "download", h, DOWN);
	add_direction(j, "upload", h, UP);
	add_connectivity(j, health_router_failure(h),
	    failures_of(h, HEALTH_SHAPER));
	add_measurement(j, h);
	add_reflectors(j, h);
	json_close(j, '}');
}

static void
add_disk(struct json_tree *j, const struct documents_facts *f)
{
	bool known = f->free_bytes != NONE && f->total_bytes > 0;

	json_open(j, "disk_space", '{');
	json_word(j, "path", f->disk);
	json_number(j, "free_bytes", f->free_bytes, 0);
	json_number(j, "total_bytes", f->total_bytes, 0);
	/* In millionths of all, so in ten thousandths of a per cent. */
	json_number(j, "free_pct",
	    known ? number_muldiv(f->free_bytes, NUMBER_PPM, f->total_bytes) :
		    NONE,
	    4);
	json_word(j, "status",
	    !known                               ? "unknown" :
		f->free_bytes < DISK_LEAST_BYTES ? "warning" :
						   "ok");
	json_close(j, '}');
}

/* --- health --------------------------------------------------------------- */

static void
add_names(struct json_tree *j, const char *key, const struct health *line,
    size_t lines, enum grade grade)
{
	json_open(j, key, '[');
	for (size_t i = 0; i < lines; i++)
		if (grade_of(&line[i]) == grade)
			json_word(j, NULL, line[i].line.wan);
	json_close(j, ']');
}

static void
add_row(struct json_tree *j, const struct health *h)
{
	json_open(j, NULL, '{');
	json_word(j, "name", h->line.wan);
	json_word(j, "status", grade_words[grade_of(h)]);
	json_bool(j, "router_reachable", reaches_router(h));
	json_word(j, "download_state", state_of(h, DOWN));
	json_word(j, "upload_state", state_of(h, UP));
	json_number(j, "download_rate_mbps", h->dir[DOWN].applied.bps, MICRO);
	json_number(j, "upload_rate_mbps", h->dir[UP].applied.bps, MICRO);
	json_close(j, '}');
}

/* How long an event is not told again; 0: it would be told. */
static int64_t
quiet_us(const struct health *h, int event)
{
	int64_t until_us = h->alerts.of[event].quiet_us;

	if (!h->alerts.seen || until_us == NONE)
		return 0;
	return number_clamp(until_us - h->line.now_us, 0, T_MAX);
}

/* Alerts of all lines. */
struct alerts {
	bool enabled, active;
	int64_t told, quiet;
};

static struct alerts
alerts_of(const struct health *line, size_t lines)
{
	struct alerts all = { false, false, 0, 0 };

	for (size_t i = 0; i < lines; i++) {
		const struct health_alerts *a = &line[i].alerts;

		all.enabled = all.enabled || a->seen;
		for (int k = 0; k < ALERT_EVENTS; k++) {
			all.told += a->of[k].count;
			all.quiet += quiet_us(&line[i], k) > 0;
			all.active = all.active || a->of[k].told;
		}
	}
	return all;
}

static void
add_cooldowns(struct json_tree *j, const struct health *h)
{
	for (int k = 0; k < ALERT_EVENTS; k++) {
		if (quiet_us(h, k) == 0)
			continue;
		json_open(j, NULL, '{');
		json_word(j, "type", event_words[k]);
		json_word(j, "wan", h->line.wan);
		json_number(j, "remaining_sec", quiet_us(h, k), MICRO);
		json_close(j, '}');
	}
}

static void
add_alerts(struct json_tree *j, const struct health *line, size_t lines,
    bool summary)
{
	struct alerts all = alerts_of(line, lines);

	json_open(j, summary ? "alerts" : "alerting", '{');
	json_bool(j, "enabled", all.enabled);
	json_number(j, "fire_count", all.told, 0);
	if (summary) {
		json_number(j, "active_cooldowns", all.quiet, 0);
		json_word(j, "status",
		    !all.enabled   ? "disabled" :
			all.active ? "active" :
				     "idle");
	} else {
		json_open(j, "active_cooldowns", '[');
		for (size_t i = 0; i < lines; i++)
			add_cooldowns(j, &line[i]);
		json_close(j, ']');
	}
	json_close(j, '}');
}

/* What all lines have together. */
struct overall {
	bool well, reachable;
	int64_t failures, since_us, now_us;
};

static struct overall
overall_of(const struct health *line, size_t lines)
{
	struct overall all = { lines > 0, true, 0, NONE, 0 };

	for (size_t i = 0; i < lines; i++) {
		const struct health *h = &line[i];
		int64_t failures = failures_of(h, HEALTH_SHAPER),
			since_us = h->tally.since_us;

		all.well = all.well && grade_of(h) != GRADE_DEGRADED;
		all.reachable = all.reachable && reaches_router(h);
		if (failures > all.failures)
			all.failures = failures;
		if (since_us != 0 &&
		    (all.since_us == NONE || since_us < all.since_us))
			all.since_us = since_us;
		all.now_us = h->line.now_us;
	}
	return all;
}

static void
add_head(struct json_tree *j, bool well, int64_t uptime_us,
    const struct documents_facts *facts)
{
	json_word(j, "status", well ? "healthy" : "degraded");
	json_number(j, "uptime_seconds", uptime_us, MICRO);
	json_word(j, "version", facts->version);
}

static void
add_summary(struct json_tree *j, const struct health *line, size_t lines,
    const struct overall *all)
{
	json_open(j, "summary", '{');
	json_word(j, "service", "autorate");
	json_word(j, "status", all->well ? "healthy" : "degraded");
	json_number(j, "wan_count", (int64_t)lines, 0);
	json_bool(j, "router_reachable", all->reachable);
	add_alerts(j, line, lines, true);
	json_open(j, "rows", '[');
	for (size_t i = 0; i < lines; i++)
		add_row(j, &line[i]);
	json_close(j, ']');
	add_names(j, "degraded_wans", line, lines, GRADE_DEGRADED);
	add_names(j, "warning_wans", line, lines, GRADE_WARNING);
	json_close(j, '}');
}

bool
documents_health(struct text *out, const struct health *line, size_t lines,
    const struct documents_facts *facts)
{
	struct overall all = overall_of(line, lines);
	struct json_tree j = { out, false };

	json_open(&j, NULL, '{');
	add_head(&j, all.well,
	    all.since_us == NONE ? NONE : all.now_us - all.since_us, facts);
	json_number(&j, "consecutive_failures", all.failures, 0);
	json_number(&j, "wan_count", (int64_t)lines, 0);
	json_open(&j, "wans", '[');
	for (size_t i = 0; i < lines; i++)
		add_line(&j, &line[i]);
	json_close(&j, ']');
	json_bool(&j, "router_reachable", all.reachable);
	add_disk(&j, facts);
	add_alerts(&j, line, lines, false);
	add_summary(&j, line, lines, &all);
	json_close(&j, '}');
	text_add(out, "\n");
	return all.well;
}

/* --- steering ------------------------------------------------------------- */

/* "WAN1_GOOD" of the line wan1. */
static void
steering_state(const struct health *h, char out[static 2 * WAN_MAX])
{
	(void)snprintf(out, 2 * WAN_MAX, "%s_%s", h->line.wan,
	    h->steer.on == 1 ? "DEGRADED" : "GOOD");
	for (char *c = out; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
}

static void
add_votes(struct json_tree *j, const struct health *h)
{
	static const char *const words[VOTES] = { [VOTE_UNKNOWN] = "UNKNOWN",
		[VOTE_GREEN] = "GREEN",
		[VOTE_YELLOW] = "YELLOW",
		[VOTE_RED] = "RED" };
	static const int code[VOTES] = { [VOTE_UNKNOWN] = 3,
		[VOTE_GREEN] = 0,
		[VOTE_YELLOW] = 1,
		[VOTE_RED] = 2 };
	int vote = VOTE_UNKNOWN;

	for (int i = 0; i < VOTES; i++)
		if (strcmp(h->steer.state, vote_names[i]) == 0)
			vote = i;
	json_open(j, "congestion", '{');
	json_open(j, "primary", '{');
	json_word(j, "state", words[vote]);
	json_number(j, "state_code", code[vote], 0);
	json_close(j, '}');
	json_close(j, '}');
}

static void
add_decision(struct json_tree *j, const struct health *h)
{
	int64_t changed_us = h->steer.changed_us;
	char buf[40];
	struct text date;

	text_init(&date, buf, sizeof buf);
	if (changed_us != NONE)
		text_date(&date, changed_us, 'T');
	json_open(j, "decision", '{');
	json_word(j, "last_transition_time", changed_us != NONE ? buf : NULL);
	json_number(j, "time_in_state_seconds",
	    changed_us != NONE ?
		number_clamp(h->line.now_us - changed_us, 0, T_MAX) :
		NONE,
	    MICRO);
	json_close(j, '}');
}

static void
add_thresholds(struct json_tree *j, const struct health_line *line)
{
	json_open(j, "thresholds", '{');
	/* Below the one of RED votes there are none of delay here. */
	json_word(j, "green_rtt_ms", NULL);
	json_word(j, "yellow_rtt_ms", NULL);
	json_number(j, "red_rtt_ms", line->delta_us, MILLI);
	json_number(j, "red_samples_required", line->red_samples, 0);
	json_number(j, "green_samples_required", line->green_samples, 0);
	json_close(j, '}');
}

static void
add_steering(struct json_tree *j, const struct health *h)
{
	char state[2 * WAN_MAX];

	steering_state(h, state);
	json_open(j, "steering", '{');
	json_bool(j, "enabled", h->steer.on == 1);
	json_word(j, "state", state);
	json_word(j, "mode", h->steer.dry_run == 1 ? "dry_run" : "active");
	json_close(j, '}');
	add_votes(j, h);
	add_decision(j, h);
	json_open(j, "counters", '{');
	json_number(j, "red_count", h->steer.red, 0);
	json_number(j, "good_count", h->steer.green, 0);
	json_word(j, "cake_read_failures", NULL);
	json_close(j, '}');
	json_open(j, "confidence", '{');
	json_number(j, "primary", h->steer.confidence, 0);
	json_close(j, '}');
	json_open(j, "errors", '{');
	json_close(j, '}');
	add_thresholds(j, &h->line);
}

bool
documents_steering(struct text *out, const struct health *h,
    const struct documents_facts *facts)
{
	struct json_tree j = { out, false };
	bool begun = health_has_steering(h), well = false;
	char fault[HEALTH_FAULT];
	const char *failure = h->diverted.ok == 0 ? h->diverted.why : "";
	const char *status = "starting";

	if (begun) {
		(void)health_steering(h, fault, &well);
		status = well ? "healthy" : "degraded";
	}
	json_open(&j, NULL, '{');
	json_word(&j, "status", status);
	json_word(&j, "pid", NULL);
	json_word(&j, "version", facts->version);
	add_steering(&j, h);
	add_connectivity(&j, failure, failures_of(h, HEALTH_DIVERTER));
	json_bool(&j, "router_reachable", failure[0] == '\0');
	add_disk(&j, facts);
	json_open(&j, "summary", '{');
	json_word(&j, "service", "steering");
	json_word(&j, "status", status);
	json_close(&j, '}');
	json_close(&j, '}');
	text_add(out, "\n");
	return well;
}

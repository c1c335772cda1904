/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/health.h"

#include <stdio.h>
#include <string.h>

#include "base/failure.h"
#include "base/number.h"
#include "record/reason.h"
#include "record/record.h"
#include "record/statefile.h"

#define SECOND_US 1000000
#define DAY_US 86400000000

/* How old a line of a configuration that cannot be read may be: the default. */
#define INTERVAL_US 2000000

/* --- the line ------------------------------------------------------------- */

/* clang-format off */
static const char *const backend_words[] = { "here", "flash", "router" };
static const struct message_field line_fields[] = {
	FIELD_TEXT(health_line, "wan", wan, MESSAGE_NAME, true),
	FIELD_INT(health_line, "t", now_us, true, 0, T_MAX),
	FIELD_INT(health_line, "interval_us", interval_us, true, 1, T_MAX),
	FIELD_ENUM(health_line, "backend", backend, backend_words, 3),
	FIELD_INT(health_line, "steers", steers, true, 0, 1),
	FIELD_INT(health_line, "down_ceiling_bps", ceiling_bps[DOWN], false, 0,
	    T_MAX),
	FIELD_INT(health_line, "down_floor_bps", floor_bps[DOWN], false, 0,
	    T_MAX),
	FIELD_INT(health_line, "up_ceiling_bps", ceiling_bps[UP], false, 0,
	    T_MAX),
	FIELD_INT(health_line, "up_floor_bps", floor_bps[UP], false, 0, T_MAX),
	FIELD_INT(health_line, "delta_us", delta_us, false, 0, T_MAX),
	FIELD_INT(health_line, "red", red_samples, false, 0, T_MAX),
	FIELD_INT(health_line, "green", green_samples, false, 0, T_MAX),
};
/* clang-format on */
static const struct message_kind line_kind = { "line", line_fields,
	FIELD_COUNT(line_fields) };
const struct message_kind *const health_kinds[] = { &line_kind, NULL };

void
health_describe(const struct health_line *line, struct text *out)
{
	statefile_add(out, &line_kind, line);
}

void
health_init(struct health *h)
{
	memset(h, 0, sizeof *h);
	message_clear(&line_kind, &h->line);
	h->line.now_us = 0;
	h->line.interval_us = INTERVAL_US;
	h->line.backend = HEALTH_HERE;
	h->line.steers = 0;
	for (int i = 0; i < DIRECTIONS; i++)
		h->dir[i] = (struct health_direction){
			{ NONE, NONE, NONE, NONE, NONE, "", "" },
			{ NONE, NONE, NONE, NONE, "" },
			{ NONE, NONE, NONE, NONE, NONE, NONE },
			{ NONE, NONE, NONE },
		};
	h->steer = (struct health_steer){ NONE, NONE, NONE, NONE, NONE, NONE,
		NONE, NONE, NONE, NONE, NONE, NONE, "", "", "" };
	h->diverted = (struct health_diverted){ NONE, NONE, "" };
	h->pause[HEALTH_SHAPER] = h->pause[HEALTH_DIVERTER] =
	    (struct health_pause){ NONE, NONE };
	h->pauses = h->sectors = NONE;
}

/* --- reading -------------------------------------------------------------- */

static int64_t
get(const struct record *r, const char *key)
{
	struct slice s = record_get(r, key);
	int64_t n;

	return s.at != NULL &&
		number_int(s.at, s.len, -T_MAX, T_MAX, &n) == NULL ?
	    n :
	    NONE;
}

/* Less than 0 is no count. */
static int64_t
get_count(const struct record *r, const char *key)
{
	int64_t n = get(r, key);

	return n < 0 ? NONE : n;
}

static void
get_word(char *out, size_t size, const struct record *r, const char *key)
{
	struct slice s = record_get(r, key);

	out[0] = '\0';
	if (s.at != NULL)
		(void)text_copy(out, size, s.at,
		    s.len < size ? s.len : size - 1);
}

static struct health_direction *
direction_of(struct health *h, const struct record *r)
{
	struct slice s = record_get(r, "dir");

	for (int i = 0; i < DIRECTIONS; i++)
		if (s.at != NULL && slice_is(s, direction_names[i]))
			return &h->dir[i];
	return NULL;
}

static void
read_rate(struct health_rate *rate, const struct record *r)
{
	*rate = (struct health_rate){ get(r, "t"), get(r, "bps"),
		get(r, "delta_us"), get(r, "base_us"), get(r, "load"), "", "" };
	get_word(rate->state, sizeof rate->state, r, "state");
	get_word(rate->why, sizeof rate->why, r, "why");
}

static void
read_applied(struct health_applied *a, const struct record *r)
{
	*a = (struct health_applied){ get(r, "t"), get(r, "bps"), get(r, "ok"),
		get(r, "took_us"), "" };
	get_word(a->why, sizeof a->why, r, "why");
}

static void
read_queue(struct health_queue *q, const struct record *r)
{
	*q = (struct health_queue){ get_count(r, "bytes"),
		get_count(r, "packets"), get_count(r, "drops"),
		get_count(r, "marks"), get_count(r, "backlog"),
		get_count(r, "line_bytes") };
}

static void
read_shaper(struct health_shaper *s, const struct record *r)
{
	*s = (struct health_shaper){ get_count(r, "writes"),
		get_count(r, "failures"), get_count(r, "held") };
	/* None is left out. */
	if (s->held == NONE && s->writes != NONE)
		s->held = 0;
}

/* True if the record is of a direction. */
static bool
read_direction(struct health *h, const struct record *r)
{
	struct health_direction *d = direction_of(h, r);

	if (d == NULL)
		return false;
	if (slice_is(r->kind, "rate"))
		read_rate(&d->rate, r);
	else if (slice_is(r->kind, "applied"))
		read_applied(&d->applied, r);
	else if (slice_is(r->kind, "queue"))
		read_queue(&d->queue, r);
	else if (slice_is(r->kind, "shaper"))
		read_shaper(&d->shaper, r);
	else
		return false;
	return true;
}

/* That of the host and method of a record; a new one if there is room. */
static struct health_reflector *
reflector_of(struct health *h, const struct record *r)
{
	struct health_reflector new = { "", "", NONE, NONE, NONE, NONE, NONE };

	get_word(new.host, sizeof new.host, r, "host");
	get_word(new.method, sizeof new.method, r, "method");
	for (size_t i = 0; i < h->reflectors; i++) {
		struct health_reflector *known = &h->reflector[i];

		if (strcmp(known->host, new.host) == 0 &&
		    strcmp(known->method, new.method) == 0)
			return known;
	}
	if (new.host[0] == '\0' || h->reflectors == SETTINGS_HOSTS)
		return NULL;
	h->reflector[h->reflectors] = new;
	return &h->reflector[h->reflectors++];
}

/* True if the record is of a reflector. */
static bool
read_reflector(struct health *h, const struct record *r)
{
	bool base = slice_is(r->kind, "baseline"),
	     probes = slice_is(r->kind, "probes"),
	     watch = slice_is(r->kind, "watch");
	struct health_reflector *of;

	if (!base && !probes && !watch)
		return false;
	if ((of = reflector_of(h, r)) == NULL)
		return true;
	if (base) {
		of->base_us = get_count(r, "us");
	} else if (watch) {
		of->answered_t_us = get_count(r, "t");
	} else {
		of->answered = get_count(r, "answered");
		of->lost = get_count(r, "lost");
		of->late = get_count(r, "late");
	}
	return true;
}

static void
read_steer(struct health_steer *s, const struct record *r)
{
	s->t_us = get(r, "t");
	s->on = get(r, "on");
	s->dry_run = get(r, "dry_run");
	s->delta_us = get(r, "delta_us");
	s->to_rtt_us = get(r, "to_rtt_us");
	s->confidence = get(r, "confidence");
	get_word(s->to, sizeof s->to, r, "to");
	get_word(s->alternate, sizeof s->alternate, r, "alternate");
	get_word(s->state, sizeof s->state, r, "state");
}

/* True if the record is of steering. */
static bool
read_steering(struct health *h, const struct record *r)
{
	struct health_steer *s = &h->steer;

	if (slice_is(r->kind, "steer")) {
		read_steer(s, r);
	} else if (slice_is(r->kind, "diverted")) {
		h->diverted = (struct health_diverted){ get(r, "ok"),
			get(r, "on"), "" };
		get_word(h->diverted.why, sizeof h->diverted.why, r, "why");
	} else if (slice_is(r->kind, "steering")) {
		s->changed_us = get(r, "changed");
		s->changes = get_count(r, "changes");
	} else if (slice_is(r->kind, "clock")) {
		s->away = get_count(r, "away");
	} else if (slice_is(r->kind, "votes")) {
		s->red = get_count(r, "red");
		s->green = get_count(r, "green");
	} else if (slice_is(r->kind, "brake")) {
		s->brake_us = get(r, "until");
	} else {
		return false;
	}
	return true;
}

static void
read_state(struct health *h, const struct record *r)
{
	struct slice program = record_get(r, "program");

	bool steers = program.at != NULL && slice_is(program, "wanctl-steer"),
	     reads = program.at != NULL && slice_is(program, "wanctl-queue"),
	     tells = program.at != NULL && slice_is(program, "wanctl-alert");

	h->file = steers ? HEALTH_DIVERTER : HEALTH_SHAPER;
	h->seen = h->seen || (!steers && !reads && !tells);
	h->alerts.seen = h->alerts.seen || tells;
}

/* The diverter's router has counts, too. */
static void
read_router(struct health *h, const struct record *r)
{
	if (h->file != HEALTH_SHAPER)
		return;
	h->pauses = get_count(r, "pauses");
	h->sectors = get_count(r, "sectors");
}

static void
read_alerted(struct health *h, const struct record *r)
{
	struct slice word = record_get(r, "event");
	size_t event = word.at != NULL ? event_number(word.at, word.len) :
					 EVENT_WORDS;

	if (event < ALERT_EVENTS)
		h->alerts.of[event] = (struct health_alert){ get_count(r,
								 "count"),
			get(r, "quiet_t"), get(r, "told") == 1 };
}

static void
read_record(struct health *h, const struct record *r)
{
	const char *why = NULL;

	if (slice_is(r->kind, "state"))
		read_state(h, r);
	else if (slice_is(r->kind, "pause"))
		h->pause[h->file] = (struct health_pause){ get(r, "until_t"),
			get_count(r, "failed") };
	else if (slice_is(r->kind, "router"))
		read_router(h, r);
	else if (slice_is(r->kind, "alerted"))
		read_alerted(h, r);
	else if (!read_direction(h, r) && !read_reflector(h, r) &&
	    !read_steering(h, r))
		(void)tally_restore(&h->tally, r, &why);
}

/* The line at *at, without its LF, as a record; *at becomes the next one. False
 * if it is not a record. */
static bool
next_record(struct record *r, const char **at, const char *end)
{
	const char *from = *at, *lf = memchr(from, '\n', (size_t)(end - from));
	const char *to = lf != NULL ? lf : end;

	*at = lf != NULL ? lf + 1 : end;
	return record_parse(r, from, (size_t)(to - from)) == NULL;
}

void
health_read(struct health *h, const char *text, size_t len)
{
	const char *end = text + len;
	struct record r;

	while (text < end)
		if (next_record(&r, &text, end))
			read_record(h, &r);
}

size_t
health_read_lines(struct health *h, size_t max, const char *text, size_t len)
{
	const char *end = text + len, *why;
	struct health_line line;
	struct record r;
	size_t n = 0;

	while (text < end) {
		if (!next_record(&r, &text, end))
			continue;
		if (slice_is(r.kind, line_kind.kind)) {
			if (n == max ||
			    message_unpack(&line_kind, &line, &r, &why) != NULL)
				return n;
			health_init(&h[n]);
			h[n++].line = line;
		} else if (n > 0) {
			read_record(&h[n - 1], &r);
		}
	}
	return n;
}

/* --- what is wrong -------------------------------------------------------- */

/* How long ago, in microseconds. */
static int64_t
since_us(const struct health *h, int64_t t_us)
{
	return h->line.now_us - t_us;
}

static int64_t
limit_us(const struct health *h)
{
	return 3 * number_clamp(h->line.interval_us, 0, DAY_US) +
	    HEALTH_SLACK_US;
}

bool
health_is_unmanaged(const struct health *h, enum direction dir)
{
	return strcmp(h->dir[dir].rate.why,
		   rate_reasons[RATE_UNMANAGED].word) == 0;
}

const char *
health_fault(const struct health *h, enum direction dir,
    char out[static HEALTH_FAULT])
{
	const struct health_rate *rate = &h->dir[dir].rate;
	const struct health_applied *a = &h->dir[dir].applied;
	int64_t limit = limit_us(h);

	if (!h->seen)
		return "never ran";
	if (rate->t_us == NONE)
		return "no decision yet";
	if (since_us(h, rate->t_us) > limit)
		return "stale";
	if (since_us(h, rate->t_us) < -limit)
		return "ahead of the clock";
	if (strcmp(rate->state, zone_names[ZONE_BLACKOUT]) == 0)
		return "blackout";
	if (strcmp(rate->state, zone_names[ZONE_UNKNOWN]) == 0)
		return "settling";
	if (health_is_unmanaged(h, dir))
		return NULL;
	if (a->t_us == NONE)
		return "never set";
	if (a->ok != 1) {
		(void)snprintf(out, HEALTH_FAULT, "not set%s%s",
		    a->why[0] != '\0' ? ": " : "", a->why);
		return out;
	}
	if (since_us(h, a->t_us) > limit)
		return "not set: stale";
	return since_us(h, a->t_us) < -limit ? "not set: ahead of the clock" :
					       NULL;
}

bool
health_has_steering(const struct health *h)
{
	return h->line.steers == 1 && h->steer.t_us != NONE;
}

const char *
health_steering(const struct health *h, char out[static HEALTH_FAULT],
    bool *well)
{
	const struct health_steer *s = &h->steer;
	int64_t left_us = health_pause_us(h, HEALTH_DIVERTER);
	char age[HEALTH_AGE];

	*well = false;
	if (since_us(h, s->t_us) > limit_us(h))
		return "stale";
	if (since_us(h, s->t_us) < -limit_us(h))
		return "ahead of the clock";
	if (strcmp(s->alternate, alternate_names[ALTERNATE_DEAD]) == 0) {
		(void)snprintf(out, HEALTH_FAULT, "%s is dead", s->to);
		return out;
	}
	*well = s->dry_run == 1;
	if (*well)
		return "ok: dry run";
	if (h->diverted.ok == 0) {
		(void)snprintf(out, HEALTH_FAULT, "not switched: %s%s%s",
		    h->diverted.why, left_us > 0 ? "; left alone for " : "",
		    left_us > 0 ? health_age(age, left_us) : "");
		return out;
	}
	*well = h->diverted.ok == 1 && h->diverted.on == s->on;
	return *well ? "ok" : "not switched yet";
}

bool
health_is_well(const struct health *h)
{
	char out[HEALTH_FAULT];
	bool well = true;

	if (health_has_steering(h))
		(void)health_steering(h, out, &well);
	return well && health_fault(h, DOWN, out) == NULL &&
	    health_fault(h, UP, out) == NULL;
}

/* --- what others show ----------------------------------------------------- */

int64_t
health_decisions(const struct health *h)
{
	int64_t sum = 0;

	for (int i = 0; i < DIRECTIONS; i++)
		for (int why = 0; why < RATE_REASONS; why++)
			sum += h->tally.dir[i].why[why];
	return h->tally.since_us == 0 ? NONE : sum;
}

enum direction
health_worse(const struct health *h)
{
	const struct health_rate *down = &h->dir[DOWN].rate,
				 *up = &h->dir[UP].rate;

	if (down->delta_us == NONE && up->delta_us == NONE)
		return DIRECTIONS;
	/* What is absent is less than any. */
	return up->delta_us > down->delta_us ? UP : DOWN;
}

const char *
health_router_failure(const struct health *h)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		const struct health_applied *a = &h->dir[i].applied;

		if (h->line.backend == HEALTH_HERE || a->ok != 0)
			continue;
		if (failure_of(a->why) < FAILURE_MISSING)
			return a->why[0] != '\0' ?
			    a->why :
			    failure_words[FAILURE_FAILED];
	}
	return "";
}

int64_t
health_pause_us(const struct health *h, int whose)
{
	int64_t until_us = h->pause[whose].until_us;

	if (until_us == NONE)
		return 0;
	return number_clamp(until_us - h->line.now_us, 0, T_MAX);
}

bool
health_answers(const struct health *h, const struct health_reflector *r)
{
	int64_t past_us = since_us(h, r->answered_t_us);

	return r->answered_t_us != NONE && past_us <= limit_us(h) &&
	    past_us >= -limit_us(h);
}

int64_t
health_shown_us(int64_t us)
{
	return us > -50 && us < 0 ? 0 : us;
}

const char *
health_age(char out[static HEALTH_AGE], int64_t us)
{
	const char *in = us < -SECOND_US ? "in " : "";
	int64_t s = (us < 0 ? -us : us) / SECOND_US;

	if (s < 120)
		(void)snprintf(out, HEALTH_AGE, "%s%lld s", in, (long long)s);
	else if (s < 7200)
		(void)snprintf(out, HEALTH_AGE, "%s%lld min", in,
		    (long long)s / 60);
	else if (s < 172800)
		(void)snprintf(out, HEALTH_AGE, "%s%lld h", in,
		    (long long)s / 3600);
	else
		(void)snprintf(out, HEALTH_AGE, "%s%lld days", in,
		    (long long)s / 86400);
	return out;
}

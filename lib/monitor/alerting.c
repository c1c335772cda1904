/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/alerting.h"

#include <string.h>

#include "base/failure.h"
#include "base/number.h"
#include "monitor/health.h"
#include "record/statefile.h"

/* --- telling -------------------------------------------------------------- */

/* What an alert is about, besides its event. */
struct about {
	int64_t t_us;
	enum direction dir; /* DIRECTIONS: the line */
	const char *why;
};

static void
copy_word(char *out, size_t size, const char *word)
{
	(void)text_copy(out, size, word, strlen(word));
}

/* Does the configuration want it? */
static bool
is_wanted(const struct settings *s, enum alert_event event)
{
	const char *word = event_table[event].word;
	const char *at = s->alert.without;
	size_t len;

	for (; *at != '\0'; at += len) {
		at += strspn(at, " \t");
		len = strcspn(at, " \t");
		if (len == strlen(word) && memcmp(at, word, len) == 0)
			return false;
	}
	return true;
}

static void
tell(struct alerting *a, const struct settings *s, enum alert_event event,
    bool ended, const struct about *about, struct alerting_news *news)
{
	const struct event *e = &event_table[event];
	const struct alerting_event *state = &a->event[event];
	const char *word = ended ? e->ended : e->word;
	const struct rate *rate;
	struct alert *to;

	if (news->count == sizeof news->alert / sizeof *news->alert)
		return;
	to = &news->alert[news->count++];
	message_clear(&message_alert, to);
	to->t_us = about->t_us;
	copy_word(to->wan, sizeof to->wan, s->wan.name);
	to->event = (int64_t)event_number(word, strlen(word));
	to->severity = ended ? SEVERITY_INFO : e->severity;
	to->for_us = number_clamp(about->t_us - state->since_us, 0, T_MAX);
	to->resolved = ended ? 1 : NONE;
	copy_word(to->why, sizeof to->why, about->why);
	if (about->dir == DIRECTIONS)
		return;
	rate = &a->dir[about->dir].last;
	copy_word(to->dir, sizeof to->dir, direction_names[about->dir]);
	copy_word(to->state, sizeof to->state, zone_names[rate->state]);
	to->delta_us = rate->delta_us;
	to->bps = rate->bps;
}

/* A condition holds or does not. It is told when it has held for after_us. */
static void
look_at(struct alerting *a, const struct settings *s, enum alert_event event,
    bool holds, int64_t after_us, const struct about *about,
    struct alerting_news *news)
{
	struct alerting_event *e = &a->event[event];
	bool red = event == ALERT_HARD_RED_DL || event == ALERT_HARD_RED_UL;

	if (!holds || !is_wanted(s, event)) {
		if (e->told)
			tell(a, s, event, true, about, news);
		e->told = false;
		e->since_us = 0;
		return;
	}
	if (e->since_us == 0)
		e->since_us = about->t_us;
	if (e->told || about->t_us - e->since_us < after_us ||
	    about->t_us < e->quiet_us)
		return;
	e->told = true;
	e->count++;
	e->quiet_us = about->t_us +
	    (red ? s->alert.hard_red_cooldown_us : s->alert.cooldown_us);
	tell(a, s, event, false, about, news);
}

/* --- time ----------------------------------------------------------------- */

/* Decisions that are older than this are none: as wanctl-status(8) has it. */
static int64_t
blind_after_us(const struct settings *s)
{
	return 3 * s->pass.interval_us + HEALTH_SLACK_US;
}

/* What is later than it can be is of a clock that was ahead, and set back: it
 * begins now. */
static void
set_back(struct alerting *a, const struct settings *s, int64_t t_us)
{
	int64_t most_us = s->alert.cooldown_us > s->alert.hard_red_cooldown_us ?
	    s->alert.cooldown_us :
	    s->alert.hard_red_cooldown_us;

	for (size_t i = 0; i < ALERT_EVENTS; i++) {
		struct alerting_event *e = &a->event[i];

		if (e->since_us > t_us)
			e->since_us = t_us;
		if (e->quiet_us > t_us + most_us)
			e->quiet_us = t_us;
	}
	for (int i = 0; i < DIRECTIONS; i++)
		for (size_t k = 0; k < SETTINGS_FLAPS_MAX; k++)
			if (a->dir[i].toggle_us[k] > t_us)
				a->dir[i].toggle_us[k] = 0;
	if (a->decided_us > t_us)
		a->decided_us = t_us;
	if (a->base_us > t_us)
		a->base_us = t_us;
}

/* A record that is a little older than another is no clock that was set back:
 * several programs write them. */
#define DISORDER_US 5000000

static void
look_at_clock(struct alerting *a, const struct settings *s, int64_t t_us,
    struct alerting_news *news)
{
	int64_t due_us;

	/* A state may have been kept by a clock that was ahead. */
	if (a->newest_us == 0 || t_us < a->newest_us - DISORDER_US)
		set_back(a, s, t_us);
	else if (t_us <= a->newest_us)
		return;
	a->newest_us = t_us;
	due_us = alerting_due_us(a, s);
	if (t_us > due_us) {
		const struct about about = { due_us, DIRECTIONS, "" };
		struct alerting_event *e = &a->event[ALERT_BLIND];

		if (e->since_us == 0)
			e->since_us = a->decided_us;
		look_at(a, s, ALERT_BLIND, true, 0, &about, news);
	}
}

int64_t
alerting_due_us(const struct alerting *a, const struct settings *s)
{
	const struct alerting_event *e = &a->event[ALERT_BLIND];
	int64_t blind_us = a->decided_us + blind_after_us(s);

	if (a->decided_us == 0 || e->told || !is_wanted(s, ALERT_BLIND))
		return INT64_MAX;
	return blind_us > e->quiet_us ? blind_us : e->quiet_us;
}

void
alerting_time(struct alerting *a, const struct settings *s, int64_t t_us,
    struct alerting_news *news)
{
	/* One that never decides is waited for as long. */
	if (a->decided_us == 0)
		a->decided_us = t_us;
	look_at_clock(a, s, t_us, news);
}

/* --- a decision ----------------------------------------------------------- */

static bool
is_congested(int64_t zone)
{
	return zone == ZONE_SOFT_RED || zone == ZONE_RED;
}

/* How often the state changed within the window. */
static int64_t
changes_of(struct alerting_direction *d, const struct settings *s,
    const struct rate *rate)
{
	int64_t from_us = rate->t_us - s->alert.flap_window_us, n = 0;

	if (d->last.t_us != 0 && d->last.state != rate->state) {
		d->toggle_us[d->next] = rate->t_us;
		d->next = (d->next + 1) % SETTINGS_FLAPS_MAX;
	}
	for (size_t i = 0; i < SETTINGS_FLAPS_MAX; i++)
		n += d->toggle_us[i] != 0 && d->toggle_us[i] > from_us;
	return n;
}

/* The least baseline of a while, against the one that is noted, which it then
 * takes the place of. Of the first one there is nothing to say. */
static void
look_at_baseline(struct alerting *a, const struct settings *s,
    const struct rate *rate, struct alerting_news *news)
{
	const struct about about = { rate->t_us, (enum direction)rate->dir,
		"" };
	int64_t noted_us = a->noted_us, apart_us;

	if (rate->base_us == NONE || rate->base_us == 0)
		return;
	if (a->least_us == 0 || rate->base_us < a->least_us)
		a->least_us = rate->base_us;
	if (a->base_us == 0)
		a->base_us = rate->t_us;
	if (rate->t_us - a->base_us < ALERTING_BASE_US)
		return;
	apart_us = a->least_us > noted_us ? a->least_us - noted_us :
					    noted_us - a->least_us;
	if (noted_us == 0 ||
	    apart_us >= number_part(noted_us, ALERTING_DRIFT_PPM)) {
		a->noted_us = a->least_us;
		look_at(a, s, ALERT_DRIFT, noted_us != 0, 0, &about, news);
		/* It has no end: this is the baseline now. */
		a->event[ALERT_DRIFT].told = false;
	}
	a->event[ALERT_DRIFT].since_us = 0;
	a->least_us = 0;
	a->base_us = rate->t_us;
}

/* A delay that no load of ours explains, of either direction. */
static bool
is_regression(const struct alerting *a, const struct settings *s)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		const struct rate *rate = &a->dir[i].last;

		if (rate->t_us != 0 && rate->load != NONE &&
		    rate->load * (NUMBER_PPM / 100) < s->assess.idle_ppm &&
		    (rate->state == ZONE_YELLOW || is_congested(rate->state)))
			return true;
	}
	return false;
}

void
alerting_rate(struct alerting *a, const struct settings *s,
    const struct rate *rate, struct alerting_news *news)
{
	struct alerting_direction *d = &a->dir[rate->dir];
	const struct about about = { rate->t_us, (enum direction)rate->dir,
		rate->why };
	const struct about line = { rate->t_us, DIRECTIONS, rate->why };
	int64_t changes;

	look_at_clock(a, s, rate->t_us, news);
	changes = changes_of(d, s, rate);
	d->last = *rate;
	a->decided_us = rate->t_us;
	look_at(a, s, ALERT_BLIND, false, 0, &line, news);
	look_at(a, s, ALERT_FLAPPING_DL + (enum alert_event)rate->dir,
	    changes >= s->alert.flaps, 0, &about, news);
	look_at(a, s, ALERT_OFFLINE,
	    a->dir[DOWN].last.state == ZONE_BLACKOUT ||
		a->dir[UP].last.state == ZONE_BLACKOUT,
	    0, &line, news);
	/* Nothing is known of a queue without answers. */
	if (rate->state == ZONE_UNKNOWN || rate->state == ZONE_BLACKOUT)
		return;
	look_at(a, s, ALERT_HARD_RED_DL + (enum alert_event)rate->dir,
	    rate->state == ZONE_RED, 0, &about, news);
	look_at(a, s, ALERT_SUSTAINED_DL + (enum alert_event)rate->dir,
	    is_congested(rate->state), s->alert.sustained_us, &about, news);
	look_at(a, s, ALERT_REGRESSION, is_regression(a, s),
	    s->alert.sustained_us, &about, news);
	look_at_baseline(a, s, rate, news);
}

/* --- what became of it ---------------------------------------------------- */

void
alerting_applied(struct alerting *a, const struct settings *s,
    const struct applied *applied, struct alerting_news *news)
{
	struct about line = { applied->t_us, DIRECTIONS, "" };
	bool fails;

	look_at_clock(a, s, applied->t_us, news);
	a->dir[applied->dir].failed = applied->ok == 0;
	if (applied->ok == 0)
		copy_word(a->why, sizeof a->why, applied->why);
	fails = a->dir[DOWN].failed || a->dir[UP].failed;
	line.why = fails ? a->why : "";
	look_at(a, s, ALERT_ROUTER_LOST, fails, ALERTING_LOST_US, &line, news);
}

void
alerting_steer(struct alerting *a, const struct settings *s,
    const struct steer *steer, struct alerting_news *news)
{
	const struct about line = { steer->t_us, DIRECTIONS, steer->why };

	look_at_clock(a, s, steer->t_us, news);
	look_at(a, s, ALERT_STEERED, steer->on == 1 && steer->dry_run == 0, 0,
	    &line, news);
	look_at(a, s, ALERT_ALTERNATE_DEAD, steer->alternate == ALTERNATE_DEAD,
	    0, &line, news);
}

/* --- state ---------------------------------------------------------------- */

struct alerted_line {
	int64_t event, since_us, told, quiet_us, count;
};
struct noted_line {
	int64_t us;
};

/* clang-format off */
static const struct message_field alerted_fields[] = {
	FIELD_ENUM(alerted_line, "event", event, event_words, ALERT_EVENTS),
	FIELD_INT(alerted_line, "since_t", since_us, false, 1, T_MAX),
	FIELD_INT(alerted_line, "told", told, true, 0, 1),
	FIELD_INT(alerted_line, "quiet_t", quiet_us, false, 1, T_MAX),
	FIELD_INT(alerted_line, "count", count, true, 0, T_MAX),
};
static const struct message_field noted_fields[] = {
	FIELD_INT(noted_line, "us", us, true, 1, T_MAX),
};
/* clang-format on */
static const struct message_kind alerted_kind = { "alerted", alerted_fields,
	FIELD_COUNT(alerted_fields) };
static const struct message_kind noted_kind = { "noted", noted_fields,
	FIELD_COUNT(noted_fields) };
const struct message_kind *const alerting_kinds[] = { &alerted_kind,
	&noted_kind, NULL };

static int64_t
or_none(int64_t t_us)
{
	return t_us > 0 ? t_us : NONE;
}

void
alerting_describe(const struct alerting *a, const struct settings *s,
    char out[static ALERTING_TEXT_MAX])
{
	struct text t;

	text_init(&t, out, ALERTING_TEXT_MAX);
	statefile_begin(&t, "wanctl-alert", s->wan.name);
	for (int i = 0; i < ALERT_EVENTS; i++) {
		const struct alerting_event *e = &a->event[i];
		const struct alerted_line line = { i, or_none(e->since_us),
			e->told, or_none(e->quiet_us), e->count };

		if (e->since_us != 0 || e->count != 0)
			statefile_add(&t, &alerted_kind, &line);
	}
	if (a->noted_us > 0) {
		const struct noted_line line = { a->noted_us };

		statefile_add(&t, &noted_kind, &line);
	}
}

static const char *
take_line(void *user, const struct record *r)
{
	struct alerting *to = user;
	union {
		struct alerted_line alerted;
		struct noted_line noted;
	} line;
	const char *why;
	const struct message_kind *kind = statefile_unpack(alerting_kinds,
	    &line, r, &why);

	if (kind == &alerted_kind) {
		const struct alerted_line *l = &line.alerted;

		to->event[l->event] = (struct alerting_event){
			l->since_us != NONE ? l->since_us : 0, l->told == 1,
			l->quiet_us != NONE ? l->quiet_us : 0, l->count
		};
	} else if (kind == &noted_kind) {
		to->noted_us = line.noted.us;
	}
	return why;
}

const char *
alerting_restore(struct alerting *a, const struct settings *s, const char *text)
{
	const char *why;

	*a = (struct alerting){ 0 };
	why = statefile_read(text, "wanctl-alert", s->wan.name, take_line, a);
	if (why != NULL)
		*a = (struct alerting){ 0 };
	return why;
}

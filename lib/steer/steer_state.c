/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of steering as text, wanctl-records(5). */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "record/statefile.h"
#include "steer/steer.h"

#define COUNT_MAX ((int64_t)1 << 53)

struct steering_line {
	char state[WORD_MAX], to[WAN_MAX];
	int64_t changed_us, changes, decisions;
};
struct toggle_line {
	int64_t t_us;
};
struct side_line {
	int64_t line, dir;
	struct signals_side side;
	int64_t delta; /* scaled */
};
struct base_line {
	int64_t line, us, noted_us;
};
struct note_line {
	int64_t line, us;
};

static const char *const line_names[LINES] = { "primary", "alternate" };

/* clang-format off */
static const struct message_field steering_fields[] = {
	FIELD_TEXT(steering_line, "state", state, MESSAGE_NAME, true),
	FIELD_TEXT(steering_line, "to", to, MESSAGE_NAME, true),
	FIELD_INT(steering_line, "changed", changed_us, false, -T_MAX, T_MAX),
	FIELD_INT(steering_line, "changes", changes, true, 0, COUNT_MAX),
	FIELD_INT(steering_line, "decisions", decisions, false, 0, COUNT_MAX),
};
static const struct message_field toggle_fields[] = {
	FIELD_INT(toggle_line, "t", t_us, true, -T_MAX, T_MAX),
};
static const struct message_field clock_fields[] = {
	FIELD_INT(steerer, "now", now_us, false, 0, T_MAX),
	FIELD_INT(steerer, "back", back, true, 0, STEER_BACK),
	FIELD_INT(steerer, "decided", decided_us, false, -T_MAX, T_MAX),
	FIELD_INT(steerer, "seen", seen_us, false, -T_MAX, T_MAX),
	FIELD_INT(steerer, "bad", bad, true, 0, 1000),
	FIELD_INT(steerer, "decisions", decisions, true, 0, COUNT_MAX),
	FIELD_INT(steerer, "away", away, false, 0, COUNT_MAX),
	FIELD_INT(steerer, "refused", refused, false, 0, COUNT_MAX),
};
static const struct message_field votes_fields[] = {
	FIELD_INT(votes, "red", red, true, 0, 100000),
	FIELD_INT(votes, "green", green, true, 0, 100000),
	FIELD_INT(votes, "red_t", red_us, true, -T_MAX, T_MAX),
	FIELD_INT(votes, "green_t", green_us, true, -T_MAX, T_MAX),
	FIELD_INT(votes, "calm_t", calm_us, true, -T_MAX, T_MAX),
};
static const struct message_field score_fields[] = {
	FIELD_INT(score, "soft_red", soft_red, true, 0, 100000),
	FIELD_INT(score, "drops", drops, true, 0, 100000),
	FIELD_INT(score, "queue", queue, true, 0, 100000),
	FIELD_INT(score, "high", high, true, 0, 1),
	FIELD_INT(score, "low", low, true, 0, 1),
	FIELD_INT(score, "high_t", high_since_us, true, -T_MAX, T_MAX),
	FIELD_INT(score, "low_t", low_since_us, true, -T_MAX, T_MAX),
};
static const struct message_field brake_fields[] = {
	FIELD_INT(toggle_line, "until", t_us, true, -T_MAX, T_MAX),
};
static const struct message_field side_fields[] = {
	FIELD_ENUM(side_line, "line", line, line_names, LINES),
	FIELD_ENUM(side_line, "dir", dir, direction_names, DIRECTIONS),
	FIELD_INT(side_line, "rate_t", side.rate_us, false, -T_MAX, T_MAX),
	FIELD_ENUM(side_line, "zone", side.zone, zone_names, ZONES),
	FIELD_INT(side_line, "delta", delta, false, 0, (int64_t)1 << 62),
	FIELD_INT(side_line, "queue_t", side.queue_us, false, -T_MAX, T_MAX),
	FIELD_INT(side_line, "total", side.total, false, 0, INT64_MAX),
	FIELD_INT(side_line, "drops", side.drops, true, 0, INT64_MAX),
	FIELD_INT(side_line, "queued", side.queued, false, 0, INT64_MAX),
	FIELD_INT(side_line, "fresh", side.fresh, true, 0, 1),
	FIELD_INT(side_line, "missing", side.missing, true, 0, 1000),
};
static const struct message_field base_fields[] = {
	FIELD_ENUM(base_line, "line", line, line_names, LINES),
	FIELD_INT(base_line, "us", us, false, 0, T_MAX),
	FIELD_INT(base_line, "noted", noted_us, false, -T_MAX, T_MAX),
};
static const struct message_field note_fields[] = {
	FIELD_ENUM(note_line, "line", line, line_names, LINES),
	FIELD_INT(note_line, "us", us, true, 0, T_MAX),
};
/* clang-format on */

#define KIND(name, fields)                                      \
	static const struct message_kind name##_kind = { #name, \
		fields##_fields, FIELD_COUNT(fields##_fields) }
KIND(steering, steering);
KIND(toggle, toggle);
KIND(clock, clock);
KIND(votes, votes);
KIND(score, score);
KIND(brake, brake);
KIND(side, side);
KIND(base, base);
KIND(note, note);

const struct message_kind *const steer_kinds[] = { &steering_kind, &toggle_kind,
	&brake_kind, &clock_kind, &votes_kind, &score_kind, &side_kind,
	&base_kind, &note_kind, &message_steer, NULL };

/* --- to text -------------------------------------------------------------- */

static void
add_lasting(struct text *t, const struct steerer *p, const struct settings *s)
{
	struct steering_line line = { .changed_us = p->changed_us,
		.changes = p->changes,
		.decisions = NONE };
	const char *state = p->diverted != 0 ? "degraded" : "good";

	statefile_begin(t, "wanctl-steer", s->wan.name);
	text_copy(line.state, sizeof line.state, state, strlen(state));
	text_copy(line.to, sizeof line.to, s->steer.to, strlen(s->steer.to));
	statefile_add(t, &steering_kind, &line);
	for (size_t i = 0; i < p->brake.count; i++)
		statefile_add(t, &toggle_kind,
		    &(struct toggle_line){ p->brake.t_us[i] });
	if (p->brake.on)
		statefile_add(t, &brake_kind,
		    &(struct toggle_line){ p->brake.until_us });
}

static void
add_line(struct text *t, const struct signals *e, int which)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		const struct signals_side *d = &e->side[i];
		struct side_line line = { which, i, *d,
			d->delta.set ? d->delta.scaled : NONE };

		statefile_add(t, &side_kind, &line);
	}
	statefile_add(t, &base_kind,
	    &(struct base_line){ which, e->base_us, e->noted_us });
	for (size_t i = 0; i < e->bases.count; i++)
		statefile_add(t, &note_kind,
		    &(struct note_line){ which, window_at(&e->bases, i) });
}

void
steer_describe(const struct steerer *p, const struct settings *s,
    char out[static STEER_TEXT_MAX])
{
	struct text t;

	text_init(&t, out, STEER_TEXT_MAX);
	add_lasting(&t, p, s);
	statefile_live(&t);
	statefile_add(&t, &clock_kind, p);
	statefile_add(&t, &votes_kind, &p->votes);
	statefile_add(&t, &score_kind, &p->score);
	for (int i = 0; i < LINES; i++)
		add_line(&t, &p->line[i], i);
	if (p->last.t_us != NONE && p->last.on == p->diverted)
		statefile_add(&t, &message_steer, &p->last);
}

/* --- from text ------------------------------------------------------------ */

union any_line {
	struct steering_line steering;
	struct toggle_line toggle;
	struct steerer clock;
	struct votes votes;
	struct score score;
	struct side_line side;
	struct base_line base;
	struct note_line note;
	struct steer steer;
};

/* "good", or an older name for it: SPECTRUM_GOOD, WAN1_DEGRADED. */
static bool
ends_in(const char *word, const char *end)
{
	size_t len = strlen(word), n = strlen(end);

	return len >= n && strcasecmp(word + len - n, end) == 0 &&
	    (len == n || word[len - n - 1] == '_');
}

static const char *
take_steering(struct steerer *p, const struct settings *s,
    const struct steering_line *line)
{
	if (strcmp(line->to, s->steer.to) != 0)
		return "is about another alternate line";
	if (!ends_in(line->state, "good") && !ends_in(line->state, "degraded"))
		return "has an unknown state";
	p->diverted = ends_in(line->state, "degraded");
	p->last.on = p->diverted;
	p->changed_us = line->changed_us;
	p->changes = line->changes;
	if (line->changed_us != NONE && line->changed_us >= 0)
		p->now_us = line->changed_us;
	return NULL;
}

static void
take_side(struct steerer *p, const struct side_line *line)
{
	struct signals_side *d = &p->line[line->line].side[line->dir];

	*d = line->side;
	d->delta = (struct ewma){ 0 };
	if (line->delta != NONE)
		d->delta = (struct ewma){ line->delta, true };
}

static void
take_clock(struct steerer *p, const struct steerer *line)
{
	p->now_us = line->now_us;
	p->back = line->back;
	p->decided_us = line->decided_us;
	p->seen_us = line->seen_us;
	p->bad = line->bad;
	p->decisions = line->decisions;
	/* An earlier version did not count them. */
	p->away = line->away != NONE ? line->away : 0;
	p->refused = line->refused != NONE ? line->refused : 0;
}

static const char *
take_state_line(struct steerer *p, const struct settings *s,
    const struct message_kind *kind, const union any_line *line)
{
	struct brake *b = &p->brake;

	if (kind == &steering_kind)
		return take_steering(p, s, &line->steering);
	if (kind == &toggle_kind && b->count < BRAKE_MAX)
		b->t_us[b->count++] = line->toggle.t_us;
	else if (kind == &brake_kind)
		b->on = true, b->until_us = line->toggle.t_us;
	else if (kind == &clock_kind)
		take_clock(p, &line->clock);
	else if (kind == &votes_kind)
		p->votes = line->votes;
	else if (kind == &score_kind)
		p->score = line->score;
	else if (kind == &side_kind)
		take_side(p, &line->side);
	else if (kind == &base_kind) {
		p->line[line->base.line].base_us = line->base.us;
		p->line[line->base.line].noted_us = line->base.noted_us;
	} else if (kind == &note_kind)
		window_add(&p->line[line->note.line].bases, line->note.us,
		    SIGNALS_BASES);
	else if (kind == &message_steer && line->steer.on == p->diverted)
		p->last = line->steer;
	return NULL;
}

struct restoring {
	struct steerer *p;
	const struct settings *s;
};

static const char *
take_record(void *user, const struct record *r)
{
	const struct restoring *to = user;
	union any_line line = { 0 };
	const char *why;
	const struct message_kind *kind = statefile_unpack(steer_kinds, &line,
	    r, &why);

	return kind != NULL ? take_state_line(to->p, to->s, kind, &line) : why;
}

const char *
steer_restore(struct steerer *p, const struct settings *s, const char *text)
{
	struct restoring to = { p, s };
	const char *why;

	steer_init(p);
	why = statefile_read(text, "wanctl-steer", s->wan.name, take_record,
	    &to);
	if (why != NULL)
		steer_init(p);
	return why;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/snapshot.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "record/statefile.h"

#define PROGRAM "snapshot" /* in the head, where a state has its program */

/* Lines of the text. A number that is not known is NONE. */
struct path_line {
	char host[HOST_MAX], method[WORD_MAX];
	int64_t t_us;
	int64_t above_us, answered_us, alone_us, more_us;
	int64_t value, value_t_us; /* of the baseline, in units of ewma.h */
	int64_t least_us, watched_us, idle_us, busy, low_us;
	int64_t lean, lean_t_us, agreed;
};
struct clock_line {
	int64_t rtt_us, rtt_stale, queue_us, queue_stale;
	int64_t lost_us, sample_us, one_way_us;
};
struct direction_line {
	int64_t dir, rate_bps, state, cut_us, jammed;
	struct shortfall f;
};
struct load_line {
	int64_t dir;
	struct utilisation l;
};
struct reading_line {
	int64_t dir;
	struct utilisation_reading r;
};

#define DIR(s) FIELD_ENUM(s, "dir", dir, direction_names, DIRECTIONS)
#define SCALED_MAX (EWMA_BOUND << EWMA_SHIFT)

/* clang-format off */
#define TIME(s, key, member) FIELD_INT(s, key, member, true, 0, T_MAX)
#define DELAY(s, key, member) FIELD_INT(s, key, member, true, -EWMA_BOUND, EWMA_BOUND)
#define COUNT(s, key, member, known) FIELD_INT(s, key, member, known, 0, INT64_MAX)
static const struct message_field path_fields[] = {
	FIELD_TEXT(path_line, "host", host, MESSAGE_HOST, true),
	FIELD_TEXT(path_line, "method", method, MESSAGE_NAME, false),
	TIME(path_line, "t", t_us),
	DELAY(path_line, "above_us", above_us),
	TIME(path_line, "answered_t", answered_us),
	TIME(path_line, "alone_t", alone_us),
	DELAY(path_line, "more_us", more_us),
	FIELD_INT(path_line, "value", value, false, -SCALED_MAX, SCALED_MAX),
	TIME(path_line, "value_t", value_t_us),
	DELAY(path_line, "least_us", least_us),
	TIME(path_line, "watched_us", watched_us),
	TIME(path_line, "idle_us", idle_us),
	FIELD_INT(path_line, "busy", busy, true, 0, 1),
	DELAY(path_line, "low_us", low_us),
	FIELD_INT(path_line, "lean", lean, false, -SCALED_MAX, SCALED_MAX),
	TIME(path_line, "lean_t", lean_t_us),
	FIELD_INT(path_line, "agreed", agreed, true, 0, ONEWAY_TRUST),
};
static const struct message_field clock_fields[] = {
	TIME(clock_line, "rtt_t", rtt_us),
	FIELD_INT(clock_line, "rtt_stale", rtt_stale, true, 0, ASSESS_STALE_RUN),
	TIME(clock_line, "queue_t", queue_us),
	FIELD_INT(clock_line, "queue_stale", queue_stale, true, 0, ASSESS_STALE_RUN),
	TIME(clock_line, "lost_t", lost_us),
	TIME(clock_line, "sample_t", sample_us),
	TIME(clock_line, "one_way_t", one_way_us),
};
static const struct message_field direction_fields[] = {
	DIR(direction_line),
	FIELD_INT(direction_line, "bps", rate_bps, true, 0, T_MAX),
	FIELD_ENUM(direction_line, "state", state, zone_names, ZONES),
	TIME(direction_line, "cut_t", cut_us),
	FIELD_INT(direction_line, "jammed", jammed, true, 0, 1),
	TIME(direction_line, "full_t", f.full_us),
	TIME(direction_line, "from_t", f.from_us),
	COUNT(direction_line, "from_bytes", f.from_bytes, true),
	TIME(direction_line, "half_t", f.half_us),
	COUNT(direction_line, "half_bytes", f.half_bytes, true),
	TIME(direction_line, "line_t", f.line_us),
	FIELD_INT(direction_line, "line_bps", f.line_bps, true, 0, T_MAX),
};
static const struct message_field load_fields[] = {
	DIR(load_line),
	TIME(load_line, "t", l.t_us),
	COUNT(load_line, "bytes", l.bytes, true),
	COUNT(load_line, "line_bytes", l.line_bytes, false),
	TIME(load_line, "dt_us", l.dt_us),
	FIELD_TEXT(load_line, "source", l.source, MESSAGE_NAME, false),
	COUNT(load_line, "backlog", l.backlog, false),
	COUNT(load_line, "drops", l.drops, false),
	FIELD_INT(load_line, "bps", l.shaper_bps, false, 0, T_MAX),
	TIME(load_line, "span_us", l.span_us),
	COUNT(load_line, "goodput", l.goodput_bps, false),
	COUNT(load_line, "arrival", l.arrival_bps, false),
	COUNT(load_line, "new_drops", l.new_drops, false),
};
static const struct message_field reading_fields[] = {
	DIR(reading_line),
	TIME(reading_line, "t", r.t_us),
	COUNT(reading_line, "bytes", r.bytes, true),
	COUNT(reading_line, "line_bytes", r.line_bytes, false),
	COUNT(reading_line, "backlog", r.backlog, false),
};
/* clang-format on */
#undef TIME
#undef DELAY
#undef COUNT

static const struct message_kind path_kind = { "path", path_fields,
	FIELD_COUNT(path_fields) };
static const struct message_kind clock_kind = { "clock", clock_fields,
	FIELD_COUNT(clock_fields) };
static const struct message_kind direction_kind = { "direction",
	direction_fields, FIELD_COUNT(direction_fields) };
static const struct message_kind load_kind = { "load", load_fields,
	FIELD_COUNT(load_fields) };
static const struct message_kind reading_kind = { "reading", reading_fields,
	FIELD_COUNT(reading_fields) };
static const struct message_kind *const kinds[] = { &path_kind, &clock_kind,
	&direction_kind, &load_kind, &reading_kind, &message_rate, NULL };

/* --- take ------------------------------------------------------------------
 */

static void
add_path(struct text *t, const struct assess_path *p)
{
	struct path_line line = { .t_us = p->t_us,
		.above_us = p->above_us,
		.answered_us = p->answered_us,
		.alone_us = p->alone_us,
		.more_us = p->more_us,
		.value = p->rtt.value.set ? p->rtt.value.scaled : NONE,
		.value_t_us = p->rtt.t_us,
		.least_us = p->rtt.least_us,
		.watched_us = p->rtt.watched_us,
		.idle_us = p->rtt.idle_us,
		.busy = p->rtt.busy,
		.low_us = p->rtt.low_us,
		.lean = p->oneway.lean.set ? p->oneway.lean.scaled : NONE,
		.lean_t_us = p->oneway.t_us,
		.agreed = p->oneway.agreed };

	memcpy(line.host, p->host, sizeof line.host);
	memcpy(line.method, p->method, sizeof line.method);
	statefile_add(t, &path_kind, &line);
}

static void
add_direction(struct text *t, const struct assess_direction *d, int dir)
{
	struct direction_line line = { dir, d->rate_bps, d->zone, d->cut_us,
		d->jammed, d->shortfall };
	struct load_line load = { dir, d->load };

	statefile_add(t, &direction_kind, &line);
	if (d->last.t_us != 0)
		statefile_add(t, &message_rate, &d->last);
	if (!d->load.seen)
		return;
	statefile_add(t, &load_kind, &load);
	for (size_t i = 0; i < d->load.readings; i++) {
		struct reading_line reading = { dir, d->load.reading[i] };

		statefile_add(t, &reading_kind, &reading);
	}
}

void
snapshot_take(const struct assess *a, const struct settings *s,
    char out[static SNAPSHOT_MAX])
{
	struct clock_line clock = { a->rtt_time.newest_us,
		a->rtt_time.stale_run, a->queue_time.newest_us,
		a->queue_time.stale_run, a->lost_us, a->sample_us,
		a->one_way_us };
	struct text t;

	text_init(&t, out, SNAPSHOT_MAX);
	statefile_begin(&t, PROGRAM, s->wan.name);
	statefile_add(&t, &clock_kind, &clock);
	for (size_t i = 0; i < a->paths; i++)
		add_path(&t, &a->path[i]);
	for (int i = 0; i < DIRECTIONS; i++)
		add_direction(&t, &a->dir[i], i);
	a->law->describe(&a->state, &t);
}

/* --- resume ----------------------------------------------------------------
 */

union any_line {
	struct path_line path;
	struct clock_line clock;
	struct direction_line direction;
	struct load_line load;
	struct reading_line reading;
	struct rate rate;
};

static struct ewma
ewma_of(int64_t scaled)
{
	struct ewma e = { scaled, true };

	if (scaled == NONE)
		e = (struct ewma){ 0 };
	return e;
}

static const char *
take_path(struct assess *a, const struct settings *s,
    const struct path_line *line)
{
	struct assess_path *p;
	int64_t us;

	for (size_t i = 0; i < a->paths; i++)
		if (strcmp(a->path[i].host, line->host) == 0 &&
		    strcmp(a->path[i].method, line->method) == 0)
			return "reflector twice";
	if (a->paths == SETTINGS_HOSTS)
		return "more than 32 reflectors";
	p = &a->path[a->paths++];
	memcpy(p->host, line->host, sizeof p->host);
	memcpy(p->method, line->method, sizeof p->method);
	p->t_us = line->t_us;
	p->above_us = line->above_us;
	p->answered_us = line->answered_us;
	p->alone_us = line->alone_us;
	p->more_us = line->more_us;
	p->rtt = (struct baseline){ .value = ewma_of(line->value),
		.t_us = line->value_t_us,
		.least_us = line->least_us,
		.watched_us = line->watched_us,
		.idle_us = line->idle_us,
		.busy = line->busy,
		.low_us = line->low_us };
	us = baseline_us(&p->rtt, s->baseline.min_us);
	if (us < s->baseline.min_us || us > s->baseline.max_us)
		baseline_set(&p->rtt, s, us);
	p->oneway = (struct oneway){ ewma_of(line->lean), line->lean_t_us,
		line->agreed };
	return NULL;
}

static void
take_clock(struct assess *a, const struct clock_line *line)
{
	a->rtt_time = (struct assess_time){ line->rtt_us, line->rtt_stale };
	a->queue_time = (struct assess_time){ line->queue_us,
		line->queue_stale };
	a->lost_us = line->lost_us;
	a->sample_us = line->sample_us;
	a->one_way_us = line->one_way_us;
}

static void
take_direction(struct assess *a, const struct settings *s,
    const struct direction_line *line)
{
	struct assess_direction *d = &a->dir[line->dir];
	const struct direction_settings *ds = &s->dir[line->dir];

	d->rate_bps = ds->managed == 0 ?
	    line->rate_bps :
	    number_clamp(line->rate_bps, ds->floor_bps[ZONE_RED],
		ds->ceiling_bps);
	d->zone = line->state;
	d->cut_us = line->cut_us;
	d->jammed = line->jammed;
	d->shortfall = line->f;
}

/* The readings come after the record of their direction. */
static const char *
take_reading(struct utilisation *l, const struct utilisation_reading *r)
{
	if (l->readings == UTILISATION_READINGS)
		return "more readings than are kept";
	l->reading[l->readings++] = *r;
	return NULL;
}

static const char *
take_line(struct assess *a, const struct settings *s,
    const struct message_kind *kind, const union any_line *line)
{
	if (kind == &path_kind)
		return take_path(a, s, &line->path);
	if (kind == &reading_kind)
		return take_reading(&a->dir[line->reading.dir].load,
		    &line->reading.r);
	if (kind == &direction_kind)
		take_direction(a, s, &line->direction);
	else if (kind == &clock_kind)
		take_clock(a, &line->clock);
	else if (kind == &load_kind) {
		a->dir[line->load.dir].load = line->load.l;
		a->dir[line->load.dir].load.seen = true;
		a->dir[line->load.dir].load.readings = 0;
	} else {
		a->dir[line->rate.dir].last = line->rate;
	}
	return NULL;
}

struct resuming {
	struct assess *a;
	const struct settings *s;
};

static const char *
take_record(void *user, const struct record *r)
{
	const struct resuming *to = user;
	union any_line line;
	const char *why;
	const struct message_kind *kind = statefile_unpack(kinds, &line, r,
	    &why);

	if (kind != NULL)
		return take_line(to->a, to->s, kind, &line);
	return why != NULL ? why : to->a->law->restore(&to->a->state, to->s, r);
}

const char *
snapshot_resume(struct assess *a, const struct settings *s,
    const struct law *law, const char *text)
{
	struct resuming to = { a, s };
	const char *why;

	assess_init(a, s, law);
	why = statefile_read(text, PROGRAM, s->wan.name, take_record, &to);
	if (why != NULL)
		assess_init(a, s, law);
	return why;
}

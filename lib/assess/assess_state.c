/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of assess.h as text. */
#include <string.h>

#include "assess/assess.h"
#include "base/text.h"
#include "record/statefile.h"

/* Lines of the text. What takes minutes to learn comes first; what follows
 * the line "live" is worth nothing after a reboot. */
struct path_line {
	char host[HOST_MAX], method[WORD_MAX];
	int64_t us;
};
struct probes_line {
	char host[HOST_MAX], method[WORD_MAX];
	struct tally_probes n;
};
struct direction_line {
	int64_t dir, bps;
};
struct time_line {
	int64_t t_us, lost_us;
	int64_t sample_us, one_way_us; /* NONE: never */
};
struct watch_line {
	char host[HOST_MAX], method[WORD_MAX];
	int64_t t_us, least_us, watched_us, idle_us, busy;
	int64_t above_us, answered_us;
	int64_t lean_us, agreed;   /* of one-way delays; NONE: unknown */
	int64_t alone_us, more_us; /* NONE: it is not */
};
struct progress_line {
	int64_t dir, cut_us, state;
};
struct shortfall_line {
	int64_t dir, jammed;
	struct shortfall f;
};

#define WATCH_MAX ((int64_t)48 * 3600000000)
#define DIR(s) FIELD_ENUM(s, "dir", dir, direction_names, DIRECTIONS)

/* clang-format off */
static const struct message_field path_fields[] = {
	FIELD_TEXT(path_line, "host", host, MESSAGE_HOST, true),
	FIELD_TEXT(path_line, "method", method, MESSAGE_NAME, false),
	FIELD_INT(path_line, "us", us, true, 1, 10000000),
};
static const struct message_field probes_fields[] = {
	FIELD_TEXT(probes_line, "host", host, MESSAGE_HOST, true),
	FIELD_TEXT(probes_line, "method", method, MESSAGE_NAME, false),
	FIELD_INT(probes_line, "answered", n.answered, true, 0, T_MAX),
	FIELD_INT(probes_line, "lost", n.lost, true, 0, T_MAX),
	FIELD_INT(probes_line, "late", n.late, true, 0, T_MAX),
};
static const struct message_field direction_fields[] = {
	DIR(direction_line),
	FIELD_INT(direction_line, "bps", bps, true, 1, T_MAX),
};
static const struct message_field time_fields[] = {
	FIELD_INT(time_line, "t", t_us, true, 0, T_MAX),
	FIELD_INT(time_line, "lost_t", lost_us, true, 0, T_MAX),
	FIELD_INT(time_line, "sample_t", sample_us, false, 1, T_MAX),
	FIELD_INT(time_line, "one_way_t", one_way_us, false, 1, T_MAX),
};
static const struct message_field watch_fields[] = {
	FIELD_TEXT(watch_line, "host", host, MESSAGE_HOST, true),
	FIELD_TEXT(watch_line, "method", method, MESSAGE_NAME, false),
	FIELD_INT(watch_line, "t", t_us, true, 0, T_MAX),
	FIELD_INT(watch_line, "least_us", least_us, true, 0, 10000000),
	FIELD_INT(watch_line, "watched_us", watched_us, true, 0, WATCH_MAX),
	FIELD_INT(watch_line, "idle_us", idle_us, true, 0, WATCH_MAX),
	FIELD_INT(watch_line, "busy", busy, true, 0, 1),
	FIELD_INT(watch_line, "above_us", above_us, false, -EWMA_BOUND, EWMA_BOUND),
	FIELD_INT(watch_line, "answered_t", answered_us, false, 0, T_MAX),
	FIELD_INT(watch_line, "lean_us", lean_us, false, -EWMA_BOUND, EWMA_BOUND),
	FIELD_INT(watch_line, "agreed", agreed, false, 0, ONEWAY_TRUST),
	FIELD_INT(watch_line, "alone_t", alone_us, false, 1, T_MAX),
	FIELD_INT(watch_line, "more_us", more_us, false, 0, EWMA_BOUND),
};
static const struct message_field progress_fields[] = {
	DIR(progress_line),
	FIELD_INT(progress_line, "cut_t", cut_us, true, 0, T_MAX),
	FIELD_ENUM(progress_line, "state", state, zone_names, ZONES),
};
static const struct message_field shortfall_fields[] = {
	DIR(shortfall_line),
	FIELD_INT(shortfall_line, "jammed", jammed, true, 0, 1),
	FIELD_INT(shortfall_line, "full_t", f.full_us, true, 0, T_MAX),
	FIELD_INT(shortfall_line, "from_t", f.from_us, true, 0, T_MAX),
	FIELD_INT(shortfall_line, "from_bytes", f.from_bytes, true, 0, INT64_MAX),
	FIELD_INT(shortfall_line, "half_t", f.half_us, true, 0, T_MAX),
	FIELD_INT(shortfall_line, "half_bytes", f.half_bytes, true, 0, INT64_MAX),
};
/* clang-format on */

static const struct message_kind path_kind = { "baseline", path_fields,
	FIELD_COUNT(path_fields) };
static const struct message_kind probes_kind = { "probes", probes_fields,
	FIELD_COUNT(probes_fields) };
static const struct message_kind direction_kind = { "direction",
	direction_fields, FIELD_COUNT(direction_fields) };
static const struct message_kind time_kind = { "time", time_fields,
	FIELD_COUNT(time_fields) };
static const struct message_kind watch_kind = { "watch", watch_fields,
	FIELD_COUNT(watch_fields) };
static const struct message_kind progress_kind = { "progress", progress_fields,
	FIELD_COUNT(progress_fields) };
static const struct message_kind shortfall_kind = { "shortfall",
	shortfall_fields, FIELD_COUNT(shortfall_fields) };

const struct message_kind *const assess_kinds[] = { &path_kind, &direction_kind,
	&probes_kind, &time_kind, &watch_kind, &progress_kind, &shortfall_kind,
	&message_rate, NULL };

/* --- describe ------------------------------------------------------------ */

static void
add_path(struct text *t, const struct assess_path *p)
{
	struct path_line line = { .us = baseline_us(&p->rtt, NONE) };

	if (line.us == NONE)
		return;
	memcpy(line.host, p->host, sizeof line.host);
	memcpy(line.method, p->method, sizeof line.method);
	statefile_add(t, &path_kind, &line);
}

static void
add_probes(struct text *t, const struct assess_path *p)
{
	struct probes_line line = { .n = p->probes };

	/* A reflector that never answered has no line to go with this. */
	if (baseline_us(&p->rtt, NONE) == NONE)
		return;
	memcpy(line.host, p->host, sizeof line.host);
	memcpy(line.method, p->method, sizeof line.method);
	statefile_add(t, &probes_kind, &line);
}

static void
add_watch(struct text *t, const struct assess_path *p)
{
	struct watch_line line = { .t_us = p->rtt.t_us,
		.least_us = p->rtt.least_us,
		.watched_us = p->rtt.watched_us,
		.idle_us = p->rtt.idle_us,
		.busy = p->rtt.busy,
		.above_us = p->answered_us != 0 ? p->above_us : NONE,
		.answered_us = p->answered_us != 0 ? p->answered_us : NONE,
		.lean_us = ewma_value(&p->oneway.lean, NONE),
		.agreed = p->oneway.lean.set ? p->oneway.agreed : NONE,
		.alone_us = p->alone_us != 0 ? p->alone_us : NONE,
		.more_us = p->alone_us != 0 ? p->more_us : NONE };

	/* A reflector that never answered has no line to go with this. */
	if (baseline_us(&p->rtt, NONE) == NONE)
		return;
	memcpy(line.host, p->host, sizeof line.host);
	memcpy(line.method, p->method, sizeof line.method);
	statefile_add(t, &watch_kind, &line);
}

static void
add_progress(struct text *t, const struct assess_direction *d, int dir)
{
	struct progress_line line = { dir, d->cut_us, d->zone };
	struct shortfall_line shortfall = { dir, d->jammed, d->shortfall };

	statefile_add(t, &progress_kind, &line);
	statefile_add(t, &shortfall_kind, &shortfall);
	if (d->last.t_us != 0)
		statefile_add(t, &message_rate, &d->last);
}

static int64_t
or_never(int64_t t_us)
{
	return t_us != 0 ? t_us : NONE;
}

void
assess_describe(const struct assess *now, const struct settings *s,
    char out[static ASSESS_TEXT_MAX])
{
	struct assess kept = *now, *a = &kept;
	struct time_line time;
	struct text t;

	/* As it will be read. */
	assess_forget_later(a, s);
	time = (struct time_line){ a->rtt_time.newest_us, a->lost_us,
		or_never(a->sample_us), or_never(a->one_way_us) };

	text_init(&t, out, ASSESS_TEXT_MAX);
	statefile_begin(&t, "wanctl-assess", s->wan.name);
	for (int i = 0; i < DIRECTIONS; i++) {
		struct direction_line line = { i, a->dir[i].rate_bps };

		/* Not known, or not learned. */
		if (line.bps == 0 ||
		    (s->dir[i].managed == 0 && s->dir[i].ceiling_bps != 0))
			continue;
		statefile_add(&t, &direction_kind, &line);
	}
	for (size_t i = 0; i < a->paths; i++)
		add_path(&t, &a->path[i]);
	statefile_live(&t);
	statefile_add(&t, &time_kind, &time);
	for (size_t i = 0; i < a->paths; i++)
		add_watch(&t, &a->path[i]);
	for (int i = 0; i < DIRECTIONS && a->sample_us != 0; i++)
		add_progress(&t, &a->dir[i], i);
	a->law->describe(&a->state, &t);
	/* They change all the time: on a disk they would wear it. */
	for (size_t i = 0; i < a->paths; i++)
		add_probes(&t, &a->path[i]);
	tally_describe(&a->tally, &t);
}

/* --- restore ------------------------------------------------------------- */

/* One of the lines above, whichever it is. */
union any_line {
	struct path_line path;
	struct probes_line probes;
	struct direction_line direction;
	struct time_line time;
	struct watch_line watch;
	struct progress_line progress;
	struct shortfall_line shortfall;
	struct rate rate;
};

static struct assess_path *
path_of(struct assess *a, const char *host, const char *method)
{
	for (size_t i = 0; i < a->paths; i++)
		if (strcmp(a->path[i].host, host) == 0 &&
		    strcmp(a->path[i].method, method) == 0)
			return &a->path[i];
	return NULL;
}

static const char *
take_path(struct assess *a, const struct settings *s,
    const struct path_line *line)
{
	const char *method = assess_method(line->method);
	struct assess_path *p = path_of(a, line->host, method);

	if (p != NULL)
		return "reflector twice";
	if (a->paths == SETTINGS_HOSTS)
		return "more than 32 reflectors";
	p = &a->path[a->paths++];
	memcpy(p->host, line->host, sizeof p->host);
	text_copy(p->method, sizeof p->method, method, strlen(method));
	baseline_set(&p->rtt, s, line->us);
	return NULL;
}

static const char *
take_probes(struct assess *a, const struct probes_line *line)
{
	struct assess_path *p = path_of(a, line->host,
	    assess_method(line->method));

	if (p == NULL)
		return "probes of an unknown reflector";
	p->probes = line->n;
	return NULL;
}

static const char *
take_watch(struct assess *a, const struct watch_line *line)
{
	struct assess_path *p = path_of(a, line->host,
	    assess_method(line->method));

	if (p == NULL)
		return "watch of an unknown reflector";
	p->t_us = p->rtt.t_us = line->t_us;
	p->rtt.least_us = line->least_us;
	p->rtt.watched_us = line->watched_us;
	p->rtt.idle_us = line->idle_us;
	p->rtt.busy = line->busy;
	if (line->above_us != NONE && line->answered_us != NONE) {
		p->above_us = line->above_us;
		p->answered_us = line->answered_us;
	}
	if (line->alone_us != NONE && line->more_us != NONE) {
		p->alone_us = line->alone_us;
		p->more_us = line->more_us;
	}
	if (line->lean_us != NONE) {
		ewma_add(&p->oneway.lean, line->lean_us, 1, 1);
		p->oneway.t_us = line->t_us;
		p->oneway.agreed = line->agreed != NONE ? line->agreed : 0;
	}
	return NULL;
}

/* A shortfall is acted on at once, so it is not kept. */
static void
take_shortfall(struct assess_direction *d, const struct shortfall_line *line)
{
	d->jammed = line->jammed;
	d->shortfall = line->f;
	d->shortfall.line_us = d->shortfall.line_bps = 0;
}

static void
take_time(struct assess *a, const struct time_line *line)
{
	a->rtt_time.newest_us = line->t_us;
	a->lost_us = line->lost_us;
	a->sample_us = line->sample_us != NONE ? line->sample_us : 0;
	a->one_way_us = line->one_way_us != NONE ? line->one_way_us : 0;
}

static void
take_rate(struct assess_direction *d, const struct direction_settings *ds,
    int64_t bps)
{
	int64_t floor_bps = ds->floor_bps[ZONE_RED];

	if (ds->managed == 0) {
		if (ds->ceiling_bps == 0)
			d->rate_bps = bps;
		return;
	}
	d->rate_bps = bps < floor_bps ? floor_bps :
	    bps > ds->ceiling_bps     ? ds->ceiling_bps :
					bps;
}

static const char *
take_line(struct assess *a, const struct settings *s,
    const struct message_kind *kind, const union any_line *line)
{
	if (kind == &path_kind)
		return take_path(a, s, &line->path);
	if (kind == &probes_kind)
		return take_probes(a, &line->probes);
	if (kind == &watch_kind)
		return take_watch(a, &line->watch);
	if (kind == &direction_kind)
		take_rate(&a->dir[line->direction.dir],
		    &s->dir[line->direction.dir], line->direction.bps);
	else if (kind == &progress_kind) {
		a->dir[line->progress.dir].cut_us = line->progress.cut_us;
		a->dir[line->progress.dir].zone = line->progress.state;
	} else if (kind == &shortfall_kind)
		take_shortfall(&a->dir[line->shortfall.dir], &line->shortfall);
	else if (kind == &message_rate)
		a->dir[line->rate.dir].last = line->rate;
	else if (kind == &time_kind)
		take_time(a, &line->time);
	return NULL;
}

struct restoring {
	struct assess *a;
	const struct settings *s;
};

static const char *
take_record(void *user, const struct record *r)
{
	const struct restoring *to = user;
	union any_line line;
	const char *why;
	const struct message_kind *kind = statefile_unpack(assess_kinds, &line,
	    r, &why);

	if (kind != NULL)
		return take_line(to->a, to->s, kind, &line);
	if (why == NULL && tally_restore(&to->a->tally, r, &why))
		return why;
	return why != NULL ? why : to->a->law->restore(&to->a->state, to->s, r);
}

const char *
assess_restore(struct assess *a, const struct settings *s,
    const struct law *law, const char *text)
{
	struct restoring to = { a, s };
	const char *why;

	assess_init(a, s, law);
	why = statefile_read(text, "wanctl-assess", s->wan.name, take_record,
	    &to);
	if (why != NULL) {
		assess_init(a, s, law);
		return why;
	}
	assess_forget_later(a, s);
	/* At a start there are no stragglers. */
	a->rtt_time.stale_run = ASSESS_STALE_RUN - 1;
	return NULL;
}

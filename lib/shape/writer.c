/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/writer.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "record/statefile.h"

#define NEVER (INT64_MIN / 2)

/* A limit is set as exactly as that: some shapers round. */
#define EXACT_PPM 1000

void
writer_init(struct writer *w)
{
	*w = (struct writer){ .set_bps = NONE,
		.was_bps = NONE,
		.spoke_us = NEVER };
	reconcile_init(&w->shaper);
	message_clear(&message_applied, &w->last);
}

const char *
writer_decide(struct writer *w, const struct settings *s,
    const struct rate *rate, int64_t t_us)
{
	const struct direction_settings *d = &s->dir[rate->dir];
	int64_t floor_bps = d->floor_bps[ZONE_RED], bps = rate->bps;

	if (t_us - rate->t_us > s->shaper.max_age_us)
		return "stale";
	if (bps < floor_bps)
		bps = floor_bps;
	if (bps > d->ceiling_bps)
		bps = d->ceiling_bps;
	w->clamped = bps != rate->bps;
	w->exact = (bps == floor_bps || bps == d->ceiling_bps) &&
	    bps != w->set_bps;
	w->shaper.want = bps;
	w->fresh = true;
	return NULL;
}

/* --- cycle --------------------------------------------------------------- */

static bool
must_reconcile(const struct writer *w, const struct settings *s, int64_t now_us)
{
	return now_us - w->shaper.read_us >= s->shaper.reconcile_us;
}

bool
writer_begin(struct writer *w, const struct settings *s, int64_t now_us)
{
	struct reconcile *r = &w->shaper;

	if (r->want == NONE ||
	    (!backoff_is_over(&r->backoff, now_us) &&
		!(w->limited && w->fresh)))
		return false;
	if (!w->fresh && r->why == WORKED && !w->limited &&
	    !must_reconcile(w, s, now_us))
		return false;
	reconcile_begin(r);
	w->limited = false;
	w->was_bps = r->has;
	return true;
}

int64_t
writer_due_us(const struct writer *w, const struct settings *s)
{
	const struct reconcile *r = &w->shaper;

	if (r->want == NONE)
		return INT64_MAX;
	return r->why != WORKED || w->limited ?
	    r->backoff.until_us :
	    r->read_us + s->shaper.reconcile_us;
}

bool
writer_must_read(const struct writer *w, const struct settings *s,
    int64_t now_us)
{
	return w->shaper.has == NONE || must_reconcile(w, s, now_us);
}

void
writer_read(struct writer *w, int64_t now_us, enum failure why, int64_t bps)
{
	reconcile_read(&w->shaper, now_us, why, bps);
	w->was_bps = w->shaper.has;
}

static int64_t
difference(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* Within so much, or as near as a shaper that counts bytes comes. A shaper
 * without a limit has 0. */
static bool
is_within(const struct writer *w, int64_t ppm)
{
	int64_t most = number_part(w->shaper.has, ppm);

	return w->shaper.has != 0 &&
	    difference(w->shaper.want, w->shaper.has) <= (most > 7 ? most : 7);
}

bool
writer_must_write(const struct writer *w, const struct settings *s)
{
	int64_t ppm = s->shaper.deadband_ppm;

	if (w->shaper.want < w->shaper.has)
		ppm /= 2;
	if (w->exact && ppm > EXACT_PPM)
		ppm = EXACT_PPM;
	return w->shaper.why == WORKED && w->shaper.has != NONE &&
	    !is_within(w, ppm);
}

bool
writer_raises(const struct writer *w)
{
	return w->shaper.has != 0 && w->shaper.want > w->shaper.has;
}

void
writer_limit(struct writer *w, int64_t until_us)
{
	w->limited = true;
	w->limit_us = until_us;
}

void
writer_wrote(struct writer *w, const struct settings *s, int64_t now_us,
    enum failure set_why, enum failure get_why, int64_t bps)
{
	reconcile_wrote(&w->shaper, now_us, set_why, get_why, bps);
	if (w->shaper.wrote) {
		w->set_bps = w->shaper.want;
		w->exact = false;
	}
	if (w->shaper.why == WORKED && !is_within(w, s->shaper.deadband_ppm))
		reconcile_not_taken(&w->shaper);
}

/* --- report -------------------------------------------------------------- */

static const char *
word(const struct writer *w, bool dry_run)
{
	const struct reconcile *r = &w->shaper;

	return r->why != WORKED    ? failure_words[r->why] :
	    w->limited             ? "limited" :
	    dry_run                ? "dry_run" :
	    r->wrote && r->foreign ? "reconciled" :
	    w->clamped             ? "clamped" :
				     "";
}

bool
writer_report(struct writer *w, const struct settings *s, enum direction dir,
    const struct writer_times *times, bool dry_run)
{
	const char *why = word(w, dry_run);
	struct reconcile *r = &w->shaper;
	struct applied *a = &w->last;
	bool news = reconcile_end(r, times->end_us);

	if (w->limited)
		backoff_hold(&r->backoff, w->limit_us);
	w->fresh = false;
	if (!dry_run) {
		w->writes += r->wrote;
		w->failures += r->tried && r->why != WORKED;
		w->held += w->limited;
	}
	if (!news && times->end_us - w->spoke_us < WRITER_REPORT_US)
		return false;
	w->spoke_us = times->end_us;
	message_clear(&message_applied, a);
	a->t_us = times->t_us;
	text_copy(a->wan, sizeof a->wan, s->wan.name, strlen(s->wan.name));
	a->dir = dir;
	a->bps = w->shaper.has;
	a->was = w->was_bps;
	a->want = w->shaper.want;
	a->took_us = times->end_us - times->begin_us;
	a->ok = w->shaper.why == WORKED && !w->limited;
	a->wrote = w->shaper.wrote && !dry_run;
	text_copy(a->why, sizeof a->why, why, strlen(why));
	return true;
}

/* --- state --------------------------------------------------------------- */

struct shaper_line {
	int64_t dir, bps, writes, failures, held;
	char backend[WORD_MAX]; /* or transport; "": unknown */
};

/* clang-format off */
static const struct message_field shaper_fields[] = {
	FIELD_ENUM(shaper_line, "dir", dir, direction_names, DIRECTIONS),
	FIELD_INT(shaper_line, "bps", bps, false, 1, 1000000000000),
	FIELD_INT(shaper_line, "writes", writes, true, 0, (int64_t)1 << 53),
	FIELD_INT(shaper_line, "failures", failures, true, 0,
	    (int64_t)1 << 53),
	FIELD_TEXT(shaper_line, "backend", backend, MESSAGE_NAME, false),
	FIELD_INT(shaper_line, "held", held, false, 1, (int64_t)1 << 53),
};
/* clang-format on */
static const struct message_kind shaper_kind = { "shaper", shaper_fields,
	FIELD_COUNT(shaper_fields) };

const struct message_kind *const writer_kinds[] = { &shaper_kind,
	&message_applied, NULL };

/* The name of what is written to; for a router also the way, as each has its
 * own wear. "" for a dry run, which wears nothing and counts nothing. */
static const char *
backend_of(const struct settings *s)
{
	bool router = s->shaper.backend == BACKEND_ROUTER;
	size_t row = router ? settings_row("router", "transport") :
			      settings_row("shaper", "backend");

	if (s->shaper.backend == BACKEND_PRINT)
		return "";
	return setting_table[row]
	    .words[router ? (int)s->router.transport : (int)s->shaper.backend];
}

void
writer_describe(const struct writer w[static DIRECTIONS],
    const struct settings *s, const char *more,
    char out[static WRITER_TEXT_MAX])
{
	struct text t;

	text_init(&t, out, WRITER_TEXT_MAX);
	statefile_begin(&t, "wanctl-setrate", s->wan.name);
	for (int i = 0; i < DIRECTIONS; i++) {
		struct shaper_line line = { i,
			w[i].shaper.want != NONE ? w[i].shaper.want :
						   w[i].last.want,
			w[i].writes, w[i].failures,
			w[i].held > 0 ? w[i].held : NONE, "" };

		text_copy(line.backend, sizeof line.backend, backend_of(s),
		    strlen(backend_of(s)));
		statefile_add(&t, &shaper_kind, &line);
	}
	text_add(&t, more);
	statefile_live(&t);
	for (int i = 0; i < DIRECTIONS; i++)
		if (w[i].last.t_us != NONE)
			statefile_add(&t, &message_applied, &w[i].last);
}

static bool
is_allowed(const struct settings *s, int64_t dir, int64_t bps)
{
	return bps >= s->dir[dir].floor_bps[ZONE_RED] &&
	    bps <= s->dir[dir].ceiling_bps;
}

struct restoring {
	struct writer *w; /* of both directions */
	const struct settings *s;
};

/* A rate that was wanted before is not a decision now; it is only kept. The
 * writes and failures of another backend are not those of this one. */
static void
take_shaper(const struct restoring *to, const struct shaper_line *line)
{
	struct writer *w = &to->w[line->dir];
	const char *backend = backend_of(to->s);
	bool same = line->backend[0] == '\0' || *backend == '\0' ||
	    strcmp(line->backend, backend) == 0;

	w->writes = same ? line->writes : 0;
	w->failures = same ? line->failures : 0;
	w->held = same && line->held != NONE ? line->held : 0;
	if (w->last.want == NONE && is_allowed(to->s, line->dir, line->bps))
		w->last.want = line->bps;
}

/* The shaper's rates when the process before ended. */
static void
take_applied(const struct restoring *to, const struct applied *a)
{
	struct writer *w = &to->w[a->dir];

	if (strcmp(a->wan, to->s->wan.name) != 0 ||
	    !is_allowed(to->s, a->dir, a->want))
		return;
	w->last = *a;
	/* A dry run left nothing there. */
	if (strcmp(a->why, "dry_run") != 0)
		w->shaper.left = a->bps;
}

static const char *
take_line(void *user, const struct record *r)
{
	const struct restoring *to = user;
	union {
		struct shaper_line shaper;
		struct applied applied;
	} line;
	const char *why;
	const struct message_kind *kind = statefile_unpack(writer_kinds, &line,
	    r, &why);

	if (kind == &shaper_kind)
		take_shaper(to, &line.shaper);
	else if (kind == &message_applied)
		take_applied(to, &line.applied);
	return why;
}

const char *
writer_restore(struct writer w[static DIRECTIONS], const struct settings *s,
    const char *text)
{
	struct restoring to = { w, s };
	const char *why;

	for (int i = 0; i < DIRECTIONS; i++)
		writer_init(&w[i]);
	why = statefile_read(text, "wanctl-setrate", s->wan.name, take_line,
	    &to);
	for (int i = 0; i < DIRECTIONS && why != NULL; i++)
		writer_init(&w[i]);
	return why;
}

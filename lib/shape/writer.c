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
	*w = (struct writer){ .want_bps = NONE,
		.set_bps = NONE,
		.has_bps = NONE,
		.left_bps = NONE,
		.was_bps = NONE,
		.read_us = NEVER,
		.retry_us = NEVER,
		.spoke_us = NEVER };
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
	w->want_bps = bps;
	w->fresh = true;
	return NULL;
}

/* --- cycle --------------------------------------------------------------- */

static bool
must_reconcile(const struct writer *w, const struct settings *s, int64_t now_us)
{
	return now_us - w->read_us >= s->shaper.reconcile_us;
}

bool
writer_begin(struct writer *w, const struct settings *s, int64_t now_us)
{
	if (w->want_bps == NONE ||
	    (now_us < w->retry_us && !(w->limited && w->fresh)))
		return false;
	if (!w->fresh && w->why == NULL && !w->limited &&
	    !must_reconcile(w, s, now_us))
		return false;
	w->why = NULL;
	w->limited = false;
	w->read = w->tried = w->wrote = w->foreign = false;
	w->was_bps = w->has_bps;
	return true;
}

int64_t
writer_due_us(const struct writer *w, const struct settings *s)
{
	if (w->want_bps == NONE)
		return INT64_MAX;
	return w->why != NULL || w->limited ?
	    w->retry_us :
	    w->read_us + s->shaper.reconcile_us;
}

bool
writer_must_read(const struct writer *w, const struct settings *s,
    int64_t now_us)
{
	return w->has_bps == NONE || must_reconcile(w, s, now_us);
}

void
writer_read(struct writer *w, int64_t now_us, const char *why, int64_t bps)
{
	w->read = true;
	w->read_us = now_us;
	w->why = why;
	w->has_bps = w->was_bps = why == NULL ? bps : NONE;
	w->foreign = why == NULL && w->left_bps != NONE && bps != w->left_bps;
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
	int64_t most = number_part(w->has_bps, ppm);

	return w->has_bps != 0 &&
	    difference(w->want_bps, w->has_bps) <= (most > 7 ? most : 7);
}

bool
writer_must_write(const struct writer *w, const struct settings *s)
{
	int64_t ppm = s->shaper.deadband_ppm;

	if (w->want_bps < w->has_bps)
		ppm /= 2;
	if (w->exact && ppm > EXACT_PPM)
		ppm = EXACT_PPM;
	return w->why == NULL && w->has_bps != NONE && !is_within(w, ppm);
}

bool
writer_raises(const struct writer *w)
{
	return w->has_bps != 0 && w->want_bps > w->has_bps;
}

void
writer_limit(struct writer *w, int64_t until_us)
{
	w->limited = true;
	w->retry_us = until_us;
}

void
writer_wrote(struct writer *w, const struct settings *s, int64_t now_us,
    const char *set_why, const char *get_why, int64_t bps)
{
	bool known = set_why == NULL && get_why == NULL;

	w->tried = true;
	w->wrote = set_why == NULL;
	if (w->wrote) {
		w->set_bps = w->want_bps;
		w->exact = false;
	}
	w->read_us = now_us;
	w->has_bps = known ? bps : NONE;
	w->why = set_why != NULL ? set_why : get_why;
	if (known && !is_within(w, s->shaper.deadband_ppm))
		w->why = "not_taken";
}

/* --- report -------------------------------------------------------------- */

/* After a failure: when it is tried again. */
static int64_t
retry(const struct writer *w, int64_t now_us)
{
	int64_t pause_us = WRITER_RETRY_US;

	if (w->why == NULL)
		return NEVER;
	for (int64_t i = 1; i < w->failed && pause_us < WRITER_RETRY_MAX_US;
	     i++)
		pause_us *= 2;
	return now_us +
	    (pause_us < WRITER_RETRY_MAX_US ? pause_us : WRITER_RETRY_MAX_US);
}

static const char *
word(const struct writer *w, bool dry_run)
{
	return w->why != NULL      ? w->why :
	    w->limited             ? "limited" :
	    dry_run                ? "dry_run" :
	    w->wrote && w->foreign ? "reconciled" :
	    w->clamped             ? "clamped" :
				     "";
}

static bool
same_word(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_news(const struct writer *w, int64_t now_us)
{
	return !w->spoke || (w->wrote && w->why == NULL) ||
	    !same_word(w->why, w->spoken_why) ||
	    now_us - w->spoke_us >= WRITER_REPORT_US;
}

bool
writer_report(struct writer *w, const struct settings *s, enum direction dir,
    const struct writer_times *times, bool dry_run)
{
	const char *why = word(w, dry_run);
	struct applied *a = &w->last;

	w->fresh = false;
	w->failed = w->why != NULL ? w->failed + 1 : 0;
	if (!w->limited)
		w->retry_us = retry(w, times->end_us);
	if (w->has_bps != NONE)
		w->left_bps = w->has_bps;
	if (!dry_run) {
		w->writes += w->wrote;
		w->failures += w->tried && w->why != NULL;
	}
	if (!is_news(w, times->end_us))
		return false;
	w->spoke = true;
	w->spoke_us = times->end_us;
	w->spoken_why = w->why;
	message_clear(&message_applied, a);
	a->t_us = times->t_us;
	text_copy(a->wan, sizeof a->wan, s->wan.name, strlen(s->wan.name));
	a->dir = dir;
	a->bps = w->has_bps;
	a->was = w->was_bps;
	a->want = w->want_bps;
	a->took_us = times->end_us - times->begin_us;
	a->ok = w->why == NULL && !w->limited;
	a->wrote = w->wrote && !dry_run;
	text_copy(a->why, sizeof a->why, why, strlen(why));
	return true;
}

/* --- state --------------------------------------------------------------- */

struct shaper_line {
	int64_t dir, bps, writes, failures;
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
};
/* clang-format on */
static const struct message_kind shaper_kind = { "shaper", shaper_fields,
	FIELD_COUNT(shaper_fields) };

const struct message_kind *const writer_kinds[] = { &shaper_kind,
	&message_applied, NULL };

/* What is written to; of a router, how: each has its own wear. "" for a dry
 * run, which wears nothing and counts nothing. */
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
			w[i].want_bps != NONE ? w[i].want_bps : w[i].last.want,
			w[i].writes, w[i].failures, "" };

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

/* What was wanted before is no decision now; it is only kept. The writes and
 * failures of another backend are not those of this one. */
static void
take_shaper(const struct restoring *to, const struct shaper_line *line)
{
	struct writer *w = &to->w[line->dir];
	const char *backend = backend_of(to->s);
	bool same = line->backend[0] == '\0' || *backend == '\0' ||
	    strcmp(line->backend, backend) == 0;

	w->writes = same ? line->writes : 0;
	w->failures = same ? line->failures : 0;
	if (w->last.want == NONE && is_allowed(to->s, line->dir, line->bps))
		w->last.want = line->bps;
}

/* What the shaper had when the process before ended. */
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
		w->left_bps = a->bps;
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

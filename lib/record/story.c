/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/story.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "record/reason.h"
#include "record/zone.h"

/* --- parts of a line ------------------------------------------------------ */

static void
add_date(struct text *t, int64_t t_us)
{
	text_date(t, t_us, ' ');
	text_add(t, "  ");
}

static void
add_ms(struct text *t, int64_t us)
{
	char out[40];

	(void)snprintf(out, sizeof out, "%.1f ms", (double)us / 1000);
	text_add(t, us == NONE ? "unknown" : out);
}

static void
add_rate(struct text *t, int64_t bps)
{
	char out[40];

	(void)snprintf(out, sizeof out, "%.1f Mbit/s", (double)bps / 1000000);
	text_add(t, bps == NONE ? "unknown" : out);
}

static void
add_count(struct text *t, int64_t n, const char *what)
{
	if (n == NONE)
		return;
	text_add(t, ", ");
	text_int(t, n);
	text_add(t, what);
}

/* A word, filled up with blanks. */
static void
add_column(struct text *t, const char *word, size_t width)
{
	text_add(t, word);
	for (size_t i = strlen(word); i < width; i++)
		text_add(t, " ");
	text_add(t, " ");
}

/* The line's name, in a column: records may lack one. */
static const char *
name_of(const char *wan)
{
	return wan[0] != '\0' ? wan : "-";
}

/* Whether the key is another one than the last time. */
static bool
is_news(struct story *s, const char *about, const char *key)
{
	for (size_t i = 0; i < s->count; i++) {
		struct story_last *last = &s->last[i];

		if (strcmp(last->about, about) != 0)
			continue;
		if (strcmp(last->key, key) == 0)
			return false;
		text_copy(last->key, sizeof last->key, key, strlen(key));
		return true;
	}
	if (s->count < STORY_LINES) {
		struct story_last *last = &s->last[s->count++];

		text_copy(last->about, sizeof last->about, about,
		    strlen(about));
		text_copy(last->key, sizeof last->key, key, strlen(key));
	}
	return true;
}

/* --- kinds ---------------------------------------------------------------- */

#define ABOUT (2 * WAN_MAX + WORD_MAX)
#define KEY (4 * WORD_MAX)

static enum story_got
tell_rate(struct story *s, const struct rate *r, struct text *t)
{
	char about[ABOUT], key[KEY];

	(void)snprintf(about, sizeof about, "rate %s %s", name_of(r->wan),
	    direction_names[r->dir]);
	(void)snprintf(key, sizeof key, "%s %s", zone_names[r->state], r->why);
	if (!is_news(s, about, key))
		return STORY_NOTHING;
	add_date(t, r->t_us);
	text_add(t, about + strlen("rate "));
	text_add(t, "  ");
	add_column(t, zone_names[r->state], 9);
	if (r->bps != NONE)
		add_rate(t, r->bps);
	if (r->bps != NONE && r->was != NONE && r->was != r->bps) {
		text_add(t, ", was ");
		add_rate(t, r->was);
	}
	if (r->bps != NONE)
		text_add(t, ": ");
	text_add(t, reason_rate_sentence(r->why));
	if (r->delta_us != NONE) {
		text_add(t, "; delay ");
		add_ms(t, r->delta_us);
	}
	if (r->base_us != NONE) {
		text_add(t, " above ");
		add_ms(t, r->base_us);
	}
	add_count(t, r->load, " % used");
	return STORY_TOLD;
}

static enum story_got
tell_applied(struct story *s, const struct applied *a, struct text *t)
{
	char about[ABOUT], key[KEY];

	(void)snprintf(about, sizeof about, "applied %s %s", name_of(a->wan),
	    direction_names[a->dir]);
	(void)snprintf(key, sizeof key, "%d %s", a->ok == 1, a->why);
	if (!is_news(s, about, key))
		return STORY_NOTHING;
	add_date(t, a->t_us);
	text_add(t, about + strlen("applied "));
	text_add(t, "  ");
	add_column(t, "shaper", 9);
	if (a->ok != 1) {
		text_add(t, "FAILED: ");
		text_add(t, a->why[0] != '\0' ? a->why : "not known why");
		if (a->want != NONE) {
			text_add(t, "; wanted ");
			add_rate(t, a->want);
		}
		return STORY_TOLD;
	}
	text_add(t, "has ");
	add_rate(t, a->bps);
	if (a->wrote == 1 && a->took_us != NONE) {
		text_add(t, ", set in ");
		add_ms(t, a->took_us);
	}
	if (a->why[0] != '\0') {
		text_add(t, " (");
		text_add(t, a->why);
		text_add(t, ")");
	}
	return STORY_TOLD;
}

static void
add_pair(struct text *t, const char *wan, const char *to)
{
	text_add(t, name_of(wan));
	text_add(t, " -> ");
	text_add(t, name_of(to));
	text_add(t, "  ");
}

static enum story_got
tell_steer(struct story *s, const struct steer *d, struct text *t)
{
	char about[ABOUT], key[KEY], word[40];
	bool news;

	(void)snprintf(about, sizeof about, "steer %s %s", d->wan, d->to);
	(void)snprintf(key, sizeof key, "%d %s %d %d", d->on == 1, d->why,
	    (int)d->alternate, d->dry_run == 1);
	news = is_news(s, about, key);
	if (!news && d->changed != 1)
		return STORY_NOTHING;
	add_date(t, d->t_us);
	add_pair(t, d->wan, d->to);
	(void)snprintf(word, sizeof word, "%s%s",
	    d->changed == 1 ? d->on == 1 ? "DIVERTED" : "RETURNED" :
		d->on == 1  ? "away" :
			      "home",
	    d->dry_run == 1 ? " (dry run)" : "");
	add_column(t, word, 20);
	text_add(t, reason_steer_sentence(d->why));
	text_add(t, "; ");
	text_add(t, vote_names[d->state]);
	if (d->confidence != NONE) {
		text_add(t, ", score ");
		text_int(t, d->confidence);
	}
	text_add(t, "; delay ");
	add_ms(t, d->delta_us);
	text_add(t, ", round trip ");
	add_ms(t, d->rtt_us);
	text_add(t, " against ");
	add_ms(t, d->to_rtt_us);
	add_count(t, d->drops, " drops");
	add_count(t, d->queued, " waiting");
	text_add(t, " (");
	text_add(t, d->signals[0] != '\0' ? d->signals : "no signal");
	text_add(t, ")");
	return STORY_TOLD;
}

static enum story_got
tell_diverted(struct story *s, const struct diverted *d, struct text *t)
{
	(void)s;
	add_date(t, d->t_us);
	add_pair(t, d->wan, d->to);
	add_column(t, "diverter", 20);
	if (d->ok != 1) {
		text_add(t, "FAILED: ");
		text_add(t, d->why);
		text_add(t, d->want == 1 ? "; wanted on" : "; wanted off");
		return STORY_TOLD;
	}
	text_add(t, d->on == 1 ? "is on" : "is off");
	if (d->wrote == 1) {
		text_add(t, ", switched in ");
		add_ms(t, d->took_us);
	}
	if (d->why[0] != '\0') {
		text_add(t, " (");
		text_add(t, d->why);
		text_add(t, ")");
	}
	return STORY_TOLD;
}

static const struct message_kind *
kind_of(const struct record *r)
{
	static const struct message_kind *const kinds[] = { &message_rate,
		&message_applied, &message_steer, &message_diverted };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (slice_is(r->kind, kinds[i]->kind))
			return kinds[i];
	return NULL;
}

enum story_got
story_tell(struct story *s, const struct record *r,
    char text[static STORY_TEXT], const char **culprit, const char **why)
{
	const struct message_kind *kind = kind_of(r);
	union {
		struct rate rate;
		struct applied applied;
		struct steer steer;
		struct diverted diverted;
	} m;
	struct text t;

	if (kind == NULL)
		return STORY_NOTHING;
	if ((*why = message_unpack(kind, &m, r, culprit)) != NULL)
		return STORY_BAD;
	s->decisions = true;
	text_init(&t, text, STORY_TEXT);
	if (kind == &message_rate)
		return tell_rate(s, &m.rate, &t);
	if (kind == &message_applied)
		return tell_applied(s, &m.applied, &t);
	if (kind == &message_steer)
		return tell_steer(s, &m.steer, &t);
	return tell_diverted(s, &m.diverted, &t);
}

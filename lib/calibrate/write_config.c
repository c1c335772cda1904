/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/write_config.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "calibrate/calibrate_args.h"
#include "conf/conf_edit.h"

#define MS 1000
#define CHANGES 256     /* all keys, and hosts on several lines */
#define WORDS_MAX 32768 /* room for any values and reasons */
#define HEADER "# Written by wanctl-calibrate on "
#define SETUP_HEADER "# Written by wanctl-setup for a "

static const char *const sections[DIRECTIONS] = { "download", "upload" };

static bool
is_chosen(const struct setting *row)
{
	static const char *const dropped[] = { "floor_soft_red", "floor_yellow",
		"floor_green", "step" };
	enum direction dir = strcmp(row->section, "upload") == 0 ? UP : DOWN;

	if (strcmp(row->section, "baseline") == 0)
		return strcmp(row->key, "initial") == 0;
	if (strcmp(row->section, sections[dir]) != 0)
		return false;
	for (size_t i = 0; i < CHOSEN_KEYS; i++)
		if (strcmp(row->key, chosen_keys[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
		if (strcmp(row->key, dropped[i]) == 0)
			return true;
	return false;
}

/* Changes on their way to conf_edit. */
struct writing {
	struct conf_change changes[CHANGES];
	size_t count;
	struct text words;
	char buf[WORDS_MAX];
};

static const char *
keep_word(struct writing *w, const char *word)
{
	const char *kept = w->buf + w->words.len;

	text_bytes(&w->words, word, strlen(word) + 1);
	return w->words.full ? "" : kept;
}

/* An empty value takes the key away; `why` may be NULL. */
static void
change(struct writing *w, const char *section, const char *key,
    const char *value, const char *why)
{
	if (w->count == CHANGES) {
		w->words.full = true;
		return;
	}
	w->changes[w->count++] = (struct conf_change){ section, key,
		keep_word(w, value), why == NULL ? NULL : keep_word(w, why),
		false };
}

#define WHY_MAX 640

static double
mbit(int64_t bps)
{
	return (double)bps / 1e6;
}

/* How far a rate can be relied on. */
static void
add_proof(const struct direction_result *o, struct text *t)
{
	if (o->proof.end == VERIFY_KEPT)
		text_format(t, "checked: a load at this rate added %.1f ms\n",
		    (double)o->after.bloat_us / MS);
	else
		text_format(t, "UNPROVEN: %s; calibrate again with more time\n",
		    verify_text(o->proof.end));
}

/* The reason for a ceiling that was searched. */
static void
add_found(const struct direction_result *o, const char *why, struct text *t)
{
	add_proof(o, t);
	text_format(t,
	    "the edge is within 2.5%% of it with a probability of %lld%%, "
	    "and from %.2f to %.2f Mbit/s with 90%%\n",
	    (long long)o->best.confidence_percent, mbit(o->best.low_bps),
	    mbit(o->best.high_bps));
	text_add(t,
	    o->has_after ?
		why :
		"no probe had this rate; lower ones kept the target");
}

/* The reason for a rate of a line that changes. */
static void
add_held(const struct direction_result *o, enum capacity_held k, struct text *t)
{
	const struct capacity *c = &o->capacity;

	if (k == HELD_CEILING)
		text_format(t,
		    "the line changes: from %.2f to %.2f Mbit/s in %.0f s of "
		    "load\n",
		    mbit(c->window[0].bps), mbit(c->window[c->n - 1].bps),
		    (double)c->us / 1e6);
	if (k == HELD_FLOOR)
		add_proof(o, t);
	text_format(t,
	    "it carried this or more for %d%% of the time; from %.2f to %.2f "
	    "Mbit/s with 90%%",
	    capacity_percent[k], mbit(o->held[k].low_bps),
	    mbit(o->held[k].high_bps));
	if (k == HELD_FLOOR)
		text_add(t,
		    ", of which the low end is taken\n"
		    "put in what the line has at its worst hour, if that is "
		    "less");
}

/* Values and reasons of a direction. */
static void
choose(const struct write_config *c, const struct direction_result *o,
    struct chosen chosen[static CHOSEN_KEYS])
{
	int64_t bps[CHOSEN_FLOOR + 1];

	for (int k = CHOSEN_CEILING; k <= CHOSEN_FLOOR; k++)
		bps[k] = o->held[k].bps / 1000 * 1000;
	if (o->changes)
		preset_known(c->preset, c->measured, bps, c->target_us, chosen);
	else
		preset_values(c->preset, c->measured, o->best.bps / 1000 * 1000,
		    c->target_us, chosen);
}

static void
add_chosen(const struct write_config *c, enum direction dir, struct writing *w)
{
	const struct direction_result *o = &c->outcome[dir];
	struct chosen chosen[CHOSEN_KEYS];
	char value[NUMBER_TEXT_MAX], why[WHY_MAX];
	struct text t;

	choose(c, o, chosen);
	for (int k = 0; k < CHOSEN_KEYS; k++) {
		if (k <= CHOSEN_FLOOR)
			number_rate_text(value, chosen[k].value / 1000 * 1000);
		else
			number_duration_text(value,
			    (chosen[k].value + 999) / 1000 * 1000);
		text_init(&t, why, sizeof why);
		if (o->changes && k <= CHOSEN_FLOOR)
			add_held(o, (enum capacity_held)k, &t);
		else if (k == CHOSEN_CEILING)
			add_found(o, chosen[k].why, &t);
		else
			text_add(&t, chosen[k].why);
		change(w, sections[dir], chosen_keys[k], value, why);
	}
}

/* Not for a shaper, but to know how much of the line is used. */
static void
add_carried(const struct write_config *c, enum direction dir, struct writing *w)
{
	const struct direction_result *o = &c->outcome[dir];
	char value[NUMBER_TEXT_MAX];

	if (!o->has_raw || o->raw.throughput_bps < 1000)
		return;
	number_rate_text(value, o->raw.throughput_bps / 1000 * 1000);
	change(w, sections[dir], "ceiling", value,
	    "what a load carried; not set, as managed is no");
}

static void
add_baseline(const struct write_config *c, struct writing *w)
{
	const struct measured *m = c->measured;
	char value[NUMBER_TEXT_MAX], why[160];

	if (m->idle_us > c->settings->baseline.max_us)
		return;
	number_duration_text(value,
	    m->idle_us >= 200 ? m->idle_us / 100 * 100 : 100);
	(void)snprintf(why, sizeof why,
	    "the idle line's median, with a jitter of %.1f ms",
	    (double)m->jitter_us / MS);
	change(w, "baseline", "initial", value, why);
}

/* Keys from this line on; see CALIBRATE_ARGS_LINE. */
static void
add_given(const struct settings *s, const char *section, int from,
    struct writing *w)
{
	char value[SETTINGS_VALUE_MAX];

	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (strcmp(row->section, section) != 0 || s->line[i] < from ||
		    is_chosen(row))
			continue;
		for (size_t at = 0; settings_value_line(s, i, &at, value);)
			change(w, section, row->key, value, NULL);
	}
}

/* Rows of hosts whose hosts gave way to those of the command line. */
static void
drop_hosts(const struct settings *s, const char *section, struct writing *w)
{
	char value[SETTINGS_VALUE_MAX];

	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		size_t at = 0;

		if (row->type == SETTING_HOSTS && s->line[i] > 0 &&
		    strcmp(row->section, section) == 0 &&
		    !settings_value_line(s, i, &at, value))
			change(w, section, row->key, "", NULL);
	}
}

/* Chosen keys that were there and get no other value are of another time. */
static void
drop_chosen(const struct settings *s, const char *section, struct writing *w)
{
	size_t before = w->count;

	for (int dir = 0; dir < DIRECTIONS; dir++)
		if (strcmp(section, sections[dir]) == 0 &&
		    s->dir[dir].managed == 0)
			return;

	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		bool is_new = false;

		if (strcmp(row->section, section) != 0 || s->line[i] <= 0 ||
		    !is_chosen(row))
			continue;
		for (size_t n = 0; n < before && !is_new; n++)
			is_new = strcmp(w->changes[n].section, section) == 0 &&
			    strcmp(w->changes[n].key, row->key) == 0;
		if (!is_new)
			change(w, section, row->key, "", NULL);
	}
}

/* Keys that this kind of line wants, unless they were given otherwise. */
static void
add_extras(const struct write_config *c, const char *section, struct writing *w)
{
	for (size_t i = 0; i < PRESET_EXTRAS; i++) {
		const struct preset_extra *e = &preset_extras[i];

		if (strcmp(e->preset, c->preset->name) == 0 &&
		    strcmp(e->section, section) == 0 &&
		    c->settings->line[settings_row(e->section, e->key)] <= 0)
			change(w, section, e->key, e->value, e->why);
	}
}

static void
add_section(const struct write_config *c, const char *section,
    struct writing *w)
{
	add_given(c->settings, section,
	    *c->text == '\0' ? 1 : CALIBRATE_ARGS_LINE, w);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (strcmp(section, sections[dir]) != 0)
			continue;
		else if (c->settings->dir[dir].managed != 0)
			add_chosen(c, dir, w);
		else
			add_carried(c, dir, w);
	if (strcmp(section, "baseline") == 0)
		add_baseline(c, w);
	drop_chosen(c->settings, section, w);
	drop_hosts(c->settings, section, w);
	add_extras(c, section, w);
}

/* Without so many lines, if it begins with that. */
static const char *
without(const char *text, const char *begin, int lines)
{
	if (strncmp(text, begin, strlen(begin)) != 0)
		return text;
	for (int i = 0; i < lines; i++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return text;
}

/* Its text after the lines that say what kind of line it is, by an earlier
 * calibration and by the set-up. */
static const char *
without_header(const char *text)
{
	return without(without(text, HEADER, 2), SETUP_HEADER, 1);
}

void
write_config(const struct write_config *c, struct text *t)
{
	const char *base = without_header(c->text);
	struct writing w;

	text_format(t, HEADER "%s for a %s line:\n# %s.\n", c->date,
	    c->preset->name, c->preset_why);
	/* A comment of somebody else stays apart. */
	if (base == c->text && *base != '\0')
		text_add(t, "\n");
	w.count = 0;
	text_init(&w.words, w.buf, sizeof w.buf);
	for (size_t i = 0; i < setting_count; i++)
		if (settings_begins_section(i))
			add_section(c, setting_table[i].section, &w);
	if (w.words.full)
		t->full = true;
	else
		conf_edit(t, base, w.changes, w.count);
}

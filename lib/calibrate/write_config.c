/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/write_config.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define MS 1000
#define LONG_VALUE 150 /* nothing to spare for blanks: see conf_load */

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

static void
add_key(struct text *t, const char *why, const char *key, const char *value)
{
	text_add(t, "# ");
	text_add(t, why);
	text_add(t, "\n");
	text_add(t, key);
	text_add(t, " = ");
	text_add(t, value);
	text_add(t, "\n");
}

/* How far the rate below can be relied on. */
static void
add_proof(const struct direction_result *o, struct text *t)
{
	char line[256];

	if (o->proof.end == VERIFY_KEPT)
		(void)snprintf(line, sizeof line,
		    "# checked: a load at this rate added %.1f ms\n",
		    (double)o->after.bloat_us / MS);
	else
		(void)snprintf(line, sizeof line,
		    "# UNPROVEN: %s; calibrate again with more time\n",
		    verify_text(o->proof.end));
	text_add(t, line);
	(void)snprintf(line, sizeof line,
	    "# the edge is within 2.5%% of it with a probability of %lld%%, "
	    "and from %.2f to %.2f Mbit/s with 90%%\n",
	    (long long)o->best.confidence_percent,
	    (double)o->best.low_bps / 1e6, (double)o->best.high_bps / 1e6);
	text_add(t, line);
}

static void
add_chosen(const struct write_config *c, enum direction dir, struct text *t)
{
	const struct direction_result *o = &c->outcome[dir];
	struct chosen chosen[CHOSEN_KEYS];
	char value[NUMBER_TEXT_MAX];

	preset_values(c->preset, c->measured, o->best.bps / 1000 * 1000,
	    c->target_us, chosen);
	for (int k = 0; k < CHOSEN_KEYS; k++) {
		const char *why = chosen[k].why;

		if (k <= CHOSEN_FLOOR)
			number_rate_text(value, chosen[k].value / 1000 * 1000);
		else
			number_duration_text(value,
			    (chosen[k].value + 999) / 1000 * 1000);
		if (k == CHOSEN_CEILING)
			add_proof(o, t);
		if (k == CHOSEN_CEILING && !o->has_after)
			why = "no probe had this rate; lower ones kept the "
			      "target";
		add_key(t, why, chosen_keys[k], value);
	}
}

static void
add_baseline(const struct write_config *c, struct text *t)
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
	add_key(t, why, "initial", value);
}

static void
add_given(const struct settings *s, const char *section, bool all,
    struct text *t)
{
	char value[SETTINGS_VALUE_MAX];

	if (*section != '\0') {
		text_add(t, "\n[");
		text_add(t, section);
		text_add(t, "]\n");
	}
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (strcmp(row->section, section) != 0 || s->line[i] <= 0 ||
		    (!all && is_chosen(row)))
			continue;
		for (size_t at = 0; settings_value_line(s, i, &at, value);) {
			text_add(t, row->key);
			text_add(t, strlen(value) > LONG_VALUE ? "=" : " = ");
			text_add(t, value);
			text_add(t, "\n");
		}
	}
}

/* A key that this kind of line wants, unless it was given otherwise. */
static bool
is_wanted(const struct write_config *c, const struct preset_extra *e,
    const char *section)
{
	return strcmp(e->preset, c->preset->name) == 0 &&
	    strcmp(e->section, section) == 0 &&
	    c->settings->line[settings_row(e->section, e->key)] <= 0;
}

static void
add_extras(const struct write_config *c, const char *section, struct text *t)
{
	for (size_t i = 0; i < PRESET_EXTRAS; i++) {
		const struct preset_extra *e = &preset_extras[i];

		if (is_wanted(c, e, section))
			add_key(t, e->why, e->key, e->value);
	}
}

static void
add_section(const struct write_config *c, const char *section, struct text *t)
{
	add_given(c->settings, section, false, t);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (strcmp(section, sections[dir]) == 0)
			add_chosen(c, dir, t);
	if (strcmp(section, "baseline") == 0)
		add_baseline(c, t);
	add_extras(c, section, t);
}

static bool
has_given(const struct settings *s, const char *section)
{
	for (size_t i = 0; i < setting_count; i++)
		if (strcmp(setting_table[i].section, section) == 0 &&
		    s->line[i] > 0)
			return true;
	return false;
}

static bool
has_section(const struct write_config *c, const char *section)
{
	for (size_t i = 0; i < PRESET_EXTRAS; i++)
		if (is_wanted(c, &preset_extras[i], section))
			return true;
	return strcmp(section, "baseline") == 0 ||
	    strcmp(section, sections[DOWN]) == 0 ||
	    strcmp(section, sections[UP]) == 0 ||
	    has_given(c->settings, section);
}

void
compose_given(const struct settings *s, struct text *t)
{
	const char *section = NULL;

	for (size_t i = 0; i < setting_count; i++) {
		const char *next = setting_table[i].section;

		if (section != NULL && strcmp(next, section) == 0)
			continue;
		section = next;
		if (has_given(s, section))
			add_given(s, section, true, t);
	}
}

void
compose(const struct write_config *c, struct text *t)
{
	const char *section = "";
	char line[320];

	(void)snprintf(line, sizeof line,
	    "# Written by wanctl-calibrate on %s for a %s line:\n# %s.\n"
	    "schema = 1\n",
	    c->date, c->preset->name, c->preset_why);
	text_add(t, line);
	for (size_t i = 0; i < setting_count; i++) {
		const char *next = setting_table[i].section;

		if (strcmp(next, section) == 0)
			continue;
		section = next;
		if (has_section(c, section))
			add_section(c, section, t);
	}
}

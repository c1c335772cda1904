/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/import.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"

/* ln(x) for 0 < x < 1, by the series of 2 artanh((x - 1) / (x + 1)) after
 * halvings; libm is not for pure modules. */
static double
natural_log(double x)
{
	const double ln2 = 0.69314718055994530942;
	double halvings = 0, z, power, sum = 0;

	for (; x < 0.7; x *= 2)
		halvings++;
	z = (x - 1) / (x + 1);
	power = z;
	for (int i = 1; i < 40; i += 2, power *= z * z)
		sum += power / i;
	return 2 * sum - halvings * ln2;
}

int64_t
import_time_constant(int64_t alpha_ppm, int64_t interval_us)
{
	double keep = (double)(NUMBER_PPM - alpha_ppm) / NUMBER_PPM;

	return (int64_t)((double)interval_us / -natural_log(keep) + 0.5);
}

const struct import_rule *
import_find(const struct import_rule rules[], const char *path)
{
	const struct import_rule *r = rules;

	for (;; r++) {
		size_t len = strlen(r->path);

		if (strcmp(r->path, path) == 0)
			return r;
		if (r->path[len - 1] == '*' &&
		    strncmp(r->path, path, len - 1) == 0)
			return r;
	}
}

const char *
import_alpha(const char *value, int64_t interval_us, char *out, size_t size)
{
	int64_t alpha, tau_us = 0;
	const char *why = number_ratio(value, strlen(value), 1, NUMBER_PPM,
	    &alpha);

	if (why != NULL)
		return why;
	/* The newest sample alone. */
	if (alpha < NUMBER_PPM)
		tau_us = import_time_constant(alpha, interval_us);
	snprintf(out, size, "%lldms", (long long)(tau_us + 500) / 1000);
	return NULL;
}

void
import_unit(const char *value, const char *unit, char *out, size_t size)
{
	int places = strcmp(unit, "ms") == 0 ? 3 : 6;
	const char *dot = strchr(value, '.');
	int len = (int)strlen(value);

	if (dot != NULL && strspn(dot + 1, "0123456789") == strlen(dot + 1)) {
		if (len > dot - value + 1 + places)
			len = (int)(dot - value) + 1 + places;
		while (len > 0 && value[len - 1] == '0')
			len--;
		if (len > 0 && value[len - 1] == '.')
			len--;
	}
	snprintf(out, size, "%.*s%s", len, value, unit);
}

const char *
import_set(struct settings *s, const char *section, const char *key,
    const char *value)
{
	size_t row = settings_row(section, key);
	int line = row < setting_count ? s->line[row] : 0;
	const char *why;

	/* One of a list; and what is said twice counts the last time. */
	if (row < setting_count)
		s->line[row] = 0;
	why = settings_set(s, section, key, value, 1);
	if (why != NULL && row < setting_count)
		s->line[row] = line;
	return why;
}

void
import_note(struct import_note *n, enum import_fate fate, const char *text)
{
	n->fate = fate;
	snprintf(n->text, sizeof n->text, "%s", text);
}

/* Why not, and what would be taken. */
void
import_refuse(struct import_note *note, const struct import_rule *r,
    const char *why)
{
	char range[SETTINGS_RANGE_MAX];

	note->fate = IMPORT_DROPPED;
	settings_range(settings_row(r->section, r->key), range);
	snprintf(note->text, sizeof note->text,
	    *range != '\0' ? "%.80s; [%s] %s must be %s" : "%.80s", why,
	    r->section, r->key, range);
}

void
import_take(struct settings *s, const struct import_rule *r, const char *theirs,
    const char *ours, struct import_note *note)
{
	const char *why = import_set(s, r->section, r->key, ours);

	if (why != NULL) {
		import_refuse(note, r, why);
		return;
	}
	note->fate = strcmp(ours, theirs) == 0 ? IMPORT_CARRIED :
						 IMPORT_CHANGED;
	snprintf(note->text, sizeof note->text, "[%s] %s = %s", r->section,
	    r->key, ours);
}

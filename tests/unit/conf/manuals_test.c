/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manuals against the tables: every kind, key, range and default. */
#include "../tap.h"
#include "assess/assess.h"
#include "base/number.h"
#include "base/text.h"
#include "conf/settings.h"
#include "monitor/alerting.h"
#include "monitor/health.h"
#include "record/statefile.h"
#include "router/router_pause.h"
#include "router/router_protocol.h"
#include "shape/writer.h"
#include "steer/steer.h"

#define PAGE_MAX 200000

static char page[PAGE_MAX];

/* Reads man/NAME; tests are run at the top of the source, or WANCTL_TOP says
 * where that is. */
static void
read_page(const char *name)
{
	const char *top = getenv("WANCTL_TOP");
	char path[512];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/man/%s", top != NULL ? top : ".", name);
	if ((f = fopen(path, "r")) != NULL) {
		len = fread(page, 1, sizeof page - 1, f);
		fclose(f);
	}
	page[len] = '\0';
	ok(len > 0 && len < sizeof page - 1, "%s is read", path);
}

/* The line after the one at p; NULL at the end. */
static const char *
next_line(const char *p)
{
	p = strchr(p, '\n');
	return p == NULL ? NULL : p + 1;
}

/* The first line from p to end that begins with `prefix`, and there with a
 * whole word. */
static const char *
find_line(const char *p, const char *end, const char *prefix)
{
	size_t len = strlen(prefix);

	for (; p != NULL && (end == NULL || p < end); p = next_line(p))
		if (strncmp(p, prefix, len) == 0 &&
		    (p[len] == ' ' || p[len] == '\n'))
			return p;
	return NULL;
}

/* The part under a heading; *end is where the next one begins. */
static const char *
find_part(const char *name, const char **end)
{
	char heading[100];
	const char *start, *other;

	snprintf(heading, sizeof heading, ".Ss %s", name);
	start = find_line(page, NULL, heading);
	if (start == NULL)
		return NULL;
	start = next_line(start);
	*end = find_line(start, NULL, ".Ss");
	other = find_line(start, NULL, ".Sh");
	if (*end == NULL || (other != NULL && other < *end))
		*end = other;
	return start;
}

/* The text goes on like this, over ends of lines. */
static bool
goes_on(const char *p, const char *what)
{
	for (; *what != '\0'; p++, what++)
		if (*p != *what && !(*p == '\n' && *what == ' '))
			return false;
	return *p != '\0' && strchr(".,;", *p) != NULL;
}

/* In the part from start to end the key has an entry, which begins with
 * `what` and then a '.', ',' or ';'. */
static void
check_entry(const char *start, const char *end, const char *part,
    const char *key, const char *what)
{
	char item[100];
	const char *p;

	snprintf(item, sizeof item, ".It Cm %s", key);
	p = find_line(start, end, item);
	if (!ok(p != NULL, "%s has the key %s", part, key))
		return;
	ok(find_line(next_line(p), end, item) == NULL, "only once");
	p = next_line(p);
	if (!ok(goes_on(p, what), "with \"%s\"", what))
		printf("#   found: %.*s\n", (int)strcspn(p, "\n"), p);
}

/* Every entry of the part is a key of the table. */
static void
check_no_more(const char *start, const char *end, const char *part,
    size_t count)
{
	size_t found = 0;

	for (; start != NULL && (end == NULL || start < end);
	     start = next_line(start))
		found += strncmp(start, ".It Cm ", 7) == 0;
	is_int(found, count, "%s has no other keys", part);
}

/* --- wanctl-records(5) -------------------------------------------------- */

static void
describe_field(const struct message_field *f, struct text *t)
{
	text_add(t, f->required ? "Required; " : "Optional; ");
	switch (f->type) {
	case MESSAGE_NAME:
		text_add(t, "a name");
		break;
	case MESSAGE_HOST:
		text_add(t, "an address");
		break;
	case MESSAGE_TEXT:
		text_add(t, "any characters");
		break;
	case MESSAGE_ENUM:
		for (int64_t i = 0; i <= f->hi; i++) {
			text_add(t, i > 0 ? ", " : "");
			text_add(t, f->words[i]);
		}
		break;
	default:
		text_int(t, f->lo);
		if (f->hi == f->lo)
			break;
		text_add(t, " to ");
		text_int(t, f->hi);
	}
}

static void
check_kind(const struct message_kind *k)
{
	const char *end = NULL, *start = find_part(k->kind, &end);
	char what[200];
	struct text t;

	if (!ok(start != NULL, "wanctl-records(5) has the kind %s", k->kind))
		return;
	for (size_t i = 0; i < k->count; i++) {
		text_init(&t, what, sizeof what);
		describe_field(&k->fields[i], &t);
		check_entry(start, end, k->kind, k->fields[i].key, what);
	}
	check_no_more(start, end, k->kind, k->count);
}

static void
check_kinds(const struct message_kind *const *kinds)
{
	for (size_t i = 0; kinds[i] != NULL; i++)
		check_kind(kinds[i]);
}

/* --- wanctl.conf(5) ----------------------------------------------------- */

/* The same key of the other direction, the row itself elsewhere. */
static const struct setting *
twin_of(const struct setting *row)
{
	size_t twin = strcmp(row->section, "download") == 0 ?
	    settings_row("upload", row->key) :
	    setting_count;

	return twin < setting_count ? &setting_table[twin] : row;
}

static void
describe_default(const struct setting *row, struct text *t)
{
	const char *usual = row->fallback, *other = twin_of(row)->fallback;

	if (usual == NULL) {
		text_add(t, "Required");
	} else if (*usual == '\0') {
		text_add(t, "Unset by default");
	} else if (*usual == '=' && strchr(usual, '%') != NULL) {
		text_add(t, "Default: ");
		text_bytes(t, usual + 1, strcspn(usual + 1, "%"));
		text_add(t, "% of ");
		text_add(t, strchr(usual, '%') + 1);
	} else if (*usual == '=') {
		text_add(t, "Default: the value of ");
		text_add(t, usual + 1);
	} else if (strcmp(usual, other) != 0) {
		text_add(t, "Default ");
		text_add(t, usual);
		text_add(t, " for the download and ");
		text_add(t, other);
		text_add(t, " for the upload");
	} else {
		text_add(t, "Default ");
		text_add(t, usual);
	}
}

static void
check_setting(size_t i)
{
	const struct setting *row = &setting_table[i];
	const char *end = NULL, *start;
	char part[64], what[300], range[SETTINGS_RANGE_MAX];
	struct text t;

	if (row->section[0] == '\0')
		snprintf(part, sizeof part, "Top of the file");
	else if (strcmp(row->section, "download") == 0)
		snprintf(part, sizeof part, "[download] and [upload]");
	else
		snprintf(part, sizeof part, "[%s]", row->section);
	start = find_part(part, &end);
	if (!ok(start != NULL, "wanctl.conf(5) has the section %s", part))
		return;
	text_init(&t, what, sizeof what);
	describe_default(row, &t);
	settings_range(i, range);
	if (*range != '\0') {
		text_add(&t, row->type == SETTING_WORD ? "; one of " : "; ");
		text_add(&t, range);
	}
	check_entry(start, end, part, row->key, what);
}

static void
check_settings(void)
{
	size_t keys = 0, found = 0;
	const char *end = find_line(page, NULL, ".Ss Rules across keys");

	for (size_t i = 0; i < setting_count; i++) {
		if (strcmp(setting_table[i].section, "upload") == 0)
			continue;
		check_setting(i);
		keys++;
	}
	for (const char *p = page; p != NULL && end != NULL && p < end;
	     p = next_line(p))
		found += strncmp(p, ".It Cm ", 7) == 0;
	is_int(found, keys, "wanctl.conf(5) has no other keys");
}

/* Each word is an entry below "Reasons", alone or in a row, except the first,
 * which is in no record. */
static void
check_reasons(const struct reason reasons[], size_t count)
{
	const char *end, *start = find_part("Reasons", &end);

	for (size_t i = 1; i < count; i++) {
		const char *word = reasons[i].word;
		bool found = false;

		for (const char *p = start; p != NULL && end != NULL && p < end;
		     p = next_line(p)) {
			const char *at = strncmp(p, ".It Cm ", 7) == 0 ?
			    strstr(p, word) :
			    NULL;

			found = found ||
			    (at != NULL && at < next_line(p) && at[-1] == ' ' &&
				strchr(" \n", at[strlen(word)]) != NULL);
		}
		ok(found, "the manual explains the reason %s", word);
		ok(reasons[i].sentence != NULL && *reasons[i].sentence != '\0',
		    "... and there is a sentence for it");
	}
}

static const struct message_kind *const state_kinds[] = { &statefile_head,
	&statefile_live_kind, NULL };

int
main(void)
{
	read_page("wanctl-records.5");
	check_kinds(message_kinds);
	check_kinds(request_kinds);
	check_kinds(state_kinds);
	check_kinds(assess_kinds);
	check_kinds(tally_kinds);
	check_kinds(law_adaptive.kinds);
	check_kinds(law_classic.kinds);
	check_kinds(writer_kinds);
	check_kinds(router_pause_kinds);
	check_kinds(health_kinds);
	check_kinds(alerting_kinds);
	check_kinds(steer_kinds);
	read_page("wanctl.conf.5");
	check_settings();
	read_page("wanctl-assess.8");
	check_reasons(rate_reasons, RATE_REASONS);
	read_page("wanctl-steer.8");
	check_reasons(steer_reasons, STEER_REASONS);
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/tc_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "record/messages.h"

#define END_WORD "WANCTL-END "
#define OK_WORD "WANCTL-OK"
#define BURST_MIN 1600 /* bytes: one packet, as tc gives by default */
#define BURST_STEP 64
#define BURST_MOST 1000000000

/* --- names and rates -------------------------------------------------------*/

static bool
is_made_of(const char *s, size_t len, const char *bytes)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(bytes, s[i]) == NULL)
			return false;
	return len > 0;
}

/* As tc prints it. */
static bool
read_class(const char *s, char out[static TC_TEXT_NAME])
{
	unsigned long part[2];
	char *end;

	for (int i = 0; i < 2; i++) {
		size_t digits = strspn(s, "0123456789abcdefABCDEF");

		if (digits < 1 || digits > 4)
			return false;
		part[i] = strtoul(s, &end, 16);
		if (*end != (i == 0 ? ':' : '\0'))
			return false;
		s = end + 1;
	}
	(void)snprintf(out, TC_TEXT_NAME, "%lx:%lx", part[0], part[1]);
	return true;
}

const char *
tc_text_place(struct tc_text_place *place, const char *s)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";
	size_t len = strcspn(s, " ");
	const char *class = s + len + strspn(s + len, " ");
	struct tc_text_place p = { "", "" };

	if (!is_made_of(s, len, bytes) || s[0] == '-' || s[0] == '.' ||
	    !text_copy(p.device, sizeof p.device, s, len))
		return "must be a device, or a device and a class: eth1 1:10";
	if (*class != '\0' && !read_class(class, p.class))
		return "must be a device, or a device and a class: eth1 1:10";
	*place = p;
	return NULL;
}

int64_t
tc_text_round(int64_t bps)
{
	return bps - bps % (bps < 1000000000 ? 1000 : 1000000);
}

/* --- scripts ---------------------------------------------------------------*/

static void
add_set(struct text *t, const struct tc_text_place *place, int64_t bps,
    const char *keep)
{
	bool htb = place->class[0] != '\0';

	text_add(t, htb ? "$T class change dev " : "$T qdisc change dev ");
	text_add(t, place->device);
	if (htb) {
		text_add(t, " classid ");
		text_add(t, place->class);
		text_add(t, " htb rate ");
	} else {
		text_add(t, " root ");
		text_add(t, keep);
		text_add(t, " bandwidth ");
	}
	text_int(t, tc_text_round(bps));
	text_add(t, "bit");
	if (htb) {
		text_add(t, " ceil ");
		text_int(t, tc_text_round(bps));
		text_add(t, "bit");
		text_add(t, keep);
	}
	text_add(t, " 2>&1; echo " END_WORD "$?; ");
}

static void
add_get(struct text *t, const struct tc_text_place *place)
{
	bool htb = place->class[0] != '\0';

	text_add(t,
	    htb ? "$T -s -d class show dev " : "$T -s -d qdisc show dev ");
	text_add(t, place->device);
	if (htb) {
		text_add(t, " classid ");
		text_add(t, place->class);
	}
	text_add(t, " 2>&1; echo " END_WORD "$?; ");
}

void
tc_text_script(char out[static TC_TEXT_SCRIPT],
    const struct tc_text_place place[static DIRECTIONS],
    const int64_t bps[static DIRECTIONS],
    const struct tc_text_shaper had[static DIRECTIONS])
{
	struct text t;

	text_init(&t, out, TC_TEXT_SCRIPT);
	/* Whatever shell the user has; tc by its path, since BusyBox may have
	 * one of its own, which knows neither CAKE nor counters. */
	text_add(&t,
	    "exec sh -c 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; LC_ALL=C; "
	    "export PATH LC_ALL; T=tc; IFS=:; for d in $PATH; do "
	    "if [ -x \"$d/tc\" ]; then T=$d/tc; break; fi; done; unset IFS; ");
	for (int i = 0; i < DIRECTIONS; i++)
		if (bps[i] > 0)
			add_set(&t, &place[i], bps[i], had[i].keep);
	for (int i = 0; i < DIRECTIONS; i++)
		add_get(&t, &place[i]);
	text_add(&t, "cat /proc/uptime; echo " OK_WORD "'");
}

/* --- what they print -------------------------------------------------------*/

struct reply {
	const char *at, *end;
};

/* The next line without its end. One without an end was cut off. */
static bool
next_line(struct reply *r, struct slice *line)
{
	const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));

	if (end == NULL)
		return false;
	*line = (struct slice){ r->at, (size_t)(end - r->at) };
	r->at = end + 1;
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool
begins(struct slice s, const char *with)
{
	size_t len = strlen(with);

	return s.len >= len && memcmp(s.at, with, len) == 0;
}

static bool
next_word(struct slice *line, struct slice *word)
{
	while (line->len > 0 && *line->at == ' ')
		line->at++, line->len--;
	*word = (struct slice){ line->at, 0 };
	while (line->len > 0 && *line->at != ' ')
		line->at++, line->len--, word->len++;
	return word->len > 0;
}

/* The word after this one. */
static bool
word_after(struct slice line, const char *what, struct slice *word)
{
	while (next_word(&line, word))
		if (slice_is(*word, what))
			return next_word(&line, word);
	return false;
}

static bool
has_word(struct slice line, const char *what)
{
	struct slice word;

	while (next_word(&line, &word))
		if (slice_is(word, what))
			return true;
	return false;
}

/* "12345Kbit", "20Mbit"; "unlimited" is 0. NONE if it is not a rate. */
static int64_t
read_rate(struct slice w)
{
	int64_t n;

	if (slice_is(w, "unlimited"))
		return 0;
	if (w.len < 4 || memcmp(w.at + w.len - 3, "bit", 3) != 0)
		return NONE;
	w.len -= 3;
	if (w.at[w.len - 1] == 'K') {
		if (number_int(w.at, w.len - 1, 0, INT64_MAX / 1000, &n) !=
		    NULL)
			return NONE;
		return n * 1000;
	}
	return routeros_number(w.at, w.len, &n) == NULL ? n : NONE;
}

/* "1514b", "14Kb", "1.5Mb", "1.23457e+06b": a size as %g has it. */
static int64_t
read_size(struct slice w)
{
	int64_t n = 0, times = 1, power = 1, exponent = 0;
	size_t i = 0, digits = 0;
	bool fraction = false;

	if (w.len < 2 || w.at[--w.len] != 'b')
		return NONE;
	if (w.at[w.len - 1] == 'K' || w.at[w.len - 1] == 'M')
		times = w.at[--w.len] == 'K' ? 1024 : 1048576;
	for (; i < w.len && w.at[i] != 'e'; i++) {
		if (w.at[i] == '.' && !fraction && i > 0) {
			fraction = true;
			continue;
		}
		if (w.at[i] < '0' || w.at[i] > '9' || ++digits > 10)
			return NONE;
		n = n * 10 + (w.at[i] - '0');
		if (fraction)
			power *= 10;
	}
	if (digits == 0)
		return NONE;
	if (i < w.len &&
	    (w.len - i < 3 || w.at[i + 1] != '+' ||
		number_int(w.at + i + 2, w.len - i - 2, 0, 9, &exponent) !=
		    NULL))
		return NONE;
	while (exponent-- > 0)
		times *= 10;
	return number_muldiv(n, times, power);
}

static int64_t
read_count(struct slice w)
{
	int64_t n;

	return number_int(w.at, w.len, 0, INT64_MAX, &n) == NULL ? n : NONE;
}

/* "Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0)" and
 * "backlog 0b 0p requeues 0" */
static void
read_counters(struct slice line, struct routeros_queue *q)
{
	struct slice rest = line, word;

	if (!next_word(&rest, &word))
		return;
	if (slice_is(word, "Sent")) {
		if (next_word(&rest, &word))
			q->bytes = read_count(word);
		if (next_word(&rest, &word) && next_word(&rest, &word))
			q->packets = read_count(word);
		if (word_after(rest, "(dropped", &word) &&
		    word.at[word.len - 1] == ',') {
			word.len--;
			q->drops = read_count(word);
		}
	} else if (slice_is(word, "backlog") && q->queued == NONE) {
		/* CAKE has one for each of its tins, too. */
		if (next_word(&rest, &word))
			q->backlog = read_size(word);
		if (next_word(&rest, &word) && word.at[word.len - 1] == 'p') {
			word.len--;
			q->queued = read_count(word);
		}
	}
}

/* tc makes whole microseconds of a burst, so each change takes a bit of it;
 * steps of several times that much, of which the larger are multiples of the
 * smaller, keep this from adding up. */
static int64_t
burst_step(int64_t bps)
{
	int64_t step = BURST_STEP;

	while (step < bps / 2000000)
		step *= 2;
	return step;
}

/* The options that a class keeps: as tc printed them, and as tc takes them. */
static void
read_kept(struct slice line, int64_t bps, char keep[static TC_TEXT_KEEP])
{
	static const char *const words[] = { "prio", "quantum", "overhead",
		"linklayer", "mpu", "burst", "cburst" };
	static const char *const plain = "abcdefghijklmnopqrstuvwxyz0123456789";
	int64_t step = burst_step(bps);
	struct slice word;
	struct text t;

	text_init(&t, keep, TC_TEXT_KEEP);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		bool burst = strstr(words[i], "burst") != NULL;
		const char *cut;
		int64_t n;

		if (!word_after(line, words[i], &word))
			continue;
		if ((cut = memchr(word.at, '/', word.len)) != NULL)
			word.len = (size_t)(cut - word.at);
		n = read_size(word);
		if (strcmp(words[i], "mpu") == 0 && n != NONE)
			word.len--; /* "64b", but taken without */
		if (word.len > 16 ||
		    !is_made_of(word.at, word.len,
			burst ? "0123456789.e+KMb" : plain) ||
		    (burst && (n == NONE || n > BURST_MOST)))
			continue;
		text_add(&t, " ");
		text_add(&t, words[i]);
		text_add(&t, " ");
		if (!burst) {
			text_bytes(&t, word.at, word.len);
			continue;
		}
		n += step / 2;
		n -= n % step;
		text_int(&t, n < BURST_MIN ? BURST_MIN : n);
		text_add(&t, "b");
	}
}

/* The line that says what it is and its rate, or another. */
static bool
is_place(const struct tc_text_place *place, struct slice line)
{
	struct slice word;

	if (place->class[0] == '\0')
		return begins(line, "qdisc ") && has_word(line, "root");
	return begins(line, "class ") && next_word(&line, &word) &&
	    next_word(&line, &word) && next_word(&line, &word) &&
	    slice_is(word, place->class);
}

static bool
is_cake(struct slice kind)
{
	return slice_is(kind, "cake") || slice_is(kind, "cake_mq");
}

/* "8001:". One that the kernel made by itself has 0, and cannot be changed. */
static void
read_handle(struct slice kind, struct slice rest,
    char keep[static TC_TEXT_KEEP])
{
	struct slice handle;

	if (next_word(&rest, &handle) && handle.len >= 2 && handle.len <= 5 &&
	    handle.at[handle.len - 1] == ':' && !slice_is(handle, "0:") &&
	    is_made_of(handle.at, handle.len - 1, "0123456789abcdef"))
		(void)snprintf(keep, TC_TEXT_KEEP, "handle %.*s %.*s",
		    (int)handle.len, handle.at, (int)kind.len, kind.at);
}

static enum failure
read_head(const struct tc_text_place *place, struct slice line,
    struct tc_text_shaper *s, struct slice *said)
{
	bool htb = place->class[0] != '\0';
	struct slice rest = line, word;

	*said = line;
	(void)next_word(&rest, &word);
	(void)next_word(&rest, &word);
	if (htb ? !slice_is(word, "htb") : !is_cake(word))
		return FAILURE_MISSING;
	if (!htb)
		read_handle(word, rest, s->keep);
	if (!word_after(rest, htb ? "rate" : "bandwidth", &word))
		return FAILURE_GARBLED;
	s->q.bps = read_rate(word);
	s->autorate = !htb && has_word(rest, "autorate-ingress");
	if (htb)
		read_kept(rest, s->q.bps, s->keep);
	return s->q.bps == NONE ? FAILURE_GARBLED : WORKED;
}

static enum failure
why_failed(struct slice said)
{
	static const struct {
		const char *text;
		enum failure why;
	} known[] = {
		{ "Cannot find device", FAILURE_MISSING },
		{ "No such device", FAILURE_MISSING },
		{ "No such file", FAILURE_MISSING },
		{ "Specified class not found", FAILURE_MISSING },
		{ "disc not found", FAILURE_MISSING },
		{ "NLM_F_REPLACE needed", FAILURE_MISSING },
		{ "File exists", FAILURE_MISSING },
		{ "Invalid qdisc name", FAILURE_MISSING },
		{ "kind is unknown", FAILURE_MISSING },
		{ "Operation not permitted", FAILURE_PERMISSION },
		{ "ermission denied", FAILURE_PERMISSION },
		{ "not found", FAILURE_UNSUPPORTED },
		{ "What is", FAILURE_UNSUPPORTED },
		{ "Unknown", FAILURE_UNSUPPORTED },
		{ "Invalid argument", FAILURE_REJECTED },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (memmem(said.at, said.len, known[i].text,
			strlen(known[i].text)) != NULL)
			return known[i].why;
	return FAILURE_REJECTED;
}

/* One command's output: up to our line with its status. The first line of it
 * is shown when it failed, since tc says the cause first. */
static enum failure
read_block(struct reply *r, const struct tc_text_place *place,
    struct tc_text_shaper *s, struct slice *said)
{
	struct slice line, first = { "", 0 };
	enum failure why = place == NULL ? WORKED : FAILURE_MISSING;
	bool ours = false;

	*said = first;
	while (next_line(r, &line)) {
		if (begins(line, END_WORD)) {
			if (slice_is(line, END_WORD "0"))
				return why;
			*said = first;
			return why_failed(first);
		}
		if (first.len == 0)
			first = line;
		if (place == NULL)
			continue;
		if (begins(line, "qdisc ") || begins(line, "class ")) {
			ours = is_place(place, line);
			if (ours)
				why = read_head(place, line, s, said);
		} else if (ours) {
			read_counters(line, &s->q);
		}
	}
	return FAILURE_GARBLED;
}

/* "12345.67 54321.00" */
static int64_t
read_uptime(struct slice line)
{
	struct slice word;
	const char *point;
	int64_t n;

	if (!next_word(&line, &word))
		return NONE;
	if ((point = memchr(word.at, '.', word.len)) != NULL)
		word.len = (size_t)(point - word.at);
	return number_int(word.at, word.len, 0, T_MAX / 1000000, &n) == NULL ?
	    n * 1000000 :
	    NONE;
}

enum failure
tc_text_read(const char *reply, size_t len,
    const struct tc_text_place place[static DIRECTIONS],
    const int64_t bps[static DIRECTIONS],
    struct tc_text_shaper shaper[static DIRECTIONS], int64_t *uptime_us,
    struct slice *said)
{
	struct reply r = { reply, reply + len };
	enum failure why = WORKED, got;
	struct slice line = { "", 0 };

	*uptime_us = NONE;
	*said = line;
	for (int i = 0; i < 2 * DIRECTIONS; i++) {
		int dir = i % DIRECTIONS;
		bool show = i >= DIRECTIONS;

		if (!show && bps[dir] <= 0)
			continue;
		if (show)
			shaper[dir] = (struct tc_text_shaper){
				.q = { NONE, NONE, NONE, NONE, NONE, NONE }
			};
		got = read_block(&r, show ? &place[dir] : NULL, &shaper[dir],
		    &line);
		if (why == WORKED && got != WORKED) {
			why = got;
			*said = line;
		}
	}
	while (next_line(&r, &line)) {
		if (slice_is(line, OK_WORD))
			return why;
		if (*uptime_us == NONE)
			*uptime_us = read_uptime(line);
	}
	return FAILURE_GARBLED;
}

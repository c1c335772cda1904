/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/health.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "record/reason.h"
#include "record/record.h"

#define SECOND 1000000.0
#define SLACK 5 /* seconds beyond three intervals */
#define OF_SHAPER 0
#define OF_DIVERTER 1

void
health_init(struct health *h)
{
	memset(h, 0, sizeof *h);
	for (int i = 0; i < DIRECTIONS; i++) {
		h->dir[i].rate = (struct health_rate){ NONE, NONE, NONE, NONE,
			NONE, "", "" };
		h->dir[i].applied = (struct health_applied){ NONE, NONE, NONE,
			"" };
	}
	h->steer = (struct health_steer){ NONE, NONE, NONE, NONE, NONE, NONE,
		"", "" };
	h->diverted = (struct health_diverted){ NONE, NONE, "" };
}

/* --- reading -------------------------------------------------------------- */

static int64_t
get(const struct record *r, const char *key)
{
	struct slice s = record_get(r, key);
	int64_t n;

	return s.at != NULL &&
		number_int(s.at, s.len, -T_MAX, T_MAX, &n) == NULL ?
	    n :
	    NONE;
}

static void
get_word(char *out, size_t size, const struct record *r, const char *key)
{
	struct slice s = record_get(r, key);

	out[0] = '\0';
	if (s.at != NULL)
		(void)text_copy(out, size, s.at,
		    s.len < size ? s.len : size - 1);
}

static int64_t
more(int64_t sum, int64_t n)
{
	return n == NONE || n < 0 ? sum : sum + n;
}

static struct health_direction *
direction_of(struct health *h, const struct record *r)
{
	struct slice s = record_get(r, "dir");

	for (int i = 0; i < DIRECTIONS; i++)
		if (s.at != NULL && slice_is(s, direction_names[i]))
			return &h->dir[i];
	return NULL;
}

static void
read_rate(struct health_rate *rate, const struct record *r)
{
	*rate = (struct health_rate){ get(r, "t"), get(r, "bps"),
		get(r, "delta_us"), get(r, "base_us"), get(r, "load"), "", "" };
	get_word(rate->state, sizeof rate->state, r, "state");
	get_word(rate->why, sizeof rate->why, r, "why");
}

static void
read_applied(struct health_applied *a, const struct record *r)
{
	*a = (struct health_applied){ get(r, "t"), get(r, "bps"), get(r, "ok"),
		"" };
	get_word(a->why, sizeof a->why, r, "why");
}

static void
read_steer(struct health_steer *s, const struct record *r)
{
	*s = (struct health_steer){ get(r, "t"), get(r, "on"),
		get(r, "dry_run"), get(r, "delta_us"), get(r, "to_rtt_us"),
		get(r, "confidence"), "", "" };
	get_word(s->to, sizeof s->to, r, "to");
	get_word(s->alternate, sizeof s->alternate, r, "alternate");
}

static void
read_state(struct health *h, const struct record *r)
{
	struct slice program = record_get(r, "program");

	h->file = program.at != NULL && slice_is(program, "wanctl-steer") ?
	    OF_DIVERTER :
	    OF_SHAPER;
	h->seen = h->seen || h->file == OF_SHAPER;
}

static void
read_line(struct health *h, const struct record *r)
{
	struct health_direction *d = direction_of(h, r);
	int64_t until_us = get(r, "until_t");

	if (slice_is(r->kind, "state")) {
		read_state(h, r);
	} else if (slice_is(r->kind, "rate") && d != NULL) {
		read_rate(&d->rate, r);
	} else if (slice_is(r->kind, "applied") && d != NULL) {
		read_applied(&d->applied, r);
	} else if (slice_is(r->kind, "steer")) {
		read_steer(&h->steer, r);
	} else if (slice_is(r->kind, "diverted")) {
		h->diverted = (struct health_diverted){ get(r, "ok"),
			get(r, "on"), "" };
		get_word(h->diverted.why, sizeof h->diverted.why, r, "why");
	} else if (slice_is(r->kind, "shaper")) {
		h->writes = more(h->writes, get(r, "writes"));
		h->failures = more(h->failures, get(r, "failures"));
	} else if (slice_is(r->kind, "pause") && until_us != NONE) {
		h->pause_us[h->file] = until_us;
	}
}

void
health_read(struct health *h, const char *text, size_t len)
{
	const char *end = text + len, *at, *next;
	struct record r;

	for (at = text; at < end; at = next + 1) {
		next = memchr(at, '\n', (size_t)(end - at));
		if (next == NULL)
			next = end;
		if (record_parse(&r, at, (size_t)(next - at)) == NULL)
			read_line(h, &r);
	}
}

/* --- cells ---------------------------------------------------------------- */

#define CELL 32

static const char *
rate_cell(char out[static CELL], int64_t bps)
{
	double n = (double)bps;

	if (bps == NONE)
		return "-";
	if (bps >= 1000000000)
		(void)snprintf(out, CELL, "%.2f Gbit/s", n / 1e9);
	else if (bps >= 100000000)
		(void)snprintf(out, CELL, "%.0f Mbit/s", n / 1e6);
	else if (bps >= 1000000)
		(void)snprintf(out, CELL, "%.1f Mbit/s", n / 1e6);
	else
		(void)snprintf(out, CELL, "%.0f kbit/s", n / 1e3);
	return out;
}

static const char *
delay_cell(char out[static CELL], int64_t us)
{
	if (us == NONE)
		return "-";
	(void)snprintf(out, CELL, "%.1f ms", (double)us / 1000);
	return out;
}

/* How long ago, or until then. */
static const char *
age_cell(char out[static CELL], double s)
{
	const char *in = s < -1 ? "in " : "";

	if (s < 0)
		s = s < -1 ? -s : 0;
	if (s < 120)
		(void)snprintf(out, CELL, "%s%d s", in, (int)s);
	else if (s < 7200)
		(void)snprintf(out, CELL, "%s%d min", in, (int)(s / 60));
	else if (s < 172800)
		(void)snprintf(out, CELL, "%s%d h", in, (int)(s / 3600));
	else
		(void)snprintf(out, CELL, "%s%lld days", in,
		    (long long)(s / 86400));
	return out;
}

static double
seconds_since(const struct health *h, int64_t t_us)
{
	return (double)(h->now_us - t_us) / SECOND;
}

static double
limit_of(const struct health *h)
{
	return 3 * (double)h->interval_us / SECOND + SLACK;
}

static void
put_row(char row[static HEALTH_ROW], const char *wan, const char *const cell[8],
    const char *health)
{
	(void)snprintf(row, HEALTH_ROW,
	    "%-12s %-4s %-8s %11s %11s %10s %9s %6s %6s  %s", wan, cell[0],
	    cell[1], cell[2], cell[3], cell[4], cell[5], cell[6], cell[7],
	    health);
	text_printable(row);
}

void
health_heading(char row[static HEALTH_ROW])
{
	static const char *const cell[8] = { "DIR", "STATE", "RATE", "WANTED",
		"DELAY", "BASE", "LOAD", "AGE" };

	put_row(row, "WAN", cell, "HEALTH");
}

/* --- a direction ---------------------------------------------------------- */

static bool
is_unmanaged(const struct health_rate *rate)
{
	return strcmp(rate->why, rate_reasons[RATE_UNMANAGED].word) == 0;
}

/* Its fault, into `out`; NULL: it is well. */
static const char *
fault_of(const struct health *h, const struct health_direction *d,
    char out[static HEALTH_ROW])
{
	const struct health_rate *rate = &d->rate;
	const struct health_applied *a = &d->applied;
	double limit = limit_of(h);

	if (!h->seen)
		return "never ran";
	if (rate->t_us == NONE)
		return "no decision yet";
	if (seconds_since(h, rate->t_us) > limit)
		return "stale";
	if (seconds_since(h, rate->t_us) < -limit)
		return "ahead of the clock";
	if (strcmp(rate->state, zone_names[ZONE_BLACKOUT]) == 0)
		return "blackout";
	if (strcmp(rate->state, zone_names[ZONE_UNKNOWN]) == 0)
		return "settling";
	if (is_unmanaged(rate))
		return NULL;
	if (a->t_us == NONE)
		return "never set";
	if (a->ok != 1) {
		(void)snprintf(out, HEALTH_ROW, "not set%s%s",
		    a->why[0] != '\0' ? ": " : "", a->why);
		return out;
	}
	if (seconds_since(h, a->t_us) > limit)
		return "not set: stale";
	return seconds_since(h, a->t_us) < -limit ?
	    "not set: ahead of the clock" :
	    NULL;
}

static bool
direction_row(const struct health *h, enum direction dir,
    char row[static HEALTH_ROW])
{
	const struct health_direction *d = &h->dir[dir];
	char cell[6][CELL], out[HEALTH_ROW], load[CELL] = "-";
	const char *fault = fault_of(h, d, out);

	if (d->rate.load != NONE)
		(void)snprintf(load, sizeof load, "%lld %%",
		    (long long)d->rate.load);
	put_row(row, h->wan,
	    (const char *const[8]){ direction_names[dir],
		d->rate.state[0] != '\0' ? d->rate.state : "-",
		rate_cell(cell[0], d->applied.bps),
		rate_cell(cell[1], d->rate.bps),
		delay_cell(cell[2], d->rate.delta_us),
		delay_cell(cell[3], d->rate.base_us), load,
		d->rate.t_us == NONE ?
		    "-" :
		    age_cell(cell[4], seconds_since(h, d->rate.t_us)) },
	    fault != NULL              ? fault :
		is_unmanaged(&d->rate) ? "ok: unmanaged" :
					 "ok");
	return fault == NULL;
}

/* --- the other rows ------------------------------------------------------- */

static void
put_pause(const struct health *h, int whose, char *out, size_t size)
{
	char cell[CELL];
	double left = -seconds_since(h, h->pause_us[whose]);

	if (left > 0)
		(void)snprintf(out, size, "; left alone for %s",
		    age_cell(cell, left));
	else
		out[0] = '\0';
}

static void
router_row(const struct health *h, char row[static HEALTH_ROW])
{
	char left[2 * CELL];

	put_pause(h, OF_SHAPER, left, sizeof left);
	(void)snprintf(row, HEALTH_ROW,
	    "%-12s %-4s %lld writes%s, %lld failures%s", h->wan, "rtr",
	    (long long)h->writes,
	    h->backend == HEALTH_FLASH ? " to its flash memory" : "",
	    (long long)h->failures, left);
}

/* Steering's fault, into `out`, or "ok" and a remark. */
static const char *
steering_of(const struct health *h, char out[static HEALTH_ROW], bool *well)
{
	const struct health_steer *s = &h->steer;
	char left[2 * CELL];

	*well = false;
	if (seconds_since(h, s->t_us) > limit_of(h))
		return "stale";
	if (seconds_since(h, s->t_us) < -limit_of(h))
		return "ahead of the clock";
	if (strcmp(s->alternate, "dead") == 0) {
		(void)snprintf(out, HEALTH_ROW, "%s is dead", s->to);
		return out;
	}
	*well = s->dry_run == 1;
	if (*well)
		return "ok: dry run";
	if (h->diverted.ok == 0) {
		put_pause(h, OF_DIVERTER, left, sizeof left);
		(void)snprintf(out, HEALTH_ROW, "not switched: %s%s",
		    h->diverted.why, left);
		return out;
	}
	*well = h->diverted.ok == 1 && h->diverted.on == s->on;
	return *well ? "ok" : "not switched yet";
}

static bool
steering_row(const struct health *h, char row[static HEALTH_ROW])
{
	const struct health_steer *s = &h->steer;
	char cell[4][CELL], out[HEALTH_ROW], score[CELL] = "-";
	const char *word;
	bool well;

	word = steering_of(h, out, &well);
	if (s->confidence != NONE)
		(void)snprintf(score, sizeof score, "%lld",
		    (long long)s->confidence);
	put_row(row, h->wan,
	    (const char *const[8]){ "to", s->on == 1 ? "away" : "home", s->to,
		"-", delay_cell(cell[0], s->delta_us),
		delay_cell(cell[1], s->to_rtt_us), score,
		age_cell(cell[2], seconds_since(h, s->t_us)) },
	    word);
	return well;
}

bool
health_row(const struct health *h, int i, char row[static HEALTH_ROW],
    bool *well)
{
	*well = true;
	if (i < DIRECTIONS) {
		*well = direction_row(h, (enum direction)i, row);
		return true;
	}
	i -= DIRECTIONS;
	if (h->backend != HEALTH_HERE && i-- == 0) {
		router_row(h, row);
		return true;
	}
	if (h->steers && h->steer.t_us != NONE && i == 0) {
		*well = steering_row(h, row);
		return true;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/tally.h"

#include <string.h>

#include "base/number.h"
#include "record/statefile.h"

/* Nobody waits for longer. */
#define DELAY_MOST_US 60000000

const int64_t tally_bounds_us[TALLY_BOUNDS] = { 1000, 2000, 5000, 10000, 15000,
	25000, 50000, 80000, 120000, 200000, 500000, 1000000 };

static void
count_probe(struct tally_probes *p, const struct rtt *rtt)
{
	if (rtt->late == 1)
		p->late++;
	else if (rtt->us == NONE)
		p->lost++;
	else
		p->answered++;
}

static void
begin(struct tally *t, int64_t t_us)
{
	if (t->since_us == 0)
		t->since_us = t_us;
}

void
tally_probe(struct tally *t, struct tally_probes *of_host,
    const struct rtt *rtt)
{
	begin(t, rtt->t_us);
	count_probe(&t->probes, rtt);
	count_probe(of_host, rtt);
}

static size_t
class_of(int64_t delay_us)
{
	size_t i = 0;

	while (i < TALLY_BOUNDS && delay_us > tally_bounds_us[i])
		i++;
	return i;
}

void
tally_decision(struct tally *t, const struct rate *rate, enum rate_reason why,
    int64_t gap_us)
{
	struct tally_direction *d = &t->dir[rate->dir];
	int64_t past_us = rate->t_us - d->t_us;

	begin(t, rate->t_us);
	d->why[why]++;
	if (d->t_us != 0 && past_us > 0 && past_us <= gap_us)
		d->state_us[d->zone] += past_us;
	d->t_us = rate->t_us;
	d->zone = (enum zone)rate->state;
	if (rate->delta_us == NONE)
		return;
	d->delays[class_of(rate->delta_us)]++;
	/* Any number may stand in a record. */
	d->delay_us += number_clamp(rate->delta_us, 0, DELAY_MOST_US);
}

void
tally_forget_later(struct tally *t, int64_t newest_us)
{
	if (t->since_us > newest_us)
		t->since_us = newest_us;
	for (int i = 0; i < DIRECTIONS; i++)
		if (t->dir[i].t_us > newest_us)
			t->dir[i].t_us = 0;
}

/* --- as records -------------------------------------------------------------
 */

struct since_line {
	int64_t t_us, answered, lost, late;
};
struct spent_line {
	int64_t dir, us[ZONES], t_us;
	int64_t zone;
};
struct delays_line {
	int64_t dir, count[TALLY_BOUNDS + 1], sum_us;
};
struct decided_line {
	int64_t dir, count;
	char why[WORD_MAX];
};

#define DIR(s) FIELD_ENUM(s, "dir", dir, direction_names, DIRECTIONS)
#define US(key, zone) FIELD_INT(spent_line, key, us[zone], true, 0, T_MAX)
#define CLASS(key, i) FIELD_INT(delays_line, key, count[i], true, 0, T_MAX)

/* clang-format off */
static const struct message_field since_fields[] = {
	FIELD_INT(since_line, "t", t_us, true, 0, T_MAX),
	FIELD_INT(since_line, "answered", answered, true, 0, T_MAX),
	FIELD_INT(since_line, "lost", lost, true, 0, T_MAX),
	FIELD_INT(since_line, "late", late, true, 0, T_MAX),
};
static const struct message_field spent_fields[] = {
	DIR(spent_line),
	US("unknown_us", ZONE_UNKNOWN),
	US("green_us", ZONE_GREEN),
	US("yellow_us", ZONE_YELLOW),
	US("soft_red_us", ZONE_SOFT_RED),
	US("red_us", ZONE_RED),
	US("blackout_us", ZONE_BLACKOUT),
	FIELD_INT(spent_line, "t", t_us, true, 0, T_MAX),
	FIELD_ENUM(spent_line, "state", zone, zone_names, ZONES),
};
static const struct message_field delays_fields[] = {
	DIR(delays_line),
	CLASS("ms_1", 0),
	CLASS("ms_2", 1),
	CLASS("ms_5", 2),
	CLASS("ms_10", 3),
	CLASS("ms_15", 4),
	CLASS("ms_25", 5),
	CLASS("ms_50", 6),
	CLASS("ms_80", 7),
	CLASS("ms_120", 8),
	CLASS("ms_200", 9),
	CLASS("ms_500", 10),
	CLASS("ms_1000", 11),
	CLASS("more", 12),
	FIELD_INT(delays_line, "sum_us", sum_us, true, 0, T_MAX),
};
static const struct message_field decided_fields[] = {
	DIR(decided_line),
	FIELD_TEXT(decided_line, "why", why, MESSAGE_NAME, true),
	FIELD_INT(decided_line, "count", count, true, 1, T_MAX),
};
/* clang-format on */
static const struct message_kind since_kind = { "since", since_fields,
	FIELD_COUNT(since_fields) };
static const struct message_kind spent_kind = { "spent", spent_fields,
	FIELD_COUNT(spent_fields) };
static const struct message_kind delays_kind = { "delays", delays_fields,
	FIELD_COUNT(delays_fields) };
static const struct message_kind decided_kind = { "decided", decided_fields,
	FIELD_COUNT(decided_fields) };

const struct message_kind *const tally_kinds[] = { &since_kind, &spent_kind,
	&delays_kind, &decided_kind, NULL };

_Static_assert(ZONES == 6, "fields of spent");
_Static_assert(TALLY_BOUNDS == 12, "fields of delays");

static void
describe_direction(const struct tally_direction *d, int dir, struct text *out)
{
	struct spent_line spent = { .dir = dir,
		.t_us = d->t_us,
		.zone = d->zone };
	struct delays_line delays = { .dir = dir, .sum_us = d->delay_us };
	struct decided_line decided = { .dir = dir };

	memcpy(spent.us, d->state_us, sizeof spent.us);
	memcpy(delays.count, d->delays, sizeof delays.count);
	statefile_add(out, &spent_kind, &spent);
	statefile_add(out, &delays_kind, &delays);
	for (int i = 0; i < RATE_REASONS; i++) {
		if ((decided.count = d->why[i]) == 0)
			continue;
		(void)text_copy(decided.why, sizeof decided.why,
		    rate_reasons[i].word, strlen(rate_reasons[i].word));
		statefile_add(out, &decided_kind, &decided);
	}
}

void
tally_describe(const struct tally *t, struct text *out)
{
	struct since_line since = { t->since_us, t->probes.answered,
		t->probes.lost, t->probes.late };

	if (t->since_us == 0)
		return;
	statefile_add(out, &since_kind, &since);
	for (int i = 0; i < DIRECTIONS; i++)
		describe_direction(&t->dir[i], i, out);
}

/* Words of a later version are lost. */
static void
take_decided(struct tally *t, const struct decided_line *line)
{
	for (int i = 0; i < RATE_REASONS; i++)
		if (strcmp(rate_reasons[i].word, line->why) == 0)
			t->dir[line->dir].why[i] = line->count;
}

bool
tally_restore(struct tally *t, const struct record *r, const char **reason)
{
	union {
		struct since_line since;
		struct spent_line spent;
		struct delays_line delays;
		struct decided_line decided;
	} line;
	const struct message_kind *kind = statefile_unpack(tally_kinds, &line,
	    r, reason);

	if (kind == &since_kind) {
		t->since_us = line.since.t_us;
		t->probes = (struct tally_probes){ line.since.answered,
			line.since.lost, line.since.late };
	} else if (kind == &spent_kind) {
		struct tally_direction *d = &t->dir[line.spent.dir];

		memcpy(d->state_us, line.spent.us, sizeof d->state_us);
		d->t_us = line.spent.t_us;
		d->zone = (enum zone)line.spent.zone;
	} else if (kind == &delays_kind) {
		struct tally_direction *d = &t->dir[line.delays.dir];

		memcpy(d->delays, line.delays.count, sizeof d->delays);
		d->delay_us = line.delays.sum_us;
	} else if (kind == &decided_kind) {
		take_decided(t, &line.decided);
	}
	return kind != NULL || *reason != NULL;
}

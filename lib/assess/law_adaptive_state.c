/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the adaptive law as records, wanctl-records(5). */
#include <string.h>

#include "assess/law_adaptive_parts.h"
#include "base/ewma.h"
#include "record/statefile.h"

struct delay_line {
	int64_t dir, t_us, us;
};
struct blame_line {
	int64_t tried, suspects, evidence;
};
struct climb_line {
	int64_t dir;
	struct adaptive_direction d;
};

const char *const adaptive_phase_names[ADAPTIVE_PHASES] = { "open", "drain",
	"hold" };

/* clang-format off */
#define DIR(s) FIELD_ENUM(s, "dir", dir, direction_names, DIRECTIONS)
static const struct message_field delay_fields[] = {
	DIR(delay_line),
	FIELD_INT(delay_line, "t", t_us, true, 0, T_MAX),
	FIELD_INT(delay_line, "us", us, true, -EWMA_BOUND, EWMA_BOUND),
};
static const struct message_field blame_fields[] = {
	FIELD_INT(blame_line, "tried", tried, true, 0, DIRECTIONS),
	FIELD_INT(blame_line, "suspects", suspects, true, 0, 3),
	FIELD_INT(blame_line, "evidence", evidence, true, 0, 2),
};
#define AGO(key, member) FIELD_INT(climb_line, key, d.member, true, 0, T_MAX)
static const struct message_field climb_fields[] = {
	DIR(climb_line),
	FIELD_ENUM(climb_line, "phase", d.phase, adaptive_phase_names, ADAPTIVE_PHASES),
	AGO("t", step_us),
	FIELD_INT(climb_line, "knee", d.knee_bps, true, 0, EWMA_BOUND),
	FIELD_INT(climb_line, "before", d.before_bps, true, 0, EWMA_BOUND),
	AGO("onset_t", onset_us),
	AGO("wait_t", wait_us),
	AGO("felt_t", felt_us),
	FIELD_INT(climb_line, "cut_us", d.cut_delta_us, true, 0, EWMA_BOUND),
	FIELD_INT(climb_line, "flat", d.flat, true, 0, 2),
	FIELD_INT(climb_line, "low_us", d.low_us, true, -EWMA_BOUND, EWMA_BOUND),
	FIELD_INT(climb_line, "high_us", d.high_us, true, -EWMA_BOUND, EWMA_BOUND),
	FIELD_INT(climb_line, "hold_us", d.hold_us, true, 0, EWMA_BOUND),
	FIELD_INT(climb_line, "grow_ppm", d.grow_ppm, true, 0, 10000000),
	AGO("active_t", active_us),
	AGO("slack_t", slack_us),
	AGO("blind_t", blind_us),
	AGO("brake_t", brake_us),
	FIELD_INT(climb_line, "drained_us", d.drained_us, true, 0, EWMA_BOUND),
	FIELD_INT(climb_line, "least_us", d.least_us, true, 0, EWMA_BOUND),
	FIELD_INT(climb_line, "most_us", d.most_us, true, 0, EWMA_BOUND),
	FIELD_INT(climb_line, "noise_us", d.noise_us, true, 0, EWMA_BOUND),
	FIELD_INT(climb_line, "rough_us", d.delays.rough_us, false, 0, EWMA_BOUND),
};
#undef AGO
/* clang-format on */
static const struct message_kind delay_kind = { "delay", delay_fields,
	FIELD_COUNT(delay_fields) };
static const struct message_kind blame_kind = { "blame", blame_fields,
	FIELD_COUNT(blame_fields) };
static const struct message_kind climb_kind = { "climb", climb_fields,
	FIELD_COUNT(climb_fields) };

const struct message_kind *const law_adaptive_kinds[] = { &blame_kind,
	&climb_kind, &delay_kind, NULL };

void
law_adaptive_describe(const void *state, struct text *t)
{
	const struct law_adaptive *law = state;
	struct blame_line blame = { law->tried, law->suspects, law->evidence };

	statefile_add(t, &blame_kind, &blame);
	for (int i = 0; i < DIRECTIONS; i++) {
		struct climb_line climb = { i, law->dir[i] };
		const struct delays *d = &law->dir[i].delays;

		statefile_add(t, &climb_kind, &climb);
		for (size_t k = 0; k < d->count; k++) {
			struct delay_line delay = { i, d->t_us[k], d->us[k] };

			statefile_add(t, &delay_kind, &delay);
		}
	}
}

/* The samples come after the record of their direction. */
static void
take_climb(struct law_adaptive *law, const struct climb_line *line)
{
	struct adaptive_direction *d = &law->dir[line->dir];
	int64_t rough_us = line->d.delays.rough_us;

	*d = line->d;
	d->delays = (struct delays){ .rough_us = rough_us == NONE ? 0 :
								    rough_us };
}

static const char *
take_delay(struct law_adaptive *law, const struct delay_line *line)
{
	struct delays *d = &law->dir[line->dir].delays;

	if (d->count == DELAYS_MAX)
		return "more delays than are kept";
	d->t_us[d->count] = line->t_us;
	d->us[d->count++] = line->us;
	return NULL;
}

const char *
law_adaptive_restore(void *state, const struct settings *s,
    const struct record *r)
{
	struct law_adaptive *law = state;
	union {
		struct delay_line delay;
		struct blame_line blame;
		struct climb_line climb;
	} line;
	const char *why;
	const struct message_kind *kind = statefile_unpack(law_adaptive_kinds,
	    &line, r, &why);

	(void)s;
	if (kind == &delay_kind)
		return take_delay(law, &line.delay);
	if (kind == &climb_kind)
		take_climb(law, &line.climb);
	else if (kind == &blame_kind) {
		law->tried = line.blame.tried;
		law->suspects = line.blame.suspects;
		law->evidence = line.blame.evidence;
	}
	return why;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/reflectors.h"

#include <string.h>

#include "base/number.h"

void
reflectors_init(struct reflectors *r, size_t count, size_t active,
    int64_t now_us)
{
	memset(r, 0, sizeof *r);
	r->count = count;
	for (size_t i = 0; i < active; i++)
		r->one[i].active = true;
	r->judged_us = now_us;
	r->spare_us = active < count ? now_us : INT64_MAX;
	r->spare = active - 1;
}

/* --- figures -------------------------------------------------------------- */

static void
sort(int64_t *x, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		int64_t moved = x[i];
		size_t at = i;

		for (; at > 0 && x[at - 1] > moved; at--)
			x[at] = x[at - 1];
		x[at] = moved;
	}
}

/* The median of the answers, 0 if there are too few. */
static int64_t
median_us(const struct reflector *one)
{
	int64_t us[REFLECTORS_WINDOW];
	size_t n = 0;

	for (size_t i = 0; i < one->count; i++)
		if (one->us[i] > 0)
			us[n++] = one->us[i];
	if (n < REFLECTORS_LEAST)
		return 0;
	sort(us, n);
	return us[n / 2];
}

static int64_t
lost_ppm(const struct reflector *one)
{
	int64_t lost = 0;

	for (size_t i = 0; i < one->count; i++)
		lost += one->us[i] == 0;
	return lost * NUMBER_PPM / REFLECTORS_WINDOW;
}

/* The figure that decides about this fault; a negative one is not known. */
static int64_t
figure(const struct reflector *one, enum reflectors_fault fault)
{
	int64_t us;

	if (fault == REFLECTORS_LOSES)
		return lost_ppm(one);
	us = median_us(one);
	if (us == 0 || one->least_us == 0)
		return -1;
	return fault == REFLECTORS_SLOWER ? us : us - one->least_us;
}

/* The median of the others that are active, the greater of two; -1 if it is
 * not known of any. */
static int64_t
others(const struct reflectors *r, size_t which, enum reflectors_fault fault)
{
	int64_t x[SETTINGS_HOSTS], one;
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (i == which || !r->one[i].active)
			continue;
		one = figure(&r->one[i], fault);
		if (one >= 0)
			x[n++] = one;
	}
	sort(x, n);
	return n > 0 ? x[n / 2] : -1;
}

/* Whether the others cannot tell if the line is dead. */
static bool
is_dark(const struct reflectors *r, size_t which)
{
	int64_t rest = others(r, which, REFLECTORS_LOSES);

	return rest < 0 || rest >= REFLECTORS_DARK;
}

static bool
is_at_fault(const struct reflectors *r, size_t which,
    enum reflectors_fault fault, int64_t limit)
{
	int64_t own = figure(&r->one[which], fault);
	int64_t rest = others(r, which, fault);

	if (fault == REFLECTORS_LOSES && is_dark(r, which))
		return own == NUMBER_PPM;
	return own >= 0 && rest >= 0 && own - rest > limit;
}

static enum reflectors_fault
fault_of(const struct reflectors *r, const struct settings *s, size_t which)
{
	if (is_at_fault(r, which, REFLECTORS_LOSES, s->ping.lost_ppm))
		return REFLECTORS_LOSES;
	if (is_at_fault(r, which, REFLECTORS_SLOWER, s->ping.slower_us))
		return REFLECTORS_SLOWER;
	if (is_at_fault(r, which, REFLECTORS_DRIFTS, s->ping.drift_us))
		return REFLECTORS_DRIFTS;
	return REFLECTORS_FINE;
}

/* --- results -------------------------------------------------------------- */

void
reflectors_add(struct reflectors *r, size_t which, int64_t sent_us, int64_t us)
{
	struct reflector *one = &r->one[which];
	int64_t median;

	one->us[one->next] = us;
	one->next = (one->next + 1) % REFLECTORS_WINDOW;
	if (one->count < REFLECTORS_WINDOW)
		one->count++;
	one->before_us = us > 0 ? one->tried_us : 0;
	one->tried_us = us > 0 ? sent_us : 0;
	median = median_us(one);
	if (median > 0 && (one->least_us == 0 || median < one->least_us))
		one->least_us = median;
}

/* --- spares --------------------------------------------------------------- */

int
reflectors_spare(struct reflectors *r, const struct settings *s, int64_t now_us)
{
	int64_t pause_us = s->ping.spare_interval_us, spares = 0;
	int found = -1;

	if (now_us < r->spare_us)
		return -1;
	for (size_t i = 1; i <= r->count; i++) {
		size_t which = (r->spare + i) % r->count;

		if (r->one[which].active)
			continue;
		spares++;
		if (found == -1)
			found = (int)which;
	}
	if (found == -1)
		return -1;
	r->spare = (size_t)found;
	r->spare_us = now_us +
	    (r->since_us != 0 ? s->ping.interval_us : pause_us) / spares;
	return found;
}

int64_t
reflectors_due_us(const struct reflectors *r)
{
	return r->spare_us;
}

/* --- judging -------------------------------------------------------------- */

static void
accuse(struct reflectors *r, const struct settings *s, int64_t now_us)
{
	for (size_t i = 0; i < r->count; i++) {
		enum reflectors_fault fault;

		if (!r->one[i].active)
			continue;
		fault = fault_of(r, s, i);
		if (fault == REFLECTORS_FINE)
			continue;
		r->accused = i;
		r->fault = fault;
		r->dark = fault == REFLECTORS_LOSES && is_dark(r, i);
		if (r->since_us == 0) {
			r->since_us = now_us;
			r->spare_us = now_us;
		}
		return;
	}
	r->since_us = 0;
}

/* Whether this spare answered since, and is not slower than it may be. */
static bool
is_fit(const struct reflectors *r, const struct settings *s, size_t which,
    int64_t now_us)
{
	const struct reflector *one = &r->one[which];
	int64_t rest = others(r, r->accused, REFLECTORS_SLOWER);
	int64_t answered_us = r->dark ? one->before_us : one->tried_us;
	int64_t last =
	    one->us[(one->next + REFLECTORS_WINDOW - 1) % REFLECTORS_WINDOW];

	return !one->active && now_us >= one->rested_us && answered_us != 0 &&
	    answered_us >= r->since_us &&
	    (rest < 0 || last - rest <= s->ping.slower_us);
}

/* As an active one it begins anew: what it was as a spare is long ago. */
static void
swap(struct reflectors *r, const struct settings *s, size_t to, int64_t now_us)
{
	struct reflector *from = &r->one[r->accused];

	*from = (struct reflector){ .rested_us = now_us + s->ping.rest_us };
	r->one[to] = (struct reflector){ .active = true };
	r->since_us = 0;
	r->spare_us = now_us + s->ping.interval_us;
}

bool
reflectors_judge(struct reflectors *r, const struct settings *s, int64_t now_us,
    struct replacement *out)
{
	if (r->spare_us == INT64_MAX ||
	    now_us - r->judged_us < s->ping.interval_us)
		return false;
	r->judged_us = now_us;
	accuse(r, s, now_us);
	if (r->since_us == 0)
		return false;
	for (size_t i = 0; i < r->count; i++) {
		if (!is_fit(r, s, i, now_us))
			continue;
		*out = (struct replacement){ r->accused, i, r->fault };
		swap(r, s, i, now_us);
		return true;
	}
	return false;
}

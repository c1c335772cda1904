/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steer/diverting.h"

#include <string.h>

#include "record/messages.h"

#define NEVER (INT64_MIN / 2)

void
diverting_init(struct diverting *d)
{
	*d = (struct diverting){ .want = NONE,
		.has = NONE,
		.left = NONE,
		.read_us = NEVER,
		.retry_us = NEVER };
}

bool
diverting_begin(struct diverting *d, int64_t want, int64_t reconcile_us,
    int64_t now_us)
{
	bool news = want != d->want;

	d->want = want;
	if (want == NONE || now_us < d->retry_us)
		return false;
	if (!news && d->why == NULL && d->has == want &&
	    now_us - d->read_us < reconcile_us)
		return false;
	d->why = NULL;
	d->wrote = d->foreign = false;
	d->read_us = now_us;
	return true;
}

void
diverting_read(struct diverting *d, const char *why, bool on)
{
	d->why = why;
	d->has = why == NULL ? on : NONE;
	d->foreign = why == NULL && d->left != NONE && d->left != d->has;
}

bool
diverting_must_set(const struct diverting *d)
{
	return d->why == NULL && d->has != d->want;
}

void
diverting_set(struct diverting *d, const char *set_why, const char *get_why,
    bool on)
{
	bool known = set_why == NULL && get_why == NULL;

	d->wrote = set_why == NULL;
	d->has = known ? on : NONE;
	d->why = set_why != NULL ? set_why : get_why;
	if (known && d->has != d->want)
		d->why = "not_taken";
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
diverting_end(struct diverting *d, int64_t now_us)
{
	int64_t pause_us = DIVERTING_RETRY_US;
	bool news = !d->spoke || (d->wrote && d->why == NULL) ||
	    !same(d->why, d->said);

	d->failed = d->why != NULL ? d->failed + 1 : 0;
	for (int64_t i = 1; i < d->failed && pause_us < DIVERTING_RETRY_MAX_US;
	     i++)
		pause_us *= 2;
	if (pause_us > DIVERTING_RETRY_MAX_US)
		pause_us = DIVERTING_RETRY_MAX_US;
	d->retry_us = d->why != NULL ? now_us + pause_us : NEVER;
	if (d->has != NONE)
		d->left = d->has;
	d->spoke = true;
	d->said = d->why;
	return news;
}

void
diverting_hold(struct diverting *d, int64_t until_us)
{
	d->retry_us = until_us;
}

bool
diverting_owes(const struct diverting *d)
{
	return d->want != NONE && (d->why != NULL || d->has != d->want);
}

int64_t
diverting_due_us(const struct diverting *d, int64_t reconcile_us)
{
	int64_t read_us = d->read_us + reconcile_us;

	if (d->want == NONE)
		return INT64_MAX;
	return d->why != NULL || d->retry_us > read_us ? d->retry_us : read_us;
}

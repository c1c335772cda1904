/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steer/diverting.h"

#include "record/messages.h"

bool
diverting_begin(struct reconcile *d, int64_t want, int64_t reconcile_us,
    int64_t now_us)
{
	bool news = want != d->want;

	d->want = want;
	if (want == NONE || !backoff_is_over(&d->backoff, now_us))
		return false;
	if (!news && d->why == WORKED && d->has == want &&
	    now_us - d->read_us < reconcile_us)
		return false;
	reconcile_begin(d);
	return true;
}

bool
diverting_must_set(const struct reconcile *d)
{
	return d->why == WORKED && d->has != d->want;
}

void
diverting_set(struct reconcile *d, int64_t now_us, enum failure set_why,
    enum failure get_why, bool on)
{
	reconcile_wrote(d, now_us, set_why, get_why, on);
	if (d->why == WORKED && d->has != d->want)
		reconcile_not_taken(d);
}

bool
diverting_owes(const struct reconcile *d)
{
	return d->want != NONE && (d->why != WORKED || d->has != d->want);
}

int64_t
diverting_due_us(const struct reconcile *d, int64_t reconcile_us)
{
	int64_t read_us = d->read_us + reconcile_us;

	if (d->want == NONE)
		return INT64_MAX;
	return d->why != WORKED || d->backoff.until_us > read_us ?
	    d->backoff.until_us :
	    read_us;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/reconcile.h"

#include "record/messages.h"

/* Before anything: so long ago that it is always due. */
#define NEVER_US (INT64_MIN / 2)

void
reconcile_init(struct reconcile *r)
{
	*r = (struct reconcile){ .want = NONE,
		.has = NONE,
		.left = NONE,
		.read_us = NEVER_US };
}

void
reconcile_begin(struct reconcile *r)
{
	r->why = WORKED;
	r->read = r->tried = r->wrote = r->foreign = false;
}

void
reconcile_read(struct reconcile *r, int64_t now_us, enum failure why,
    int64_t value)
{
	r->read = true;
	r->read_us = now_us;
	r->why = why;
	r->has = why == WORKED ? value : NONE;
	r->foreign = why == WORKED && r->left != NONE && value != r->left;
}

void
reconcile_wrote(struct reconcile *r, int64_t now_us, enum failure set_why,
    enum failure get_why, int64_t value)
{
	r->tried = true;
	r->wrote = set_why == WORKED;
	r->read_us = now_us;
	r->has = set_why == WORKED && get_why == WORKED ? value : NONE;
	r->why = set_why != WORKED ? set_why : get_why;
}

void
reconcile_not_taken(struct reconcile *r)
{
	r->why = FAILURE_NOT_TAKEN;
}

bool
reconcile_end(struct reconcile *r, int64_t now_us)
{
	bool news = !r->spoke || (r->wrote && r->why == WORKED) ||
	    r->why != r->said;

	if (r->why != WORKED)
		backoff_failed(&r->backoff, now_us, RECONCILE_FIRST_US,
		    RECONCILE_MOST_US);
	else
		backoff_worked(&r->backoff);
	if (r->has != NONE)
		r->left = r->has;
	r->spoke = true;
	r->said = r->why;
	return news;
}

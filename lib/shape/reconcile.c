/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/reconcile.h"

#include <string.h>

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
	r->why = NULL;
	r->read = r->tried = r->wrote = r->foreign = false;
}

void
reconcile_read(struct reconcile *r, int64_t now_us, const char *why,
    int64_t value)
{
	r->read = true;
	r->read_us = now_us;
	r->why = why;
	r->has = why == NULL ? value : NONE;
	r->foreign = why == NULL && r->left != NONE && value != r->left;
}

void
reconcile_wrote(struct reconcile *r, int64_t now_us, const char *set_why,
    const char *get_why, int64_t value)
{
	r->tried = true;
	r->wrote = set_why == NULL;
	r->read_us = now_us;
	r->has = set_why == NULL && get_why == NULL ? value : NONE;
	r->why = set_why != NULL ? set_why : get_why;
}

void
reconcile_not_taken(struct reconcile *r)
{
	r->why = "not_taken";
}

static bool
same_word(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
reconcile_end(struct reconcile *r, int64_t now_us)
{
	bool news = !r->spoke || (r->wrote && r->why == NULL) ||
	    !same_word(r->why, r->said);

	if (r->why != NULL)
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a diverter is read and switched.
 *
 * It is read at the start, before it is switched, after that, and now and
 * then: what is right already is not written, what somebody else changed is
 * set again. A switch that was accepted is verified by reading; if it is not
 * there yet, the pause after a failure ends with another reading before it is
 * written once more. The pause grows, so a broken peer is left alone; a router
 * is for longer, and over restarts (router_pause.h): see diverting_hold.
 *
 * Pure; times are monotonic. Reasons are words of wanctl-steer(8) and must
 * outlive this.
 */
#ifndef DIVERTING_H
#define DIVERTING_H

#include <stdbool.h>
#include <stdint.h>

#define DIVERTING_RETRY_US 100000 /* pause after a failure; doubles */
#define DIVERTING_RETRY_MAX_US 5000000

struct diverting {
	int64_t want, has; /* 0, 1, NONE: not known */
	int64_t left;      /* what it had after the last cycle; or NONE */
	int64_t read_us, retry_us;
	const char *why;  /* it did not work; NULL: it did */
	const char *said; /* the same, when it was last reported */
	int64_t failed;   /* cycles in a row that did not */
	bool wrote, foreign, spoke;
};

void diverting_init(struct diverting *d);

/* Is there something to do now? It begins a cycle: read it and say what came
 * of that, and only if diverting_must_set then, switch it, read it again and
 * say that. */
bool diverting_begin(struct diverting *d, int64_t want, int64_t reconcile_us,
    int64_t now_us);
void diverting_read(struct diverting *d, const char *why, bool on);
bool diverting_must_set(const struct diverting *d);
void diverting_set(struct diverting *d, const char *set_why,
    const char *get_why, bool on);

/* Ends it. True if that is worth a record: it was switched, something failed
 * in another way, or works again, or it is the first. */
bool diverting_end(struct diverting *d, int64_t now_us);

/* It is left alone until then, whatever there is to do. */
void diverting_hold(struct diverting *d, int64_t until_us);

/* Is what is wanted known not to be there, or not known to be? */
bool diverting_owes(const struct diverting *d);

/* When there is something to do without a decision. */
int64_t diverting_due_us(const struct diverting *d, int64_t reconcile_us);

#endif

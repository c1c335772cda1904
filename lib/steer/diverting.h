/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a diverter is read and switched.
 *
 * It is read at the start, before it is switched, after that, and now and
 * then: what is right already is not written, what somebody else changed is
 * set again, see reconcile.h. A router that fails is left alone for longer,
 * and over restarts (router_pause.h): the caller holds its backoff.
 *
 * Pure; times are monotonic.
 */
#ifndef DIVERTING_H
#define DIVERTING_H

#include <stdbool.h>
#include <stdint.h>

#include "shape/reconcile.h"

/* Is there something to do now? It begins a cycle: reconcile_read what it has;
 * only if diverting_must_set then, switch it, read it again and diverting_set
 * what came of that; reconcile_end. */
bool diverting_begin(struct reconcile *d, int64_t want, int64_t reconcile_us,
    int64_t now_us);
bool diverting_must_set(const struct reconcile *d);
void diverting_set(struct reconcile *d, int64_t now_us, enum failure set_why,
    enum failure get_why, bool on);

/* Is what is wanted known not to be there, or not known to be? */
bool diverting_owes(const struct reconcile *d);

/* When there is something to do without a decision. */
int64_t diverting_due_us(const struct reconcile *d, int64_t reconcile_us);

#endif

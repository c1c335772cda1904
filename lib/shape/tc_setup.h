/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shaper of a direction, made, looked at and removed: a CAKE, or an HTB
 * with one class and fq_codel, at the root of its device. The download's device
 * may be an ifb, see settings_is_fed(); that is made as well, and what arrives
 * at [wan] device is redirected to it.
 *
 * Only what is missing is made, and only what has our mark (tc_messages.h) is
 * changed or removed: what others made is a failure, and stays. A default qdisc
 * of the kernel's is nobody's. After a failure, `detail` has the sentence for
 * people, and what this call made is gone again.
 */
#ifndef TC_SETUP_H
#define TC_SETUP_H

#include "shape/tc_kernel.h"
#include "shape/tc_messages.h"

enum failure tc_setup_look(struct tc_kernel *t, const struct settings *s,
    enum direction dir, struct tc_look *l);

/* *changed is set to true if there was something to do; the rate of a shaper
 * that is there already stays, and that of a new one is the direction's base.
 */
enum failure tc_setup_up(struct tc_kernel *t, const struct settings *s,
    enum direction dir, bool *changed);

/* The same of removing; not what is someone else's. */
enum failure tc_setup_down(struct tc_kernel *t, const struct settings *s,
    enum direction dir, bool *changed);

#endif

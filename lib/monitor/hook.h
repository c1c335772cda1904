/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program of the user's that is told of alerts: argument vector, no shell,
 * the record as a line of JSON on its standard input, and each key of it in
 * its environment (WANCTL_EVENT, WANCTL_FOR_US...). What it prints goes to
 * standard error.
 *
 * One runs at a time, with a deadline, and nobody waits for it: alerts queue.
 * No more than HOOK_A_MINUTE begin within a minute, but for ends of conditions,
 * which are always told.
 */
#ifndef HOOK_H
#define HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/child.h"
#include "conf/settings.h"
#include "record/messages.h"

#define HOOK_A_MINUTE 20 /* what web hooks take, Discord's for one */
#define HOOK_QUEUE 64
#define HOOK_DETAIL 256

struct hook {
	struct child child;
	int64_t until_us;                /* of the one that runs */
	int64_t begun_us[HOOK_A_MINUTE]; /* the last ones, a ring */
	size_t next;
	struct alert queue[HOOK_QUEUE];
	size_t waiting;
};

void hook_init(struct hook *h);

/* It is to be told of this, now_us is monotonic. False if something is not
 * told: this, or an older one that waited in the place that this one needs. */
bool hook_add(struct hook *h, const struct alert *alert, int64_t now_us);

/* Begins, ends and looks after it. True: something is wrong, *detail says
 * what. */
bool hook_look(struct hook *h, const struct settings *s, int64_t now_us,
    char detail[static HOOK_DETAIL]);

/* When to look again; INT64_MAX: nothing is to be done. */
int64_t hook_due_us(const struct hook *h, int64_t now_us);

/* Ends the one that runs. */
void hook_close(struct hook *h);

#endif

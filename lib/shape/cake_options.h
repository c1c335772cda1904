/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a CAKE is told beside its rate: from a configuration, from and to the
 * kernel's attributes, and in the words of tc-cake(8). Pure.
 */
#ifndef CAKE_OPTIONS_H
#define CAKE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nlattr.h"
#include "base/text.h"
#include "conf/settings.h"

/* The values are the kernel's, linux/pkt_sched.h. */
struct cake_options {
	bool raw; /* packets are as long as this host has them, and not only
		     their IP part */
	int64_t overhead, mpu; /* bytes; overhead is added to that */
	int64_t atm;           /* cells: 0 none, 1 ATM, 2 PTM */
	int64_t rtt_us;
	int64_t diffserv, nat, wash, ingress, ack_filter;
};

/* What [shaper] says of a direction. */
struct cake_options cake_options_of(const struct settings *s,
    enum direction dir);

/* Appends them to a nest of attributes: 88 bytes at most. */
void cake_options_put(struct nlmsghdr *h, const struct cake_options *o);

/* From the attributes of a CAKE. */
struct cake_options cake_options_read(struct attrs all);

bool cake_options_equal(const struct cake_options *a,
    const struct cake_options *b);

/* "diffserv3 nat overhead 18 mpu 64 rtt 100ms"; what is off is left out. */
void cake_options_text(const struct cake_options *o, struct text *t);

#endif

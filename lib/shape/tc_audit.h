/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong, or costs more than it has to, with the shaper of a direction,
 * whoever made it. Pure.
 */
#ifndef TC_AUDIT_H
#define TC_AUDIT_H

#include "shape/tc_messages.h"

enum tc_finding {
	/* it does not shape */
	TC_NO_DEVICE,
	TC_DEVICE_DOWN,
	TC_NO_FEEDER,
	TC_NO_SHAPER,
	TC_NOT_FED,
	TC_FED_ELSEWHERE,
	/* it does, but */
	TC_NOT_MADE,
	TC_DIFFERS,
	TC_AUTORATE,
	TC_NO_NAT,
	TC_NO_FRAMING,
	TC_NO_INGRESS,
	TC_FINDINGS
};

/* A sentence each, about the device or the one that feeds it, with what it
 * costs and what to do. */
extern const char *const tc_finding_text[TC_FINDINGS];

/* The findings of a direction, in order; how many. */
size_t tc_audit(const struct settings *s, enum direction dir,
    const struct tc_look *l, enum tc_finding found[static TC_FINDINGS]);

#endif

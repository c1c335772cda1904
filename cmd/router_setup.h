/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two things that wanctl-router does for people; each gives its exit
 * status. */
#ifndef ROUTER_SETUP_H
#define ROUTER_SETUP_H

#include "router/transport.h"

/* Shows the key of the router, and keeps it if that is answered with yes. */
int router_trust(const struct settings *s, struct transport *t, bool yes);

/* Prints what the router has of what is configured; reads only. */
int router_discover(const struct settings *s, struct transport *t);

#endif

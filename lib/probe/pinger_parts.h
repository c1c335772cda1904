/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the pinger, for its own files alone:
 *
 *	pinger.c	the loop: probes are sent, answers are read
 *	pinger_open.c	what is opened before the first probe
 *	pinger_names.c	addresses of names
 *	pinger_say.c	what a result says: the record, and troubles
 */
#ifndef PINGER_PARTS_H
#define PINGER_PARTS_H

#include "probe/pinger.h"

#define PINGER_TCP_USUAL 443
#define PINGER_REPLIES \
	64 /* read in a row, so that a flood cannot stop the rest */
#define PINGER_STAMPS_SOCKET 2 /* the index of the one for time stamps */

/* --- pinger.c --- */

/* Composes the note out of up to five parts; NULL ends. One that was not taken
 * yet is kept, in front of it. */
void pinger_tell(struct pinger *p, const char *a, const char *b, const char *c,
    const char *d, const char *e);
uint64_t pinger_random(struct pinger *p);

bool pinger_has_address(const struct pinger_target *t);

/* Where that probe of the target went. */
const struct pinger_place *pinger_place_of(const struct pinger_target *t,
    int64_t seq);

/* The index of the socket for echo of that family. */
size_t pinger_socket_for(int family);

/* The other target that has this address already, NULL if none. */
const struct pinger_target *pinger_twin_of(const struct pinger *p,
    const struct pinger_target *t, const union address *a);

/* Probes of the target go to that address from now on. */
void pinger_settle(struct pinger *p, struct pinger_target *t,
    const union address *a);

/* --- pinger_open.c --- */

bool pinger_by_stamp(const struct pinger *p);
bool pinger_by_tcp_alone(const struct pinger *p);

/* Opens socket i. */
enum egress_step pinger_open_kind(const struct pinger *p, struct echo *echo,
    size_t i, uint16_t id);

/* --- pinger_names.c --- */

/* The family of the addresses that may be used; AF_UNSPEC: either. */
int pinger_family(const struct settings *s, const struct egress *e);

/* Begins to look for the addresses of a name. */
void pinger_resolve(struct pinger *p, struct pinger_target *t, int64_t now_us);

/* The same, if the target has none or its address fails, when it is time. */
void pinger_resolve_again(struct pinger *p, struct pinger_target *t,
    int64_t now_us);

/* Takes what was found. True if there is something to say. */
bool pinger_check_names(struct pinger *p, int64_t now_us);

/* --- pinger_say.c --- */

void pinger_fill(struct pinger *p, const struct outcome *o, struct rtt *r);

/* An errno of a target: it is said once, and for all at once if they share
 * it. */
void pinger_trouble(struct pinger *p, struct pinger_target *t, int error,
    int64_t now_us);

/* Says one of the troubles that others do not share. False if there is none. */
bool pinger_say_trouble(struct pinger *p);

/* Learns from a result which targets are up and which should be probed. */
void pinger_learn(struct pinger *p, const struct outcome *o);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways to a router, behind one face: REST, or SSH to the console of
 * RouterOS, or SSH to tc(8) of Linux or OpenWrt.
 *
 * After a failure, `detail` has the sentence for people. No function takes
 * longer than connect_timeout and a few times timeout of [router].
 *
 * A queue or rule is found by its exact name or comment each time that a
 * connection is new, and there must be exactly one. What was written is read
 * back.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "conf/settings.h"
#include "router/breaker.h"
#include "router/rest.h"
#include "router/routeros.h"
#include "router/ssh.h"

#define TRANSPORT_DETAIL 300
#define TRANSPORT_QUIET_US 3000000 /* after a request that was given up */

struct transport;

/* A row of a list: a value for each property, "" where it is absent. */
typedef void transport_each(void *user, const char *const value[]);
#define TRANSPORT_PROPERTIES 8

struct transport_kind_ops {
	const char *name;
	enum failure (*get_queues)(struct transport *t,
	    struct routeros_queue q[static DIRECTIONS]);
	enum failure (*set_queues)(struct transport *t,
	    const int64_t bps[static DIRECTIONS],
	    int64_t has[static DIRECTIONS]);
	enum failure (*get_rule)(struct transport *t, bool *on);
	enum failure (*set_rule)(struct transport *t, bool on);
	/* All rows of a menu, "queue/tree"; properties up to a NULL. NULL where
	 * there are no menus. */
	enum failure (*list)(struct transport *t, const char *menu,
	    const char *const properties[], transport_each *each, void *user);
	void (*close)(struct transport *t);
};

struct transport {
	const struct settings *settings;
	const struct transport_kind_ops *ops; /* NULL: none */
	/* Of the queues. Of a direction that has none it is the other one's,
	 * which is read in its place: what that says of it means nothing. */
	const char *name[DIRECTIONS];
	bool simple; /* one simple queue, which has both */
	struct breaker breaker;
	char detail[TRANSPORT_DETAIL];
	enum failure why;   /* of the last request */
	int64_t uptime_us;  /* of the router, when last seen; NONE */
	int64_t seen_us;    /* monotonic */
	int64_t sectors;    /* written to its flash since it booted; NONE */
	bool wrote;         /* the last call sent a change */
	int64_t quiet_us;   /* least pause after the last failure */
	int64_t refused_us; /* a login was refused then; 0: was not */

	struct transport_flags {
		int64_t seen_us; /* monotonic; 0: ask now */
		bool inactive;   /* they were in the way then */
	} queue_flags, rule_flags;

	struct ssh ssh;
	struct rest rest;
	char id[DIRECTIONS][ROUTEROS_ID]; /* "": not known; of ssh_tc keep */
	char rule_id[ROUTEROS_ID];
};

extern const struct transport_kind_ops transport_rest, transport_ssh,
    transport_ssh_tc;

/* kind as in [router]; TRANSPORT_NONE leaves ops NULL. */
void transport_init(struct transport *t, const struct settings *s,
    int64_t kind);

/* The peer of SSH, as [router] says. */
struct ssh_peer transport_peer(const struct settings *s);

/* true: another transport may do better. false: this is the router's word. */
bool transport_is_down(enum failure why);

/* Whether what was read is what is wanted; 0 or less: left alone. */
bool transport_is_right(const int64_t want[static DIRECTIONS],
    const int64_t has[static DIRECTIONS]);

/* Pauses between tries to read what was written: routers answer with what
 * was before for a moment. */
#define TRANSPORT_TRIES 3
void transport_pause(int attempt);

/* FAILURE_INACTIVE if flags of the router say that a queue of [router] shapes
 * nothing, or that a rule which is on moves nothing. */
enum failure transport_judge_queues(struct transport *t,
    const struct routeros_flags flags[static DIRECTIONS]);
enum failure transport_judge_rule(struct transport *t,
    const struct routeros_flags *flags);

/* For the transports: sets detail, returns why. */
enum failure transport_fail(struct transport *t, enum failure why,
    const char *what, const char *more);

#endif

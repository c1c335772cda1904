/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever sets the rate of a direction, behind one face: CAKE or HTB of this
 * kernel, a router elsewhere, a program of the user's, or a dry run.
 *
 * After a failure, `detail` has the sentence for people. No call takes longer
 * than [shaper] timeout, twice for a change that is read first.
 */
#ifndef SHAPER_H
#define SHAPER_H

#include "base/failure.h"
#include "conf/settings.h"
#include "router/router_client.h"
#include "shape/tc_kernel.h"

struct shaper;

struct shaper_backend {
	int (*open)(struct shaper *s); /* 0, or -1 with errno */
	enum failure (*get)(struct shaper *s, enum direction dir, int64_t *bps);
	enum failure (*set)(struct shaper *s, enum direction dir, int64_t bps,
	    int64_t *has_bps);
	void (*close)(struct shaper *s);
};

enum shaper_said { SHAPER_SAID_NOTHING, SHAPER_SAID_GET, SHAPER_SAID_SET };

struct shaper {
	const struct settings *settings;
	const char *conf; /* the configuration's file, for router */
	const struct shaper_backend *backend;
	char detail[TC_KERNEL_DETAIL];
	struct tc_kernel tc;            /* cake, htb */
	struct qdisc known[DIRECTIONS]; /* cake, as last read */
	bool is_known[DIRECTIONS];
	int64_t print_bps[DIRECTIONS]; /* print */
	int64_t plan_bps[DIRECTIONS];  /* what shaper_plan said; NONE */
	struct {
		struct router_client link;
		enum shaper_said said; /* the last answer: to what, */
		int64_t said_us;       /* when, */
		enum failure why;
		int64_t bps[DIRECTIONS];
		bool used[DIRECTIONS]; /* and who has had it */
	} router;
};

extern const struct shaper_backend shaper_kernel, shaper_command, shaper_print,
    shaper_router;

/* Chooses by [shaper] backend; conf is the file of the settings and must
 * outlive it. 0, or -1 with errno. */
int shaper_open(struct shaper *s, const struct settings *settings,
    const char *conf);

/* The rates of the next shaper_set of each direction, NONE if none will follow:
 * a router is then asked once for both. */
void shaper_plan(struct shaper *s, const int64_t bps[static DIRECTIONS]);

enum failure shaper_get(struct shaper *s, enum direction dir, int64_t *bps);

/* bps is brought inside floor and ceiling; 0, which would mean unlimited to
 * CAKE, can therefore never be set. *has_bps is what the shaper has then, or
 * NONE if it did not say so: shaper_get asks it. */
enum failure shaper_set(struct shaper *s, enum direction dir, int64_t bps,
    int64_t *has_bps);

void shaper_close(struct shaper *s);

#endif

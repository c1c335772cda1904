/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever sets the rate of a direction, behind one face: CAKE or HTB of this
 * kernel, a program of the user's, or a dry run.
 *
 * get and set return NULL, or the word of wanctl-records(5) that says why
 * not; `detail` then has the sentence for people. No call takes longer than
 * [shaper] timeout, twice for a change that is read first.
 */
#ifndef SHAPER_H
#define SHAPER_H

#include "settings.h"
#include "trafficctl.h"

struct shaper;

struct shaper_backend {
	int (*open)(struct shaper *s); /* 0, or -1 with errno */
	const char *(*get)(struct shaper *s, enum direction dir, int64_t *bps);
	const char *(*set)(struct shaper *s, enum direction dir, int64_t bps,
	    int64_t *has_bps);
	void (*close)(struct shaper *s);
};

struct shaper {
	const struct settings *settings;
	const struct shaper_backend *backend;
	char detail[TRAFFICCTL_DETAIL];
	struct trafficctl tc;           /* cake, htb */
	struct qdisc known[DIRECTIONS]; /* cake, as last read */
	bool is_known[DIRECTIONS];
	int64_t print_bps[DIRECTIONS]; /* print */
};

extern const struct shaper_backend shaper_kernel, shaper_command, shaper_print;

/* Chooses by [shaper] backend. 0, or -1 with errno. */
int shaper_open(struct shaper *s, const struct settings *settings);

const char *shaper_get(struct shaper *s, enum direction dir, int64_t *bps);

/* bps is brought inside floor and ceiling; 0, which would mean unlimited to
 * CAKE, can therefore never be set. *has_bps is what the shaper has then, or
 * NONE if it did not say so: shaper_get asks it. */
const char *shaper_set(struct shaper *s, enum direction dir, int64_t bps,
    int64_t *has_bps);

void shaper_close(struct shaper *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of every filter of records: it consumes the kinds it knows, of its
 * own line, and copies every other line unchanged.
 *
 * filter_next delivers the consumed ones; copying happens inside. It never
 * reads or waits: on FILTER_WAIT the caller does what it does between two
 * batches (act, save) and calls filter_wait. So a program sees all that is
 * waiting before it acts.
 */
#ifndef FILTER_H
#define FILTER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/lines.h"
#include "base/output.h"
#include "record/messages.h"

enum filter_got {
	FILTER_END,     /* of the input */
	FILTER_MESSAGE, /* kind and message are set */
	FILTER_BAD, /* a bad record was skipped; line, culprit and why say it */
	FILTER_WAIT,  /* nothing more is there now */
	FILTER_ERROR, /* errno: the output, or the input if input_failed */
};

struct filter {
	/* Set by the caller before the first call. */
	const struct message_kind *const *kinds; /* consumed; ended by NULL */
	const char *wan;       /* records of another line are copied */
	const char *other_wan; /* of this one are consumed too; or NULL */
	bool copy_all;         /* what is consumed is copied too */
	/* NULL, or it is given every record first: with its line, without the
	 * LF. */
	void (*each)(void *user, const struct record *r, const char *line,
	    size_t len);
	void *user;

	const struct message_kind *kind;
	union {
		struct rtt rtt;
		struct queue queue;
		struct rate rate;
		struct applied applied;
		struct steer steer;
		struct memory memory;
	} message;
	int64_t line;              /* number of the line that it was on */
	const char *culprit, *why; /* key, or "", and reason */
	bool input_failed;
	struct lines in;
	struct output out;
};

/* From and to these descriptors; the fields that the caller sets are kept. */
void filter_init(struct filter *f, int in, int out);

enum filter_got filter_next(struct filter *f);

/* Writes a record of this kind. 0, or -1 with errno. */
int filter_write(struct filter *f, const struct message_kind *kind,
    const void *message);

/* Flushes the output, waits for input until the time-out (NULL: for ever) or
 * a signal that `mask` lets through, and reads. 0, also when only time
 * passed, or -1 with errno; see input_failed. */
int filter_wait(struct filter *f, const struct timespec *timeout,
    const sigset_t *mask);

#endif

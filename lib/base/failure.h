/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a shaper, a diverter or a router did not do what it was asked: the words
 * of the key `why` of applied, diverted and answer records, wanctl-records(5).
 *
 * Programs compare the values; words are for records and messages.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>
#include <stddef.h>

enum failure {
	WORKED,         /* there is no failure, and no word */
	FAILURE_FAILED, /* none of these */
	FAILURE_TIMEOUT,

	/* who is asked */
	FAILURE_REFUSED,
	FAILURE_UNREACHABLE,
	FAILURE_RESET,
	FAILURE_LOST,
	FAILURE_UNSURE,
	FAILURE_BUSY,
	FAILURE_GARBLED,
	FAILURE_CREDENTIALS,
	FAILURE_HOSTKEY,
	FAILURE_CERTIFICATE,
	FAILURE_COOLING,
	FAILURE_BAD_REQUEST,

	/* what it has */
	FAILURE_MISSING,
	FAILURE_DUPLICATE,
	FAILURE_INACTIVE,
	FAILURE_PERMISSION,
	FAILURE_MISMATCH,
	FAILURE_REJECTED,
	FAILURE_UNSUPPORTED,
	FAILURE_NO_DEVICE,
	FAILURE_NO_QDISC,
	FAILURE_WRONG_QDISC,
	FAILURE_AUTORATE,
	FAILURE_DENIED,
	FAILURE_NOT_TAKEN,
	FAILURE_FOREIGN,
	FAILURE_HALF,
	FAILURE_DRY_RUN,

	/* ourselves */
	FAILURE_STATE,
	FAILURES
};

/* Indexed by the values above; "" for WORKED. */
extern const char *const failure_words[FAILURES];

/* The value of a word; FAILURE_FAILED for one that is not known, as a later
 * version may have more. */
enum failure failure_of(const char *word);

/* Does it last until somebody mends it? */
bool failure_is_lasting(enum failure why);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/failure.h"

#include <string.h>

const char *const failure_words[FAILURES] = {
	[WORKED] = "",
	[FAILURE_FAILED] = "failed",
	[FAILURE_TIMEOUT] = "timeout",
	[FAILURE_REFUSED] = "refused",
	[FAILURE_UNREACHABLE] = "unreachable",
	[FAILURE_RESET] = "reset",
	[FAILURE_LOST] = "lost",
	[FAILURE_UNSURE] = "unsure",
	[FAILURE_BUSY] = "busy",
	[FAILURE_GARBLED] = "garbled",
	[FAILURE_CREDENTIALS] = "credentials",
	[FAILURE_HOSTKEY] = "hostkey",
	[FAILURE_CERTIFICATE] = "certificate",
	[FAILURE_COOLING] = "cooling",
	[FAILURE_BAD_REQUEST] = "bad_request",
	[FAILURE_MISSING] = "missing",
	[FAILURE_DUPLICATE] = "duplicate",
	[FAILURE_INACTIVE] = "inactive",
	[FAILURE_PERMISSION] = "permission",
	[FAILURE_MISMATCH] = "mismatch",
	[FAILURE_REJECTED] = "rejected",
	[FAILURE_UNSUPPORTED] = "unsupported",
	[FAILURE_NO_DEVICE] = "no_device",
	[FAILURE_NO_QDISC] = "no_qdisc",
	[FAILURE_WRONG_QDISC] = "wrong_qdisc",
	[FAILURE_AUTORATE] = "autorate",
	[FAILURE_DENIED] = "denied",
	[FAILURE_NOT_TAKEN] = "not_taken",
	[FAILURE_FOREIGN] = "foreign",
	[FAILURE_HALF] = "half",
	[FAILURE_DRY_RUN] = "dry_run",
	[FAILURE_STATE] = "state",
};

enum failure
failure_of(const char *word)
{
	for (int i = FAILURE_FAILED; i < FAILURES; i++)
		if (strcmp(word, failure_words[i]) == 0)
			return (enum failure)i;
	return FAILURE_FAILED;
}

bool
failure_is_lasting(enum failure why)
{
	switch (why) {
	case FAILURE_CREDENTIALS:
	case FAILURE_HOSTKEY:
	case FAILURE_CERTIFICATE:
	case FAILURE_MISSING:
	case FAILURE_DUPLICATE:
	case FAILURE_PERMISSION:
	case FAILURE_REJECTED:
	case FAILURE_UNSUPPORTED:
		return true;
	default:
		return false;
	}
}

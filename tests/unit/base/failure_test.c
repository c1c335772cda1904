/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/failure.h"

#include "../tap.h"

static void
test_words(void)
{
	is_str(failure_words[WORKED], "", "what worked has no word");
	for (int i = WORKED + 1; i < FAILURES; i++) {
		ok(failure_words[i] != NULL && *failure_words[i] != '\0',
		    "failure %d has a word", i);
		is_int(failure_of(failure_words[i]), i, "%s, and back",
		    failure_words[i]);
	}
	is_int(failure_of("unheard_of"), FAILURE_FAILED, "an unknown word");
	is_int(failure_of(""), FAILURE_FAILED, "no word at all");
}

static void
test_lasting(void)
{
	static const enum failure lasting[] = { FAILURE_CREDENTIALS,
		FAILURE_HOSTKEY, FAILURE_CERTIFICATE, FAILURE_MISSING,
		FAILURE_DUPLICATE, FAILURE_PERMISSION, FAILURE_REJECTED,
		FAILURE_UNSUPPORTED };
	size_t count = 0;

	for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
		ok(failure_is_lasting(lasting[i]), "R34: %s stays",
		    failure_words[lasting[i]]);
	for (int i = 0; i < FAILURES; i++)
		count += failure_is_lasting((enum failure)i);
	is_int((long long)count, sizeof lasting / sizeof *lasting,
	    "R34: what mends itself does not");
}

int
main(void)
{
	test_words();
	test_lasting();
	return tap_done();
}

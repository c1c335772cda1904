/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control laws that there are. */
#ifndef LAWS_H
#define LAWS_H

#include "assess/law_adaptive.h"
#include "assess/law_classic.h"

/* The state of whichever is in use. */
union law_state {
	struct law_adaptive adaptive;
	struct law_classic classic;
	int64_t other[64]; /* of a law that is not listed */
};

/* The law of [assess] law. */
const struct law *law_of(const struct settings *s);

#endif

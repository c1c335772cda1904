/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of cake-autorate, config.NAME.sh of its versions 2 and 3,
 * as ours. It says what differs from their defaults, so those that matter are
 * taken over too.
 *
 * Their delays are one-way; of pingers that know round trips alone, they are
 * half of one.
 */
#ifndef AUTORATE_H
#define AUTORATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/import.h"
#include "conf/keylist.h"

/* Values that decide about others: of all keys, before the first is taken. */
struct autorate_context {
	int64_t interval_us; /* between two probes of a reflector */
	int64_t active;      /* no_pingers */
	int64_t hosts;       /* how many reflectors there are */
	bool one_way;        /* the pinger knows one-way delays */
};
void autorate_look(struct autorate_context *c, const struct keylist *l);

/* Takes over one key. */
void autorate_take(struct settings *s, const struct autorate_context *c,
    const char *key, const char *value, struct import_note *note);

/* What is not in the list, and was so by default; from i = 0. False: no more.
 * It is to be taken as what is there. */
bool autorate_default(const struct keylist *l, size_t i, const char **key,
    const char **value);

/* For a test: as legacy_target. */
bool autorate_target(int i, const char **section, const char **key);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a server on the open internet answers, and how often: a list of
 * prefixes, a rate for each source, and one for all of them. Addresses are 16
 * bytes, those of IPv4 as ::ffff:a.b.c.d; a source is an IPv4 address or an
 * IPv6 /64, which is what one customer has at least.
 *
 * Memory is bounded: so many sources are known at a time. A source that has
 * been silent for a second needs no memory; in a flood from forged addresses
 * the one that was heard least gives way, and the rate for all holds.
 */
#ifndef ADMISSION_H
#define ADMISSION_H

#include <stddef.h>
#include <stdint.h>

#define ADMISSION_PREFIXES 64
#define ADMISSION_SETS 256
#define ADMISSION_WAYS 8
#define ADMISSION_RATE_MAX 1000000

struct admission_prefix {
	uint8_t address[16];
	unsigned bits; /* of 128 */
};

/* A bucket with a second's worth of tokens: when it will be full again. */
struct admission_source {
	uint64_t address[2];
	int64_t full_ns;
};

/* Zero-initialised, and then rate, total and seed are set. */
struct admission {
	int64_t rate, total; /* a second; 1 .. ADMISSION_RATE_MAX */
	uint64_t seed;       /* random: nobody can choose who shares a set */
	size_t prefixes;     /* none: everybody is allowed */
	struct admission_prefix prefix[ADMISSION_PREFIXES];
	int64_t full_ns; /* the bucket of all */
	struct admission_source source[ADMISSION_SETS][ADMISSION_WAYS];
};

enum admission_verdict {
	ADMISSION_GRANTED,
	ADMISSION_STRANGER, /* not in a prefix */
	ADMISSION_OFTEN,    /* more than rate */
	ADMISSION_BUSY,     /* all together more than total */
};

/* Adds "192.0.2.0/24", "2001:db8::/32" or an address. NULL, or why not. */
const char *admission_allow(struct admission *a, const char *text);

/* May this source be answered now? Times only grow. */
enum admission_verdict admission_ask(struct admission *a,
    const uint8_t from[static 16], int64_t now_us);

#endif

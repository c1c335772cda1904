/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/admission.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define SECOND_NS 1000000000

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

const char *
admission_allow(struct admission *a, const char *text)
{
	struct admission_prefix p = { .bits = 128 };
	const char *slash = strchr(text, '/');
	char bare[INET6_ADDRSTRLEN];
	int64_t most = 128, bits;
	const char *why;

	if (a->prefixes == ADMISSION_PREFIXES)
		return "too many of them";
	if (!text_copy(bare, sizeof bare, text,
		slash == NULL ? strlen(text) : (size_t)(slash - text)))
		return "not an address";
	if (inet_pton(AF_INET, bare, p.address + sizeof mapped) == 1) {
		memcpy(p.address, mapped, sizeof mapped);
		most = 32;
	} else if (inet_pton(AF_INET6, bare, p.address) != 1) {
		return "not an address";
	}
	if (slash != NULL) {
		why = number_int(slash + 1, strlen(slash + 1), 0, most, &bits);
		if (why != NULL)
			return why;
		p.bits = (unsigned)(128 - most + bits);
	}
	a->prefix[a->prefixes++] = p;
	return NULL;
}

static bool
within(const struct admission_prefix *p, const uint8_t from[static 16])
{
	unsigned bytes = p->bits / 8, rest = p->bits % 8;

	if (memcmp(p->address, from, bytes) != 0)
		return false;
	return rest == 0 ||
	    (p->address[bytes] ^ from[bytes]) >> (8 - rest) == 0;
}

static bool
allowed(const struct admission *a, const uint8_t from[static 16])
{
	for (size_t i = 0; i < a->prefixes; i++)
		if (within(&a->prefix[i], from))
			return true;
	return a->prefixes == 0;
}

/* The bits of a number stirred; 0x9e37... is 2^64 by the golden ratio. */
static uint64_t
stir(uint64_t x)
{
	x = (x ^ x >> 32) * 0x9e3779b97f4a7c15;
	x = (x ^ x >> 29) * 0x9e3779b97f4a7c15;
	return x ^ x >> 32;
}

/* Its bucket: the one that it has, or the one of whoever was heard least. */
static struct admission_source *
source_of(struct admission *a, const uint8_t from[static 16])
{
	struct admission_source *set, *least;
	uint64_t key[2];

	memcpy(key, from, sizeof key);
	if (memcmp(from, mapped, sizeof mapped) != 0)
		key[1] = 0;
	set = a->source[stir(stir(key[0] ^ a->seed) ^ key[1]) % ADMISSION_SETS];
	least = set;
	for (size_t i = 0; i < ADMISSION_WAYS; i++) {
		if (memcmp(set[i].address, key, sizeof key) == 0)
			return &set[i];
		if (set[i].full_ns < least->full_ns)
			least = &set[i];
	}
	memcpy(least->address, key, sizeof key);
	least->full_ns = 0;
	return least;
}

/* The bucket's new time if a token is taken now; -1 if there is none. */
static int64_t
taken(int64_t full_ns, int64_t rate, int64_t now_ns)
{
	if (full_ns < now_ns)
		full_ns = now_ns;
	full_ns += SECOND_NS / rate;
	return full_ns - now_ns <= SECOND_NS ? full_ns : -1;
}

enum admission_verdict
admission_ask(struct admission *a, const uint8_t from[static 16],
    int64_t now_us)
{
	struct admission_source *source;
	int64_t all_ns, one_ns;

	if (!allowed(a, from))
		return ADMISSION_STRANGER;
	source = source_of(a, from);
	one_ns = taken(source->full_ns, a->rate, now_us * 1000);
	if (one_ns == -1)
		return ADMISSION_OFTEN;
	all_ns = taken(a->full_ns, a->total, now_us * 1000);
	if (all_ns == -1)
		return ADMISSION_BUSY;
	source->full_ns = one_ns;
	a->full_ns = all_ns;
	return ADMISSION_GRANTED;
}

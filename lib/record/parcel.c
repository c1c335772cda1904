/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/parcel.h"

#include <string.h>

#define PART (MEMORY_TEXT - 1)

static void
swap(char *at, size_t len, const char *from, const char *to)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] == from[0])
			at[i] = to[0];
		else if (at[i] == from[1])
			at[i] = to[1];
}

bool
parcel_part(const char *text, int64_t part, struct memory *out)
{
	size_t len = strlen(text), at = (size_t)(part - 1) * PART;
	size_t n = at >= len ? 0 : len - at < PART ? len - at : PART;

	if (n == 0 || len >= PARCEL_MAX || strpbrk(text, ",;") != NULL)
		return false;
	memcpy(out->text, text + at, n);
	out->text[n] = '\0';
	swap(out->text, n, " \n", ",;");
	out->part = part;
	out->of = (int64_t)((len + PART - 1) / PART);
	return true;
}

enum parcel_got
parcel_take(struct parcel *p, const struct memory *m)
{
	size_t len = strlen(m->text);

	if (m->part == 1)
		*p = (struct parcel){ 0 };
	if (m->part != p->parts + 1 || m->part > m->of ||
	    p->len + len >= PARCEL_MAX) {
		p->len = 0;
		p->parts = 0;
		return PARCEL_BAD;
	}
	memcpy(p->text + p->len, m->text, len + 1);
	swap(p->text + p->len, len, ",;", " \n");
	p->len += len;
	p->parts = m->part == m->of ? 0 : m->part;
	return p->parts == 0 ? PARCEL_WHOLE : PARCEL_MORE;
}

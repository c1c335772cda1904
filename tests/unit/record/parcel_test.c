/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/parcel.h"

#include <string.h>

#include "../tap.h"

/* All parts of a text, by way of records. */
static enum parcel_got
carry(struct parcel *to, const char *text)
{
	enum parcel_got got = PARCEL_BAD;
	struct memory m, read;

	message_clear(&message_memory, &m);
	m.t_us = 1769000000000000;
	strcpy(m.wan, "cable");
	for (int64_t part = 1; parcel_part(text, part, &m); part++) {
		char line[RECORD_MAX + 1];
		const char *culprit;
		struct record r;
		size_t len = message_pack(&message_memory, line, &m);

		if (len == 0 || record_parse(&r, line, len - 1) != NULL ||
		    message_unpack(&message_memory, &read, &r, &culprit) !=
			NULL)
			return PARCEL_BAD;
		got = parcel_take(to, &read);
	}
	return got;
}

static void
test_sizes(void)
{
	static const size_t sizes[] = { 1, MEMORY_TEXT - 2, MEMORY_TEXT - 1,
		MEMORY_TEXT, 2 * (MEMORY_TEXT - 1), PARCEL_MAX - 1 };
	static struct parcel p;
	static char text[PARCEL_MAX + 1];

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			text[k] = "state v=1\nx\n"[k % 12];
		text[sizes[i]] = '\0';
		is_int(carry(&p, text), PARCEL_WHOLE, "R117: %zu bytes",
		    sizes[i]);
		ok(strcmp(p.text, text) == 0, "are the same");
	}
	memset(text, 'a', PARCEL_MAX);
	ok(carry(&p, text) == PARCEL_BAD, "one more is too much");
	ok(carry(&p, "") == PARCEL_BAD, "nothing is no text");
	ok(carry(&p, "a,b\n") == PARCEL_BAD, "nor is what could not come back");
	ok(carry(&p, "a;b\n") == PARCEL_BAD, "... either");
}

static struct memory
part(int64_t n, int64_t of, const char *text)
{
	struct memory m = { .part = n, .of = of };

	strcpy(m.text, text);
	return m;
}

static void
test_order(void)
{
	static struct parcel p;
	struct memory one = part(1, 3, "a,"), two = part(2, 3, "b;"),
		      three = part(3, 3, "c;"), more = part(4, 3, "d;");

	is_int(parcel_take(&p, &two), PARCEL_BAD, "R117: without the first");
	is_int(parcel_take(&p, &one), PARCEL_MORE, "the first");
	is_int(parcel_take(&p, &three), PARCEL_BAD, "without the second");
	is_int(parcel_take(&p, &one), PARCEL_MORE, "the first again");
	is_int(parcel_take(&p, &two), PARCEL_MORE, "the second");
	is_int(parcel_take(&p, &two), PARCEL_BAD, "twice");
	(void)parcel_take(&p, &one);
	(void)parcel_take(&p, &one);
	(void)parcel_take(&p, &two);
	is_int(parcel_take(&p, &three), PARCEL_WHOLE, "the first begins anew");
	is_str(p.text, "a b\nc\n", "and then it is whole");
	is_int(p.parts, 0, "and nothing is missing");
	is_int(parcel_take(&p, &more), PARCEL_BAD, "more than there are");
}

int
main(void)
{
	test_sizes();
	test_order();
	return tap_done();
}

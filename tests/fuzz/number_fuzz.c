/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number that is read is within its bounds, and is written as a text that
 * is read as the same number. */
#include "base/number.h"

#include "base/text.h"
#include "fuzz.h"

typedef const char *parser(const char *, size_t, int64_t, int64_t, int64_t *);
typedef size_t formatter(char out[static NUMBER_TEXT_MAX], int64_t);

static size_t
int_text(char out[static NUMBER_TEXT_MAX], int64_t v)
{
	return number_format(out, v);
}

static void
check(parser *parse, formatter *format, const char *s, size_t len, int64_t lo,
    int64_t hi)
{
	char out[NUMBER_TEXT_MAX];
	int64_t v = -77, back = -77;
	size_t n;

	if (parse(s, len, lo, hi, &v) != NULL) {
		must(v == -77);
		return;
	}
	must(v >= lo && v <= hi);
	n = format(out, v);
	must(n == strlen(out) && n < sizeof out);
	must(parse(out, n, v, v, &back) == NULL && back == v);
	/* The bounds are exact. */
	must(v == lo || parse(out, n, lo, v - 1, &back) != NULL);
	must(v == hi || parse(out, n, v + 1, hi, &back) != NULL);
}

static void
check_words(const char *s, size_t len)
{
	if (text_is_name(s, len, 32) || text_is_domain(s, len) ||
	    text_is_address(s, len))
		for (size_t i = 0; i < len; i++)
			must(s[i] > ' ' && s[i] <= '~' && s[i] != '/' &&
			    s[i] != '$' && s[i] != ';' && s[i] != '=');
	must(!text_is_domain(s, len) || !text_is_address(s, len));
	if (text_is_address(s, len) || (text_is_domain(s, len) && len < 254))
		must(text_is_host(s, len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;

	check(number_int, int_text, s, size, -INT64_MAX, INT64_MAX);
	check(number_int, int_text, s, size, -1000, 1000);
	check(number_duration, number_duration_text, s, size, 0, INT64_MAX);
	check(number_duration, number_duration_text, s, size, 200000,
	    3600000000);
	check(number_rate, number_rate_text, s, size, 0, INT64_MAX);
	check(number_ratio, number_ratio_text, s, size, 0, INT64_MAX);
	check_words(s, size);
	return 0;
}

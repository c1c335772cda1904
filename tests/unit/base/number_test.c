/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number.h"

#include "../random.h"
#include "../tap.h"

#define UNTOUCHED -12345

typedef const char *parser(const char *, size_t, int64_t, int64_t, int64_t *);
typedef size_t formatter(char out[static NUMBER_TEXT_MAX], int64_t);

struct parse_case {
	const char *text;
	int64_t want;
	const char *why;
};

#define RANGE "number out of range"
#define NO_NUMBER "not a number"
#define DIGITS "more digits than can be kept"

static const struct parse_case ints[] = {
	{ "0", 0, NULL },
	{ "-0", 0, NULL },
	{ "007", 7, NULL },
	{ "9223372036854775807", INT64_MAX, NULL },
	{ "-9223372036854775807", -INT64_MAX, NULL },
	{ "9223372036854775808", 0, RANGE },
	/* INT64_MIN is how an absent number is kept: it cannot be read. */
	{ "-9223372036854775808", 0, RANGE },
	{ "99999999999999999999999999999999", 0, RANGE },
	{ "", 0, NO_NUMBER },
	{ "-", 0, NO_NUMBER },
	{ "--1", 0, NO_NUMBER },
	{ "+1", 0, NO_NUMBER },
	{ " 1", 0, NO_NUMBER },
	{ "1 ", 0, NO_NUMBER },
	{ "1.0", 0, NO_NUMBER },
	{ "0x10", 0, NO_NUMBER },
	{ "1e3", 0, NO_NUMBER },
	{ "1,000", 0, NO_NUMBER },
	{ "nan", 0, NO_NUMBER },
};
#define TIME_UNIT "unknown unit of time (us, ms, s, min, h)"
static const struct parse_case durations[] = {
	{ "0", 0, NULL },
	{ "1", 1000000, NULL },
	{ "0.3", 300000, NULL },
	{ ".3", 300000, NULL },
	{ "300ms", 300000, NULL },
	{ "250us", 250, NULL },
	{ "1.5s", 1500000, NULL },
	{ "1.5ms", 1500, NULL },
	{ "2min", 120000000, NULL },
	{ "1.5h", 5400000000, NULL },
	{ "0.000001s", 1, NULL },
	{ "1.0000000s", 1000000, NULL },
	{ "0.00000000000000000000000000000000s", 0, NULL },
	{ "9223372036854775807us", INT64_MAX, NULL },
	{ "0.0000001s", 0, DIGITS },
	{ "0.5us", 0, DIGITS },
	{ "9223372036854775807", 0, RANGE },
	{ "9223372036854775807h", 0, RANGE },
	{ "5124095577h", 0, RANGE }, /* 3.5e9 beyond 2^64 */
	{ "99999999999999999999us", 0, RANGE },
	{ "-1s", 0, NO_NUMBER },
	{ "", 0, NO_NUMBER },
	{ "s", 0, NO_NUMBER },
	{ ".", 0, NO_NUMBER },
	{ ".s", 0, NO_NUMBER },
	{ "1.s", 0, NO_NUMBER },
	{ "1.", 0, NO_NUMBER },
	{ "1 s", 0, TIME_UNIT },
	{ "1s ", 0, TIME_UNIT },
	{ "1S", 0, TIME_UNIT },
	{ "1m", 0, TIME_UNIT },
	{ "1.2.3s", 0, TIME_UNIT },
	{ "1,5s", 0, TIME_UNIT },
	{ "1e3ms", 0, TIME_UNIT },
};
#define RATE_UNIT "unknown unit of rate (bit, kbit, mbit, gbit)"
static const struct parse_case rates[] = {
	{ "64000", 64000, NULL },
	{ "64000bit", 64000, NULL },
	{ "500kbit", 500000, NULL },
	{ "20mbit", 20000000, NULL },
	{ "1.2gbit", 1200000000, NULL },
	{ "0.5kbit", 500, NULL },
	{ "9223372036gbit", 9223372036000000000, NULL },
	{ "9223372037gbit", 0, RANGE },
	{ "18446744074gbit", 0, RANGE }, /* 2.9e8 beyond 2^64 */
	{ "0.5bit", 0, DIGITS },
	{ "1.0005kbit", 0, DIGITS },
	{ "20Mbit", 20000000, NULL },
	{ "100M", 100000000, NULL },
	{ "100Mbps", 100000000, NULL },
	{ "64000bps", 64000, NULL },
	{ "100kbps", 0, RATE_UNIT },
	{ "100gbps", 0, RATE_UNIT },
	{ "100g", 0, RATE_UNIT },
	{ "512k", 512000, NULL },
	{ "2G", 2000000000, NULL },
	{ "93.4 Mbit/s", 93400000, NULL },
	{ "94.1 Mbits/sec", 94100000, NULL },
	{ "1Gbps", 1000000000, NULL },
	{ "100Mb/s", 100000000, NULL },
	{ "5 Kb", 5000, NULL },
	{ "64000 bit/s", 64000, NULL },
	{ "100MB", 0, RATE_UNIT },
	{ "100MB/s", 0, RATE_UNIT },
	{ "100MBps", 0, RATE_UNIT },
	{ "100Mibit", 0, RATE_UNIT },
	{ "100 ", 0, RATE_UNIT },
	{ "100  M", 0, RATE_UNIT },
	{ "100M ", 0, RATE_UNIT },
	{ "100mm", 0, RATE_UNIT },
	{ "100Mbit/", 0, RATE_UNIT },
	{ "100T", 0, RATE_UNIT },
	{ "20m", 0, RATE_UNIT },
	{ "20mbps", 0, RATE_UNIT },
	{ "20 mbit", 20000000, NULL },
	{ "-1mbit", 0, NO_NUMBER },
};
#define NO_RATIO "not a ratio (0.85 or 85%)"
static const struct parse_case ratios[] = {
	{ "0", 0, NULL },
	{ "1", 1000000, NULL },
	{ "0.85", 850000, NULL },
	{ "85%", 850000, NULL },
	{ "0.5%", 5000, NULL },
	{ "0.000001", 1, NULL },
	{ "0.0001%", 1, NULL },
	{ "0.0000001", 0, DIGITS },
	{ "85 %", 0, NO_RATIO },
	{ "85%%", 0, NO_RATIO },
	{ "0.85x", 0, NO_RATIO },
	{ "%", 0, NO_NUMBER },
	{ "-0.5", 0, NO_NUMBER },
};

static void
test_parser(const char *name, parser *parse, const struct parse_case *cases,
    size_t n, int64_t lo)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = cases[i].text;
		int64_t v = UNTOUCHED;

		is_str(parse(text, strlen(text), lo, INT64_MAX, &v),
		    cases[i].why, "%s: \"%s\"", name, text);
		is_int(v, cases[i].why != NULL ? UNTOUCHED : cases[i].want,
		    "%s: \"%s\": %s", name, text,
		    cases[i].why != NULL ? "untouched" : "value");
	}
}
#define PARSER(p, cases, lo) \
	test_parser(#p, p, cases, sizeof cases / sizeof cases[0], lo)

static void
test_bounds(void)
{
	int64_t v = UNTOUCHED;

	is_str(number_int("-5", 2, -5, 5, &v), NULL, "the least");
	is_int(v, -5, "is taken");
	is_str(number_int("5", 1, -5, 5, &v), NULL, "the greatest");
	is_int(v, 5, "is taken");
	is_str(number_int("-6", 2, -5, 5, &v), RANGE, "below");
	is_str(number_int("6", 1, -5, 5, &v), RANGE, "above");
	is_int(v, 5, "both untouched");
	is_str(number_duration("1.001s", 6, 0, 1000000, &v), RANGE,
	    "a duration above");
	is_str(number_rate("1\0bit", 5, 0, 1000000, &v), RATE_UNIT,
	    "a byte of 0 is no prefix");
	is_str(number_rate("63.999kbit", 10, 64000, 1000000, &v), RANGE,
	    "a rate below");
	is_str(number_ratio("101%", 4, 0, NUMBER_PPM, &v), RANGE,
	    "a ratio above");
	is_str(number_mark("0x300", 5, 0, 0xffffffff, &v), NULL,
	    "R80: a mark as ip(8) prints it");
	is_int(v, 768, "... its value");
	is_str(number_mark("0XfF", 4, 0, 255, &v), NULL, "any case");
	is_int(v, 255, "... its value");
	is_str(number_mark("768", 3, 0, 768, &v), NULL, "or decimal");
	is_int(v, 768, "... its value");
	is_str(number_mark("0x100000000", 11, 0, 0xffffffff, &v), RANGE,
	    "above");
	is_str(number_mark("0xffffffffffffffffffff", 22, 0, INT64_MAX, &v),
	    RANGE, "far above");
	is_str(number_mark("0x1", 3, 2, 9, &v), RANGE, "below");
	is_str(number_mark("0x", 2, 0, 9, &v), NO_NUMBER, "no digit");
	is_str(number_mark("0x1g", 4, 0, 99, &v), NO_NUMBER, "no such digit");
	is_str(number_mark("x3", 2, 0, 99, &v), NO_NUMBER, "no 0 before it");
	is_str(number_int("12x", 2, 0, 100, &v), NULL,
	    "what is after the slice is not looked at");
	is_int(v, 12, "only the slice");
	is_str(number_int("1\0002", 3, 0, 100, &v), NO_NUMBER,
	    "and a NUL in it is no digit");
}

static const struct {
	formatter *format;
	int64_t v;
	const char *want;
} texts[] = {
	{ number_duration_text, 0, "0s" },
	{ number_duration_text, 1, "1us" },
	{ number_duration_text, 1000, "1ms" },
	{ number_duration_text, 1001, "1001us" },
	{ number_duration_text, 1500000, "1500ms" },
	{ number_duration_text, 60000000, "1min" },
	{ number_duration_text, 7200000000, "2h" },
	{ number_duration_text, INT64_MAX, "9223372036854775807us" },
	{ number_rate_text, 0, "0bit" },
	{ number_rate_text, 999, "999bit" },
	{ number_rate_text, 64000, "64kbit" },
	{ number_rate_text, 20000000, "20mbit" },
	{ number_rate_text, 1200000000, "1200mbit" },
	{ number_rate_text, 5000000000, "5gbit" },
	{ number_rate_text, INT64_MAX, "9223372036854775807bit" },
	{ number_ratio_text, 0, "0" },
	{ number_ratio_text, 850000, "0.85" },
	{ number_ratio_text, 1000000, "1" },
	{ number_ratio_text, 1, "0.000001" },
	{ number_ratio_text, 1000001, "1.000001" },
	{ number_ratio_text, 100000, "0.1" },
	{ number_ratio_text, INT64_MAX, "9223372036854.775807" },
};

static void
test_texts(void)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char out[NUMBER_TEXT_MAX];

		is_int(texts[i].format(out, texts[i].v), strlen(texts[i].want),
		    "length of %s", texts[i].want);
		is_str(out, texts[i].want, "text of %s", texts[i].want);
	}
}

static void
test_format(void)
{
	char out[NUMBER_MAX];

	is_int(number_format(out, 0), 1, "0 has one digit");
	is_str(out, "0", "0");
	number_format(out, -1);
	is_str(out, "-1", "-1");
	is_int(number_format(out, INT64_MAX), 19, "the greatest has 19");
	is_str(out, "9223372036854775807", "the greatest");
	is_int(number_format(out, INT64_MIN), 20, "the least has 20");
	is_str(out, "-9223372036854775808", "the least");
}

static const struct {
	int64_t a, b, c, want;
} products[] = {
	{ 0, 5, 3, 0 },
	{ 7, 1, 2, 3 },
	{ 1000000000000, 850000, 1000000, 850000000000 },
	{ INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX },
	{ INT64_MAX, 1, 1, INT64_MAX },
	{ INT64_MAX, 2, 1, INT64_MAX },
	{ INT64_MAX, INT64_MAX, 1, INT64_MAX },
	{ INT64_MAX, 2, 3, 6148914691236517204 },
	{ INT64_MAX, INT64_MAX - 1, INT64_MAX, INT64_MAX - 1 },
	{ INT64_MAX - 1, INT64_MAX - 1, INT64_MAX, INT64_MAX - 2 },
	{ 4294967295, 4294967295, 4294967296, 4294967294 },
	{ 4294967296, 4294967296, 4294967297, 4294967295 },
	{ 4294967296, 4294967296, 2, INT64_MAX },
	{ 4294967296, 2147483648, 1, INT64_MAX },
};

static void
test_muldiv(void)
{
	for (size_t i = 0; i < sizeof products / sizeof *products; i++)
		is_int(number_muldiv(products[i].a, products[i].b,
			   products[i].c),
		    products[i].want, "%lld * %lld / %lld",
		    (long long)products[i].a, (long long)products[i].b,
		    (long long)products[i].c);
	for (size_t i = 0; i < sizeof products / sizeof *products; i++)
		is_int(number_muldiv_halves(products[i].a, products[i].b,
			   products[i].c),
		    products[i].want, "... by halves of 32 bits");
	is_int(number_part(200, 850000), 170, "a part");
	is_int(number_part(INT64_MAX, 2 * NUMBER_PPM), INT64_MAX,
	    "a part of more than the whole");
	is_int(number_clamp(4, 5, 9), 5, "below the bounds");
	is_int(number_clamp(7, 5, 9), 7, "within the bounds");
	is_int(number_clamp(10, 5, 9), 9, "above the bounds");
}

static int64_t
any_magnitude(void)
{
	return (int64_t)(random_bits() >> random_int(1, 63));
}

/* A product of c by a number is divided exactly. */
static void
test_wide(void)
{
	int bad = 0;

	random_start();
	for (int i = 0; i < 100000; i++) {
		int64_t a = any_magnitude(), b = any_magnitude(),
			c = any_magnitude() | 1;

		bad += number_muldiv_halves(a, b, c) != number_muldiv(a, b, c);
		bad += number_muldiv_halves(a, c, c) != a;
		bad += number_muldiv_halves(c, b, c) != b;
	}
	is_int(bad, 0,
	    "R115: 100000 random products: by halves as by wide numbers");
}

static void
test_random(void)
{
	static const struct {
		parser *parse;
		formatter *format;
	} pairs[] = {
		{ number_duration, number_duration_text },
		{ number_rate, number_rate_text },
		{ number_ratio, number_ratio_text },
	};
	int bad = 0;

	random_start();
	for (int i = 0; i < 100000; i++) {
		int64_t v = number_muldiv(any_magnitude(),
		    random_int(0, 1) ? 1 : 1000, 1);
		char out[NUMBER_TEXT_MAX], decimal[NUMBER_MAX];
		int64_t back = UNTOUCHED;
		size_t len;

		for (size_t p = 0; p < 3; p++) {
			len = pairs[p].format(out, v);
			bad += len != strlen(out) || len >= sizeof out ||
			    pairs[p].parse(out, len, v, v, &back) != NULL ||
			    back != v;
		}
		v = -v;
		len = number_format(decimal, v);
		bad += number_int(decimal, len, v, v, &back) != NULL ||
		    back != v;
	}
	is_int(bad, 0, "100000 random values of each type: written and read");
}

/* Two texts of one value that differ in unit and in digits. */
static void
test_spellings(void)
{
	int bad = 0;

	for (int i = 0; i < 20000; i++) {
		int64_t ms = random_int(0, 3600000), a = -1, b = -2;
		char text[64];
		int len = snprintf(text, sizeof text, "%lldms", (long long)ms);

		bad += number_duration(text, (size_t)len, 0, INT64_MAX, &a) !=
		    NULL;
		len = snprintf(text, sizeof text, "%lld.%03lld%s",
		    (long long)ms / 1000, (long long)ms % 1000,
		    i % 2 ? "s" : "");
		bad += number_duration(text, (size_t)len, 0, INT64_MAX, &b) !=
		    NULL;
		bad += a != b || a != ms * 1000;
	}
	is_int(bad, 0, "20000 random times in ms and in s are the same");
}

int
main(void)
{
	PARSER(number_int, ints, -INT64_MAX);
	PARSER(number_duration, durations, 0);
	PARSER(number_rate, rates, 0);
	PARSER(number_ratio, ratios, 0);
	test_bounds();
	test_texts();
	test_format();
	test_muldiv();
	test_wide();
	test_random();
	test_spellings();
	return tap_done();
}

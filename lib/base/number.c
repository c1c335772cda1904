/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number.h"

#include <stdbool.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t scale;
};

/* The first unit of each list that divides a value is the one it is printed
 * in, so they run from large to small; the empty one is the default. */
static const struct unit durations[] = {
	{ "h", 3600000000 },
	{ "min", 60000000 },
	{ "s", 1000000 },
	{ "ms", 1000 },
	{ "us", 1 },
	{ "", 1000000 },
};
static const struct unit rates[] = {
	{ "gbit", 1000000000 },
	{ "mbit", 1000000 },
	{ "kbit", 1000 },
	{ "bit", 1 },
	{ "", 1 },
};
static const struct unit ratios[] = {
	{ "%", 10000 },
	{ "", NUMBER_PPM },
};
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Appends a digit to *v; false when it does not fit. */
static bool
push_digit(int64_t *v, char c)
{
	return !__builtin_mul_overflow(*v, 10, v) &&
	    !__builtin_add_overflow(*v, c - '0', v);
}

const char *
number_int(const char *s, size_t len, int64_t lo, int64_t hi, int64_t *out)
{
	bool minus = len > 0 && s[0] == '-';
	size_t i = minus ? 1 : 0;
	int64_t v = 0;

	if (i == len)
		return "not a number";
	for (; i < len; i++) {
		if (!is_digit(s[i]))
			return "not a number";
		if (!push_digit(&v, s[i]))
			return "number out of range";
	}
	if (minus)
		v = -v;
	if (v < lo || v > hi)
		return "number out of range";
	*out = v;
	return NULL;
}

const char *
number_mark(const char *s, size_t len, int64_t lo, int64_t hi, int64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	int64_t v = 0;

	if (len < 2 || s[0] != '0' || (s[1] != 'x' && s[1] != 'X'))
		return number_int(s, len, lo, hi, out);
	if (len == 2)
		return "not a number";
	for (size_t i = 2; i < len; i++) {
		char c = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] + 'a' - 'A') :
						      s[i];
		const char *at = memchr(digits, c, sizeof digits - 1);

		if (at == NULL)
			return "not a number";
		if (v > hi / 16)
			return "number out of range";
		v = v * 16 + (at - digits);
	}
	if (v < lo || v > hi)
		return "number out of range";
	*out = v;
	return NULL;
}

/* Digits with an optional fraction: value = *v / 10^*places. */
static const char *
parse_decimal(const char *s, size_t len, size_t *used, int64_t *v, int *places)
{
	bool dot = false;
	size_t i, digits = 0;

	*v = 0;
	*places = 0;
	for (i = 0; i < len && (is_digit(s[i]) || (s[i] == '.' && !dot)); i++) {
		if (s[i] == '.') {
			dot = true;
			continue;
		}
		if (!push_digit(v, s[i]))
			return "number out of range";
		digits++;
		*places += dot;
	}
	*used = i;
	return digits > 0 && s[i - 1] != '.' ? NULL : "not a number";
}

/* v * scale / 10^places when that is a whole number that fits. */
static const char *
scale_exactly(int64_t v, int64_t scale, int places, int64_t *out)
{
	for (; places > 0 && scale % 10 == 0; places--)
		scale /= 10;
	for (; places > 0 && v % 10 == 0; places--)
		v /= 10;
	if (places > 0)
		return "more digits than can be kept";
	if (__builtin_mul_overflow(v, scale, out))
		return "number out of range";
	return NULL;
}

static const char *
scale_within(int64_t v, int64_t scale, int places, int64_t lo, int64_t hi,
    int64_t *out)
{
	const char *why = scale_exactly(v, scale, places, &v);

	if (why != NULL)
		return why;
	if (v < lo || v > hi)
		return "number out of range";
	*out = v;
	return NULL;
}

static const char *
parse_unit(const char *s, size_t len, const struct unit *units, size_t n,
    const char *bad_unit, int64_t lo, int64_t hi, int64_t *out)
{
	const char *why;
	size_t used, i;
	int64_t v;
	int places;

	if ((why = parse_decimal(s, len, &used, &v, &places)) != NULL)
		return why;
	for (i = 0; i < n; i++)
		if (strlen(units[i].name) == len - used &&
		    memcmp(units[i].name, s + used, len - used) == 0)
			break;
	if (i == n)
		return bad_unit;
	return scale_within(v, units[i].scale, places, lo, hi, out);
}

const char *
number_duration(const char *s, size_t len, int64_t lo, int64_t hi, int64_t *out)
{
	return parse_unit(s, len, durations, COUNT(durations),
	    "unknown unit of time (us, ms, s, min, h)", lo, hi, out);
}

/* It is both, one after the other. */
static bool
is_unit(const char *unit, size_t len, const char *prefix, const char *rest)
{
	size_t n = strlen(prefix);

	return len == n + strlen(rest) && memcmp(unit, prefix, n) == 0 &&
	    memcmp(unit + n, rest, len - n) == 0;
}

/* A prefix, and bits a second as the tools around print them: "Mbit/s" of a
 * speed test, "Mbits/sec" of iperf3(1), "M" of RouterOS, "Mbps" of a provider.
 * Any "B" would be bytes, as "mbps" is to tc(8), and "m" a thousandth. */
static int64_t
rate_scale(const char *unit, size_t len)
{
	static const char *const bits[] = { "b", "bit", "Bit", "bits", "b/s",
		"bit/s", "Bit/s", "bits/s", "bit/sec", "bits/sec" };
	static const struct {
		char name[4];
		int64_t scale;
	} short_units[] = { { "", 1 }, { "k", 1000 }, { "K", 1000 },
		{ "M", 1000000 }, { "G", 1000000000 } };
	static const char prefixes[] = "kKmMgG";
	static const int64_t scales[] = { 1000, 1000000, 1000000000 };
	const char *prefix;
	int64_t scale = 1;

	if (len > 1 && *unit == ' ') {
		unit++;
		len--;
	}
	for (size_t i = 0; i < COUNT(short_units); i++)
		if (is_unit(unit, len, short_units[i].name, "") ||
		    (short_units[i].name[0] != 'k' &&
			is_unit(unit, len, short_units[i].name, "bps")))
			return short_units[i].scale;
	if (len > 0 &&
	    (prefix = memchr(prefixes, *unit, strlen(prefixes))) != NULL) {
		scale = scales[(prefix - prefixes) / 2];
		unit++;
		len--;
	}
	for (size_t i = 0; i < COUNT(bits); i++)
		if (is_unit(unit, len, "", bits[i]))
			return scale;
	return 0;
}

const char *
number_rate(const char *s, size_t len, int64_t lo, int64_t hi, int64_t *out)
{
	size_t used;
	int64_t v, scale;
	int places;
	const char *why = parse_decimal(s, len, &used, &v, &places);

	if (why != NULL)
		return why;
	if ((scale = rate_scale(s + used, len - used)) == 0)
		return "unknown unit of rate (bit, kbit, mbit, gbit)";
	return scale_within(v, scale, places, lo, hi, out);
}

const char *
number_ratio(const char *s, size_t len, int64_t lo, int64_t hi, int64_t *out)
{
	return parse_unit(s, len, ratios, COUNT(ratios),
	    "not a ratio (0.85 or 85%)", lo, hi, out);
}

size_t
number_format(char out[static NUMBER_MAX], int64_t v)
{
	char digits[NUMBER_MAX];
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	size_t at = sizeof digits, len;

	/* Two digits a division: this is where replaying spends its time. */
	for (; u >= 100; u /= 100) {
		digits[--at] = (char)('0' + u % 10);
		digits[--at] = (char)('0' + u / 10 % 10);
	}
	digits[--at] = (char)('0' + u % 10);
	if (u >= 10)
		digits[--at] = (char)('0' + u / 10);
	if (v < 0)
		digits[--at] = '-';
	len = sizeof digits - at;
	memcpy(out, digits + at, len);
	out[len] = '\0';
	return len;
}

static size_t
format_unit(char out[static NUMBER_TEXT_MAX], int64_t v,
    const struct unit *units, size_t n)
{
	size_t i = 0, len, unit_len;

	/* The last two are the finest unit and the default without a name. */
	while (i + 2 < n && (v == 0 || v % units[i].scale != 0))
		i++;
	len = number_format(out, v / units[i].scale);
	unit_len = strlen(units[i].name);
	memcpy(out + len, units[i].name, unit_len + 1);
	return len + unit_len;
}

size_t
number_duration_text(char out[static NUMBER_TEXT_MAX], int64_t us)
{
	if (us == 0) {
		memcpy(out, "0s", 3);
		return 2;
	}
	return format_unit(out, us, durations, COUNT(durations));
}

size_t
number_rate_text(char out[static NUMBER_TEXT_MAX], int64_t bps)
{
	return format_unit(out, bps, rates, COUNT(rates));
}

size_t
number_ratio_text(char out[static NUMBER_TEXT_MAX], int64_t ppm)
{
	size_t len;
	int64_t rest = ppm % NUMBER_PPM;

	len = number_format(out, ppm / NUMBER_PPM);
	if (rest == 0)
		return len;
	out[len++] = '.';
	for (int64_t unit = NUMBER_PPM / 10; rest > 0; unit /= 10) {
		out[len++] = (char)('0' + rest / unit);
		rest %= unit;
	}
	out[len] = '\0';
	return len;
}

/* high and low times 2^64 and 1, divided by c, bit by bit; high < c < 2^63. */
static uint64_t
divide_wide(uint64_t high, uint64_t low, uint64_t c)
{
	uint64_t rest = high, quotient = 0;

	for (int bit = 63; bit >= 0; bit--) {
		rest = rest << 1 | (low >> bit & 1);
		quotient <<= 1;
		if (rest >= c) {
			rest -= c;
			quotient |= 1;
		}
	}
	return quotient;
}

int64_t
number_muldiv_halves(int64_t a, int64_t b, int64_t c)
{
	uint64_t a0 = (uint64_t)a & UINT32_MAX, a1 = (uint64_t)a >> 32;
	uint64_t b0 = (uint64_t)b & UINT32_MAX, b1 = (uint64_t)b >> 32;
	uint64_t mid = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1;
	uint64_t high = a1 * b1, low, v;

	/* a1 and b1 are below 2^31, so that no sum reaches 2^64. */
	mid += other;
	high += mid >> 32;
	low = mid << 32 | (a0 * b0 & UINT32_MAX);
	if (high >= (uint64_t)c)
		return INT64_MAX;
	v = high == 0 ? low / (uint64_t)c : divide_wide(high, low, (uint64_t)c);
	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

int64_t
number_muldiv(int64_t a, int64_t b, int64_t c)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 wide;
	wide v = (wide)(uint64_t)a * (uint64_t)b / (uint64_t)c;

	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
#else
	return number_muldiv_halves(a, b, c);
#endif
}

int64_t
number_part(int64_t x, int64_t ppm)
{
	return number_muldiv(x, ppm, NUMBER_PPM);
}

int64_t
number_clamp(int64_t x, int64_t lo, int64_t hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

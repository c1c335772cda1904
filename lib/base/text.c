/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

void
text_init(struct text *t, char *buf, size_t size)
{
	*t = (struct text){ .buf = buf, .size = size };
	buf[0] = '\0';
}

void
text_bytes(struct text *t, const char *s, size_t n)
{
	if (t->full || n >= t->size - t->len) {
		t->full = true;
		return;
	}
	memcpy(t->buf + t->len, s, n);
	t->len += n;
	t->buf[t->len] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

void
text_format(struct text *t, const char *format, ...)
{
	size_t room = t->size - t->len;
	va_list ap;
	int n;

	va_start(ap, format);
	n = t->full ? -1 : vsnprintf(t->buf + t->len, room, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		t->buf[t->len] = '\0';
		t->full = true;
		return;
	}
	t->len += (size_t)n;
}

void
text_int(struct text *t, int64_t v)
{
	char digits[NUMBER_MAX];
	size_t n = number_format(digits, v);

	text_bytes(t, digits, n);
}

void
text_decimal(struct text *t, int64_t v, int places)
{
	static const char digits[] = "0123456789";
	int64_t one = 1, rest;

	for (int i = 0; i < places; i++)
		one *= 10;
	if (v < 0 && v > -one)
		text_add(t, "-");
	text_int(t, v / one);
	if ((rest = v % one) == 0)
		return;
	rest = rest < 0 ? -rest : rest;
	text_add(t, ".");
	while (rest > 0) {
		one /= 10;
		text_bytes(t, &digits[rest / one], 1);
		rest %= one;
	}
}

/* The civil date of a day since 1970, after the calendar of 400 years that
 * begins in March. */
void
text_date(struct text *t, int64_t t_us, char between)
{
	char out[80];
	int64_t s = t_us / 1000000, z = s / 86400 + 719468;
	int64_t era = z / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	s %= 86400;
	(void)snprintf(out, sizeof out, "%04d-%02d-%02d%c%02d:%02d:%02dZ",
	    (int)(yoe + era * 400 + (month <= 2)), month,
	    (int)(doy - (153 * mp + 2) / 5 + 1), between, (int)(s / 3600),
	    (int)(s % 3600 / 60), (int)(s % 60));
	text_add(t, out);
}

bool
text_copy(char *dst, size_t size, const char *src, size_t len)
{
	bool fits = len < size;

	if (fits)
		memcpy(dst, src, len);
	dst[fits ? len : 0] = '\0';
	return fits;
}

char *
text_printable(char *s)
{
	for (char *p = s; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return s;
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

bool
text_is_name(const char *s, size_t len, size_t max)
{
	if (len == 0 || len > max || s[0] == '.' || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(s[i]) && memchr("._-", s[i], 3) == NULL)
			return false;
	return true;
}

bool
text_is_host(const char *s, size_t len)
{
	if (len == 0 || len > 253 || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(s[i]) && memchr("-._:%", s[i], 5) == NULL)
			return false;
	return true;
}

/* Length of the label at s, 0 if there is none; *number when only digits. */
static size_t
label_length(const char *s, size_t len, bool *number)
{
	size_t n = 0;

	*number = true;
	for (; n < len && (is_alnum(s[n]) || s[n] == '-' || s[n] == '_'); n++)
		*number = *number && s[n] >= '0' && s[n] <= '9';
	return n > 0 && n <= 63 && s[0] != '-' && s[n - 1] != '-' ? n : 0;
}

bool
text_is_domain(const char *s, size_t len)
{
	bool number = true;
	size_t n;

	if (len > 0 && s[len - 1] == '.')
		len--;
	if (len > 253)
		return false;
	for (;;) {
		if ((n = label_length(s, len, &number)) == 0)
			return false;
		if (n == len)
			return !number;
		if (s[n] != '.')
			return false;
		s += n + 1;
		len -= n + 1;
	}
}

bool
text_is_address(const char *s, size_t len)
{
	const char *zone = memchr(s, '%', len);
	size_t bare = zone == NULL ? len : (size_t)(zone - s);
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr to;

	if (memchr(s, '\0', len) != NULL ||
	    !text_copy(copy, sizeof copy, s, bare))
		return false;
	if (zone == NULL && inet_pton(AF_INET, copy, &to) == 1)
		return true;
	if (inet_pton(AF_INET6, copy, &to) != 1)
		return false;
	/* A zone is the name of a network device. */
	return zone == NULL || text_is_name(zone + 1, len - bare - 1, 15);
}

int64_t
text_count_lines(const char *s, size_t len)
{
	int64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n';
	return n;
}

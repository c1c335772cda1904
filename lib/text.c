/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <string.h>

#include "number.h"

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
text_int(struct text *t, int64_t v)
{
	char digits[NUMBER_MAX];

	text_bytes(t, digits, number_format(digits, v));
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

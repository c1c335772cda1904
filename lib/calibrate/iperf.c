/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/iperf.h"

#include <stdbool.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "base/number.h"
#include "base/text.h"

#define TEXT_MAX 4194304
#define BPS_MAX 1000000000000

struct doc {
	const char *text;
	jsmntok_t *token;
	int tokens;
};

static bool
is_word(const struct doc *d, int i, const char *word)
{
	const jsmntok_t *t = &d->token[i];

	return t->type == JSMN_STRING &&
	    (size_t)(t->end - t->start) == strlen(word) &&
	    memcmp(d->text + t->start, word, strlen(word)) == 0;
}

/* The value of a key of that object, or -1. */
static int
member(const struct doc *d, int object, const char *key)
{
	for (int i = object + 1; object != -1 && i + 1 < d->tokens; i++)
		if (d->token[i].parent == object && is_word(d, i, key) &&
		    d->token[i].size == 1)
			return i + 1;
	return -1;
}

/* A number of JSON, cut off to an integer; -1 for another value. iperf3
 * writes 9.4e+08 as soon as it may. */
static int64_t
number(const char *s, size_t len)
{
	double v = 0, scale = 1;
	size_t i = 0;
	int64_t e = 0;

	for (; i < len && s[i] >= '0' && s[i] <= '9' && v < 1e15; i++)
		v = v * 10 + (s[i] - '0');
	if (i == 0)
		return -1;
	if (i < len && s[i] == '.')
		for (i++; i < len && s[i] >= '0' && s[i] <= '9'; i++)
			v += (s[i] - '0') * (scale /= 10);
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		i += i + 1 < len && s[i + 1] == '+' ? 2 : 1;
		if (number_int(s + i, len - i, -30, 30, &e) != NULL)
			return -1;
		i = len;
	}
	for (; e > 0; e--)
		v *= 10;
	for (; e < 0; e++)
		v /= 10;
	return i == len && v <= BPS_MAX ? (int64_t)v : -1;
}

const char *
iperf_parse(const char *text, size_t len, struct iperf_result *out)
{
	jsmntok_t token[IPERF_TOKENS];
	struct doc d = { text, token, 0 };
	struct iperf_result r = { .bps = -1 };
	jsmn_parser parser;
	int at;

	if (len > TEXT_MAX)
		return "too long";
	jsmn_init(&parser);
	d.tokens = jsmn_parse(&parser, text, len, token, IPERF_TOKENS);
	if (d.tokens < 1)
		return d.tokens == JSMN_ERROR_NOMEM ? "too much" : "no JSON";
	if (token[0].type != JSMN_OBJECT)
		return "no JSON object";
	at = member(&d, 0, "error");
	if (at != -1) {
		size_t n = (size_t)(token[at].end - token[at].start);

		(void)text_copy(r.error, sizeof r.error, text + token[at].start,
		    n < IPERF_ERROR ? n : IPERF_ERROR - 1);
		(void)text_printable(r.error);
	}
	at = member(&d, member(&d, member(&d, 0, "end"), "sum_received"),
	    "bits_per_second");
	if (at != -1 && token[at].type == JSMN_PRIMITIVE)
		r.bps = number(text + token[at].start,
		    (size_t)(token[at].end - token[at].start));
	if (r.bps == -1 && r.error[0] == '\0')
		return "no result of iperf3";
	*out = r;
	return NULL;
}

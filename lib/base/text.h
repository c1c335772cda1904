/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Appending to a fixed buffer. What does not fit is never cut off silently:
 * the text is marked full, stays as it was, and refuses everything after.
 * The buffer always ends in NUL and belongs to the caller.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *buf;
	size_t size, len;
	bool full;
};

/* size > 0. */
void text_init(struct text *t, char *buf, size_t size);
void text_bytes(struct text *t, const char *s, size_t n);
void text_add(struct text *t, const char *s);
/* What printf would print. */
__attribute__((format(printf, 2, 3))) void text_format(struct text *t,
    const char *format, ...);
void text_int(struct text *t, int64_t v);

/* v / 10^places, 0 <= places <= 9, without zeros at its end: 1500 and 3 are
 * "1.5". */
void text_decimal(struct text *t, int64_t v, int places);

/* Microseconds since the epoch as UTC: "2026-11-30 13:04:20Z", with what comes
 * between date and time. */
void text_date(struct text *t, int64_t t_us, char between);

/* Copies src into dst when it fits with its NUL; false, dst empty, when not. */
bool text_copy(char *dst, size_t size, const char *src, size_t len);

/* Replaces control and non-ASCII bytes of s by '?', so that text from a peer
 * can be shown on a terminal. Returns s. */
char *text_printable(char *s);

/* How many lines end in s. */
int64_t text_count_lines(const char *s, size_t len);

/* Names that go into records, messages and file names: 1..max bytes of
 * A-Z a-z 0-9 . _ -, not beginning with '.' or '-'. */
bool text_is_name(const char *s, size_t len, size_t max);

/* A host name or numeric IPv4/IPv6 address (with %zone) in shape: letters,
 * digits and . - _ : %, at most 253 bytes, not beginning with '-'. Quick, for
 * records; a configuration is held to the two below. */
bool text_is_host(const char *s, size_t len);

/* A DNS name: labels of 1..63 letters, digits, '-' and '_', neither beginning
 * nor ending with '-', the last not a number; at most 253 bytes. Whether it
 * exists is for the resolver to say. */
bool text_is_domain(const char *s, size_t len);

/* A numeric address: IPv4 in four parts, or IPv6 with or without %zone. */
bool text_is_address(const char *s, size_t len);

#endif

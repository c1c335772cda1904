/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to integer and back, strictly.
 *
 * Every parser takes a slice (it need not end in NUL), consumes all of it,
 * and returns NULL, or the reason why not as static text; *out is written
 * only on success. Bounds are inclusive. Decimal fractions are accepted where
 * a unit makes them exact ("1.5s"), never as floating point, so neither the
 * locale nor rounding can change a value; digits beyond the unit's
 * resolution are refused.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Longest text of an int64_t, with sign and NUL. */
#define NUMBER_MAX 21

/* One million: the scale of a ratio (0.85 is 850000 parts per million). */
#define NUMBER_PPM 1000000

/* Sign and digits, nothing else. */
const char *number_int(const char *s, size_t len, int64_t lo, int64_t hi,
    int64_t *out);

/* The same, or "0x300" as ip(8), tc(8) and nft(8) print marks; lo >= 0. */
const char *number_mark(const char *s, size_t len, int64_t lo, int64_t hi,
    int64_t *out);

/* "250us", "50ms", "1.5s", "2min", "1h"; without unit seconds, as in ping(8).
 * *out in microseconds. */
const char *number_duration(const char *s, size_t len, int64_t lo, int64_t hi,
    int64_t *out);

/* "500kbit", "20mbit", "1.2gbit", "64000bit"; without unit bits a second, as
 * in tc(8) with "bit". Units are decimal. Other ways to write the same are
 * taken where they have one meaning: "100M", "100 Mbit/s", "1Gbps"; not those
 * with B, which is bytes. *out in bits a second. */
const char *number_rate(const char *s, size_t len, int64_t lo, int64_t hi,
    int64_t *out);

/* "0.85" or "85%". *out in parts per million. */
const char *number_ratio(const char *s, size_t len, int64_t lo, int64_t hi,
    int64_t *out);

/* Decimal text of v with a NUL; returns its length. */
size_t number_format(char out[static NUMBER_MAX], int64_t v);

/* Text in the largest unit of which v >= 0 is a multiple, which the parser of
 * that type reads back as v; returns its length. */
#define NUMBER_TEXT_MAX (NUMBER_MAX + 4)
size_t number_duration_text(char out[static NUMBER_TEXT_MAX], int64_t us);
size_t number_rate_text(char out[static NUMBER_TEXT_MAX], int64_t bps);
size_t number_ratio_text(char out[static NUMBER_TEXT_MAX], int64_t ppm);

/* a * b / c for 0 <= a, 0 <= b, 0 < c, rounded down and cut off at INT64_MAX:
 * no overflow in between. */
int64_t number_muldiv(int64_t a, int64_t b, int64_t c);

/* The same, slower: for machines of 32 bits, where C has no wider type. */
int64_t number_muldiv_halves(int64_t a, int64_t b, int64_t c);

/* A part of x, by a ratio in parts per million; as number_muldiv. */
int64_t number_part(int64_t x, int64_t ppm);

/* x, or the bound that it is beyond; lo <= hi. */
int64_t number_clamp(int64_t x, int64_t lo, int64_t hi);

#endif

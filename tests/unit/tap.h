/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test Anything Protocol: ok(condition, name...), and tap_done() at the end. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

/* Where one failure tells all, TAP_FIRST in the environment spares the rest. */
__attribute__((unused)) static void
tap_fail(void)
{
	tap_failed++;
	if (getenv("TAP_FIRST") != NULL)
		exit(1);
}

#define ok(cond, ...) tap_ok((cond), #cond, __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...)                                           \
	tap_int((long long)(got), (long long)(want), __FILE__, __LINE__, \
	    __VA_ARGS__)
#define is_str(got, want, ...) \
	tap_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)
/* The word of a failure (base/failure.h), NULL for none. */
#define is_failure(got, want, ...) \
	is_str(tap_word(failure_words[(got)]), (want), __VA_ARGS__)

__attribute__((unused)) static const char *
tap_word(const char *word)
{
	return *word != '\0' ? word : NULL;
}

/* clang-format off */
#define TAP_NAME(fmt) do { va_list ap; va_start(ap, fmt); \
	vprintf(fmt, ap); va_end(ap); putchar('\n'); } while (0)
/* clang-format on */

#include <stdarg.h>

__attribute__((format(printf, 5, 6), unused)) static bool
tap_ok(bool good, const char *cond, const char *file, int line, const char *fmt,
    ...)
{
	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	TAP_NAME(fmt);
	if (!good) {
		printf("#   %s:%d: %s\n", file, line, cond);
		tap_fail();
	}
	return good;
}

__attribute__((format(printf, 5, 6), unused)) static bool
tap_int(long long got, long long want, const char *file, int line,
    const char *fmt, ...)
{
	printf("%sok %d - ", got == want ? "" : "not ", ++tap_count);
	TAP_NAME(fmt);
	if (got != want) {
		printf("#   %s:%d: got %lld, want %lld\n", file, line, got,
		    want);
		tap_fail();
	}
	return got == want;
}

__attribute__((format(printf, 5, 6), unused)) static bool
tap_str(const char *got, const char *want, const char *file, int line,
    const char *fmt, ...)
{
	bool good = got == want ||
	    (got != NULL && want != NULL && strcmp(got, want) == 0);

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	TAP_NAME(fmt);
	if (!good) {
		printf("#   %s:%d: got \"%s\", want \"%s\"\n", file, line,
		    got == NULL ? "(null)" : got,
		    want == NULL ? "(null)" : want);
		tap_fail();
	}
	return good;
}

static int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	fflush(stdout);
	return tap_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include "../tap.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define X63 X60 "xxx"
#define X250 X60 "." X60 "." X60 "." X60 ".xxxxxx"

static void
test_append(void)
{
	char buf[8];
	struct text t;

	memset(buf, '#', sizeof buf);
	text_init(&t, buf, sizeof buf);
	is_str(buf, "", "empty at first");
	text_add(&t, "abc");
	text_int(&t, -12);
	is_str(buf, "abc-12", "text and number");
	is_int(t.len, 6, "and how long they are");
	ok(!t.full, "not full");
	text_add(&t, "d");
	is_str(buf, "abc-12d", "to the last byte, the NUL after it");
	ok(!t.full, "which is not full yet");
	text_add(&t, "");
	ok(!t.full, "nothing still fits");
	text_add(&t, "e");
	ok(t.full, "one more is too many");
	is_str(buf, "abc-12d", "what was there stays");
	text_bytes(&t, "", 0);
	is_int(t.len, 7, "and nothing is added after that");
}

static void
test_full_stays_full(void)
{
	char buf[8];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_add(&t, "ab");
	text_add(&t, "123456");
	is_str(buf, "ab", "what does not fit is not cut");
	text_add(&t, "c");
	is_str(buf, "ab", "and what came after it would be out of place");

	text_init(&t, buf, 1);
	text_int(&t, 7);
	ok(t.full && buf[0] == '\0', "a buffer of one byte holds the NUL");
}

static void
test_decimal(void)
{
	static const struct {
		int64_t v;
		int places;
		const char *text;
	} cases[] = {
		{ 0, 6, "0" },
		{ 1500, 3, "1.5" },
		{ 1005, 3, "1.005" },
		{ 1000, 3, "1" },
		{ 7, 3, "0.007" },
		{ -7, 3, "-0.007" },
		{ -1500, 3, "-1.5" },
		{ -1000, 3, "-1" },
		{ 42, 0, "42" },
		{ INT64_MAX, 9, "9223372036.854775807" },
		{ INT64_MIN, 6, "-9223372036854.775808" },
		{ INT64_MIN, 0, "-9223372036854775808" },
	};
	char buf[40];
	struct text t;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		text_init(&t, buf, sizeof buf);
		text_decimal(&t, cases[i].v, cases[i].places);
		is_str(buf, cases[i].text, "a decimal fraction: %s",
		    cases[i].text);
	}
}

static void
test_format(void)
{
	char buf[12];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_format(&t, "%s-%02d", "one", 2);
	text_format(&t, "%c", '!');
	is_str(buf, "one-02!", "formatted, one after the other");
	is_int((int64_t)t.len, 7, "... and as long");
	text_format(&t, "%d", 12345);
	ok(t.full, "what does not fit with its end makes it full");
	is_str(buf, "one-02!", "... and is not there in part");
	text_format(&t, "x");
	is_str(buf, "one-02!", "... nor what comes after");
	text_init(&t, buf, sizeof buf);
	text_format(&t, "%011d", 7);
	is_str(buf, "00000000007", "what just fits does");
	ok(!t.full, "... and it is not full");
}

static void
test_date(void)
{
	char buf[80];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_date(&t, 0, ' ');
	text_date(&t, 951827696999999, 'T');
	is_str(buf, "1970-01-01 00:00:00Z2000-02-29T12:34:56Z",
	    "the epoch, and a leap day");
}

static void
test_copy(void)
{
	char buf[4];

	ok(text_copy(buf, sizeof buf, "abcd", 3), "three bytes fit into four");
	is_str(buf, "abc", "with the NUL");
	ok(!text_copy(buf, sizeof buf, "abcd", 4), "four do not");
	is_str(buf, "", "and leave nothing");
	ok(text_copy(buf, sizeof buf, "", 0), "nothing fits");
}

static void
test_printable(void)
{
	char buf[] = "a\tb\033[31m\x7f\xc3\xa9~ \n";

	is_str(text_printable(buf), "a?b?[31m???~ ?",
	    "control bytes and what is not ASCII are shown as ?");
}

static const struct {
	const char *text;
	bool name;    /* text_is_name, at most 32 */
	bool host;    /* text_is_host */
	bool domain;  /* text_is_domain */
	bool address; /* text_is_address */
} words[] = {
	{ "cable", true, true, true, false },
	{ "eth0.100", true, true, false, false },
	{ "br-lan", true, true, true, false },
	{ "one_two", true, true, true, false },
	{ "A", true, true, true, false },
	{ "0", true, true, false, false },
	{ "12345678901234567890123456789012", true, true, false, false },
	{ "123456789012345678901234567890123", false, true, false, false },
	{ "", false, false, false, false },
	{ ".", false, true, false, false },
	{ "..", false, true, false, false },
	{ ".a", false, true, false, false },
	{ "-a", false, false, false, false },
	{ "-", false, false, false, false },
	{ "a b", false, false, false, false },
	{ "a/b", false, false, false, false },
	{ "a;b", false, false, false, false },
	{ "a$b", false, false, false, false },
	{ "a\nb", false, false, false, false },
	{ "caf\xc3\xa9", false, false, false, false },

	{ "192.0.2.1", true, true, false, true },
	{ "0.0.0.0", true, true, false, true },
	{ "255.255.255.255", true, true, false, true },
	{ "256.0.2.1", true, true, false, false },
	{ "192.0.2", true, true, false, false },
	{ "192.0.2.1.", true, true, false, false },
	{ "1.2.3.4.5", true, true, false, false },
	{ "::", false, true, false, true },
	{ "::1", false, true, false, true },
	{ "2001:db8::1", false, true, false, true },
	{ "2001:DB8::1", false, true, false, true },
	{ "fe80::1%eth0", false, true, false, true },
	{ "fe80::1%eth0.100", false, true, false, true },
	{ "::ffff:192.0.2.1", false, true, false, true },
	{ "fe80::1%", false, true, false, false },
	{ "fe80::1%eth0%eth1", false, true, false, false },
	{ "fe80::1%1234567890123456", false, true, false, false },
	{ "192.0.2.1%eth0", false, true, false, false },
	{ "%eth0", false, true, false, false },
	{ ":::", false, true, false, false },
	{ "2001:db8:::1", false, true, false, false },
	{ "1:2:3:4:5:6:7:8:9", false, true, false, false },
	{ "12345::", false, true, false, false },
	{ "cable:1", false, true, false, false },

	{ "dns.example.net", true, true, true, false },
	{ "dns.example.net.", true, true, true, false },
	{ "4.example", true, true, true, false },
	{ "3com.example", true, true, true, false },
	{ "a..b", true, true, false, false },
	{ "a.-b", true, true, false, false },
	{ "a-.b", true, true, false, false },
	{ "a-b.c", true, true, true, false },
	{ "1.example.4", true, true, false, false },
	{ X63, false, true, true, false },
	{ X63 "x", false, true, false, false },
	{ X250, false, true, true, false },
	{ X250 "xxx", false, true, true, false },
	{ X250 "xxxx", false, false, false, false },
};

static void
test_words(void)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const char *s = words[i].text;
		size_t len = strlen(s);

		is_int(text_is_name(s, len, 32), words[i].name,
		    "case %zu: name", i);
		is_int(text_is_host(s, len), words[i].host, "case %zu: host",
		    i);
		is_int(text_is_domain(s, len), words[i].domain,
		    "case %zu: domain", i);
		is_int(text_is_address(s, len), words[i].address,
		    "case %zu: address", i);
	}
	ok(!text_is_name("a\0b", 3, 32), "a NUL is no part of a name");
	ok(!text_is_host("a\0b", 3), "nor of a host");
	ok(!text_is_domain("a\0b", 3), "nor of a domain");
	ok(!text_is_address("1.2.3.4\0x", 9), "nor of an address");
	ok(text_is_address("192.0.2.17", 9), "only the slice is looked at");
}

int
main(void)
{
	test_append();
	test_full_stays_full();
	test_decimal();
	test_format();
	test_date();
	test_copy();
	test_printable();
	test_words();
	return tap_done();
}

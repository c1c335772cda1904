/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is given on a command line, taken and refused. */
#include "calibrate/calibrate_args.h"

#include "../tap.h"

static void
test_bytes(void)
{
	static const struct {
		const char *text;
		int64_t bytes; /* 0: refused */
	} cases[] = {
		{ "1", 1 },
		{ "500mb", 500000000 },
		{ "2GB", 2000000000 },
		{ "10kb", 10000 },
		{ "9223372036gb", 9223372036000000000 },
		{ "9223372037gb", 0 },
		{ "0", 0 },
		{ "", 0 },
		{ "mb", 0 },
		{ "-1mb", 0 },
		{ "1.5gb", 0 },
		{ "5tb", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t bytes = 0;
		const char *why = calibrate_args_bytes(cases[i].text, &bytes);

		is_int(bytes, cases[i].bytes, "\"%s\"", cases[i].text);
		ok((why == NULL) == (bytes != 0), "... %s",
		    why == NULL ? "taken" : why);
	}
}

static void
test_server(void)
{
	static const struct {
		const char *text, *server; /* NULL: refused */
		int64_t first, last;
	} cases[] = {
		{ "a.example", "a.example", 5201, 5201 },
		{ "a.example:99", "a.example", 99, 99 },
		{ "a.example:5201-5209", "a.example", 5201, 5209 },
		{ "a-b.example:1-65535", "a-b.example", 1, 65535 },
		{ "a:7-7", "a", 7, 7 },
		{ "2001:db8::1", "2001:db8::1", 5201, 5201 },
		{ "a:0", NULL, 0, 0 },
		{ "a:b", NULL, 0, 0 },
		{ "a:65536", NULL, 0, 0 },
		{ "a:5-4", NULL, 0, 0 },
		{ "a:5-", NULL, 0, 0 },
		{ "a:-5", NULL, 0, 0 },
		{ "a:5-65536", NULL, 0, 0 },
		{ "a:5-6-7", NULL, 0, 0 },
		{ "-a", NULL, 0, 0 },
		{ "", NULL, 0, 0 },
		{ ":5", NULL, 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[64];
		struct calibrate_args_ports ports;
		const char *why;

		snprintf(text, sizeof text, "%s", cases[i].text);
		why = calibrate_args_server(text, &ports);
		ok((why == NULL) == (cases[i].server != NULL), "\"%s\"",
		    cases[i].text);
		if (why != NULL)
			is_str(text, cases[i].text, "... and left whole");
		if (why == NULL) {
			is_str(text, cases[i].server, "... server");
			is_int(ports.first, cases[i].first, "... port");
			is_int(ports.last, cases[i].last, "... to");
		}
	}
}

static void
test_keys(void)
{
	static const char *const bad[] = { "", "x", "a=b", ".=", "no.such=1",
		"download.ceiling=fast", "download.ceiling" };
	static struct settings s;
	char buf[SETTINGS_FAULT_MAX];
	struct settings_fault fault;

	settings_init(&s);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(calibrate_args_key(&s, bad[i]) != NULL, "refused: \"%s\"",
		    bad[i]);
	ok(calibrate_args_key(&s, "ping.hosts=192.0.2.1") == NULL, "hosts");
	ok(calibrate_args_key(&s, "ping.hosts=192.0.2.2 192.0.2.3") == NULL,
	    "again");
	is_int(s.ping.hosts, 2, "... in place of the first");
	ok(calibrate_args_key(&s, "wan.name=x") == NULL, "name");
	ok(calibrate_args_complete(&s, buf, &fault) != NULL,
	    "something is missing");
	ok(strcmp(setting_table[fault.row].key, "device") == 0,
	    "... which is said: %s", setting_table[fault.row].key);
	ok(calibrate_args_key(&s, "shaper.backend=print") == NULL, "a backend");
	ok(calibrate_args_complete(&s, buf, &fault) == NULL,
	    "then it is whole");
	is_int(s.dir[UP].ceiling_bps, 100000000000, "... with any rate");
}

int
main(void)
{
	test_bytes();
	test_server();
	test_keys();
	return tap_done();
}

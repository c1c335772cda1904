/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/calibrate_args.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define IPERF_PORT 5201

const char *
calibrate_args_key(struct settings *s, const char *text)
{
	char section[64] = "", key[64];
	const char *dot = strchr(text, '.'), *is = strchr(text, '=');
	size_t row;

	if (dot == NULL || is == NULL || dot > is ||
	    !text_copy(section, sizeof section, text, (size_t)(dot - text)) ||
	    !text_copy(key, sizeof key, dot + 1, (size_t)(is - dot - 1)))
		return "not SECTION.KEY=VALUE";
	row = settings_row(section, key);
	if (row < setting_count) {
		if (setting_table[row].type == SETTING_HOSTS)
			s->ping.hosts = 0;
		s->line[row] = 0;
	}
	return settings_set(s, section, key, is + 1, CALIBRATE_ARGS_LINE);
}

const char *
calibrate_args_complete(struct settings *s, char why[static SETTINGS_FAULT_MAX],
    struct settings_fault *fault)
{
	static const char *const keys[][3] = {
		{ "", "schema", "1" },
		{ "download", "ceiling", "100gbit" },
		{ "download", "floor", "64kbit" },
		{ "upload", "ceiling", "100gbit" },
		{ "upload", "floor", "64kbit" },
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (s->line[settings_row(keys[i][0], keys[i][1])] == 0)
			(void)settings_set(s, keys[i][0], keys[i][1],
			    keys[i][2], CALIBRATE_ARGS_LINE);
	if (s->ping.hosts == 0)
		(void)settings_set(s, "ping", "hosts",
		    "1.1.1.1 8.8.8.8 9.9.9.9", CALIBRATE_ARGS_LINE);
	if (settings_finish(s, fault, 1) == 0)
		return NULL;
	settings_fault_text(s, fault, why);
	return why;
}

const char *
calibrate_args_bytes(const char *text, int64_t *bytes)
{
	static const struct {
		const char *name;
		int64_t bytes;
	} units[] = {
		{ "", 1 },
		{ "kb", 1000 },
		{ "mb", 1000000 },
		{ "gb", 1000000000 },
		{ "KB", 1000 },
		{ "MB", 1000000 },
		{ "GB", 1000000000 },
	};
	size_t digits = strspn(text, "0123456789");
	int64_t n;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(text + digits, units[i].name) == 0 &&
		    number_int(text, digits, 1, INT64_MAX / 1000000000, &n) ==
			NULL) {
			*bytes = n * units[i].bytes;
			return NULL;
		}
	return "not an amount like 500mb or 2gb";
}

const char *
calibrate_args_server(char *text, struct calibrate_args_ports *ports)
{
	char *colon = strrchr(text, ':'), *dash;
	const char *why = NULL;

	ports->first = ports->last = IPERF_PORT;
	/* More than one colon is an IPv6 address. */
	if (colon != NULL && strchr(text, ':') == colon) {
		*colon++ = '\0';
		dash = colon + strcspn(colon, "-");
		why = number_int(colon, (size_t)(dash - colon), 1, 65535,
		    &ports->first);
		ports->last = ports->first;
		if (why == NULL && *dash == '-')
			why = number_int(dash + 1, strlen(dash + 1),
			    ports->first, 65535, &ports->last);
	}
	if (why == NULL && text_is_host(text, strlen(text)))
		return NULL;
	/* Whoever says why shows all of it. */
	if (colon != NULL && colon[-1] == '\0')
		colon[-1] = ':';
	return "not a SERVER, SERVER:PORT or SERVER:FIRST-LAST";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/settings.h"

#include "../random.h"
#include "../tap.h"
#include "base/number.h"
#include "base/text.h"

/* What a configuration cannot do without, for the backend print. */
static const char *const least[][3] = {
	{ "", "schema", "1" },
	{ "wan", "name", "cable" },
	{ "download", "ceiling", "500mbit" },
	{ "download", "floor", "50mbit" },
	{ "upload", "ceiling", "20mbit" },
	{ "upload", "floor", "4mbit" },
	{ "shaper", "backend", "print" },
};
#define LEAST (sizeof least / sizeof *least)

static struct settings s;
static struct settings_fault faults[16];

/* The least configuration with the keys of `changes` ("section.key=value",
 * separated by '|', "section.key=" leaves it out) set first. The number of
 * faults of the end; a key that is refused counts in *refused. */
static size_t
load(const char *changes, int *refused)
{
	char copy[400], *rest = copy, *item, *key, *value;

	settings_init(&s);
	*refused = 0;
	text_copy(copy, sizeof copy, changes, strlen(changes));
	while ((item = strsep(&rest, "|")) != NULL && *item != '\0') {
		value = strchr(item, '=');
		*value++ = '\0';
		key = strrchr(item, '.');
		*key++ = '\0';
		if (*value == '\0')
			s.line[settings_row(item, key)] = -9;
		else if (settings_set(&s, item, key, value, 7) != NULL)
			++*refused;
	}
	for (size_t i = 0; i < LEAST; i++) {
		size_t row = settings_row(least[i][0], least[i][1]);

		if (s.line[row] == 0)
			settings_set(&s, least[i][0], least[i][1], least[i][2],
			    1);
		else if (s.line[row] == -9)
			s.line[row] = 0;
	}
	return settings_finish(&s, faults, 16);
}

static const char *
text_of(const struct settings_fault *f)
{
	static char out[SETTINGS_FAULT_MAX];

	settings_fault_text(&s, f, out);
	return out;
}

/* --- the table -------------------------------------------------------- */

static void
test_table(void)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		char name[100], value[SETTINGS_VALUE_MAX];

		snprintf(name, sizeof name, "%s.%s", row->section, row->key);
		is_int(settings_row(row->section, row->key), i, "%s is unique",
		    name);
		ok(row->lo <= row->hi && strlen(row->what) > 10 &&
			row->what[strlen(row->what) - 1] == '.',
		    "%s has a range and a sentence", name);
		if (row->fallback == NULL || row->fallback[0] == '\0' ||
		    row->fallback[0] == '=')
			continue;
		settings_init(&s);
		is_str(settings_set(&s, row->section, row->key, row->fallback,
			   1),
		    NULL, "the default of %s can be written", name);
		settings_value(&s, i, value);
		is_str(value, row->fallback, "and is shown so");
	}
	is_int(settings_row("wan", "colour"), setting_count, "no such key");
	is_int(settings_row("colour", "name"), setting_count,
	    "no such section");
	ok(settings_section("wan") && settings_section("") &&
		!settings_section("wa") && !settings_section("wans"),
	    "sections");
}

/* --- one key ---------------------------------------------------------- */

#define RANGE "number out of range"

static const struct {
	const char *section, *key, *value, *why;
} keys[] = {
	{ "", "schema", "1", NULL },
	{ "", "schema", "2", RANGE },
	{ "wan", "name", "cable-2.b_c", NULL },
	{ "wan", "name", "a b", "not a name (letters, digits, . _ -)" },
	{ "wan", "name", "../../etc/passwd",
	    "not a name (letters, digits, . _ -)" },
	{ "wan", "name", "123456789012345678901234567890123",
	    "too long: a name has at most 32 bytes" },
	{ "wan", "device", "eth0", NULL },
	{ "wan", "device", "ppp-wan.100", NULL },
	{ "wan", "device", "eth0:1", NULL },
	{ "wan", "device", "123456789012345", NULL },
	{ "wan", "device", "1234567890123456",
	    "not the name of a network device" },
	{ "wan", "device", "eth0/x", "not the name of a network device" },
	{ "wan", "device", "..", "not the name of a network device" },
	{ "wan", "device", ".", "not the name of a network device" },
	{ "wan", "device", "eth 0", "not the name of a network device" },
	{ "wan", "colour", "red", "unknown key" },
	{ "wann", "name", "x", "unknown section" },
	{ "wan", "name", "", "empty value" },
	{ "ping", "hosts", "192.0.2.1", NULL },
	{ "ping", "hosts", "192.0.2.1  2001:db8::1\tone.example", NULL },
	{ "ping", "hosts", "192.0.2.1 192.0.2.1", "reflector named twice" },
	{ "ping", "hosts", "192.0.2.256", "not a host name or address" },
	{ "ping", "hosts", "192.0.2", "not a host name or address" },
	{ "ping", "hosts", "192.0.2.1,192.0.2.2",
	    "not a host name or address" },
	{ "ping", "hosts", "$(reboot)", "not a host name or address" },
	{ "ping", "hosts", "-f", "not a host name or address" },
	{ "ping", "hosts", "a;b", "not a host name or address" },
	{ "ping", "family", "6", NULL },
	{ "ping", "family", "ipv6", "unknown word" },
	{ "ping", "family", "AN", "unknown word" },
	{ "ping", "source", "192.0.2.7", NULL },
	{ "ping", "source", "fe80::1%eth0", NULL },
	{ "ping", "source", "eth0", "not a numeric address" },
	{ "ping", "source", "300.0.2.1", "not a numeric address" },
	{ "ping", "interval", "0.2", NULL },
	{ "ping", "interval", "200ms", NULL },
	{ "ping", "interval", "199ms", RANGE },
	{ "ping", "interval", "1h", NULL },
	{ "ping", "interval", "61min", RANGE },
	{ "ping", "timeout", "9.999999s", NULL },
	{ "ping", "timeout", "10s", RANGE },
	{ "ping", "mark", "4294967295", NULL },
	{ "ping", "mark", "0xffffffff", NULL },
	{ "ping", "mark", "0x100000000", RANGE },
	{ "diverter", "mark", "0x300", NULL },
	{ "diverter", "mask", "0xff00", NULL },
	{ "ping", "mark", "4294967296", RANGE },
	{ "download", "ceiling", "64kbit", NULL },
	{ "download", "ceiling", "63999", RANGE },
	{ "download", "ceiling", "100gbit", NULL },
	{ "download", "ceiling", "100000000001", RANGE },
	{ "download", "ceiling", "99999999999999999999", RANGE },
	{ "download", "ceiling", "500 MB/s",
	    "unknown unit of rate (bit, kbit, mbit, gbit)" },
	{ "download", "class", "1:10", NULL },
	{ "download", "class", "ffff:ffff", NULL },
	{ "download", "class", "1:", "not a class like 1:10" },
	{ "download", "class", ":10", "not a class like 1:10" },
	{ "download", "class", "1", "not a class like 1:10" },
	{ "download", "class", "12345:1", "not a class like 1:10" },
	{ "download", "class", "1:12345", "not a class like 1:10" },
	{ "download", "class", "1:g", "not a class like 1:10" },
	{ "download", "class", "g:1", "not a class like 1:10" },
	{ "download", "class", "1:1:1", "not a class like 1:10" },
	{ "download", "states", "2", RANGE },
	{ "download", "states", "5", RANGE },
	{ "download", "factor", "85%", NULL },
	{ "download", "factor", "1", RANGE },
	{ "download", "factor", "0.99", NULL },
	{ "download", "factor", "0.0999", RANGE },
	{ "assess", "law", "classic", NULL },
	{ "assess", "law", "magic", "unknown word" },
	{ "shaper", "command", "/usr/bin/env x=y; z", NULL },
	{ "shaper", "command", "a\tb", "not printable ASCII" },
	{ "shaper", "command", "caf\xc3\xa9", "not printable ASCII" },
	{ "shaper", "command", ";a", "begins with ;" },
};

static void
test_keys(void)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		size_t row = settings_row(keys[i].section, keys[i].key);

		settings_init(&s);
		is_str(settings_set(&s, keys[i].section, keys[i].key,
			   keys[i].value, 12),
		    keys[i].why, "%s.%s = %.30s", keys[i].section, keys[i].key,
		    keys[i].value);
		if (row < setting_count)
			is_int(s.line[row],
			    keys[i].why == NULL ? 12 : SETTINGS_REFUSED,
			    "and where from");
	}
}

static void
test_long_values(void)
{
	char value[SETTINGS_TEXT_MAX + 1];

	memset(value, 'x', sizeof value);
	value[SETTINGS_LINE_MAX - strlen("command=") + 1] = '\0';
	settings_init(&s);
	is_str(settings_set(&s, "shaper", "command", value, 1),
	    "longer than a line of 190 bytes",
	    "a text that does not fit into a line");
	settings_init(&s);
	value[SETTINGS_LINE_MAX - strlen("command=")] = '\0';
	is_str(settings_set(&s, "shaper", "command", value, 1), NULL,
	    "one that just does");
	is_str(s.shaper.command, value, "and is kept whole");
	settings_init(&s);
	value[SETTINGS_HOST_MAX] = '\0';
	is_str(settings_set(&s, "ping", "hosts", value, 1),
	    "not a host name or address", "a host that does not fit");
}

static void
test_duplicates(void)
{
	settings_init(&s);
	settings_set(&s, "wan", "name", "a", 3);
	is_str(settings_set(&s, "wan", "name", "b", 4), "duplicate key",
	    "the same key again");
	is_str(s.wan.name, "a", "changes nothing");
	is_int(s.line[settings_row("wan", "name")], 3, "nor where from");
	settings_set(&s, "wan", "device", "e/0", 5);
	is_str(settings_set(&s, "wan", "device", "eth0", 6), "duplicate key",
	    "after a refused one too");
}

/* A list that is longer than a line of the file. */
static void
test_long_list(void)
{
	char line[SETTINGS_LINE_MAX + 1], value[SETTINGS_VALUE_MAX];
	size_t row = settings_row("ping", "hosts"), at = 0, n = 0, hosts = 0;

	settings_init(&s);
	ok(!settings_value_line(&s, row, &at, value), "no host, no line");
	for (int i = 0; i < 10; i++) {
		snprintf(line, sizeof line, "h%040d h%040d h%040d", 3 * i,
		    3 * i + 1, 3 * i + 2);
		is_str(settings_set(&s, "ping", "hosts", line, i + 1), NULL,
		    "R1: hosts, once more");
	}
	is_int((long long)s.ping.hosts, 30, "R1: all of them count");
	is_int(s.line[row], 1, "the first is where they are from");
	for (at = 0; settings_value_line(&s, row, &at, value); n++) {
		ok(strlen("hosts = ") + strlen(value) <= SETTINGS_LINE_MAX,
		    "a line that can be read back");
		for (const char *p = value; *p != '\0'; p++)
			hosts += *p == 'h';
	}
	is_int((long long)hosts, 30, "R1: and is shown, in %zu lines", n);
	ok(n > 1, "more than one");
	is_str(settings_set(&s, "ping", "hosts", "h x..y", 40),
	    "not a host name or address", "each is checked");
}

static void
test_hosts(void)
{
	static const char *const rows[] = { "hosts", "hosts_2", "hosts_3",
		"hosts_4", "hosts_5", "hosts_6" };
	char value[SETTINGS_VALUE_MAX], line[200];
	int n = 0;

	settings_init(&s);
	for (int r = 0; r < 6; r++) {
		size_t len = 0;

		for (int i = 0; i < 5 + (r < 2); i++, n++)
			len += (size_t)snprintf(line + len, sizeof line - len,
			    "%s192.0.2.%d", i > 0 ? " " : "", n);
		is_str(settings_set(&s, "ping", rows[r], line, r + 1), NULL,
		    "%s", rows[r]);
		settings_value(&s, settings_row("ping", rows[r]), value);
		is_str(value, line, "is shown as written");
	}
	is_int(s.ping.hosts, 32, "R1: 32 reflectors");
	is_str(s.ping.host[0], "192.0.2.0", "the first");
	is_str(s.ping.host[31], "192.0.2.31", "and the last");

	settings_init(&s);
	for (n = 0, line[0] = '\0'; n < 33; n++) {
		size_t len = strlen(line);

		snprintf(line + len, sizeof line - len, "h%d ", n);
	}
	is_str(settings_set(&s, "ping", "hosts", line, 1),
	    "more than 32 reflectors", "R1: not 33");
	is_int(s.ping.hosts, 0, "and then none");
	settings_init(&s);
	settings_set(&s, "ping", "hosts", "a b", 1);
	is_str(settings_set(&s, "ping", "hosts_2", "c a", 2),
	    "reflector named twice", "the same host in another row");
	is_int(s.ping.hosts, 2, "the row is left out whole");
}

/* --- defaults and rules ------------------------------------------------- */

static void
test_defaults(void)
{
	int refused;

	is_int(load("", &refused), 0, "the least configuration is complete");
	is_int(s.dir[DOWN].floor_bps[ZONE_SOFT_RED], 250000000,
	    "floor_soft_red is half of the ceiling");
	is_int(s.dir[DOWN].floor_bps[ZONE_GREEN], 250000000,
	    "floors follow the one below");
	is_int(s.dir[DOWN].base_bps, 300000000, "base is 60 %% of the ceiling");
	is_int(s.dir[DOWN].step_bps, 5000000, "step is 1 %%");
	is_int(s.dir[DOWN].limits.states, 4, "R20: four states down");
	is_int(s.dir[UP].limits.states, 3, "R20: three states up");
	is_int(s.dir[UP].limits.yellow_us, 15000, "R20: 15 ms");
	is_int(s.dir[UP].limits.soft_red_us, 45000, "R20: 45 ms");
	is_int(s.dir[UP].limits.red_us, 80000, "R20: 80 ms");
	is_int(s.dir[UP].factor_ppm, 850000, "R21: 0.85");
	is_int(s.dir[UP].green_samples, 5, "R21: 5 green samples");
	is_int(s.dir[UP].soft_red_samples, 3, "R21: 3 soft_red samples");

	load("download.floor_yellow=80mbit", &refused);
	is_int(s.dir[DOWN].floor_bps[ZONE_SOFT_RED], 80000000,
	    "a default gives way to a floor that is given above it");
	is_int(s.dir[DOWN].floor_bps[ZONE_GREEN], 80000000, "up to green");
	load("download.floor=400mbit", &refused);
	is_int(s.dir[DOWN].base_bps, 400000000,
	    "a floor above the default base lifts it");
	load("upload.ceiling=64kbit|upload.floor=64kbit", &refused);
	is_int(s.dir[UP].step_bps, 1000, "a derived value is in its range");
	is_int(s.dir[UP].base_bps, 64000, "each of them");
}

/* What is set, and the one fault it must give: its key and text. */
static const struct {
	const char *changes, *key, *text;
} rules[] = {
	{ "download.yellow=45ms", "download.yellow",
	    "must be below soft_red (45ms)" },
	{ "upload.soft_red=80ms", "upload.soft_red",
	    "must be below red (80ms)" },
	{ "download.floor_soft_red=40mbit|download.floor_yellow=60mbit",
	    "download.floor", "must not be above floor_soft_red (40mbit)" },
	{ "download.floor_soft_red=70mbit|download.floor_yellow=60mbit",
	    "download.floor_soft_red",
	    "must not be above floor_yellow (60mbit)" },
	{ "download.floor_yellow=70mbit|download.floor_green=60mbit",
	    "download.floor_yellow", "must not be above floor_green (60mbit)" },
	{ "download.floor_green=501mbit", "download.floor_green",
	    "must not be above ceiling (500mbit)" },
	{ "download.floor=600mbit", "download.floor",
	    "must not be above ceiling (500mbit)" },
	{ "upload.base=3mbit", "upload.base",
	    "must not be below floor (4mbit)" },
	{ "upload.base=21mbit", "upload.base",
	    "must not be above ceiling (20mbit)" },
	{ "upload.step=21mbit", "upload.step",
	    "must not be above ceiling (20mbit)" },
	{ "upload.yellow=3ms", "upload.yellow",
	    "must be above [baseline] gate (3ms)" },
	{ "shaper.backend=cake|upload.device=u", "download.device",
	    "must be given for [shaper] backend (cake)" },
	{ "shaper.backend=htb|download.device=d|upload.device=u|"
	  "upload.class=1:1",
	    "download.class", "must be given for [shaper] backend (htb)" },
	{ "shaper.backend=cake|download.device=d|upload.device=d",
	    "upload.device",
	    "must not be the same as [download] device (d): each direction "
	    "needs its own shaper" },
	{ "shaper.backend=htb|download.device=d|upload.device=d|"
	  "download.class=1:1|upload.class=1:1",
	    "upload.class",
	    "must not be the same as [download] class (1:1): each direction "
	    "needs its own shaper" },
	{ "upload.managed=no|shaper.backend=router|router.address=r|"
	  "router.password_file=/p|router.ca_file=/c|router.upload_queue=u",
	    "router.download_queue",
	    "must be given for [shaper] backend (router)" },
	{ "shaper.backend=command", "shaper.command",
	    "must be given for backend (command)" },
	{ "shaper.make=yes", "shaper.make",
	    "is for cake and htb, not for backend (print)" },
	{ "shaper.backend=cake|download.device=ifb0|upload.device=u|"
	  "shaper.make=yes",
	    "wan.device", "must be given for [shaper] make (yes)" },
	{ "shaper.backend=htb|download.device=d|upload.device=u|"
	  "download.class=1:1|shaper.make=yes",
	    "download.class", "must begin with 7761: for [shaper] make (yes)" },
	{ "shaper.backend=htb|download.device=d|upload.device=u|"
	  "upload.class=7762:1|shaper.make=yes",
	    "upload.class", "must begin with 7761: for [shaper] make (yes)" },
	{ "shaper.deadband=0.15|download.factor=0.93", "shaper.deadband",
	    "half of it must be below 1 - factor, or a cut would not be "
	    "written: see [download] factor (0.93)" },
	{ "upload.factor=0.99|shaper.deadband=0.02", "shaper.deadband",
	    "half of it must be below 1 - factor, or a cut would not be "
	    "written: see [upload] factor (0.99)" },
	{ "baseline.min=20ms|baseline.max=20ms", "baseline.min",
	    "must be below max (20ms)" },
	{ "baseline.min=20ms|baseline.initial=19ms", "baseline.initial",
	    "must not be below min (20ms)" },
	{ "baseline.initial=3s", "baseline.initial",
	    "must not be above max (150ms)" },
	{ "baseline.gate=10ms|baseline.jump=10ms", "baseline.gate",
	    "must be below jump (10ms)" },
	{ "baseline.relearn=3min", "baseline.relearn",
	    "must not be above relearn_busy (2min)" },
	{ "assess.busy=0.3|assess.idle=0.4", "assess.idle",
	    "must not be above busy (0.3)" },
	{ "assess.median=4", "assess.median", "must be odd" },
	{ "assess.blackout=1299ms", "assess.blackout",
	    "too short: between two answers may be the interval of [ping] "
	    "divided by its hosts, and its timeout" },
	{ "ping.hosts=a b c|ping.active=1|assess.blackout=1299ms",
	    "assess.blackout",
	    "too short: between two answers may be the interval of [ping] "
	    "divided by its hosts, and its timeout" },
	{ "assess.max_age=1299ms", "assess.max_age",
	    "too short: between two answers may be the interval of [ping] "
	    "divided by its hosts, and its timeout" },
	{ "assess.blackout_cut=2s", "assess.blackout_cut",
	    "must not be below blackout (3s)" },
	{ "pass.probes=3|ping.timeout=2s", "pass.interval",
	    "too short: probes at the interval of [ping], its timeout and "
	    "the timeout of [shaper] must fit in" },
	{ "alert.without=hard_red_dl flaping_dl", "alert.without",
	    "has a word that is not an event: see wanctl-alert(8)" },
	{ "alert.without=wan_recovered", "alert.without",
	    "has a word that is not an event: see wanctl-alert(8)" },
	{ "diverter.backend=command", "diverter.command",
	    "must be given for backend (command)" },
	{ "diverter.backend=nft|diverter.element=1.2.3.4", "diverter.set",
	    "must be given for backend (nft)" },
	{ "diverter.backend=nft|diverter.set=inet f s", "diverter.element",
	    "must be given for backend (nft)" },
	{ "diverter.backend=rule|diverter.mark=1|diverter.table=9",
	    "diverter.priority", "must be given for backend (rule)" },
	{ "diverter.backend=rule|diverter.priority=9|diverter.table=9",
	    "diverter.mark", "must be given for backend (rule)" },
	{ "diverter.backend=rule|diverter.priority=9|diverter.mark=1",
	    "diverter.table", "must be given for backend (rule)" },
	{ "diverter.backend=rule|diverter.priority=9|diverter.mark=3|"
	  "diverter.table=9|diverter.mask=1",
	    "diverter.mark",
	    "has bits outside mask (1) and would match nothing" },
	{ "shaper.backend=router|router.download_queue=a|"
	  "router.upload_queue=b",
	    "router.address", "must be given for [shaper] backend (router)" },
	{ "router.address=r|router.pin=sha256//x", "router.password_file",
	    "must be given for transport (rest)" },
	{ "router.address=r|router.password_file=/p", "router.pin",
	    "must be given for transport (rest)" },
	{ "router.address=r|router.transport=ssh|router.key_file=/k",
	    "router.known_hosts", "must be given for transport (ssh)" },
	{ "router.address=r|router.password_file=/p|router.insecure=yes|"
	  "router.fallback=ssh|router.known_hosts=/k",
	    "router.key_file", "must be given for fallback (ssh)" },
	{ "router.address=r|router.transport=ssh_tc|router.known_hosts=/k",
	    "router.key_file", "must be given for transport (ssh_tc)" },
	{ "router.transport=ssh_tc|router.fallback=rest", "router.fallback",
	    "speaks to another kind of router than transport (ssh_tc)" },
	{ "router.transport=ssh|router.fallback=ssh_tc", "router.fallback",
	    "speaks to another kind of router than transport (ssh)" },
	{ "router.transport=ssh_tc|router.download_queue=eth1;x",
	    "router.download_queue",
	    "must be a device, or a device and a class of HTB as in \"eth1 "
	    "1:10\", for transport (ssh_tc)" },
	{ "router.transport=ssh_tc|router.upload_queue=eth1 x",
	    "router.upload_queue",
	    "must be a device, or a device and a class of HTB as in \"eth1 "
	    "1:10\", for transport (ssh_tc)" },
	{ "router.upload_queue=a|router.download_queue=a",
	    "router.upload_queue",
	    "must not be the same as download_queue (a)" },
	{ "router.simple_queue=a|router.download_queue=b",
	    "router.simple_queue",
	    "has both directions, and goes without download_queue (b)" },
	{ "router.simple_queue=a|router.upload_queue=b", "router.simple_queue",
	    "has both directions, and goes without upload_queue (b)" },
	{ "router.simple_queue=a|router.transport=ssh_tc",
	    "router.simple_queue", "is not for transport (ssh_tc)" },
	{ "router.pin=x", "router.pin",
	    "begins neither with sha256// nor, as a file's name, with /" },
	{ "router.write_limit=2|router.write_window=121s",
	    "router.write_window",
	    "lets a higher rate wait for more than 1min a write, with "
	    "write_limit (2)" },
	{ "wan.name=a|steer.to=a", "steer.to",
	    "must be another line than [wan] name (a)" },
};

static void
test_rules(void)
{
	int refused;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		size_t n = load(rules[i].changes, &refused);
		const struct setting *row = &setting_table[faults[0].row];
		char key[100];

		is_int(n + (size_t)refused, 1, "R81: %s: one fault",
		    rules[i].changes);
		snprintf(key, sizeof key, "%s.%s", row->section, row->key);
		is_str(n > 0 ? key : "", rules[i].key, "about that key");
		is_str(n > 0 ? text_of(&faults[0]) : "", rules[i].text,
		    "with that text");
	}
}

/* Each rule at its edge. */
static const char *const fine[] = {
	"download.yellow=44999us",
	"upload.soft_red=79999us",
	"download.floor_soft_red=50mbit|download.floor_green=500mbit",
	"upload.base=4mbit",
	"upload.base=20mbit",
	"upload.step=20mbit",
	"upload.yellow=3001us",
	"shaper.backend=cake|download.device=d|upload.device=u",
	("shaper.backend=htb|download.device=d|upload.device=d|"
	 "download.class=1:1|upload.class=1:2"),
	"shaper.backend=command|shaper.command=/bin/true",
	"shaper.backend=cake|download.device=d|upload.device=u|shaper.make=yes",
	("shaper.backend=cake|download.device=ifb0|upload.device=u|"
	 "wan.device=u|shaper.make=yes"),
	"shaper.backend=cake|download.device=ifb0|upload.device=u",
	("shaper.backend=htb|download.device=ifb0|upload.device=u|"
	 "wan.device=u|upload.class=7761:a|shaper.make=yes"),
	("download.managed=no|shaper.backend=htb|download.device=ifb0|"
	 "upload.device=u|shaper.make=yes"),
	"shaper.deadband=0.139999|download.factor=0.93",
	"shaper.deadband=0",
	"baseline.min=19999us|baseline.max=20ms",
	"baseline.min=20ms|baseline.initial=20ms",
	"baseline.initial=150ms",
	"baseline.relearn=2min",
	"assess.blackout=1300ms",
	"assess.max_age=1300ms",
	"ping.hosts=a b c|assess.blackout=1100ms",
	"assess.busy=0.1|assess.idle=0.1",
	"assess.blackout_cut=0",
	"assess.blackout_cut=3s",
	"pass.interval=2s|ping.timeout=1200ms",
	"alert.without=hard_red_dl  blind",
	("diverter.backend=rule|diverter.priority=9|diverter.mark=1|"
	 "diverter.table=9|diverter.mask=3"),
	("shaper.backend=router|router.address=r|router.password_file=/p|"
	 "router.ca_file=/c|router.simple_queue=a"),
	"upload.managed=no|upload.floor=600mbit",
	"download.managed=no|shaper.backend=cake|upload.device=u",
	"download.managed=no|shaper.backend=htb|upload.device=u|upload.class=1:1",
	"upload.managed=no|shaper.backend=cake|download.device=d|upload.device=d",
	"upload.managed=no|shaper.deadband=0.02|upload.factor=0.99",
	("upload.managed=no|shaper.backend=router|router.address=r|"
	 "router.password_file=/p|router.ca_file=/c|router.download_queue=d"),
	"router.write_limit=2|router.write_window=2min",
	"router.write_limit=60|router.write_window=1h",
	"wan.name=a|steer.to=b",
};

static void
test_edges(void)
{
	int refused;

	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
		size_t n = load(fine[i], &refused);

		is_int(n + (size_t)refused, 0, "R81: %s is fine", fine[i]);
		if (n > 0)
			printf("# %s\n", text_of(&faults[0]));
	}
}

/* R80: what is missing or refused gives one fault, not a trail of others that
 * only follow from it; and the rest is still checked. */
static void
test_refused(void)
{
	int refused;

	is_int(load("download.ceiling=", &refused), 1, "R80: a key is missing");
	is_str(text_of(&faults[0]), "must be given", "and that is said");
	is_int(load("wan.name=|download.ceiling=|upload.floor=", &refused), 3,
	    "R80: three are missing");
	is_int(load("download.floor=1", &refused), 0,
	    "a refused floor is no missing floor");
	is_int(refused, 1, "only refused");
	is_int(load("download.yellow=1x|download.soft_red=10ms", &refused), 0,
	    "R81: rules about a refused key are not asked");
	is_int(load("download.yellow=1x|upload.yellow=60ms|upload.base=1x",
		   &refused),
	    1, "R81: the others are");
	is_str(text_of(&faults[0]), "must be below soft_red (45ms)",
	    "at the same time");
	is_int(load("upload.ceiling=|upload.yellow=60ms", &refused), 2,
	    "R81: beside missing keys too");
	is_int(load("ping.timeout=x|pass.interval=1s|assess.blackout=100ms",
		   &refused),
	    0, "R81: nor rules about a refused time");
	is_int(load("pass.interval=x|ping.timeout=2s", &refused), 0,
	    "R81: of whichever side");
	is_int(load("diverter.backend=x|diverter.mark=9", &refused), 0,
	    "R81: what a refused choice would need is not asked for");
	is_int(load("router.write_limit=x|router.write_window=1h", &refused), 0,
	    "R81: nor of writes");
	is_int(load("pass.interval=x|assess.blackout=100ms", &refused), 1,
	    "R81: but those about the others");
	settings_init(&s);
	is_int(settings_finish(&s, faults, 2), 8,
	    "R80: all faults are counted, even if there is no room");
}

static void
test_fault_lines(void)
{
	int refused;

	load("download.soft_red=10ms", &refused);
	is_int(settings_fault_line(&s, &faults[0]), 7,
	    "a rule that a default breaks is about the line of the other key");
	load("download.ceiling=", &refused);
	is_int(settings_fault_line(&s, &faults[0]), 0,
	    "what is missing is on no line");
}

/* --- text of values ----------------------------------------------------- */

static const struct {
	const char *section, *key, *want;
} ranges[] = {
	{ "", "schema", "1" },
	{ "ping", "interval", "200ms to 1h" },
	{ "ping", "timeout", "10ms to 9999999us" },
	{ "download", "ceiling", "64kbit to 100gbit" },
	{ "download", "factor", "0.1 to 0.99" },
	{ "download", "states", "3 to 4" },
	{ "shaper", "backend", "cake, htb, command, print, router" },
	{ "wan", "name", "" },
	{ "ping", "hosts", "" },
};

static void
test_ranges(void)
{
	char out[SETTINGS_RANGE_MAX];

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		settings_range(settings_row(ranges[i].section, ranges[i].key),
		    out);
		is_str(out, ranges[i].want, "range of %s.%s", ranges[i].section,
		    ranges[i].key);
	}
}

/* A random value of a row, as text. */
static void
random_value(const struct setting *row, char *out, size_t size)
{
	char number[NUMBER_TEXT_MAX];
	int64_t v = row->words == NULL ? random_int(row->lo, row->hi) : 0;

	number_format(number, v);
	switch (row->type) {
	case SETTING_DURATION:
		number_duration_text(number, v);
		break;
	case SETTING_RATE:
		number_rate_text(number, v);
		break;
	case SETTING_RATIO:
		number_ratio_text(number, v);
		break;
	case SETTING_CLASS:
		snprintf(number, sizeof number, "%x:%x",
		    (unsigned)random_int(0, 0xffff),
		    (unsigned)random_int(0, 0xffff));
		break;
	case SETTING_WORD:
		while (row->words[v] != NULL && random_int(0, 1))
			v++;
		snprintf(out, size, "%s",
		    row->words[row->words[v] == NULL ? 0 : v]);
		return;
	case SETTING_ADDRESS:
		snprintf(number, sizeof number, "192.0.2.%d",
		    (int)random_int(0, 255));
		break;
	default:
		snprintf(number, sizeof number, "x%d",
		    (int)random_int(0, 9999));
	}
	if (row->type == SETTING_INT)
		number_format(number, v);
	if (row->type == SETTING_MARK)
		snprintf(number, sizeof number,
		    random_int(0, 1) ? "%lld" : "0x%llx", (long long)v);
	snprintf(out, size, "%s", number);
}

/* Any value of any row is shown as a text that sets the same value. */
static void
test_round_trip(void)
{
	char in[SETTINGS_TEXT_MAX], shown[SETTINGS_VALUE_MAX];
	char again[SETTINGS_VALUE_MAX];
	int bad = 0;

	random_start();
	for (int i = 0; i < 50000; i++) {
		size_t n = (size_t)random_int(0, (int64_t)setting_count - 1);
		const struct setting *row = &setting_table[n];

		random_value(row, in, sizeof in);
		settings_init(&s);
		bad += settings_set(&s, row->section, row->key, in, 1) != NULL;
		settings_value(&s, n, shown);
		settings_init(&s);
		bad += settings_set(&s, row->section, row->key, shown, 1) !=
		    NULL;
		settings_value(&s, n, again);
		bad += strcmp(shown, again) != 0 || *shown == '\0';
	}
	is_int(bad, 0, "50000 random values: shown, set, shown the same");
}

int
main(void)
{
	test_table();
	test_keys();
	test_long_values();
	test_duplicates();
	test_long_list();
	test_hosts();
	test_defaults();
	test_rules();
	test_edges();
	test_refused();
	test_fault_lines();
	test_ranges();
	test_round_trip();
	return tap_done();
}

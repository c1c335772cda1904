/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of cake-autorate. */
#include "conf/autorate.h"

#include <string.h>

#include "../tap.h"

static struct settings s;
static struct keylist list;
static struct autorate_context c;
static struct import_note note;

/* "KEY=VALUE|..." */
static void
look(const char *keys)
{
	char buf[1024];

	settings_init(&s);
	keylist_clear(&list);
	(void)snprintf(buf, sizeof buf, "%s", keys);
	for (char *at = strtok(buf, "|"); at != NULL; at = strtok(NULL, "|")) {
		char *value = strchr(at, '=');

		*value++ = '\0';
		(void)keylist_add(&list, 1, at, value, strlen(value));
	}
	autorate_look(&c, &list);
}

static const char *
take(const char *key, const char *value)
{
	autorate_take(&s, &c, key, value, &note);
	return note.text;
}

static void
test_targets(void)
{
	const char *section, *key;
	int bad = 0, rules = 0;

	for (; autorate_target(rules, &section, &key); rules++)
		bad += key != NULL &&
		    settings_row(section, key) == setting_count;
	ok(rules > 50, "all %d rules looked at", rules);
	is_int(bad, 0, "R118: every rule writes to a key that there is");
	ok(!autorate_target(-1, &section, &key), "... and there is no other");
}

static void
test_each(void)
{
	static const struct {
		enum import_fate fate;
		const char *key, *value, *want;
	} each[] = {
		{ IMPORT_CARRIED, "dl_if", "ifb-wan",
		    "[download] device = ifb-wan" },
		{ IMPORT_CHANGED, "ul_if", "wan",
		    "[upload] device = wan, [wan] device = wan" },
		{ IMPORT_CARRIED, "ul_if", "ifb4lan",
		    "[upload] device = ifb4lan" },
		{ IMPORT_DROPPED, "ul_if", "no/device",
		    "not the name of a network device" },
		{ IMPORT_CHANGED, "adjust_dl_shaper_rate", "0",
		    "[download] managed = no" },
		{ IMPORT_DROPPED, "adjust_ul_shaper_rate", "1",
		    "so it is by default" },
		{ IMPORT_CHANGED, "min_dl_shaper_rate_kbps", "5000",
		    "[download] floor = 5000kbit" },
		{ IMPORT_CHANGED, "base_ul_shaper_rate_kbps", "20000",
		    "[upload] base = 20000kbit" },
		{ IMPORT_DROPPED, "max_ul_shaper_rate_kbps", "10",
		    "number out of range; [upload] ceiling must be 64kbit to "
		    "100gbit" },
		{ IMPORT_CARRIED, "reflectors.3", "192.0.2.1",
		    "[ping] hosts = 192.0.2.1" },
		{ IMPORT_CARRIED, "no_pingers", "2", "[ping] active = 2" },
		{ IMPORT_CHANGED, "reflector_ping_interval_s", "0.4",
		    "[ping] interval = 0.4s" },
		{ IMPORT_DROPPED, "reflector_ping_interval_s", "0.15",
		    "number out of range; [ping] interval must be 200ms to "
		    "1h" },
		{ IMPORT_CHANGED, "reflector_response_deadline_s", "1.0",
		    "[ping] timeout = 1s" },
		{ IMPORT_CHANGED, "reflector_sum_owd_baselines_delta_thr_ms",
		    "20.0", "[ping] slower = 20ms" },
		{ IMPORT_CHANGED, "reflector_owd_delta_ewma_delta_thr_ms",
		    "10.0", "[ping] drift = 20ms" },
		{ IMPORT_CHANGED, "pinger_method", "fping",
		    "[ping] method = auto: time stamps where reflectors give "
		    "them" },
		{ IMPORT_CHANGED, "monitor_achieved_rates_interval_ms", "200",
		    "[queue] interval = 200ms" },
		{ IMPORT_CARRIED, "high_load_thr", "0.75",
		    "[adaptive] used = 0.75" },
		{ IMPORT_CARRIED, "alpha_baseline_decrease", "0.9",
		    "[baseline] fall = 0.9" },
		/* 0.3 s / -ln(0.999) */
		{ IMPORT_CHANGED, "alpha_baseline_increase", "0.001",
		    "[baseline] rise_time = 299850ms: that share of each "
		    "sample, one in 300 ms" },
		{ IMPORT_DROPPED, "alpha_baseline_increase", "2",
		    "number out of range; [baseline] rise_time must be 1s to "
		    "1h" },
		{ IMPORT_DROPPED, "alpha_baseline_increase", "0.9",
		    "number out of range; [baseline] rise_time must be 1s to "
		    "1h" },
		{ IMPORT_DROPPED, "ping_prefix_string", "mwan3 use x exec",
		    "nothing is started: [ping] mark or device says which way "
		    "probes go" },
		{ IMPORT_DROPPED, "ping_extra_args", "", "it is empty" },
		{ IMPORT_CHANGED, "ping_extra_args", "-I wwan0",
		    "[ping] device = wwan0" },
		{ IMPORT_CHANGED, "ping_extra_args", "-m 0x300 -v",
		    "[ping] mark = 0x300; the rest is not taken over" },
		{ IMPORT_CHANGED, "ping_extra_args", "-S 192.0.2.1",
		    "[ping] source = 192.0.2.1" },
		{ IMPORT_DROPPED, "ping_extra_args", "-m x",
		    "not a number; [ping] mark must be 0 to "
		    "4294967295" },
		{ IMPORT_DROPPED, "ping_extra_args", "--rt",
		    "not -I, -S or -m first: see [ping] device, source and "
		    "mark" },
		{ IMPORT_DROPPED, "dl_owd_delta_delay_thr_ms", "30.0",
		    "of a round trip it is 60ms; jitter is told from a queue "
		    "by itself, see [adaptive] noise; states of people: "
		    "[download] yellow" },
		{ IMPORT_DROPPED, "ul_avg_owd_delta_max_adjust_down_thr_ms",
		    "x",
		    "not a number; jitter is told from a queue by itself, see "
		    "[adaptive] noise; states of people: [upload] red" },
		{ IMPORT_DROPPED, "no_such_key", "1", "nothing does that" },
	};

	for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
		look("reflectors.0=a|reflectors.1=b|reflectors.2=c|no_pingers="
		     "2");
		is_str(take(each[i].key, each[i].value), each[i].want,
		    "R118: autorate: %s = %s", each[i].key, each[i].value);
		is_int(note.fate, each[i].fate, "... and what it is called");
	}
	look("reflectors.0=a|no_pingers=2");
	is_str(take("no_pingers", "2"),
	    "there are no more reflectors, and no spares",
	    "R118: autorate: no_pingers of one reflector");
}

/* Delays of pingers that know one way are not half of anything. */
static void
test_one_way(void)
{
	static const char *const methods[] = { "tsping", "fping-ts", "irtt" };

	for (size_t i = 0; i < 3; i++) {
		char keys[64];

		(void)snprintf(keys, sizeof keys, "pinger_method=%s",
		    methods[i]);
		look(keys);
		is_str(take("reflector_owd_delta_ewma_delta_thr_ms", "10"),
		    "[ping] drift = 10ms", "R118: one way by %s", methods[i]);
	}
	is_str(take("pinger_method", "irtt"),
	    "[ping] method = auto; for one-way delays from a server of your "
	    "own see wanctl-reflect(8)",
	    "R118: a server of one's own");
	look("reflector_ping_interval_s=0.15");
	is_str(take("alpha_baseline_increase", "0.001"),
	    "[baseline] rise_time = 149925ms: that share of each sample, one "
	    "in 150 ms",
	    "R118: a time constant is that of the file's own interval");
}

static void
test_defaults(void)
{
	const char *key, *value;
	size_t n = 0;

	look("dl_if=x");
	while (autorate_default(&list, n, &key, &value)) {
		ok(strcmp(key, "dl_if") != 0, "R118: by default: %s = %s", key,
		    value);
		take(key, value);
		ok(note.fate != IMPORT_DROPPED, "... %s", note.text);
		n++;
	}
	is_int((int64_t)n, 13, "R118: all that the file does not say");
	look("reflectors.0=192.0.2.1");
	for (n = 0; autorate_default(&list, n, &key, &value); n++)
		ok(strncmp(key, "reflectors", 10) != 0,
		    "R118: its reflectors stand for all: %s", key);
}

int
main(void)
{
	test_targets();
	test_each();
	test_one_way();
	test_defaults();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/autorate.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define HOUR_US ((int64_t)3600000000)

enum kind {
	SAME, /* as it is written */
	KBIT,
	MSEC,
	SECONDS,
	UL_DEVICE, /* that of the line too */
	MANAGED,   /* 0: no */
	HOST,
	ACTIVE,
	METHOD,
	RISE,      /* alpha of each sample of a reflector */
	OWD,       /* milliseconds of one way, where we have a round trip */
	THRESHOLD, /* the same, which nobody has to give */
	ARGS,      /* of ping(8) */
	DROP,      /* key is the reason */
};

static const char law[] = "the law finds that by itself, see wanctl-assess(8)";
static const char logs[] = "records are kept by wanctl run -r, messages by the "
			   "journal";
static const char idle[] = "an idle line is probed too, which keeps its "
			   "baseline true";
static const char silence[] = "the counters tell a silence from a slow line: "
			      "[assess] blackout";
static const char pinger[] = "probes need no other program";

/* clang-format off */
static const struct import_rule rules[] = {
	{ "dl_if", SAME, "download", "device" },
	{ "ul_if", UL_DEVICE, "upload", "device" },
	{ "adjust_dl_shaper_rate", MANAGED, "download", "managed" },
	{ "adjust_ul_shaper_rate", MANAGED, "upload", "managed" },
	{ "min_dl_shaper_rate_kbps", KBIT, "download", "floor" },
	{ "base_dl_shaper_rate_kbps", KBIT, "download", "base" },
	{ "max_dl_shaper_rate_kbps", KBIT, "download", "ceiling" },
	{ "min_ul_shaper_rate_kbps", KBIT, "upload", "floor" },
	{ "base_ul_shaper_rate_kbps", KBIT, "upload", "base" },
	{ "max_ul_shaper_rate_kbps", KBIT, "upload", "ceiling" },
	{ "reflectors.*", HOST, "ping", "hosts" },
	{ "no_pingers", ACTIVE, "ping", "active" },
	{ "reflector_ping_interval_s", SECONDS, "ping", "interval" },
	{ "reflector_response_deadline_s", SECONDS, "ping", "timeout" },
	{ "reflector_sum_owd_baselines_delta_thr_ms", MSEC, "ping", "slower" },
	{ "reflector_owd_delta_ewma_delta_thr_ms", OWD, "ping", "drift" },
	{ "pinger_method", METHOD, "ping", "method" },
	{ "pinger_binary", METHOD, "ping", "method" },
	{ "ping_extra_args", ARGS, "ping", "mark" },
	{ "ping_prefix_string", DROP, NULL,
	  "nothing is started: [ping] mark or device says which way probes go" },
	{ "monitor_achieved_rates_interval_ms", MSEC, "queue", "interval" },
	{ "high_load_thr", SAME, "adaptive", "used" },
	{ "alpha_baseline_increase", RISE, "baseline", "rise_time" },
	{ "alpha_baseline_decrease", SAME, "baseline", "fall" },
	{ "dl_owd_delta_delay_thr_ms", THRESHOLD, "download", "yellow" },
	{ "ul_owd_delta_delay_thr_ms", THRESHOLD, "upload", "yellow" },
	{ "dl_owd_delta_thr_ms", THRESHOLD, "download", "yellow" },
	{ "ul_owd_delta_thr_ms", THRESHOLD, "upload", "yellow" },
	{ "dl_avg_owd_delta_max_adjust_up_thr_ms", THRESHOLD, "download",
	  "yellow" },
	{ "ul_avg_owd_delta_max_adjust_up_thr_ms", THRESHOLD, "upload",
	  "yellow" },
	{ "dl_avg_owd_delta_max_adjust_down_thr_ms", THRESHOLD, "download",
	  "red" },
	{ "ul_avg_owd_delta_max_adjust_down_thr_ms", THRESHOLD, "upload",
	  "red" },
	{ "dl_avg_owd_delta_thr_ms", THRESHOLD, "download", "red" },
	{ "ul_avg_owd_delta_thr_ms", THRESHOLD, "upload", "red" },
	{ "connection_active_thr_kbps", DROP, NULL,
	  "use is a share of the rate: [assess] busy and idle" },
	{ "enable_sleep_function", DROP, NULL, idle },
	{ "sustained_idle_sleep_thr_s", DROP, NULL, idle },
	{ "min_shaper_rates_enforcement", DROP, NULL, silence },
	{ "global_ping_response_timeout_s", DROP, NULL, silence },
	{ "stall_detection_thr", DROP, NULL, silence },
	{ "connection_stall_thr_kbps", DROP, NULL, silence },
	{ "startup_wait_s", DROP, NULL,
	  "what is not there yet is waited for" },
	{ "if_up_check_interval_s", DROP, NULL,
	  "what is not there yet is waited for" },
	{ "randomize_reflectors", DROP, NULL,
	  "they are taken in their order" },
	{ "retain_reflector_stats", DROP, NULL, "always so" },
	{ "reflectors_url*", DROP, NULL,
	  "reflectors are those of the file" },
	{ "reflector_misbehaving_detection_*", DROP, NULL,
	  "one that loses more than the others is replaced: [ping] lost" },
	{ "reflector_*", DROP, NULL,
	  "one is replaced when it has a fault, see wanctl-ping(8)" },
	{ "irtt_session_duration_m", DROP, NULL, pinger },
	{ "alpha_delta_ewma", DROP, NULL, law },
	{ "bufferbloat_*", DROP, NULL, law },
	{ "decay_refractory_period_ms", DROP, NULL, law },
	{ "shaper_rate_*", DROP, NULL, law },
	{ "monitor_cpu_usage_interval_ms", DROP, NULL,
	  "systemd-cgtop(1) tells it" },
	{ "output_*", DROP, NULL, logs },
	{ "debug", DROP, NULL, logs },
	{ "log_*", DROP, NULL, logs },
	{ "rx_bytes_path", DROP, NULL, "[wan] device says it" },
	{ "tx_bytes_path", DROP, NULL, "[wan] device says it" },
	{ "*", DROP, NULL, "nothing does that" },
};

/* Of theirs that ours are not. */
static const struct {
	const char *key, *value;
} defaults[] = {
	{ "dl_if", "ifb-wan" },
	{ "ul_if", "wan" },
	{ "min_dl_shaper_rate_kbps", "5000" },
	{ "base_dl_shaper_rate_kbps", "20000" },
	{ "max_dl_shaper_rate_kbps", "80000" },
	{ "min_ul_shaper_rate_kbps", "5000" },
	{ "base_ul_shaper_rate_kbps", "20000" },
	{ "max_ul_shaper_rate_kbps", "35000" },
	{ "reflectors.0", "1.1.1.1" },
	{ "reflectors.1", "1.0.0.1" },
	{ "reflectors.2", "8.8.8.8" },
	{ "reflectors.3", "8.8.4.4" },
	{ "reflectors.4", "9.9.9.9" },
	{ "reflectors.5", "9.9.9.10" },
};
/* clang-format on */
#define DEFAULTS (sizeof defaults / sizeof *defaults)

static bool
is_reflector(const char *key)
{
	return strncmp(key, "reflectors", 10) == 0 &&
	    (key[10] == '.' || key[10] == '\0');
}

void
autorate_look(struct autorate_context *c, const struct keylist *l)
{
	*c = (struct autorate_context){ .interval_us = 300000, .active = 6 };
	for (size_t i = 0; i < l->items; i++) {
		const char *key = l->item[i].path, *v = l->item[i].value;
		size_t len = strlen(v);

		if (l->item[i].refused != NULL)
			continue;
		if (is_reflector(key))
			c->hosts++;
		else if (strcmp(key, "no_pingers") == 0)
			(void)number_int(v, len, 0, SETTINGS_HOSTS, &c->active);
		else if (strcmp(key, "reflector_ping_interval_s") == 0)
			(void)number_duration(v, len, 10000, 60000000,
			    &c->interval_us);
		else if (strcmp(key, "pinger_method") == 0 ||
		    strcmp(key, "pinger_binary") == 0)
			c->one_way = strcmp(v, "tsping") == 0 ||
			    strcmp(v, "fping-ts") == 0 ||
			    strcmp(v, "irtt") == 0;
	}
}

static void
take_device(struct settings *s, const struct import_rule *r, const char *value,
    struct import_note *note)
{
	import_take(s, r, value, value, note);
	/* What is received is not to be seen on one for a direction. */
	if (note->fate == IMPORT_DROPPED || strncmp(value, "ifb", 3) == 0 ||
	    import_set(s, "wan", "device", value) != NULL)
		return;
	note->fate = IMPORT_CHANGED;
	(void)snprintf(note->text, sizeof note->text,
	    "[upload] device = %s, [wan] device = %s", value, value);
}

static void
take_managed(struct settings *s, const struct import_rule *r, const char *value,
    struct import_note *note)
{
	if (strcmp(value, "0") == 0)
		import_take(s, r, value, "no", note);
	else
		import_note(note, IMPORT_DROPPED, "so it is by default");
}

static void
take_active(struct settings *s, const struct autorate_context *c,
    const struct import_rule *r, const char *value, struct import_note *note)
{
	if (c->active >= c->hosts)
		import_note(note, IMPORT_DROPPED,
		    "there are no more reflectors, and no spares");
	else
		import_take(s, r, value, value, note);
}

static void
take_method(struct settings *s, const struct import_rule *r, const char *value,
    struct import_note *note)
{
	(void)import_set(s, r->section, r->key, "auto");
	import_note(note, IMPORT_CHANGED,
	    strcmp(value, "irtt") == 0 ?
		"[ping] method = auto; for one-way delays from a server of "
		"your own see wanctl-reflect(8)" :
		"[ping] method = auto: time stamps where reflectors give them");
}

static void
append(struct import_note *note, const char *text)
{
	size_t len = strlen(note->text);

	(void)snprintf(note->text + len, sizeof note->text - len, "%s", text);
}

static void
take_rise(struct settings *s, const struct autorate_context *c,
    const struct import_rule *r, const char *value, struct import_note *note)
{
	char out[SETTINGS_TEXT_MAX], text[64];
	const char *why = import_alpha(value, c->interval_us, out, sizeof out);

	if (why != NULL) {
		import_refuse(note, r, why);
		return;
	}
	import_take(s, r, value, out, note);
	if (note->fate == IMPORT_DROPPED)
		return;
	(void)snprintf(text, sizeof text,
	    ": that share of each sample, one in %lld ms",
	    (long long)c->interval_us / 1000);
	append(note, text);
}

/* Their milliseconds as ours. */
static const char *
round_trip(const struct autorate_context *c, const char *value,
    char out[static NUMBER_TEXT_MAX])
{
	char text[SETTINGS_TEXT_MAX];
	const char *why;
	int64_t us;

	import_unit(value, "ms", text, sizeof text);
	why = number_duration(text, strlen(text), 0, HOUR_US, &us);
	if (why == NULL)
		number_duration_text(out, c->one_way ? us : 2 * us);
	return why;
}

static void
take_owd(struct settings *s, const struct autorate_context *c,
    const struct import_rule *r, const char *value, struct import_note *note)
{
	char out[NUMBER_TEXT_MAX];
	const char *why = round_trip(c, value, out);

	if (why != NULL)
		import_refuse(note, r, why);
	else
		import_take(s, r, value, out, note);
}

static void
tell_threshold(const struct autorate_context *c, const struct import_rule *r,
    const char *value, struct import_note *note)
{
	char out[NUMBER_TEXT_MAX];
	const char *why = round_trip(c, value, out);

	note->fate = IMPORT_DROPPED;
	(void)snprintf(note->text, sizeof note->text,
	    "%s%s; jitter is told from a queue by itself, see [adaptive] "
	    "noise; states of people: [%s] %s",
	    why != NULL ? "" : "of a round trip it is ",
	    why != NULL ? why : out, r->section, r->key);
}

/* "-I DEVICE", "-S ADDRESS" or "-m MARK": the first of them. */
static void
take_args(struct settings *s, const char *value, struct import_note *note)
{
	static const struct {
		const char *option;
		struct import_rule rule;
	} known[] = {
		{ "-I ", { NULL, SAME, "ping", "device" } },
		{ "-S ", { NULL, SAME, "ping", "source" } },
		{ "-m ", { NULL, SAME, "ping", "mark" } },
	};
	char word[SETTINGS_TEXT_MAX];

	import_note(note, IMPORT_DROPPED,
	    *value == '\0' ? "it is empty" :
			     "not -I, -S or -m first: see [ping] device, "
			     "source and mark");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *at = value + strlen(known[i].option);
		size_t len;

		if (strncmp(value, known[i].option, strlen(known[i].option)) !=
		    0)
			continue;
		len = strcspn(at, " ");
		(void)text_copy(word, sizeof word, at, len);
		import_take(s, &known[i].rule, value, word, note);
		if (at[len] != '\0' && note->fate != IMPORT_DROPPED)
			append(note, "; the rest is not taken over");
	}
}

static void
take_unit(struct settings *s, const struct import_rule *r, const char *value,
    const char *unit, struct import_note *note)
{
	char out[SETTINGS_TEXT_MAX];

	import_unit(value, unit, out, sizeof out);
	import_take(s, r, value, out, note);
}

void
autorate_take(struct settings *s, const struct autorate_context *c,
    const char *key, const char *value, struct import_note *note)
{
	const struct import_rule *r = import_find(rules, key);

	switch ((enum kind)r->kind) {
	case SAME:
	case HOST:
		import_take(s, r, value, value, note);
		break;
	case KBIT:
		take_unit(s, r, value, "kbit", note);
		break;
	case MSEC:
		take_unit(s, r, value, "ms", note);
		break;
	case SECONDS:
		take_unit(s, r, value, "s", note);
		break;
	case UL_DEVICE:
		take_device(s, r, value, note);
		break;
	case MANAGED:
		take_managed(s, r, value, note);
		break;
	case ACTIVE:
		take_active(s, c, r, value, note);
		break;
	case METHOD:
		take_method(s, r, value, note);
		break;
	case RISE:
		take_rise(s, c, r, value, note);
		break;
	case OWD:
		take_owd(s, c, r, value, note);
		break;
	case THRESHOLD:
		tell_threshold(c, r, value, note);
		break;
	case ARGS:
		take_args(s, value, note);
		break;
	case DROP:
		import_note(note, IMPORT_DROPPED, r->key);
		break;
	}
}

/* A list of reflectors stands for all of theirs. What was refused is given,
 * too: the default is not what it would have been. */
static bool
is_given(const struct keylist *l, const char *key)
{
	for (size_t i = 0; i < l->items; i++)
		if (strcmp(l->item[i].path, key) == 0 ||
		    (is_reflector(key) && is_reflector(l->item[i].path)))
			return true;
	return false;
}

bool
autorate_default(const struct keylist *l, size_t i, const char **key,
    const char **value)
{
	for (size_t d = 0; d < DEFAULTS; d++)
		if (!is_given(l, defaults[d].key) && i-- == 0) {
			*key = defaults[d].key;
			*value = defaults[d].value;
			return true;
		}
	return false;
}

bool
autorate_target(int i, const char **section, const char **key)
{
	if (i < 0 || (size_t)i >= sizeof rules / sizeof rules[0])
		return false;
	*section = rules[i].kind == DROP ? NULL : rules[i].section;
	*key = rules[i].kind == DROP ? NULL : rules[i].key;
	return true;
}

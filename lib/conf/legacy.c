/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/legacy.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define LEGACY_PASSWORD "/etc/wanctl/router.password"
#define LEGACY_HOSTS "/etc/wanctl/known_hosts"
#define LEGACY_CERTIFICATE "/etc/wanctl/router.pem"
#define LEGACY_CAS "/etc/ssl/certs/ca-certificates.crt"

enum kind {
	SAME, /* as it is written */
	MBIT, /* megabits a second */
	MSEC, /* milliseconds */
	SECONDS,
	MINUTES,
	ALPHA, /* of each sample of the wan file */
	STEER_ALPHA,
	YES,  /* true or false */
	MODE, /* true: by a score */
	HOST, /* one more of a list */
	TRANSPORT,
	PASSWORD,
	VERIFY,
	RULE, /* of the router, which is then what diverts */
	TCP,  /* true: where ICMP is blocked, TCP */
	DROP, /* key is the reason */
};

#define CM "continuous_monitoring."
#define TH "thresholds."
#define FALLBACK_TARGETS "fallback_checks.tcp_targets."
#define TCP_PORT 443 /* what it asked where no target was given */
static const char elsewhere[] = "not a matter of this file";

/* The first that fits counts. */
/* clang-format off */
static const struct import_rule rules[] = {
	{ "schema_version", DROP, NULL, "the format is ours now" },
	{ "wan_name", SAME, "wan", "name" },
	{ "router.transport", TRANSPORT, "router", "transport" },
	{ "router.host", SAME, "router", "address" },
	{ "router.user", SAME, "router", "user" },
	{ "router.ssh_key", SAME, "router", "key_file" },
	{ "router.port", SAME, "router", "rest_port" },
	{ "router.password", PASSWORD, "router", "password_file" },
	{ "router.verify_ssl", VERIFY, "router", "ca_file" },
	{ "router.rate_limiter.enabled", DROP, NULL,
	  "always so, and lower rates never wait" },
	{ "router.rate_limiter.max_changes", SAME, "router", "write_limit" },
	{ "router.rate_limiter.window_seconds", SECONDS, "router",
	  "write_window" },
	{ "router.*", DROP, NULL, "nothing does that" },
	{ "queues.download", SAME, "router", "download_queue" },
	{ "queues.upload", SAME, "router", "upload_queue" },
	{ "cake_params.download_interface", SAME, "download", "device" },
	{ "cake_params.upload_interface", SAME, "upload", "device" },
	{ "cake_params.*", DROP, NULL,
	  "options of the qdisc are given to tc(8), and kept" },
	{ CM "enabled", DROP, NULL, elsewhere },
	{ CM "baseline_rtt_initial", MSEC, "baseline", "initial" },
	{ CM "download.floor_mbps", MBIT, "download", "floor" },
	{ CM "download.floor_red_mbps", MBIT, "download", "floor" },
	{ CM "download.floor_soft_red_mbps", MBIT, "download",
	  "floor_soft_red" },
	{ CM "download.floor_yellow_mbps", MBIT, "download", "floor_yellow" },
	{ CM "download.floor_green_mbps", MBIT, "download", "floor_green" },
	{ CM "upload.floor_mbps", MBIT, "upload", "floor" },
	{ CM "upload.floor_red_mbps", MBIT, "upload", "floor" },
	{ CM "upload.floor_soft_red_mbps", DROP, NULL,
	  "had no effect on the upload" },
	{ CM "upload.floor_yellow_mbps", DROP, NULL,
	  "had no effect on the upload" },
	{ CM "upload.floor_green_mbps", DROP, NULL,
	  "had no effect on the upload" },
	{ CM "download.ceiling_mbps", MBIT, "download", "ceiling" },
	{ CM "upload.ceiling_mbps", MBIT, "upload", "ceiling" },
	{ CM "download.step_up_mbps", MBIT, "download", "step" },
	{ CM "upload.step_up_mbps", MBIT, "upload", "step" },
	{ CM "download.factor_down", SAME, "download", "factor" },
	{ CM "upload.factor_down", SAME, "upload", "factor" },
	{ CM "download.green_required", SAME, "download", "green_samples" },
	{ CM "upload.green_required", SAME, "upload", "green_samples" },
	{ CM "upload.target_bloat_ms", MSEC, "upload", "yellow" },
	{ CM "upload.warn_bloat_ms", MSEC, "upload", "soft_red" },
	{ CM TH "target_bloat_ms", MSEC, "download", "yellow" },
	{ CM TH "warn_bloat_ms", MSEC, "download", "soft_red" },
	{ CM TH "hard_red_bloat_ms", MSEC, "download", "red" },
	{ CM TH "alpha_baseline", ALPHA, "baseline", "rise_time" },
	{ CM TH "alpha_load", ALPHA, "assess", "load_time" },
	{ CM TH "baseline_time_constant_sec", SECONDS, "baseline",
	  "rise_time" },
	{ CM TH "load_time_constant_sec", SECONDS, "assess", "load_time" },
	{ CM TH "baseline_update_threshold_ms", MSEC, "baseline", "gate" },
	{ CM TH "baseline_rtt_bounds.min", MSEC, "baseline", "min" },
	{ CM TH "baseline_rtt_bounds.max", MSEC, "baseline", "max" },
	{ CM "ping_hosts.*", HOST, "ping", "hosts" },
	{ CM "use_median_of_three", DROP, NULL,
	  "each reflector has a baseline of its own; [assess] median" },
	{ CM "fallback_checks.check_tcp", TCP, "ping", "tcp_port" },
	{ CM FALLBACK_TARGETS "*", DROP, NULL,
	  "the reflectors are asked; [ping] tcp_port" },
	{ CM "fallback_checks.check_gateway", DROP, NULL,
	  "a gateway that answers says nothing of the line" },
	{ CM "fallback_checks.gateway_ip", DROP, NULL,
	  "a gateway that answers says nothing of the line" },
	{ CM "fallback_checks.enabled", DROP, NULL,
	  "[ping] tcp_port says it" },
	{ CM "fallback_checks.*", DROP, NULL,
	  "a blackout is told from loss by itself; [assess] blackout" },
	{ CM "*", DROP, NULL, "nothing does that" },
	{ "ping_source_ip", SAME, "ping", "source" },
	{ "timeouts.ping", SECONDS, "ping", "timeout" },
	{ "timeouts.tc_command", DROP, NULL,
	  "the kernel is asked without a command" },
	{ "timeouts.ssh_command", SECONDS, "router", "timeout" },
	{ "timeouts.*", DROP, NULL, "nothing does that" },
	{ "state_file", DROP, NULL, "wanctl(8) has its own place for it" },
	{ "lock_*", DROP, NULL, "locks need no file name and no age" },
	{ "logging.*", DROP, NULL, "standard error goes to the journal" },
	{ "health_check.*", DROP, NULL, elsewhere },
	{ "metrics.*", DROP, NULL, elsewhere },
	{ "storage.*", DROP, NULL, "there is no data base; records can be "
	  "kept" },

	{ "topology.primary_wan", DROP, NULL,
	  "it is the line of the file that this goes to" },
	{ "topology.primary_wan_config", DROP, NULL,
	  "it is the file that this goes to" },
	{ "topology.alternate_wan", SAME, "steer", "to" },
	{ "mangle_rule.comment", RULE, "router", "rule" },
	{ "measurement.interval_seconds", SECONDS, "steer", "interval" },
	{ "measurement.*", DROP, NULL, "the line's own probes are used" },
	{ TH "red_rtt_ms", MSEC, "steer", "delta" },
	{ TH "min_drops_red", SAME, "steer", "drops" },
	{ TH "min_queue_red", SAME, "steer", "queue" },
	{ TH "min_queue_yellow", SAME, "steer", "queue_yellow" },
	{ TH "rtt_ewma_alpha", STEER_ALPHA, "steer", "smooth" },
	{ TH "red_samples_required", SAME, "steer", "red_samples" },
	{ TH "green_samples_required", SAME, "steer", "green_samples" },
	{ TH "baseline_rtt_bounds.min", MSEC, "steer", "base_min" },
	{ TH "baseline_rtt_bounds.max", MSEC, "steer", "base_max" },
	{ TH "bad_threshold_ms", MSEC, "steer", "delta" },
	{ TH "recovery_threshold_ms", DROP, NULL,
	  "GREEN is what is not RED or YELLOW" },
	{ TH "*", DROP, NULL, "nothing does that" },
	{ "mode.use_confidence_scoring", MODE, "steer", "mode" },
	{ "mode.*", DROP, NULL, "always so" },
	{ "confidence.dry_run", YES, "steer", "dry_run" },
	{ "confidence.steer_threshold", SAME, "steer", "steer_at" },
	{ "confidence.recovery_threshold", SAME, "steer", "recover_at" },
	{ "confidence.sustain_duration_sec", SECONDS, "steer", "steer_time" },
	{ "confidence.recovery_sustain_sec", SECONDS, "steer",
	  "recover_time" },
	{ "confidence.hold_down_duration_sec", SECONDS, "steer", "hold" },
	{ "confidence.flap_window_minutes", MINUTES, "steer", "flap_window" },
	{ "confidence.max_toggles", SAME, "steer", "flaps" },
	{ "confidence.penalty_duration_sec", SECONDS, "steer", "flap_time" },
	{ "confidence.penalty_threshold_add", SAME, "steer", "flap_points" },
	{ "cake_state_sources.*", DROP, NULL, "records tell it" },
	{ "cake_queues.*", DROP, NULL, "records tell it" },
	{ "state.*", DROP, NULL, "wanctl(8) has its own place for it" },
	{ "*", DROP, NULL, "nothing does that" },
};
/* clang-format on */

static bool
is_true(const char *v)
{
	return strcmp(v, "true") == 0 || strcmp(v, "True") == 0 ||
	    strcmp(v, "yes") == 0 || strcmp(v, "on") == 0;
}

/* Our text of the value. NULL, or why there is none. */
static const char *
convert(const struct import_rule *r, const char *v,
    const struct legacy_context *c, char *out, size_t size)
{
	switch (r->kind) {
	case MBIT:
		import_unit(v, "mbit", out, size);
		return NULL;
	case MSEC:
		import_unit(v, "ms", out, size);
		return NULL;
	case SECONDS:
		import_unit(v, "s", out, size);
		return NULL;
	case MINUTES:
		import_unit(v, "min", out, size);
		return NULL;
	case ALPHA:
		return import_alpha(v, c->wan_us, out, size);
	case STEER_ALPHA:
		return import_alpha(v, c->steer_us, out, size);
	case YES:
		snprintf(out, size, "%s", is_true(v) ? "yes" : "no");
		return NULL;
	case MODE:
		snprintf(out, size, "%s", is_true(v) ? "confidence" : "votes");
		return NULL;
	default:
		snprintf(out, size, "%s", v);
		return NULL;
	}
}

/* Keys of a router that nobody would ask. */
static const char *
needless(const struct legacy_context *c, enum legacy_file file,
    const char *path)
{
	bool router = strncmp(path, "router.", 7) == 0;
	bool timeout = strncmp(path, "timeouts.", 9) == 0;

	if (file == LEGACY_WAN && c->local &&
	    (router || strncmp(path, "queues.", 7) == 0 ||
		strcmp(path, "timeouts.ssh_command") == 0))
		return "the shaper is on this machine";
	if (file != LEGACY_STEERING)
		return NULL;
	if (strcmp(path, "wan_name") == 0 ||
	    (timeout && strcmp(path, "timeouts.ssh_command") != 0))
		return "the line's own file says it";
	if ((router || timeout) && c->seen[LEGACY_WAN] && !c->local)
		return "the line's own file says it";
	if ((router || timeout) && !c->rule)
		return "nothing of the router's is needed";
	return NULL;
}

static bool
is_local(const char *transport)
{
	return strncmp(transport, "linux-cake", 10) == 0;
}

static void
set_setting(struct settings *s, const char *section, const char *key,
    const char *value)
{
	(void)settings_set(s, section, key, value, 1);
}

/* Their one key is two of ours. */
static void
take_transport(struct settings *s, enum legacy_file file, const char *value,
    struct import_note *note)
{
	if (!is_local(value) && strcmp(value, "rest") != 0 &&
	    strcmp(value, "ssh") != 0) {
		import_note(note, IMPORT_DROPPED,
		    "not one of rest, ssh, linux-cake");
		return;
	}
	note->fate = IMPORT_CHANGED;
	if (file == LEGACY_WAN)
		(void)import_set(s, "shaper", "backend",
		    is_local(value) ? "cake" : "router");
	if (is_local(value)) {
		import_note(note, IMPORT_CHANGED, "[shaper] backend = cake");
		return;
	}
	(void)import_set(s, "router", "transport", value);
	snprintf(note->text, sizeof note->text, "%s[router] transport = %s",
	    file == LEGACY_WAN ? "[shaper] backend = router, " : "", value);
}

/* Secrets have files of their own, which are not ours to write. */
static void
take_password(struct settings *s, bool rest, const char *value,
    struct import_note *note)
{
	if (*value == '\0') {
		import_note(note, IMPORT_DROPPED, "it is empty");
	} else if (!rest) {
		import_note(note, IMPORT_DROPPED,
		    "only REST has one; SSH has a key");
	} else {
		set_setting(s, "router", "password_file", LEGACY_PASSWORD);
		import_note(note, IMPORT_CHANGED,
		    "[router] password_file = " LEGACY_PASSWORD
		    "; the password itself is not carried");
	}
}

static void
take_verify(struct settings *s, bool rest, const char *value,
    struct import_note *note)
{
	if (!rest) {
		import_note(note, IMPORT_DROPPED,
		    "only REST has a certificate; SSH has known_hosts");
	} else if (is_true(value)) {
		set_setting(s, "router", "ca_file", LEGACY_CAS);
		import_note(note, IMPORT_CHANGED,
		    "[router] ca_file = " LEGACY_CAS);
	} else {
		import_note(note, IMPORT_DROPPED,
		    "the certificate is always looked at: by ca_file, or pin");
	}
}

static void
take_plain(struct settings *s, const struct legacy_context *c,
    const struct import_rule *r, const char *value, struct import_note *note)
{
	char out[SETTINGS_TEXT_MAX];
	const char *why = convert(r, value, c, out, sizeof out);

	if (why != NULL)
		import_refuse(note, r, why);
	else
		import_take(s, r, value, out, note);
}

static void
take_rule(struct settings *s, const struct legacy_context *c,
    const struct import_rule *r, const char *value, struct import_note *note)
{
	take_plain(s, c, r, value, note);
	if (note->fate == IMPORT_DROPPED)
		return;
	set_setting(s, "diverter", "backend", "router");
	note->fate = IMPORT_CHANGED;
	snprintf(note->text, sizeof note->text,
	    "[router] rule = %.160s, [diverter] backend = router", value);
}

static void
take_tcp(struct settings *s, const struct legacy_context *c, const char *value,
    struct import_note *note)
{
	char port[NUMBER_MAX];

	if (!is_true(value) || c->no_fallback) {
		import_note(note, IMPORT_DROPPED, "off, as it is by default");
		return;
	}
	number_format(port, c->tcp_port != 0 ? c->tcp_port : TCP_PORT);
	set_setting(s, "ping", "tcp_port", port);
	note->fate = IMPORT_CHANGED;
	snprintf(note->text, sizeof note->text, "[ping] tcp_port = %s", port);
}

void
legacy_take(struct settings *s, const struct legacy_context *c,
    enum legacy_file file, const char *path, const char *value,
    struct import_note *note)
{
	const struct import_rule *r = import_find(rules, path);
	const char *why = needless(c, file, path);

	if (why != NULL && (r->kind != TRANSPORT || file != LEGACY_WAN))
		import_note(note, IMPORT_DROPPED, why);
	else if (r->kind == DROP)
		import_note(note, IMPORT_DROPPED, r->key);
	else if (r->kind == TRANSPORT)
		take_transport(s, file, value, note);
	else if (r->kind == PASSWORD)
		take_password(s, c->rest[file], value, note);
	else if (r->kind == VERIFY)
		take_verify(s, c->rest[file], value, note);
	else if (r->kind == RULE)
		take_rule(s, c, r, value, note);
	else if (r->kind == TCP)
		take_tcp(s, c, value, note);
	else
		take_plain(s, c, r, value, note);
}

/* The second part of an entry of tcp_targets: [address, port]. */
static bool
is_target_port(const char *path)
{
	size_t len = strlen(path);

	return strncmp(path, CM FALLBACK_TARGETS,
		   sizeof CM FALLBACK_TARGETS - 1) == 0 &&
	    strcmp(path + len - 2, ".1") == 0;
}

void
legacy_look(struct legacy_context *c, enum legacy_file file, const char *path,
    const char *value)
{
	c->seen[file] = true;
	if (strcmp(path, "mangle_rule.comment") == 0)
		c->rule = true;
	else if (strcmp(path, "measurement.interval_seconds") == 0)
		(void)number_duration(value, strlen(value), 10000, 60000000,
		    &c->steer_us);
	else if (strcmp(path, CM "fallback_checks.enabled") == 0)
		c->no_fallback = !is_true(value);
	else if (is_target_port(path) && c->tcp_port == 0)
		(void)number_int(value, strlen(value), 1, 65535, &c->tcp_port);
	else if (strcmp(path, "router.password") == 0 && !c->said[file])
		/* The first release spoke SSH by default, later ones REST;
		 * only that had a use for a password. */
		c->rest[file] = *value != '\0';
	else if (strcmp(path, "router.transport") == 0) {
		c->said[file] = true;
		c->rest[file] = strcmp(value, "rest") == 0;
		c->local |= file == LEGACY_WAN && is_local(value);
	}
}

bool
legacy_target(int i, const char **section, const char **key)
{
	if (i < 0 || (size_t)i >= sizeof rules / sizeof rules[0])
		return false;
	*section = rules[i].kind == DROP ? NULL : rules[i].section;
	*key = rules[i].kind == DROP ? NULL : rules[i].key;
	return true;
}

static void
copy_default(struct settings *s, const char *to, const char *from)
{
	char value[SETTINGS_VALUE_MAX];
	size_t row = settings_row("download", from);

	if (s->line[row] <= 0 || s->line[settings_row("upload", to)] > 0)
		return;
	settings_value(s, row, value);
	(void)settings_set(s, "upload", to, value, 1);
}

/* How the router is spoken to, and whose it is. */
static void
finish_router(struct settings *s, const struct legacy_context *c)
{
	enum legacy_file file = c->seen[LEGACY_WAN] && !c->local ?
	    LEGACY_WAN :
	    LEGACY_STEERING;

	if (s->line[settings_row("router", "address")] <= 0)
		return;
	if (s->line[settings_row("router", "transport")] <= 0)
		set_setting(s, "router", "transport",
		    c->rest[file] ? "rest" : "ssh");
	if (file == LEGACY_WAN &&
	    s->line[settings_row("shaper", "backend")] <= 0)
		set_setting(s, "shaper", "backend", "router");
	if (!c->rest[file]) {
		set_setting(s, "router", "known_hosts", LEGACY_HOSTS);
		return;
	}
	if (s->router.password_file[0] == '\0')
		set_setting(s, "router", "password_file", LEGACY_PASSWORD);
	if (s->router.ca_file[0] == '\0')
		set_setting(s, "router", "ca_file", LEGACY_CERTIFICATE);
}

static bool
give_todo(const char *const todo[], int n, int i,
    char out[static IMPORT_TEXT_MAX])
{
	if (i < 0 || i >= n)
		return false;
	snprintf(out, IMPORT_TEXT_MAX, "%s", todo[i]);
	return true;
}

bool
legacy_todo(const struct settings *s, int i, char out[static IMPORT_TEXT_MAX])
{
	const char *todo[5];
	int n = 0;

	if (s->steer.to[0] != '\0' && s->steer.dry_run == 1)
		todo[n++] = "steering only says what it would do: [steer] "
			    "dry_run = no makes it do it";
	if (s->router.address[0] == '\0')
		return give_todo(todo, n, i, out);
	if (s->router.transport == TRANSPORT_SSH) {
		todo[n++] = "add the router's host key to known_hosts: "
			    "'wanctl trust NAME' does it";
		todo[n++] = "key_file must be a file that nobody but its owner "
			    "can read";
	} else {
		todo[n++] = "put the router's password into password_file, "
			    "which nobody but its owner may read";
		if (strcmp(s->router.ca_file, LEGACY_CERTIFICATE) == 0)
			todo[n++] = "put a pin in place of ca_file: 'wanctl "
				    "trust NAME' prints it";
	}
	todo[n++] = "'wanctl discover NAME' then says whether the router has "
		    "what is named here, and 'wanctl setup' does all of this";
	return give_todo(todo, n, i, out);
}

/* The baseline followed delays up to 3 ms, and GREEN might end there too: a
 * threshold must be above what the baseline follows. */
static void
finish_gate(struct settings *s)
{
	size_t gate = settings_row("baseline", "gate");
	char value[SETTINGS_VALUE_MAX];

	if (s->line[gate] > 0 ||
	    s->line[settings_row("download", "yellow")] <= 0 ||
	    s->dir[DOWN].limits.yellow_us > 3000)
		return;
	snprintf(value, sizeof value, "%lldus",
	    (long long)s->dir[DOWN].limits.yellow_us * 2 / 3);
	set_setting(s, "baseline", "gate", value);
}

/* An upload had three states, and no use for the last threshold: the download's
 * will do, but for one whose own RED begins beyond that. */
static void
finish_upload_red(struct settings *s)
{
	const int64_t soft_us = s->dir[UP].limits.soft_red_us;
	char value[NUMBER_TEXT_MAX];

	if (s->line[settings_row("upload", "soft_red")] <= 0 ||
	    soft_us < s->dir[DOWN].limits.red_us)
		return;
	number_duration_text(value, soft_us * 4 / 3);
	set_setting(s, "upload", "red", value);
}

void
legacy_finish(struct settings *s, const struct legacy_context *c)
{
	size_t floor = settings_row("download", "floor");
	size_t soft = settings_row("download", "floor_soft_red");
	size_t yellow = settings_row("download", "floor_yellow");
	char value[SETTINGS_VALUE_MAX];

	finish_router(s, c);
	finish_gate(s);
	copy_default(s, "yellow", "yellow");
	copy_default(s, "soft_red", "soft_red");
	finish_upload_red(s);
	copy_default(s, "red", "red");
	/* A floor that was not given was that of the zone above it, and a
	 * single one was that of all. */
	if (s->line[floor] > 0 && s->line[soft] <= 0) {
		settings_value(s, s->line[yellow] > 0 ? yellow : floor, value);
		(void)settings_set(s, "download", "floor_soft_red", value, 1);
	}
	if (s->line[settings_row("", "schema")] <= 0)
		(void)settings_set(s, "", "schema", "1", 1);
	if (s->line[settings_row("wan", "name")] > 0 &&
	    s->line[settings_row("assess", "law")] <= 0)
		(void)settings_set(s, "assess", "law", "classic", 1);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of the predecessor, and the arithmetic of its averages. */
#include "conf/legacy.h"

#include <math.h>

#include "../tap.h"
#include "base/number.h"

static struct settings s;
static struct import_note note;

static struct legacy_context local = { .wan_us = 2000000,
	.steer_us = 500000,
	.seen = { true, true },
	.local = true };

static const char *
take_of(const struct legacy_context *c, enum legacy_file file, const char *path,
    const char *value)
{
	legacy_take(&s, c, file, path, value, &note);
	return note.text;
}

static const char *
take(const char *path, const char *value)
{
	return take_of(&local, LEGACY_WAN, path, value);
}

/* What no test of a whole file can see: a rule to a key that there is not. */
static void
test_targets(void)
{
	const char *section, *key;
	int bad = 0, rules = 0;

	for (; legacy_target(rules, &section, &key); rules++)
		if (key != NULL &&
		    settings_row(section, key) == setting_count) {
			bad++;
			printf("# [%s] %s: no such key\n", section, key);
		}
	ok(rules > 80, "all %d rules looked at", rules);
	is_int(bad, 0, "R83: every rule writes to a key that there is");
}

#define CM "continuous_monitoring."

/* Each key with a value of its own, and where that is to be found. */
static void
test_each(void)
{
	static const struct {
		enum legacy_file file;
		const char *path, *value, *section, *key, *want;
	} each[] = {
		{ 0, "ping_source_ip", "192.0.2.3", "ping", "source",
		    "192.0.2.3" },
		{ 0, "timeouts.ping", "3", "ping", "timeout", "3s" },
		{ 0, CM "baseline_rtt_initial", "31", "baseline", "initial",
		    "31ms" },
		{ 0, CM "download.floor_mbps", "10", "download", "floor",
		    "10mbit" },
		{ 0, CM "download.floor_red_mbps", "11", "download", "floor",
		    "11mbit" },
		{ 0, CM "download.floor_soft_red_mbps", "12", "download",
		    "floor_soft_red", "12mbit" },
		{ 0, CM "download.floor_yellow_mbps", "13", "download",
		    "floor_yellow", "13mbit" },
		{ 0, CM "download.floor_green_mbps", "14", "download",
		    "floor_green", "14mbit" },
		{ 0, CM "download.ceiling_mbps", "90", "download", "ceiling",
		    "90mbit" },
		{ 0, CM "download.step_up_mbps", "3", "download", "step",
		    "3mbit" },
		{ 0, CM "download.factor_down", "0.81", "download", "factor",
		    "0.81" },
		{ 0, CM "download.green_required", "7", "download",
		    "green_samples", "7" },
		{ 0, CM "upload.floor_mbps", "4", "upload", "floor", "4mbit" },
		{ 0, CM "upload.floor_red_mbps", "5", "upload", "floor",
		    "5mbit" },
		{ 0, CM "upload.ceiling_mbps", "40", "upload", "ceiling",
		    "40mbit" },
		{ 0, CM "upload.step_up_mbps", "2", "upload", "step", "2mbit" },
		{ 0, CM "upload.factor_down", "0.82", "upload", "factor",
		    "0.82" },
		{ 0, CM "upload.green_required", "8", "upload", "green_samples",
		    "8" },
		{ 0, CM "upload.target_bloat_ms", "16", "upload", "yellow",
		    "16ms" },
		{ 0, CM "upload.warn_bloat_ms", "46", "upload", "soft_red",
		    "46ms" },
		{ 0, CM "thresholds.target_bloat_ms", "17", "download",
		    "yellow", "17ms" },
		{ 0, CM "thresholds.warn_bloat_ms", "47", "download",
		    "soft_red", "47ms" },
		{ 0, CM "thresholds.hard_red_bloat_ms", "87", "download", "red",
		    "87ms" },
		{ 0, CM "thresholds.baseline_time_constant_sec", "50",
		    "baseline", "rise_time", "50s" },
		{ 0, CM "thresholds.load_time_constant_sec", "0.25", "assess",
		    "load_time", "250ms" },
		{ 0, CM "thresholds.baseline_update_threshold_ms", "4",
		    "baseline", "gate", "4ms" },
		{ 0, CM "thresholds.baseline_rtt_bounds.min", "6", "baseline",
		    "min", "6ms" },
		{ 0, CM "thresholds.baseline_rtt_bounds.max", "66", "baseline",
		    "max", "66ms" },
		{ 1, "measurement.interval_seconds", "0.5", "steer", "interval",
		    "500ms" },
		{ 1, "thresholds.red_rtt_ms", "18", "steer", "delta", "18ms" },
		{ 1, "thresholds.bad_threshold_ms", "19", "steer", "delta",
		    "19ms" },
		{ 1, "thresholds.min_drops_red", "2", "steer", "drops", "2" },
		{ 1, "thresholds.min_queue_red", "55", "steer", "queue", "55" },
		{ 1, "thresholds.min_queue_yellow", "12", "steer",
		    "queue_yellow", "12" },
		{ 1, "thresholds.red_samples_required", "3", "steer",
		    "red_samples", "3" },
		{ 1, "thresholds.green_samples_required", "21", "steer",
		    "green_samples", "21" },
		{ 1, "thresholds.baseline_rtt_bounds.min", "7", "steer",
		    "base_min", "7ms" },
		{ 1, "thresholds.baseline_rtt_bounds.max", "77", "steer",
		    "base_max", "77ms" },
		{ 1, "confidence.steer_threshold", "56", "steer", "steer_at",
		    "56" },
		{ 1, "confidence.recovery_threshold", "22", "steer",
		    "recover_at", "22" },
		{ 1, "confidence.sustain_duration_sec", "2.5", "steer",
		    "steer_time", "2500ms" },
		{ 1, "confidence.recovery_sustain_sec", "3.5", "steer",
		    "recover_time", "3500ms" },
		{ 1, "confidence.hold_down_duration_sec", "31", "steer", "hold",
		    "31s" },
		{ 1, "confidence.flap_window_minutes", "6", "steer",
		    "flap_window", "6min" },
		{ 1, "confidence.max_toggles", "5", "steer", "flaps", "5" },
		{ 1, "confidence.penalty_duration_sec", "61", "steer",
		    "flap_time", "61s" },
		{ 1, "confidence.penalty_threshold_add", "16", "steer",
		    "flap_points", "16" },
	};
	char value[SETTINGS_VALUE_MAX];

	for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
		size_t row = settings_row(each[i].section, each[i].key);

		settings_init(&s);
		take_of(&local, each[i].file, each[i].path, each[i].value);
		settings_value(&s, row, value);
		is_str(s.line[row] > 0 ? value : "(not given)", each[i].want,
		    "R83: %s: [%s] %s", each[i].path, each[i].section,
		    each[i].key);
	}
}

/* What the first release did without being told so. */
static void
test_defaults(void)
{
	settings_init(&s);
	take("wan_name", "x");
	take(CM "thresholds.target_bloat_ms", "11");
	take(CM "thresholds.warn_bloat_ms", "44");
	take(CM "thresholds.hard_red_bloat_ms", "99");
	take(CM "upload.target_bloat_ms", "12");
	legacy_finish(&s, &local);
	is_int(s.dir[UP].limits.red_us, 99000,
	    "R83: thresholds of the download are the upload's");
	is_int(s.dir[UP].limits.yellow_us, 12000, "R83: ... but its own count");
	is_int(s.dir[DOWN].limits.yellow_us, 11000, "... for the upload alone");
	ok(s.assess.law == LAW_CLASSIC &&
		s.line[settings_row("assess", "law")] > 0,
	    "R83: the law is theirs, and said");
}

/* A line whose queues are a router's. */
static void
test_router(const char *transport, bool verify)
{
	struct legacy_context c = { .wan_us = 2000000, .steer_us = 2000000 };
	bool rest = strcmp(transport, "rest") == 0;
	char todo[IMPORT_TEXT_MAX];
	static const char *const wan[][2] = { { "wan_name", "wan1" },
		{ "router.host", "192.0.2.1" }, { "router.user", "admin" },
		{ "router.ssh_key", "/etc/wanctl/ssh/router.key" },
		{ "router.password", "hunter2" }, { "router.port", "8443" },
		{ "queues.download", "WAN-Download-1" },
		{ "queues.upload", "WAN-Upload-1" },
		{ "continuous_monitoring.download.ceiling_mbps", "500" },
		{ "continuous_monitoring.download.floor_red_mbps", "25" },
		{ "continuous_monitoring.upload.ceiling_mbps", "50" },
		{ "continuous_monitoring.upload.floor_mbps", "10" },
		{ "timeouts.ssh_command", "15" }, { "timeouts.ping", "1" },
		{ "router.rate_limiter.max_changes", "5" },
		{ "router.rate_limiter.window_seconds", "10" } };
	const size_t n = sizeof wan / sizeof wan[0];

	settings_init(&s);
	legacy_look(&c, LEGACY_WAN, "router.transport", transport);
	for (size_t i = 0; i < n; i++)
		legacy_look(&c, LEGACY_WAN, wan[i][0], wan[i][1]);
	take_of(&c, LEGACY_WAN, "router.transport", transport);
	for (size_t i = 0; i < n; i++) {
		take_of(&c, LEGACY_WAN, wan[i][0], wan[i][1]);
		if (strcmp(wan[i][0], "router.password") == 0)
			ok(strstr(note.text, "hunter2") == NULL &&
				strstr(note.text,
				    rest ? "password_file" : "SSH has a key"),
			    "R83: %s: the password: %s", transport, note.text);
		else
			ok(note.fate != IMPORT_DROPPED, "R83: %s: %s = %s: %s",
			    transport, wan[i][0], wan[i][1], note.text);
	}
	take_of(&c, LEGACY_WAN, "router.verify_ssl", verify ? "true" : "false");
	ok(strstr(note.text,
	       !rest      ? "known_hosts" :
		   verify ? "ca-certificates" :
			    "pin") != NULL,
	    "R83: %s: verify_ssl: %s", transport, note.text);
	legacy_finish(&s, &c);
	is_int(settings_finish(&s, NULL, 0), 0,
	    "R83: %s: the result is a configuration", transport);
	is_int(s.shaper.backend, BACKEND_ROUTER, "... of a router");
	is_int(s.router.transport, rest ? TRANSPORT_REST : TRANSPORT_SSH,
	    "R83: ... over %s", transport);
	is_str(s.router.address, "192.0.2.1", "... at its address");
	is_str(s.router.key_file, "/etc/wanctl/ssh/router.key", "... its key");
	is_int(s.router.rest_port, 8443, "... its port");
	is_str(s.router.queue[DOWN], "WAN-Download-1", "... its queues");
	is_str(s.router.queue[UP], "WAN-Upload-1", "... both");
	is_int(s.router.timeout_us, 15000000, "... its patience");
	is_int(s.router.write_limit, 5, "... its writes");
	ok(legacy_todo(&s, 0, todo), "R83: %s: to be done: %s", transport,
	    todo);
}

static void
test_unsaid(void)
{
	struct legacy_context c = { 0 };

	settings_init(&s);
	legacy_look(&c, LEGACY_WAN, "router.host", "192.0.2.1");
	take_of(&c, LEGACY_WAN, "router.host", "192.0.2.1");
	legacy_finish(&s, &c);
	ok(s.router.transport == TRANSPORT_SSH &&
		s.shaper.backend == BACKEND_ROUTER,
	    "R83: a router is spoken to over SSH if it is not said");
	settings_init(&s);
	legacy_look(&c, LEGACY_WAN, "router.password", "x");
	take_of(&c, LEGACY_WAN, "router.host", "192.0.2.1");
	legacy_finish(&s, &c);
	is_int(s.router.transport, TRANSPORT_REST,
	    "R83: ... but over REST if it has a password");
	take_of(&c, LEGACY_WAN, "router.transport", "telnet");
	is_int(note.fate, IMPORT_DROPPED, "R83: no other way: %s", note.text);
}

/* The shaper is here, and the rule is a router's. */
static void
test_split(void)
{
	struct legacy_context c = { .seen = { true, false }, .local = true };

	settings_init(&s);
	legacy_look(&c, LEGACY_STEERING, "router.transport", "rest");
	legacy_look(&c, LEGACY_STEERING, "mangle_rule.comment", "ADAPTIVE: x");
	take_of(&c, LEGACY_WAN, "router.host", "192.0.2.9");
	is_int(note.fate, IMPORT_DROPPED, "R83: of a local line: %s",
	    note.text);
	take_of(&c, LEGACY_WAN, "queues.upload", "x");
	is_int(note.fate, IMPORT_DROPPED, "R83: ... %s", note.text);
	take_of(&c, LEGACY_STEERING, "router.transport", "rest");
	take_of(&c, LEGACY_STEERING, "router.host", "192.0.2.1");
	take_of(&c, LEGACY_STEERING, "mangle_rule.comment", "ADAPTIVE: x");
	is_str(note.text,
	    "[router] rule = ADAPTIVE: x, [diverter] backend = router",
	    "R83: the rule is the router's");
	legacy_finish(&s, &c);
	is_str(s.router.address, "192.0.2.1", "R83: ... that steering has");
	is_int(s.diverter.backend, DIVERTER_ROUTER, "... which diverts");
	is_int(s.shaper.backend, BACKEND_CAKE, "... and does not shape");
	c.local = false;
	take_of(&c, LEGACY_STEERING, "router.host", "192.0.2.1");
	is_int(note.fate, IMPORT_DROPPED, "R83: said twice: %s", note.text);
}

static void
test_alphas(void)
{
	double worst = 0;

	for (int64_t alpha = 100; alpha < NUMBER_PPM; alpha += 137) {
		double tau = -2e6 / log1p(-(double)alpha / NUMBER_PPM);
		double off = fabs(
		    (double)import_time_constant(alpha, 2000000) - tau);

		/* Half a microsecond of rounding, and 1e-12 of it. */
		off -= 0.5 + tau * 1e-12;
		worst = off > worst ? off : worst;
	}
	ok(worst < 1e-3, "R83: alphas to time constants, against log1p(3): %g",
	    worst);
	/* After tau, 1/e of a step is left: 0.8 to the power of tau / 2 s. */
	is_int(import_time_constant(200000, 2000000), 8962840,
	    "R83: alpha 0.2 at 2 s is 8.96 s");
	is_int(import_time_constant(20000, 2000000), 98996633,
	    "R83: alpha 0.02 at 2 s is 99 s");
}

/* Thresholds of the upload's own, and TCP where ICMP is blocked. */
static void
test_own(void)
{
	struct legacy_context c = local;

	settings_init(&s);
	take(CM "thresholds.warn_bloat_ms", "75");
	take(CM "thresholds.hard_red_bloat_ms", "100");
	take(CM "upload.target_bloat_ms", "42");
	take(CM "upload.warn_bloat_ms", "105");
	legacy_finish(&s, &local);
	is_int(s.dir[DOWN].limits.red_us, 100000, "R83: the download's RED");
	is_int(s.dir[UP].limits.soft_red_us, 105000,
	    "R83: the upload's, which is beyond that");
	ok(s.dir[UP].limits.red_us > 105000, "R83: and its last beyond both");
	settings_init(&s);
	take(CM "thresholds.hard_red_bloat_ms", "100");
	take(CM "upload.warn_bloat_ms", "99");
	legacy_finish(&s, &local);
	is_int(s.dir[UP].limits.red_us, 100000, "R83: else the download's");

	settings_init(&s);
	legacy_look(&c, LEGACY_WAN, CM "fallback_checks.tcp_targets.0.0",
	    "192.0.2.1");
	legacy_look(&c, LEGACY_WAN, CM "fallback_checks.tcp_targets.0.1",
	    "8443");
	is_str(take_of(&c, LEGACY_WAN, CM "fallback_checks.check_tcp", "true"),
	    "[ping] tcp_port = 8443", "R83: TCP where ICMP is blocked");
	is_int(s.ping.tcp_port, 8443, "... by its port");
	settings_init(&s);
	(void)take(CM "fallback_checks.check_tcp", "true");
	is_int(s.ping.tcp_port, 443, "... or the usual one");
	settings_init(&s);
	(void)take(CM "fallback_checks.check_tcp", "false");
	is_int(s.ping.tcp_port, 0, "... not if it was off");
	legacy_look(&c, LEGACY_WAN, CM "fallback_checks.enabled", "false");
	(void)take_of(&c, LEGACY_WAN, CM "fallback_checks.check_tcp", "true");
	is_int(s.ping.tcp_port, 0, "... or all of it was");
}

/* What the predecessor took and ours cannot: the true reason, and what would
 * do. */
static void
test_refused(void)
{
	static const struct {
		const char *path, *value, *note;
	} refused[] = {
		{ "timeouts.ping", "10",
		    "number out of range; [ping] timeout must be 10ms to "
		    "9999999us" },
		{ "router.rate_limiter.max_changes", "100",
		    "number out of range; [router] write_limit must be 1 to "
		    "64" },
		{ CM "download.factor_down", "1.0",
		    "number out of range; [download] factor must be 0.1 to "
		    "0.99" },
		{ CM "thresholds.alpha_baseline", "1",
		    "number out of range; [baseline] rise_time must be 1s to "
		    "1h" },
		{ CM "thresholds.alpha_baseline", "0.0001",
		    "number out of range; [baseline] rise_time must be 1s to "
		    "1h" },
		{ "wan_name", "a23456789b123456789c123456789d123",
		    "too long: a name has at most 32 bytes" },
		{ CM "upload.floor_soft_red_mbps", "2",
		    "had no effect on the upload" },
	};
	const struct legacy_context c = { .wan_us = 2000000 };

	settings_init(&s);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		is_str(take_of(&c, LEGACY_WAN, refused[i].path,
			   refused[i].value),
		    refused[i].note, "R83: %s = %s", refused[i].path,
		    refused[i].value);
	is_str(take_of(&c, LEGACY_WAN, CM "baseline_rtt_initial", "24.1237899"),
	    "[baseline] initial = 24.123ms",
	    "R83: digits that ours does not keep");
	is_str(take_of(&c, LEGACY_WAN, CM "download.ceiling_mbps",
		   "93.12345678"),
	    "[download] ceiling = 93.123456mbit", "R83: ... of a rate");
}

/* It steered for real, unless told otherwise. */
static void
test_rehearsal(void)
{
	char todo[IMPORT_TEXT_MAX];
	struct legacy_context c = { 0 };

	settings_init(&s);
	take_of(&c, LEGACY_STEERING, "topology.alternate_wan", "dsl");
	legacy_finish(&s, &c);
	(void)settings_finish(&s, NULL, 0);
	ok(legacy_todo(&s, 0, todo) && strstr(todo, "dry_run = no") != NULL,
	    "R83: steering that does nothing yet is to be done: %s", todo);
	ok(!legacy_todo(&s, 1, todo), "... alone, without a router");
	settings_init(&s);
	take_of(&c, LEGACY_STEERING, "topology.alternate_wan", "dsl");
	take_of(&c, LEGACY_STEERING, "confidence.dry_run", "false");
	(void)settings_finish(&s, NULL, 0);
	ok(!legacy_todo(&s, 0, todo), "R83: for real, nothing is");
}

int
main(void)
{
	test_refused();
	test_rehearsal();
	settings_init(&s);
	test_alphas();
	is_str(take("wan_name", "spectrum"), "[wan] name = spectrum",
	    "R83: carried");
	is_int(note.fate, IMPORT_CARRIED, "... and said so");
	is_str(take("continuous_monitoring.download.ceiling_mbps", "940"),
	    "[download] ceiling = 940mbit", "R83: megabits");
	is_int(note.fate, IMPORT_CHANGED, "... are a change");
	take("continuous_monitoring.upload.ceiling_mbps", "38.50");
	is_int(s.dir[UP].ceiling_bps, 38500000, "with a fraction");
	take("continuous_monitoring.download.floor_yellow_mbps", "350");
	take("continuous_monitoring.download.floor_red_mbps", "200");
	take("continuous_monitoring.upload.floor_mbps", "8.0");
	is_int(s.dir[UP].floor_bps[ZONE_RED], 8000000, "a round fraction");
	is_str(take("continuous_monitoring.thresholds.alpha_load", "0.2"),
	    "[assess] load_time = 8963ms", "R83: an alpha");
	take("continuous_monitoring.thresholds.baseline_time_constant_sec",
	    "50");
	is_int(s.baseline.rise_us, 50000000, "R83: a time constant");
	is_str(take_of(&local, LEGACY_STEERING, "thresholds.rtt_ewma_alpha",
		   "0.3"),
	    "[steer] smooth = 1402ms", "R83: an alpha of the steering file");
	is_str(take("continuous_monitoring.thresholds.alpha_load", "1.0"),
	    "[assess] load_time = 0ms", "R83: an alpha of 1 is no average");
	take("continuous_monitoring.thresholds.target_bloat_ms", "15");
	take("continuous_monitoring.thresholds.warn_bloat_ms", "45");
	take("continuous_monitoring.thresholds.hard_red_bloat_ms", "80");
	take("continuous_monitoring.ping_hosts.0", "1.1.1.1");
	take("continuous_monitoring.ping_hosts.1", "9.9.9.9");
	is_int(s.ping.hosts, 2, "R83: a list of hosts");
	take("router.transport", "linux-cake-netlink");
	is_int(s.shaper.backend, BACKEND_CAKE, "R83: the local CAKE");
	take("router.password", "hunter2");
	ok(note.fate == IMPORT_DROPPED && strstr(note.text, "hunter2") == NULL,
	    "R83: a password is dropped, and not shown");
	take("topology.alternate_wan", "att");
	is_str(s.steer.to, "att", "R83: the other line");
	take("mode.use_confidence_scoring", "true");
	is_int(s.steer.mode, STEER_CONFIDENCE, "R83: by a score");
	take("confidence.dry_run", "false");
	is_int(s.steer.dry_run, 0, "R83: for real");
	take("confidence.flap_window_minutes", "5");
	is_int(s.steer.flap_window_us, 300000000, "R83: minutes");
	take("continuous_monitoring.download.ceiling_mbps", "9e9");
	ok(note.fate == IMPORT_DROPPED && s.dir[DOWN].ceiling_bps == 940000000,
	    "R83: what is no number is dropped, with the reason: %s",
	    note.text);
	take("cake_params.download_interface", "ifb0");
	take("cake_params.upload_interface", "eth0");
	take("nobody.knows", "1");
	is_int(note.fate, IMPORT_DROPPED, "R83: an unknown key is dropped");
	legacy_finish(&s, &local);
	is_int(s.dir[DOWN].floor_bps[ZONE_SOFT_RED], 350000000,
	    "R83: a floor that was not given was yellow's");
	is_int(s.dir[UP].limits.soft_red_us, 45000,
	    "R83: thresholds were those of both directions");
	is_int(settings_finish(&s, NULL, 0), 0,
	    "R83: the result is a configuration");
	test_targets();
	test_each();
	test_defaults();
	test_router("rest", false);
	test_router("rest", true);
	test_router("ssh", false);
	test_unsaid();
	test_split();
	test_own();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "legacy.h"

#include <stdio.h>
#include <string.h>

#include "number.h"

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
	BACKEND,
	DROP, /* key is the reason */
};

struct rule {
	const char *path; /* a last "*" is any number of parts */
	enum kind kind;
	const char *section, *key;
};

#define CM "continuous_monitoring."
#define TH "thresholds."
static const char elsewhere[] = "not a matter of this file";

/* The first that fits counts. */
/* clang-format off */
static const struct rule rules[] = {
	{ "schema_version", DROP, NULL, "the format is ours now" },
	{ "wan_name", SAME, "wan", "name" },
	{ "router.transport", BACKEND, "shaper", "backend" },
	{ "router.host", SAME, "router", "host" },
	{ "router.user", SAME, "router", "user" },
	{ "router.ssh_key", SAME, "router", "key" },
	{ "router.password", DROP, NULL,
	  "a secret is never in this file; see wanctl.conf(5)" },
	{ "router.verify_ssl", DROP, NULL,
	  "certificates are always verified or pinned" },
	{ "router.port", SAME, "router", "port" },
	{ "router.*", DROP, NULL, "nothing does that" },
	{ "queues.download", SAME, "download", "queue" },
	{ "queues.upload", SAME, "upload", "queue" },
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
	{ CM "fallback_checks.*", DROP, NULL,
	  "a blackout is told from loss by itself; [assess] blackout" },
	{ CM "*", DROP, NULL, "nothing does that" },
	{ "ping_source_ip", SAME, "ping", "source" },
	{ "timeouts.ping", SECONDS, "ping", "timeout" },
	{ "timeouts.tc_command", SECONDS, "shaper", "timeout" },
	{ "timeouts.ssh_command", SECONDS, "shaper", "timeout" },
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
	{ "mangle_rule.comment", SAME, "diverter", "comment" },
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

/* ln(x) for 0 < x < 1, by the series of 2 artanh((x - 1) / (x + 1)) after
 * halvings; libm is not for pure modules. */
static double
natural_log(double x)
{
	const double ln2 = 0.69314718055994530942;
	double halvings = 0, z, power, sum = 0;

	for (; x < 0.7; x *= 2)
		halvings++;
	z = (x - 1) / (x + 1);
	power = z;
	for (int i = 1; i < 40; i += 2, power *= z * z)
		sum += power / i;
	return 2 * sum - halvings * ln2;
}

int64_t
legacy_time_constant(int64_t alpha_ppm, int64_t interval_us)
{
	double keep = (double)(NUMBER_PPM - alpha_ppm) / NUMBER_PPM;

	return (int64_t)((double)interval_us / -natural_log(keep) + 0.5);
}

static const struct rule *
find(const char *path)
{
	const struct rule *r = rules;

	for (;; r++) {
		size_t len = strlen(r->path);

		if (strcmp(r->path, path) == 0)
			return r;
		if (r->path[len - 1] == '*' &&
		    strncmp(r->path, path, len - 1) == 0)
			return r;
	}
}

/* A time constant as whole milliseconds. */
static const char *
from_alpha(const char *value, int64_t interval_us, char *out, size_t size)
{
	int64_t alpha;
	const char *why = number_ratio(value, strlen(value), 1, NUMBER_PPM - 1,
	    &alpha);

	if (why != NULL)
		return why;
	snprintf(out, size, "%lldms",
	    (long long)(legacy_time_constant(alpha, interval_us) + 500) / 1000);
	return NULL;
}

/* Without zeros at the end of a fraction: more digits than a unit has are
 * refused. */
static void
with_unit(const char *value, const char *unit, char *out, size_t size)
{
	int len = (int)strlen(value);

	if (strchr(value, '.') != NULL) {
		while (len > 0 && value[len - 1] == '0')
			len--;
		if (len > 0 && value[len - 1] == '.')
			len--;
	}
	snprintf(out, size, "%.*s%s", len, value, unit);
}

static const char *
backend_of(const char *transport)
{
	if (strncmp(transport, "linux-cake", 10) == 0)
		return "cake";
	return "router";
}

static bool
is_true(const char *v)
{
	return strcmp(v, "true") == 0 || strcmp(v, "True") == 0 ||
	    strcmp(v, "yes") == 0 || strcmp(v, "on") == 0;
}

/* Our text of the value. NULL, or why there is none. */
static const char *
convert(const struct rule *r, const char *v,
    const struct legacy_intervals *intervals, char *out, size_t size)
{
	switch (r->kind) {
	case MBIT:
		with_unit(v, "mbit", out, size);
		return NULL;
	case MSEC:
		with_unit(v, "ms", out, size);
		return NULL;
	case SECONDS:
		with_unit(v, "s", out, size);
		return NULL;
	case MINUTES:
		with_unit(v, "min", out, size);
		return NULL;
	case ALPHA:
		return from_alpha(v, intervals->wan_us, out, size);
	case STEER_ALPHA:
		return from_alpha(v, intervals->steer_us, out, size);
	case YES:
		snprintf(out, size, "%s", is_true(v) ? "yes" : "no");
		return NULL;
	case MODE:
		snprintf(out, size, "%s", is_true(v) ? "confidence" : "votes");
		return NULL;
	case BACKEND:
		snprintf(out, size, "%s", backend_of(v));
		return NULL;
	default:
		snprintf(out, size, "%s", v);
		return NULL;
	}
}

static const char *
take_value(struct settings *s, const struct rule *r, const char *value)
{
	size_t row = settings_row(r->section, r->key);
	int line = row < setting_count ? s->line[row] : 0;
	const char *why;

	/* One of a list; and what is said twice counts the last time. */
	if (row < setting_count)
		s->line[row] = 0;
	why = settings_set(s, r->section, r->key, value, 1);
	if (why != NULL && row < setting_count)
		s->line[row] = line;
	return why;
}

static void
say(struct legacy_note *n, enum legacy_fate fate, const char *text)
{
	n->fate = fate;
	snprintf(n->text, sizeof n->text, "%s", text);
}

void
legacy_take(struct settings *s, const char *path, const char *value,
    const struct legacy_intervals *intervals, struct legacy_note *note)
{
	const struct rule *r = find(path);
	char out[SETTINGS_TEXT_MAX];
	const char *why;

	if (r->kind == DROP) {
		say(note, LEGACY_DROPPED, r->key);
		return;
	}
	why = convert(r, value, intervals, out, sizeof out);
	if (why == NULL)
		why = take_value(s, r, out);
	note->fate = why != NULL    ? LEGACY_DROPPED :
	    strcmp(out, value) == 0 ? LEGACY_CARRIED :
				      LEGACY_CHANGED;
	if (why != NULL)
		snprintf(note->text, sizeof note->text, "%.80s", why);
	else
		snprintf(note->text, sizeof note->text, "[%s] %s = %s",
		    r->section, r->key, out);
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

void
legacy_finish(struct settings *s)
{
	size_t floor = settings_row("download", "floor");
	size_t soft = settings_row("download", "floor_soft_red");
	size_t yellow = settings_row("download", "floor_yellow");
	char value[SETTINGS_VALUE_MAX];

	copy_default(s, "yellow", "yellow");
	copy_default(s, "soft_red", "soft_red");
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of the predecessor, and the arithmetic of its averages. */
#include "legacy.h"

#include <math.h>

#include "number.h"
#include "tap.h"

static struct settings s;
static struct legacy_note note;

static const char *
take(const char *path, const char *value)
{
	const struct legacy_intervals intervals = { 2000000, 500000 };

	legacy_take(&s, path, value, &intervals, &note);
	return note.text;
}

static void
test_alphas(void)
{
	double worst = 0;

	for (int64_t alpha = 100; alpha < NUMBER_PPM; alpha += 137) {
		double tau = -2e6 / log1p(-(double)alpha / NUMBER_PPM);
		double off = fabs(
		    (double)legacy_time_constant(alpha, 2000000) - tau);

		/* Half a microsecond of rounding, and 1e-12 of it. */
		off -= 0.5 + tau * 1e-12;
		worst = off > worst ? off : worst;
	}
	ok(worst < 1e-3, "R83: alphas to time constants, against log1p(3): %g",
	    worst);
	/* After tau, 1/e of a step is left: 0.8 to the power of tau / 2 s. */
	is_int(legacy_time_constant(200000, 2000000), 8962840,
	    "R83: alpha 0.2 at 2 s is 8.96 s");
	is_int(legacy_time_constant(20000, 2000000), 98996633,
	    "R83: alpha 0.02 at 2 s is 99 s");
}

int
main(void)
{
	settings_init(&s);
	test_alphas();
	is_str(take("wan_name", "spectrum"), "[wan] name = spectrum",
	    "R83: carried");
	is_int(note.fate, LEGACY_CARRIED, "... and said so");
	is_str(take("continuous_monitoring.download.ceiling_mbps", "940"),
	    "[download] ceiling = 940mbit", "R83: megabits");
	is_int(note.fate, LEGACY_CHANGED, "... are a change");
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
	is_str(take("thresholds.rtt_ewma_alpha", "0.3"),
	    "[steer] smooth = 1402ms", "R83: an alpha of the steering file");
	is_str(take("continuous_monitoring.thresholds.alpha_load", "1.0"),
	    note.text, "R83: an alpha of 1");
	is_int(note.fate, LEGACY_DROPPED, "... has no time constant");
	take("continuous_monitoring.thresholds.target_bloat_ms", "15");
	take("continuous_monitoring.thresholds.warn_bloat_ms", "45");
	take("continuous_monitoring.thresholds.hard_red_bloat_ms", "80");
	take("continuous_monitoring.ping_hosts.0", "1.1.1.1");
	take("continuous_monitoring.ping_hosts.1", "9.9.9.9");
	is_int(s.ping.hosts, 2, "R83: a list of hosts");
	take("router.transport", "linux-cake-netlink");
	is_int(s.shaper.backend, BACKEND_CAKE, "R83: the local CAKE");
	take("router.password", "hunter2");
	ok(note.fate == LEGACY_DROPPED && strstr(note.text, "hunter2") == NULL,
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
	ok(note.fate == LEGACY_DROPPED && s.dir[DOWN].ceiling_bps == 940000000,
	    "R83: what is no number is dropped, with the reason: %s",
	    note.text);
	take("cake_params.download_interface", "ifb0");
	take("cake_params.upload_interface", "eth0");
	take("nobody.knows", "1");
	is_int(note.fate, LEGACY_DROPPED, "R83: an unknown key is dropped");
	legacy_finish(&s);
	is_int(s.dir[DOWN].floor_bps[ZONE_SOFT_RED], 350000000,
	    "R83: a floor that was not given was yellow's");
	is_int(s.dir[UP].limits.soft_red_us, 45000,
	    "R83: thresholds were those of both directions");
	is_int(settings_finish(&s, NULL, 0), 0,
	    "R83: the result is a configuration");
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/settings.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "base/window.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define AT(member) offsetof(struct settings, member)
#define MS 1000
#define SEC 1000000
#define HOUR 3600000000
#define RATE_MIN 64000 /* below this one packet takes a fifth of a second */
#define RATE_MAX 100000000000

static const char *const family_words[] = { "any", "4", "6", NULL };
static const char *const law_words[] = { "classic", "adaptive", NULL };
static const char *const backend_words[] = { "cake", "htb", "command", "print",
	"router", NULL };
static const char *const transport_words[] = { "rest", "ssh", "ssh_tc", NULL };
static const char *const fallback_words[] = { "rest", "ssh", "ssh_tc", "none",
	NULL };
static const char *const method_words[] = { "echo", "timestamp", "auto",
	"stamp", "tcp", NULL };
static const char *const yes_words[] = { "no", "yes", NULL };

/* The longest name of a line. */
#define NAME_BYTES 32
#define TEXT_OF(macro) TEXT_OF_TOKENS(macro)
#define TEXT_OF_TOKENS(tokens) #tokens

static const char *const mode_words[] = { "votes", "confidence", NULL };
static const char *const diverter_words[] = { "print", "command", "nft", "rule",
	"router", NULL };

/* clang-format off */
#define DIRECTION(section, i, usual)                                           \
{ section, "device", SETTING_DEVICE, AT(dir[i].device), 0, 0, "", NULL,        \
  "Network device whose egress carries this direction; its shaper is set." },  \
{ section, "class", SETTING_CLASS, AT(dir[i].class), 0, 0, "", NULL,           \
  "HTB class that is set when the backend is htb." },                          \
{ section, "ceiling", SETTING_RATE, AT(dir[i].ceiling_bps),                    \
  RATE_MIN, RATE_MAX, NULL, NULL,                                              \
  "Highest rate ever set, a little below what the line carries at best." },    \
{ section, "floor", SETTING_RATE, AT(dir[i].floor_bps[ZONE_RED]),              \
  RATE_MIN, RATE_MAX, NULL, NULL,                                              \
  "Lowest rate ever set; RED cuts no deeper." },                               \
{ section, "floor_soft_red", SETTING_RATE, AT(dir[i].floor_bps[ZONE_SOFT_RED]),\
  RATE_MIN, RATE_MAX, "=50%ceiling", NULL,                                     \
  "Rate that a confirmed SOFT_RED lowers to and holds." },                     \
{ section, "floor_yellow", SETTING_RATE, AT(dir[i].floor_bps[ZONE_YELLOW]),    \
  RATE_MIN, RATE_MAX, "=floor_soft_red", NULL,                                 \
  "Kept in order with the others; YELLOW never lowers a rate." },              \
{ section, "floor_green", SETTING_RATE, AT(dir[i].floor_bps[ZONE_GREEN]),      \
  RATE_MIN, RATE_MAX, "=floor_yellow", NULL,                                   \
  "Kept in order with the others; GREEN never lowers a rate." },               \
{ section, "base", SETTING_RATE, AT(dir[i].base_bps),                          \
  RATE_MIN, RATE_MAX, "=60%ceiling", NULL,                                     \
  "Rate to begin with when no saved one is known." },                          \
{ section, "states", SETTING_INT, AT(dir[i].limits.states), 3, 4, usual,       \
  NULL, "4 with SOFT_RED, 3 without: RED then begins at its threshold." },     \
{ section, "yellow", SETTING_DURATION, AT(dir[i].limits.yellow_us),            \
  MS, 10 * SEC, "15ms", NULL,                                                  \
  "Delay above the baseline up to which the direction is GREEN." },            \
{ section, "soft_red", SETTING_DURATION, AT(dir[i].limits.soft_red_us),        \
  MS, 10 * SEC, "45ms", NULL,                                                  \
  "Delay above the baseline up to which it is YELLOW." },                      \
{ section, "red", SETTING_DURATION, AT(dir[i].limits.red_us),                  \
  MS, 10 * SEC, "80ms", NULL,                                                  \
  "Delay above the baseline up to which it is SOFT_RED." },                    \
{ section, "step", SETTING_RATE, AT(dir[i].step_bps),                          \
  1000, RATE_MAX, "=1%ceiling", NULL,                                          \
  "What a step up in GREEN adds." },                                           \
{ section, "factor", SETTING_RATIO, AT(dir[i].factor_ppm),                     \
  100000, 990000, "0.85", NULL,                                                \
  "What RED multiplies the rate by, each sample." },                           \
{ section, "green_samples", SETTING_INT, AT(dir[i].green_samples),             \
  1, 1000, "5", NULL,                                                          \
  "GREEN samples in a row before each sample steps up." },                     \
{ section, "soft_red_samples", SETTING_INT, AT(dir[i].soft_red_samples),       \
  1, 1000, "3", NULL,                                                          \
  "Samples in a row that confirm SOFT_RED; YELLOW until then." }

const struct setting setting_table[] = {
{ "", "schema", SETTING_INT, AT(schema), 1, 1, NULL, NULL,
  "Version of this file's format." },
{ "wan", "name", SETTING_NAME, AT(wan.name), 0, NAME_BYTES, NULL, NULL,
  "Name of the line in records; the file's name without .conf if not given." },
{ "wan", "device", SETTING_DEVICE, AT(wan.device), 0, 0, "", NULL,
  "Network device of the line: probes must leave by it, and its counters show "
  "what arrives before our shaper." },

{ "ping", "hosts", SETTING_HOSTS, AT(ping), 0, 0, "", NULL,
  "Reflectors to probe, names or addresses." },
{ "ping", "hosts_2", SETTING_HOSTS, AT(ping), 0, 0, "", NULL,
  "More reflectors, since a line is short." },
{ "ping", "hosts_3", SETTING_HOSTS, AT(ping), 0, 0, "", NULL,
  "More reflectors." },
{ "ping", "hosts_4", SETTING_HOSTS, AT(ping), 0, 0, "", NULL,
  "More reflectors." },
{ "ping", "hosts_5", SETTING_HOSTS, AT(ping), 0, 0, "", NULL,
  "More reflectors." },
{ "ping", "hosts_6", SETTING_HOSTS, AT(ping), 0, 0, "", NULL,
  "More reflectors." },
{ "ping", "family", SETTING_WORD, AT(ping.family), 0, 0, "any", family_words,
  "Address family that names are resolved to." },
{ "ping", "method", SETTING_WORD, AT(ping.method), 0, 0, "auto", method_words,
  "How reflectors are asked: auto is for time stamps where they give any." },
{ "ping", "stamp_port", SETTING_INT, AT(ping.stamp_port), 1, 65535, "862", NULL,
  "UDP port of reflectors that are asked by STAMP." },
{ "ping", "tcp_port", SETTING_INT, AT(ping.tcp_port), 0, 65535, "0", NULL,
  "TCP port of reflectors; with it, auto connects there when none answers ICMP."
  " 0 is none, and 443 where the method is tcp." },
{ "ping", "interval", SETTING_DURATION, AT(ping.interval_us),
  200 * MS, HOUR, "300ms", NULL,
  "Time between two probes of one reflector; they take turns within it." },
{ "ping", "timeout", SETTING_DURATION, AT(ping.timeout_us),
  10 * MS, 10 * SEC - 1, "1s", NULL,
  "Time after which a probe without an answer is lost." },
{ "ping", "device", SETTING_DEVICE, AT(ping.device), 0, 0, "", NULL,
  "Network device that probes are bound to." },
{ "ping", "source", SETTING_ADDRESS, AT(ping.source), 0, 0, "", NULL,
  "Source address that probes are bound to." },
{ "ping", "mark", SETTING_MARK, AT(ping.mark), 0, 0xffffffff, "0", NULL,
  "Firewall mark that probes carry, for policy routing; 0 is none." },
{ "ping", "active", SETTING_INT, AT(ping.active), 0, SETTINGS_HOSTS, "0", NULL,
  "Reflectors probed at a time, the others are spares; 0 is all." },
{ "ping", "spare_interval", SETTING_DURATION, AT(ping.spare_interval_us),
  SEC, HOUR, "15s", NULL,
  "Time between two probes of one spare." },
{ "ping", "lost", SETTING_RATIO, AT(ping.lost_ppm),
  10000, NUMBER_PPM, "0.3", NULL,
  "Share of the last probes that a reflector may lose more than the others." },
{ "ping", "slower", SETTING_DURATION, AT(ping.slower_us),
  MS, 10 * SEC, "100ms", NULL,
  "Longer round trip than that of the others from which one is replaced." },
{ "ping", "drift", SETTING_DURATION, AT(ping.drift_us),
  MS, 10 * SEC, "40ms", NULL,
  "Growth of its delay alone from which a reflector is replaced." },
{ "ping", "rest", SETTING_DURATION, AT(ping.rest_us),
  SEC, 24 * HOUR, "5min", NULL,
  "Time for which one that was replaced is not taken again." },

{ "queue", "interval", SETTING_DURATION, AT(queue.interval_us),
  50 * MS, 60 * SEC, "100ms", NULL,
  "Time between two readings of the counters." },

DIRECTION("download", DOWN, "4"),
DIRECTION("upload", UP, "3"),

{ "assess", "law", SETTING_WORD, AT(assess.law), 0, 0, "adaptive", law_words,
  "Rule that turns delay into rates." },
{ "assess", "load_time", SETTING_DURATION, AT(assess.load_time_us),
  0, 60 * SEC, "250ms", NULL,
  "Time constant of the moving average of the delay above the baseline." },
{ "assess", "median", SETTING_INT, AT(assess.median), 1, WINDOW_MAX, "3", NULL,
  "Samples whose median is used, so that one outlier changes nothing." },
{ "assess", "pace", SETTING_DURATION, AT(assess.pace_us),
  0, 60 * SEC, "0s", NULL,
  "Least time between two steps of the law; 0 steps at each sample." },
{ "assess", "max_age", SETTING_DURATION, AT(assess.max_age_us),
  100 * MS, HOUR, "5s", NULL,
  "Samples older than the newest record by more than this are stale." },
{ "assess", "blackout", SETTING_DURATION, AT(assess.blackout_us),
  100 * MS, HOUR, "3s", NULL,
  "Time without any answer after which the line is in a blackout." },
{ "assess", "blackout_cut", SETTING_DURATION, AT(assess.blackout_cut_us),
  0, HOUR, "5s", NULL,
  "Time without any answer after which a loaded direction is lowered by its "
  "factor, again each such time; 0 never lowers." },
{ "assess", "blackout_watch", SETTING_DURATION, AT(assess.blackout_watch_us),
  200 * MS, 60 * SEC, "1s", NULL,
  "Time in which less must pass than a direction's shaper, which was full, "
  "lets through, to tell a slower line without any answer." },
{ "assess", "blackout_share", SETTING_RATIO, AT(assess.blackout_share_ppm),
  100000, NUMBER_PPM, "0.9", NULL,
  "Part of what passes then that becomes the rate." },
{ "assess", "busy", SETTING_RATIO, AT(assess.busy_ppm),
  10000, NUMBER_PPM, "0.5", NULL,
  "Share of its rate above which a direction is under load." },
{ "assess", "idle", SETTING_RATIO, AT(assess.idle_ppm),
  10000, NUMBER_PPM, "0.1", NULL,
  "Share of its rate below which a direction is idle, so that a longer path "
  "may be learned." },
{ "assess", "save", SETTING_DURATION, AT(assess.save_us),
  SEC, HOUR, "5s", NULL,
  "Least time between two writes of a state file." },

{ "adaptive", "trigger", SETTING_DURATION, AT(adaptive.trigger_us),
  MS, SEC, "5ms", NULL,
  "Standing delay above the baseline at which a direction under load is "
  "congested." },
{ "adaptive", "noise", SETTING_RATIO, AT(adaptive.noise_ppm),
  0, 20 * NUMBER_PPM, "3", NULL,
  "So many times the standing delay that the line has without load is added "
  "to trigger." },
{ "adaptive", "drain_time", SETTING_DURATION, AT(adaptive.drain_us),
  50 * MS, 10 * SEC, "100ms", NULL,
  "Time in which a cut is to empty the provider's queue." },
{ "adaptive", "wait", SETTING_DURATION, AT(adaptive.wait_us),
  0, 10 * SEC, "150ms", NULL,
  "Time after a cut, beside the round trip and the queue, before it is "
  "judged." },
{ "adaptive", "restore", SETTING_RATIO, AT(adaptive.restore_ppm),
  500000, NUMBER_PPM, "0.95", NULL,
  "Share of the measured capacity that the rate returns to when the queue "
  "is empty." },
{ "adaptive", "hold", SETTING_DURATION, AT(adaptive.hold_us),
  0, 60 * SEC, "400ms", NULL,
  "Time for which that rate is kept before it climbs." },
{ "adaptive", "hold_max", SETTING_DURATION, AT(adaptive.hold_max_us),
  0, 10 * 60 * (int64_t)SEC, "4s", NULL,
  "The same when the capacity was found again and again." },
{ "adaptive", "probe", SETTING_RATIO, AT(adaptive.probe_ppm),
  1000, 2 * NUMBER_PPM, "0.2", NULL,
  "Growth a second near the known capacity." },
{ "adaptive", "grow", SETTING_RATIO, AT(adaptive.grow_ppm),
  1000, 10 * NUMBER_PPM, "2", NULL,
  "Most growth a second, when the line carries more than was known." },
{ "adaptive", "double", SETTING_DURATION, AT(adaptive.double_us),
  50 * MS, 60 * SEC, "300ms", NULL,
  "Time of a clean climb beyond the known capacity in which growth "
  "doubles." },
{ "adaptive", "used", SETTING_RATIO, AT(adaptive.used_ppm),
  100000, NUMBER_PPM, "0.75", NULL,
  "Share of its rate that a direction must carry to climb." },
{ "adaptive", "active", SETTING_DURATION, AT(adaptive.active_us),
  0, 60 * SEC, "1500ms", NULL,
  "Time after the last load in which a delay may still be its queue." },
{ "adaptive", "brief", SETTING_DURATION, AT(adaptive.brief_us),
  0, 10 * SEC, "700ms", NULL,
  "Time up to which congestion that goes away was an outage, and no news "
  "about the capacity." },
{ "adaptive", "path_limit", SETTING_DURATION, AT(adaptive.path_limit_us),
  0, 10 * SEC, "60ms", NULL,
  "Most delay that no cut changes and that is taken for a longer path." },
{ "adaptive", "backlog", SETTING_DURATION, AT(adaptive.backlog_us),
  100, 10 * SEC, "2ms", NULL,
  "Queue in our own shaper that acquits a direction where only round "
  "trips are known." },
{ "adaptive", "blind", SETTING_DURATION, AT(adaptive.blind_us),
  SEC, HOUR, "5s", NULL,
  "Time that a direction is full without any queue, here or at the "
  "provider, before it is called blind." },
{ "adaptive", "silence", SETTING_DURATION, AT(adaptive.silence_us),
  100 * MS, HOUR, "1s", NULL,
  "Time without any answer after which a loaded direction is lowered "
  "first." },
{ "adaptive", "drift_after", SETTING_DURATION, AT(adaptive.drift_after_us),
  0, HOUR, "5s", NULL,
  "Time unused after which the rate drifts to its base." },
{ "adaptive", "drift", SETTING_RATIO, AT(adaptive.drift_ppm),
  0, NUMBER_PPM, "0.02", NULL,
  "Share of the way to the base that it drifts a second." },

{ "baseline", "initial", SETTING_DURATION, AT(baseline.initial_us),
  0, 10 * SEC, "0s", NULL,
  "Baseline to begin with; 0 begins with the first sample." },
{ "baseline", "min", SETTING_DURATION, AT(baseline.min_us),
  1, 10 * SEC, "100us", NULL,
  "Least baseline believed." },
{ "baseline", "max", SETTING_DURATION, AT(baseline.max_us),
  MS, 10 * SEC, "150ms", NULL,
  "Greatest baseline believed, so that a buffer that is full at the first "
  "start is not; a satellite line needs more." },
{ "baseline", "fall", SETTING_RATIO, AT(baseline.down_ppm),
  10000, NUMBER_PPM, "0.9", NULL,
  "Share of the difference that a lower sample takes the baseline down." },
{ "baseline", "rise_time", SETTING_DURATION, AT(baseline.rise_us),
  SEC, HOUR, "30s", NULL,
  "Time constant with which it follows slightly higher samples." },
{ "baseline", "gate", SETTING_DURATION, AT(baseline.gate_us),
  100, SEC, "3ms", NULL,
  "Delay above the baseline up to which a sample is slightly higher." },
{ "baseline", "jump", SETTING_DURATION, AT(baseline.jump_us),
  MS, 10 * SEC, "20ms", NULL,
  "Delay above the baseline that an idle line follows only once it has "
  "lasted." },
{ "baseline", "relearn", SETTING_DURATION, AT(baseline.relearn_us),
  SEC, HOUR, "30s", NULL,
  "Time for which an idle line's delay must have stayed higher to be taken "
  "for a longer path." },
{ "baseline", "relearn_busy", SETTING_DURATION, AT(baseline.relearn_busy_us),
  10 * SEC, 24 * HOUR, "2min", NULL,
  "The same for a line under load or of unknown load." },
{ "baseline", "busy_limit", SETTING_DURATION, AT(baseline.busy_limit_us),
  0, 10 * SEC, "60ms", NULL,
  "Most that is relearned under load, since a full buffer looks the same." },

{ "shaper", "backend", SETTING_WORD, AT(shaper.backend), 0, 0, "cake",
  backend_words, "What sets the rate." },
{ "shaper", "deadband", SETTING_RATIO, AT(shaper.deadband_ppm),
  0, 200000, "0.05", NULL,
  "A rate that is no limit is written when it is more by that or "
  "less by half of it." },
{ "shaper", "max_age", SETTING_DURATION, AT(shaper.max_age_us),
  100 * MS, HOUR, "5s", NULL,
  "A decision older than this is not carried out." },
{ "shaper", "timeout", SETTING_DURATION, AT(shaper.timeout_us),
  10 * MS, 60 * SEC, "500ms", NULL,
  "Time that one read or write of the shaper may take." },
{ "shaper", "reconcile", SETTING_DURATION, AT(shaper.reconcile_us),
  SEC, HOUR, "10s", NULL,
  "How often the shaper is read, so that another program's change is found." },
{ "shaper", "command", SETTING_TEXT, AT(shaper.command), 0, 0, "", NULL,
  "Program of the backend command, with its arguments, split at blanks." },

{ "router", "transport", SETTING_WORD, AT(router.transport), 0, 0, "rest",
  transport_words, "How the router is spoken to." },
{ "router", "fallback", SETTING_WORD, AT(router.fallback), 0, 0, "none",
  fallback_words, "How it is spoken to while the transport does not work." },
{ "router", "address", SETTING_TEXT, AT(router.address), 0, 0, "", NULL,
  "Address or name of the router." },
{ "router", "rest_port", SETTING_INT, AT(router.rest_port), 1, 65535, "443",
  NULL, "Port of its service www-ssl." },
{ "router", "ssh_port", SETTING_INT, AT(router.ssh_port), 1, 65535, "22",
  NULL, "Port of its service ssh." },
{ "router", "user", SETTING_TEXT, AT(router.user), 0, 0, "wanctl", NULL,
  "User on the router." },
{ "router", "password_file", SETTING_TEXT, AT(router.password_file), 0, 0, "",
  NULL, "File with the user's password, for rest." },
{ "router", "ca_file", SETTING_TEXT, AT(router.ca_file), 0, 0, "", NULL,
  "File with the certificate that the router's is signed by, for rest." },
{ "router", "pin", SETTING_TEXT, AT(router.pin), 0, 0, "", NULL,
  "SHA-256 of the public key of the router's certificate, or a file with "
  "it, for rest." },
{ "router", "tls_name", SETTING_TEXT, AT(router.tls_name), 0, 0, "", NULL,
  "Name in the router's certificate, if it is not the address." },
{ "router", "insecure", SETTING_WORD, AT(router.insecure), 0, 0, "no",
  yes_words, "Whether rest is plain http, which anybody on the way can read "
  "and change." },
{ "router", "known_hosts", SETTING_TEXT, AT(router.known_hosts), 0, 0, "",
  NULL, "File with the router's host key, for ssh." },
{ "router", "key_file", SETTING_TEXT, AT(router.key_file), 0, 0, "", NULL,
  "File with the user's private key, for ssh." },
{ "router", "passphrase_file", SETTING_TEXT, AT(router.passphrase_file), 0, 0,
  "", NULL, "File with the passphrase of that key." },
{ "router", "download_queue", SETTING_TEXT, AT(router.queue[DOWN]), 0, 0, "",
  NULL, "Name of the download's row in the queue tree." },
{ "router", "upload_queue", SETTING_TEXT, AT(router.queue[UP]), 0, 0, "",
  NULL, "Name of the upload's row in the queue tree." },
{ "router", "rule", SETTING_TEXT, AT(router.rule), 0, 0, "", NULL,
  "Comment of the mangle rule that diverts traffic." },
{ "router", "connect_timeout", SETTING_DURATION, AT(router.connect_us),
  SEC, 60 * SEC, "10s", NULL,
  "Time that connecting and logging in may take." },
{ "router", "timeout", SETTING_DURATION, AT(router.timeout_us),
  2 * SEC, 60 * SEC, "5s", NULL, "Time that one answer may take." },
{ "router", "write_limit", SETTING_INT, AT(router.write_limit), 1, 64, "10",
  NULL, "Writes within write_window after which increases wait." },
{ "router", "write_window", SETTING_DURATION, AT(router.write_window_us),
  SEC, HOUR, "1min", NULL, "Time that writes are counted over." },

{ "pass", "interval", SETTING_DURATION, AT(pass.interval_us),
  SEC, HOUR, "2s", NULL,
  "Time between two passes, as in the timer." },
{ "pass", "probes", SETTING_INT, AT(pass.probes), 1, 100, "2", NULL,
  "Probes to each reflector in a pass." },

{ "steer", "to", SETTING_NAME, AT(steer.to), 0, NAME_BYTES, "", NULL,
  "The alternate line, to which traffic is diverted while this one is "
  "congested: its name in records." },
{ "steer", "mode", SETTING_WORD, AT(steer.mode), 0, 0, "votes", mode_words,
  "How it is decided: by votes of three signals, or by a score." },
{ "steer", "dry_run", SETTING_WORD, AT(steer.dry_run), 0, 0, "yes", yes_words,
  "Whether decisions are only said, and nothing is diverted." },
{ "steer", "interval", SETTING_DURATION, AT(steer.interval_us),
  50 * MS, 60 * SEC, "500ms", NULL,
  "Least time between two decisions; each looks at what came since the last "
  "one." },
{ "steer", "max_age", SETTING_DURATION, AT(steer.max_age_us),
  SEC, HOUR, "5s", NULL,
  "Age up to which the last measurement of a line counts; then nothing is "
  "decided." },
{ "steer", "smooth", SETTING_DURATION, AT(steer.smooth_us),
  0, 60 * SEC, "1s", NULL,
  "Time constant of the moving average of the delay above the baseline." },
{ "steer", "delta", SETTING_DURATION, AT(steer.delta_us),
  MS, 10 * SEC, "15ms", NULL,
  "Delay above the baseline that is a sign of congestion when above." },
{ "steer", "drops", SETTING_INT, AT(steer.drops), 0, 1000000, "1", NULL,
  "Packets dropped since the last decision that are a sign; 0 does not look "
  "at drops." },
{ "steer", "queue", SETTING_INT, AT(steer.queue), 0, 1000000, "50", NULL,
  "Packets waiting that are a sign; 0 does not look at the queue." },
{ "steer", "queue_yellow", SETTING_INT, AT(steer.queue_yellow),
  0, 1000000, "10", NULL,
  "Packets waiting that alone make the line YELLOW; 0 for none." },
{ "steer", "severe_delta", SETTING_DURATION, AT(steer.severe_delta_us),
  0, 10 * SEC, "0s", NULL,
  "Delay above the baseline that alone makes the line RED when above; 0 for "
  "none." },
{ "steer", "severe_drops", SETTING_INT, AT(steer.severe_drops),
  0, 1000000, "0", NULL,
  "Packets dropped that alone make the line RED; 0 for none." },
{ "steer", "red_samples", SETTING_INT, AT(steer.red_samples),
  1, 10000, "2", NULL, "RED decisions in a row before traffic is diverted." },
{ "steer", "red_time", SETTING_DURATION, AT(steer.red_us), 0, HOUR, "0s", NULL,
  "Time for which they must have lasted too." },
{ "steer", "green_samples", SETTING_INT, AT(steer.green_samples),
  1, 10000, "15", NULL,
  "GREEN decisions without a RED one before traffic comes back." },
{ "steer", "green_time", SETTING_DURATION, AT(steer.green_us),
  0, HOUR, "0s", NULL, "Time for which they must have lasted too." },
{ "steer", "calm", SETTING_DURATION, AT(steer.calm_us),
  0, 24 * HOUR, "5min", NULL,
  "Time without RED after which traffic comes back although the line is still "
  "YELLOW; 0 for never." },
{ "steer", "hold", SETTING_DURATION, AT(steer.hold_us), 0, HOUR, "30s", NULL,
  "Least time between two changes." },
{ "steer", "margin", SETTING_DURATION, AT(steer.margin_us),
  0, 10 * SEC, "1ms", NULL,
  "How much shorter the alternate line's round trip must be." },
{ "steer", "base_min", SETTING_DURATION, AT(steer.base_min_us),
  100, 10 * SEC, "10ms", NULL, "Least baseline believed; a lower one is this." },
{ "steer", "base_max", SETTING_DURATION, AT(steer.base_max_us),
  MS, 10 * SEC, "60ms", NULL,
  "Greatest baseline believed; a greater one is this." },
{ "steer", "base_jump", SETTING_DURATION, AT(steer.base_jump_us),
  MS, 10 * SEC, "20ms", NULL,
  "A baseline that changes by more is not believed before it has lasted." },
{ "steer", "steer_at", SETTING_INT, AT(steer.steer_at), 1, 100, "55", NULL,
  "Score from which traffic is diverted." },
{ "steer", "recover_at", SETTING_INT, AT(steer.recover_at), 0, 99, "20", NULL,
  "Score up to which it comes back." },
{ "steer", "steer_time", SETTING_DURATION, AT(steer.steer_us),
  0, HOUR, "2s", NULL, "Time for which the score must have been high." },
{ "steer", "recover_time", SETTING_DURATION, AT(steer.recover_us),
  0, HOUR, "3s", NULL, "Time for which it must have been low." },
{ "steer", "red_points", SETTING_INT, AT(steer.red_points), 0, 100, "50", NULL,
  "Points for the state RED, or a blackout." },
{ "steer", "soft_red_points", SETTING_INT, AT(steer.soft_red_points),
  0, 100, "25", NULL, "Points for a lasting SOFT_RED." },
{ "steer", "soft_red_samples", SETTING_INT, AT(steer.soft_red_samples),
  1, 1000, "3", NULL, "Decisions in a row from which it is lasting." },
{ "steer", "yellow_points", SETTING_INT, AT(steer.yellow_points),
  0, 100, "10", NULL, "Points for YELLOW, and for a SOFT_RED until it lasts." },
{ "steer", "high", SETTING_DURATION, AT(steer.high_us),
  MS, 10 * SEC, "80ms", NULL, "Delay above the baseline that is high." },
{ "steer", "high_points", SETTING_INT, AT(steer.high_points),
  0, 100, "15", NULL, "Points for it." },
{ "steer", "very_high", SETTING_DURATION, AT(steer.very_high_us),
  MS, 10 * SEC, "120ms", NULL, "Delay above the baseline that is very high." },
{ "steer", "very_high_points", SETTING_INT, AT(steer.very_high_points),
  0, 100, "25", NULL, "Points for it, in place of those for high." },
{ "steer", "drops_points", SETTING_INT, AT(steer.drops_points),
  0, 100, "10", NULL, "Points for drops that rise." },
{ "steer", "drops_samples", SETTING_INT, AT(steer.drops_samples),
  1, 1000, "3", NULL, "Decisions in a row with drops from which they rise." },
{ "steer", "queue_points", SETTING_INT, AT(steer.queue_points),
  0, 100, "10", NULL, "Points for a queue that stays long." },
{ "steer", "queue_samples", SETTING_INT, AT(steer.queue_samples),
  1, 1000, "2", NULL, "Decisions in a row from which it stays long." },
{ "steer", "flaps", SETTING_INT, AT(steer.flaps), 1, 15, "4", NULL,
  "Changes within flap_window that are still no flapping." },
{ "steer", "flap_window", SETTING_DURATION, AT(steer.flap_window_us),
  SEC, 24 * HOUR, "5min", NULL, "Time in which changes are counted." },
{ "steer", "flap_points", SETTING_INT, AT(steer.flap_points),
  0, 100, "15", NULL,
  "What flapping adds to steer_at; by votes nothing is diverted then." },
{ "steer", "flap_time", SETTING_DURATION, AT(steer.flap_us),
  0, 24 * HOUR, "1min", NULL, "How long after the last change it does so." },

{ "diverter", "backend", SETTING_WORD, AT(diverter.backend), 0, 0, "print",
  diverter_words, "What diverts the traffic." },
{ "diverter", "timeout", SETTING_DURATION, AT(diverter.timeout_us),
  10 * MS, 60 * SEC, "2s", NULL,
  "Time that one read or write of it may take." },
{ "diverter", "reconcile", SETTING_DURATION, AT(diverter.reconcile_us),
  SEC, HOUR, "10s", NULL,
  "How often it is read, so that another program's change is found." },
{ "diverter", "command", SETTING_TEXT, AT(diverter.command), 0, 0, "", NULL,
  "Program of the backend command, with its arguments, split at blanks." },
{ "diverter", "set", SETTING_TEXT, AT(diverter.set), 0, 0, "", NULL,
  "Set of nftables of the backend nft: family, table and name." },
{ "diverter", "element", SETTING_TEXT, AT(diverter.element), 0, 0, "", NULL,
  "Element that is in the set while traffic is diverted." },
{ "diverter", "priority", SETTING_INT, AT(diverter.priority),
  0, 32765, "0", NULL, "Priority of the routing rule of the backend rule." },
{ "diverter", "mark", SETTING_MARK, AT(diverter.mark),
  0, 0xffffffff, "0", NULL, "Firewall mark of the packets that it is for." },
{ "diverter", "mask", SETTING_MARK, AT(diverter.mask),
  1, 0xffffffff, "4294967295", NULL, "Bits of the mark that are looked at." },
{ "diverter", "table", SETTING_INT, AT(diverter.table),
  0, 0xffffffff, "0", NULL, "Routing table that it sends them to." },
{ "diverter", "family", SETTING_WORD, AT(diverter.family), 0, 0, "any",
  family_words, "Address family of the rule; any makes one for each." },
};
/* clang-format on */
const size_t setting_count = COUNT(setting_table);

_Static_assert(COUNT(setting_table) <= SETTINGS_ROWS, "too many settings");

#undef DIRECTION

void
settings_init(struct settings *s)
{
	memset(s, 0, sizeof *s);
}

/* Looked up so often that the first byte decides before strcmp(3) is called. */
static bool
is_same(const char *a, const char *b)
{
	return *a == *b && strcmp(a, b) == 0;
}

size_t
settings_row(const char *section, const char *key)
{
	size_t i;

	for (i = 0; i < setting_count; i++)
		if (is_same(setting_table[i].key, key) &&
		    is_same(setting_table[i].section, section))
			break;
	return i;
}

bool
settings_section(const char *section)
{
	for (size_t i = 0; i < setting_count; i++)
		if (is_same(setting_table[i].section, section))
			return true;
	return false;
}

/* --- values: text to structure ------------------------------------------ */

static const char *
set_device(char *out, const char *v, size_t len)
{
	/* The kernel takes nearly anything, but . and .. would be paths. */
	if (!text_is_host(v, len) || strspn(v, ".") == len ||
	    !text_copy(out, SETTINGS_DEVICE_MAX, v, len))
		return "not the name of a network device";
	return NULL;
}

static const char *
set_class(char *out, const char *v, size_t len)
{
	size_t colon = strcspn(v, ":");

	if (colon == 0 || colon > 4 || len - colon < 2 || len - colon > 5 ||
	    strspn(v, "0123456789abcdef") != colon ||
	    strspn(v + colon + 1, "0123456789abcdef") != len - colon - 1)
		return "not a class like 1:10";
	text_copy(out, SETTINGS_TEXT_MAX, v, len);
	return NULL;
}

static const char *
set_printable(char *out, const char *v, size_t len)
{
	if (v[0] == ';')
		return "begins with ;"; /* a comment after a blank */
	if (strstr(v, " ;") != NULL)
		return "has a ; after a blank, which begins a comment";
	if (v[0] == ' ' || v[len - 1] == ' ')
		return "begins or ends with a blank";
	for (size_t i = 0; i < len; i++)
		if (v[i] < ' ' || v[i] > '~')
			return "not printable ASCII";
	return text_copy(out, SETTINGS_TEXT_MAX, v, len) ? NULL : "too long";
}

static const char *
set_address(char *out, const char *v, size_t len)
{
	return text_is_address(v, len) &&
		text_copy(out, SETTINGS_TEXT_MAX, v, len) ?
	    NULL :
	    "not a numeric address";
}

static bool
has_host(const struct settings *s, size_t n, const char *host, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(s->ping.host[i]) == len &&
		    memcmp(s->ping.host[i], host, len) == 0)
			return true;
	return false;
}

static const char *
set_hosts(struct settings *s, size_t row, const char *v)
{
	size_t n = s->ping.hosts, len;

	for (v += strspn(v, " \t"); *v != '\0'; v += strspn(v, " \t")) {
		len = strcspn(v, " \t");
		if (n == SETTINGS_HOSTS)
			return "more than 32 reflectors";
		if ((!text_is_address(v, len) && !text_is_domain(v, len)) ||
		    len >= SETTINGS_HOST_MAX)
			return "not a host name or address";
		if (has_host(s, n, v, len))
			return "reflector named twice";
		text_copy(s->ping.host[n], SETTINGS_HOST_MAX, v, len);
		s->ping.host_row[n++] = (unsigned char)row;
		v += len;
	}
	s->ping.hosts = n;
	return NULL;
}

static const char *
set_word(const struct setting *row, const char *v, int64_t *out)
{
	for (int64_t i = 0; row->words[i] != NULL; i++)
		if (strcmp(row->words[i], v) == 0) {
			*out = i;
			return NULL;
		}
	return "unknown word";
}

static const char *
set_number(const struct setting *row, const char *v, int64_t *out)
{
	size_t len = strlen(v);

	switch (row->type) {
	case SETTING_DURATION:
		return number_duration(v, len, row->lo, row->hi, out);
	case SETTING_RATE:
		return number_rate(v, len, row->lo, row->hi, out);
	case SETTING_RATIO:
		return number_ratio(v, len, row->lo, row->hi, out);
	case SETTING_WORD:
		return set_word(row, v, out);
	case SETTING_MARK:
		return number_mark(v, len, row->lo, row->hi, out);
	default:
		return number_int(v, len, row->lo, row->hi, out);
	}
}

static const char *
set_value(struct settings *s, const struct setting *row, const char *v)
{
	char *at = (char *)s + row->offset;
	size_t len = strlen(v);
	const char *why;
	int64_t n;

	switch (row->type) {
	case SETTING_NAME:
		if (!text_is_name(v, len, (size_t)row->hi))
			return len > (size_t)row->hi ?
			    "too long: a name has at most " TEXT_OF(
				NAME_BYTES) " bytes" :
			    "not a name (letters, digits, . _ -)";
		text_copy(at, SETTINGS_TEXT_MAX, v, len);
		return NULL;
	case SETTING_DEVICE:
		return set_device(at, v, len);
	case SETTING_CLASS:
		return set_class(at, v, len);
	case SETTING_ADDRESS:
		return set_address(at, v, len);
	case SETTING_HOSTS:
		return set_hosts(s, (size_t)(row - setting_table), v);
	case SETTING_TEXT:
		return set_printable(at, v, len);
	default:
		why = set_number(row, v, &n);
		if (why == NULL)
			memcpy(at, &n, sizeof n);
		return why;
	}
}

const char *
settings_set(struct settings *s, const char *section, const char *key,
    const char *value, int line)
{
	size_t row = settings_row(section, key);
	const char *why;

	if (row == setting_count)
		return settings_section(section) ? "unknown key" :
						   "unknown section";
	if (s->line[row] != 0)
		return "duplicate key";
	if (*value == '\0')
		why = "empty value";
	else if (strlen(key) + 1 + strlen(value) > SETTINGS_LINE_MAX)
		why = "longer than a line of 190 bytes";
	else
		why = set_value(s, &setting_table[row], value);
	s->line[row] = why == NULL ? line : SETTINGS_REFUSED;
	return why;
}

/* --- defaults ------------------------------------------------------------- */

struct faults {
	const struct settings *s;
	struct settings_fault *list;
	size_t max, count;
};

static void
fault(struct faults *f, size_t row, size_t other, const char *why)
{
	if (f->count < f->max)
		f->list[f->count] = (struct settings_fault){ row, other, why,
			false };
	f->count++;
}

/* `row` must be given; `other` is who asks for it, or setting_count. */
static void
missing(struct faults *f, size_t row, size_t other)
{
	fault(f, row, other,
	    other == setting_count ? "must be given" : "must be given for @");
	if (f->count <= f->max)
		f->list[f->count - 1].missing = true;
}

/* The row that "=key" or "=30%key" speaks of. */
static size_t
derived_from(const struct setting *row, int64_t *percent)
{
	const char *from = row->fallback + 1;
	size_t digits = strspn(from, "0123456789");

	*percent = 100;
	if (digits > 0) {
		(void)number_int(from, digits, 0, 100, percent);
		from += digits + 1;
	}
	return settings_row(row->section, from);
}

static int64_t
value_of(const struct settings *s, size_t row)
{
	int64_t v;

	memcpy(&v, (const char *)s + setting_table[row].offset, sizeof v);
	return v;
}

static bool
is_floor(const struct setting *row)
{
	return strncmp(row->key, "floor_", 6) == 0;
}

/* Rows are in an order in which the other is known. */
static void
derive(struct settings *s, size_t i)
{
	const struct setting *row = &setting_table[i];
	int64_t percent, v, least;
	size_t other = derived_from(row, &percent);

	if (s->line[other] == SETTINGS_REFUSED) {
		s->line[i] = SETTINGS_REFUSED;
		return;
	}
	v = number_muldiv(value_of(s, other), percent, 100);
	/* A rate to run at is never below the floor; a step is no such. */
	least = strcmp(row->key, "step") == 0 ?
	    row->lo :
	    value_of(s, settings_row(row->section, "floor"));
	if (v < least)
		v = least;
	/* Nor above one of the next floors, where those are written. */
	for (size_t n = i + 1;
	     n < setting_count && is_floor(row) && is_floor(&setting_table[n]);
	     n++)
		if (s->line[n] > 0 && value_of(s, n) < v)
			v = value_of(s, n);
	memcpy((char *)s + row->offset, &v, sizeof v);
}

static void
fill_defaults(struct settings *s, struct faults *f)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (s->line[i] != 0)
			continue;
		if (row->fallback == NULL) {
			missing(f, i, setting_count);
			s->line[i] = SETTINGS_REFUSED;
		} else if (row->fallback[0] == '=') {
			derive(s, i);
		} else if (row->fallback[0] != '\0') {
			(void)set_value(s, row, row->fallback);
		}
	}
}

/* --- rules across keys ---------------------------------------------------- */

static const char *const direction_sections[DIRECTIONS] = { "download",
	"upload" };

/* "@" stands for the other key. */
enum relation { BELOW, ABOVE, NOT_BELOW, NOT_ABOVE };
static const char *const relation_words[] = {
	"must be below @",
	"must be above @",
	"must not be below @",
	"must not be above @",
};

enum when {
	ALWAYS,
	UNLESS_0, /* 0 means none */
	IF_GIVEN, /* its default agrees, or another rule says so */
};

/* Without a section: of each direction. */
static const struct order {
	const char *section, *key;
	enum relation relation;
	const char *other_section, *other;
	enum when when;
} orders[] = {
	{ NULL, "yellow", BELOW, NULL, "soft_red", ALWAYS },
	{ NULL, "soft_red", BELOW, NULL, "red", ALWAYS },
	{ NULL, "yellow", ABOVE, "baseline", "gate", ALWAYS },
	{ NULL, "floor", NOT_ABOVE, NULL, "floor_soft_red", ALWAYS },
	{ NULL, "floor_soft_red", NOT_ABOVE, NULL, "floor_yellow", ALWAYS },
	{ NULL, "floor_yellow", NOT_ABOVE, NULL, "floor_green", ALWAYS },
	{ NULL, "floor", NOT_ABOVE, NULL, "ceiling", ALWAYS },
	{ NULL, "floor_soft_red", NOT_ABOVE, NULL, "ceiling", IF_GIVEN },
	{ NULL, "floor_yellow", NOT_ABOVE, NULL, "ceiling", IF_GIVEN },
	{ NULL, "floor_green", NOT_ABOVE, NULL, "ceiling", IF_GIVEN },
	{ NULL, "base", NOT_BELOW, NULL, "floor", IF_GIVEN },
	{ NULL, "base", NOT_ABOVE, NULL, "ceiling", IF_GIVEN },
	{ NULL, "step", NOT_ABOVE, NULL, "ceiling", ALWAYS },
	{ "baseline", "min", BELOW, "baseline", "max", ALWAYS },
	{ "baseline", "initial", NOT_BELOW, "baseline", "min", UNLESS_0 },
	{ "baseline", "initial", NOT_ABOVE, "baseline", "max", UNLESS_0 },
	{ "baseline", "gate", BELOW, "baseline", "jump", ALWAYS },
	{ "baseline", "relearn", NOT_ABOVE, "baseline", "relearn_busy",
	    ALWAYS },
	{ "assess", "blackout_cut", NOT_BELOW, "assess", "blackout", UNLESS_0 },
	{ "assess", "idle", NOT_ABOVE, "assess", "busy", ALWAYS },
	{ "steer", "severe_delta", ABOVE, "steer", "delta", UNLESS_0 },
	{ "steer", "severe_drops", NOT_BELOW, "steer", "drops", UNLESS_0 },
	{ "steer", "queue_yellow", NOT_ABOVE, "steer", "queue", IF_GIVEN },
	{ "steer", "base_min", BELOW, "steer", "base_max", ALWAYS },
	{ "steer", "recover_at", BELOW, "steer", "steer_at", ALWAYS },
	{ "steer", "high", NOT_ABOVE, "steer", "very_high", ALWAYS },
	{ "steer", "interval", BELOW, "steer", "max_age", ALWAYS },
};

static bool
holds(int64_t a, enum relation relation, int64_t b)
{
	switch (relation) {
	case BELOW:
		return a < b;
	case ABOVE:
		return a > b;
	case NOT_BELOW:
		return a >= b;
	default:
		return a <= b;
	}
}

static void
check_order(struct faults *f, const struct order *o, const char *section)
{
	const struct settings *s = f->s;
	size_t row = settings_row(section, o->key);
	size_t other = settings_row(o->other_section != NULL ?
		o->other_section :
		section,
	    o->other);

	if (s->line[row] == SETTINGS_REFUSED ||
	    s->line[other] == SETTINGS_REFUSED ||
	    (o->when == UNLESS_0 && value_of(s, row) == 0) ||
	    (o->when == IF_GIVEN && s->line[row] == 0))
		return;
	if (!holds(value_of(s, row), o->relation, value_of(s, other)))
		fault(f, row, other, relation_words[o->relation]);
}

/* The row of a key whose value is known, setting_count else. */
static size_t
known(const struct settings *s, const char *section, const char *key)
{
	size_t row = settings_row(section, key);

	return s->line[row] == SETTINGS_REFUSED ? setting_count : row;
}

/* RED must lower what the shaper has, and not only what is wanted of it. */
static void
check_deadband(struct faults *f, enum direction dir)
{
	const struct settings *s = f->s;
	size_t row = known(s, "shaper", "deadband");
	size_t other = known(s, direction_sections[dir], "factor");

	if (row != setting_count && other != setting_count &&
	    s->shaper.deadband_ppm / 2 >= NUMBER_PPM - s->dir[dir].factor_ppm)
		fault(f, row, other,
		    "half of it must be below 1 - factor, or a cut would not "
		    "be written: "
		    "see @");
}

static void
check_needed(struct faults *f, enum direction dir)
{
	const struct direction_settings *d = &f->s->dir[dir];
	const char *section = direction_sections[dir];
	size_t device = known(f->s, section, "device");
	size_t class = known(f->s, section, "class");
	size_t backend = known(f->s, "shaper", "backend");

	if (backend == setting_count ||
	    (f->s->shaper.backend != BACKEND_CAKE &&
		f->s->shaper.backend != BACKEND_HTB))
		return;
	if (device != setting_count && d->device[0] == '\0')
		missing(f, device, backend);
	if (class != setting_count && d->class[0] == '\0' &&
	    f->s->shaper.backend == BACKEND_HTB)
		missing(f, class, backend);
}

static void
check_two_shapers(struct faults *f)
{
	const struct direction_settings *down = &f->s->dir[DOWN];
	const struct direction_settings *up = &f->s->dir[UP];
	const char *key = up->class[0] != '\0' ? "class" : "device";

	if (down->device[0] != '\0' && strcmp(down->device, up->device) == 0 &&
	    strcmp(down->class, up->class) == 0)
		fault(f, settings_row("upload", key),
		    settings_row("download", key),
		    "must not be the same as @: each direction needs its own "
		    "shaper");
}

static void
check_command(struct faults *f)
{
	size_t row = known(f->s, "shaper", "command");
	size_t backend = known(f->s, "shaper", "backend");

	if (row != setting_count && backend != setting_count &&
	    f->s->shaper.backend == BACKEND_COMMAND &&
	    f->s->shaper.command[0] == '\0')
		missing(f, row, backend);
}

static void
need_text(struct faults *f, const char *key, const char *text, size_t backend)
{
	size_t row = known(f->s, "diverter", key);

	if (row != setting_count && *text == '\0')
		missing(f, row, backend);
}

static void
need_number(struct faults *f, const char *key, int64_t n, size_t backend)
{
	size_t row = known(f->s, "diverter", key);

	if (row != setting_count && n == 0)
		missing(f, row, backend);
}

static void
check_diverter(struct faults *f)
{
	const struct settings *s = f->s;
	size_t backend = known(s, "diverter", "backend");
	size_t mark = known(s, "diverter", "mark");

	if (backend == setting_count)
		return;
	if (s->diverter.backend == DIVERTER_COMMAND)
		need_text(f, "command", s->diverter.command, backend);
	if (s->diverter.backend == DIVERTER_NFT) {
		need_text(f, "set", s->diverter.set, backend);
		need_text(f, "element", s->diverter.element, backend);
	}
	if (s->diverter.backend != DIVERTER_RULE)
		return;
	need_number(f, "priority", s->diverter.priority, backend);
	need_number(f, "mark", s->diverter.mark, backend);
	need_number(f, "table", s->diverter.table, backend);
	if (mark != setting_count && s->diverter.mark != 0 &&
	    known(s, "diverter", "mask") != setting_count &&
	    (s->diverter.mark & ~s->diverter.mask) != 0)
		fault(f, mark, settings_row("diverter", "mask"),
		    "has bits outside @ and would match nothing");
}

static void
check_steer(struct faults *f)
{
	const struct settings *s = f->s;
	size_t to = known(s, "steer", "to"), name = known(s, "wan", "name");

	if (to != setting_count && name != setting_count &&
	    strcmp(s->steer.to, s->wan.name) == 0)
		fault(f, to, name, "must be another line than @");
}

/* Answers come further apart than the probes of one reflector only if there
 * are no others, and the last one may take its time-out. */
static void
check_patience(struct faults *f, const char *key, int64_t us)
{
	const struct settings *s = f->s;
	size_t row = known(s, "assess", key);
	size_t interval = known(s, "ping", "interval");
	size_t timeout = known(s, "ping", "timeout");
	int64_t hosts = s->ping.hosts > 0 ? (int64_t)s->ping.hosts : 1;

	if (s->ping.active > 0 && s->ping.active < hosts)
		hosts = s->ping.active;
	if (row != setting_count && interval != setting_count &&
	    timeout != setting_count &&
	    us < s->ping.interval_us / hosts + s->ping.timeout_us)
		fault(f, row, s->line[interval] > 0 ? interval : timeout,
		    "too short: between two answers may be the interval of "
		    "[ping] divided by its hosts, and its timeout");
}

static void
check_pass(struct faults *f)
{
	const struct settings *s = f->s;
	size_t pass = known(s, "pass", "interval");
	size_t timeout = known(s, "ping", "timeout");

	if (pass == setting_count || timeout == setting_count ||
	    known(s, "pass", "probes") == setting_count ||
	    known(s, "ping", "interval") == setting_count ||
	    known(s, "shaper", "timeout") == setting_count)
		return;
	if (s->ping.interval_us * (s->pass.probes - 1) + s->ping.timeout_us +
		s->shaper.timeout_us >
	    s->pass.interval_us)
		fault(f, pass, timeout,
		    "too short: probes at the interval of [ping], its timeout "
		    "and the timeout of [shaper] must fit in");
}

/* What one transport cannot do without; `row` is who asks for it. */
static void
need(struct faults *f, const char *key, const char *value, size_t asks)
{
	size_t row = known(f->s, "router", key);

	if (row != setting_count && value[0] == '\0')
		missing(f, row, asks);
}

static void
check_transport(struct faults *f, int64_t transport, size_t asks)
{
	const struct settings *s = f->s;

	if (transport == TRANSPORT_REST) {
		need(f, "password_file", s->router.password_file, asks);
		if (s->router.ca_file[0] == '\0' && s->router.insecure == 0)
			need(f, "pin", s->router.pin, asks);
	}
	if (transport == TRANSPORT_SSH || transport == TRANSPORT_SSH_TC) {
		need(f, "key_file", s->router.key_file, asks);
		need(f, "known_hosts", s->router.known_hosts, asks);
	}
}

/* "eth1" or "eth1 1:10" */
static void
check_place(struct faults *f, const char *key, const char *queue)
{
	char device[SETTINGS_DEVICE_MAX], class[SETTINGS_TEXT_MAX];
	size_t row = known(f->s, "router", key), len = strcspn(queue, " ");
	const char *rest = queue + len + strspn(queue + len, " ");

	if (row != setting_count && queue[0] != '\0' &&
	    (set_device(device, queue, len) != NULL ||
		strchr("-.", queue[0]) != NULL || strcspn(queue, ":%") < len ||
		(*rest != '\0' &&
		    set_class(class, rest, strlen(rest)) != NULL)))
		fault(f, row, known(f->s, "router", "transport"),
		    "must be a device, or a device and a class of HTB as in "
		    "\"eth1 1:10\", for @");
}

/* The longest that a rate which may rise waits for a write, on average: on its
 * way back from the floor it waits several times. */
#define WRITE_WAIT_US (60 * (int64_t)1000000)

static void
check_writes(struct faults *f)
{
	const struct settings *s = f->s;
	size_t limit = known(s, "router", "write_limit");
	size_t window = known(s, "router", "write_window");

	if (limit != setting_count && window != setting_count &&
	    s->router.write_window_us > s->router.write_limit * WRITE_WAIT_US)
		fault(f, window, limit,
		    "lets a higher rate wait for more than 1min a write, with "
		    "@");
}

static void
check_router(struct faults *f)
{
	const struct settings *s = f->s;
	size_t backend = known(s, "shaper", "backend");
	size_t transport = known(s, "router", "transport");
	size_t fallback = known(s, "router", "fallback");
	size_t pin = known(s, "router", "pin");

	if (backend != setting_count && s->shaper.backend == BACKEND_ROUTER) {
		need(f, "address", s->router.address, backend);
		need(f, "download_queue", s->router.queue[DOWN], backend);
		need(f, "upload_queue", s->router.queue[UP], backend);
	}
	if (s->router.queue[UP][0] != '\0' &&
	    strcmp(s->router.queue[UP], s->router.queue[DOWN]) == 0)
		fault(f, settings_row("router", "upload_queue"),
		    settings_row("router", "download_queue"),
		    "must not be the same as @");
	if (s->router.address[0] != '\0' && transport != setting_count)
		check_transport(f, s->router.transport, transport);
	if (s->router.address[0] != '\0' && fallback != setting_count &&
	    s->router.fallback != s->router.transport)
		check_transport(f, s->router.fallback, fallback);
	if (transport != setting_count &&
	    s->router.transport == TRANSPORT_SSH_TC) {
		check_place(f, "download_queue", s->router.queue[DOWN]);
		check_place(f, "upload_queue", s->router.queue[UP]);
	}
	if (fallback != setting_count && transport != setting_count &&
	    s->router.fallback != TRANSPORT_NONE &&
	    (s->router.fallback == TRANSPORT_SSH_TC) !=
		(s->router.transport == TRANSPORT_SSH_TC))
		fault(f, fallback, transport,
		    "speaks to another kind of router than @");
	if (pin != setting_count && s->router.pin[0] != '\0' &&
	    s->router.pin[0] != '/' &&
	    strncmp(s->router.pin, "sha256//", 8) != 0)
		fault(f, pin, setting_count,
		    "begins neither with sha256// nor, as a file's name, with "
		    "/");
}

static void
check_rules(struct faults *f)
{
	for (size_t i = 0; i < COUNT(orders); i++) {
		if (orders[i].section != NULL) {
			check_order(f, &orders[i], orders[i].section);
			continue;
		}
		check_order(f, &orders[i], direction_sections[DOWN]);
		check_order(f, &orders[i], direction_sections[UP]);
	}
	for (enum direction dir = DOWN; dir <= UP; dir++) {
		check_deadband(f, dir);
		check_needed(f, dir);
	}
	check_two_shapers(f);
	check_command(f);
	check_router(f);
	check_writes(f);
	check_steer(f);
	check_diverter(f);
	check_patience(f, "blackout", f->s->assess.blackout_us);
	check_patience(f, "max_age", f->s->assess.max_age_us);
	check_pass(f);
	if (known(f->s, "assess", "median") != setting_count &&
	    f->s->assess.median % 2 == 0)
		fault(f, settings_row("assess", "median"), setting_count,
		    "must be odd");
}

size_t
settings_finish(struct settings *s, struct settings_fault list[], size_t max)
{
	struct faults f = { .s = s, .list = list, .max = max };

	fill_defaults(s, &f);
	check_rules(&f);
	return f.count;
}

int
settings_fault_line(const struct settings *s, const struct settings_fault *f)
{
	if (s->line[f->row] > 0)
		return s->line[f->row];
	return f->other < setting_count && s->line[f->other] > 0 ?
	    s->line[f->other] :
	    0;
}

void
settings_fault_text(const struct settings *s, const struct settings_fault *f,
    char out[static SETTINGS_FAULT_MAX])
{
	const char *at = strchr(f->why, '@');
	const struct setting *other = &setting_table[f->other];
	char value[SETTINGS_VALUE_MAX];
	struct text t;

	text_init(&t, out, SETTINGS_FAULT_MAX);
	if (at == NULL) {
		text_add(&t, f->why);
		return;
	}
	text_bytes(&t, f->why, (size_t)(at - f->why));
	if (strcmp(other->section, setting_table[f->row].section) != 0) {
		text_add(&t, "[");
		text_add(&t, other->section);
		text_add(&t, "] ");
	}
	settings_value(s, f->other, value);
	text_add(&t, other->key);
	text_add(&t, " (");
	text_add(&t, value);
	text_add(&t, ")");
	text_add(&t, at + 1);
}

/* --- values: structure to text ------------------------------------------ */

static void
hosts_value(const struct settings *s, size_t row, struct text *out)
{
	for (size_t i = 0; i < s->ping.hosts; i++) {
		if (s->ping.host_row[i] != row)
			continue;
		if (out->len > 0)
			text_add(out, " ");
		text_add(out, s->ping.host[i]);
	}
}

static void
add_number(struct text *t, const struct setting *row, int64_t n)
{
	char number[NUMBER_TEXT_MAX];

	switch (row->type) {
	case SETTING_DURATION:
		number_duration_text(number, n);
		break;
	case SETTING_RATE:
		number_rate_text(number, n);
		break;
	case SETTING_RATIO:
		number_ratio_text(number, n);
		break;
	default:
		number_format(number, n);
	}
	text_add(t, number);
}

void
settings_value(const struct settings *s, size_t i,
    char out[static SETTINGS_VALUE_MAX])
{
	const struct setting *row = &setting_table[i];
	struct text t;

	text_init(&t, out, SETTINGS_VALUE_MAX);
	switch (row->type) {
	case SETTING_HOSTS:
		hosts_value(s, i, &t);
		break;
	case SETTING_NAME:
	case SETTING_DEVICE:
	case SETTING_CLASS:
	case SETTING_ADDRESS:
	case SETTING_TEXT:
		text_add(&t, (const char *)s + row->offset);
		break;
	case SETTING_WORD:
		text_add(&t, row->words[value_of(s, i)]);
		break;
	default:
		add_number(&t, row, value_of(s, i));
	}
}

void
settings_range(size_t i, char out[static SETTINGS_RANGE_MAX])
{
	const struct setting *row = &setting_table[i];
	struct text t;

	text_init(&t, out, SETTINGS_RANGE_MAX);
	switch (row->type) {
	case SETTING_INT:
	case SETTING_MARK:
	case SETTING_DURATION:
	case SETTING_RATE:
	case SETTING_RATIO:
		add_number(&t, row, row->lo);
		if (row->hi == row->lo)
			break;
		text_add(&t, " to ");
		add_number(&t, row, row->hi);
		break;
	case SETTING_WORD:
		for (size_t w = 0; row->words[w] != NULL; w++) {
			text_add(&t, w > 0 ? ", " : "");
			text_add(&t, row->words[w]);
		}
		break;
	default:
		break;
	}
}

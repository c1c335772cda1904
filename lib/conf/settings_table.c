/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of all keys. */
#include "conf/settings.h"

#include <string.h>

#include "base/number.h"
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

static const char *const framing_words[] = { "raw", "atm", "ptm", "ethernet",
	"docsis", "pppoe-ptm", "bridged-ptm", "pppoa-vcmux", "pppoa-llc",
	"pppoe-vcmux", "pppoe-llcsnap", "bridged-vcmux", "bridged-llcsnap",
	"ipoa-vcmux", "ipoa-llcsnap", "conservative", NULL };
/* In the order of linux/pkt_sched.h. */
static const char *const diffserv_words[] = { "diffserv3", "diffserv4",
	"diffserv8", "besteffort", "precedence", NULL };
static const char *const ack_words[] = { "no", "yes", "aggressive", NULL };

static const char *const mode_words[] = { "votes", "confidence", NULL };
static const char *const diverter_words[] = { "print", "command", "nft", "rule",
	"router", NULL };

/* clang-format off */
#define DIRECTION(section, i, usual)                                           \
{ section, "managed", SETTING_WORD, AT(dir[i].managed), 0, 0, "yes",           \
  yes_words, "Whether its rate is set; no only measures and reports it." },    \
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
{ "wan", "name", SETTING_NAME, AT(wan.name),
  0, SETTINGS_NAME_BYTES, NULL, NULL,
  "Name of the line in records; the file's name without .conf if not given." },
{ "wan", "device", SETTING_DEVICE, AT(wan.device), 0, 0, "", NULL,
  "Network device of the line: probes must leave by it, and its counters show "
  "what arrives before our shaper." },

{ "ping", "hosts", SETTING_HOSTS, AT(ping), 0, 0, "", NULL,
  "Reflectors to probe, names or addresses." },
{ "ping", "hosts_2", SETTING_HOSTS, AT(ping), 0, 0, "", NULL,
  "More reflectors, as older versions had them." },
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
  "A rate that is not a limit is written when it is more by that or "
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
{ "shaper", "make", SETTING_WORD, AT(shaper.make.make), 0, 0, "no", yes_words,
  "Whether wanctl makes the shapers; no sets the rates of those that are "
  "there." },
{ "shaper", "framing", SETTING_WORD, AT(shaper.make.framing), 0, 0, "raw",
  framing_words,
  "What the line adds to a packet, so that a shaper that is made counts it." },
{ "shaper", "overhead", SETTING_INT, AT(shaper.make.overhead), -64, 256, "0",
  NULL, "Bytes a packet in addition to that." },
{ "shaper", "mpu", SETTING_INT, AT(shaper.make.mpu), 0, 256, "0", NULL,
  "Bytes that the shortest packet counts as, if more than framing says." },
{ "shaper", "rtt", SETTING_DURATION, AT(shaper.make.rtt_us),
  MS, 10 * SEC, "100ms", NULL,
  "Round trip of most connections, for CAKE's own queue management." },
{ "shaper", "diffserv", SETTING_WORD, AT(shaper.make.diffserv), 0, 0,
  "diffserv3", diffserv_words, "Priority tins of CAKE." },
{ "shaper", "nat", SETTING_WORD, AT(shaper.make.nat), 0, 0, "yes", yes_words,
  "Whether CAKE shares between the hosts behind this one's NAT." },
{ "shaper", "wash", SETTING_WORD, AT(shaper.make.wash), 0, 0, "no", yes_words,
  "Whether CAKE clears the marks of priority that packets have." },
{ "shaper", "ack_filter", SETTING_WORD, AT(shaper.make.ack_filter), 0, 0,
  "no", ack_words,
  "Whether CAKE drops acknowledgements of the upload that later ones repeat." },
{ "shaper", "ingress", SETTING_WORD, AT(shaper.make.ingress), 0, 0, "yes",
  yes_words,
  "Whether CAKE counts what it drops of the download, which has used the "
  "line." },

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
{ "router", "simple_queue", SETTING_TEXT, AT(router.simple), 0, 0, "", NULL,
  "Name of a simple queue, which has both directions." },
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

{ "steer", "to", SETTING_NAME, AT(steer.to),
  0, SETTINGS_NAME_BYTES, "", NULL,
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

{ "alert", "command", SETTING_TEXT, AT(alert.command), 0, 0, "", NULL,
  "Program that is told of an alert, with its arguments, split at blanks." },
{ "alert", "timeout", SETTING_DURATION, AT(alert.timeout_us),
  10 * MS, 300 * SEC, "10s", NULL, "Time that it may take." },
{ "alert", "without", SETTING_TEXT, AT(alert.without), 0, 0, "", NULL,
  "Events that are not told, with blanks between." },
{ "alert", "cooldown", SETTING_DURATION, AT(alert.cooldown_us),
  0, 24 * HOUR, "5min", NULL,
  "Time before the same event is told again." },
{ "alert", "hard_red_cooldown", SETTING_DURATION,
  AT(alert.hard_red_cooldown_us), 0, 24 * HOUR, "1min", NULL,
  "The same of hard_red." },
{ "alert", "sustained", SETTING_DURATION, AT(alert.sustained_us),
  0, HOUR, "1min", NULL,
  "Time that congestion or a delay lasts before it is told." },
{ "alert", "flaps", SETTING_INT, AT(alert.flaps), 2, SETTINGS_FLAPS_MAX, "30",
  NULL, "Changes of the state within flap_window that are told." },
{ "alert", "flap_window", SETTING_DURATION, AT(alert.flap_window_us),
  SEC, HOUR, "2min", NULL, "Time in which they are counted." },

{ "keep", "directory", SETTING_TEXT, AT(keep.directory), 0, 0, "", NULL,
  "Directory for recordings of what came before an alert; empty: none." },
{ "keep", "window", SETTING_DURATION, AT(keep.window_us),
  60 * SEC, 24 * HOUR, "30min", NULL,
  "Time before the alert that a recording has." },
{ "keep", "memory", SETTING_INT, AT(keep.memory_mib), 1, 1024, "32", NULL,
  "Mebibytes of memory for it, which may make it shorter." },
{ "keep", "files", SETTING_INT, AT(keep.files), 1, 1000, "10", NULL,
  "Recordings that are there at most: the oldest are removed." },
};
/* clang-format on */
const size_t setting_count = COUNT(setting_table);

_Static_assert(COUNT(setting_table) <= SETTINGS_ROWS, "too many settings");

#undef DIRECTION

/* Looked up so often that the first byte decides before strcmp(3) is called. */
static bool
is_same(const char *a, const char *b)
{
	return *a == *b && strcmp(a, b) == 0;
}

bool
settings_begins_section(size_t row)
{
	return row == 0 ||
	    !is_same(setting_table[row].section,
		setting_table[row - 1].section);
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

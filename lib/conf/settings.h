/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of one WAN, wanctl.conf(5), as a structure.
 *
 * A single table gives every key its section, type, range, default and the
 * sentence that says what it is for; from it come parsing, range checks, what
 * wanctl-conf(8) prints, and the test that the manual names every key. This
 * module is pure: confload.h reads files.
 *
 * Use: settings_init, settings_set for each line, settings_finish (defaults,
 * then the rules across keys).
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/zone.h"

#define SETTINGS_HOSTS 32
#define SETTINGS_HOST_MAX                                                     \
	128                    /* a reflector's name or address, with its NUL \
				*/
#define SETTINGS_NAME_BYTES 32 /* the longest name of a line */
#define SETTINGS_TEXT_MAX 192  /* any other text, with its NUL */
#define SETTINGS_LINE_MAX 190  /* "key=value"; inih's buffer is 200 */
#define SETTINGS_DEVICE_MAX 16 /* IFNAMSIZ */
#define SETTINGS_FLAPS_MAX 128 /* changes of a state that can be counted */
#define SETTINGS_ROWS 208      /* more than the table has; checked by a test */

enum family { FAMILY_ANY, FAMILY_4, FAMILY_6 };
enum method {
	METHOD_ECHO,
	METHOD_TIMESTAMP,
	METHOD_AUTO,
	METHOD_STAMP,
	METHOD_TCP
};
enum { LAW_CLASSIC, LAW_ADAPTIVE };
enum steer_mode { STEER_VOTES, STEER_CONFIDENCE };
enum diverter_backend_name {
	DIVERTER_PRINT,
	DIVERTER_COMMAND,
	DIVERTER_NFT,
	DIVERTER_RULE,
	DIVERTER_ROUTER,
};
enum backend {
	BACKEND_CAKE,
	BACKEND_HTB,
	BACKEND_COMMAND,
	BACKEND_PRINT,
	BACKEND_ROUTER
};
/* The framing of packets on the line, as tc-cake(8) calls it. */
enum framing {
	FRAMING_RAW, /* none is counted */
	FRAMING_ATM,
	FRAMING_PTM,
	FRAMING_ETHERNET,
	FRAMING_DOCSIS,
	FRAMING_PPPOE_PTM,
	FRAMING_BRIDGED_PTM,
	FRAMING_PPPOA_VCMUX,
	FRAMING_PPPOA_LLC,
	FRAMING_PPPOE_VCMUX,
	FRAMING_PPPOE_LLCSNAP,
	FRAMING_BRIDGED_VCMUX,
	FRAMING_BRIDGED_LLCSNAP,
	FRAMING_IPOA_VCMUX,
	FRAMING_IPOA_LLCSNAP,
	FRAMING_CONSERVATIVE,
	FRAMINGS
};
enum transport_kind {
	TRANSPORT_REST,
	TRANSPORT_SSH,
	TRANSPORT_SSH_TC,
	TRANSPORT_NONE
};

/* Of [shaper]: the shapers that wanctl makes itself. */
struct make_settings {
	int64_t make;    /* 0: they are there, or nobody's */
	int64_t framing; /* enum framing */
	int64_t overhead, mpu;
	int64_t rtt_us;
	int64_t diffserv, ack_filter; /* as the kernel counts them */
	int64_t nat, wash, ingress;
};

/* [download] and [upload]. Rates in bits a second, times in microseconds,
 * ratios in parts per million. */
struct direction_settings {
	/* 0: measured and never set. Its rates may be 0, unknown; its ceiling
	 * is what the line carries. */
	int64_t managed;
	char device[SETTINGS_DEVICE_MAX]; /* whose egress is shaped */
	char class[SETTINGS_TEXT_MAX];    /* HTB class "1:10"; "" elsewhere */
	int64_t ceiling_bps, base_bps;
	int64_t floor_bps[ZONES]; /* by zone; only GREEN..RED are used */
	struct zone_limits limits;
	int64_t step_bps, factor_ppm;
	int64_t green_samples, soft_red_samples;
};

/* [adaptive]. */
struct adaptive_settings {
	int64_t trigger_us, noise_ppm, drain_us, wait_us;
	int64_t restore_ppm, hold_us, hold_max_us;
	int64_t probe_ppm, grow_ppm, double_us; /* ppm of the rate a second */
	int64_t used_ppm, active_us, brief_us, path_limit_us;
	int64_t backlog_us, blind_us, silence_us;
	int64_t drift_after_us, drift_ppm;
};

/* [steer]. */
struct steer_settings {
	char to[SETTINGS_TEXT_MAX]; /* the alternate line; "": none */
	int64_t mode, dry_run;
	int64_t interval_us, max_age_us, smooth_us;
	int64_t delta_us;
	int64_t drops, queue, queue_yellow;    /* 0: not a signal */
	int64_t severe_delta_us, severe_drops; /* 0: not used */
	int64_t red_samples, red_us, green_samples, green_us;
	int64_t calm_us; /* 0: never */
	int64_t hold_us, margin_us;
	int64_t base_min_us, base_max_us, base_jump_us;
	int64_t steer_at, recover_at, steer_us, recover_us;
	int64_t red_points, soft_red_points, yellow_points;
	int64_t high_us, high_points, very_high_us, very_high_points;
	int64_t drops_points, queue_points;
	int64_t soft_red_samples, drops_samples, queue_samples;
	int64_t flaps, flap_window_us, flap_points, flap_us;
};

struct settings {
	int64_t schema;
	struct {
		char name[SETTINGS_TEXT_MAX];
		char device[SETTINGS_DEVICE_MAX];
	} wan;
	struct {
		/* As written; not resolved. */
		char host[SETTINGS_HOSTS][SETTINGS_HOST_MAX];
		unsigned char host_row[SETTINGS_HOSTS]; /* where from */
		size_t hosts;
		int64_t family;
		int64_t method; /* enum method */
		int64_t stamp_port;
		int64_t tcp_port;    /* 0: none */
		int64_t interval_us; /* between two probes of one reflector */
		int64_t timeout_us;
		char device[SETTINGS_DEVICE_MAX];
		char source[SETTINGS_TEXT_MAX];
		int64_t mark; /* 0: none */
		/* Reflectors that are replaced, see reflectors.h. */
		int64_t active; /* 0: all */
		int64_t spare_interval_us;
		int64_t lost_ppm; /* of the probes */
		int64_t slower_us, drift_us, rest_us;
	} ping;
	struct {
		int64_t interval_us;
	} queue;
	struct direction_settings dir[DIRECTIONS];
	struct {
		int64_t law;
		int64_t load_time_us, median, pace_us, max_age_us;
		int64_t blackout_us, blackout_cut_us;
		int64_t blackout_watch_us, blackout_share_ppm;
		int64_t busy_ppm, idle_ppm;
		int64_t save_us;
	} assess;
	struct {
		int64_t initial_us; /* 0: the first sample */
		int64_t min_us, max_us;
		int64_t down_ppm, rise_us, gate_us, jump_us;
		int64_t relearn_us, relearn_busy_us, busy_limit_us;
	} baseline;
	struct {
		int64_t backend;
		int64_t deadband_ppm;
		int64_t max_age_us, timeout_us, reconcile_us;
		char command[SETTINGS_TEXT_MAX];
		struct make_settings make;
	} shaper;
	struct {
		int64_t interval_us, probes;
	} pass;
	struct adaptive_settings adaptive;
	struct steer_settings steer;
	struct {
		int64_t backend;
		int64_t timeout_us, reconcile_us;
		char command[SETTINGS_TEXT_MAX];
		char set[SETTINGS_TEXT_MAX], element[SETTINGS_TEXT_MAX];
		int64_t priority, mark, mask, table, family;
	} diverter;

	/* [alert]. */
	struct {
		char command[SETTINGS_TEXT_MAX];
		char without[SETTINGS_TEXT_MAX]; /* words of events */
		int64_t timeout_us, cooldown_us, sustained_us;
		int64_t hard_red_cooldown_us, flaps, flap_window_us;
	} alert;

	/* [keep]. */
	struct {
		char directory[SETTINGS_TEXT_MAX];
		int64_t window_us, memory_mib, files;
	} keep;

	struct {
		int64_t transport, fallback; /* enum transport_kind */
		char address[SETTINGS_TEXT_MAX];
		int64_t rest_port, ssh_port;
		char user[SETTINGS_TEXT_MAX];
		char password_file[SETTINGS_TEXT_MAX];
		char ca_file[SETTINGS_TEXT_MAX], pin[SETTINGS_TEXT_MAX];
		char tls_name[SETTINGS_TEXT_MAX];
		int64_t insecure; /* 1: plain http */
		char known_hosts[SETTINGS_TEXT_MAX];
		char key_file[SETTINGS_TEXT_MAX];
		char passphrase_file[SETTINGS_TEXT_MAX];
		char queue[DIRECTIONS][SETTINGS_TEXT_MAX];
		char simple[SETTINGS_TEXT_MAX]; /* one for both instead */
		char rule[SETTINGS_TEXT_MAX];
		int64_t connect_us, timeout_us;
		int64_t write_limit, write_window_us;
	} router;

	/* Line that set each row of the table; 0: none, its default. */
	int line[SETTINGS_ROWS];
};

#define SETTINGS_DERIVED -1 /* line of a value from the file's name */
#define SETTINGS_REFUSED -2 /* line of a key whose value was refused */

enum setting_type {
	SETTING_INT,
	SETTING_MARK, /* a number, or hexadecimal after 0x */
	SETTING_DURATION,
	SETTING_RATE,
	SETTING_RATIO,
	SETTING_WORD,    /* one of words */
	SETTING_NAME,    /* text_is_name() */
	SETTING_DEVICE,  /* a network device's name */
	SETTING_HOSTS,   /* blank-separated, appended to ping.host */
	SETTING_ADDRESS, /* numeric IPv4 or IPv6 address */
	SETTING_CLASS,   /* HTB class "major:minor", hexadecimal */
	SETTING_TEXT,    /* printable */
};

struct setting {
	const char *section, *key;
	enum setting_type type;
	size_t offset;
	int64_t lo, hi;
	/* NULL: must be given. "": unset. "=key" or "=30%key": the value of
	 * another key of the section, or a part of it. Else as in a file. */
	const char *fallback;
	const char *const *words; /* ended by NULL */
	const char *what;         /* one sentence */
};

extern const struct setting setting_table[];
extern const size_t setting_count;

/* Empties *s. */
void settings_init(struct settings *s);

/* Sets one key. NULL, or why not; then only its line changes, to
 * SETTINGS_REFUSED, unless the key was there before. What a line of a file
 * could not hold is refused, whoever gives it. */
const char *settings_set(struct settings *s, const char *section,
    const char *key, const char *value, int line);

/* The value that a row has by default, one that is not derived. */
void settings_set_default(struct settings *s, size_t row);

/* The major number of what wanctl makes itself: the handle of a qdisc, and of
 * an HTB class before its colon. Hexadecimal; the letters "wa". */
#define SETTINGS_MADE 0x7761

/* Whether a direction is shaped on an ifb, which what arrives at [wan] device
 * is redirected to: the download, if its device's name says so. */
bool settings_is_fed(const struct settings *s, enum direction dir);

/* Of `len` bytes: the name of a network device; a class as "1:10". */
bool settings_is_device(const char *text, size_t len);
bool settings_is_class(const char *text, size_t len);

/* A fault that settings_finish found. */
struct settings_fault {
	size_t row;      /* the row of the table it is about */
	size_t other;    /* the row it does not agree with, or setting_count */
	const char *why; /* for settings_fault_text */
	bool missing;    /* nothing is wrong, but something is not given */
};

/* Fills in the defaults and checks what must be there and the rules across
 * keys. A rule about a refused or missing key is not asked, so that one
 * mistake gives one fault. Returns the number of faults found, of which the
 * first `max` are written to faults. */
size_t settings_finish(struct settings *s, struct settings_fault faults[],
    size_t max);

/* The fault in words. */
#define SETTINGS_FAULT_MAX 192
void settings_fault_text(const struct settings *s,
    const struct settings_fault *f, char out[static SETTINGS_FAULT_MAX]);

/* The line to look at, 0 if the fault is about what is not there. */
int settings_fault_line(const struct settings *s,
    const struct settings_fault *f);

/* Whether a direction has a queue on the router: one that is
 * not managed need not. */
bool settings_has_queue(const struct settings *s, enum direction dir);

/* Whether there is a section of that name ("" is the top of the file). */
bool settings_section(const char *section);

/* A row is the first of its section. */
bool settings_begins_section(size_t row);

/* The row of a key, setting_count if there is none. */
size_t settings_row(const char *section, const char *key);

/* The number of a row, in the unit of its type; of a word its index. */
int64_t settings_number(const struct settings *s, size_t row);

/* The values of a row: "64kbit to 100gbit", "cake, htb, command, print", or ""
 * where that is not a range or a choice. */
#define SETTINGS_RANGE_MAX 256
void settings_range(size_t row, char out[static SETTINGS_RANGE_MAX]);

/* The value of a row as it would be written in a file, "" if unset. */
#define SETTINGS_VALUE_MAX (SETTINGS_HOSTS * SETTINGS_HOST_MAX)
void settings_value(const struct settings *s, size_t row,
    char out[static SETTINGS_VALUE_MAX]);

/* The same in parts, each for a line of the file, as a list of hosts may be
 * longer than one. *at is 0 before the first. False: there is no more. */
bool settings_value_line(const struct settings *s, size_t row, size_t *at,
    char out[static SETTINGS_VALUE_MAX]);

#endif

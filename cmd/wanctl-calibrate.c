/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures a line, searches the rates that keep it fast, and writes its
 * configuration. */
#include <ctype.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calibration.h"
#include "child.h"
#include "clock.h"
#include "iperf.h"
#include "lines.h"
#include "messages.h"
#include "number.h"
#include "preset.h"
#include "program.h"
#include "proof.h"
#include "record.h"
#include "shaper.h"
#include "text.h"

#define SEC 1000000
#define MS 1000
#define SAMPLES 4096
#define IDLE_US (6 * SEC)
#define RAMP_US (2 * SEC)
#define HOLD_US (4 * SEC)
#define SETTLE_US (700 * MS)
#define PROBE_US (RAMP_US + HOLD_US + SETTLE_US + 300 * MS)
#define OPEN_BPS 100000000000 /* as good as no shaper */
#define LEAST_BPS 64000
#define OUTPUT_MAX 4194304 /* of a load program */
#define CONF_MAX 32768
#define SETS 32
#define FLOWS "4"

static const char usage_text[] =
    "usage: wanctl-calibrate -c FILE | -w NAME [-fmnRr] [-b BYTES] [-D COMMAND]\n"
    "           [-g PLOT] [-k KEY=VALUE] [-o FILE] [-p PRESET] [-s SERVER]\n"
    "           [-T TARGET] [-t TIME] [-U COMMAND]\n";

static const struct option longs[] = {
	{ "download", required_argument, NULL, 'D' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "force", no_argument, NULL, 'f' },
	{ "max-bytes", required_argument, NULL, 'b' },
	{ "max-time", required_argument, NULL, 't' },
	{ "measure-only", no_argument, NULL, 'm' },
	{ "output", required_argument, NULL, 'o' },
	{ "plot", required_argument, NULL, 'g' },
	{ "preset", required_argument, NULL, 'p' },
	{ "records", no_argument, NULL, 'r' },
	{ "restore", no_argument, NULL, 'R' },
	{ "server", required_argument, NULL, 's' },
	{ "set", required_argument, NULL, 'k' },
	{ "target", required_argument, NULL, 'T' },
	{ "upload", required_argument, NULL, 'U' },
	{ "wan", required_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

struct host {
	char name[HOST_MAX];
	int64_t us[SAMPLES / 8]; /* idle, in order */
	size_t n;
	int64_t lost;
	int64_t idle_us; /* median */
};

/* What was seen during a time with or without load. */
struct seen {
	int64_t delta[SAMPLES], rtt[SAMPLES]; /* sorted at the end */
	size_t n;
	int64_t lost;
	int64_t throughput_bps, bytes, took_us;
	int64_t bloat_us, p95_us, mean_us, rpm;
};

struct program {
	struct settings settings;
	const char *conf, *out_path, *plot, *server, *port;
	const char *command[DIRECTIONS];
	const char *set[SETS];
	size_t sets;
	const struct preset *preset;
	char preset_why[PRESET_WHY_MAX];
	int64_t target_us, max_us, max_bytes, spent_bytes, begun_us;
	bool force, dry_run, measure_only, records, restore_only;
	bool has_conf;

	struct shaper shaper;
	struct store store;
	bool writable, changed;
	int64_t found_bps[DIRECTIONS]; /* the shaper's before; NONE */

	struct child ping;
	struct lines lines;
	struct host host[SETTINGS_HOSTS];
	size_t hosts;
	struct measured measured;
	struct seen raw[DIRECTIONS], after[DIRECTIONS];
	struct search search[DIRECTIONS];
	struct search_result best[DIRECTIONS];
	enum search_end end[DIRECTIONS];
	struct proof proof[DIRECTIONS];
	bool has_raw[DIRECTIONS], has_best[DIRECTIONS], has_after[DIRECTIONS];

	struct clock clock;
	sigset_t open_mask;
	bool terminal;
	pid_t pid;
};

static struct program program;
static const char *const sections[DIRECTIONS] = { "download", "upload" };

/* --- telling ------------------------------------------------------------- */

static double
mbit(int64_t bps)
{
	return (double)bps / 1e6;
}

/* For the report: where records are not. */
static FILE *
report(const struct program *p)
{
	return p->records ? stderr : stdout;
}

static int64_t
left_us(const struct program *p)
{
	int64_t left = p->max_us - (clock_monotonic() - p->begun_us);

	return left > 0 ? left : 0;
}

__attribute__((format(printf, 2, 3))) static void
live(const struct program *p, const char *format, ...)
{
	va_list ap;

	if (!p->terminal)
		return;
	fputs("\r\033[K", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "  (at most %" PRId64 " s left)", left_us(p) / SEC);
	fflush(stderr);
}

/* A step has ended. */
__attribute__((format(printf, 2, 3))) static void
step(const struct program *p, const char *format, ...)
{
	va_list ap;

	if (p->terminal)
		fputs("\r\033[K", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

__attribute__((format(printf, 3, 4))) static void
record(const struct program *p, const char *kind, const char *format, ...)
{
	va_list ap;

	if (!p->records)
		return;
	printf("%s t=%" PRId64 " wan=%s ", kind, clock_now(&p->clock),
	    p->settings.wan.name);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* --- the shaper: whatever happens, it gets its rates back ------------------
 */

static void
save_rates(struct program *p)
{
	static char text[STORE_MAX];
	struct text t;

	text_init(&t, text, sizeof text);
	text_add(&t, "state v=1 program=wanctl-calibrate wan=");
	text_add(&t, p->settings.wan.name);
	text_add(&t, "\n");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		text_add(&t, "restore dir=");
		text_add(&t, direction_names[dir]);
		text_add(&t, " bps=");
		text_int(&t, p->found_bps[dir]);
		text_add(&t, "\n");
	}
	if (store_save(&p->store, text, clock_monotonic(), 0, true) == -1)
		err(STATUS_OS, "%s", p->store.failed);
}

static const char *
read_rates(void *user, const char *text)
{
	struct program *p = user;
	struct record r;

	for (const char *end; (end = strchr(text, '\n')) != NULL;
	     text = end + 1) {
		int64_t bps;
		struct slice dir, v;

		if (record_parse(&r, text, (size_t)(end - text)) != NULL ||
		    !slice_is(r.kind, "restore"))
			continue;
		dir = record_get(&r, "dir");
		v = record_get(&r, "bps");
		if (v.at == NULL ||
		    number_int(v.at, v.len, 0, QDISC_BPS_MAX, &bps) != NULL)
			return "no rate to restore";
		p->found_bps[slice_is(dir, "up") ? UP : DOWN] = bps;
		p->changed = true;
	}
	return NULL;
}

static void
forget_rates(struct program *p)
{
	char path[STORE_PATH_MAX + 8];

	snprintf(path, sizeof path, "%s.backup", p->store.path);
	(void)unlink(path);
	if (unlink(p->store.path) == -1 && errno != ENOENT)
		warn("%s", p->store.path);
}

static const char *
set_rate(struct program *p, enum direction dir, int64_t bps)
{
	int64_t has = NONE;

	return shaper_set(&p->shaper, dir, bps, &has);
}

/* True when both have their rates again. */
static bool
restore_rates(struct program *p)
{
	bool done = true;

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		int64_t bps = p->found_bps[dir], has;
		const char *why = NULL;

		if (bps == NONE)
			continue;
		/* A shaper that could not be set has it still. */
		if (shaper_get(&p->shaper, dir, &has) == NULL && has == bps)
			continue;
		for (int i = 0; i < 5; i++)
			if ((why = set_rate(p, dir,
				 bps == 0 ? OPEN_BPS : bps)) == NULL)
				break;
		if (why == NULL)
			continue;
		warnx("%s: %" PRId64
		      " bit/s could not be restored: %s; the next run of "
		      "wanctl-calibrate tries again",
		    direction_names[dir], bps, p->shaper.detail);
		done = false;
	}
	if (done) {
		forget_rates(p);
		p->changed = false;
	}
	return done;
}

/* The last thing on every way out that is not SIGKILL. */
static void
leave(void)
{
	struct program *p = &program;

	if (getpid() != p->pid)
		return;
	child_end(&p->ping, SEC / 2);
	if (p->changed && !restore_rates(p)) {
		fflush(NULL);
		_exit(STATUS_RETRY);
	}
}

static void
open_shaper(struct program *p)
{
	const char *why;

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		struct direction_settings *d = &p->settings.dir[dir];

		p->found_bps[dir] = NONE;
		d->ceiling_bps = OPEN_BPS;
		d->floor_bps[ZONE_RED] = LEAST_BPS;
	}
	if (shaper_open(&p->shaper, &p->settings, p->conf) == -1)
		err(STATUS_OS, "shaper");
	program_load_store(&p->store, p, read_rates);
	if (p->changed) {
		if (!restore_rates(p))
			exit(STATUS_RETRY);
		step(p, "Rates that an interrupted run had left are restored.");
	}
	p->writable = !p->measure_only;
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if ((why = shaper_get(&p->shaper, dir, &p->found_bps[dir])) !=
		    NULL) {
			warnx("%s: %s", sections[dir], p->shaper.detail);
			p->writable = false;
			p->found_bps[dir] = NONE;
		}
}

/* Sets a rate for a measurement. What cannot be written is not touched. */
static bool
shape(struct program *p, enum direction dir, int64_t bps)
{
	if (!p->writable)
		return false;
	if (!p->changed) {
		save_rates(p);
		p->changed = true;
	}
	if (set_rate(p, dir, bps) == NULL)
		return true;
	warnx("%s: %s; measuring only", sections[dir], p->shaper.detail);
	p->writable = false;
	return false;
}

/* --- probes -------------------------------------------------------------- */

static void
start_ping(struct program *p)
{
	static char mark[NUMBER_MAX];
	const char *argv[CHILD_ARGUMENTS] = { "wanctl-ping", "-i", "200ms" };
	struct settings *s = &p->settings;
	size_t n = 3;

	if (s->ping.family != FAMILY_ANY)
		argv[n++] = s->ping.family == FAMILY_4 ? "-4" : "-6";
	if (s->ping.device[0] != '\0') {
		argv[n++] = "-I";
		argv[n++] = s->ping.device;
	} else if (s->ping.source[0] != '\0') {
		argv[n++] = "-S";
		argv[n++] = s->ping.source;
	} else if (s->ping.mark != 0) {
		number_format(mark, s->ping.mark);
		argv[n++] = "-m";
		argv[n++] = mark;
	}
	for (size_t i = 0; i < s->ping.hosts; i++)
		argv[n++] = s->ping.host[i];
	argv[n] = NULL;
	if (child_start(&p->ping, argv, false) == -1)
		err(STATUS_OS, "wanctl-ping");
	lines_init(&p->lines, p->ping.out);
}

static struct host *
host_of(struct program *p, const char *name)
{
	for (size_t i = 0; i < p->hosts; i++)
		if (strcmp(p->host[i].name, name) == 0)
			return &p->host[i];
	if (p->hosts == SETTINGS_HOSTS)
		return NULL;
	(void)text_copy(p->host[p->hosts].name, HOST_MAX, name, strlen(name));
	return &p->host[p->hosts++];
}

/* One probe. Without a `seen` it is one of the idle line; while the line
 * settles it is not counted. */
static void
take(struct program *p, const struct rtt *r, struct seen *seen)
{
	struct host *h = host_of(p, r->host);

	if (h == NULL)
		return;
	if (seen == NULL) {
		if (r->lost == 1)
			h->lost++;
		else if (h->n < SAMPLES / 8)
			h->us[h->n++] = r->us;
		return;
	}
	if (r->lost == 1) {
		seen->lost++;
		return;
	}
	if (h->idle_us <= 0 || seen->n == SAMPLES)
		return;
	seen->delta[seen->n] = r->us - h->idle_us;
	seen->rtt[seen->n++] = r->us + (r->queued_us > 0 ? r->queued_us : 0);
}

static void
read_probes(struct program *p, bool count, struct seen *seen)
{
	const char *line, *culprit;
	struct record r;
	struct rtt rtt;
	size_t len;
	enum lines_got got;

	while ((got = lines_next(&p->lines, &line, &len)) != LINES_EMPTY) {
		if (got == LINES_END)
			errx(STATUS_RETRY, "wanctl-ping ended");
		if (count && got == LINES_LINE &&
		    record_parse(&r, line, len) == NULL &&
		    slice_is(r.kind, "rtt") &&
		    message_unpack(&message_rtt, &rtt, &r, &culprit) == NULL)
			take(p, &rtt, seen);
	}
}

struct load {
	struct child child;
	char *out;
	size_t len;
	bool ended;
	int status;
};

static void
read_load(struct load *l)
{
	ssize_t n;

	while (l->child.out != -1) {
		char rest[4096];
		bool room = l->out != NULL && l->len < OUTPUT_MAX - 1;

		n = room ? read(l->child.out, l->out + l->len,
			       OUTPUT_MAX - 1 - l->len) :
			   read(l->child.out, rest, sizeof rest);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0) {
				(void)close(l->child.out);
				l->child.out = -1;
			}
			return;
		}
		if (room)
			l->len += (size_t)n;
	}
}

/* Waits until then, collecting. The load may end before. */
static void
collect_until(struct program *p, int64_t until_us, bool count,
    struct seen *seen, struct load *load)
{
	while (!program_stopping && clock_monotonic() < until_us) {
		struct pollfd fds[2] = { { .fd = p->ping.out,
					     .events = POLLIN },
			{ .fd = load == NULL || load->child.pid == 0 ?
				-1 :
				load->child.out,
			    .events = POLLIN } };
		int64_t now_us = clock_monotonic();
		int64_t tick_us = now_us + 100 * MS;
		struct timespec left = clock_until(
		    tick_us < until_us ? tick_us : until_us);
		int got = ppoll(fds, 2, &left, &p->open_mask);

		if (got > 0 && fds[0].revents != 0) {
			if (lines_fill(&p->lines) == -1)
				err(STATUS_OS, "wanctl-ping");
		}
		read_probes(p, count, seen);
		if (load == NULL || load->child.pid == 0)
			continue;
		load->status = child_status(&load->child);
		load->ended = load->child.pid == 0;
		read_load(load);
	}
	if (program_stopping)
		exit(STATUS_RETRY);
}

/* --- load ---------------------------------------------------------------- */

static int64_t
counter(const struct program *p, enum direction dir)
{
	char path[128];
	long long v = -1;
	FILE *f;

	if (p->settings.wan.device[0] == '\0')
		return -1;
	snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s_bytes",
	    p->settings.wan.device, dir == DOWN ? "rx" : "tx");
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	if (fscanf(f, "%19lld", &v) != 1)
		v = -1;
	fclose(f);
	return v;
}

static bool
has_load(const struct program *p, enum direction dir)
{
	return p->server != NULL || p->command[dir] != NULL;
}

static void
start_load(const struct program *p, enum direction dir, struct load *l)
{
	static char buf[CHILD_COMMAND], seconds[NUMBER_MAX];
	const char *argv[CHILD_ARGUMENTS];
	const char *why;

	if (p->command[dir] != NULL) {
		if ((why = child_split(p->command[dir], buf, argv)) != NULL)
			errx(STATUS_USAGE, "%s: %s", p->command[dir], why);
	} else {
		size_t n = 0;

		number_format(seconds, (RAMP_US + HOLD_US) / SEC + 1);
		argv[n++] = "iperf3";
		argv[n++] = "-c";
		argv[n++] = p->server;
		argv[n++] = "-p";
		argv[n++] = p->port;
		argv[n++] = "-J";
		argv[n++] = "-P";
		argv[n++] = FLOWS;
		argv[n++] = "-t";
		argv[n++] = seconds;
		if (dir == DOWN)
			argv[n++] = "-R";
		argv[n] = NULL;
	}
	l->len = 0;
	l->ended = false;
	if (child_start(&l->child, argv, true) == -1)
		err(STATUS_OS, "%s", argv[0]);
}

/* The rate that the load itself says it had, or -1. */
static int64_t
load_says(struct load *l, const char **error)
{
	static struct iperf_result r;
	size_t at;
	int64_t bps;

	*error = NULL;
	l->out[l->len] = '\0';
	if (iperf_parse(l->out, l->len, &r) == NULL) {
		if (r.error[0] != '\0')
			*error = r.error;
		return r.bps;
	}
	/* A command's last word. */
	while (l->len > 0 && isspace((unsigned char)l->out[l->len - 1]))
		l->len--;
	for (at = l->len; at > 0 && isdigit((unsigned char)l->out[at - 1]);)
		at--;
	if (number_int(l->out + at, l->len - at, 0, QDISC_BPS_MAX, &bps) ==
	    NULL)
		return bps;
	return -1;
}

static void
add_up(struct seen *s)
{
	int64_t sum = 0;
	size_t n = s->n;

	/* What was lost took longer than all others. */
	sort_values(s->delta, n);
	sort_values(s->rtt, n);
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		sum += s->delta[i];
	s->mean_us = sum / (int64_t)n;
	s->bloat_us = quantile_of(s->delta, n, 50);
	s->p95_us = quantile_of(s->delta, n, 95);
	s->rpm = rpm_of(s->rtt, n);
	if (s->lost > (int64_t)n)
		s->bloat_us = s->mean_us = s->p95_us = SEC;
}

/* What a load that failed said last. */
static const char *
last_line(struct load *l)
{
	char *line;

	while (l->len > 0 && l->out[l->len - 1] == '\n')
		l->len--;
	l->out[l->len] = '\0';
	line = strrchr(l->out, '\n');
	line = line == NULL ? l->out : line + 1;
	return *line == '\0' ? "it ended with a failure" : text_printable(line);
}

/* The measured part of a load: NULL, or why there was none. */
static const char *
load_once(struct program *p, enum direction dir, struct seen *seen,
    struct load *l)
{
	int64_t begun_us = clock_monotonic(), from, to, first, says;
	const char *error;

	memset(seen, 0, sizeof *seen);
	first = counter(p, dir);
	start_load(p, dir, l);
	collect_until(p, begun_us + RAMP_US, false, seen, l);
	from = counter(p, dir);
	if (!l->ended)
		collect_until(p, begun_us + RAMP_US + HOLD_US, true, seen, l);
	to = counter(p, dir);
	/* Without counters, its result is all there is. */
	if (to < 0)
		for (int64_t until = clock_monotonic() + 5 * SEC;
		     !l->ended && clock_monotonic() < until;)
			collect_until(p, clock_monotonic() + 100 * MS, false,
			    seen, l);
	read_load(l);
	child_end(&l->child, SEC);
	says = load_says(l, &error);
	seen->took_us = clock_monotonic() - begun_us + SETTLE_US;
	if (to >= 0 && from >= 0) {
		seen->throughput_bps = number_muldiv(to - from, 8 * SEC,
		    HOLD_US);
		seen->bytes = to - first;
	} else {
		seen->throughput_bps = says;
		seen->bytes = says > 0 ? says / 8 * (RAMP_US + HOLD_US) / SEC :
					 0;
	}
	if (l->ended && l->status != 0)
		return error != NULL ? error : last_line(l);
	if (l->ended && to >= 0 &&
	    clock_monotonic() - begun_us < RAMP_US + HOLD_US)
		return "it ended too early";
	return seen->n + (size_t)seen->lost == 0 ? "no probe came back" : NULL;
}

static void
measure(struct program *p, enum direction dir, struct seen *seen)
{
	static char out[OUTPUT_MAX];
	struct load l = { .out = out, .child = { .out = -1 } };
	const char *why = NULL;

	for (int i = 0; i < 4; i++) {
		why = load_once(p, dir, seen, &l);
		p->spent_bytes += seen->bytes;
		/* The buffer empties, a server becomes free. */
		collect_until(p,
		    clock_monotonic() + (why == NULL ? SETTLE_US : SEC), false,
		    seen, NULL);
		if (why == NULL) {
			add_up(seen);
			return;
		}
		live(p, "load %s: %s; again", direction_names[dir], why);
	}
	errx(STATUS_RETRY, "load %s: %s", direction_names[dir], why);
}

/* --- steps --------------------------------------------------------------- */

static void
idle_host(struct program *p, struct host *h)
{
	int64_t least, sent = (int64_t)h->n + h->lost;
	int64_t jitter = jitter_of(h->us, h->n);

	if (h->n == 0) {
		step(p, "  %-24s no answer", h->name);
		return;
	}
	sort_values(h->us, h->n);
	least = h->us[0];
	h->idle_us = quantile_of(h->us, h->n, 50);
	step(p,
	    "  %-24s least %6.1f ms, median %6.1f ms, jitter %5.1f ms, lost "
	    "%" PRId64 " of %" PRId64,
	    h->name, (double)least / MS, (double)h->idle_us / MS,
	    (double)jitter / MS, h->lost, sent);
	record(p, "idle",
	    "host=%s min_us=%" PRId64 " us=%" PRId64 " jitter_us=%" PRId64
	    " lost=%" PRId64 " probes=%" PRId64 " method=icmp",
	    h->name, least, h->idle_us, jitter, h->lost, sent);
	if (p->measured.idle_us < 0 || h->idle_us < p->measured.idle_us) {
		p->measured.idle_us = h->idle_us;
		p->measured.jitter_us = jitter;
	}
}

static void
measure_idle(struct program *p)
{
	int64_t until = clock_monotonic() + IDLE_US;

	p->measured.idle_us = p->measured.jitter_us = -1;
	for (int64_t now; (now = clock_monotonic()) < until;) {
		live(p, "idle line");
		collect_until(p, now + SEC < until ? now + SEC : until, true,
		    NULL, NULL);
	}
	step(p, "Idle line, by ICMP echo:");
	for (size_t i = 0; i < p->hosts; i++)
		idle_host(p, &p->host[i]);
	if (p->measured.idle_us < 0)
		errx(STATUS_RETRY,
		    "no reflector answers: is the line up? see -k ping.hosts=");
}

static void
say_seen(const struct program *p, const char *what, enum direction dir,
    const struct seen *s)
{
	step(p, "%s %-4s %9.2f Mbit/s, added delay %7.1f ms, 95 %% %7.1f ms",
	    what, direction_names[dir], mbit(s->throughput_bps),
	    (double)s->bloat_us / MS, (double)s->p95_us / MS);
}

static void
measure_raw(struct program *p, enum direction dir)
{
	int64_t was = p->found_bps[dir];

	if (!has_load(p, dir))
		return;
	live(p, "raw %s: load without a shaper", direction_names[dir]);
	(void)shape(p, dir, OPEN_BPS);
	measure(p, dir, &p->raw[dir]);
	p->measured.raw_bps[dir] = p->raw[dir].throughput_bps;
	p->has_raw[dir] = true;
	say_seen(p, p->writable ? "Raw " : "Now ", dir, &p->raw[dir]);
	record(p, "raw",
	    "dir=%s throughput_bps=%" PRId64 " bloat_us=%" PRId64
	    " p95_us=%" PRId64 " mean_us=%" PRId64 " rpm=%" PRId64 " grade=%s",
	    direction_names[dir], p->raw[dir].throughput_bps,
	    p->raw[dir].bloat_us, p->raw[dir].p95_us, p->raw[dir].mean_us,
	    p->raw[dir].rpm, grade_of(p->raw[dir].mean_us));
	/* Or the other direction's acknowledgements would be held up. */
	if (was != NONE && p->changed)
		(void)shape(p, dir, OPEN_BPS);
}

static void
fill_probe(struct search_probe *probe, const struct seen *seen)
{
	probe->bloat_us = seen->bloat_us;
	probe->throughput_bps = seen->throughput_bps;
	probe->took_us = seen->took_us;
	probe->bytes = seen->bytes;
	probe->p95_us = seen->p95_us;
	probe->mean_us = seen->mean_us;
	probe->rpm = seen->rpm;
}

/* What a check of that direction will move: nothing is shaped higher than what
 * came through. */
static int64_t
check_bytes(const struct program *p, enum direction dir)
{
	return has_load(p, dir) ? p->raw[dir].bytes : 0;
}

/* What a search may use: its share, when each direction has kept back enough
 * for one check. */
static void
limit_search(const struct program *p, enum direction dir,
    struct search_limits *limits)
{
	bool both = dir == DOWN && has_load(p, UP);
	int checks = has_load(p, DOWN) && has_load(p, UP) ? 2 : 1;
	int64_t time_us = left_us(p) - checks * PROBE_US;
	int64_t bytes = p->max_bytes - p->spent_bytes - check_bytes(p, DOWN) -
	    check_bytes(p, UP);

	/* 0 would be no limit; a search has one probe at least. */
	limits->time_us = time_us > 1 ? time_us / (both ? 2 : 1) : 1;
	if (p->max_bytes > 0)
		limits->bytes = bytes > 1 ? bytes / (both ? 2 : 1) : 1;
}

/* One probe of the search; false if the shaper cannot be set. */
static bool
search_once(struct program *p, enum direction dir)
{
	static struct seen seen;
	struct search *s = &p->search[dir];
	struct search_probe probe = { .bps = search_next(s) };

	live(p, "search %s: probe %zu at %.2f Mbit/s", direction_names[dir],
	    s->probes + 1, mbit(probe.bps));
	if (!shape(p, dir, probe.bps))
		return false;
	measure(p, dir, &seen);
	fill_probe(&probe, &seen);
	search_add(s, &probe);
	search_best(s, &p->best[dir]);
	step(p,
	    "  %-4s %9.2f Mbit/s: %7.1f ms %s  (%" PRId64 " %% sure of %.2f)",
	    direction_names[dir], mbit(probe.bps), (double)probe.bloat_us / MS,
	    probe.bloat_us <= p->target_us ? "good" : "bad ",
	    p->best[dir].confidence_percent, mbit(p->best[dir].bps));
	record(p, "probe",
	    "dir=%s bps=%" PRId64 " bloat_us=%" PRId64
	    " throughput_bps=%" PRId64 " good=%d",
	    direction_names[dir], probe.bps, probe.bloat_us,
	    probe.throughput_bps, probe.bloat_us <= p->target_us);
	return true;
}

static void
search_direction(struct program *p, enum direction dir)
{
	struct search *s = &p->search[dir];
	struct search_limits limits = {
		.target_us = p->target_us,
		.lo_bps = p->raw[dir].throughput_bps / 4,
		.hi_bps = p->raw[dir].throughput_bps / 5 * 6,
		.precision_ppm = 25000,
		.confidence_ppm = 970000,
		.probes = 40,
	};

	limit_search(p, dir, &limits);
	if (limits.lo_bps < LEAST_BPS)
		limits.lo_bps = LEAST_BPS;
	if (limits.hi_bps <= limits.lo_bps)
		errx(STATUS_RETRY,
		    "load %s: too little to calibrate by: %.3f "
		    "Mbit/s",
		    direction_names[dir], mbit(p->raw[dir].throughput_bps));
	search_start(s, &limits);
	while ((p->end[dir] = search_end(s)) == SEARCH_GOES_ON)
		if (!search_once(p, dir))
			return;
	search_best(s, &p->best[dir]);
	if (p->end[dir] == SEARCH_WEAK)
		errx(STATUS_RETRY,
		    "load %s: it does not fill a shaper of %.2f Mbit/s; does "
		    "it go through it?",
		    direction_names[dir], mbit(search_next(s)));
	p->has_best[dir] = true;
	step(p,
	    "Best %-4s %9.2f Mbit/s (%.2f to %.2f), %" PRId64
	    " %% sure, %zu probes: %s",
	    direction_names[dir], mbit(p->best[dir].bps),
	    mbit(p->best[dir].low_bps), mbit(p->best[dir].high_bps),
	    p->best[dir].confidence_percent, s->probes,
	    search_end_text(p->end[dir]));
	(void)shape(p, dir, p->best[dir].bps);
}

/* Load at p->proof[dir].bps; false if there is none any more. */
static bool
check_once(struct program *p, enum direction dir)
{
	struct proof *proof = &p->proof[dir];
	struct search_probe probe = { .bps = proof->bps };
	static struct seen seen;

	if (left_us(p) < PROBE_US ||
	    (p->max_bytes > 0 &&
		p->spent_bytes + check_bytes(p, dir) > p->max_bytes))
		return false;
	live(p, "check %s at %.2f Mbit/s", direction_names[dir],
	    mbit(probe.bps));
	if (!shape(p, dir, probe.bps))
		return false;
	measure(p, dir, &seen);
	fill_probe(&probe, &seen);
	proof_add(proof, &p->search[dir], &probe);
	step(p, "Check %-4s %8.2f Mbit/s: %7.1f ms %s", direction_names[dir],
	    mbit(probe.bps), (double)probe.bloat_us / MS,
	    proof->end == PROOF_KEPT ? "good" :
		search_is_weak(&p->search[dir], &probe) ?
				       "but the load was too weak" :
				       "bad: above the target");
	return true;
}

/* The figures at the rate that is used, if any probe had it. */
static void
take_after(struct program *p, enum direction dir)
{
	const struct search_probe *good = search_good(&p->search[dir],
	    p->best[dir].bps);

	if (good == NULL)
		return;
	p->after[dir] = (struct seen){
		.throughput_bps = good->throughput_bps,
		.bloat_us = good->bloat_us,
		.p95_us = good->p95_us,
		.mean_us = good->mean_us,
		.rpm = good->rpm,
	};
	p->has_after[dir] = true;
	say_seen(p, "After", dir, &p->after[dir]);
}

static void
record_calibrated(const struct program *p, enum direction dir)
{
	const struct search_result *b = &p->best[dir];
	const struct seen *s = &p->after[dir];
	char figures[256] = "";

	if (p->has_after[dir])
		snprintf(figures, sizeof figures,
		    " throughput_bps=%" PRId64 " bloat_us=%" PRId64
		    " p95_us=%" PRId64 " mean_us=%" PRId64 " rpm=%" PRId64
		    " grade=%s",
		    s->throughput_bps, s->bloat_us, s->p95_us, s->mean_us,
		    s->rpm, grade_of(s->mean_us));
	record(p, "calibrated",
	    "dir=%s bps=%" PRId64 " low_bps=%" PRId64 " high_bps=%" PRId64
	    " confidence=%" PRId64 " probes=%zu check=%s%s",
	    direction_names[dir], b->bps, b->low_bps, b->high_bps,
	    b->confidence_percent, p->search[dir].probes,
	    proof_names[p->proof[dir].end], figures);
}

static void
measure_after(struct program *p, enum direction dir)
{
	struct proof *proof = &p->proof[dir];

	if (!p->has_best[dir])
		return;
	proof_start(proof, &p->search[dir]);
	while (proof->end == PROOF_GOES_ON && check_once(p, dir))
		;
	proof_stop(proof, &p->search[dir]);
	search_about(&p->search[dir], proof->bps, &p->best[dir]);
	if (proof->end != PROOF_KEPT)
		step(p, "Unproven %-4s: %s; %.2f Mbit/s is taken",
		    direction_names[dir], proof_text(proof->end),
		    mbit(proof->bps));
	take_after(p, dir);
	record_calibrated(p, dir);
}

/* --- the end ------------------------------------------------------------- */

static void
print_row(FILE *f, const char *when, enum direction dir, const struct seen *s)
{
	fprintf(f, "%-7s %-4s %10.2f %10.1f %10.1f %6s %8" PRId64 "\n", when,
	    direction_names[dir], mbit(s->throughput_bps),
	    (double)s->bloat_us / MS, (double)s->p95_us / MS,
	    grade_of(s->mean_us), s->rpm);
}

static void
print_table(const struct program *p)
{
	FILE *f = report(p);

	fprintf(f, "\n%-7s %-4s %10s %10s %10s %6s %8s\n", "", "", "Mbit/s",
	    "added ms", "95 % ms", "grade", "RPM");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		if (p->has_raw[dir])
			print_row(f, "before", dir, &p->raw[dir]);
		if (p->has_after[dir])
			print_row(f, "after", dir, &p->after[dir]);
	}
	fprintf(f, "Looks like %s: %s.\n", p->preset->name, p->preset_why);
}

static void
plot_data(const struct program *p, FILE *f)
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		fprintf(f, "$%s << EOD\n", direction_names[dir]);
		for (size_t i = 0; i < p->search[dir].probes; i++)
			fprintf(f, "%.3f %.3f\n",
			    mbit(p->search[dir].probe[i].bps),
			    (double)p->search[dir].probe[i].bloat_us / MS);
		fprintf(f, "EOD\n");
	}
}

static const char *
plot_format(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot != NULL && strcmp(dot, ".png") == 0)
		return "pngcairo size 900,400";
	return "svg size 900,400";
}

/* By gnuplot, from a script in a temporary file. */
static bool
plot_file(const struct program *p)
{
	char script[] = "/tmp/wanctl-calibrate.XXXXXX";
	const char *argv[] = { "gnuplot", script, NULL };
	struct child c;
	int fd = mkstemp(script), status = -1;
	FILE *f = fd == -1 ? NULL : fdopen(fd, "w");

	if (f == NULL)
		return false;
	fprintf(f, "set terminal %s\nset output \"", plot_format(p->plot));
	for (const char *s = p->plot; *s != '\0'; s++)
		if (*s != '"' && *s != '\\' && *s >= ' ')
			fputc(*s, f);
	fprintf(f, "\"\n");
	plot_data(p, f);
	fprintf(f,
	    "set multiplot layout 1,2\nset logscale y\nset grid\n"
	    "set xlabel 'shaper, Mbit/s'\nset ylabel 'added delay, ms'\n"
	    "set key off\n");
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (p->has_best[dir])
			fprintf(f,
			    "set title '%sload'\nset arrow 1 from %.3f, graph 0"
			    " to %.3f, graph 1 nohead dt 2\n"
			    "plot $%s using 1:($2 > 0.1 ? $2 : 0.1) with points"
			    " pt 7, %.3f with lines dt 3\n",
			    direction_names[dir], mbit(p->best[dir].bps),
			    mbit(p->best[dir].bps), direction_names[dir],
			    (double)p->target_us / MS);
	if (fclose(f) == 0 && child_start(&c, argv, false) == 0) {
		const struct timespec tick = { 0, 10000000 };

		for (int i = 0; i < 1000 && c.pid != 0; i++) {
			if ((status = child_status(&c)) == -1)
				(void)nanosleep(&tick, NULL);
		}
		child_end(&c, 0);
	}
	(void)unlink(script);
	return status == 0;
}

/* A bar for each probe, on a logarithmic scale. */
static void
plot_text(const struct program *p)
{
	FILE *f = report(p);

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		const struct search *s = &p->search[dir];

		if (!p->has_best[dir])
			continue;
		fprintf(f,
		    "\n%sload: added delay of each probe, 1 to 1000 "
		    "ms\n",
		    direction_names[dir]);
		for (size_t i = 0; i < s->probes; i++) {
			int64_t us = s->probe[i].bloat_us;
			int width = 0;

			for (int64_t x = us; x > MS && width < 40; width++)
				x -= x / 6;
			fprintf(f, "%10.2f |", mbit(s->probe[i].bps));
			for (int w = 0; w < width; w++)
				fputc(us <= p->target_us ? '-' : '#', f);
			fprintf(f, " %.1f\n", (double)us / MS);
		}
	}
}

static void
plot(const struct program *p)
{
	if (!p->has_best[DOWN] && !p->has_best[UP])
		return;
	if (p->plot == NULL || plot_file(p)) {
		if (p->plot != NULL)
			fprintf(report(p), "The plot is in %s.\n", p->plot);
		return;
	}
	warnx("%s: gnuplot could not draw it; in text:", p->plot);
	plot_text(p);
}

/* --- the configuration --------------------------------------------------- */

static bool
is_chosen(const struct setting *row)
{
	static const char *const dropped[] = { "floor_soft_red", "floor_yellow",
		"floor_green", "step" };
	enum direction dir = strcmp(row->section, "upload") == 0 ? UP : DOWN;

	if (strcmp(row->section, "baseline") == 0)
		return strcmp(row->key, "initial") == 0;
	if (strcmp(row->section, sections[dir]) != 0)
		return false;
	for (size_t i = 0; i < CHOSEN_KEYS; i++)
		if (strcmp(row->key, chosen_keys[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
		if (strcmp(row->key, dropped[i]) == 0)
			return true;
	return false;
}

static void
add_key(struct text *t, const char *why, const char *key, const char *value)
{
	text_add(t, "# ");
	text_add(t, why);
	text_add(t, "\n");
	text_add(t, key);
	text_add(t, " = ");
	text_add(t, value);
	text_add(t, "\n");
}

/* How far the rate below can be relied on. */
static void
add_proof(const struct program *p, enum direction dir, struct text *t)
{
	const struct search_result *b = &p->best[dir];
	enum proof_end end = p->proof[dir].end;
	char line[256];

	if (end == PROOF_KEPT)
		snprintf(line, sizeof line,
		    "# checked: a load at this rate added %.1f ms\n",
		    (double)p->after[dir].bloat_us / MS);
	else
		snprintf(line, sizeof line,
		    "# UNPROVEN: %s; calibrate again with more time\n",
		    proof_text(end));
	text_add(t, line);
	snprintf(line, sizeof line,
	    "# the edge is within 2.5%% of it with a probability of %" PRId64
	    "%%, and from %.2f to %.2f Mbit/s with 90%%\n",
	    b->confidence_percent, mbit(b->low_bps), mbit(b->high_bps));
	text_add(t, line);
}

static void
add_chosen(const struct program *p, enum direction dir, struct text *t)
{
	struct chosen c[CHOSEN_KEYS];
	char value[NUMBER_TEXT_MAX];

	preset_values(p->preset, &p->measured, p->best[dir].bps / 1000 * 1000,
	    p->target_us, c);
	for (int k = 0; k < CHOSEN_KEYS; k++) {
		if (k <= CHOSEN_FLOOR)
			number_rate_text(value, c[k].value / 1000 * 1000);
		else
			number_duration_text(value,
			    (c[k].value + 999) / 1000 * 1000);
		if (k == CHOSEN_CEILING)
			add_proof(p, dir, t);
		add_key(t,
		    k == CHOSEN_CEILING && !p->has_after[dir] ?
			"no probe had this rate; lower ones kept the target" :
			c[k].why,
		    chosen_keys[k], value);
	}
}

static void
add_section(const struct program *p, const char *section, struct text *t)
{
	const struct settings *s = &p->settings;
	char value[SETTINGS_VALUE_MAX], why[160];

	text_add(t, "\n[");
	text_add(t, section);
	text_add(t, "]\n");
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (strcmp(row->section, section) != 0 || s->line[i] <= 0 ||
		    is_chosen(row))
			continue;
		settings_value(s, i, value);
		text_add(t, row->key);
		text_add(t, strlen(value) > 150 ? "=" : " = ");
		text_add(t, value);
		text_add(t, "\n");
	}
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (strcmp(section, sections[dir]) == 0)
			add_chosen(p, dir, t);
	if (strcmp(section, "baseline") == 0 &&
	    p->measured.idle_us <= s->baseline.max_us) {
		number_duration_text(value,
		    p->measured.idle_us / 100 * 100 > 100 ?
			p->measured.idle_us / 100 * 100 :
			100);
		snprintf(why, sizeof why,
		    "the idle line's median, with a jitter of %.1f ms",
		    (double)p->measured.jitter_us / MS);
		add_key(t, why, "initial", value);
	}
}

static bool
has_keys(const struct settings *s, const char *section)
{
	for (size_t i = 0; i < setting_count; i++)
		if (strcmp(setting_table[i].section, section) == 0 &&
		    s->line[i] > 0)
			return true;
	return false;
}

static void
compose(const struct program *p, struct text *t)
{
	const char *section = "";
	char line[256], date[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(date, sizeof date, "%Y-%m-%d %H:%M", localtime_r(&now, &tm));
	snprintf(line, sizeof line,
	    "# Written by wanctl-calibrate on %s for a %s line:\n# %s.\n"
	    "schema = 1\n",
	    date, p->preset->name, p->preset_why);
	text_add(t, line);
	for (size_t i = 0; i < setting_count; i++) {
		const char *next = setting_table[i].section;

		if (strcmp(next, section) == 0)
			continue;
		section = next;
		if (has_keys(&p->settings, section) ||
		    strcmp(section, "baseline") == 0 ||
		    strcmp(section, sections[DOWN]) == 0 ||
		    strcmp(section, sections[UP]) == 0)
			add_section(p, section, t);
	}
}

/* Gives the old file another name. */
static void
keep_old(const char *path)
{
	char old[STORE_PATH_MAX + 16];

	for (int i = 1; i < 1000; i++) {
		snprintf(old, sizeof old, i == 1 ? "%s.old" : "%s.old.%d", path,
		    i);
		if (link(path, old) == 0) {
			fprintf(stderr, "The old configuration is %s.\n", old);
			return;
		}
		if (errno != EEXIST)
			break;
	}
	err(STATUS_OS, "%s", old);
}

static void
write_conf(const struct program *p, const char *text)
{
	static struct conf_report faults;
	static struct settings check;
	char path[STORE_PATH_MAX + 8];
	FILE *f;

	snprintf(path, sizeof path, "%s.new", p->out_path);
	if ((f = fopen(path, "we")) == NULL)
		err(STATUS_OS, "%s", path);
	if (fputs(text, f) == EOF || fflush(f) == EOF || fsync(fileno(f)) == -1)
		err(STATUS_OS, "%s", path);
	fclose(f);
	if (conf_load(&check, path, &faults) != 0)
		errx(STATUS_CONFIG, "%s:%d: %s", path, faults.fault[0].line,
		    faults.fault[0].text);
	if (access(p->out_path, F_OK) == 0) {
		if (!p->force)
			errx(STATUS_USAGE, "%s: exists; the result is %s",
			    p->out_path, path);
		keep_old(p->out_path);
	}
	if (rename(path, p->out_path) == -1)
		err(STATUS_OS, "%s", p->out_path);
	fprintf(report(p), "The configuration is in %s.\n", p->out_path);
}

static void
finish_conf(const struct program *p)
{
	static char text[CONF_MAX];
	struct text t;

	if (!p->has_best[DOWN] || !p->has_best[UP]) {
		fprintf(report(p),
		    "No configuration: that takes a load each way and a shaper "
		    "that can be set.\n");
		return;
	}
	text_init(&t, text, sizeof text);
	compose(p, &t);
	if (t.full)
		errx(STATUS_CONFIG, "the configuration is too long");
	if (p->dry_run)
		fprintf(report(p), "\n%s", text);
	else
		write_conf(p, text);
}

/* --- start --------------------------------------------------------------- */

static const char *
config_dir(void)
{
	const char *dir = getenv("WANCTL_CONFIG_DIR");

	return dir != NULL ? dir : "/etc/wanctl";
}

/* KEY=VALUE of -k, over the file's. */
static void
override(struct program *p, const char *text)
{
	char section[64] = "", key[64];
	const char *dot = strchr(text, '.'), *is = strchr(text, '=');
	const char *why;
	size_t row;

	if (dot == NULL || is == NULL || dot > is ||
	    !text_copy(section, sizeof section, text, (size_t)(dot - text)) ||
	    !text_copy(key, sizeof key, dot + 1, (size_t)(is - dot - 1)))
		errx(STATUS_USAGE, "%s: not SECTION.KEY=VALUE", text);
	row = settings_row(section, key);
	if (row < setting_count) {
		if (setting_table[row].type == SETTING_HOSTS)
			p->settings.ping.hosts = 0;
		p->settings.line[row] = 0;
	}
	if ((why = settings_set(&p->settings, section, key, is + 1, 1)) != NULL)
		errx(STATUS_USAGE, "%s: %s", text, why);
}

/* What -k gives must do for the rest: rates are what is searched. */
static void
complete(struct program *p)
{
	static struct settings_fault fault[8];
	char text[SETTINGS_FAULT_MAX];
	struct settings *s = &p->settings;

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		for (int i = 0; i < 2; i++) {
			const char *key = i == 0 ? "ceiling" : "floor";

			if (s->line[settings_row(sections[dir], key)] == 0)
				(void)settings_set(s, sections[dir], key,
				    i == 0 ? "100gbit" : "64kbit", 1);
		}
	if (s->line[settings_row("", "schema")] == 0)
		(void)settings_set(s, "", "schema", "1", 1);
	if (s->ping.hosts == 0)
		(void)settings_set(s, "ping", "hosts",
		    "1.1.1.1 8.8.8.8 9.9.9.9", 1);
	if (settings_finish(s, fault, 8) > 0) {
		settings_fault_text(s, &fault[0], text);
		errx(STATUS_CONFIG, "[%s] %s: %s (-k gives keys)",
		    setting_table[fault[0].row].section,
		    setting_table[fault[0].row].key, text);
	}
}

static void
load_conf(struct program *p, const char *wan)
{
	static char path[STORE_PATH_MAX];
	static char name[SETTINGS_TEXT_MAX];

	if (wan != NULL) {
		if (!text_is_name(wan, strlen(wan), WAN_MAX - 1))
			errx(STATUS_USAGE,
			    "%s: not a name (letters, digits, . "
			    "_ -)",
			    wan);
		snprintf(path, sizeof path, "%s/%s.conf", config_dir(), wan);
		p->conf = path;
	}
	p->has_conf = wan == NULL || access(p->conf, F_OK) == 0;
	if (p->out_path == NULL)
		p->out_path = p->conf;
	if (strlen(p->out_path) >= STORE_PATH_MAX)
		errx(STATUS_USAGE, "%s: too long", p->out_path);
	if (p->has_conf) {
		program_load_settings(&p->settings, p->conf);
	} else {
		settings_init(&p->settings);
		(void)text_copy(name, sizeof name, wan, strlen(wan));
		(void)settings_set(&p->settings, "wan", "name", name, 1);
	}
	for (size_t i = 0; i < p->sets; i++)
		override(p, p->set[i]);
	complete(p);
	if (!p->dry_run && !p->force && !p->measure_only && !p->restore_only &&
	    access(p->out_path, F_OK) == 0)
		errx(STATUS_USAGE,
		    "%s exists: --force replaces it and keeps the old one, -o "
		    "FILE writes another, --dry-run only shows it",
		    p->out_path);
}

static void
open_store(struct program *p)
{
	static char path[STORE_PATH_MAX];
	const char *dir = getenv("WANCTL_STATE_DIR");

	if (dir == NULL)
		dir = "/var/lib/wanctl";
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		err(STATUS_OS, "%s", dir);
	snprintf(path, sizeof path, "%s/%s.calibrate", dir,
	    p->settings.wan.name);
	program_open_store(&p->store, path, NULL);
}

/* wanctl pass and run hold this lock: they would set rates of their own. */
static void
lock_line(const struct program *p)
{
	const char *dir = getenv("WANCTL_RUNTIME_DIR");
	char path[STORE_PATH_MAX];
	int fd;

	if (dir == NULL)
		dir = "/run/wanctl";
	snprintf(path, sizeof path, "%s/%s/lock", dir, p->settings.wan.name);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		errx(STATUS_RETRY,
		    "%s: busy: wanctl is at work on this line; stop it first",
		    p->settings.wan.name);
}

static void
take_number(const char *why, const char *option, const char *text)
{
	if (why != NULL)
		errx(STATUS_USAGE, "%s %s: %s", option, text, why);
}

/* "2gb", "500mb" or bytes. */
static int64_t
bytes_of(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	int64_t n = 0, unit;
	const char *u = text + digits;

	unit = strcasecmp(u, "gb") == 0 ? 1000000000 :
	    strcasecmp(u, "mb") == 0    ? 1000000 :
	    strcasecmp(u, "kb") == 0    ? 1000 :
	    *u == '\0'                  ? 1 :
					  0;
	if (unit == 0 ||
	    number_int(text, digits, 1, INT64_MAX / 1000000000, &n) != NULL)
		errx(STATUS_USAGE, "-b %s: not an amount like 500mb or 2gb",
		    text);
	return n * unit;
}

static void
split_server(struct program *p, char *text)
{
	char *colon = strrchr(text, ':');
	int64_t port;

	p->server = text;
	p->port = "5201";
	/* More than one colon is an IPv6 address. */
	if (colon != NULL && strchr(text, ':') == colon) {
		*colon = '\0';
		p->port = colon + 1;
	}
	if (!text_is_host(p->server, strlen(p->server)) ||
	    number_int(p->port, strlen(p->port), 1, 65535, &port) != NULL)
		errx(STATUS_USAGE, "-s: not a SERVER or SERVER:PORT");
}

/* One option with a word of its own. The name of -w, or NULL. */
static const char *
take_option(struct program *p, int ch)
{
	switch (ch) {
	case 'b':
		p->max_bytes = bytes_of(optarg);
		break;
	case 'c':
		p->conf = optarg;
		break;
	case 'D':
		p->command[DOWN] = optarg;
		break;
	case 'g':
		p->plot = optarg;
		break;
	case 'k':
		if (p->sets == SETS)
			errx(STATUS_USAGE, "-k: too many");
		p->set[p->sets++] = optarg;
		break;
	case 'o':
		p->out_path = optarg;
		break;
	case 'p':
		if ((p->preset = preset_find(optarg)) == NULL)
			errx(STATUS_USAGE,
			    "-p %s: not fiber, cable, dsl, lte or "
			    "starlink",
			    optarg);
		break;
	case 's':
		split_server(p, optarg);
		break;
	case 'T':
		take_number(number_duration(optarg, strlen(optarg), MS, SEC,
				&p->target_us),
		    "-T", optarg);
		break;
	case 't':
		take_number(number_duration(optarg, strlen(optarg), 60 * SEC,
				3600LL * SEC, &p->max_us),
		    "-t", optarg);
		break;
	case 'U':
		p->command[UP] = optarg;
		break;
	case 'w':
		return optarg;
		break;
	default:
		p->force |= ch == 'f';
		p->measure_only |= ch == 'm';
		p->dry_run |= ch == 'n';
		p->restore_only |= ch == 'R';
		p->records |= ch == 'r';
	}
	return NULL;
}

static const char *
parse(struct program *p, int argc, char *argv[])
{
	const char *wan = NULL;
	int ch;

	while (
	    (ch = program_long_options(argc, argv,
		 "b:c:D:fg:k:mno:p:Rrs:T:t:U:w:", longs, usage_text)) != -1) {
		const char *name = take_option(p, ch);

		if (name != NULL)
			wan = name;
	}
	if (optind != argc || (p->conf == NULL) == (wan == NULL))
		program_usage(usage_text);
	return wan;
}

static void
catch_signals(struct program *p)
{
	struct sigaction sa = { .sa_handler = program_on_signal };
	sigset_t hup;

	program_catch_signals(&p->open_mask);
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &hup, NULL) == -1 ||
	    sigaction(SIGHUP, &sa, NULL) == -1)
		err(STATUS_OS, "signals");
	sigdelset(&p->open_mask, SIGHUP);
	/* A closed terminal or pipe is no reason to leave rates behind. */
	(void)signal(SIGPIPE, SIG_IGN);
}

static void
calibrate(struct program *p)
{
	start_ping(p);
	measure_idle(p);
	p->measured.raw_bps[DOWN] = p->measured.raw_bps[UP] = -1;
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		measure_raw(p, dir);
	if (p->writable)
		for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
			if (has_load(p, dir))
				search_direction(p, dir);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		measure_after(p, dir);
	child_end(&p->ping, SEC);
	if (p->preset == NULL)
		p->preset = preset_choose(&p->measured, p->preset_why);
	else
		snprintf(p->preset_why, sizeof p->preset_why, "as asked for");
	record(p, "preset", "name=%s idle_us=%" PRId64 " jitter_us=%" PRId64,
	    p->preset->name, p->measured.idle_us, p->measured.jitter_us);
}

int
main(int argc, char *argv[])
{
	struct program *p = &program;
	const char *wan;

	p->target_us = 10 * MS;
	p->max_us = 230 * SEC;
	p->ping.out = -1;
	wan = parse(p, argc, argv);
	load_conf(p, wan);
	p->pid = getpid();
	p->terminal = isatty(STDERR_FILENO) == 1;
	p->begun_us = clock_monotonic();
	clock_start(&p->clock);
	open_store(p);
	lock_line(p);
	catch_signals(p);
	if (atexit(leave) != 0)
		err(STATUS_OS, "atexit");
	open_shaper(p);
	if (p->restore_only)
		return STATUS_OK;
	calibrate(p);
	if (p->changed && !restore_rates(p))
		return STATUS_RETRY;
	if (p->has_raw[DOWN] || p->has_raw[UP])
		print_table(p);
	else
		fprintf(report(p), "Looks like %s: %s.\n", p->preset->name,
		    p->preset_why);
	plot(p);
	finish_conf(p);
	program_close_stdout();
	return STATUS_OK;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures a line, searches the rates that keep it fast, and writes its
 * configuration. */
#include <inttypes.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "calibrate/borrowed_shaper.h"
#include "calibrate/budget.h"
#include "calibrate/calibrate_args.h"
#include "calibrate/gnuplot.h"
#include "calibrate/load_generator.h"
#include "calibrate/report.h"
#include "calibrate/write_config.h"
#include "conf/preset.h"
#include "program.h"
#include "record/replace.h"
#include "record/timeline.h"

#define SEC 1000000
#define MS 1000
#define IDLE_US (6 * SEC)
#define SHOW_US (200 * MS)
#define SETS 32

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

struct program {
	struct settings settings;
	const char *conf, *out_path, *plot;
	char given_path[STORE_PATH_MAX]; /* what -k has made of conf; "" */
	const char *set[SETS];
	size_t sets;
	const struct preset *preset;
	char preset_why[PRESET_WHY_MAX];
	int64_t target_us;
	bool force, dry_run, measure_only, records, restore_only;
	bool has_conf;

	struct borrowed_shaper keeper;
	struct load_generator loader;
	struct budget budget;
	struct measured measured;
	struct direction_result outcome[DIRECTIONS];

	struct timeline timeline;
	sigset_t open_mask;
	bool terminal;
	char doing[128];
	int64_t shown_us;
	pid_t pid;
	char buf[REPORT_MAX];
	struct text text; /* in buf: what is said next */
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

/* A text to fill, for one of the functions below. */
static struct text *
begin(struct program *p)
{
	text_init(&p->text, p->buf, sizeof p->buf);
	return &p->text;
}

static size_t
columns(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == -1 || w.ws_col < 20)
		return 79;
	return w.ws_col - 1;
}

/* Several times a second: the line that changes. */
static void
on_tick(void *user)
{
	struct program *p = user;
	const struct load_generator *l = &p->loader;
	int64_t now_us = clock_monotonic();
	char buf[256];
	struct text t;

	if (!p->terminal || now_us - p->shown_us < SHOW_US)
		return;
	p->shown_us = now_us;
	text_init(&t, buf, sizeof buf);
	report_live(&t, p->doing, l->now_bps,
	    l->load.pid != 0 ? l->samples.newest_us : -1,
	    budget_left_us(&p->budget, now_us), columns());
	fprintf(stderr, "\r%s\033[K", buf);
	fflush(stderr);
}

/* What is being done from now on. */
__attribute__((format(printf, 2, 3))) static void
live(struct program *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(p->doing, sizeof p->doing, format, ap);
	va_end(ap);
	p->shown_us = 0;
	on_tick(p);
}

/* A step has ended: p->text says it. Where nobody listens any more, the line is
 * not loaded any longer. */
static void
step(const struct program *p)
{
	if (fprintf(stderr, "%s%s\n", p->terminal ? "\r\033[K" : "", p->buf) <
	    0)
		exit(STATUS_OS);
}

/* Keys and values are in p->text. */
static void
record(struct program *p, const char *kind)
{
	if (!p->records)
		return;
	printf("%s t=%" PRId64 " wan=%s %s\n", kind, timeline_now(&p->timeline),
	    p->settings.wan.name, p->buf);
	program_close_stdout();
}

/* --- the shaper: whatever happens, it gets its rates back ---------------- */

/* True when both have their rates again. */
static bool
restore_rates(struct program *p)
{
	struct borrowed_shaper *k = &p->keeper;

	if (borrowed_shaper_restore(k)) {
		if (access(k->store.path, F_OK) == 0)
			warnx("%s: could not be removed", k->store.path);
		return true;
	}
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (k->detail[dir][0] != '\0')
			warnx("%s: %" PRId64
			      " bit/s could not be restored: %s; the next run "
			      "of wanctl-calibrate tries again",
			    direction_names[dir], k->found_bps[dir],
			    k->detail[dir]);
	return false;
}

/* The last thing on every way out that is not SIGKILL. */
static void
leave(void)
{
	struct program *p = &program;
	bool restored;

	if (getpid() != p->pid)
		return;
	load_generator_end(&p->loader, SEC / 2);
	restored = !p->keeper.changed || restore_rates(p);
	if (p->given_path[0] != '\0')
		(void)unlink(p->given_path);
	if (!restored) {
		fflush(NULL);
		_exit(STATUS_RETRY);
	}
}

/* Who talks to a router reads a file, and is to know of -k. */
static void
write_given(struct program *p)
{
	static char buf[WRITE_CONFIG_MAX];
	struct replace r;
	struct text t;
	int n;

	if (p->sets == 0 || p->settings.shaper.backend != BACKEND_ROUTER)
		return;
	text_init(&t, buf, sizeof buf);
	compose_given(&p->settings, &t);
	n = snprintf(p->given_path, sizeof p->given_path, "%s.conf",
	    p->keeper.store.path);
	if (t.full || n < 0 || (size_t)n >= sizeof p->given_path)
		errx(STATUS_CONFIG, "-k: too long");
	if (replace_write(&r, p->given_path, buf) == -1 ||
	    replace_commit(&r) == -1)
		err(STATUS_OS, "%s", r.failed);
}

static void
open_shaper(struct program *p)
{
	struct borrowed_shaper *k = &p->keeper;

	write_given(p);
	if (borrowed_shaper_open(k, &p->settings,
		p->given_path[0] != '\0' ? p->given_path : p->conf) == -1)
		err(STATUS_OS, "shaper");
	program_load_store(&k->store, k, borrowed_shaper_read);
	if (k->changed) {
		if (!restore_rates(p))
			exit(STATUS_RETRY);
		text_add(begin(p),
		    "Rates that an interrupted run had left are restored.");
		step(p);
	}
	k->writable = !p->measure_only;
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (!borrowed_shaper_look(k, dir)) {
			warnx("%s: %s", sections[dir], k->detail[dir]);
			k->writable = false;
		}
}

/* Sets a rate for a measurement. What cannot be written is not touched. */
static bool
shape(struct program *p, enum direction dir, int64_t bps)
{
	struct borrowed_shaper *k = &p->keeper;

	if (!k->writable)
		return false;
	if (borrowed_shaper_set(k, dir, bps) == NULL)
		return true;
	if (!k->changed)
		errx(STATUS_OS, "%s", k->detail[dir]);
	warnx("%s: %s; measuring only", sections[dir], k->detail[dir]);
	return false;
}

/* --- steps --------------------------------------------------------------- */

static void
go_on(const struct program *p, enum status status)
{
	if (status == STATUS_OK)
		return;
	if (p->loader.detail[0] != '\0')
		warnx("%s", p->loader.detail);
	exit((int)status);
}

static void
measure_idle(struct program *p)
{
	struct samples *s = &p->loader.samples;
	const struct idle_host *best;

	live(p, "idle line");
	go_on(p, load_generator_idle(&p->loader, IDLE_US));
	best = samples_idle_end(s);
	text_add(begin(p), "Idle line, by ICMP echo:");
	step(p);
	for (size_t i = 0; i < s->hosts; i++) {
		report_host(begin(p), &s->host[i]);
		step(p);
		report_record_idle(begin(p), &s->host[i]);
		if (s->host[i].n > 0)
			record(p, "idle");
	}
	if (best == NULL)
		errx(STATUS_RETRY,
		    "no reflector answers: is the line up? see -k ping.hosts=");
	p->measured.idle_us = best->idle_us;
	p->measured.jitter_us = samples_jitter(s);
}

/* One load, at the rate that the shaper has. False if there was none, for which
 * a server that is busy was waited for_us at most. */
static bool
measure(struct program *p, enum direction dir, int64_t for_us,
    struct search_probe *out)
{
	struct load_generator *l = &p->loader;
	enum status status;

	l->patience_us = clock_monotonic() + for_us - LOAD_GENERATOR_PROBE_US;
	status = load_generator_measure(l, dir, out);
	p->budget.spent_bytes += out->bytes;
	if (status != STATUS_OK && l->trouble != NULL) {
		warnx("%s", l->detail);
		return false;
	}
	go_on(p, status);
	return true;
}

static void
measure_raw(struct program *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];

	if (!load_generator_has(&p->loader, dir))
		return;
	live(p, "raw %s: load without a shaper", direction_names[dir]);
	(void)shape(p, dir, BORROWED_SHAPER_OPEN_BPS);
	if (!measure(p, dir, budget_left_us(&p->budget, clock_monotonic()) / 2,
		&o->raw))
		exit(STATUS_RETRY);
	p->measured.raw_bps[dir] = o->raw.throughput_bps;
	p->budget.load_bytes[dir] = o->raw.bytes;
	o->has_raw = true;
	report_figures(begin(p), p->keeper.writable ? "Raw " : "Now ", dir,
	    &o->raw);
	step(p);
	report_record_raw(begin(p), dir, o);
	record(p, "raw");
}

/* One probe of the search; false if the shaper cannot be set, or if a load
 * fails and what is known ends the search. */
static bool
search_once(struct program *p, enum direction dir)
{
	struct search *s = &p->outcome[dir].search;
	struct search_probe probe = { .bps = search_next(s) };
	int64_t left_us = s->limits.time_us - s->time_us;

	live(p, "search %s: probe %zu at %.2f Mbit/s", direction_names[dir],
	    s->probes + 1, mbit(probe.bps));
	if (!shape(p, dir, probe.bps))
		return false;
	if (!measure(p, dir, left_us, &probe)) {
		if (s->probes == 0)
			exit(STATUS_RETRY);
		p->outcome[dir].end = SEARCH_LOST;
		return false;
	}
	search_add(s, &probe);
	report_probe(begin(p), dir, s, &probe);
	step(p);
	report_record_probe(begin(p), dir, s, &probe);
	record(p, "probe");
	return true;
}

static void
limit(const struct program *p, enum direction dir, struct search_limits *l)
{
	int64_t raw_bps = p->measured.raw_bps[dir];

	*l = (struct search_limits){
		.target_us = p->target_us,
		.lo_bps = raw_bps / 4,
		.hi_bps = number_muldiv(raw_bps, 6, 5),
		.precision_ppm = 25000,
		.confidence_ppm = 970000,
		.restless_ppm = search_restless_ppm(p->measured.jitter_us),
		.probes = 40,
	};
	if (l->lo_bps < BORROWED_SHAPER_LEAST_BPS)
		l->lo_bps = BORROWED_SHAPER_LEAST_BPS;
	if (l->hi_bps <= l->lo_bps)
		errx(STATUS_RETRY,
		    "load %s: too little to calibrate by: %.3f Mbit/s",
		    direction_names[dir], mbit(raw_bps));
	budget_search(&p->budget, dir, clock_monotonic(), l);
}

static void
search_direction(struct program *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];
	struct search_limits limits;

	if (!p->keeper.writable || !load_generator_has(&p->loader, dir))
		return;
	limit(p, dir, &limits);
	search_start(&o->search, &limits);
	while ((o->end = search_end(&o->search)) == SEARCH_GOES_ON)
		if (!search_once(p, dir)) {
			if (o->end != SEARCH_LOST)
				return;
			break;
		}
	search_best(&o->search, &o->best);
	if (o->end == SEARCH_WEAK || o->end == SEARCH_LOOSE)
		errx(STATUS_RETRY,
		    "load %s: it %s a shaper of %.2f Mbit/s; does it go "
		    "through it?",
		    direction_names[dir],
		    o->end == SEARCH_WEAK ? "does not fill" : "is more than",
		    mbit(o->best.bps));
	o->has_best = true;
	p->measured.spread_percent[dir] = search_spread(&o->search, &o->raw);
	report_best(begin(p), dir, o);
	step(p);
	(void)shape(p, dir, o->best.bps);
}

/* Load at the rate to be proven; false if there is none any more. */
static bool
check_once(struct program *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];
	struct search_probe probe = { .bps = o->proof.bps };

	if (!budget_allows(&p->budget, dir, clock_monotonic()))
		return false;
	live(p, "check %s at %.2f Mbit/s", direction_names[dir],
	    mbit(probe.bps));
	if (!shape(p, dir, probe.bps))
		return false;
	if (!measure(p, dir,
		budget_left_us(&p->budget, clock_monotonic()) /
		    (dir == DOWN ? 2 : 1),
		&probe))
		return false;
	verify_add(&o->proof, &o->search, &probe);
	report_check(begin(p), dir, o);
	step(p);
	return true;
}

static void
measure_after(struct program *p, enum direction dir)
{
	struct direction_result *o = &p->outcome[dir];
	const struct search_probe *good;

	if (!o->has_best)
		return;
	verify_start(&o->proof, &o->search);
	while (o->proof.end == VERIFY_GOES_ON && check_once(p, dir))
		;
	verify_stop(&o->proof, &o->search);
	search_about(&o->search, o->proof.bps, &o->best);
	if (o->proof.end != VERIFY_KEPT) {
		report_unproven(begin(p), dir, &o->proof);
		step(p);
	}
	if ((good = search_good(&o->search, o->best.bps)) != NULL) {
		o->after = *good;
		o->has_after = true;
		report_figures(begin(p), "After", dir, &o->after);
		step(p);
	}
	report_record_calibrated(begin(p), dir, o);
	record(p, "calibrated");
}

/* --- the end ------------------------------------------------------------- */

static void
plot(struct program *p)
{
	if (p->plot == NULL ||
	    (!p->outcome[DOWN].has_best && !p->outcome[UP].has_best))
		return;
	report_gnuplot(begin(p), p->outcome, p->target_us, p->plot);
	if (gnuplot_run(p->buf) == 0) {
		fprintf(report(p), "The plot is in %s.\n", p->plot);
		return;
	}
	warnx("%s: gnuplot could not draw it; in text:", p->plot);
	report_bars(begin(p), p->outcome, p->target_us);
	fputs(p->buf, report(p));
}

static void
print_table(struct program *p)
{
	begin(p);
	if (p->outcome[DOWN].has_raw || p->outcome[UP].has_raw)
		report_table(&p->text, p->outcome);
	fprintf(report(p), "%sLooks like %s: %s.\n", p->buf, p->preset->name,
	    p->preset_why);
}

static void
write_conf(const struct program *p, const char *text)
{
	static struct conf_report faults;
	static struct settings check;
	struct replace r;

	if (replace_write(&r, p->out_path, text) == -1)
		err(STATUS_OS, "%s", r.failed);
	if (conf_load(&check, r.new_path, &faults) != 0)
		errx(STATUS_CONFIG, "%s:%d: %s", r.new_path,
		    faults.fault[0].line, faults.fault[0].text);
	if (!p->force && access(p->out_path, F_OK) == 0)
		errx(STATUS_USAGE, "%s: exists; the result is %s", p->out_path,
		    r.new_path);
	if (replace_keep(&r) == -1)
		err(STATUS_OS, "%s", r.failed);
	if (r.old_path[0] != '\0')
		fprintf(stderr, "The old configuration is %s.\n", r.old_path);
	if (replace_commit(&r) == -1)
		err(STATUS_OS, "%s", r.failed);
	fprintf(report(p), "The configuration is in %s.\n", p->out_path);
}

static void
finish_conf(const struct program *p)
{
	static char buf[WRITE_CONFIG_MAX];
	char date[32];
	struct write_config c = { &p->settings, p->preset, p->preset_why, date,
		&p->measured, p->target_us, p->outcome };
	struct text t;
	struct tm tm;
	time_t now = time(NULL);

	if (!p->outcome[DOWN].has_best || !p->outcome[UP].has_best) {
		fprintf(report(p),
		    "No configuration: that takes a load each way and a shaper "
		    "that can be set.\n");
		return;
	}
	strftime(date, sizeof date, "%Y-%m-%d %H:%M", localtime_r(&now, &tm));
	text_init(&t, buf, sizeof buf);
	compose(&c, &t);
	if (t.full)
		errx(STATUS_CONFIG, "the configuration is too long");
	if (p->dry_run)
		fprintf(report(p), "\n%s", buf);
	else
		write_conf(p, buf);
}

/* --- start --------------------------------------------------------------- */

static const char *
config_dir(void)
{
	const char *dir = getenv("WANCTL_CONFIG_DIR");

	return dir != NULL ? dir : "/etc/wanctl";
}

/* KEY=VALUE of -k, over the file's; what they must do for the rest is said. */
static void
take_keys(struct program *p)
{
	char buf[SETTINGS_FAULT_MAX];
	struct settings_fault fault;
	const char *why;

	for (size_t i = 0; i < p->sets; i++)
		if ((why = calibrate_args_key(&p->settings, p->set[i])) != NULL)
			errx(STATUS_USAGE, "%s: %s", p->set[i], why);
	if ((why = calibrate_args_complete(&p->settings, buf, &fault)) != NULL)
		errx(STATUS_CONFIG, "[%s] %s: %s (-k gives keys)",
		    setting_table[fault.row].section,
		    setting_table[fault.row].key, why);
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
	take_keys(p);
	if (!p->dry_run && !p->force && !p->measure_only && !p->restore_only &&
	    access(p->out_path, F_OK) == 0)
		errx(STATUS_USAGE,
		    "%s exists: --force replaces it and keeps the old one, -o "
		    "FILE writes another, --dry-run only shows it",
		    p->out_path);
}

/* A process that was killed may have left a child that is just beginning, with
 * the lock still in its hands. */
static void
wait_for_store(const char *path)
{
	const struct timespec tick = { 0, 50 * MS * 1000 };
	struct store probe;

	for (int i = 0; i < 20; i++) {
		if (store_open(&probe, path, NULL,
			program_invocation_short_name) == 0) {
			store_close(&probe);
			return;
		}
		if (errno != EWOULDBLOCK)
			return;
		(void)nanosleep(&tick, NULL);
	}
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
	wait_for_store(path);
	program_open_store(&p->keeper.store, path, NULL);
}

/* wanctl pass and run hold this lock: they would set rates of their own. */
static void
lock_line(const struct program *p)
{
	char path[STORE_PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/%s/lock", program_runtime_dir(),
	    p->settings.wan.name);
	if ((fd = store_open_file(path, O_RDWR, 0)) == -1)
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

/* One option with a word of its own. The name of -w, or NULL. */
static const char *
take_option(struct program *p, int ch)
{
	switch (ch) {
	case 'b':
		take_number(calibrate_args_bytes(optarg, &p->budget.max_bytes),
		    "-b", optarg);
		break;
	case 'c':
		p->conf = optarg;
		break;
	case 'D':
		p->loader.command[DOWN] = optarg;
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
		p->loader.server = optarg;
		take_number(calibrate_args_server(optarg, &p->loader.ports),
		    "-s", optarg);
		break;
	case 'T':
		take_number(number_duration(optarg, strlen(optarg), MS, SEC,
				&p->target_us),
		    "-T", optarg);
		break;
	case 't':
		take_number(number_duration(optarg, strlen(optarg), 60 * SEC,
				3600LL * SEC, &p->budget.max_us),
		    "-t", optarg);
		break;
	case 'U':
		p->loader.command[UP] = optarg;
		break;
	case 'w':
		return optarg;
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

/* As SIGTERM and SIGINT. */
static void
catch_signals(struct program *p)
{
	static const int more[] = { SIGHUP, SIGQUIT };
	struct sigaction sa = { .sa_handler = program_on_signal };
	sigset_t set;

	program_catch_signals(&p->open_mask, NULL);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
		sigaddset(&set, more[i]);
		if (sigaction(more[i], &sa, NULL) == -1)
			err(STATUS_OS, "signals");
		sigdelset(&p->open_mask, more[i]);
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		err(STATUS_OS, "signals");
	/* A closed terminal or pipe is no reason to leave rates behind. */
	(void)signal(SIGPIPE, SIG_IGN);
}

static void
prepare(struct program *p)
{
	struct load_generator *l = &p->loader;

	l->settings = &p->settings;
	l->open_mask = &p->open_mask;
	l->stopping = &program_stopping;
	l->tick = on_tick;
	l->user = p;
	p->budget.probe_us = LOAD_GENERATOR_PROBE_US;
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		p->measured.raw_bps[dir] = p->measured.spread_percent[dir] = -1;
		p->budget.has_load[dir] = load_generator_has(l, dir);
	}
}

static void
calibrate(struct program *p)
{
	go_on(p, load_generator_start(&p->loader));
	measure_idle(p);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		measure_raw(p, dir);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		search_direction(p, dir);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		measure_after(p, dir);
	load_generator_end(&p->loader, SEC);
	if (p->preset == NULL)
		p->preset = preset_choose(&p->measured, p->preset_why);
	else
		snprintf(p->preset_why, sizeof p->preset_why, "as asked for");
	snprintf(p->buf, sizeof p->buf,
	    "name=%s idle_us=%" PRId64 " jitter_us=%" PRId64, p->preset->name,
	    p->measured.idle_us, p->measured.jitter_us);
	record(p, "preset");
}

int
main(int argc, char *argv[])
{
	struct program *p = &program;
	const char *wan;

	p->target_us = 10 * MS;
	p->budget.max_us = 230 * SEC;
	p->loader.ping = p->loader.load = CHILD_NONE;
	wan = parse(p, argc, argv);
	load_conf(p, wan);
	p->pid = getpid();
	p->terminal = isatty(STDERR_FILENO) == 1;
	p->budget.begun_us = clock_monotonic();
	timeline_start(&p->timeline, program_runtime_dir());
	open_store(p);
	lock_line(p);
	catch_signals(p);
	prepare(p);
	if (atexit(leave) != 0)
		err(STATUS_OS, "atexit");
	open_shaper(p);
	if (p->restore_only)
		return STATUS_OK;
	calibrate(p);
	if (p->keeper.changed && !restore_rates(p))
		return STATUS_RETRY;
	print_table(p);
	plot(p);
	finish_conf(p);
	program_close_stdout();
	return STATUS_OK;
}

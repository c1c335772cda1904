/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures a line, searches the rates that keep it fast, and writes its
 * configuration. */
#include "calibrate.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "calibrate/gnuplot.h"
#include "calibrate/write_config.h"
#include "record/replace.h"

#define SEC 1000000
#define MS 1000

static struct calibrate program;

/* The last thing on every way out that is not SIGKILL. */
static void
leave(void)
{
	struct calibrate *p = &program;
	bool restored;

	if (getpid() != p->pid)
		return;
	load_generator_end(&p->loader, SEC / 2);
	restored = !p->keeper.changed || calibrate_restore(p);
	if (p->given_path[0] != '\0')
		(void)unlink(p->given_path);
	if (!restored) {
		fflush(NULL);
		_exit(STATUS_RETRY);
	}
}

static void
plot(struct calibrate *p)
{
	if (p->plot == NULL ||
	    (!p->outcome[DOWN].has_best && !p->outcome[UP].has_best))
		return;
	report_gnuplot(calibrate_text(p), p->outcome, p->target_us, p->plot);
	if (gnuplot_run(p->buf) == 0) {
		fprintf(calibrate_out(p), "The plot is in %s.\n", p->plot);
		return;
	}
	program_warn("%s: gnuplot could not draw it; in text:", p->plot);
	report_bars(calibrate_text(p), p->outcome, p->target_us);
	fputs(p->buf, calibrate_out(p));
}

static void
print_table(struct calibrate *p)
{
	calibrate_text(p);
	if (p->outcome[DOWN].has_raw || p->outcome[UP].has_raw)
		report_table(&p->text, p->outcome);
	fprintf(calibrate_out(p), "%sLooks like %s: %s.\n", p->buf,
	    p->preset->name, p->preset_why);
}

/* A load at its rate kept the target, or it has no rate. */
static bool
is_proven(const struct calibrate *p, enum direction dir)
{
	return p->outcome[dir].proof.end == VERIFY_KEPT ||
	    p->settings.dir[dir].managed == 0;
}

static void
write_conf(const struct calibrate *p, const char *text)
{
	static struct conf_report faults;
	static struct settings check;
	struct replace r;

	if (replace_write(&r, p->out_path, text) == -1)
		program_fail(STATUS_OS, "%s", r.failed);
	if (conf_load(&check, r.new_path, &faults) != 0)
		program_die(STATUS_CONFIG, "%s:%d: %s", r.new_path,
		    faults.fault[0].line, faults.fault[0].text);
	if (!p->force && access(p->out_path, F_OK) == 0)
		program_die(STATUS_USAGE, "%s: exists; the result is %s",
		    p->out_path, r.new_path);
	if (!p->unproven && (!is_proven(p, DOWN) || !is_proven(p, UP)))
		program_die(STATUS_RETRY,
		    "an unproven rate is not installed: the result is %s; "
		    "calibrate with more time (-t), or install it as it is "
		    "(-u)",
		    r.new_path);
	if (replace_keep(&r) == -1)
		program_fail(STATUS_OS, "%s", r.failed);
	if (r.old_path[0] != '\0')
		fprintf(stderr, "The old configuration is %s.\n", r.old_path);
	if (replace_commit(&r) == -1)
		program_fail(STATUS_OS, "%s", r.failed);
	fprintf(calibrate_out(p), "The configuration is in %s.\n", p->out_path);
}

/* Nothing is wanted of one that is not managed. */
static bool
is_found(const struct calibrate *p, enum direction dir)
{
	return p->outcome[dir].has_best || p->settings.dir[dir].managed == 0;
}

static void
finish_conf(const struct calibrate *p)
{
	static char buf[WRITE_CONFIG_MAX];
	char date[32];
	struct write_config c = { &p->settings, p->text_before, p->preset,
		p->preset_why, date, &p->measured, p->target_us, p->outcome };
	struct text t;
	struct tm tm;
	time_t now = time(NULL);

	if (!is_found(p, DOWN) || !is_found(p, UP)) {
		fprintf(calibrate_out(p),
		    "No configuration: that takes a load each way and a shaper "
		    "that can be set.\n");
		return;
	}
	strftime(date, sizeof date, "%Y-%m-%d %H:%M", localtime_r(&now, &tm));
	text_init(&t, buf, sizeof buf);
	write_config(&c, &t);
	if (t.full)
		program_die(STATUS_CONFIG, "the configuration is too long");
	if (p->dry_run)
		fprintf(calibrate_out(p), "\n%s", buf);
	else
		write_conf(p, buf);
}

static void
catch_signals(struct calibrate *p)
{
	program_catch_signals(&p->open_mask, NULL);
	program_catch_more(&p->open_mask, SIGHUP);
	program_catch_more(&p->open_mask, SIGQUIT);
	/* Rates are given back also after a terminal or a pipe is closed. */
	(void)signal(SIGPIPE, SIG_IGN);
}

static void
prepare(struct calibrate *p)
{
	struct load_generator *l = &p->loader;

	l->settings = &p->settings;
	l->open_mask = &p->open_mask;
	l->stopping = &program_stopping;
	l->tick = calibrate_tick;
	l->user = p;
	p->budget.probe_us = load_generator_probe_us(l);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		p->measured.raw_bps[dir] = p->measured.spread_percent[dir] = -1;
		p->budget.has_load[dir] = load_generator_has(l, dir) &&
		    p->settings.dir[dir].managed != 0;
	}
}

int
main(int argc, char *argv[])
{
	struct calibrate *p = &program;

	p->target_us = 10 * MS;
	p->budget.max_us = 230 * SEC;
	p->loader.ramp_us = LOAD_GENERATOR_RAMP_US;
	p->loader.ping = p->loader.load = CHILD_NONE;
	calibrate_options(p, argc, argv);
	p->pid = getpid();
	p->terminal = isatty(STDERR_FILENO) == 1;
	p->budget.begun_us = clock_monotonic();
	timeline_start(&p->timeline, program_runtime_dir());
	calibrate_lock(p);
	catch_signals(p);
	prepare(p);
	if (atexit(leave) != 0)
		program_fail(STATUS_OS, "atexit");
	calibrate_open_shaper(p);
	if (p->restore_only)
		return STATUS_OK;
	calibrate_measure(p);
	if (p->keeper.changed && !calibrate_restore(p))
		return STATUS_RETRY;
	print_table(p);
	plot(p);
	finish_conf(p);
	program_close_stdout();
	return STATUS_OK;
}

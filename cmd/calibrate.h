/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the parts of wanctl-calibrate. */
#ifndef CALIBRATE_H
#define CALIBRATE_H

#include "base/text.h"
#include "calibrate/borrowed_shaper.h"
#include "calibrate/budget.h"
#include "calibrate/direction_result.h"
#include "calibrate/load_generator.h"
#include "calibrate/report.h"
#include "conf/preset.h"
#include "program.h"
#include "record/timeline.h"

#define CALIBRATE_SETS 32

struct calibrate {
	struct settings settings;
	const char *conf, *out_path, *plot;
	char text_before[PROGRAM_FILE_MAX]; /* of conf; "" */
	char given_path[STORE_PATH_MAX];    /* what -k has made of conf; "" */
	const char *set[CALIBRATE_SETS];
	size_t sets;
	const struct preset *preset;
	char preset_why[PRESET_WHY_MAX];
	int64_t target_us;
	bool force, dry_run, measure_only, records, restore_only, unproven;
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

/* --- options and files: calibrate_options.c ------------------------------- */

/* Reads the command line and the configuration that it names, with what -k
 * gives, or ends the program. */
void calibrate_options(struct calibrate *p, int argc, char *argv[]);

/* Takes the lock of the line and of the state, where rates are saved. */
void calibrate_lock(struct calibrate *p);

/* --- what is printed: calibrate_say.c ------------------------------------- */

/* For the report: where records are not. */
FILE *calibrate_out(const struct calibrate *p);

/* A text to fill, for one of the functions below. */
struct text *calibrate_text(struct calibrate *p);

/* Sets the present step's text, for the line that changes. */
__attribute__((format(printf, 2, 3))) void calibrate_live(struct calibrate *p,
    const char *format, ...);

/* Several times a second: the line that changes; `user` is the program. */
void calibrate_tick(void *user);

/* A step has ended: p->text says it. Where nobody listens any more, the line is
 * not loaded any longer. */
void calibrate_say(const struct calibrate *p);

/* A record of this kind; its keys and values are in p->text. */
void calibrate_record(struct calibrate *p, const char *kind);

/* --- the shaper: calibrate_shaper.c --------------------------------------- */

/* Opens it, and gives back what an interrupted run has left. */
void calibrate_open_shaper(struct calibrate *p);

/* Sets a rate for a measurement. What cannot be written is not touched. */
bool calibrate_shape(struct calibrate *p, enum direction dir, int64_t bps);

/* True when both directions have their rates again. */
bool calibrate_restore(struct calibrate *p);

/* --- the measurement: calibrate_steps.c ----------------------------------- */

void calibrate_measure(struct calibrate *p);

#endif

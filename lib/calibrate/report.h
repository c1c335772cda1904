/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calibration's messages for people: each function adds one line without its
 * line feed, or a whole table, to a text. And its records for programs.
 */
#ifndef REPORT_H
#define REPORT_H

#include "base/text.h"
#include "calibrate/direction_result.h"
#include "calibrate/samples.h"
#include "record/zone.h"

#define REPORT_MAX 16384 /* room for the longest */

/* --- for people -------------------------------------------------------- */

void report_host(struct text *t, const struct idle_host *h);
/* "Raw ", "Now " or "After" */
void report_figures(struct text *t, const char *what, enum direction dir,
    const struct search_probe *p);
void report_probe(struct text *t, enum direction dir,
    const struct search *search, const struct search_probe *p);
void report_best(struct text *t, enum direction dir,
    const struct direction_result *o);
/* Of a line that seems to change: that it does, a load that tells its capacity,
 * and the rates that it carries for shares of the time. */
void report_changes(struct text *t, enum direction dir);
void report_capacity(struct text *t, enum direction dir,
    const struct direction_result *o, const struct search_probe *p);
void report_held(struct text *t, enum direction dir,
    const struct direction_result *o);
/* The last load of the search, which was a check. */
void report_check(struct text *t, enum direction dir,
    const struct direction_result *o);
void report_unproven(struct text *t, enum direction dir,
    const struct verify *proof);

/* Progress: the rate of the load and the delay that it adds now, if known (not
 * negative), and how long it may take yet. At most `columns` wide. */
void report_live(struct text *t, const char *doing, int64_t now_bps,
    int64_t delta_us, int64_t left_us, size_t columns);

/* Before and after, of both directions; of a line that changes at its floor. */
void report_table(struct text *t,
    const struct direction_result o[static DIRECTIONS]);

/* A bar for each probe of both directions, on a logarithmic scale; of a line
 * that changes, one for some shares of the time. */
void report_bars(struct text *t,
    const struct direction_result o[static DIRECTIONS], int64_t target_us);

/* A script for gnuplot that draws into `path`, which is .png or else SVG. */
void report_gnuplot(struct text *t,
    const struct direction_result o[static DIRECTIONS], int64_t target_us,
    const char *path);

/* --- for programs: keys and values of a record ------------------------- */

void report_record_idle(struct text *t, const struct idle_host *h);
void report_record_raw(struct text *t, enum direction dir,
    const struct direction_result *o);
void report_record_probe(struct text *t, enum direction dir,
    const struct search *search, const struct search_probe *p);
/* One of the rates of a line that changes. */
void report_record_held(struct text *t, enum direction dir,
    const struct direction_result *o, enum capacity_held share);
void report_record_calibrated(struct text *t, enum direction dir,
    const struct direction_result *o);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has gnuplot(1) run a script, which says itself where the drawing goes.
 */
#ifndef GNUPLOT_H
#define GNUPLOT_H

/* Waits for it, ten seconds at most; the script is a file in TMPDIR meanwhile.
 * 0, or -1 without a drawing. */
int gnuplot_run(const char *script);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of calibration's command line: keys of a configuration, an amount
 * of data, a server. All give NULL, or why not.
 */
#ifndef CALIBRATE_ARGS_H
#define CALIBRATE_ARGS_H

#include <limits.h>

#include "conf/settings.h"

#define CALIBRATE_ARGS_LINE \
	INT_MAX /* settings.line of a key that is no file's */

/* SECTION.KEY=VALUE, over the file's value. */
const char *calibrate_args_key(struct settings *s, const char *text);

/* Fills in the rates, which are searched, and what goes without saying, with
 * CALIBRATE_ARGS_LINE, and checks the whole. `why` is the text of *fault, if
 * that is not NULL. */
const char *calibrate_args_complete(struct settings *s,
    char why[static SETTINGS_FAULT_MAX], struct settings_fault *fault);

/* "500mb", "2gb", "10kb" or bytes. */
const char *calibrate_args_bytes(const char *text, int64_t *bytes);

/* SERVER, SERVER:PORT or SERVER:FIRST-LAST: the server is what is left in text.
 */
struct calibrate_args_ports {
	int64_t first, last;
};
const char *calibrate_args_server(char *text,
    struct calibrate_args_ports *ports);

#endif

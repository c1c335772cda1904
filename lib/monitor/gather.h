/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of lines, as records: of each a `line` record, from its
 * configuration, and the files that its programs leave, one after the other.
 * health.h reads them.
 */
#ifndef GATHER_H
#define GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "conf/confload.h"
#include "conf/settings.h"
#include "record/messages.h"
#include "record/store.h"

#define GATHER_LINES 64 /* more are left out */

/* Five files and a record. */
#define GATHER_BYTES (5 * STORE_MAX + RECORD_MAX)

struct gather {
	/* Set by the caller. */
	const char *conf_dir, *run_dir; /* of NAME.conf, of directories NAME */
	int64_t now_us;                 /* record time */

	bool closed;                 /* something was refused to this user */
	char failed[STORE_PATH_MAX]; /* the path that a fault is about */
	const char *why;             /* ... in words */
	struct settings settings;
	struct conf_report report;
	char file[STORE_MAX];
};

/* The names of all that are configured or have run, in order, each once. */
size_t gather_names(struct gather *g, char name[static GATHER_LINES][WAN_MAX]);

enum gather_got {
	GATHER_OK,
	GATHER_MISSING, /* there is no such line: `failed` is missing */
	GATHER_FAILED   /* `failed` cannot be read, and `why` */
};
enum gather_got gather_line(struct gather *g, const char *wan,
    struct text *out);

/* Room on the file system of a directory, or of the next one above that may be
 * asked; false: nothing is known. */
bool gather_disk(const char *dir, int64_t *free_bytes, int64_t *total_bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines as the documents of JSON that monitors of the Python program of the
 * same name ask for, wanctl-exporter(8): their keys and types stay as they are,
 * and what is not known is null. Pure.
 */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "monitor/health.h"

/* For a line at most, and for what is of none. */
#define DOCUMENTS_BYTES 16384

struct documents_facts {
	const char *version;
	/* Of the file system that states are kept on. NONE: unknown. */
	const char *disk;
	int64_t free_bytes, total_bytes;
};

/* How all lines are. True if all of them are well. */
bool documents_health(struct text *out, const struct health *line, size_t lines,
    const struct documents_facts *facts);

/* Steering of a line. True if it is well. */
bool documents_steering(struct text *out, const struct health *h,
    const struct documents_facts *facts);

#endif

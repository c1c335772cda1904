/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines as metrics of Prometheus, text format 0.0.4, wanctl-exporter(8): a
 * table of their names, types and sources. What is not known has no sample,
 * and a metric without samples is left out. Pure.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>

#include "base/text.h"
#include "monitor/health.h"

/* For a line at most. */
#define METRICS_BYTES 65536

void metrics_write(struct text *out, const struct health *line, size_t lines,
    const char *version);

/* Name and type of row i; NULL: there is no such row. */
const char *metrics_name(size_t i, const char **type);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of lines, for the programs that show it: program_lines.c. */
#ifndef PROGRAM_LINES_H
#define PROGRAM_LINES_H

#include "monitor/gather.h"
#include "monitor/health.h"

/* Where configurations and durable states are. */
const char *program_config_dir(void);
const char *program_state_dir(void);

/* A name as lines have. */
bool program_is_wan(const char *wan);

/* Sets where to look, and the time. */
void program_lines_begin(struct gather *g);

/* Appends the records of a line. STATUS_OK, or an exit status of what was
 * said; what could be read is there all the same. */
int program_lines_add(struct gather *g, const char *wan, struct text *out);

/* Is it one of these, or are there none? */
bool program_is_named(const char *wan, char *const argv[], int argc);

/* These lines, or all if there are none: their records as text, and read. They
 * are told by the service's socket to who may not look for himself. How many
 * they are. *status is STATUS_OK, or the exit status of what was said; NULL:
 * nothing is said. */
#define PROGRAM_LINES_BYTES (GATHER_LINES * GATHER_BYTES)
size_t program_lines_gather(struct gather *g, char *const argv[], int argc,
    struct health line[static GATHER_LINES],
    char text[static PROGRAM_LINES_BYTES], int *status);

/* All lines, and how many there are; begins by itself. */
size_t program_lines_read(struct gather *g,
    struct health line[static GATHER_LINES]);

#endif

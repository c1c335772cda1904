/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a line is, as rows of a table for people, wanctl-status(8). Pure. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>

#include "monitor/health.h"

#define TABLE_ROW 256

/* The heading; each row, from 0, as long as there is one. *well: nothing is
 * wrong with it. */
void table_heading(char row[static TABLE_ROW]);
bool table_row(const struct health *h, int i, char row[static TABLE_ROW],
    bool *well);

#endif

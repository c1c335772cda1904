/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inventory of a RouterOS router, and its faults for our purpose: a
 * queue that is missing, there twice, disabled, invalid or not CAKE; CAKE with
 * a rate of its own beside that of the queue tree; a rule that is missing,
 * there twice, invalid or dynamic; traffic that is fast-tracked past the
 * queues.
 *
 * Pure: the caller lists these menus with the properties below, gives each row
 * to discovery_add, and has the result told, line by line.
 */
#ifndef DISCOVERY_H
#define DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/settings.h"

#define DISCOVERY_ROWS 128  /* of a menu; what is more is counted */
#define DISCOVERY_VALUE 128 /* a longer value is cut off */
#define DISCOVERY_PROPERTIES 7

enum discovery_menu {
	DISCOVERY_QUEUES,
	DISCOVERY_SIMPLE,
	DISCOVERY_TYPES,
	DISCOVERY_RULES,
	DISCOVERY_FILTERS,
	DISCOVERY_MENUS
};

struct discovery_list {
	const char *menu;                                 /* "queue/tree" */
	const char *properties[DISCOVERY_PROPERTIES + 1]; /* up to a NULL */
};
extern const struct discovery_list discovery_lists[DISCOVERY_MENUS];

struct discovery_row {
	char value[DISCOVERY_PROPERTIES][DISCOVERY_VALUE];
};

/* Zero-initialised: nothing found. */
struct discovery {
	struct discovery_row row[DISCOVERY_MENUS][DISCOVERY_ROWS];
	size_t rows[DISCOVERY_MENUS]; /* also those that had no room */
	bool absent[DISCOVERY_MENUS]; /* the router does not have that menu */
};

/* Whether those settings cannot be judged without that menu. */
bool discovery_needs(const struct settings *s, enum discovery_menu menu);

/* A row: a value for each property, "" where it is absent. */
void discovery_add(struct discovery *d, enum discovery_menu menu,
    const char *const value[]);

/* The inventory, then the faults. Returns the number of faults. */
typedef void discovery_teller(void *user, bool wrong, const char *line);
int discovery_tell(const struct discovery *d, const struct settings *s,
    discovery_teller *tell, void *user);

#endif

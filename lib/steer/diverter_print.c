/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend print: nothing is diverted, it is only remembered. */
#include "steer/diverter.h"

static int
print_open(struct diverter *d)
{
	(void)d;
	return 0;
}

static enum failure
print_get(struct diverter *d, bool *on)
{
	*on = d->print_on;
	return WORKED;
}

static enum failure
print_set(struct diverter *d, bool on)
{
	d->print_on = on;
	return WORKED;
}

static void
print_close(struct diverter *d)
{
	(void)d;
}

const struct diverter_backend diverter_print = { print_open, print_get,
	print_set, print_close };

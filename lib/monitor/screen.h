/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines as a screen for people, wanctl-watch(8): for each direction its state,
 * a bar of its rate below the ceiling with the load in it, the delay of the
 *last minute, and the reason of the last decision. Pure.
 *
 *	cable                                             ok
 *	 down GREEN     45.2 Mbit/s [####===|......] load  57 %
 *	      delay      1.2 ms  ..:.-=+*#=-:.....    the line's capacity
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "monitor/health.h"

#define SCREEN_WIDTH 240  /* a wider terminal is used that far */
#define SCREEN_HEIGHT 120 /* a higher one, too */
#define SCREEN_SECONDS 60 /* that the delay is shown of */

/* A cell may take a colour and three bytes. */
#define SCREEN_BYTES (SCREEN_HEIGHT * (SCREEN_WIDTH * 12 + 32))

/* The greatest delay of each of the last seconds, a ring. Zero-initialised:
 * nothing is known. */
struct screen_past {
	int64_t delta_us[DIRECTIONS][SCREEN_SECONDS]; /* 0: none */
	size_t next;
};

/* A second is over. */
void screen_note(struct screen_past *past, const struct health *h);

struct screen_form {
	int width, height;
	bool colours, blocks; /* of ECMA-48; of Unicode, as UTF-8 */
};

/* Appends the whole screen, from its upper left corner, each row cleared to its
 * end, and what is below them as well. */
void screen_draw(struct text *out, const struct screen_form *form,
    const struct health *line, const struct screen_past *past, size_t lines);

/* A line in short, on one row without its LF, for what is no terminal. */
void screen_short(struct text *out, const struct health *h);

#endif

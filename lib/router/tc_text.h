/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tc(8) on another machine, as text: the commands it is told, and what it
 * prints. For CAKE as the root qdisc of a device, or one class of HTB, on
 * Linux or OpenWrt; nothing but tc and a POSIX shell, which may be that of
 * BusyBox, is needed there.
 *
 * Each script is one line. After each command of it comes a line of ours with
 * the exit status, and one at its end: without that the answer was cut off.
 *
 * It is the text that people read, not JSON: tc has none for classes, and old
 * ones none at all. It says a rate in the largest unit that leaves four
 * digits, so what is set is rounded down to what can be said: 1 kbit/s below
 * 1 Gbit/s, 1 Mbit/s above.
 */
#ifndef TC_TEXT_H
#define TC_TEXT_H

#include "base/failure.h"
#include "router/routeros.h"

#define TC_TEXT_NAME 16
#define TC_TEXT_KEEP 160
#define TC_TEXT_SCRIPT 2048
#define TC_TEXT_LEAST 8000 /* bits a second */

/* Where a direction is shaped. */
struct tc_text_place {
	char device[TC_TEXT_NAME];
	char class[TC_TEXT_NAME]; /* of HTB; "": CAKE, or cake_mq, is the root
				   */
};

struct tc_text_shaper {
	struct routeros_queue q;
	bool autorate; /* CAKE changes its rate itself */
	/* Words that a change repeats: of HTB the options that are to stay; of
	 * CAKE its handle and kind, "handle 8001: cake", so that the kernel
	 * refuses to change what has taken its place. "": not known. */
	char keep[TC_TEXT_KEEP];
};

/* "ifb4wan", or "eth1 1:10". NULL, or why not. */
const char *tc_text_place(struct tc_text_place *place, const char *s);

/* As it will be said, for the comparison with what is read. */
int64_t tc_text_round(int64_t bps);

/* Reads both, after setting those whose bps > 0. `had` is what was read
 * before, of which a change needs `keep`. */
void tc_text_script(char out[static TC_TEXT_SCRIPT],
    const struct tc_text_place place[static DIRECTIONS],
    const int64_t bps[static DIRECTIONS],
    const struct tc_text_shaper had[static DIRECTIONS]);

/* Such a script's output. WORKED and both, and the uptime of the machine
 * or NONE; or why not. Then *said is the line to show to people, "" if there is
 * none. */
enum failure tc_text_read(const char *reply, size_t len,
    const struct tc_text_place place[static DIRECTIONS],
    const int64_t bps[static DIRECTIONS],
    struct tc_text_shaper shaper[static DIRECTIONS], int64_t *uptime_us,
    struct slice *said);

#endif

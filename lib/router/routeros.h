/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of RouterOS 7, as text: commands of its console and their
 * output, and the bodies of its REST interface.
 *
 * The console says nothing of how a command ended: the exit status means
 * nothing and errors look like output. So each script is one line that counts
 * what it is about, does it, and prints a line that begins with a word of
 * ours, with what is in effect then. Only that line is evidence. The output
 * of "print" is for people and never read.
 *
 * A REST body is an object or an array of objects whose values are strings.
 */
#ifndef ROUTEROS_H
#define ROUTEROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "record/record.h"
#include "record/zone.h"

/* A queue of the queue tree. Counters since it was made, reset or booted;
 * NONE of messages.h where not known. */
struct routeros_queue {
	int64_t bps, bytes, packets, drops, backlog, queued;
};

struct routeros_flags {
	bool disabled, invalid;
};

/* --- console --------------------------------------------------------------*/

#define ROUTEROS_SCRIPT 4096

/* Names and comments may be any printable ASCII. A simple queue has both
 * directions: it is that of the first name. */
void routeros_get_queues(char out[static ROUTEROS_SCRIPT],
    const char *const name[static DIRECTIONS], bool simple);

/* bps <= 0 leaves that direction alone, but of a simple queue both are set. */
void routeros_set_queues(char out[static ROUTEROS_SCRIPT],
    const char *const name[static DIRECTIONS], bool simple,
    const int64_t bps[static DIRECTIONS]);

/* on: 0, 1, or -1 to leave it as it is. */
void routeros_rule_script(char out[static ROUTEROS_SCRIPT], const char *comment,
    int on);

/* Whether what is there takes effect: "disabled" and "invalid" of each. These
 * are scripts of their own, for a console that does not know the properties
 * may refuse a whole script for them. */
void routeros_queue_flags(char out[static ROUTEROS_SCRIPT],
    const char *const name[static DIRECTIONS], bool simple);
void routeros_rule_flags(char out[static ROUTEROS_SCRIPT], const char *comment);

#define ROUTEROS_UPTIME_SCRIPT                                      \
	":put (\"WANCTL-OK \".[/system resource get uptime].\" \"." \
	"[/system resource get write-sect-since-reboot])"

/* All rows of a menu, "queue/tree", each with these properties (up to a NULL).
 * Its output is taken apart by routeros_next_line: 1 and a line of ours,
 * without its first word: a row begins (*is_row), or the value of the next
 * property; 0 at its proper end; -1 if that is missing. Begin with at = 0. */
void routeros_list_script(char out[static ROUTEROS_SCRIPT], const char *menu,
    const char *const properties[]);
int routeros_next_line(const char *reply, size_t len, size_t *at, bool *is_row,
    struct slice *value);
/* What a list without its end says instead, as the functions below. */
enum failure routeros_read_refusal(const char *reply, size_t len,
    struct slice *said);

/* A script's output. WORKED and the result, or why not; then *said is the
 * line to show to people, "" if there is none. A reply without our line, cut
 * off, is FAILURE_GARBLED. The third is of a set, in which 0
 * is a direction that was left alone. */
enum failure routeros_read_queues(const char *reply, size_t len, bool simple,
    struct routeros_queue q[static DIRECTIONS], struct slice *said);
enum failure routeros_read_set(const char *reply, size_t len, bool simple,
    int64_t bps[static DIRECTIONS], struct slice *said);
enum failure routeros_read_rule(const char *reply, size_t len, bool *on,
    struct slice *said);
enum failure routeros_read_flags(const char *reply, size_t len,
    struct routeros_flags flags[], size_t count);
enum failure routeros_read_uptime(const char *reply, size_t len,
    int64_t *uptime_us, int64_t *sectors, struct slice *said);

/* "2d20h12m20s", "1w2d03:04:05". NULL, or why not. */
const char *routeros_duration(const char *s, size_t len, int64_t *us);

/* "20000000", and "20M" as print has it. NULL, or why not. */
const char *routeros_number(const char *s, size_t len, int64_t *n);

/* --- REST --------------------------------------------------------------- */

#define ROUTEROS_FIELDS 64

struct routeros_row {
	struct {
		struct slice key, value; /* as in the body, still escaped */
	} field[ROUTEROS_FIELDS];
	size_t fields;
};

/* The next object of a body. 1, 0 at its proper end, -1 if it is not such
 * body. Begin with at = 0. Control bytes inside strings are taken as they
 * are, and of a key that is there twice the last counts: both happen. */
int routeros_next(const char *body, size_t len, size_t *at,
    struct routeros_row *row);

/* The value of a key, unescaped. false if absent, or longer than size. */
bool routeros_text(const struct routeros_row *row, const char *key, char *out,
    size_t size);

/* -1 if it is absent or no number. */
int64_t routeros_count(const struct routeros_row *row, const char *key);

/* Of a simple queue: "upload/download". -1 each if it is not that. */
void routeros_counts(const struct routeros_row *row, const char *key,
    int64_t n[static DIRECTIONS]);

/* An id as it may stand in a URL: "*" and hexadecimal digits. */
#define ROUTEROS_ID 24
bool routeros_is_id(const char *s);

/* The failure that a status code and its body mean. *said is for people. */
enum failure routeros_rest_error(long status, const char *body, size_t len,
    char *said, size_t size);

/* The failure that an error text of the console or REST means. */
enum failure routeros_why(const char *text, size_t len);

#endif

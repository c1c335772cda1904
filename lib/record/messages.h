/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of records of wanctl-records(5) as C structures.
 *
 * One table per kind names its keys, types, bounds and which are required;
 * reading, writing and the manual's test all go by it. An absent optional
 * number is NONE, an absent optional word "".
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/event.h"
#include "record/record.h"
#include "record/zone.h"

#define NONE INT64_MIN
#define T_MAX ((int64_t)1 << 53) /* the year 2255, and exact in JSON */
#define WAN_MAX 33               /* a WAN's name with its NUL */
#define HOST_MAX 64              /* a numeric address with its NUL */
#define WORD_MAX 33

/* One probe, answered or given up: wanctl-ping. */
struct rtt {
	int64_t t_us;
	char wan[WAN_MAX], host[HOST_MAX];
	int64_t seq;
	int64_t us;             /* round trip on the line; absent when lost */
	int64_t up_us, down_us; /* one-way, with an unknown constant offset */
	int64_t queued_us;      /* time in our own shaper before it left */
	int64_t lost;           /* 1, or absent */
	int64_t late; /* 1: answered after the time-out; us is its true value */
	char method[WORD_MAX], name[WORD_MAX];
};

/* Counters of one direction: wanctl-queue. Totals since the shaper or device
 * came up; a reader takes differences. */
struct queue {
	int64_t t_us;
	char wan[WAN_MAX];
	int64_t dir;
	char source[WORD_MAX]; /* cake, htb or device */
	int64_t bytes, packets, drops, marks;
	int64_t backlog;                      /* bytes waiting now */
	int64_t delay_us, peak_us, sparse_us; /* worst tin, see the manual */
	int64_t bps;                          /* what the shaper is set to */
	int64_t line_bytes; /* of the WAN's device, in this direction */
	int64_t queued;     /* packets waiting now */
};

/* A decision: wanctl-assess. */
struct rate {
	int64_t t_us;
	char wan[WAN_MAX];
	int64_t dir, bps, was;
	int64_t state; /* enum zone */
	int64_t delta_us, base_us;
	int64_t load;    /* per cent of the shaper's rate */
	int64_t goodput; /* bits a second through the shaper */
	char evidence[WORD_MAX], why[WORD_MAX];
};

/* The shaper's rate after a decision: wanctl-setrate. */
struct applied {
	int64_t t_us;
	char wan[WAN_MAX];
	int64_t dir;
	int64_t bps;  /* read back; absent when it could not be read */
	int64_t was;  /* before; absent when it could not be read */
	int64_t want; /* what the decision asked for */
	int64_t took_us;
	int64_t ok;    /* 1: the shaper has what was asked for */
	int64_t wrote; /* 1: it was written for this record */
	char why[WORD_MAX];
};

/* A decision where traffic goes: wanctl-steer. */
enum vote { VOTE_UNKNOWN, VOTE_GREEN, VOTE_YELLOW, VOTE_RED };
#define VOTES 4
extern const char *const vote_names[VOTES];

enum alternate {
	ALTERNATE_GOOD,
	ALTERNATE_WORSE,
	ALTERNATE_DEAD,
	ALTERNATE_SILENT
};
#define ALTERNATES 4
extern const char *const alternate_names[ALTERNATES];

struct steer {
	int64_t t_us;
	char wan[WAN_MAX], to[WAN_MAX];
	int64_t on;         /* 1: traffic goes to the other line */
	int64_t dry_run;    /* 1: it must not be carried out */
	int64_t changed;    /* 1: it was otherwise before */
	int64_t confidence; /* 0..100 */
	int64_t state;      /* enum vote */
	int64_t delta_us;   /* above the baseline */
	int64_t drops, queued, rtt_us;
	int64_t alternate; /* enum alternate */
	int64_t to_rtt_us;
	char signals[WORD_MAX]; /* that could be had, e.g. delta-drops-queue */
	char why[WORD_MAX];
};

/* The diverter's state after a decision: wanctl-steer. */
struct diverted {
	int64_t t_us;
	char wan[WAN_MAX], to[WAN_MAX];
	int64_t want; /* as decided */
	int64_t on;   /* as read back; absent when it could not be read */
	int64_t took_us;
	int64_t ok, wrote;
	char why[WORD_MAX];
};

/* Something that somebody should be told: wanctl-alert. */
struct alert {
	int64_t t_us;
	char wan[WAN_MAX];
	char dir[WORD_MAX]; /* "": of the line */
	int64_t event;      /* number of a word in event_words */
	int64_t severity;   /* enum severity */
	char state[WORD_MAX];
	int64_t delta_us, bps; /* of its last decision */
	int64_t for_us;        /* how long it has held */
	int64_t resolved;      /* 1: it is over */
	char why[WORD_MAX];
};

/* A part of what wanctl-assess knows: see parcel.h. */
#define MEMORY_TEXT 321 /* with its NUL */
struct memory {
	int64_t t_us;
	char wan[WAN_MAX];
	int64_t part, of; /* of so many, from 1 */
	char text[MEMORY_TEXT];
};

enum message_type {
	MESSAGE_INT,
	MESSAGE_ENUM, /* int64_t, one of words */
	MESSAGE_NAME, /* char[], text_is_name() */
	MESSAGE_HOST, /* char[], text_is_host() */
	MESSAGE_TEXT, /* char[], any value */
};

struct message_field {
	const char *key;
	enum message_type type;
	bool required;
	size_t offset, size; /* size of a char[] */
	int64_t lo, hi;      /* of an integer; words[0..hi] of an enum */
	const char *const *words;
};

struct message_kind {
	const char *kind;
	const struct message_field *fields;
	size_t count;
};

/* Rows of a table: of a structure `s`, the key, the member, bounds. */
/* clang-format off */
#define FIELD_INT(s, key, member, required, lo, hi) \
	{ key, MESSAGE_INT, required, offsetof(struct s, member), 0, \
	  lo, hi, NULL }
#define FIELD_ENUM(s, key, member, words, count) \
	{ key, MESSAGE_ENUM, true, offsetof(struct s, member), 0, \
	  0, (count) - 1, words }
#define FIELD_TEXT(s, key, member, type, required) \
	{ key, type, required, offsetof(struct s, member), \
	  sizeof(((struct s *)0)->member), 0, 0, NULL }
#define FIELD_COUNT(table) (sizeof(table) / sizeof(table)[0])
/* clang-format on */

extern const struct message_kind message_rtt, message_queue, message_rate,
    message_applied, message_steer, message_diverted, message_alert,
    message_memory;

/* All kinds that go through pipes, ended by NULL. */
extern const struct message_kind *const message_kinds[];

/* Fills *out, the structure of that kind, from a record of that kind; unknown
 * keys are ignored. NULL, or the reason, and then *culprit is the key that it
 * is about and *out is undefined. */
const char *message_unpack(const struct message_kind *k, void *out,
    const struct record *r, const char **culprit);

/* Writes *in as a line with LF and NUL and returns its length, at most
 * RECORD_MAX; 0 when it would not fit, which bounded fields exclude. */
size_t message_pack(const struct message_kind *k,
    char out[static RECORD_MAX + 1], const void *in);

/* Sets every field of *out to absent. */
void message_clear(const struct message_kind *k, void *out);

#endif

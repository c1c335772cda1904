/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probing as rules: whom to probe when, and what an answer, a stamp, an error
 * or silence means. Time is an argument; sockets are elsewhere (pinger.h).
 *
 * The schedule. Each of n targets is probed once an interval, in turns: a tick
 * every interval / n, up to a tenth of that earlier or later by chance, so
 * that nothing locks to another process with a period. Missed ticks are left
 * out: after a pause one probe is sent, not a burst. No target is ever probed
 * twice within PROBING_LEAST_US. Where fewer than all are to take part, a
 * turn belongs to one of n places, and each place is a target's; the others are
 * probed only when they are urged.
 *
 * A probe has one result, and each result is told once:
 *
 *	answered   its round trip
 *	lost       its time-out passed, or an error said that nobody will answer
 *	late       an answer after that; told in addition to lost
 *
 * An answer that repeats one, or has no token of ours, or comes from another
 * address than was asked, is counted and is nothing else.
 *
 * The round trip is taken between stamps of the kernel, and so is not longer
 * because the machine is busy. They are of the wall clock, which may be set at
 * any time. So the offset between wall clock and monotonic clock is kept with
 * the probe: if it moved, or a stamp is missing or cannot be, the round trip
 * is the monotonic time between sending and reading.
 */
#ifndef PROBING_H
#define PROBING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/settings.h"
#include "probe/stamps.h"

#define PROBING_TARGETS SETTINGS_HOSTS
#define PROBING_LEAST_US 200000     /* at most 5 probes a second to a target */
#define PROBING_LONGEST_US 10000000 /* a longer round trip is none */
#define PROBING_LATE 4 /* time-outs for which a late answer is recognised */
#define PROBING_STEP_NS 200000 /* a clock that moved this much was set */
#define PROBING_HOLD_US 50000  /* most that an answer waits for a stamp */
/* Probes remembered: PROBING_LONGEST_US of all targets at PROBING_LEAST_US. */
#define PROBING_RING 2048

/* Both clocks, read together. */
struct instant {
	int64_t us;        /* monotonic */
	int64_t offset_ns; /* wall clock minus monotonic */
};

enum probe_state {
	PROBE_NONE,
	PROBE_SENT,
	PROBE_HELD, /* answered, but its stamp of sending is not there yet */
	PROBE_ANSWERED,
	PROBE_LOST,
	PROBE_LATE,
};

struct probe {
	uint64_t token;
	int64_t seq;
	struct instant sent; /* just before */
	/* Stamps of the kernel, nanoseconds of the wall clock; 0: none. */
	int64_t queued_ns, left_ns;
	struct stamps stamps; /* the reflector's, when it was asked for them */
	struct stamps_exact exact; /* the same by STAMP */
	uint32_t key;
	unsigned char target, socket, state;
	bool asks_stamps, asks_exact, connects;
};

struct probing_target {
	int64_t seq;     /* probes sent, or that were to be sent */
	int64_t sent_us; /* when, the last one */
	bool urgent;     /* to be probed before its turn */
};

struct probing {
	/* Given. */
	size_t targets;
	size_t places;
	unsigned char place[PROBING_TARGETS]; /* whose it is */
	int64_t interval_us, timeout_us;
	int64_t count; /* of each target; 0: no end */

	/* The schedule. */
	int64_t start_us;
	int64_t tick; /* number of the next one */
	int64_t due_us;
	struct probing_target target[PROBING_TARGETS];

	/* Probes; the one with number i is in ring[i % size]. */
	struct probe ring[PROBING_RING];
	size_t size;
	int64_t next;   /* number of the next one */
	int64_t oldest; /* all before it have a result */

	/* The answer that waits for its stamp of sending; number -1: none. */
	struct {
		int64_t number, received_ns, until_us;
		struct instant read;
	} held;

	/* Wall clock minus monotonic clock at the first probe: one-way delays
	 * go by this, as setting the wall clock must not change them. */
	int64_t offset_ns;

	/* For the curious. */
	int64_t sent, answered, duplicates, foreign, impossible;
};

/* The end of a probe. */
struct outcome {
	size_t target;
	int64_t seq;
	int64_t us;        /* round trip; 0: lost */
	int64_t queued_us; /* in our own queue before; -1: not known */
	bool late;
	bool asked_stamps;      /* the reflector, for its time stamps */
	bool connected;         /* it was a TCP connection */
	bool one_way;           /* there are one-way delays */
	int64_t up_us, down_us; /* with an unknown offset, see stamps.h */
};

/* targets <= PROBING_TARGETS; the first tick is now. */
void probing_init(struct probing *p, size_t targets, int64_t interval_us,
    int64_t timeout_us, int64_t count, int64_t now_us);

/* Only the first n take turns, 1 <= n <= targets; to be told at the start, and
 * only if there is no count. And: `to`, which has no place, takes that of
 * `from`. */
void probing_limit(struct probing *p, size_t n);
void probing_replace(struct probing *p, size_t from, size_t to);

/* The target whose turn it is now, -1 if nobody's. `random` is any number.
 * The caller then calls one of probing_sent, probing_unsent or probing_skip.
 */
int probing_turn(struct probing *p, int64_t now_us, uint64_t random);

/* The sequence number that the next probe will have on the wire. */
uint16_t probing_wire_seq(const struct probing *p);

/* A probe was sent, at *sent; its stamps of sending will come with this key.
 * Returns it; the caller sets asks_stamps or asks_exact, and stamps or exact
 * before it tells the answer. */
struct probe *probing_sent(struct probing *p, int target, unsigned socket,
    uint64_t token, uint32_t key, const struct instant *sent);

/* A probe, by TCP if it connects, could not be sent: it is lost. */
void probing_unsent(struct probing *p, int target, bool connects,
    int64_t now_us, struct outcome *out);

/* The turn passes without a probe; if it counts, it is one of `count`. */
void probing_skip(struct probing *p, int target, bool counts);

/* This target is probed at once. */
void probing_urge(struct probing *p, size_t target);

/* A stamp of sending. */
enum probing_stamp { PROBING_QUEUED, PROBING_LEFT };
void probing_stamp(struct probing *p, unsigned socket, uint32_t key,
    enum probing_stamp what, int64_t stamp_ns);

/* The probe that an answer or an error with this sequence number and token is
 * about, or NULL, which is counted as foreign. */
struct probe *probing_find(struct probing *p, unsigned socket, uint16_t seq,
    uint64_t token);

/* An answer to that probe, read at *read and stamped by the kernel at
 * received_ns (0: not). If `wait`, the stamp of sending is still expected, and
 * the outcome may come later from probing_expire. True if *out is set. */
bool probing_answer(struct probing *p, struct probe *probe, int64_t received_ns,
    const struct instant *read, bool wait, struct outcome *out);

/* Nobody will answer that probe. True if *out is set. */
bool probing_error(struct probing *p, struct probe *probe, struct outcome *out);

/* Whether a probe's time-out has passed, so that it is lost unless its answer
 * is only not read yet. */
bool probing_overdue(const struct probing *p, int64_t now_us);

/* The passing of time; true if *out is set, and then more may follow. */
bool probing_expire(struct probing *p, int64_t now_us, struct outcome *out);

/* When probing_turn or probing_expire next have something to do; INT64_MAX
 * when all is done. */
int64_t probing_due_us(const struct probing *p);
bool probing_done(const struct probing *p);

#endif

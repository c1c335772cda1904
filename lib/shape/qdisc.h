/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel messages about shapers as bytes: what to ask, what was answered.
 *
 * Requests are built into a caller's buffer, answers are read from one, with
 * every length checked; nothing is sent here. Both are aligned as struct
 * nlmsghdr is. Rates are bits a second on our
 * side and bytes a second on the kernel's. Layouts are those of
 * linux/pkt_sched.h, linux/gen_stats.h, linux/if_link.h.
 */
#ifndef QDISC_H
#define QDISC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QDISC_REQUEST 256           /* longest request */
#define QDISC_TINS 8                /* most of CAKE: diffserv8, precedence */
#define QDISC_BPS_MAX 1000000000000 /* more is read as this */

/* One of CAKE's priority tins. Its delays stay what they were while no packet
 * of it moves, so they are worth nothing without `packets`. */
struct qdisc_tin {
	int64_t packets; /* that came into it */
	int64_t delay_us, peak_us, base_us;
};

/* As much of tc_ratespec as survives a change of the rate, and the depth of
 * its bucket in ticks of 64 ns at that rate. */
struct qdisc_bucket {
	int64_t bytes_ps;
	uint16_t overhead, mpu;
	uint8_t linklayer;
	uint32_t ticks;
};

/* One qdisc or class; NONE where the kernel said nothing. */
struct qdisc {
	char kind[16];
	uint32_t handle; /* of a qdisc, or class id */
	uint32_t parent;
	int64_t bps;   /* 0: unlimited */
	bool autorate; /* CAKE changes the rate itself */
	int64_t bytes, packets, drops, marks, backlog;
	int64_t queued;                   /* packets waiting now */
	struct qdisc_tin tin[QDISC_TINS]; /* CAKE */
	size_t tins;
	struct qdisc_bucket rate, ceil; /* HTB */
	uint32_t quantum, prio;         /* HTB */
};

struct link_counters {
	int64_t rx_bytes, rx_packets, rx_drops;
	int64_t tx_bytes, tx_packets, tx_drops;
};

/* Requests; each returns its length. `seq` comes back in the answer. A mere
 * acknowledgement says that there is no qdisc. */
size_t qdisc_ask_root(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);
size_t qdisc_ask_class(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, uint32_t class);
size_t qdisc_ask_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);

/* Changes the rate of the CAKE or HTB class that was read into *q, and nothing
 * else; the kernel refuses it if another qdisc has taken its place, and else
 * answers with what it has now, for qdisc_read. bps >= 8,
 * as 0 bytes a second would mean unlimited. Of an HTB class both the rate and
 * the ceiling become bps; its burst stays the same number of bytes, but at
 * least one packet. */
size_t qdisc_set_cake(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps);
size_t qdisc_set_htb(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps);

/* Answers: the whole netlink message. NULL, or why it cannot be read. */
const char *qdisc_read(struct qdisc *q, const unsigned char *message,
    size_t len);
const char *qdisc_read_link(struct link_counters *c,
    const unsigned char *message, size_t len);

/* The tin with the longest average delay among those that took packets between
 * two readings; NULL if none did, or if they are not readings of one qdisc. */
const struct qdisc_tin *qdisc_slowest(const struct qdisc *now,
    const struct qdisc *before);

#endif

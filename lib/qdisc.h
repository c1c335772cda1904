/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel messages about shapers as bytes: what to ask, what was answered.
 *
 * Requests are built into a caller's buffer, answers are read from one, with
 * every length checked; nothing is sent here. Rates are bits a second on our
 * side and bytes a second on the kernel's. Layouts are those of
 * linux/pkt_sched.h, linux/gen_stats.h, linux/if_link.h.
 */
#ifndef QDISC_H
#define QDISC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QDISC_REQUEST 512 /* longest request */

/* Counters of one direction; NONE where the kernel said nothing. */
struct qdisc {
	char kind[16];
	uint32_t handle; /* of a qdisc, or class id */
	uint32_t parent;
	int64_t bps;   /* 0: unlimited */
	bool autorate; /* CAKE changes the rate itself */
	int64_t bytes, packets, drops, marks, backlog;
	int64_t delay_us, peak_us, base_us; /* of the tin that waits longest */
	uint32_t burst, cburst, quantum, prio; /* HTB, as the kernel has them */
};

struct link_counters {
	int64_t rx_bytes, rx_packets, rx_drops;
	int64_t tx_bytes, tx_packets, tx_drops;
};

/* Requests; each returns its length. `seq` comes back in the answer. */
size_t qdisc_ask_root(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);
size_t qdisc_ask_class(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, uint32_t class);
size_t qdisc_ask_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);

/* Changes the rate of the CAKE or HTB class that was read into *q, and nothing
 * else; the kernel refuses it if another qdisc has taken its place. */
size_t qdisc_set_cake(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps);
size_t qdisc_set_htb(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps);

/* Answers: the whole netlink message. NULL, or why it cannot be read. */
const char *qdisc_read(struct qdisc *q, const unsigned char *message,
    size_t len);
const char *qdisc_read_link(struct link_counters *c,
    const unsigned char *message, size_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel messages that make shapers, as bytes: an ifb, qdiscs, and a filter
 * that redirects what arrives to it. What is made carries a mark, so that it is
 * known again: an ifb its group, a qdisc its handle, a filter its preference,
 * all of them SETTINGS_MADE.
 *
 * Requests are built into a caller's buffer of QDISC_REQUEST bytes; each
 * returns its length. The kernel refuses each that makes something if there is
 * something already, and each that removes something if it is not what was
 * read. Pure, as qdisc.h, which has requests that read and set.
 */
#ifndef TC_MESSAGES_H
#define TC_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shape/cake_options.h"
#include "shape/qdisc.h"

#define TC_HANDLE ((uint32_t)SETTINGS_MADE << 16)
#define TC_INGRESS_HANDLE 0xffff0000u /* always, of an ingress qdisc */

struct tc_link {
	int ifindex;
	char kind[16]; /* "ifb"; "" of one that is hardware */
	uint32_t group;
	bool up;
	bool ethernet; /* packets have its header */
};

/* What is done with packets that arrive at a device. */
struct tc_filters {
	int made, others; /* messages about filters with and without our mark */
	int made_to;      /* device that ours redirects to, 0: to none */
	int others_to;    /* the same of the first other that redirects */
};

/* What is there for a direction. */
struct tc_look {
	bool has_device, has_feeder;
	struct tc_link device;    /* of the direction */
	struct qdisc root;        /* kind "": none */
	struct cake_options cake; /* of the root, if it is one */
	struct qdisc class;       /* HTB, as configured; kind "": none */
	char leaf[16];            /* kind of the queue below it; "": none */
	struct tc_link feeder;    /* [wan] device, if it is needed */
	char ingress[16]; /* kind of the qdisc of what arrives; "": none */
	struct tc_filters filters;
};

/* Is the root qdisc ours, or a default one, which is nobody's? */
bool tc_is_made(const struct qdisc *root);
bool tc_is_free(const struct qdisc *root);

/* Devices. */
size_t tc_ask_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    const char *name);
size_t tc_add_ifb(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    const char *name);
size_t tc_raise_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);
size_t tc_delete_link(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);

/* Qdiscs at the root, and what shapes by HTB: the class that it is about and
 * the queue below it. q is of the class: its handle, buckets and their rate. */
size_t tc_add_cake(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct cake_options *o, int64_t bps);
size_t tc_change_cake(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct cake_options *o);
size_t tc_add_htb(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, uint32_t class);
size_t tc_add_htb_class(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const struct qdisc *q, int64_t bps);
size_t tc_add_fq_codel(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, uint32_t class);
size_t tc_ask_leaf(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, uint32_t class);
size_t tc_delete_root(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, const char *kind);

/* What arrives. */
size_t tc_ask_ingress(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);
size_t tc_add_ingress(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);
size_t tc_delete_ingress(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);
size_t tc_dump_filters(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);
size_t tc_add_redirect(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex, int to);
size_t tc_delete_redirect(unsigned char out[static QDISC_REQUEST], uint32_t seq,
    int ifindex);

/* Answers: the whole netlink message. NULL, or why it cannot be read. The last
 * is one of a dump, and counts in *f, which is zeroed before the first. */
const char *tc_read_link(struct tc_link *l, const unsigned char *message,
    size_t len);
const char *tc_read_cake(struct cake_options *o, const unsigned char *message,
    size_t len);
const char *tc_read_filter(struct tc_filters *f, const unsigned char *message,
    size_t len);

#endif

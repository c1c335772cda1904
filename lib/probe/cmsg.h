/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's notes beside a packet: control messages of recvmsg(2) that are
 * about time stamps and errors.
 */
#ifndef CMSG_H
#define CMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cmsg_about {
	CMSG_PACKET, /* a packet that came in */
	CMSG_QUEUED, /* a stamp: one of ours entered the device's queue */
	CMSG_LEFT,   /* a stamp: it was given to the device */
	CMSG_ERROR,  /* an ICMP error about one of ours */
	CMSG_OTHER,  /* something else from the error queue */
};

struct cmsg {
	enum cmsg_about about;
	int64_t stamp_ns; /* CLOCK_REALTIME; 0: none */
	uint32_t key;     /* which packet left: packets sent before it */
	int error;        /* an errno, of CMSG_ERROR */
};

/* Room for what comes with one message. */
#define CMSG_SIZE 256

/* The message at *at, which begins as 0, of `len` bytes of msg_control. False:
 * no more, or a length that cannot be. The C libraries' own macros for this
 * differ in their types. */
struct cmsg_part {
	int level, type;
	const uint8_t *data; /* in control */
	size_t len;
};
bool cmsg_next(const void *control, size_t len, size_t *at,
    struct cmsg_part *part);

/* Reads msg_control of `len` bytes. Both forms of time stamps are understood,
 * with 64-bit seconds and with this machine's long. */
void cmsg_parse(struct cmsg *c, const void *control, size_t len);

#endif

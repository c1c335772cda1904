/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says beside a packet: the control messages of recvmsg(2)
 * that are about time stamps and errors.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum control_about {
	CONTROL_PACKET, /* a packet that came in */
	CONTROL_QUEUED, /* a stamp: one of ours entered the device's queue */
	CONTROL_LEFT,   /* a stamp: it was given to the device */
	CONTROL_ERROR,  /* an ICMP error about one of ours */
	CONTROL_OTHER,  /* something else from the error queue */
};

struct control {
	enum control_about about;
	int64_t stamp_ns; /* CLOCK_REALTIME; 0: none */
	uint32_t key;     /* which packet left: packets sent before it */
	int error;        /* an errno, of CONTROL_ERROR */
};

/* Room for what comes with one message. */
#define CONTROL_SIZE 256

/* Reads msg_control of `len` bytes. Both forms of time stamps are understood,
 * with 64-bit seconds and with this machine's long. */
void control_parse(struct control *c, const void *control, size_t len);

#endif

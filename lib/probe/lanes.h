/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the sockets side by side a packet goes into: by its source address,
 * of IPv6 the first half, and by a secret, so that a flood fills the buffer of
 * one lane and nobody can choose whose that is. Neighbours do not stay
 * together: the address is mixed as the last step of MurmurHash3 does it, two
 * times a shift that is folded in and a product, with odd factors out of the
 * secret.
 */
#ifndef LANES_H
#define LANES_H

#include <linux/filter.h>
#include <stdint.h>

#define LANES_LOG2 4
#define LANES (1 << LANES_LOG2)
#define LANES_CODE 15

/* The program for SO_ATTACH_REUSEPORT_CBPF; family is AF_INET or AF_INET6. */
void lanes_program(struct sock_filter code[static LANES_CODE], int family,
    uint64_t secret);

#endif

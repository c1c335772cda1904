/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/lanes.h"

#include <string.h>
#include <sys/socket.h>

#define SOURCE_4 12 /* where the source address is in a header of IPv4 */
#define SOURCE_6 8  /* ... and of IPv6 */

void
lanes_program(struct sock_filter code[static LANES_CODE], int family,
    uint64_t secret)
{
	const uint32_t factor = (uint32_t)secret | 1;
	const uint32_t other = (uint32_t)(secret >> 32) | 1;
	const uint32_t at = (uint32_t)SKF_NET_OFF +
	    (family == AF_INET ? SOURCE_4 : SOURCE_6);
	const struct sock_filter program[LANES_CODE] = {
		/* X is what there is beside the first word. */
		family == AF_INET ?
		    (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, 0) :
		    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			at + 4),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, other),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		/* a ^= a >> 16; a *= factor; */
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, factor),
		/* a ^= a >> 15; a *= other; the highest bits */
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 15),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, other),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 32 - LANES_LOG2),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};

	memcpy(code, program, sizeof program);
}

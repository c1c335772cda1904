/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The result of iperf3 -J (RFC 8259), read with jsmn: what the receiver got,
 * or the message of its error. Any other JSON is refused.
 */
#ifndef IPERF_H
#define IPERF_H

#include <stddef.h>
#include <stdint.h>

#define IPERF_TOKENS 16384 /* of a minute with eight flows */
#define IPERF_ERROR 128

struct iperf_result {
	int64_t bps;             /* end.sum_received.bits_per_second, or -1 */
	char error[IPERF_ERROR]; /* "" if there was none; printable */
};

/* NULL, or why it is not such a result; *out is written only on success. */
const char *iperf_parse(const char *text, size_t len, struct iperf_result *out);

#endif

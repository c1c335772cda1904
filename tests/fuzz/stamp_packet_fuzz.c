/* SPDX-License-Identifier: GPL-2.0-or-later */
/* STAMP from the network: whatever is reflected keeps its length and is an
 * answer with the request's token, which nobody answers again; and of an
 * answer only what is in its bytes is believed. */
#include "probe/stamp_packet.h"

#include "fuzz.h"

static uint8_t copy[4096];

static void
check_one_way(const struct stamp_packet_answer *a, int64_t left_ns)
{
	int64_t us = -1, up_us = -1, down_us = -1;

	must(a->times.received_ns >= 0);
	must(a->times.received_ns < STAMPS_WRAP_NS);
	must(a->times.sent_ns >= 0 && a->times.sent_ns < STAMPS_WRAP_NS);
	if (stamps_exact_one_way(&a->times, left_ns, left_ns + 9999999999, &us,
		&up_us, &down_us)) {
		must(us >= 1 && us < 10000000);
		must(up_us + down_us == us);
	} else {
		must(us == -1 && up_us == -1 && down_us == -1);
	}
}

static void
check_reflected(const uint8_t *data, size_t size)
{
	const int64_t now_ns = (int64_t)1800000000 * 1000000000 + 1;
	struct stamp_packet_request request;
	struct stamp_packet_answer a;

	memcpy(copy, data, size);
	if (stamp_packet_reflect(copy, size, now_ns, 64) != NULL) {
		must(memcmp(copy, data, size) == 0);
		return;
	}
	must(size >= STAMP_SIZE);
	must(memcmp(copy + STAMP_SIZE, data + STAMP_SIZE, size - STAMP_SIZE) ==
	    0);
	must(stamp_packet_request_parse(&request, data, size) == NULL);
	must(stamp_packet_answer_parse(&a, copy, size) == NULL);
	must(a.request.token == request.token);
	must(a.request.seq == request.seq);
	must(a.times.received_ns == now_ns && a.ttl == 64);
	must(stamp_packet_reflect(copy, size, now_ns, 64) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stamp_packet_answer before = { .ttl = 7 };
	struct stamp_packet_answer a = before;

	if (size > sizeof copy)
		return 0;
	if (stamp_packet_answer_parse(&a, data, size) == NULL) {
		must(size >= STAMP_SIZE);
		must(a.ttl == data[40]);
		check_one_way(&a, 0);
		check_one_way(&a, INT64_MAX - 9999999999);
	} else {
		must(memcmp(&a, &before, sizeof a) == 0);
	}
	check_reflected(data, size);
	return 0;
}

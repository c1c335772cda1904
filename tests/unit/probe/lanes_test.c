/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which lane a source is in, as the kernel works it out. */
#include "probe/lanes.h"

#include <string.h>
#include <sys/socket.h>

#include "../random.h"
#include "../tap.h"

#define SECRETS 2000
#define SOURCES 64

/* What the kernel does with the program: a packet's words are given by their
 * place in the header. */
static uint32_t
run(const struct sock_filter code[static LANES_CODE],
    const uint32_t header[static 10])
{
	uint32_t a = 0, x = 0;

	for (int i = 0; i < LANES_CODE; i++) {
		uint32_t k = code[i].k;

		switch (code[i].code) {
		case BPF_LD | BPF_IMM:
			a = k;
			break;
		case BPF_LD | BPF_W | BPF_ABS:
			a = header[(k - (uint32_t)SKF_NET_OFF) / 4];
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_ALU | BPF_ADD | BPF_X:
			a += x;
			break;
		case BPF_ALU | BPF_XOR | BPF_X:
			a ^= x;
			break;
		case BPF_ALU | BPF_MUL | BPF_K:
			a *= k;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= k;
			break;
		case BPF_RET | BPF_A:
			return a;
		default:
			return UINT32_MAX;
		}
	}
	return UINT32_MAX;
}

static uint32_t
lane_of(int family, uint64_t secret, uint32_t first, uint32_t second)
{
	struct sock_filter code[LANES_CODE];
	uint32_t header[10] = { 0 };

	header[family == AF_INET ? 3 : 2] = first;
	if (family == AF_INET6)
		header[3] = second;
	lanes_program(code, family, secret);
	return run(code, header);
}

/* The most sources in one lane, and whether any was in none, of neighbours that
 * are `apart`. */
static int
fullest(int family, uint64_t secret, uint32_t from, uint32_t apart)
{
	int in[LANES] = { 0 }, most = 0;

	for (uint32_t i = 0; i < SOURCES; i++) {
		uint32_t lane = family == AF_INET ?
		    lane_of(family, secret, from + i * apart, 0) :
		    lane_of(family, secret, 0x20010db8, from + i * apart);

		if (lane >= LANES)
			return SOURCES + 1;
		if (++in[lane] > most)
			most = in[lane];
	}
	return most;
}

/* Of 64 sources a lane has 4, the fullest 8 to 9 if chance were perfect; 24
 * would be a lane that neighbours share. */
static void
spread(int family, uint32_t apart, const char *what)
{
	int64_t sum = 0;
	int most = 0, bad = 0;

	for (int i = 0; i < SECRETS; i++) {
		int n = fullest(family, random_bits(), 0x7f000101, apart);

		sum += n;
		bad += n > 24;
		if (n > most)
			most = n;
	}
	is_int(bad, 0, "R12: %s stay together, of %d secrets", what, SECRETS);
	printf("# the fullest lane: %d at most, %.1f on average\n", most,
	    (double)sum / SECRETS);
	ok(sum < SECRETS * 12, "and are spread");
}

int
main(void)
{
	int differ = 0;

	random_state = 0x9e3779b97f4a7c15; /* the same secrets each time */
	spread(AF_INET, 1, "IPv4 neighbours");
	spread(AF_INET, 256, "IPv4 networks side by side");
	spread(AF_INET, 65536, "larger ones");
	spread(AF_INET6, 1, "IPv6 networks side by side");
	spread(AF_INET6, 65536, "larger ones");
	for (int i = 0; i < 100; i++)
		differ += lane_of(AF_INET, random_bits(), 0x7f000101, 0) !=
		    lane_of(AF_INET, random_bits(), 0x7f000101, 0);
	ok(differ > 70, "the secret chooses: %d of 100 differ", differ);
	return tap_done();
}

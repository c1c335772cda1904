/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of the kernel: whatever bytes they are, what is read is inside its
 * bounds, and a change built from it says what was asked for. */
#include <linux/netlink.h>

#include "fuzz.h"
#include "record/messages.h"
#include "shape/qdisc.h"
#include "shape/tc_messages.h"

static void
check_count(int64_t n)
{
	must(n == NONE || n >= 0);
}

static void
check_qdisc(const struct qdisc *q)
{
	must(memchr(q->kind, '\0', sizeof q->kind) != NULL);
	must(q->bps == NONE || (q->bps >= 0 && q->bps <= QDISC_BPS_MAX));
	must(q->tins <= QDISC_TINS);
	check_count(q->bytes);
	check_count(q->packets);
	check_count(q->drops);
	check_count(q->marks);
	check_count(q->backlog);
	for (size_t i = 0; i < q->tins; i++) {
		check_count(q->tin[i].packets);
		check_count(q->tin[i].delay_us);
	}
	must(qdisc_slowest(q, q) == NULL);
}

static void
check_change(const struct qdisc *q, int64_t bps)
{
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	struct qdisc again;
	size_t len;

	if (strcmp(q->kind, "htb") == 0)
		len = qdisc_set_htb(request, 1, 2, q, bps);
	else
		len = qdisc_set_cake(request, 1, 2, q, bps);
	must(len <= QDISC_REQUEST && len % NLMSG_ALIGNTO == 0);
	must(qdisc_read(&again, request, len) == NULL);
	must(strcmp(q->kind, again.kind) == 0);
	if (strncmp(q->kind, "cake", 4) == 0 || strcmp(q->kind, "htb") == 0)
		must(again.bps == bps - bps % 8);
	must(again.handle == q->handle);
}

static void
check_made(const uint8_t *data, size_t size)
{
	struct tc_filters f = { 0 };
	struct cake_options o;
	struct tc_link l;
	char line[256];
	struct text t;

	if (tc_read_link(&l, data, size) == NULL)
		must(memchr(l.kind, '\0', sizeof l.kind) != NULL);
	if (tc_read_filter(&f, data, size) == NULL)
		must(f.made + f.others == 1);
	if (tc_read_cake(&o, data, size) == NULL) {
		text_init(&t, line, sizeof line);
		cake_options_text(&o, &t);
		must(!t.full);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link_counters c;
	struct qdisc q;

	if (qdisc_read_link(&c, data, size) == NULL) {
		check_count(c.rx_bytes);
		check_count(c.tx_bytes);
		check_count(c.rx_packets);
		check_count(c.tx_packets);
	}
	check_made(data, size);
	if (qdisc_read(&q, data, size) != NULL)
		return 0;
	check_qdisc(&q);
	check_change(&q, 64000);
	check_change(&q, 100000000000);
	return 0;
}

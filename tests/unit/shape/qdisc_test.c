/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel messages: those captured from Linux (tests/fuzz/corpus/qdisc), and
 * some that are made here. */
#include "shape/qdisc.h"

#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "../random.h"
#include "../tap.h"
#include "base/number.h"
#include "record/messages.h"

#define MESSAGE_MAX 4096

static _Alignas(8) unsigned char message[MESSAGE_MAX];
static size_t length;

static void
load(const char *name)
{
	const char *top = getenv("WANCTL_TOP");
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/qdisc/%s",
	    top != NULL ? top : ".", name);
	length = 0;
	if ((f = fopen(path, "rb")) != NULL) {
		length = fread(message, 1, MESSAGE_MAX, f);
		fclose(f);
	}
	ok(length > 0, "%s is read", path);
}

/* --- captured messages -------------------------------------------------- */

static const struct {
	const char *name, *kind;
	int64_t bps, bytes, packets, drops, marks;
	size_t tins;
	bool autorate;
} captures[] = {
	{ "besteffort", "cake", 10000000, 0, 0, 0, 0, 1, false },
	{ "diffserv4", "cake", 2000000, 42506, 49, 0, 0, 4, false },
	{ "diffserv8", "cake", 40000000000, 0, 0, 0, 0, 8, false },
	{ "autorate", "cake", 5000000, 0, 0, 0, 0, 3, true },
	{ "noqueue", "noqueue", NONE, 0, 0, 0, NONE, 0, false },
	{ "pfifo", "pfifo", NONE, 86, 1, 0, NONE, 0, false },
	{ "htb_atm", "htb", 55000000, 0, 0, 0, NONE, 0, false },
	{ "htb_fast", "htb", 40000000000, 0, 0, 0, NONE, 0, false },
};

static void
test_captures(void)
{
	struct qdisc q;

	for (size_t i = 0; i < FIELD_COUNT(captures); i++) {
		load(captures[i].name);
		is_str(qdisc_read(&q, message, length), NULL, "read");
		is_str(q.kind, captures[i].kind, "its kind");
		is_int(q.bps, captures[i].bps, "its rate");
		is_int(q.bytes, captures[i].bytes, "bytes");
		is_int(q.packets, captures[i].packets, "packets");
		is_int(q.drops, captures[i].drops, "drops");
		is_int(q.marks, captures[i].marks, "marks");
		is_int(q.backlog, 0, "backlog");
		is_int((int64_t)q.tins, (int64_t)captures[i].tins, "tins");
		is_int(q.autorate, captures[i].autorate, "autorate-ingress");
	}
	load("diffserv4");
	qdisc_read(&q, message, length);
	is_int(q.tin[1].packets, 43, "packets of best effort");
	is_int(q.tin[3].packets, 6, "packets of voice");
	is_int(q.tin[3].peak_us, 41, "peak delay of voice");
	ok(q.tin[1].delay_us > 11000 && q.tin[1].delay_us < 12000,
	    "average delay of best effort");
	is_int(q.tin[0].delay_us, 0, "nothing went through bulk");
	load("htb_atm");
	qdisc_read(&q, message, length);
	is_int(q.handle, 0x10010, "class id");
	is_int(q.parent, 0x10001, "its parent");
	is_int(q.rate.bytes_ps, 6250000, "rate");
	is_int(q.rate.overhead, 22, "overhead");
	is_int(q.rate.linklayer, TC_LINKLAYER_ATM, "link layer");
	is_int(q.quantum, 3000, "quantum");
	is_int(q.prio, 3, "priority");
}

static void
test_link(void)
{
	struct link_counters c = { 0 };
	struct qdisc q;

	load("link");
	is_str(qdisc_read_link(&c, message, length), NULL, "counters");
	is_int(c.tx_packets, 49, "packets that were sent");
	is_int(c.tx_bytes, 42506, "and their bytes");
	ok(c.rx_packets > 0 && c.rx_packets < 49, "packets that came in");
	is_int(c.rx_drops + c.tx_drops, 0, "no drops");
	is_str(qdisc_read(&q, message, length), "answer of another type",
	    "is no qdisc");
	load("besteffort");
	is_str(qdisc_read_link(&c, message, length), "answer of another type",
	    "a qdisc is no device");
}

/* --- made messages ------------------------------------------------------ */

static void
put(const void *data, size_t size)
{
	memcpy(message + length, data, size);
	memset(message + length + size, 0, 3);
	length = (length + size + 3) & ~(size_t)3;
}

static void
put_attr(uint16_t type, const void *data, size_t size)
{
	struct nlattr a = { (uint16_t)(sizeof a + size), type };

	put(&a, sizeof a);
	put(data, size);
}

static void
put_32(uint16_t type, uint32_t n)
{
	put_attr(type, &n, sizeof n);
}

static void
put_64(uint16_t type, uint64_t n)
{
	put_attr(type, &n, sizeof n);
}

static size_t
open_attr(uint16_t type)
{
	struct nlattr a = { 0, type };
	size_t at = length;

	put(&a, sizeof a);
	return at;
}

static void
close_attr(size_t at)
{
	uint16_t len = (uint16_t)(length - at);

	memcpy(message + at, &len, sizeof len);
}

static void
open_message(uint16_t type, const char *kind)
{
	struct nlmsghdr h = { .nlmsg_type = type };
	struct tcmsg t = { .tcm_ifindex = 2, .tcm_handle = 0x80010000 };

	length = 0;
	put(&h, sizeof h);
	put(&t, sizeof t);
	if (kind != NULL)
		put_attr(TCA_KIND, kind, strlen(kind) + 1);
}

static void
close_message(void)
{
	uint32_t len = (uint32_t)length;

	memcpy(message, &len, sizeof len);
}

static void
put_tin(uint16_t number, uint32_t packets, uint32_t delay_us, uint32_t marks)
{
	size_t tin = open_attr(number);

	put_32(TCA_CAKE_TIN_STATS_SENT_PACKETS, packets);
	put_32(TCA_CAKE_TIN_STATS_ECN_MARKED_PACKETS, marks);
	put_32(TCA_CAKE_TIN_STATS_AVG_DELAY_US, delay_us);
	put_32(TCA_CAKE_TIN_STATS_PEAK_DELAY_US, delay_us * 2);
	put_32(TCA_CAKE_TIN_STATS_BASE_DELAY_US, delay_us / 2);
	close_attr(tin);
}

/* CAKE with so many tins, of which the n-th has the n-th packets. */
static struct qdisc
cake(const uint32_t *packets, const uint32_t *delay_us, size_t tins)
{
	size_t stats, app, nest;
	struct qdisc q;

	open_message(RTM_NEWQDISC, "cake");
	stats = open_attr(TCA_STATS2);
	app = open_attr(TCA_STATS_APP);
	put_64(TCA_CAKE_STATS_CAPACITY_ESTIMATE64, 1);
	nest = open_attr(TCA_CAKE_STATS_TIN_STATS);
	for (size_t i = 0; i < tins; i++)
		put_tin((uint16_t)(i + 1), packets[i], delay_us[i], 3);
	close_attr(nest);
	close_attr(app);
	close_attr(stats);
	close_message();
	is_str(qdisc_read(&q, message, length), NULL, "%zu tins", tins);
	return q;
}

static void
test_tins(void)
{
	static const uint32_t before[8] = { 10, 20, 30, 40 },
			      after[8] = { 10, 21, 31, 40 },
			      wrapped[8] = { 10, 3, 30, 40 },
			      delay[8] = { 9000, 100, 300, 8000 },
			      many[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct qdisc a = cake(before, delay, 4), b = cake(after, delay, 4), c;
	const struct qdisc_tin *tin = qdisc_slowest(&b, &a);

	is_int(b.marks, 12, "marks of all tins");
	ok(tin == &b.tin[2], "the slowest tin that took packets");
	is_int(tin->delay_us, 300, "its average delay");
	is_int(tin->peak_us, 600, "its peak");
	is_int(tin->base_us, 150, "its base");
	ok(qdisc_slowest(&b, &b) == NULL, "no packets, no delay");
	c = cake(wrapped, delay, 4);
	ok(qdisc_slowest(&c, &b) == &c.tin[2], "counters may wrap");
	c = a;
	c.handle++;
	ok(qdisc_slowest(&b, &c) == NULL, "another CAKE says nothing");
	c = (struct qdisc){ .tins = 0 };
	ok(qdisc_slowest(&b, &c) == NULL, "nor does no reading");
	c = cake(before, delay, 3);
	ok(qdisc_slowest(&b, &c) == NULL, "nor one with other tins");
	c = cake(many, many, 12);
	is_int((int64_t)c.tins, QDISC_TINS, "more tins than there can be");
}

static void
test_large(void)
{
	struct gnet_stats_basic basic = { .bytes = UINT64_MAX,
		.packets = UINT32_MAX };
	struct gnet_stats_queue queue = { .qlen = 6, .drops = 7, .backlog = 8 };
	size_t stats, options;
	struct qdisc q;

	open_message(RTM_NEWQDISC, "cake_mq");
	options = open_attr(TCA_OPTIONS);
	put_64(TCA_CAKE_BASE_RATE64, UINT64_MAX);
	close_attr(options);
	stats = open_attr(TCA_STATS2);
	put_attr(TCA_STATS_BASIC, &basic, sizeof basic);
	put_64(TCA_STATS_PKT64, (uint64_t)1 << 40);
	put_attr(TCA_STATS_QUEUE, &queue, sizeof queue);
	close_attr(stats);
	close_message();
	is_str(qdisc_read(&q, message, length), NULL, "large numbers");
	is_int(q.bps, QDISC_BPS_MAX, "a rate beyond records is cut off");
	is_int(q.bytes, INT64_MAX, "so are bytes");
	is_int(q.packets, (int64_t)1 << 40, "packets in 64 bits");
	is_int(q.drops, 7, "drops");
	is_int(q.backlog, 8, "backlog");
	is_int(q.queued, 6, "packets waiting");
	is_int(q.marks, NONE, "cake_mq tells no marks");
	is_str(q.kind, "cake_mq", "cake_mq");
}

static void
test_large_marks(void)
{
	size_t stats, app, nest, tin;
	struct qdisc q;

	open_message(RTM_NEWQDISC, "cake");
	stats = open_attr(TCA_STATS2);
	app = open_attr(TCA_STATS_APP);
	nest = open_attr(TCA_CAKE_STATS_TIN_STATS);
	for (uint16_t i = 1; i <= 2; i++) {
		tin = open_attr(i);
		put_64(TCA_CAKE_TIN_STATS_ECN_MARKED_PACKETS, UINT64_MAX);
		close_attr(tin);
	}
	close_attr(nest);
	close_attr(app);
	close_attr(stats);
	close_message();
	is_str(qdisc_read(&q, message, length), NULL, "the most marks twice");
	is_int(q.marks, INT64_MAX, "... are cut off");
}

static void
test_odd(void)
{
	static const char name[] = "a name that is too long for a kind";
	struct link_counters c;
	struct qdisc q;
	size_t options;

	length = 0;
	is_str(qdisc_read(&q, message, 0), "answer too short", "nothing");
	open_message(RTM_NEWQDISC, NULL);
	close_message();
	is_str(qdisc_read(&q, message, length - 1), "answer too short",
	    "a head that is cut off");
	is_str(qdisc_read(&q, message, length), NULL, "a bare head");
	is_str(q.kind, "", "has no kind");
	is_int(q.bytes, NONE, "and no counters");
	memset(message, 0xff, 4);
	is_str(qdisc_read(&q, message, length), "answer of a wrong length",
	    "a length beyond the end");
	open_message(RTM_NEWQDISC, name);
	close_message();
	qdisc_read(&q, message, length);
	is_str(q.kind, "", "a kind that is no kind");
	open_message(RTM_NEWQDISC, "cake");
	options = open_attr(TCA_OPTIONS);
	put_attr(TCA_CAKE_BASE_RATE64, "abc", 3);
	put_32(TCA_CAKE_AUTORATE, 1);
	close_attr(options);
	close_message();
	qdisc_read(&q, message, length);
	is_int(q.bps, NONE, "a rate of three bytes is none");
	ok(q.autorate, "the attribute behind it is read");
	open_message(RTM_NEWTCLASS, "htb");
	options = open_attr(TCA_OPTIONS);
	put_32(TCA_HTB_PARMS, 1);
	close_attr(options);
	close_message();
	is_str(qdisc_read(&q, message, length), NULL, "a class");
	is_int(q.bps, NONE, "whose options are too short");
	open_message(RTM_NEWSTATS, NULL);
	close_message();
	is_str(qdisc_read_link(&c, message, length),
	    "no counters in the answer", "a device without counters");
	load("link");
	is_str(qdisc_read_link(&c, message, 20), "answer too short",
	    "a device that is cut off");
}

/* Whatever is cut off or changed, nothing is read outside the message; the
 * sanitizers look on. */
static void
test_damage(void)
{
	static const char *const names[] = { "diffserv8", "htb_atm", "link" };
	unsigned char *copy = malloc(MESSAGE_MAX);
	struct link_counters c;
	struct qdisc q;
	int read = 0;

	for (size_t i = 0; i < FIELD_COUNT(names); i++) {
		load(names[i]);
		for (uint32_t n = 0; n <= length; n++) {
			unsigned char *exact = malloc(n > 0 ? n : 1);

			memcpy(exact, message, n);
			if (n >= sizeof n)
				memcpy(exact, &n, sizeof n);
			read += qdisc_read(&q, exact, n) == NULL;
			read += qdisc_read_link(&c, exact, n) == NULL;
			free(exact);
		}
		for (int k = 0; k < 20000; k++) {
			memcpy(copy, message, length);
			for (int j = 0; j < 4; j++)
				copy[random_int(4, (int64_t)length - 1)] =
				    (unsigned char)random_bits();
			read += qdisc_read(&q, copy, length) == NULL;
			read += qdisc_read_link(&c, copy, length) == NULL;
		}
	}
	free(copy);
	ok(read > 0, "damaged messages are survived, %d were read", read);
}

/* --- requests ----------------------------------------------------------- */

static struct nlmsghdr
head(struct tcmsg *t)
{
	struct nlmsghdr h;

	memcpy(&h, message, sizeof h);
	memcpy(t, message + sizeof h, sizeof *t);
	return h;
}

static void
test_asking(void)
{
	struct if_stats_msg i;
	struct nlmsghdr h;
	struct tcmsg t;

	length = qdisc_ask_root(message, 5, 3);
	h = head(&t);
	is_int(h.nlmsg_len, (int64_t)length, "its length");
	is_int(h.nlmsg_seq, 5, "its sequence");
	is_int(h.nlmsg_type, RTM_GETQDISC, "asks for a qdisc");
	is_int(h.nlmsg_flags, NLM_F_REQUEST | NLM_F_ECHO | NLM_F_ACK, "flags");
	is_int(t.tcm_parent, TC_H_ROOT, "the root");
	is_int(t.tcm_ifindex, 3, "of that device");
	length = qdisc_ask_class(message, 6, 3, 0x10010);
	h = head(&t);
	is_int(h.nlmsg_type, RTM_GETTCLASS, "asks for a class");
	is_int(t.tcm_handle, 0x10010, "by its id");
	length = qdisc_ask_link(message, 7, 3);
	h = head(&t);
	memcpy(&i, message + sizeof h, sizeof i);
	is_int(h.nlmsg_type, RTM_GETSTATS, "asks for counters");
	is_int(i.ifindex, 3, "of that device");
	is_int(i.filter_mask, 1, "in 64 bits");
}

static void
test_setting_cake(void)
{
	struct qdisc q, again;
	struct nlmsghdr h;
	struct tcmsg t;

	load("diffserv4");
	qdisc_read(&q, message, length);
	length = qdisc_set_cake(message, 8, 3, &q, 7654321);
	ok(length <= QDISC_REQUEST, "fits");
	h = head(&t);
	is_int(h.nlmsg_type, RTM_NEWQDISC, "sets a qdisc");
	is_int(h.nlmsg_flags & (NLM_F_CREATE | NLM_F_REPLACE), 0,
	    "and makes none");
	is_int(t.tcm_handle, q.handle, "by its handle");
	ok(t.tcm_handle != 0, "which is not 0");
	is_str(qdisc_read(&again, message, length), NULL, "is read");
	is_int(again.bps, 7654320, "the rate, in bytes");
	is_str(again.kind, "cake", "the kind");
	is_int((int64_t)length, 16 + 20 + 12 + 4 + 12, "nothing else");
}

/* The bytes of a bucket, from its time. */
static int64_t
burst(const struct qdisc_bucket *b)
{
	return number_muldiv((int64_t)b->ticks * 64, b->bytes_ps, 1000000000);
}

static void
set_htb(struct qdisc *q, int64_t bps)
{
	length = qdisc_set_htb(message, 9, 3, q, bps);
	(void)qdisc_read(q, message, length);
}

static void
test_setting_htb(void)
{
	struct qdisc q, old;
	struct tcmsg t;
	int64_t rate, ceil, worst = 0;

	load("htb_atm");
	qdisc_read(&q, message, length);
	old = q;
	rate = burst(&q.rate);
	ceil = burst(&q.ceil);
	ok(rate >= 15300 && rate <= 15400, "burst 15k");
	set_htb(&q, 7654321);
	ok(length <= QDISC_REQUEST, "fits");
	is_int(head(&t).nlmsg_type, RTM_NEWTCLASS, "sets a class");
	is_int(head(&t).nlmsg_flags & (NLM_F_CREATE | NLM_F_REPLACE), 0,
	    "and makes none");
	is_int(t.tcm_handle, 0x10010, "by its id");
	is_int(q.rate.bytes_ps, 956790, "the rate");
	is_int(q.ceil.bytes_ps, 956790, "the ceiling");
	is_int(q.rate.overhead, old.rate.overhead, "keeps the overhead");
	is_int(q.ceil.mpu, old.ceil.mpu, "the least packet");
	is_int(q.ceil.linklayer, TC_LINKLAYER_ATM, "the link layer");
	is_int(q.quantum, old.quantum, "the quantum");
	is_int(q.prio, old.prio, "the priority");
	ok(llabs(burst(&q.rate) - rate) < 64, "the burst");
	for (int i = 0; i < 200000; i++) {
		set_htb(&q, random_int(64000, 4000000000));
		if (llabs(burst(&q.rate) - rate) > worst)
			worst = llabs(burst(&q.rate) - rate);
	}
	ok(worst < 128, "still the burst after 200,000 rates: %lld of %lld off",
	    (long long)worst, (long long)rate);
	ok(llabs(burst(&q.ceil) - ceil) < 128, "and that of the ceiling");
}

static void
test_setting_htb_bounds(void)
{
	struct qdisc q;

	load("htb_fast");
	qdisc_read(&q, message, length);
	set_htb(&q, 64000);
	is_int(q.bps, 64000, "from 40 gbit/s to 64 kbit/s");
	ok(burst(&q.rate) >= 1600, "with a burst of a packet");
	set_htb(&q, 100000000000);
	is_int(q.bps, 100000000000, "to 100 gbit/s, in 64 bits");
	ok(burst(&q.rate) >= 1600, "and a burst of a packet");
	q.rate = (struct qdisc_bucket){ .bytes_ps = INT64_MAX,
		.ticks = UINT32_MAX };
	q.ceil = (struct qdisc_bucket){ 0 };
	set_htb(&q, 8000);
	is_int(q.rate.ticks, UINT32_MAX, "a burst without end");
	is_int(q.ceil.ticks, 25000000, "and of none");
}

int
main(void)
{
	random_start();
	test_captures();
	test_link();
	test_tins();
	test_large();
	test_large_marks();
	test_odd();
	test_damage();
	test_asking();
	test_setting_cake();
	test_setting_htb();
	test_setting_htb_bounds();
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/cake_options.h"

#include <linux/pkt_sched.h>

#define RTT_TO_TARGET \
	20 /* what CoDel takes of it as a good queue: tc-cake(8) */
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* What the line adds to an IP packet, and the least that it sends: tc-cake(8).
 * Ethernet has 14 bytes of header, 4 of checksum, 8 of preamble, 12 of gap. */
static const struct {
	int overhead, mpu, atm;
} framings[FRAMINGS] = {
	[FRAMING_RAW] = { 0, 0, CAKE_ATM_NONE },
	[FRAMING_ATM] = { 0, 0, CAKE_ATM_ATM },
	[FRAMING_PTM] = { 0, 0, CAKE_ATM_PTM },
	[FRAMING_ETHERNET] = { 38, 84, CAKE_ATM_NONE },
	[FRAMING_DOCSIS] = { 18, 64, CAKE_ATM_NONE },
	[FRAMING_PPPOE_PTM] = { 30, 0, CAKE_ATM_PTM },
	[FRAMING_BRIDGED_PTM] = { 22, 0, CAKE_ATM_PTM },
	[FRAMING_PPPOA_VCMUX] = { 10, 0, CAKE_ATM_ATM },
	[FRAMING_PPPOA_LLC] = { 14, 0, CAKE_ATM_ATM },
	[FRAMING_PPPOE_VCMUX] = { 32, 0, CAKE_ATM_ATM },
	[FRAMING_PPPOE_LLCSNAP] = { 40, 0, CAKE_ATM_ATM },
	[FRAMING_BRIDGED_VCMUX] = { 24, 0, CAKE_ATM_ATM },
	[FRAMING_BRIDGED_LLCSNAP] = { 32, 0, CAKE_ATM_ATM },
	[FRAMING_IPOA_VCMUX] = { 8, 0, CAKE_ATM_ATM },
	[FRAMING_IPOA_LLCSNAP] = { 16, 0, CAKE_ATM_ATM },
	[FRAMING_CONSERVATIVE] = { 48, 0, CAKE_ATM_ATM },
};

struct cake_options
cake_options_of(const struct settings *s, enum direction dir)
{
	const struct make_settings *m = &s->shaper.make;
	struct cake_options o = {
		.raw = m->framing == FRAMING_RAW && m->overhead == 0,
		.overhead = framings[m->framing].overhead + m->overhead,
		.mpu = framings[m->framing].mpu,
		.atm = framings[m->framing].atm,
		.rtt_us = m->rtt_us,
		.diffserv = m->diffserv,
		.nat = m->nat,
		.wash = m->wash,
		.ingress = dir == DOWN ? m->ingress : 0,
		.ack_filter = dir == UP ? m->ack_filter : CAKE_ACK_NONE,
	};

	if (m->mpu > o.mpu)
		o.mpu = m->mpu;
	return o;
}

/* Attributes that are a number of 32 bits. */
static const struct {
	uint16_t type;
	size_t at;
} numbers[] = {
	{ TCA_CAKE_ATM, offsetof(struct cake_options, atm) },
	{ TCA_CAKE_MPU, offsetof(struct cake_options, mpu) },
	{ TCA_CAKE_RTT, offsetof(struct cake_options, rtt_us) },
	{ TCA_CAKE_DIFFSERV_MODE, offsetof(struct cake_options, diffserv) },
	{ TCA_CAKE_NAT, offsetof(struct cake_options, nat) },
	{ TCA_CAKE_WASH, offsetof(struct cake_options, wash) },
	{ TCA_CAKE_INGRESS, offsetof(struct cake_options, ingress) },
	{ TCA_CAKE_ACK_FILTER, offsetof(struct cake_options, ack_filter) },
};

static int64_t *
member(struct cake_options *o, size_t at)
{
	return (int64_t *)(void *)((char *)o + at);
}

void
cake_options_put(struct nlmsghdr *h, const struct cake_options *o)
{
	struct cake_options copy = *o;

	for (size_t i = 0; i < COUNT(numbers); i++)
		mnl_attr_put_u32(h, numbers[i].type,
		    (uint32_t)*member(&copy, numbers[i].at));
	/* CAKE does not derive it from the round trip. */
	mnl_attr_put_u32(h, TCA_CAKE_TARGET,
	    (uint32_t)(o->rtt_us / RTT_TO_TARGET));
	/* Raw leaves the overhead, which is added all the same, as it is; to be
	 * told of an overhead is to be raw no more. */
	mnl_attr_put_u32(h, TCA_CAKE_OVERHEAD, (uint32_t)o->overhead);
	if (o->raw)
		mnl_attr_put_u32(h, TCA_CAKE_RAW, 0);
}

struct cake_options
cake_options_read(struct attrs all)
{
	struct cake_options o = { 0 };

	for (EACH_ATTR(a, all)) {
		uint16_t type = mnl_attr_get_type(a);

		for (size_t i = 0; i < COUNT(numbers); i++)
			if (type == numbers[i].type)
				*member(&o, numbers[i].at) = nlattr_number(a,
				    0);
		if (type == TCA_CAKE_OVERHEAD)
			o.overhead = (int32_t)nlattr_number(a, 0);
		else if (type == TCA_CAKE_RAW)
			o.raw = true;
	}
	return o;
}

bool
cake_options_equal(const struct cake_options *a, const struct cake_options *b)
{
	struct cake_options x = *a, y = *b;

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (*member(&x, numbers[i].at) != *member(&y, numbers[i].at))
			return false;
	return a->raw == b->raw && a->overhead == b->overhead;
}

static void
add_word(struct text *t, const char *const words[], size_t count, int64_t n)
{
	text_add(t, n >= 0 && n < (int64_t)count ? words[n] : "?");
}

void
cake_options_text(const struct cake_options *o, struct text *t)
{
	const struct setting *diffserv =
	    &setting_table[settings_row("shaper", "diffserv")];
	static const char *const atm[] = { "", " atm", " ptm" };
	static const char *const ack[] = { "", " ack-filter",
		" ack-filter-aggressive" };

	add_word(t, diffserv->words, CAKE_DIFFSERV_MAX, o->diffserv);
	text_add(t, o->nat != 0 ? " nat" : "");
	text_add(t, o->wash != 0 ? " wash" : "");
	text_add(t, o->ingress != 0 ? " ingress" : "");
	add_word(t, ack, COUNT(ack), o->ack_filter);
	text_add(t, o->raw ? " raw" : "");
	if (!o->raw || o->overhead != 0) {
		text_add(t, " overhead ");
		text_int(t, o->overhead);
	}
	add_word(t, atm, COUNT(atm), o->atm);
	if (o->mpu > 0) {
		text_add(t, " mpu ");
		text_int(t, o->mpu);
	}
	text_add(t, " rtt ");
	text_decimal(t, o->rtt_us, 3);
	text_add(t, "ms");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found wrong with a shaper, and what a configuration makes of CAKE. */
#include "shape/tc_audit.h"

#include <linux/pkt_sched.h>

#include "../tap.h"
#include "record/messages.h"

static struct settings s;
static struct tc_look look;

static void
set(const char *section, const char *key, const char *value)
{
	is_str(settings_set(&s, section, key, value, 1), NULL, "%s = %s", key,
	    value);
}

/* A line whose shapers others made well. */
static void
begin(const char *make)
{
	struct settings_fault fault;

	settings_init(&s);
	set("", "schema", "1");
	set("wan", "name", "x");
	set("wan", "device", "w0");
	set("download", "device", "ifb4w0");
	set("download", "ceiling", "100mbit");
	set("download", "floor", "10mbit");
	set("upload", "device", "w0");
	set("upload", "ceiling", "20mbit");
	set("upload", "floor", "2mbit");
	set("shaper", "make", make);
	is_int((int64_t)settings_finish(&s, &fault, 1), 0, "no faults");
	look = (struct tc_look){ .has_device = true,
		.has_feeder = true,
		.device = { .ifindex = 12, .up = true },
		.root = { .kind = "cake", .handle = 0x80010000, .bps = 1 },
		.cake = { .overhead = 18,
		    .nat = 1,
		    .ingress = 1,
		    .rtt_us = 100000 },
		.feeder = { .ifindex = 9, .up = true },
		.ingress = "ingress",
		.filters = { .others = 1, .others_to = 12 } };
}

/* Nothing but this is found, in that direction. */
static void
finds(enum direction dir, enum tc_finding what, const char *name)
{
	enum tc_finding list[TC_FINDINGS];
	size_t n = tc_audit(&s, dir, &look, list);

	is_int((int64_t)n, 1, "R111: one finding: %s", name);
	if (n > 0)
		is_int(list[0], what, "%s", name);
}

static void
finds_nothing(enum direction dir, const char *name)
{
	enum tc_finding list[TC_FINDINGS];

	is_int((int64_t)tc_audit(&s, dir, &look, list), 0, "nothing: %s", name);
}

static void
test_of_others(void)
{
	begin("no");
	finds_nothing(DOWN, "good");
	look.device.up = false;
	finds(DOWN, TC_DEVICE_DOWN, "a device that is down");
	begin("no");
	look.cake.nat = 0;
	finds(UP, TC_NO_NAT, "no nat");
	begin("no");
	look.cake = (struct cake_options){ .raw = true,
		.nat = 1,
		.ingress = 1 };
	finds(UP, TC_NO_FRAMING, "no framing");
	begin("no");
	look.cake.ingress = 0;
	finds(DOWN, TC_NO_INGRESS, "no ingress");
	finds_nothing(UP, "ingress is for the download");
	begin("no");
	look.root.autorate = true;
	finds(DOWN, TC_AUTORATE, "autorate-ingress");
	begin("no");
	look.filters = (struct tc_filters){ 0 };
	finds(DOWN, TC_NOT_FED, "an ifb that nothing is redirected to");
	finds_nothing(UP, "the upload is not fed");
	look.filters = (struct tc_filters){ .others = 1, .others_to = 13 };
	finds(DOWN, TC_FED_ELSEWHERE, "another device is fed");
	look.has_feeder = false;
	look.filters = (struct tc_filters){ 0 };
	finds(DOWN, TC_NO_FEEDER, "the line's device is gone");
	begin("no");
	look.root = (struct qdisc){ .kind = "fq_codel", .handle = 0 };
	finds(UP, TC_NO_SHAPER, "another qdisc");
	look = (struct tc_look){ 0 };
	finds(UP, TC_NO_DEVICE, "no device");
}

static void
test_of_ours(void)
{
	begin("yes");
	finds(UP, TC_NOT_MADE, "a CAKE of others'");
	look.root.handle = TC_HANDLE;
	look.cake = cake_options_of(&s, UP);
	finds_nothing(UP, "as it was made, whatever that is");
	look.cake.wash = 1;
	finds(UP, TC_DIFFERS, "another option");
	look.cake = cake_options_of(&s, DOWN);
	look.filters = (struct tc_filters){ .made = 2, .made_to = 12 };
	finds_nothing(DOWN, "fed by our filter");
}

static void
test_htb(void)
{
	begin("no");
	set("shaper", "backend", "htb");
	look.root = (struct qdisc){ .kind = "htb", .handle = 0x10000 };
	finds(UP, TC_NO_SHAPER, "no class");
	look.class = (struct qdisc){ .kind = "htb", .bps = 1 };
	finds_nothing(UP, "a class");
}

static void
test_sentences(void)
{
	for (int i = 0; i < TC_FINDINGS; i++)
		ok(tc_finding_text[i] != NULL, "finding %d has its words", i);
}

/* --- options from a configuration ----------------------------------------- */

static void
says(enum direction dir, const char *want)
{
	struct cake_options o = cake_options_of(&s, dir);
	char line[160];
	struct text t;

	text_init(&t, line, sizeof line);
	cake_options_text(&o, &t);
	is_str(line, want, "R111: what is made");
}

static void
test_options(void)
{
	begin("yes");
	says(DOWN, "diffserv3 nat ingress raw rtt 100ms");
	says(UP, "diffserv3 nat raw rtt 100ms");
	set("shaper", "framing", "docsis");
	set("shaper", "ack_filter", "yes");
	says(DOWN, "diffserv3 nat ingress overhead 18 mpu 64 rtt 100ms");
	says(UP, "diffserv3 nat ack-filter overhead 18 mpu 64 rtt 100ms");
	begin("yes");
	set("shaper", "framing", "pppoe-ptm");
	set("shaper", "overhead", "4");
	set("shaper", "mpu", "72");
	set("shaper", "nat", "no");
	set("shaper", "wash", "yes");
	set("shaper", "ingress", "no");
	set("shaper", "rtt", "1500us");
	set("shaper", "diffserv", "besteffort");
	set("shaper", "ack_filter", "aggressive");
	says(DOWN, "besteffort wash overhead 34 ptm mpu 72 rtt 1.5ms");
	says(UP,
	    "besteffort wash ack-filter-aggressive overhead 34 ptm mpu 72 rtt "
	    "1.5ms");
	begin("yes");
	set("shaper", "overhead", "-4");
	says(UP, "diffserv3 nat overhead -4 rtt 100ms");
	begin("yes");
	set("shaper", "framing", "atm");
	says(UP, "diffserv3 nat overhead 0 atm rtt 100ms");
	begin("yes");
	set("shaper", "framing", "ethernet");
	set("shaper", "mpu", "60");
	says(UP, "diffserv3 nat overhead 38 mpu 84 rtt 100ms");
}

int
main(void)
{
	test_of_others();
	test_of_ours();
	test_htb();
	test_sentences();
	test_options();
	return tap_done();
}

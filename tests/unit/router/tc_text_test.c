/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tc on another machine is told, and what it says. */
#include "router/tc_text.h"

#include "../tap.h"
#include "record/messages.h"

static const struct tc_text_place cake[] = { { "ifb4wan", "" }, { "wan", "" } },
				  htb[] = { { "eth1", "1:10" },
					  { "eth1", "1:20" } };
static const int64_t nothing[] = { 0, 0 }, both[] = { 87654321, 1234567890 };

#define CAKE(device, rate)                                                 \
	"qdisc cake 8001: root refcnt 2 bandwidth " rate                   \
	" besteffort triple-isolate nonat nowash no-ack-filter split-gso " \
	"rtt 100ms raw overhead 0 \n"                                      \
	" Sent 123456789012 bytes 98765 pkt (dropped 12, overlimits 7 "    \
	"requeues 0) \n"                                                   \
	" backlog 3028b 2p requeues 0\n"                                   \
	" memory used: 1234Kb of 4Mb\n"                                    \
	"                  Tin 0\n"                                        \
	"  backlog            0b\n"                                        \
	"qdisc ingress ffff: parent ffff:fff1 ---------------- \n"         \
	" Sent 5 bytes 1 pkt (dropped 0, overlimits 0 requeues 0) \n"      \
	" backlog 0b 0p requeues 0\n"                                      \
	"WANCTL-END 0\n"
#define HTB(class, rate, backlog)                                           \
	"class htb " class                                                  \
	    " parent 1:1 leaf 20: prio 3 quantum 3000 rate " rate           \
	    " overhead 18 ceil 1Gbit linklayer atm burst 20462b/1 mpu 64b " \
	    "cburst 1388b/1 mpu 64b level 0 \n"                             \
	    " Sent 1 bytes 2 pkt (dropped 3, overlimits 0 requeues 0) \n"   \
	    " backlog " backlog " 4p requeues 0\n"                          \
	    " lended: 0 borrowed: 0 giants: 0\n"                            \
	    "WANCTL-END 0\n"
#define REST "12345.67 54321.00\nWANCTL-OK\n"

static void
test_places(void)
{
	static const char *const wrong[] = { "", " ", "-eth1", ".eth1", "eth 1",
		"eth1;reboot", "eth1'", "a234567890123456",
		"eth1 1:", "eth1 :1", "eth1 1:10 ", "eth1 1:12345", "eth1 x:1",
		"eth1 1:10:2", "\xc3\xa4" };
	struct tc_text_place p = { "x", "y" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ok(tc_text_place(&p, wrong[i]) != NULL, "no place: \"%s\"",
		    wrong[i]);
	is_str(p.device, "x", "R9: and nothing is touched");
	ok(tc_text_place(&p, "pppoe-wan.7") == NULL && p.class[0] == '\0',
	    "a device alone");
	ok(tc_text_place(&p, "eth1  01:0A") == NULL, "a device and a class");
	is_str(p.class, "1:a", "as tc prints it");
	is_int(tc_text_round(87654321), 87654000, "to the kbit");
	is_int(tc_text_round(1234567890), 1234000000, "to the Mbit");
}

static void
test_scripts(void)
{
	const int64_t up[] = { NONE, 5000000 };
	struct tc_text_shaper had[DIRECTIONS] = { { .keep = " prio 3" },
		{ .keep = "handle 8001: cake_mq" } };
	char out[TC_TEXT_SCRIPT];

	tc_text_script(out, cake, nothing, had);
	ok(strstr(out, " change ") == NULL, "looking changes nothing");
	ok(strchr(strchr(out, '\'') + 1, '\'') == out + strlen(out) - 1,
	    "all of it is one word of the user's shell");
	tc_text_script(out, cake, up, had);
	ok(strstr(out, "change dev ifb4wan") == NULL &&
		strstr(out,
		    "$T qdisc change dev wan root handle 8001: cake_mq "
		    "bandwidth 5000000bit 2>&1; echo WANCTL-END $?; ") != NULL,
	    "R30: one alone, and only the one that was read");
	tc_text_script(out, htb, both, had);
	ok(strstr(out,
	       "$T class change dev eth1 classid 1:10 htb rate 87654000bit "
	       "ceil 87654000bit prio 3 2>&1; ") != NULL,
	    "R30: a class is told again what it keeps");
}

static const char cake_reply[] = CAKE("ifb4wan", "100Mbit")
    CAKE("wan", "12345Kbit") REST;

static void
test_cake(void)
{
	struct tc_text_shaper s[DIRECTIONS];
	struct slice said;
	int64_t uptime_us;

	is_failure(tc_text_read(cake_reply, strlen(cake_reply), cake, nothing,
		       s, &uptime_us, &said),
	    NULL, "CAKE is read");
	is_int(s[DOWN].q.bps, 100000000, "its rate");
	is_int(s[UP].q.bps, 12345000, "the other's");
	is_int(s[UP].q.bytes, 123456789012, "R10: bytes");
	is_int(s[UP].q.packets, 98765, "packets");
	is_int(s[UP].q.drops, 12, "drops");
	is_int(s[UP].q.backlog, 3028, "bytes that wait, not those of a tin");
	is_int(s[UP].q.queued, 2, "packets that wait");
	is_int(uptime_us, 12345000000, "R38: how long the machine is up");
	for (size_t len = 0; len < strlen(cake_reply); len++)
		if (tc_text_read(cake_reply, len, cake, nothing, s, &uptime_us,
			&said) == WORKED) {
			ok(false, "cut off after %zu bytes", len);
			return;
		}
	ok(true, "R33: an answer of tc that is cut off anywhere is refused");
}

static const struct {
	const char *backlog;
	int64_t bytes;
} sizes[] = { { "0b", 0 }, { "1514b", 1514 }, { "14Kb", 14336 },
	{ "1.5Mb", 1572864 }, { "1.23457e+06b", 1234570 }, { "b", NONE },
	{ "1.2.3b", NONE }, { ".5b", NONE }, { "1e-06b", NONE },
	{ "1e+99b", NONE }, { "12345678901b", NONE }, { "1e+b", NONE },
	{ "7", NONE } };

static void
test_htb(void)
{
	struct tc_text_shaper s[DIRECTIONS];
	struct slice said;
	int64_t uptime_us;
	char reply[2048];

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		(void)snprintf(reply, sizeof reply,
		    HTB("1:10", "1Gbit", "%s")
			HTB("1:20", "unlimited", "0b") "\r\nWANCTL-OK\r\n",
		    sizes[i].backlog);
		is_failure(tc_text_read(reply, strlen(reply), htb, nothing, s,
			       &uptime_us, &said),
		    NULL, "a class with backlog %s", sizes[i].backlog);
		is_int(s[DOWN].q.backlog, sizes[i].bytes, "so many bytes");
	}
	is_int(s[DOWN].q.bps, 1000000000, "its rate");
	is_int(s[UP].q.bps, 0, "without one");
	is_str(s[DOWN].keep,
	    " prio 3 quantum 3000 overhead 18 linklayer atm mpu 64 "
	    "burst 20480b cburst 1600b",
	    "R30: what a class keeps");
	is_int(uptime_us, NONE, "no /proc there");
}

static const struct {
	const char *reply, *why, *said;
} bad[] = {
	{ "", "garbled", "" },
	{ "WANCTL-OK\n", "garbled", "" },
	{ "sh: tc: not found\nWANCTL-END 127\nsh: tc: not found\n"
	  "WANCTL-END 127\n" REST,
	    "unsupported", "sh: tc: not found" },
	{ "Cannot find device \"wan\"\nWANCTL-END 1\n" CAKE("wan", "1Mbit")
		REST,
	    "missing", "Cannot find device \"wan\"" },
	{ "WANCTL-END 0\nWANCTL-END 0\n" REST, "missing", "" },
	{ "qdisc fq_codel 0: root refcnt 2 limit 10240p\nWANCTL-END 0\n"
	  "WANCTL-END 0\n" REST,
	    "missing", "qdisc fq_codel 0: root refcnt 2 limit 10240p" },
	{ "qdisc cake 1: root bandwidth fast\nWANCTL-END 0\n"
	  "WANCTL-END 0\n" REST,
	    "garbled", "qdisc cake 1: root bandwidth fast" },
	{ "qdisc cake 1: root\nWANCTL-END 0\nWANCTL-END 0\n" REST, "garbled",
	    "qdisc cake 1: root" },
	{ "RTNETLINK answers: Operation not permitted\nWANCTL-END 2\n"
	  "WANCTL-END 0\n" REST,
	    "permission", "RTNETLINK answers: Operation not permitted" },
	{ "something else\nWANCTL-END 2\nWANCTL-END 0\n" REST, "rejected",
	    "something else" },
};

static void
test_bad(void)
{
	static const char denied[] =
	    "RTNETLINK answers: Operation not permitted\nWANCTL-END 2\n"
	    "WANCTL-END 0\n";
	struct tc_text_shaper s[DIRECTIONS];
	struct slice said;
	int64_t uptime_us;
	char reply[4096], text[100];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		is_failure(tc_text_read(bad[i].reply, strlen(bad[i].reply),
			       cake, nothing, s, &uptime_us, &said),
		    bad[i].why, "R34: %s: %s", bad[i].why, bad[i].said);
		(void)snprintf(text, sizeof text, "%.*s", (int)said.len,
		    said.at);
		is_str(text, bad[i].said, "and what it said");
	}
	(void)snprintf(reply, sizeof reply, "%s%s", denied, cake_reply);
	is_failure(tc_text_read(reply, strlen(reply), cake, both, s, &uptime_us,
		       &said),
	    "permission", "a change that failed, before what is read");
	(void)snprintf(reply, sizeof reply, "%s",
	    CAKE("ifb4wan", "1Mbit autorate-ingress") CAKE("wan", "9bit") REST);
	is_failure(tc_text_read(reply, strlen(reply), cake, nothing, s,
		       &uptime_us, &said),
	    NULL, "one that");
	ok(s[DOWN].autorate && !s[UP].autorate, "changes its rate itself");
}

int
main(void)
{
	test_places();
	test_scripts();
	test_cake();
	test_htb();
	test_bad();
	return tap_done();
}

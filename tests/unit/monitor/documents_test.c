/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The documents, whole: keys, types and their order are others' to rely on. */
#include "monitor/documents.h"

#include "../tap.h"
#include "state.h"

static struct health line[3];
static char page[3 * DOCUMENTS_BYTES];
static struct documents_facts facts = { "1.2.3", "/var", 25, 200 };
static bool well;

static size_t
read_lines(const char *records)
{
	return health_read_lines(line, 3, records, strlen(records));
}

static void
show(const char *records)
{
	size_t n = read_lines(records);
	struct text out;

	text_init(&out, page, sizeof page);
	well = documents_health(&out, line, n, &facts);
}

static void
show_steering(const char *records)
{
	struct text out;

	(void)read_lines(records);
	text_init(&out, page, sizeof page);
	well = documents_steering(&out, &line[0], &facts);
}

static bool
has(const char *part)
{
	return strstr(page, part) != NULL;
}

#define UNREACHED "\"last_failure_time\":null,\"outage_duration_seconds\":null}"
#define DISK                                                   \
	"\"disk_space\":{\"path\":\"/var\",\"free_bytes\":25," \
	"\"total_bytes\":200,\"free_pct\":12.5,\"status\":\"warning\"}"

static void
healthy(void)
{
	show(STATE_WELL);
	ok(well, "R92: a line that is well");
	is_str(page,
	    "{\"status\":\"healthy\",\"uptime_seconds\":10,"
	    "\"version\":\"1.2.3\",\"consecutive_failures\":0,\"wan_count\":1,"
	    "\"wans\":[{\"name\":\"Cable\",\"baseline_rtt_ms\":18.1,"
	    "\"load_rtt_ms\":19.334,"
	    "\"download\":{\"current_rate_mbps\":45,\"state\":\"YELLOW\","
	    "\"state_reason\":\"grow\"},"
	    "\"upload\":{\"current_rate_mbps\":4,\"state\":\"GREEN\","
	    "\"state_reason\":\"hold\"},"
	    "\"router_connectivity\":{\"is_reachable\":true,"
	    "\"consecutive_failures\":0,\"last_failure_type\":null," UNREACHED
	    ",\"measurement\":{\"available\":true,\"raw_rtt_ms\":19.334,"
	    "\"staleness_sec\":1,\"active_reflector_hosts\":[\"192.0.2.1\","
	    "\"2001:db8::1\"],\"successful_reflector_hosts\":[\"192.0.2.1\"],"
	    "\"state\":\"reduced\",\"successful_count\":1,\"stale\":false},"
	    "\"reflector_quality\":{\"available\":true,\"hosts\":{"
	    "\"192.0.2.1\":{\"score\":0.9,\"status\":\"healthy\","
	    "\"measurements\":110},"
	    "\"2001:db8::1\":{\"score\":null,\"status\":\"silent\","
	    "\"measurements\":0}}}}],"
	    "\"router_reachable\":true," DISK ","
	    "\"alerting\":{\"enabled\":false,\"fire_count\":0,"
	    "\"active_cooldowns\":[]},"
	    "\"summary\":{\"service\":\"autorate\",\"status\":\"healthy\","
	    "\"wan_count\":1,\"router_reachable\":true,"
	    "\"alerts\":{\"enabled\":false,\"fire_count\":0,"
	    "\"active_cooldowns\":0,\"status\":\"disabled\"},"
	    "\"rows\":[{\"name\":\"Cable\",\"status\":\"ok\","
	    "\"router_reachable\":true,\"download_state\":\"YELLOW\","
	    "\"upload_state\":\"GREEN\",\"download_rate_mbps\":45,"
	    "\"upload_rate_mbps\":4}],"
	    "\"degraded_wans\":[],\"warning_wans\":[]}}\n",
	    "R92: the document, whole");
}

static void
degraded(void)
{
	show(STATE_WELL STATE_NEW);
	ok(!well, "R92: one of two lines never ran");
	ok(has("{\"status\":\"degraded\",\"uptime_seconds\":10,"),
	    "R92: so all are degraded");
	ok(has("\"name\":\"dsl\",\"baseline_rtt_ms\":null,"
	       "\"load_rtt_ms\":null,\"download\":{\"current_rate_mbps\":null,"
	       "\"state\":\"UNKNOWN\",\"state_reason\":\"never ran\"}"),
	    "R92: what is not known is null");
	ok(has("\"measurement\":{\"available\":false,\"raw_rtt_ms\":null,"
	       "\"staleness_sec\":null,\"active_reflector_hosts\":[],"
	       "\"successful_reflector_hosts\":[],\"state\":\"collapsed\","
	       "\"successful_count\":0,\"stale\":true}"),
	    "R92: nothing is measured");
	ok(has("\"degraded_wans\":[\"dsl\"],\"warning_wans\":[]"),
	    "R92: which line it is");
	show(STATE_WELL "rate t=1769000009500000 dir=up state=soft_red\n");
	ok(well && has("\"warning_wans\":[\"Cable\"]") &&
		has("\"upload_state\":\"SOFT_RED\""),
	    "R92: a line under pressure is well, and worth a look");
	show(STATE_WELL "rate t=1769000009500000 dir=up state=blackout\n");
	ok(!well && has("\"upload_state\":\"RED\"") &&
		has("\"state_reason\":\"blackout\""),
	    "R92: no answer at all is the worst state there is a word for");
	show(STATE_WELL "state v=1 program=wanctl-setrate\n"
			"pause failed=5 until_t=1769000012500000 last_us=1\n"
			"applied t=1769000009610000 dir=up ok=0 why=timeout\n");
	ok(!well && has("\"consecutive_failures\":5,\"wan_count\":1") &&
		has("\"router_connectivity\":{\"is_reachable\":false,"
		    "\"consecutive_failures\":5,\"last_failure_type\":"
		    "\"timeout\"," UNREACHED) &&
		has("\"router_reachable\":false,\"disk_space\"") &&
		has("\"status\":\"degraded\",\"router_reachable\":false"),
	    "R92: a router that is away");
	show(STATE_WELL "applied t=1769000009610000 dir=up ok=0 why=missing\n");
	ok(!well && has("\"router_connectivity\":{\"is_reachable\":true"),
	    "R92: a queue that is missing is told by a router that answers");
	show("");
	ok(!well && has("\"status\":\"degraded\",\"uptime_seconds\":null") &&
		has("\"wan_count\":0,\"wans\":[]"),
	    "R92: no line at all");
}

static void
alerts(void)
{
	show(STATE_WELL "state v=1 program=wanctl-alert wan=Cable\n");
	ok(well &&
		has("\"alerting\":{\"enabled\":true,\"fire_count\":0,"
		    "\"active_cooldowns\":[]}") &&
		has("\"active_cooldowns\":0,\"status\":\"idle\"}"),
	    "R93: somebody would be told");
	show(STATE_WELL "state v=1 program=wanctl-alert wan=Cable\n"
			"alerted event=hard_red_dl told=0 count=3 "
			"quiet_t=1769000012500000\n"
			"alerted event=blind told=1 count=2 "
			"quiet_t=1769000009000000\n"
			"alerted event=nonsense told=1 count=2\n");
	ok(has("\"alerting\":{\"enabled\":true,\"fire_count\":5,"
	       "\"active_cooldowns\":[{\"type\":\"hard_red_dl\","
	       "\"wan\":\"Cable\",\"remaining_sec\":2.5}]}"),
	    "R93: what was told, and what is not told again for a while");
	ok(has("\"fire_count\":5,\"active_cooldowns\":1,"
	       "\"status\":\"active\"}"),
	    "R93: ... in short");
}

static void
disks(void)
{
	facts.free_bytes = 100000000;
	facts.total_bytes = 100000000;
	show(STATE_NEW);
	ok(has("\"free_pct\":100,\"status\":\"ok\"}"),
	    "R92: 100 MB are enough");
	facts.free_bytes--;
	show(STATE_NEW);
	ok(has("\"free_pct\":99.9999,\"status\":\"warning\"}"),
	    "R92: less are not");
	facts.free_bytes = facts.total_bytes = NONE;
	show(STATE_NEW);
	ok(has("\"disk_space\":{\"path\":\"/var\",\"free_bytes\":null,"
	       "\"total_bytes\":null,\"free_pct\":null,\"status\":\"unknown\"}"),
	    "R92: a disk that cannot be asked");
	facts = (struct documents_facts){ "1.2.3", "/var", 25, 200 };
}

static void
steering(void)
{
	show_steering(STATE_WELL);
	ok(well, "R92: steering that is well");
	is_str(page,
	    "{\"status\":\"healthy\",\"pid\":null,\"version\":\"1.2.3\","
	    "\"steering\":{\"enabled\":true,\"state\":\"CABLE_DEGRADED\","
	    "\"mode\":\"active\"},"
	    "\"congestion\":{\"primary\":{\"state\":\"RED\",\"state_code\":2}},"
	    "\"decision\":{\"last_transition_time\":\"2026-01-21T12:53:24Z\","
	    "\"time_in_state_seconds\":5.5},"
	    "\"counters\":{\"red_count\":2,\"good_count\":0,"
	    "\"cake_read_failures\":null},\"confidence\":{\"primary\":77},"
	    "\"errors\":{},\"thresholds\":{\"green_rtt_ms\":null,"
	    "\"yellow_rtt_ms\":null,\"red_rtt_ms\":15,"
	    "\"red_samples_required\":2,\"green_samples_required\":15},"
	    "\"router_connectivity\":{\"is_reachable\":true,"
	    "\"consecutive_failures\":0,\"last_failure_type\":null," UNREACHED
	    ",\"router_reachable\":true," DISK ","
	    "\"summary\":{\"service\":\"steering\",\"status\":\"healthy\"}}\n",
	    "R92: its document, whole");
	show_steering(STATE_WELL "diverted ok=0 why=timeout\n");
	ok(!well && has("{\"status\":\"degraded\"") &&
		has("\"is_reachable\":false,\"consecutive_failures\":0,"
		    "\"last_failure_type\":\"timeout\""),
	    "R92: not switched");
	show_steering("line wan=x t=5 interval_us=1 backend=here steers=1\n");
	ok(!well && has("{\"status\":\"starting\"") &&
		has("\"state\":\"X_GOOD\"") &&
		has("\"state\":\"UNKNOWN\","
		    "\"state_code\":3") &&
		has("\"last_transition_time\":null"),
	    "R92: before its first decision");
	show_steering("line wan=x t=5 interval_us=1 backend=here steers=1\n"
		      "steer t=5 to=y on=0 dry_run=1 state=yellow\n");
	ok(well && has("\"mode\":\"dry_run\"") && has("\"state_code\":1"),
	    "R92: a dry run");
}

int
main(void)
{
	healthy();
	degraded();
	alerts();
	disks();
	steering();
	return tap_done();
}

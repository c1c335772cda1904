/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each metric from the records that it is of. */
#include "monitor/metrics.h"

#include "../tap.h"
#include "state.h"

static struct health line[3];
static char page[3 * METRICS_BYTES];

static void
show(const char *records)
{
	size_t n = health_read_lines(line, 3, records, strlen(records));
	struct text out;

	text_init(&out, page, sizeof page);
	metrics_write(&out, line, n, "1.2.3");
}

/* The sample's line is there, whole. */
static bool
has(const char *sample)
{
	size_t len = strlen(sample);

	for (const char *at = page; (at = strstr(at, sample)) != NULL; at++)
		if ((at == page || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

#define OF "{wan=\"cable\"}"
#define OF_DOWN "{wan=\"cable\",direction=\"download\"}"
#define OF_UP "{wan=\"cable\",direction=\"upload\"}"
#define DELAY                                              \
	"wanctl_added_delay_seconds_bucket{wan=\"cable\"," \
	"direction=\"download\",le="
#define PROBES "wanctl_probes_total{wan=\"cable\",reflector=\"192.0.2.1\","

static void
values(void)
{
	static const char *const samples[] = {
		"wanctl_build_info{version=\"1.2.3\"} 1",
		"wanctl_up" OF " 1",
		"wanctl_bandwidth_mbps" OF_DOWN " 45",
		"wanctl_bandwidth_mbps" OF_UP " 4",
		"wanctl_rate_bits_per_second" OF_DOWN " 45200000",
		"wanctl_load_ratio" OF_DOWN " 0.34",
		"wanctl_load_ratio" OF_UP " 1.01",
		"wanctl_rtt_baseline_ms" OF " 18.1",
		"wanctl_rtt_load_ms" OF " 19.334",
		"wanctl_rtt_delta_ms" OF " 1.234",
		DELAY "\"0.001\"} 1",
		DELAY "\"0.002\"} 3",
		DELAY "\"0.5\"} 66",
		DELAY "\"1\"} 78",
		DELAY "\"+Inf\"} 91",
		"wanctl_added_delay_seconds_sum" OF_DOWN " 20.5",
		"wanctl_added_delay_seconds_count" OF_DOWN " 91",
		"wanctl_added_delay_seconds_count" OF_UP " 0",
		"wanctl_state" OF_DOWN " 2",
		"wanctl_state" OF_UP " 1",
		"wanctl_state_seconds_total{wan=\"cable\",direction="
		"\"download\",state=\"green\"} 2.5",
		"wanctl_cycles_total" OF " 96",
		"wanctl_decisions_total{wan=\"cable\",direction=\"download\","
		"why=\"grow\"} 90",
		"wanctl_decision_timestamp_seconds" OF_DOWN " 1769000009.5",
		"wanctl_cycle_duration_seconds" OF " 0.00031",
		"wanctl_ping_failures_total" OF " 11",
		PROBES "method=\"icmp\",result=\"answered\"} 90",
		PROBES "method=\"icmp\",result=\"lost\"} 10",
		PROBES "method=\"icmp\",result=\"late\"} 2",
		PROBES "method=\"stamp\",result=\"lost\"} 1",
		"wanctl_reflector_baseline_seconds{wan=\"cable\","
		"reflector=\"192.0.2.1\",method=\"stamp\"} 0.0179",
		"wanctl_reflector_baseline_seconds{wan=\"cable\","
		"reflector=\"2001:db8::1\",method=\"icmp\"} 0.009",
		"wanctl_queue_bytes_total" OF_UP " 200",
		"wanctl_queue_packets_total" OF_UP " 20",
		"wanctl_queue_drops_total" OF_DOWN " 3",
		"wanctl_queue_ecn_marks_total" OF_DOWN " 4",
		"wanctl_queue_backlog_bytes" OF_DOWN " 1500",
		"wanctl_line_bytes_total" OF_DOWN " 1100",
		"wanctl_router_updates_total" OF " 20",
		"wanctl_rate_limit_events_total" OF " 2",
		"wanctl_router_up" OF " 1",
		"wanctl_router_failures_total" OF " 3",
		"wanctl_router_pause_seconds" OF " 0",
		"wanctl_router_pauses_total" OF " 6",
		"wanctl_router_flash_sectors_total" OF " 4321",
		"wanctl_steering_enabled" OF " 1",
		"wanctl_steering_transitions_total{wan=\"cable\","
		"from=\"good\",to=\"degraded\"} 4",
		"wanctl_steering_transitions_total{wan=\"cable\","
		"from=\"degraded\",to=\"good\"} 3",
		"wanctl_congestion_state" OF " 4",
		"wanctl_steer_score" OF " 77",
		"wanctl_steer_dry_run" OF " 0",
		"wanctl_steer_brake" OF " 1",
		"wanctl_up{wan=\"dsl\"} 0",
	};

	show(STATE_WELL STATE_NEW);
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		ok(has(samples[i]), "R92: %s", samples[i]);
}

/* What is not known is not there: it is not 0. */
static void
absent(void)
{
	show(STATE_WELL);
	ok(strstr(page, "wanctl_queue_drops_total" OF_UP) == NULL,
	    "R92: what was not counted has no sample");
	ok(strstr(page, "2001:db8::1\",method=\"icmp\",result") == NULL,
	    "R92: neither have probes of a reflector without counts");
	ok(strstr(page, "why=\"settle\"") == NULL,
	    "R92: neither has a reason that there was not");
	show(STATE_NEW);
	is_str(strstr(page, "# HELP wanctl_up"),
	    "# HELP wanctl_up Whether nothing is wrong with the line.\n"
	    "# TYPE wanctl_up gauge\nwanctl_up{wan=\"dsl\"} 0\n",
	    "R92: a line that never ran is down, and no more is known");
	show(STATE_NEW "applied t=1 dir=down ok=0 why=timeout\n"
		       "shaper dir=down writes=1 failures=1\n");
	ok(strstr(page, "wanctl_router_up{") == NULL &&
		strstr(page, "wanctl_router_failures") == NULL,
	    "R92: without a router it has no metrics");
	show("line wan=x t=" STATE_NOW
	     " interval_us=2000000 backend=router steers=0\n"
	     "pause failed=5 until_t=1769000012500000 last_us=5\n"
	     "applied t=1769000009510000 dir=down ok=0 why=timeout\n"
	     "rate t=1769000009510000 dir=up state=red base_us=5000 "
	     "delta_us=-100\n");
	ok(has("wanctl_router_up{wan=\"x\"} 0"), "R92: a router that is away");
	ok(has("wanctl_router_pause_seconds{wan=\"x\"} 2.5"),
	    "R92: how long it is left alone");
	ok(has("wanctl_rtt_delta_ms{wan=\"x\"} 0"),
	    "R92: a delay below the baseline is none");
	ok(has("wanctl_rtt_load_ms{wan=\"x\"} 4.9"), "R92: ... and a delay");
	show("line wan=x t=5 interval_us=1 backend=here steers=1\n"
	     "steer t=5 wan=x to=y on=0 dry_run=1 confidence=3 state=green\n");
	ok(has("wanctl_congestion_state{wan=\"x\"} 1"), "R92: a green vote");
	ok(has("wanctl_steer_brake{wan=\"x\"} 0"), "R92: no brake");
	ok(strstr(page, "transitions") == NULL,
	    "R92: changes that were not counted");
}

static void
alerted(void)
{
	show(STATE_NEW "state v=1 program=wanctl-alert wan=dsl\n"
		       "alerted event=blind told=1 count=2\n");
	ok(has("wanctl_alerts_total{wan=\"dsl\",event=\"blind\"} 2") &&
		has("wanctl_alerts_total{wan=\"dsl\",event=\"hard_red_dl\"} 0"),
	    "R93: how often each event was told");
	ok(has("wanctl_up{wan=\"dsl\"} 0"),
	    "R93: that somebody is told of a line does not make it run");
}

/* The text's own rules: head before samples, each name once, labels that no
 * record can break out of. */
static void
form(void)
{
	const char *type, *name;
	char head[200];

	show(STATE_WELL "state v=1 program=wanctl-alert wan=Cable\n" STATE_NEW);
	for (size_t i = 0; (name = metrics_name(i, &type)) != NULL; i++) {
		const char *at;

		(void)snprintf(head, sizeof head, "# TYPE %s %s\n", name, type);
		at = strstr(page, head);
		ok(at != NULL && strstr(at + 1, head) == NULL,
		    "R92: %s is there once", name);
		ok(strcmp(type, "counter") != 0 ||
			strcmp(name + strlen(name) - 6, "_total") == 0,
		    "... a counter ends in _total");
	}
	show(STATE_NEW "probes host=a\"b\\c answered=1 lost=0 late=0\n");
	ok(has("wanctl_probes_total{wan=\"dsl\",reflector=\"abc\","
	       "method=\"icmp\",result=\"answered\"} 1"),
	    "R92: a label ends where it should");
}

int
main(void)
{
	values();
	absent();
	alerted();
	form();
	return tap_done();
}

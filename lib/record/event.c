/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/event.h"

#include <string.h>

const char *const severity_names[SEVERITIES] = { "info", "warning",
	"critical" };

/* clang-format off */
#define PAIR(event, word, ended, severity)                         \
	[event] = { word "_dl", ended "_dl", severity },           \
	[event + 1] = { word "_ul", ended "_ul", severity }
#define ONE(event, word, ended, severity) [event] = { word, ended, severity }

const struct event event_table[ALERT_EVENTS] = {
	PAIR(ALERT_SUSTAINED_DL, "congestion_sustained",
	    "congestion_recovered", SEVERITY_WARNING),
	PAIR(ALERT_HARD_RED_DL, "hard_red", "hard_red", SEVERITY_CRITICAL),
	PAIR(ALERT_FLAPPING_DL, "flapping", "flapping", SEVERITY_WARNING),
	ONE(ALERT_REGRESSION, "latency_regression", "latency_regression",
	    SEVERITY_WARNING),
	ONE(ALERT_DRIFT, "baseline_drift", "baseline_drift",
	    SEVERITY_WARNING),
	ONE(ALERT_OFFLINE, "wan_offline", "wan_recovered",
	    SEVERITY_CRITICAL),
	ONE(ALERT_STEERED, "steering_activated", "steering_recovered",
	    SEVERITY_WARNING),
	ONE(ALERT_ROUTER_LOST, "router_lost", "router_back",
	    SEVERITY_CRITICAL),
	ONE(ALERT_BLIND, "blind", "blind", SEVERITY_CRITICAL),
	ONE(ALERT_ALTERNATE_DEAD, "alternate_dead", "alternate_dead",
	    SEVERITY_WARNING),
};

const char *const event_words[EVENT_WORDS + 1] = {
	"congestion_sustained_dl", "congestion_sustained_ul",
	"hard_red_dl", "hard_red_ul", "flapping_dl", "flapping_ul",
	"latency_regression", "baseline_drift", "wan_offline",
	"steering_activated", "router_lost", "blind", "alternate_dead",
	"congestion_recovered_dl", "congestion_recovered_ul",
	"wan_recovered", "steering_recovered", "router_back", NULL,
};
/* clang-format on */

size_t
event_number(const char *word, size_t len)
{
	size_t i = 0;

	while (i < EVENT_WORDS &&
	    (strlen(event_words[i]) != len ||
		memcmp(event_words[i], word, len) != 0))
		i++;
	return i;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/metrics.h"

#include <string.h>

#include "record/reason.h"

#define MICRO 6 /* places of what is in microseconds, or in bits for mega */
#define MILLI 3

/* The metric that is written. */
struct sheet {
	struct text *out;
	const struct metric *metric;
	bool begun; /* its head is there */
	bool labelled;
};

struct metric {
	const char *name, *type, *help;
	/* All samples of a line, or of a direction of it. */
	void (*of_line)(struct sheet *s, const struct health *h);
	void (*of_direction)(struct sheet *s, const struct health *h,
	    enum direction dir);
};

/* --- samples -------------------------------------------------------------- */

static void
add_head(struct sheet *s)
{
	if (s->begun)
		return;
	s->begun = true;
	text_add(s->out, "# HELP ");
	text_add(s->out, s->metric->name);
	text_add(s->out, " ");
	text_add(s->out, s->metric->help);
	text_add(s->out, "\n# TYPE ");
	text_add(s->out, s->metric->name);
	text_add(s->out, " ");
	text_add(s->out, s->metric->type);
	text_add(s->out, "\n");
}

/* Values are words of records: no quotes, no backslashes, no line ends. */
static void
label(struct sheet *s, const char *key, const char *value)
{
	text_add(s->out, s->labelled ? "," : "{");
	s->labelled = true;
	text_add(s->out, key);
	text_add(s->out, "=\"");
	for (; *value != '\0'; value++)
		if (*value > ' ' && *value <= '~' && *value != '"' &&
		    *value != '\\')
			text_bytes(s->out, value, 1);
	text_add(s->out, "\"");
}

/* A sample begins with the name and the line. */
static void
begin(struct sheet *s, const char *suffix, const struct health *h)
{
	char wan[WAN_MAX] = "";

	add_head(s);
	text_add(s->out, s->metric->name);
	text_add(s->out, suffix);
	s->labelled = false;
	for (size_t i = 0; h->line.wan[i] != '\0'; i++) {
		char c = h->line.wan[i];

		wan[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	label(s, "wan", wan);
}

static void
label_direction(struct sheet *s, enum direction dir)
{
	label(s, "direction", dir == DOWN ? "download" : "upload");
}

/* ... and ends with its value, which is value / 10^places. */
static void
end(struct sheet *s, int64_t value, int places)
{
	text_add(s->out, "} ");
	text_decimal(s->out, value, places);
	text_add(s->out, "\n");
}

/* The only one of a line, and of a direction; NONE: there is none. */
static void
one(struct sheet *s, const struct health *h, int64_t value, int places)
{
	if (value == NONE)
		return;
	begin(s, "", h);
	end(s, value, places);
}

static void
one_of(struct sheet *s, const struct health *h, enum direction dir,
    int64_t value, int places)
{
	if (value == NONE)
		return;
	begin(s, "", h);
	label_direction(s, dir);
	end(s, value, places);
}

/* NONE if either is. */
static int64_t
sum_of(int64_t a, int64_t b)
{
	return a == NONE || b == NONE ? NONE : a + b;
}

/* The sum of those that are known. */
static int64_t
sum_known(int64_t a, int64_t b)
{
	if (a == NONE)
		return b;
	return b == NONE ? a : a + b;
}

/* --- the line ------------------------------------------------------------- */

static void
up(struct sheet *s, const struct health *h)
{
	one(s, h, health_is_well(h), 0);
}

static const struct health_rate *
worse_rate(const struct health *h)
{
	enum direction dir = health_worse(h);

	return dir == DIRECTIONS ? NULL : &h->dir[dir].rate;
}

static void
rtt_baseline(struct sheet *s, const struct health *h)
{
	const struct health_rate *r = worse_rate(h);

	one(s, h, r != NULL ? r->base_us : NONE, MILLI);
}

static void
rtt_load(struct sheet *s, const struct health *h)
{
	const struct health_rate *r = worse_rate(h);

	one(s, h, r != NULL ? sum_of(r->base_us, r->delta_us) : NONE, MILLI);
}

static void
rtt_delta(struct sheet *s, const struct health *h)
{
	const struct health_rate *r = worse_rate(h);

	if (r != NULL)
		one(s, h, r->delta_us > 0 ? r->delta_us : 0, MILLI);
}

static void
cycles(struct sheet *s, const struct health *h)
{
	one(s, h, health_decisions(h), 0);
}

static void
ping_failures(struct sheet *s, const struct health *h)
{
	if (h->tally.since_us != 0)
		one(s, h, h->tally.probes.lost, 0);
}

static void
cycle_duration(struct sheet *s, const struct health *h)
{
	int64_t down = h->dir[DOWN].applied.took_us,
		up_us = h->dir[UP].applied.took_us;

	one(s, h, down > up_us ? down : up_us, MICRO);
}

static void
updates(struct sheet *s, const struct health *h)
{
	one(s, h,
	    sum_known(h->dir[DOWN].shaper.writes, h->dir[UP].shaper.writes), 0);
}

static void
held_back(struct sheet *s, const struct health *h)
{
	one(s, h, sum_known(h->dir[DOWN].shaper.held, h->dir[UP].shaper.held),
	    0);
}

/* --- directions ----------------------------------------------------------- */

static void
bandwidth(struct sheet *s, const struct health *h, enum direction dir)
{
	one_of(s, h, dir, h->dir[dir].applied.bps, MICRO);
}

static void
state(struct sheet *s, const struct health *h, enum direction dir)
{
	for (int i = 0; i < ZONES; i++)
		if (strcmp(h->dir[dir].rate.state, zone_names[i]) == 0)
			one_of(s, h, dir, i, 0);
}

static void
decision_time(struct sheet *s, const struct health *h, enum direction dir)
{
	one_of(s, h, dir, h->dir[dir].rate.t_us, MICRO);
}

static void
decided_rate(struct sheet *s, const struct health *h, enum direction dir)
{
	one_of(s, h, dir, h->dir[dir].rate.bps, 0);
}

static void
load_ratio(struct sheet *s, const struct health *h, enum direction dir)
{
	one_of(s, h, dir, h->dir[dir].rate.load, 2);
}

static void
bucket(struct sheet *s, const struct health *h, enum direction dir,
    int64_t bound_us, int64_t count)
{
	char buf[32];
	struct text le;

	text_init(&le, buf, sizeof buf);
	if (bound_us == NONE)
		text_add(&le, "+Inf");
	else
		text_decimal(&le, bound_us, MICRO);
	begin(s, "_bucket", h);
	label_direction(s, dir);
	label(s, "le", buf);
	end(s, count, 0);
}

static void
added_delay(struct sheet *s, const struct health *h, enum direction dir)
{
	const struct tally_direction *d = &h->tally.dir[dir];
	int64_t count = 0;

	if (h->tally.since_us == 0)
		return;
	for (size_t i = 0; i < TALLY_BOUNDS; i++) {
		count += d->delays[i];
		bucket(s, h, dir, tally_bounds_us[i], count);
	}
	count += d->delays[TALLY_BOUNDS];
	bucket(s, h, dir, NONE, count);
	begin(s, "_sum", h);
	label_direction(s, dir);
	end(s, d->delay_us, MICRO);
	begin(s, "_count", h);
	label_direction(s, dir);
	end(s, count, 0);
}

static void
state_seconds(struct sheet *s, const struct health *h, enum direction dir)
{
	for (int i = 0; i < ZONES && h->tally.since_us != 0; i++) {
		begin(s, "", h);
		label_direction(s, dir);
		label(s, "state", zone_names[i]);
		end(s, h->tally.dir[dir].state_us[i], MICRO);
	}
}

static void
decisions(struct sheet *s, const struct health *h, enum direction dir)
{
	for (int i = 0; i < RATE_REASONS; i++) {
		if (h->tally.dir[dir].why[i] == 0)
			continue;
		begin(s, "", h);
		label_direction(s, dir);
		label(s, "why", rate_reasons[i].word);
		end(s, h->tally.dir[dir].why[i], 0);
	}
}

#define OF_QUEUE(name, member)                                    \
	static void name(struct sheet *s, const struct health *h, \
	    enum direction dir)                                   \
	{                                                         \
		one_of(s, h, dir, h->dir[dir].queue.member, 0);   \
	}
OF_QUEUE(queue_bytes, bytes)
OF_QUEUE(queue_packets, packets)
OF_QUEUE(queue_drops, drops)
OF_QUEUE(queue_marks, marks)
OF_QUEUE(queue_backlog, backlog)
OF_QUEUE(line_bytes, line_bytes)

/* --- reflectors ----------------------------------------------------------- */

static const char *
method_of(const struct health_reflector *r)
{
	return r->method[0] != '\0' ? r->method : "icmp";
}

static void
probes(struct sheet *s, const struct health *h)
{
	for (size_t i = 0; i < h->reflectors; i++) {
		const struct health_reflector *r = &h->reflector[i];
		const struct {
			const char *result;
			int64_t count;
		} of[] = { { "answered", r->answered }, { "lost", r->lost },
			{ "late", r->late } };

		for (size_t j = 0; j < 3; j++) {
			if (of[j].count == NONE)
				continue;
			begin(s, "", h);
			label(s, "reflector", r->host);
			label(s, "method", method_of(r));
			label(s, "result", of[j].result);
			end(s, of[j].count, 0);
		}
	}
}

static void
reflector_baseline(struct sheet *s, const struct health *h)
{
	for (size_t i = 0; i < h->reflectors; i++) {
		const struct health_reflector *r = &h->reflector[i];

		if (r->base_us == NONE)
			continue;
		begin(s, "", h);
		label(s, "reflector", r->host);
		label(s, "method", method_of(r));
		end(s, r->base_us, MICRO);
	}
}

/* --- a router ------------------------------------------------------------- */

static bool
asks_router(const struct health *h)
{
	return h->line.backend != HEALTH_HERE &&
	    h->dir[DOWN].applied.t_us != NONE;
}

static void
router_up(struct sheet *s, const struct health *h)
{
	if (asks_router(h))
		one(s, h, health_router_failure(h)[0] == '\0', 0);
}

static void
router_failures(struct sheet *s, const struct health *h)
{
	if (h->line.backend != HEALTH_HERE)
		one(s, h,
		    sum_known(h->dir[DOWN].shaper.failures,
			h->dir[UP].shaper.failures),
		    0);
}

static void
router_pause(struct sheet *s, const struct health *h)
{
	if (asks_router(h))
		one(s, h, health_pause_us(h, HEALTH_SHAPER), MICRO);
}

static void
router_pauses(struct sheet *s, const struct health *h)
{
	if (asks_router(h))
		one(s, h, h->pauses != NONE ? h->pauses : 0, 0);
}

static void
router_sectors(struct sheet *s, const struct health *h)
{
	if (h->line.backend != HEALTH_HERE)
		one(s, h, h->sectors, 0);
}

/* --- steering ------------------------------------------------------------- */

static void
steering_enabled(struct sheet *s, const struct health *h)
{
	if (health_has_steering(h))
		one(s, h, h->steer.on, 0);
}

static void
transition(struct sheet *s, const struct health *h, const char *from,
    const char *to, int64_t count)
{
	begin(s, "", h);
	label(s, "from", from);
	label(s, "to", to);
	end(s, count, 0);
}

static void
steering_transitions(struct sheet *s, const struct health *h)
{
	if (!health_has_steering(h) || h->steer.changes == NONE ||
	    h->steer.away == NONE)
		return;
	transition(s, h, "good", "degraded", h->steer.away);
	transition(s, h, "degraded", "good", h->steer.changes - h->steer.away);
}

static void
congestion_state(struct sheet *s, const struct health *h)
{
	static const int code
	    [VOTES] = { [VOTE_GREEN] = 1, [VOTE_YELLOW] = 2, [VOTE_RED] = 4 };

	for (int i = VOTE_GREEN; i < VOTES && health_has_steering(h); i++)
		if (strcmp(h->steer.state, vote_names[i]) == 0)
			one(s, h, code[i], 0);
}

static void
steer_score(struct sheet *s, const struct health *h)
{
	if (health_has_steering(h))
		one(s, h, h->steer.confidence, 0);
}

static void
steer_dry_run(struct sheet *s, const struct health *h)
{
	if (health_has_steering(h))
		one(s, h, h->steer.dry_run, 0);
}

static void
steer_brake(struct sheet *s, const struct health *h)
{
	if (health_has_steering(h))
		one(s, h,
		    h->steer.brake_us != NONE &&
			h->steer.brake_us > h->line.now_us,
		    0);
}

/* --- alerts --------------------------------------------------------------- */

static void
alerts(struct sheet *s, const struct health *h)
{
	for (int i = 0; i < ALERT_EVENTS && h->alerts.seen; i++) {
		begin(s, "", h);
		label(s, "event", event_words[i]);
		end(s, h->alerts.of[i].count, 0);
	}
}

/* --- all ------------------------------------------------------------------ */

/* clang-format off */
static const struct metric metrics[] = {
	{ "wanctl_up", "gauge",
	  "Whether nothing is wrong with the line.", up, NULL },
	{ "wanctl_bandwidth_mbps", "gauge",
	  "Rate that the shaper was found to have, in Mbit/s.",
	  NULL, bandwidth },
	{ "wanctl_rate_bits_per_second", "gauge",
	  "Rate that was decided.", NULL, decided_rate },
	{ "wanctl_load_ratio", "gauge",
	  "Traffic as a part of the rate.", NULL, load_ratio },
	{ "wanctl_rtt_baseline_ms", "gauge",
	  "Round trip without a queue, of the worse direction, in ms.",
	  rtt_baseline, NULL },
	{ "wanctl_rtt_load_ms", "gauge",
	  "Round trip now, of the worse direction, in ms.", rtt_load, NULL },
	{ "wanctl_rtt_delta_ms", "gauge",
	  "Delay above the baseline, of the worse direction, in ms.",
	  rtt_delta, NULL },
	{ "wanctl_added_delay_seconds", "histogram",
	  "Delay above the baseline, of each decision.", NULL, added_delay },
	{ "wanctl_state", "gauge",
	  "0 unknown, 1 GREEN, 2 YELLOW, 3 SOFT_RED, 4 RED, 5 BLACKOUT.",
	  NULL, state },
	{ "wanctl_state_seconds_total", "counter",
	  "Time in each state.", NULL, state_seconds },
	{ "wanctl_cycles_total", "counter",
	  "Decisions of both directions.", cycles, NULL },
	{ "wanctl_decisions_total", "counter",
	  "Decisions by their reason.", NULL, decisions },
	{ "wanctl_decision_timestamp_seconds", "gauge",
	  "Time of the newest decision.", NULL, decision_time },
	{ "wanctl_cycle_duration_seconds", "gauge",
	  "Time that the shaper took for its last rate.",
	  cycle_duration, NULL },
	{ "wanctl_ping_failures_total", "counter",
	  "Probes that were not answered in time.", ping_failures, NULL },
	{ "wanctl_probes_total", "counter",
	  "Probes of each reflector; a late one was lost before.",
	  probes, NULL },
	{ "wanctl_reflector_baseline_seconds", "gauge",
	  "Round trip to a reflector without a queue.",
	  reflector_baseline, NULL },
	{ "wanctl_queue_bytes_total", "counter",
	  "Bytes that left the shaper.", NULL, queue_bytes },
	{ "wanctl_queue_packets_total", "counter",
	  "Packets that left the shaper.", NULL, queue_packets },
	{ "wanctl_queue_drops_total", "counter",
	  "Packets that the shaper dropped.", NULL, queue_drops },
	{ "wanctl_queue_ecn_marks_total", "counter",
	  "Packets that the shaper marked.", NULL, queue_marks },
	{ "wanctl_queue_backlog_bytes", "gauge",
	  "Bytes that wait in the shaper.", NULL, queue_backlog },
	{ "wanctl_line_bytes_total", "counter",
	  "Bytes that crossed the device of the line.", NULL, line_bytes },
	{ "wanctl_router_updates_total", "counter",
	  "Writes of the shaper.", updates, NULL },
	{ "wanctl_rate_limit_events_total", "counter",
	  "Increases that had to wait for write_limit.", held_back, NULL },
	{ "wanctl_router_up", "gauge",
	  "Whether the router answered when it was asked last.",
	  router_up, NULL },
	{ "wanctl_router_failures_total", "counter",
	  "Tries to set a rate that failed.", router_failures, NULL },
	{ "wanctl_router_pause_seconds", "gauge",
	  "For how much longer the router is left alone.",
	  router_pause, NULL },
	{ "wanctl_router_pauses_total", "counter",
	  "How often the router was left alone after failures.",
	  router_pauses, NULL },
	{ "wanctl_router_flash_sectors_total", "counter",
	  "Sectors of its flash memory that the router wrote since it booted.",
	  router_sectors, NULL },
	{ "wanctl_steering_enabled", "gauge",
	  "Whether traffic goes to the other line.", steering_enabled, NULL },
	{ "wanctl_steering_transitions_total", "counter",
	  "Changes of where traffic goes.", steering_transitions, NULL },
	{ "wanctl_congestion_state", "gauge",
	  "Vote for steering: 1 green, 2 yellow, 4 red.",
	  congestion_state, NULL },
	{ "wanctl_steer_score", "gauge",
	  "How sure it is that the line is congested, 0 to 100.",
	  steer_score, NULL },
	{ "wanctl_steer_dry_run", "gauge",
	  "Whether decisions of steering are not carried out.",
	  steer_dry_run, NULL },
	{ "wanctl_steer_brake", "gauge",
	  "Whether steering holds still after too many changes.",
	  steer_brake, NULL },
	{ "wanctl_alerts_total", "counter",
	  "How often each event was told.", alerts, NULL },
};
/* clang-format on */

#define METRICS (sizeof metrics / sizeof *metrics)

const char *
metrics_name(size_t i, const char **type)
{
	if (i >= METRICS)
		return NULL;
	*type = metrics[i].type;
	return metrics[i].name;
}

static void
write_metric(struct sheet *s, const struct health *line, size_t lines)
{
	for (size_t i = 0; i < lines; i++) {
		if (s->metric->of_line != NULL)
			s->metric->of_line(s, &line[i]);
		for (int dir = 0;
		     dir < DIRECTIONS && s->metric->of_direction != NULL; dir++)
			s->metric->of_direction(s, &line[i],
			    (enum direction)dir);
	}
}

void
metrics_write(struct text *out, const struct health *line, size_t lines,
    const char *version)
{
	text_add(out,
	    "# HELP wanctl_build_info Version of wanctl.\n"
	    "# TYPE wanctl_build_info gauge\n"
	    "wanctl_build_info{version=\"");
	text_add(out, version);
	text_add(out, "\"} 1\n");
	for (size_t i = 0; i < METRICS; i++) {
		struct sheet s = { .out = out, .metric = &metrics[i] };

		write_metric(&s, line, lines);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/load_generator.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "calibrate/iperf.h"
#include "record/record.h"
#include "shape/qdisc.h"

#define SEC 1000000
#define TICK_US 100000
#define FLOWS "4"
#define ATTEMPTS 4
#define START_US 300000 /* to start and end a load */

/* Whom the probes are for. */
enum taking { TAKE_NONE, TAKE_IDLE, TAKE_LOAD, TAKE_LATE };

static enum status
fail(struct load_generator *l, enum status status, const char *what,
    const char *why)
{
	(void)snprintf(l->detail, sizeof l->detail, "%s%s%s", what,
	    *why != '\0' ? ": " : "", why);
	return status;
}

/* --- probes -------------------------------------------------------------- */

enum status
load_generator_start(struct load_generator *l)
{
	const struct settings *s = l->settings;
	const char *argv[CHILD_ARGUMENTS] = { "wanctl-ping", "-i", "200ms" };
	char mark[NUMBER_MAX];
	size_t n = 3;

	samples_init(&l->samples);
	l->now_bps = l->from_us = -1;
	if (s->ping.family != FAMILY_ANY)
		argv[n++] = s->ping.family == FAMILY_4 ? "-4" : "-6";
	if (s->ping.device[0] != '\0') {
		argv[n++] = "-I";
		argv[n++] = s->ping.device;
	} else if (s->ping.source[0] != '\0') {
		argv[n++] = "-S";
		argv[n++] = s->ping.source;
	} else if (s->ping.mark != 0) {
		number_format(mark, s->ping.mark);
		argv[n++] = "-m";
		argv[n++] = mark;
	}
	for (size_t i = 0; i < s->ping.hosts; i++)
		argv[n++] = s->ping.host[i];
	argv[n] = NULL;
	if (child_start(&l->ping, argv, false) == -1)
		return fail(l, STATUS_OS, argv[0], strerror(errno));
	lines_init(&l->lines, l->ping.out);
	return STATUS_OK;
}

static void
take_rtt_line(struct load_generator *l, enum taking taking, const char *line,
    size_t len)
{
	const char *culprit;
	struct record r;
	struct rtt rtt;

	if (taking == TAKE_NONE || record_parse(&r, line, len) != NULL ||
	    !slice_is(r.kind, "rtt") ||
	    message_unpack(&message_rtt, &rtt, &r, &culprit) != NULL)
		return;
	if (taking == TAKE_IDLE)
		samples_idle(&l->samples, &rtt);
	else if (taking == TAKE_LOAD)
		samples_take(&l->samples, &rtt, clock_monotonic());
	else
		samples_late(&l->samples, &rtt, clock_monotonic());
}

static enum status
read_probes(struct load_generator *l, enum taking taking)
{
	const char *line;
	size_t len;
	enum lines_got got;

	while ((got = lines_next(&l->lines, &line, &len)) != LINES_EMPTY) {
		if (got == LINES_END)
			return fail(l, STATUS_RETRY, "wanctl-ping ended", "");
		if (got == LINES_LINE)
			take_rtt_line(l, taking, line, len);
	}
	return STATUS_OK;
}

static void
read_load(struct load_generator *l)
{
	while (l->load.out != -1) {
		char rest[4096];
		bool room = l->len < LOAD_GENERATOR_OUTPUT - 1;
		ssize_t n = room ? read(l->load.out, l->out + l->len,
				       LOAD_GENERATOR_OUTPUT - 1 - l->len) :
				   read(l->load.out, rest, sizeof rest);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0) {
			(void)close(l->load.out);
			l->load.out = -1;
		}
		if (n <= 0)
			return;
		if (room)
			l->len += (size_t)n;
	}
}

static void
read_errors(struct load_generator *l)
{
	char said[sizeof l->err / 2];
	ssize_t n;

	while (l->load.err != -1 &&
	    (n = read(l->load.err, said, sizeof said)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return;
		if (l->err_len + (size_t)n >= sizeof l->err) {
			size_t old = l->err_len + (size_t)n + 1 - sizeof l->err;

			l->err_len -= old;
			memmove(l->err, l->err + old, l->err_len);
		}
		memcpy(l->err + l->err_len, said, (size_t)n);
		l->err_len += (size_t)n;
	}
	if (l->load.err != -1)
		(void)close(l->load.err);
	l->load.err = -1;
}

/* Bytes through the line's device so far; -1 if nobody counts. */
static int64_t
counter(const struct load_generator *l, enum direction dir)
{
	char path[128], text[32];
	int64_t v = -1;
	ssize_t n;
	int fd;

	if (l->settings->wan.device[0] == '\0')
		return -1;
	(void)snprintf(path, sizeof path,
	    "/sys/class/net/%s/statistics/%s_bytes", l->settings->wan.device,
	    dir == DOWN ? "rx" : "tx");
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (number_int(text, strcspn(text, "\n"), 0, INT64_MAX, &v) != NULL)
		return -1;
	return v;
}

/* Both ways, as who sells the data counts; -1 if nobody counts. */
static int64_t
moved(const struct load_generator *l)
{
	int64_t down = counter(l, DOWN), up = counter(l, UP);

	return down < 0 || up < 0 ? -1 : down + up;
}

int64_t
load_generator_rate(int64_t from, int64_t to, int64_t us)
{
	return from < 0 || to < from ? -1 :
				       number_muldiv(to - from, 8 * SEC, us);
}

/* How fast it is now, every half a second. */
static void
watch(struct load_generator *l, int64_t now_us)
{
	int64_t bytes;

	if (l->load.pid == 0) {
		l->now_bps = l->from_us = -1;
		return;
	}
	if (l->from_us >= 0 && now_us - l->from_us < SEC / 2)
		return;
	bytes = counter(l, l->loading);
	if (l->from_us >= 0)
		l->now_bps = load_generator_rate(l->from_bytes, bytes,
		    now_us - l->from_us);
	l->from_bytes = bytes;
	l->from_us = now_us;
}

/* Reads the counter of the load, for its capacity. */
static void
read_counter(struct load_generator *l)
{
	if (l->readings < LOAD_GENERATOR_READINGS)
		l->reading[l->readings++] = (struct capacity_reading){
			clock_monotonic(), counter(l, l->loading)
		};
	l->read_us += CAPACITY_STEP_US;
}

static int64_t
wake_us(const struct load_generator *l, int64_t now_us, int64_t until_us,
    enum taking taking)
{
	int64_t at_us = now_us + TICK_US;

	if (taking == TAKE_LOAD && l->read_us < at_us)
		at_us = l->read_us;
	return at_us < until_us ? at_us : until_us;
}

/* Waits until then, collecting. A load may end before. */
static enum status
collect_until(struct load_generator *l, int64_t until_us, enum taking taking)
{
	enum status status = STATUS_OK;
	int64_t now_us;

	while (status == STATUS_OK && !*l->stopping &&
	    (now_us = clock_monotonic()) < until_us) {
		struct pollfd fds[2] = { { .fd = l->ping.out,
					     .events = POLLIN },
			{ .fd = l->load.pid == 0 ? -1 : l->load.out,
			    .events = POLLIN } };
		struct timespec left = clock_until(
		    wake_us(l, now_us, until_us, taking));

		if (ppoll(fds, 2, &left, l->open_mask) > 0 &&
		    fds[0].revents != 0 && lines_fill(&l->lines) == -1)
			return fail(l, STATUS_OS, "wanctl-ping",
			    strerror(errno));
		status = read_probes(l, taking);
		if (l->load.pid != 0) {
			l->load_status = child_status(&l->load);
			l->load_ended = l->load.pid == 0;
			l->ended_us = now_us;
			read_load(l);
			read_errors(l);
		}
		watch(l, now_us);
		if (taking == TAKE_LOAD && clock_monotonic() >= l->read_us)
			read_counter(l);
		if (l->tick != NULL)
			l->tick(l->user);
	}
	if (*l->stopping)
		return fail(l, STATUS_RETRY, "", "");
	return status;
}

enum status
load_generator_idle(struct load_generator *l, int64_t for_us)
{
	return collect_until(l, clock_monotonic() + for_us, TAKE_IDLE);
}

/* --- load ---------------------------------------------------------------- */

bool
load_generator_has(const struct load_generator *l, enum direction dir)
{
	return l->server != NULL || l->command[dir] != NULL;
}

/* So long a load has to last. */
static int64_t
load_us(const struct load_generator *l)
{
	return l->ramp_us + LOAD_GENERATOR_HOLD_US;
}

int64_t
load_generator_probe_us(const struct load_generator *l)
{
	return load_us(l) + LOAD_GENERATOR_SETTLE_US + START_US;
}

static enum status
start_load(struct load_generator *l, enum direction dir)
{
	char buf[CHILD_COMMAND], seconds[NUMBER_MAX], port[NUMBER_MAX];
	const char *argv[CHILD_ARGUMENTS];
	const char *const iperf[] = { "iperf3", "-c", l->server, "-p", port,
		"-J", "-P", FLOWS, "-t", seconds, dir == DOWN ? "-R" : NULL,
		NULL };
	const char *why;

	if (l->port == 0)
		l->port = l->ports.first;
	number_format(port, l->port);
	number_format(seconds, load_us(l) / SEC + 1);
	if (l->command[dir] == NULL)
		memcpy(argv, iperf, sizeof iperf);
	else if ((why = child_split(l->command[dir], buf, argv)) != NULL)
		return fail(l, STATUS_USAGE, l->command[dir], why);
	l->len = l->err_len = 0;
	l->load_ended = false;
	l->loading = dir;
	l->now_bps = l->from_us = -1;
	if (child_start(&l->load, argv, true) == -1)
		return fail(l, STATUS_OS, argv[0], strerror(errno));
	return STATUS_OK;
}

/* The rate that the load itself says it had, or -1. */
static int64_t
load_says(struct load_generator *l, const char **error, struct iperf_result *r)
{
	size_t at, digits;
	int64_t bps;

	*error = NULL;
	l->out[l->len] = '\0';
	if (iperf_parse(l->out, l->len, r) == NULL) {
		if (r->error[0] != '\0')
			*error = r->error;
		return r->bps;
	}
	/* A command's last word, all of it: a number, of which a fraction is
	 * left out. */
	while (l->len > 0 && isspace((unsigned char)l->out[l->len - 1]))
		l->len--;
	l->out[l->len] = '\0';
	for (at = l->len; at > 0 && !isspace((unsigned char)l->out[at - 1]);)
		at--;
	digits = strspn(l->out + at, "0123456789");
	if (l->out[at + digits] == '.' &&
	    at + digits + 1 + strspn(l->out + at + digits + 1, "0123456789") ==
		l->len)
		l->len = at + digits;
	if (number_int(l->out + at, l->len - at, 0, QDISC_BPS_MAX, &bps) ==
	    NULL)
		return bps;
	return -1;
}

/* The last line of a text with room for a NUL. */
static char *
last_line(char *text, size_t len)
{
	char *line;

	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	line = strrchr(text, '\n');
	return line == NULL ? text : line + 1;
}

/* The last line of a load that failed, of its errors if it wrote any. */
static const char *
last_words(struct load_generator *l)
{
	char *line = last_line(l->err, l->err_len);

	if (*line == '\0')
		line = last_line(l->out, l->len);
	return *line == '\0' ? "it ended with a failure" : text_printable(line);
}

struct counted {
	int64_t from, to; /* after the ramp, at the end */
};

static enum status
run_load(struct load_generator *l, enum direction dir, struct counted *c)
{
	int64_t begun_us = clock_monotonic(), until_us;
	enum status status;

	if ((status = start_load(l, dir)) != STATUS_OK)
		return status;
	status = collect_until(l, begun_us + l->ramp_us, TAKE_NONE);
	c->from = counter(l, dir);
	l->readings = 0;
	l->read_us = begun_us + l->ramp_us;
	if (status == STATUS_OK && !l->load_ended)
		status = collect_until(l, begun_us + load_us(l), TAKE_LOAD);
	c->to = counter(l, dir);
	/* Without counters, its result is all there is. */
	until_us = clock_monotonic() + 5 * SEC;
	while (c->to < 0 && status == STATUS_OK && !l->load_ended &&
	    clock_monotonic() < until_us)
		status = collect_until(l, clock_monotonic() + TICK_US,
		    TAKE_NONE);
	read_load(l);
	read_errors(l);
	child_end(&l->load, SEC);
	return status;
}

/* A load of that length: l->trouble says why there was none. */
static enum status
load_once(struct load_generator *l, enum direction dir,
    struct search_probe *out)
{
	int64_t begun_us = clock_monotonic(), took_us, says;
	struct iperf_result result;
	const char *error;
	struct counted c;
	enum status status;

	samples_begin(&l->samples);
	out->bytes = 0;
	if ((status = run_load(l, dir, &c)) != STATUS_OK)
		return status;
	took_us = clock_monotonic() - begun_us;
	says = load_says(l, &error, &result);
	out->throughput_bps = c.to >= 0 && c.from >= 0 ?
	    load_generator_rate(c.from, c.to, LOAD_GENERATOR_HOLD_US) :
	    says;
	out->bytes = says > 0 ? number_muldiv(says, took_us, 8 * SEC) : 0;
	l->trouble = NULL;
	if (l->load_ended && l->load_status != 0) {
		(void)snprintf(l->said, sizeof l->said, "%s",
		    error != NULL ? error : last_words(l));
		l->trouble = l->said;
	} else if (l->load_ended &&
	    l->ended_us - begun_us < load_us(l) - TICK_US)
		l->trouble = "it ended too early";
	else if (c.to >= 0 && c.to < c.from)
		l->trouble = "the counters of the device began anew";
	else if (l->samples.n + (size_t)l->samples.lost == 0)
		l->trouble = "no probe came back";
	return STATUS_OK;
}

/* After an attempt that failed: what to wait before the next one; -1: there is
 * none. */
static int64_t
next_attempt(struct load_generator *l, int failed)
{
	bool busy = l->trouble == l->said && strstr(l->said, "busy") != NULL;

	if (busy)
		l->port = l->port < l->ports.last ? l->port + 1 :
						    l->ports.first;
	if (failed < ATTEMPTS)
		return SEC;
	return busy &&
		clock_monotonic() + LOAD_GENERATOR_AGAIN_US < l->patience_us ?
	    LOAD_GENERATOR_AGAIN_US :
	    -1;
}

enum status
load_generator_measure(struct load_generator *l, enum direction dir,
    struct search_probe *out)
{
	int64_t begun_us = clock_monotonic(), before = moved(l), bytes = 0;
	int64_t pause_us = LOAD_GENERATOR_SETTLE_US;
	enum status status = STATUS_OK;
	char what[32];

	for (int failed = 0; pause_us != -1; failed++) {
		status = load_once(l, dir, out);
		bytes += out->bytes;
		if (status == STATUS_OK && l->trouble != NULL &&
		    (pause_us = next_attempt(l, failed + 1)) == -1)
			break;
		/* The buffer empties, a server becomes free. */
		if (status == STATUS_OK)
			status = collect_until(l, clock_monotonic() + pause_us,
			    l->trouble == NULL ? TAKE_LATE : TAKE_NONE);
		if (status != STATUS_OK) {
			l->trouble = NULL;
			return status;
		}
		if (l->trouble != NULL)
			continue;
		if (l->capacity != NULL)
			capacity_add(l->capacity, dir, l->reading, l->readings,
			    &l->samples, l->jitter_us, l->target_us);
		samples_add_up(&l->samples, out);
		out->took_us = clock_monotonic() - begun_us;
		out->bytes = before >= 0 && moved(l) >= before ?
		    moved(l) - before :
		    bytes;
		return STATUS_OK;
	}
	(void)snprintf(what, sizeof what, "load %s", direction_names[dir]);
	return fail(l, STATUS_RETRY, what, l->trouble);
}

void
load_generator_end(struct load_generator *l, int64_t grace_us)
{
	child_end(&l->load, grace_us);
	child_end(&l->ping, grace_us);
}

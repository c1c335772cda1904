/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/probing.h"

#include <string.h>

/* --- the schedule --------------------------------------------------------- */

static int64_t
gap_us(const struct probing *p)
{
	return p->interval_us / (int64_t)p->places;
}

static int64_t
tick_us(const struct probing *p, int64_t tick)
{
	int64_t n = (int64_t)p->places;

	return p->start_us + tick / n * p->interval_us +
	    p->interval_us * (tick % n) / n;
}

static bool
is_served(const struct probing *p, size_t target)
{
	return p->count > 0 && p->target[target].seq >= p->count;
}

static size_t
target_of(const struct probing *p, int64_t tick)
{
	return p->place[tick % (int64_t)p->places];
}

/* Sets the next tick after the one that was `now`: the first in the future
 * whose target still wants probes. */
static void
plan(struct probing *p, int64_t now_us, uint64_t random)
{
	int64_t n = (int64_t)p->places, tenth = gap_us(p) / 10, least_us;
	int64_t missed = (now_us - p->start_us) / p->interval_us * n;
	size_t now_served = target_of(p, p->tick);

	p->tick++;
	/* A long pause is not counted tick by tick. */
	if (missed > p->tick)
		p->tick = missed;
	while (tick_us(p, p->tick) < now_us)
		p->tick++;
	for (int64_t i = 0; i < n && is_served(p, target_of(p, p->tick)); i++)
		p->tick++;
	p->due_us = tick_us(p, p->tick) - tenth +
	    (int64_t)(random % (uint64_t)(2 * tenth + 1));
	/* Not to be woken only to find that it is too early. */
	least_us = p->target[target_of(p, p->tick)].sent_us;
	if (target_of(p, p->tick) == now_served)
		least_us = now_us;
	least_us += PROBING_LEAST_US;
	if (least_us > p->due_us && least_us <= p->due_us + gap_us(p) / 2)
		p->due_us = least_us;
}

void
probing_init(struct probing *p, size_t targets, int64_t interval_us,
    int64_t timeout_us, int64_t count, int64_t now_us)
{
	int64_t keep_us = timeout_us * PROBING_LATE;

	memset(p, 0, sizeof *p);
	p->targets = p->places = targets;
	p->interval_us = interval_us;
	p->timeout_us = timeout_us;
	p->count = count;
	p->start_us = p->due_us = now_us;
	p->held.number = -1;
	for (size_t i = 0; i < targets; i++) {
		p->place[i] = (unsigned char)i;
		p->target[i].sent_us = now_us - PROBING_LEAST_US;
	}
	/* As many as can be sent in the time that they are remembered. */
	if (keep_us > PROBING_LONGEST_US)
		keep_us = PROBING_LONGEST_US;
	p->size = targets * (size_t)(keep_us / interval_us + 2) + 1;
	if (p->size > PROBING_RING)
		p->size = PROBING_RING;
}

void
probing_limit(struct probing *p, size_t n)
{
	p->places = n;
}

void
probing_replace(struct probing *p, size_t from, size_t to)
{
	for (size_t i = 0; i < p->places; i++)
		if (p->place[i] == from) {
			p->place[i] = (unsigned char)to;
			return;
		}
}

/* 0 if the target may be probed now, else how long it must wait. */
static int64_t
wait_us(const struct probing *p, size_t target, int64_t now_us)
{
	int64_t at_us = p->target[target].sent_us + PROBING_LEAST_US;

	return at_us > now_us ? at_us - now_us : 0;
}

static int
urgent_target(struct probing *p, int64_t now_us)
{
	for (size_t i = 0; i < p->targets; i++)
		if (p->target[i].urgent) {
			p->target[i].urgent = false;
			if (!is_served(p, i) && wait_us(p, i, now_us) == 0)
				return (int)i;
		}
	return -1;
}

int
probing_turn(struct probing *p, int64_t now_us, uint64_t random)
{
	int urgent = urgent_target(p, now_us);
	size_t target = target_of(p, p->tick);
	int64_t wait;

	if (urgent != -1)
		return urgent;
	if (now_us < p->due_us)
		return -1;
	wait = wait_us(p, target, now_us);
	/* A little too early is put off; soon after an urgent probe, the turn
	 * is over. */
	if (wait > 0 && wait <= gap_us(p) / 2 && !is_served(p, target)) {
		p->due_us = now_us + wait;
		return -1;
	}
	plan(p, now_us, random);
	return wait == 0 && !is_served(p, target) ? (int)target : -1;
}

void
probing_skip(struct probing *p, int target, bool counts)
{
	if (counts)
		p->target[target].seq++;
}

void
probing_urge(struct probing *p, size_t target)
{
	p->target[target].urgent = true;
}

/* --- probes --------------------------------------------------------------- */

static struct probe *
probe_at(struct probing *p, int64_t number)
{
	return &p->ring[(size_t)number % p->size];
}

static int64_t
number_of(const struct probing *p, const struct probe *probe)
{
	size_t slot = (size_t)(probe - p->ring);
	size_t last = (size_t)(p->next - 1) % p->size;

	return p->next - 1 - (int64_t)((last + p->size - slot) % p->size);
}

uint16_t
probing_wire_seq(const struct probing *p)
{
	return (uint16_t)p->next;
}

struct probe *
probing_sent(struct probing *p, int target, unsigned socket, uint64_t token,
    uint32_t key, const struct instant *sent)
{
	struct probe *probe = probe_at(p, p->next);

	p->next++;
	if (p->sent++ == 0)
		p->offset_ns = sent->offset_ns;
	p->target[target].sent_us = sent->us;
	*probe = (struct probe){
		.token = token,
		.seq = ++p->target[target].seq,
		.sent = *sent,
		.key = key,
		.target = (unsigned char)target,
		.socket = (unsigned char)socket,
		.state = PROBE_SENT,
	};
	/* The ring holds all that are waited for; should it not, they are
	 * forgotten, never mixed up. */
	if (p->oldest < p->next - (int64_t)p->size)
		p->oldest = p->next - (int64_t)p->size;
	return probe;
}

static void
fill(struct outcome *out, const struct probe *probe)
{
	*out = (struct outcome){
		.target = probe->target,
		.seq = probe->seq,
		.queued_us = -1,
		.asked_stamps = probe->asks_stamps,
		.connected = probe->connects,
	};
}

void
probing_unsent(struct probing *p, int target, bool connects, int64_t now_us,
    struct outcome *out)
{
	p->target[target].sent_us = now_us;
	*out = (struct outcome){
		.target = (size_t)target,
		.seq = ++p->target[target].seq,
		.queued_us = -1,
		.connected = connects,
	};
}

static int64_t
first_remembered(const struct probing *p)
{
	return p->next > (int64_t)p->size ? p->next - (int64_t)p->size : 0;
}

struct probe *
probing_find(struct probing *p, unsigned socket, uint16_t seq, uint64_t token)
{
	int64_t back = (uint16_t)((uint16_t)(p->next - 1) - seq);
	int64_t number = p->next - 1 - back;
	struct probe *probe;

	if (number >= first_remembered(p)) {
		probe = probe_at(p, number);
		if (probe->token == token && probe->socket == socket)
			return probe;
	}
	p->foreign++;
	return NULL;
}

void
probing_stamp(struct probing *p, unsigned socket, uint32_t key,
    enum probing_stamp what, int64_t stamp_ns)
{
	for (int64_t i = p->next - 1; i >= first_remembered(p); i--) {
		struct probe *probe = probe_at(p, i);

		if (probe->socket != socket || probe->key != key)
			continue;
		if (what == PROBING_QUEUED)
			probe->queued_ns = stamp_ns;
		else
			probe->left_ns = stamp_ns;
		return;
	}
}

/* --- results -------------------------------------------------------------- */

static int64_t
to_us(int64_t ns)
{
	/* Rounded, but no round trip takes no time. */
	return ns > 0 && ns < 500 ? 1 : (ns + 500) / 1000;
}

/* The round trip, 0 if there can be none. */
static int64_t
round_trip_us(const struct probe *probe, int64_t received_ns,
    const struct instant *read, int64_t *queued_us)
{
	int64_t moved_ns = read->offset_ns - probe->sent.offset_ns;
	int64_t sent_ns = probe->sent.us * 1000 + probe->sent.offset_ns;
	int64_t most_us = read->us - probe->sent.us, from_ns, us;

	*queued_us = -1;
	if (received_ns == 0 || moved_ns > PROBING_STEP_NS ||
	    moved_ns < -PROBING_STEP_NS)
		return most_us > 0 ? most_us : 1;
	from_ns = sent_ns;
	if (probe->queued_ns >= sent_ns - PROBING_STEP_NS)
		from_ns = probe->queued_ns;
	if (probe->left_ns >= from_ns) {
		if (from_ns == probe->queued_ns)
			*queued_us = (probe->left_ns - from_ns) / 1000;
		from_ns = probe->left_ns;
	}
	us = to_us(received_ns - from_ns);
	if (us >= 1 && us <= most_us + PROBING_STEP_NS / 1000)
		return us;
	*queued_us = -1;
	return most_us > 0 ? most_us : 1;
}

/* The one-way delays, of a round trip between stamps of the kernel. */
static void
split(const struct probing *p, const struct probe *probe, int64_t received_ns,
    const struct instant *read, struct outcome *out)
{
	int64_t moved_ns = p->offset_ns - read->offset_ns;
	int64_t came_ns = received_ns + moved_ns, came_us;

	if (received_ns == 0)
		came_ns = read->us * 1000 + p->offset_ns;
	if (probe->asks_exact) {
		out->one_way = stamps_exact_one_way(&probe->exact,
		    came_ns - out->us * 1000, came_ns, &out->us, &out->up_us,
		    &out->down_us);
		return;
	}
	came_us = came_ns / 1000;
	out->one_way = stamps_one_way(&probe->stamps, came_us - out->us,
	    came_us, out->us, &out->up_us, &out->down_us);
}

/* False if it is not a result. */
static bool
finish(struct probing *p, struct probe *probe, int64_t received_ns,
    const struct instant *read, struct outcome *out)
{
	fill(out, probe);
	out->us = round_trip_us(probe, received_ns, read, &out->queued_us);
	if (out->us >= PROBING_LONGEST_US) {
		p->impossible++;
		return false;
	}
	if (probe->asks_stamps || probe->asks_exact)
		split(p, probe, received_ns, read, out);
	out->late = probe->state == PROBE_LOST || out->us > p->timeout_us;
	probe->state = out->late ? PROBE_LATE : PROBE_ANSWERED;
	p->answered++;
	return true;
}

static bool
finish_held(struct probing *p, struct outcome *out)
{
	struct probe *probe = probe_at(p, p->held.number);

	p->held.number = -1;
	if (!finish(p, probe, p->held.received_ns, &p->held.read, out)) {
		probe->state = PROBE_LOST;
		out->us = 0;
	}
	return true;
}

static void
hold(struct probing *p, const struct probe *probe, int64_t received_ns,
    const struct instant *read, int64_t most_us)
{
	p->held.number = number_of(p, probe);
	p->held.received_ns = received_ns;
	p->held.read = *read;
	p->held.until_us = read->us + most_us;
}

/* Whether an answer came after the time-out, which was not noticed yet because
 * the machine was busy: then the probe is told to be lost first, as always. */
static bool
is_late(const struct probing *p, const struct probe *probe, int64_t received_ns,
    const struct instant *read)
{
	int64_t queued_us;
	int64_t us = round_trip_us(probe, received_ns, read, &queued_us);

	return us > p->timeout_us && us < PROBING_LONGEST_US;
}

bool
probing_answer(struct probing *p, struct probe *probe, int64_t received_ns,
    const struct instant *read, bool wait, struct outcome *out)
{
	bool other = p->held.number != -1;

	if ((probe->state != PROBE_SENT && probe->state != PROBE_LOST) ||
	    (other && p->held.number == number_of(p, probe))) {
		p->duplicates++;
		return false;
	}
	if (probe->state == PROBE_SENT && !other &&
	    is_late(p, probe, received_ns, read)) {
		hold(p, probe, received_ns, read, 0);
		probe->state = PROBE_LOST;
		fill(out, probe);
		return true;
	}
	if (!wait || probe->left_ns != 0 || received_ns == 0 ||
	    probe->state == PROBE_LOST)
		return finish(p, probe, received_ns, read, out);
	/* There is room for one; the other has waited long enough. */
	if (other)
		other = finish_held(p, out);
	hold(p, probe, received_ns, read,
	    gap_us(p) < PROBING_HOLD_US ? gap_us(p) : PROBING_HOLD_US);
	probe->state = PROBE_HELD;
	return other;
}

bool
probing_error(struct probing *p, struct probe *probe, struct outcome *out)
{
	(void)p;
	if (probe->state != PROBE_SENT)
		return false;
	probe->state = PROBE_LOST;
	fill(out, probe);
	return true;
}

/* When the oldest probe that is waited for is lost; INT64_MAX if there is
 * none. */
static int64_t
lost_us(const struct probing *p)
{
	for (int64_t i = p->oldest; i < p->next; i++) {
		const struct probe *probe = &p->ring[(size_t)i % p->size];

		if (probe->state == PROBE_SENT)
			return probe->sent.us + p->timeout_us;
	}
	return INT64_MAX;
}

bool
probing_overdue(const struct probing *p, int64_t now_us)
{
	return now_us >= lost_us(p);
}

bool
probing_expire(struct probing *p, int64_t now_us, struct outcome *out)
{
	struct probe *probe;

	if (p->held.number != -1 &&
	    (probe_at(p, p->held.number)->left_ns != 0 ||
		now_us >= p->held.until_us))
		return finish_held(p, out);
	for (; p->oldest < p->next; p->oldest++) {
		probe = probe_at(p, p->oldest);
		if (probe->state != PROBE_SENT)
			continue;
		if (now_us < probe->sent.us + p->timeout_us)
			return false;
		probe->state = PROBE_LOST;
		p->oldest++;
		fill(out, probe);
		return true;
	}
	return false;
}

static bool
all_served(const struct probing *p)
{
	for (size_t i = 0; i < p->targets; i++)
		if (!is_served(p, i))
			return false;
	return true;
}

bool
probing_done(const struct probing *p)
{
	return probing_due_us(p) == INT64_MAX;
}

int64_t
probing_due_us(const struct probing *p)
{
	int64_t due_us = lost_us(p);

	if (p->held.number != -1 && p->held.until_us < due_us)
		due_us = p->held.until_us;
	if (all_served(p))
		return due_us;
	for (size_t i = 0; i < p->targets; i++)
		if (p->target[i].urgent)
			return INT64_MIN;
	return p->due_us < due_us ? p->due_us : due_us;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/probing.h"

#include "../random.h"
#include "../tap.h"

#define MS INT64_C(1000)
#define SECOND (1000 * MS)
#define START (50 * SECOND)

/* The wall clock minus the monotonic one, in these tests. */
#define OFFSET INT64_C(1700000000000000000)

/* The middle of the jitter: due exactly at the tick. */
static uint64_t
exact(const struct probing *p)
{
	return (uint64_t)(p->interval_us / (int64_t)p->places / 10);
}

static struct instant
at(int64_t us)
{
	return (struct instant){ us, OFFSET };
}

/* The wall clock in nanoseconds at a monotonic moment. */
static int64_t
wall(int64_t us)
{
	return us * 1000 + OFFSET;
}

static uint64_t
token_of(int64_t number)
{
	return (uint64_t)number * 0x9e3779b97f4a7c15U + 1;
}

/* Sends the probe of this target and returns its sequence on the wire. */
static uint16_t
launch(struct probing *p, int target, int64_t now_us)
{
	uint16_t seq = probing_wire_seq(p);
	struct instant now = at(now_us);

	(void)probing_sent(p, target, 0, token_of(p->next), (uint32_t)p->next,
	    &now);
	return seq;
}

static void
start(struct probing *p, size_t targets, int64_t count)
{
	probing_init(p, targets, 300 * MS, SECOND, count, START);
}

/* --- schedule ---------------------------------------------------------- */

static void
test_turns(void)
{
	struct probing p;
	int64_t now_us = START;
	int wrong = 0;

	start(&p, 6, 0);
	for (int i = 0; i < 600; i++) {
		now_us = probing_due_us(&p);
		wrong += now_us != START + i * 50 * MS;
		wrong += probing_turn(&p, now_us - 1, exact(&p)) != -1;
		wrong += probing_turn(&p, now_us, exact(&p)) != i % 6;
		launch(&p, i % 6, now_us);
		p.oldest = p.next; /* as if answered */
	}
	is_int(wrong, 0, "six targets take turns, 50 ms apart");
}

/* R6: two places for four targets. */
static void
test_places(void)
{
	static const int turns[] = { 0, 1, 0, 1, 0, 3, 0, 3 };
	struct probing p;
	int wrong = 0;

	start(&p, 4, 0);
	probing_limit(&p, 2);
	for (int i = 0; i < 8; i++) {
		int64_t due_us = probing_due_us(&p);

		wrong += due_us != START + i * 150 * MS;
		wrong += probing_turn(&p, due_us, exact(&p)) != turns[i];
		launch(&p, turns[i], due_us);
		p.oldest = p.next; /* as if answered */
		if (i == 3)
			probing_replace(&p, 1, 3);
	}
	is_int(wrong, 0, "R6: two places take turns, and change hands");
	probing_replace(&p, 2, 1);
	probing_urge(&p, 2);
	is_int(probing_turn(&p, START + 10 * SECOND, exact(&p)), 2,
	    "R6: one without a place is probed when it is urged");
}

static void
test_jitter(void)
{
	struct probing p;
	int64_t least = INT64_MAX, most = INT64_MIN, off;

	start(&p, 6, 0);
	random_start();
	for (int i = 0; i < 6000; i++) {
		int64_t due_us = probing_due_us(&p);

		off = due_us - (START + i * 50 * MS);
		least = off < least ? off : least;
		most = off > most ? off : most;
		if (probing_turn(&p, due_us, random_bits()) != i % 6)
			break;
		launch(&p, i % 6, due_us);
		p.oldest = p.next;
	}
	ok(least >= -5 * MS && most <= 5 * MS,
	    "a turn is at most a tenth of its share off: %lld..%lld",
	    (long long)least, (long long)most);
	ok(least < -4 * MS && most > 4 * MS, "and uses all of that");
	is_int(p.next, 6000, "and does not drift, nor is one left out");
}

/* R4: whatever the delays of this machine. */
static void
test_five_a_second(void)
{
	struct probing p;
	int64_t last[4] = { 0 }, now_us = START;
	int close = 0, count = 0;

	random_start();
	probing_init(&p, 4, PROBING_LEAST_US, SECOND, 0, START);
	while (count < 20000) {
		int target;

		now_us = probing_due_us(&p) > now_us ? probing_due_us(&p) :
						       now_us;
		now_us += random_int(0, 9) == 0 ? random_int(0, 400 * MS) : 0;
		target = probing_turn(&p, now_us, random_bits());
		p.oldest = p.next;
		if (target == -1)
			continue;
		close += now_us - last[target] < PROBING_LEAST_US;
		last[target] = now_us;
		launch(&p, target, now_us);
		if (random_int(0, 99) == 0)
			probing_urge(&p, (size_t)random_int(0, 3));
		count++;
	}
	is_int(close, 0,
	    "R4: never two probes of a target within 200 ms, in %d probes",
	    count);
	ok(now_us - START < 20000 / 4 * 400 * MS,
	    "R4: and not much fewer than that: %lld us each",
	    (long long)((now_us - START) / 5000));
}

static void
test_no_burst(void)
{
	struct probing p;
	int sent = 0, late_us = 0;

	start(&p, 6, 0);
	for (int i = 0; i < 6; i++) {
		(void)probing_turn(&p, probing_due_us(&p), exact(&p));
		launch(&p, i, START + i * 50 * MS);
	}
	p.oldest = p.next;
	/* An hour and 10 ms later. */
	for (int64_t us = 0; us < 50 * MS; us += MS) {
		int64_t now_us = START + 3600 * SECOND + 10 * MS + us;
		int target = probing_turn(&p, now_us, exact(&p));

		if (target == -1)
			continue;
		sent++;
		late_us = (int)us;
		launch(&p, target, now_us);
	}
	is_int(sent, 2,
	    "R4: after an hour's pause one probe at once, then "
	    "one in its turn");
	is_int(late_us, 40 * MS, "and that is where it was before the pause");
}

static void
test_count(void)
{
	struct probing p;
	struct outcome out;
	int sent[3] = { 0 };
	int64_t now_us = START;

	start(&p, 3, 2);
	while (!probing_done(&p)) {
		int target;

		now_us = probing_due_us(&p);
		if (probing_expire(&p, now_us, &out))
			continue;
		if ((target = probing_turn(&p, now_us, exact(&p))) == -1)
			continue;
		sent[target]++;
		launch(&p, target, now_us);
	}
	ok(sent[0] == 2 && sent[1] == 2 && sent[2] == 2,
	    "each target gets its count");
	is_int(now_us, START + 500 * MS + SECOND,
	    "it is over when the last probe has timed out");
	is_int(probing_due_us(&p), INT64_MAX, "then nothing is due");
}

static void
test_skip(void)
{
	struct probing p;

	start(&p, 2, 1);
	is_int(probing_turn(&p, START, exact(&p)), 0, "the first is due");
	probing_skip(&p, 0, false);
	is_int(probing_turn(&p, START + 150 * MS, exact(&p)), 1,
	    "a turn may be left out");
	launch(&p, 1, START + 150 * MS);
	is_int(probing_due_us(&p), START + 300 * MS,
	    "the one that is still to come is due next");
	probing_urge(&p, 0);
	ok(probing_due_us(&p) <= START + 160 * MS, "when urged, at once");
	is_int(probing_turn(&p, START + 160 * MS, exact(&p)), 0,
	    "before its turn");
	launch(&p, 0, START + 160 * MS);
	is_int(probing_turn(&p, START + 300 * MS, exact(&p)), -1,
	    "and that was one of its count");
	start(&p, 2, 1);
	(void)probing_turn(&p, START, exact(&p));
	probing_skip(&p, 0, true);
	(void)probing_turn(&p, START + 150 * MS, exact(&p));
	probing_skip(&p, 1, true);
	ok(probing_done(&p), "a turn that counts though nothing was sent");
}

static void
test_urge(void)
{
	struct probing p;

	start(&p, 1, 0);
	(void)probing_turn(&p, START, exact(&p));
	launch(&p, 0, START);
	probing_urge(&p, 0);
	is_int(probing_turn(&p, START + 10 * MS, exact(&p)), -1,
	    "R4: urged too early, it waits");
	is_int(probing_turn(&p, START + 300 * MS, exact(&p)), 0,
	    "for its turn");
}

/* A turn that comes too early for its target, which was probed at sent_us. */
static void
test_put_off(void)
{
	static const struct {
		const char *name;
		int64_t sent_us, due_us;
	} cases[] = {
		{ "a microsecond", 100 * MS + 1, 300 * MS + 1 },
		{ "half its share", 250 * MS, 450 * MS },
		{ "more", 250 * MS + 1, 600 * MS },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct probing p;

		start(&p, 1, 0);
		(void)probing_turn(&p, START, exact(&p));
		launch(&p, 0, START + cases[i].sent_us);
		p.oldest = p.next; /* as if answered */
		is_int(probing_turn(&p, START + 300 * MS, exact(&p)), -1,
		    "R4: a turn too early by %s: no probe", cases[i].name);
		is_int(probing_due_us(&p), START + cases[i].due_us,
		    "R4: then it is put off, by no more than half its share");
		is_int(probing_turn(&p, START + cases[i].due_us, exact(&p)), 0,
		    "R4: and comes");
	}
}

/* --- results ----------------------------------------------------------- */

/* A reply to the probe with this sequence number on the wire. */
static bool
reply(struct probing *p, uint16_t seq, int64_t received_us, int64_t read_us,
    bool wait, struct outcome *out)
{
	int64_t number = p->next - 1 -
	    (uint16_t)((uint16_t)(p->next - 1) - seq);
	struct instant read = at(read_us);
	struct probe *probe = probing_find(p, 0, seq, token_of(number));

	return probe != NULL &&
	    probing_answer(p, probe, wall(received_us), &read, wait, out);
}

static void
test_answer(void)
{
	struct probing p;
	struct outcome out = { 0 };
	uint16_t seq;

	start(&p, 2, 0);
	seq = launch(&p, 1, START);
	probing_stamp(&p, 0, 0, PROBING_QUEUED, wall(START + 10));
	probing_stamp(&p, 0, 0, PROBING_LEFT, wall(START + 4010));
	ok(reply(&p, seq, START + 24010, START + 90000, true, &out),
	    "an answer is a result");
	is_int(out.us, 20000,
	    "R3: from the stamp of leaving to that of receiving, however late "
	    "it is read");
	is_int(out.queued_us, 4000, "R11: the time in our own queue is apart");
	ok(out.target == 1 && out.seq == 1 && !out.late, "of that target");
	ok(!probing_expire(&p, START + 9 * SECOND, &out),
	    "nothing is due about it later");
	ok(!reply(&p, seq, START + 24011, START + 90001, true, &out) &&
		p.duplicates == 1,
	    "R4: the same answer again is counted, and no result");
	is_int(p.answered, 1, "one was answered");
}

static void
test_fallbacks(void)
{
	static const struct {
		int64_t queued_us, left_us, received_us; /* 0: no stamp */
		int64_t us, queued;
		const char *name;
	} cases[] = {
		{ 10, 12, 1000, 988, 2, "all stamps" },
		{ 10, 0, 1000, 990, -1, "no stamp of leaving" },
		{ 0, 12, 1000, 988, -1, "no stamp of queueing" },
		{ 0, 0, 1000, 1000, -1, "no stamp of sending" },
		{ 10, 12, 0, 1100, -1, "no stamp of receiving" },
		{ 0, 0, 0, 1100, -1, "no stamp at all" },
		{ 10, 12, 11, 1100, -1, "received before it left" },
		{ 10, 12, 1500, 1100, -1, "received after it was read" },
		{ -900, -800, 1000, 1000, -1, "left before it was sent" },
		{ 20, 12, 1000, 980, -1, "left before it was queued" },
		{ 1000, 1000, 1000, 1100, -1, "in no time" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct probing p;
		struct outcome out = { 0 };
		struct instant read = at(START + 1100);
		struct probe *probe;

		start(&p, 1, 0);
		(void)launch(&p, 0, START);
		probe = probing_find(&p, 0, 0, token_of(0));
		if (cases[i].queued_us != 0)
			probing_stamp(&p, 0, 0, PROBING_QUEUED,
			    wall(START + cases[i].queued_us));
		if (cases[i].left_us != 0)
			probing_stamp(&p, 0, 0, PROBING_LEFT,
			    wall(START + cases[i].left_us));
		ok(probing_answer(&p, probe,
		       cases[i].received_us != 0 ?
			   wall(START + cases[i].received_us) :
			   0,
		       &read, false, &out),
		    "%s: a result", cases[i].name);
		is_int(out.us, cases[i].us, "R3: %s: the best there is",
		    cases[i].name);
		is_int(out.queued_us, cases[i].queued, "R11: %s: our own queue",
		    cases[i].name);
	}
}

static void
test_clock_set(void)
{
	static const int64_t steps[] = { 3600000000000, -3600000000000,
		20000000, -20000000, 300000 };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct probing p;
		struct outcome out = { 0 };
		struct instant read = { START + 20100, OFFSET + steps[i] };
		struct probe *probe;

		start(&p, 1, 0);
		(void)launch(&p, 0, START);
		probe = probing_find(&p, 0, 0, token_of(0));
		probing_stamp(&p, 0, 0, PROBING_LEFT, wall(START + 3));
		ok(probing_answer(&p, probe, wall(START + 20000) + steps[i],
		       &read, true, &out),
		    "R87: the clock is set by %lld us on the way",
		    (long long)steps[i] / 1000);
		is_int(out.us, 20100,
		    "R87: the round trip is that of the monotonic clock");
		is_int(out.queued_us, -1, "R87: and the queue is unknown");
	}
}

static void
test_lost_and_late(void)
{
	struct probing p;
	struct outcome out = { 0 };
	uint16_t seq;

	start(&p, 1, 0);
	seq = launch(&p, 0, START);
	ok(!probing_expire(&p, START + SECOND - 1, &out),
	    "R5: not lost before its time-out");
	ok(probing_expire(&p, START + SECOND, &out) && out.us == 0 && !out.late,
	    "R5: at its time-out it is lost");
	ok(!probing_expire(&p, START + 2 * SECOND, &out), "once");
	ok(reply(&p, seq, START + 1500 * MS, START + 1501 * MS, true, &out),
	    "R4: an answer after that is late");
	ok(out.late && out.us == 1500 * MS && out.seq == 1,
	    "R4: with its true round trip");
	ok(!reply(&p, seq, START + 1600 * MS, START + 1601 * MS, true, &out) &&
		p.duplicates == 1,
	    "R4: and once");

	seq = launch(&p, 0, START + 2 * SECOND);
	ok(reply(&p, seq, START + 3100 * MS, START + 3200 * MS, false, &out) &&
		out.us == 0,
	    "R4: its time-out was not noticed in time: lost all the same");
	ok(!reply(&p, seq, START + 3100 * MS, START + 3201 * MS, false, &out) &&
		p.duplicates == 2,
	    "R4: the same answer again, between the two");
	ok(probing_expire(&p, START + 3200 * MS, &out) && out.late &&
		out.us == 1100 * MS,
	    "R4: then it is late");
	ok(!probing_expire(&p, START + 4 * SECOND, &out), "and that is all");

	seq = launch(&p, 0, START + 5 * SECOND);
	ok(reply(&p, seq, START + 5020 * MS, START + 9 * SECOND, false, &out) &&
		!out.late && out.us == 20 * MS,
	    "R5: what came in time is not late because it was read late");
}

static void
test_ten_seconds(void)
{
	struct probing p;
	struct outcome out = { 0 };
	uint16_t seq;

	probing_init(&p, 1, SECOND, 9 * SECOND, 0, START);
	seq = launch(&p, 0, START);
	ok(!reply(&p, seq, START + 10 * SECOND, START + 10 * SECOND, false,
	       &out) &&
		p.impossible == 1,
	    "R4: a round trip of ten seconds is refused");
	ok(probing_expire(&p, START + 10 * SECOND, &out) && out.us == 0,
	    "R4: the probe is lost");
}

static void
test_hold(void)
{
	struct probing p;
	struct outcome out = { 0 };
	uint16_t first, second;

	start(&p, 1, 0);
	first = launch(&p, 0, START);
	ok(!reply(&p, first, START + 5000, START + 5010, true, &out),
	    "R11: an answer waits for its stamp of leaving");
	ok(!probing_expire(&p, START + 5020, &out), "while there is none");
	ok(probing_due_us(&p) <= START + 5010 + PROBING_HOLD_US,
	    "R11: not for long");
	probing_stamp(&p, 0, 0, PROBING_LEFT, wall(START + 1000));
	ok(probing_expire(&p, START + 5030, &out) && out.us == 4000,
	    "R11: with the stamp it is a result");

	first = launch(&p, 0, START + SECOND);
	(void)reply(&p, first, START + SECOND + 7000, START + SECOND + 7010,
	    true, &out);
	ok(!reply(&p, first, START + SECOND + 7001, START + SECOND + 7020, true,
	       &out) &&
		p.duplicates == 1,
	    "R4: while it waits, the same answer again is one too many");
	ok(probing_expire(&p, START + SECOND + 7010 + PROBING_HOLD_US, &out) &&
		out.us == 7000,
	    "R11: without a stamp it counts from the sending");

	first = launch(&p, 0, START + 2 * SECOND);
	second = launch(&p, 0, START + 2 * SECOND + 300 * MS);
	(void)reply(&p, first, START + 2500 * MS, START + 2500 * MS, true,
	    &out);
	ok(reply(&p, second, START + 2510 * MS, START + 2510 * MS, true,
	       &out) &&
		out.seq == 3 && out.us == 500 * MS,
	    "a second one that waits sets the first one free");
	ok(probing_expire(&p, START + 2600 * MS, &out) && out.seq == 4 &&
		out.us == 210 * MS,
	    "and has its own result");
	is_int(p.answered, 4, "each counted once");
}

static void
test_errors(void)
{
	struct probing p;
	struct outcome out = { 0 };
	struct probe *probe;
	uint16_t seq;

	start(&p, 1, 0);
	seq = launch(&p, 0, START);
	probe = probing_find(&p, 0, seq, token_of(0));
	ok(probing_error(&p, probe, &out) && out.us == 0,
	    "an ICMP error: lost at once");
	ok(!probing_error(&p, probe, &out), "once");
	ok(!probing_expire(&p, START + 5 * SECOND, &out), "and not again");
	probing_unsent(&p, 0, true, START + 6 * SECOND, &out);
	ok(out.us == 0 && out.seq == 2 && out.connected,
	    "not sent: lost, with its number and its way");
}

static void
test_foreign(void)
{
	struct probing p;
	uint16_t seq;

	start(&p, 1, 0);
	ok(probing_find(&p, 0, 0, 0) == NULL, "R4: before the first probe");
	seq = launch(&p, 0, START);
	ok(probing_find(&p, 0, seq, token_of(0)) != NULL, "ours is found");
	ok(probing_find(&p, 0, seq, token_of(0) ^ 1) == NULL,
	    "R4: not with another token");
	ok(probing_find(&p, 1, seq, token_of(0)) == NULL,
	    "R4: not through the other socket");
	ok(probing_find(&p, 0, (uint16_t)(seq + 1), token_of(0)) == NULL,
	    "R4: not with another sequence number");
	ok(probing_find(&p, 0, (uint16_t)(seq - 1), token_of(0)) == NULL,
	    "R4: nor with one from before");
	is_int(p.foreign, 5, "R4: and they are counted");
}

/* Over the wrap of the 16-bit number and of the ring: each finds its own. */
static void
test_ring(size_t targets, int64_t interval_us, int64_t timeout_us)
{
	struct probing p;
	struct outcome out;
	int64_t now_us = START;
	int wrong = 0, remembered;

	probing_init(&p, targets, interval_us, timeout_us, 0, START);
	for (int i = 0; i < 70000; i++) {
		int target = probing_turn(&p, now_us, exact(&p));

		if (target != -1)
			launch(&p, target, now_us);
		while (probing_expire(&p, now_us, &out))
			;
		now_us = probing_due_us(&p);
	}
	remembered = 0;
	for (int64_t i = p.next - 1; i >= 0 && i >= p.next - 4000; i--)
		remembered += probing_find(&p, 0, (uint16_t)i, token_of(i)) !=
		    NULL;
	for (int64_t i = p.oldest; i < p.next; i++)
		wrong += probing_find(&p, 0, (uint16_t)i, token_of(i)) == NULL;
	is_int(wrong, 0, "%zu targets: all that are waited for are remembered",
	    targets);
	is_int(remembered, (long long)p.size,
	    "%zu targets: as many as the ring has places", targets);
	ok(p.size <= PROBING_RING, "which is bounded: %zu", p.size);
}

/* One probe more than there are places is sent, and none is answered. */
static void
test_ring_is_full(void)
{
	struct probing p;
	struct outcome out;
	int64_t n, wrong = 0;

	start(&p, 1, 0);
	n = (int64_t)p.size;
	for (int64_t i = 0; i < n; i++) {
		launch(&p, 0, START + i);
		wrong += p.oldest != 0;
	}
	is_int(wrong, 0, "as many as there are places are waited for");
	ok(probing_overdue(&p, START + SECOND), "from the first");
	launch(&p, 0, START + n);
	ok(!probing_overdue(&p, START + SECOND),
	    "with one more, the first is forgotten");
	ok(probing_overdue(&p, START + SECOND + 1), "but not the second");
	for (int64_t i = 1; i <= n; i++)
		wrong += !probing_expire(&p, START + SECOND + i, &out) ||
		    out.seq != i + 1;
	is_int(wrong, 0, "R5: and all others are lost, each at its time");
	ok(!probing_expire(&p, START + 9 * SECOND, &out), "and no more");
}

/* R4: exactly one of answered and lost, whatever happens, and late only after
 * lost, or instead of both. */
static void
test_random_events(void)
{
	struct probing p;
	struct outcome out;
	int64_t now_us = START;
	static unsigned char told[20000]; /* 1 answered, 2 lost, 4 late */
	int wrong = 0;

	random_start();
	memset(told, 0, sizeof told);
	probing_init(&p, 1, 200 * MS, 500 * MS, 15000, START);
	while (!probing_done(&p)) {
		bool got = false;
		int target = -1;

		now_us += random_int(0, 60 * MS);
		if (p.next > 0 && random_int(0, 2) > 0) {
			int64_t i = p.next - 1 - random_int(0, 12);
			struct instant read = at(now_us);
			struct probe *probe = i < 0 ?
			    NULL :
			    probing_find(&p, 0, (uint16_t)i, token_of(i));

			if (probe != NULL && random_int(0, 5) == 0)
				got = probing_error(&p, probe, &out);
			else if (probe != NULL)
				got = probing_answer(&p, probe,
				    wall(now_us - random_int(0, 10 * MS)),
				    &read, random_int(0, 1), &out);
		}
		while (got || probing_expire(&p, now_us, &out)) {
			int what = out.us == 0 ? 2 : out.late ? 4 : 1;

			wrong += (told[out.seq] & what) != 0 ||
			    (what == 1 && told[out.seq] != 0) ||
			    (what == 2 && told[out.seq] != 0) ||
			    (what == 4 && (told[out.seq] & 1) != 0);
			told[out.seq] |= (unsigned char)what;
			got = false;
		}
		target = probing_turn(&p, now_us, random_bits());
		if (target != -1)
			launch(&p, target, now_us);
	}
	for (int i = 1; i <= 15000; i++)
		wrong += told[i] == 0;
	is_int(wrong, 0,
	    "R4: 15000 probes with every kind of luck: each is "
	    "told once, as what it is");
}

/* One-way delays go by the clock of the first probe, also when the wall clock
 * is set meanwhile, or an answer has no stamp of the kernel. */
static void
test_one_way(void)
{
	static const struct {
		const char *name;
		int64_t moved_ns;
		bool stamped;
	} cases[] = {
		{ "with stamps of the kernel", 0, true },
		{ "without", 0, false },
		{ "while the clock is set an hour ahead",
		    INT64_C(3600000000000), true },
	};
	int64_t there_ms = (OFFSET / 1000 + START + 10 * MS) / 1000 %
	    STAMPS_DAY_MS;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct instant read = at(START + 20 * MS);
		struct outcome out = { 0 };
		struct probing p;
		struct probe *probe;
		uint16_t seq;

		read.offset_ns += cases[i].moved_ns;
		start(&p, 1, 0);
		seq = launch(&p, 0, START);
		probe = probing_find(&p, 0, seq, token_of(0));
		probe->asks_stamps = true;
		probe->stamps = (struct stamps){ (uint32_t)there_ms,
			(uint32_t)there_ms };
		ok(probing_answer(&p, probe,
		       cases[i].stamped ?
			   wall(START + 20 * MS) + cases[i].moved_ns :
			   0,
		       &read, false, &out),
		    "R2: an answer %s", cases[i].name);
		ok(out.asked_stamps && out.one_way, "R2: with its delays");
		is_int(out.up_us, 10 * MS, "R2: there");
		is_int(out.down_us, 10 * MS, "R2: and back");
	}
}

/* The reflector took 3 ms of 20 to answer, 9 there and 8 back. */
static void
test_exact(void)
{
	const int64_t there_ns = wall(START + 9 * MS) % STAMPS_WRAP_NS;
	struct instant read = at(START + 20 * MS);
	struct outcome out = { 0 };
	struct probing p;
	struct probe *probe;
	uint16_t seq;

	/* The wall clock is set meanwhile, which the kernel's stamp shows. */
	read.offset_ns += (int64_t)3600 * SECOND * 1000;
	start(&p, 1, 0);
	seq = launch(&p, 0, START);
	probe = probing_find(&p, 0, seq, token_of(0));
	probe->asks_exact = true;
	probe->exact = (struct stamps_exact){ there_ns, there_ns + 3000000 };
	ok(probing_answer(&p, probe,
	       wall(START + 20 * MS) + (int64_t)3600 * SECOND * 1000, &read,
	       false, &out),
	    "R12: an answer by STAMP");
	ok(out.one_way && !out.asked_stamps, "R12: has delays");
	is_int(out.us, 17 * MS, "R12: without the reflector's own time");
	is_int(out.up_us, 9 * MS, "R12: there");
	is_int(out.down_us, 8 * MS, "R12: and back");
	seq = launch(&p, 0, START + SECOND);
	probe = probing_find(&p, 0, seq, token_of(1));
	if (!ok(probe != NULL, "another one"))
		return;
	probe->asks_exact = true;
	probe->exact = (struct stamps_exact){ there_ns, there_ns - 1 };
	read = at(START + SECOND + 20 * MS);
	ok(probing_answer(&p, probe, wall(START + SECOND + 20 * MS), &read,
	       false, &out),
	    "R12: times that cannot be");
	ok(!out.one_way, "R12: give no delays");
	is_int(out.us, 20 * MS, "R12: and the round trip as it was");
}

int
main(void)
{
	test_one_way();
	test_exact();
	test_turns();
	test_places();
	test_jitter();
	test_five_a_second();
	test_no_burst();
	test_count();
	test_skip();
	test_urge();
	test_put_off();
	test_answer();
	test_fallbacks();
	test_clock_set();
	test_lost_and_late();
	test_ten_seconds();
	test_hold();
	test_errors();
	test_foreign();
	test_ring(1, 200 * MS, SECOND);
	test_ring(32, 200 * MS, 9999999);
	test_ring(6, 300 * MS, SECOND);
	test_ring_is_full();
	test_random_events();
	return tap_done();
}

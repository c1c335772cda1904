/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What loads tell of the capacity of lines that stand still and of lines that
 * change: model lines with a queue, readings of a counter, and probes. */
#include "calibrate/capacity.h"

#include "../random.h"
#include "../tap.h"

#define MS 1000
#define SEC 1000000
#define HOLD_MS 4000
#define LEAD_MS 1000 /* before the first reading, and after the last */
#define MODEL_MS (HOLD_MS + 3 * LEAD_MS)
#define TARGET 10000
#define PACKET 1514

static struct capacity c;
static struct samples s;

/* A line: its capacity at each millisecond, and what is sent into it. */
struct model {
	double bytes_per_ms[MODEL_MS];
	double sent[MODEL_MS + 1], left[MODEL_MS + 1]; /* up to then */
	int64_t base_us, jitter_us;
	double window; /* on its way, in bytes */
};

static struct model m;

static double
uniform(void)
{
	return (double)(random_bits() >> 11) / 9007199254740992.0;
}

/* A load that keeps its window in the queue, with a swing now and then: it
 * stops for 100 ms and then sends at once what is missing. */
static void
fill_line(double swing)
{
	m.sent[0] = m.left[0] = 0;
	for (int t = 0; t < MODEL_MS; t++) {
		double queue = m.sent[t] - m.left[t];
		double more = m.window - queue;

		if (swing > 0 && t % 500 < 100)
			more = 0;
		if (more < 0)
			more = 0;
		m.sent[t + 1] = m.sent[t] + more;
		m.left[t + 1] = m.left[t] + m.bytes_per_ms[t];
		if (m.left[t + 1] > m.sent[t + 1])
			m.left[t + 1] = m.sent[t + 1];
	}
}

/* One whose sender has nothing to fill it with. */
static void
trickle(double bytes_per_ms)
{
	for (int t = 0; t <= MODEL_MS; t++)
		m.sent[t] = m.left[t] = bytes_per_ms * t;
}

/* How long what enters now waits. */
static int64_t
wait_us(int at_ms)
{
	int t = at_ms;

	while (t < MODEL_MS && m.left[t] < m.sent[at_ms])
		t++;
	return (int64_t)(t - at_ms) * MS;
}

static void
probe_line(void)
{
	s.probes = 0;
	for (int t = 0; t < MODEL_MS; t += 50) {
		int64_t delta = wait_us(t), noise = 0;

		if (m.jitter_us > 0)
			noise = random_int(-2 * m.jitter_us, 2 * m.jitter_us);
		delta += noise;
		s.probe[s.probes++] = (struct samples_probe){ (int64_t)t * MS,
			(int64_t)t * MS + m.base_us + delta, delta };
	}
}

/* What the device counts, in whole packets. */
static void
read_line(enum direction dir)
{
	struct capacity_reading reading[64];
	size_t n = 0;

	for (int t = LEAD_MS; t <= LEAD_MS + HOLD_MS;
	     t += CAPACITY_STEP_US / MS) {
		double bytes = dir == UP ? m.sent[t] : m.left[t];

		reading[n++] = (struct capacity_reading){ (int64_t)t * MS,
			(int64_t)(bytes / PACKET) * PACKET };
	}
	capacity_add(&c, dir, reading, n, &s, m.jitter_us, TARGET);
}

/* A download's probe passes the queue on its way back: base_us before it
 * returns is when it was in the queue, so it is none here. */
static void
load_line(enum direction dir, double swing)
{
	m.base_us = dir == UP ? 40 * MS : 0;
	fill_line(swing);
	probe_line();
	read_line(dir);
}

static void
begin(double mbit, double buffer_ms)
{
	memset(&c, 0, sizeof c);
	memset(&m, 0, sizeof m);
	for (int t = 0; t < MODEL_MS; t++)
		m.bytes_per_ms[t] = mbit * 125;
	m.window = mbit * 125 * buffer_ms;
}

/* Another capacity each step_ms, between lo and hi. */
static void
wander(double lo, double hi, int step_ms)
{
	double now = lo;

	for (int t = 0; t < MODEL_MS; t++) {
		if (t % step_ms == 0)
			now = lo + (hi - lo) * uniform();
		m.bytes_per_ms[t] = now * 125;
	}
}

static double
held(int percent)
{
	struct capacity_share share;

	capacity_share(&c, percent, &share);
	return (double)share.bps / 1e6;
}

static bool
near(double is, double should, double off)
{
	return is >= should * (1 - off) && is <= should * (1 + off);
}

static void
test_changes(void)
{
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		const char *name = direction_names[dir];

		begin(20, 400);
		for (int load = 0; load < 400; load++) {
			wander(10, 30, 1000);
			load_line(dir, 0);
		}
		ok(c.n > 4800, "R70: %s: windows of 400 loads: %zu", name, c.n);
		ok(near(held(99), 10.2, 0.06),
		    "R70: %s: the rate that it carries for 99 %% of the time: "
		    "%.2f",
		    name, held(99));
		ok(near(held(50), 20, 0.06), "R70: %s: ... for 50 %%: %.2f",
		    name, held(50));
		ok(near(held(5), 29, 0.06), "R70: %s: ... for 5 %%: %.2f", name,
		    held(5));
		ok(capacity_changes(&c),
		    "R70: %s: the line changes, by %lld %%", name,
		    (long long)capacity_spread_percent(&c));
	}
}

static void
test_swing(void)
{
	begin(20, 400);
	for (int load = 0; load < 5; load++)
		load_line(UP, 1);
	ok(near(held(90), 20, 0.04) && near(held(10), 20, 0.04),
	    "R70: a load that comes in bursts is not a line that changes: %.2f "
	    "to %.2f",
	    held(90), held(10));
}

static void
test_steady(void)
{
	static const struct {
		double mbit, buffer_ms;
		int64_t jitter_us;
	} lines[] = { { 100, 100, 0 }, { 20, 300, 0 }, { 8, 400, 4000 },
		{ 20, 400, 12000 }, { 1, 500, 0 }, { 0.5, 800, 0 } };

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
			begin(lines[i].mbit, lines[i].buffer_ms);
			m.jitter_us = lines[i].jitter_us;
			for (int load = 0; load < 20; load++)
				load_line(dir, 0);
			ok(c.n >= 20 && !capacity_changes(&c),
			    "R70: %.1f Mbit/s %s, jitter %lld us: stands "
			    "still: %lld %% in %zu windows",
			    lines[i].mbit, direction_names[dir],
			    (long long)lines[i].jitter_us,
			    (long long)capacity_spread_percent(&c), c.n);
			ok(near(held(50), lines[i].mbit, 0.03),
			    "... and carries %.3f", held(50));
		}
	begin(20, 400);
	for (int load = 0; load < 20; load++) {
		wander(17.5, 22.5, 200);
		load_line(DOWN, 0);
	}
	ok(capacity_changes(&c), "R70: an eighth up and down is a change: %lld",
	    (long long)capacity_spread_percent(&c));
	begin(20, 400);
	for (int load = 0; load < 20; load++) {
		wander(19.2, 20.8, 200);
		load_line(DOWN, 0);
	}
	ok(!capacity_changes(&c), "R70: a twenty-fifth is not: %lld",
	    (long long)capacity_spread_percent(&c));
}

static void
test_nothing(void)
{
	struct capacity_reading silent[3] = { { 2000 * MS, -1 },
		{ 2200 * MS, -1 }, { 2400 * MS, -1 } };
	struct capacity_share share;

	begin(20, 400);
	trickle(600);
	probe_line();
	read_line(DOWN);
	ok(c.n == 0, "R70: without a queue nothing is known of the capacity");
	capacity_share(&c, 50, &share);
	ok(share.bps == 0 && share.low_bps == 0 && share.high_bps == 0,
	    "... and no rate is told");
	is_int(capacity_spread_percent(&c), -1, "... and no spread");
	ok(!capacity_changes(&c), "... and it is not said to change");
	begin(20, 400);
	fill_line(0);
	probe_line();
	capacity_add(&c, DOWN, silent, 3, &s, 0, TARGET);
	ok(c.n == 0, "R70: where nobody counts, nothing is told either");
	s.probes = 0;
	read_line(DOWN);
	ok(c.n == 0, "... nor without probes");
	probe_line();
	s.probes = 50; /* none after 2.5 s */
	read_line(DOWN);
	ok(c.n == 9, "... nor after the last of them: %zu", c.n);
}

/* A queue that is there for the second half of a load. */
static void
test_half(void)
{
	begin(20, 400);
	fill_line(0);
	probe_line();
	for (size_t i = 0; i < s.probes && s.probe[i].sent_us < 3 * SEC; i++)
		s.probe[i].delta_us = 2000;
	read_line(DOWN);
	ok(c.n == 8 && near(held(50), 20, 0.02),
	    "R70: a load counts where it has filled the queue: %zu windows",
	    c.n);
}

static void
test_full(void)
{
	begin(20, 400);
	for (int load = 0; load < 450; load++)
		load_line(DOWN, 0);
	is_int((int64_t)c.n, CAPACITY_WINDOWS,
	    "no more windows than there is room for");
}

/* --- how sure ------------------------------------------------------------ */

/* Windows of these rates, without a model: a queue that never empties. */
static void
add_rates(const double mbit[], size_t n)
{
	struct capacity_reading reading[64];
	double bytes = 0;

	s.probes = 0;
	for (size_t t = 0; t < 2; t++)
		s.probe[s.probes++] = (struct samples_probe){ (int64_t)t * 100 *
			    SEC,
			(int64_t)t * 100 * SEC + 50 * MS, 50 * MS };
	for (size_t i = 0; i <= n; i++) {
		reading[i] = (struct capacity_reading){
			SEC + (int64_t)i * CAPACITY_STEP_US, (int64_t)bytes
		};
		bytes += i < n ? mbit[i] * CAPACITY_STEP_US / 8 : 0;
	}
	capacity_add(&c, DOWN, reading, n + 1, &s, 0, TARGET);
}

/* Of lines whose windows are independent, it is right as often as it says. */
static void
test_sure(void)
{
	static const int percents[] = { 95, 50, 5 };
	static const double truth[] = { 11, 20, 29 };
	struct capacity_share share;
	int right[3] = { 0 };
	double mbit[20];

	for (int run = 0; run < 1000; run++) {
		memset(&c, 0, sizeof c);
		for (int load = 0; load < 10; load++) {
			for (int i = 0; i < 20; i++)
				mbit[i] = 10 + 20 * uniform();
			add_rates(mbit, 20);
		}
		for (int k = 0; k < 3; k++) {
			capacity_share(&c, percents[k], &share);
			right[k] += (double)share.low_bps / 1e6 <= truth[k] &&
			    (double)share.high_bps / 1e6 >= truth[k];
		}
	}
	for (int k = 0; k < 3; k++)
		ok(right[k] > 860 && right[k] < 970,
		    "R70: the rate of %d %% lies in its range of 90 %% in %.1f "
		    "%% of runs",
		    percents[k], right[k] / 10.0);
}

/* Of a line that changes once a load, twenty windows are one. */
static void
test_slow(void)
{
	struct capacity_share share;
	int right = 0, tight = 0;
	double mbit[20];

	for (int run = 0; run < 1000; run++) {
		memset(&c, 0, sizeof c);
		for (int load = 0; load < 20; load++) {
			double now = 10 + 20 * uniform();

			for (int i = 0; i < 20; i++)
				mbit[i] = now;
			add_rates(mbit, 20);
		}
		capacity_share(&c, 50, &share);
		right += share.low_bps <= 20000000 &&
		    share.high_bps >= 20000000;
		tight += share.high_bps - share.low_bps < 2000000;
	}
	ok(right > 830,
	    "R70: windows that tell each other are not counted twice: right in "
	    "%.1f %% of runs",
	    right / 10.0);
	ok(right < 970 && tight < 300,
	    "... as of twenty windows, not of 400: %d", tight);
}

int
main(void)
{
	random_start();
	test_changes();
	test_swing();
	test_steady();
	test_nothing();
	test_half();
	test_full();
	test_sure();
	test_slow();
	return tap_done();
}

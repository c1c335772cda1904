/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * R108: each constant of the adaptive law, and each key of [adaptive], does
 * what it says: a figure for each. Then each is halved and doubled, and one of
 * these figures, or a rule of law_adaptive_test, must fail.
 */
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADAPTIVE_CONSTANT(name, value) static int64_t name = value;
#include "assess/law_adaptive_constants.h"
#undef ADAPTIVE_CONSTANT

#define ADAPTIVE_CONSTANT(name, value) { #name, &(name) },
static const struct constant {
	const char *name;
	int64_t *value;
} constants[] = {
#include "assess/law_adaptive_constants.h"
};
#define CONSTANTS (sizeof constants / sizeof constants[0])

#include "assess/law_adaptive.c"
#include "assess/law_adaptive_state.c"
#include "assess/law_adaptive_view.c"
#undef SEC
#undef MS
#define main rules
int rules(void);
#include "law_adaptive_test.c"
#undef main

/* --- figures ---------------------------------------------------------------
 */

/* Within a hundredth. */
static bool
is_about(int64_t got, int64_t want)
{
	int64_t diff = got > want ? got - want : want - got;

	if (diff * 100 > want)
		printf("# got %lld, want %lld\n", (long long)got,
		    (long long)want);
	return diff * 100 <= want;
}

/* Of which counters are too old to tell the capacity. */
static void
begin_unmeasured(void)
{
	begin();
	in.dir[DOWN].use.measured_us = in.dir[UP].use.measured_us = 700 * MS;
}

/* A download that gets 40 of its 50 Mbit/s. */
static void
begin_starved(void)
{
	begin();
	in.dir[DOWN].use.arrival_bps = 40 * MBIT;
	in.dir[DOWN].use.percent = 80;
}

/* A line of 60 Mbit/s, as was found before. */
static void
begin_known(void)
{
	begin();
	law.dir[DOWN].knee_bps = law.dir[UP].knee_bps = 60 * MBIT;
}

/* The least standing delay that is congestion, to 0.1 ms. */
static int64_t
least_us(void (*prepare)(void))
{
	for (int64_t us = 100; us < 200 * MS; us += 100) {
		prepare();
		samples(3, us, 0);
		if (law.dir[DOWN].phase == ADAPTIVE_DRAIN)
			return us;
	}
	return 0;
}

static void
begin_noisy(void)
{
	begin();
	law.dir[DOWN].noise_us = 1000;
}

static void
begin_rough(void)
{
	begin();
	law.dir[DOWN].delays.rough_us = 5000;
}

static void
begin_slow(void)
{
	begin();
	in.dir[DOWN].rate_bps = in.dir[UP].rate_bps = MBIT / 5;
}

static void
congestion(void)
{
	int64_t us;

	/* A packet of 50 Mbit/s takes 0.24 ms, half of the other one's 0.12. */
	is_int(least_us(begin), 5400, "R108: 5 ms are congestion");
	is_int(least_us(begin_noisy), 8400, "R108: and three times the noise");
	/* Of 5 ms 4.9 are left after three samples. */
	is_int(least_us(begin_rough), 22400,
	    "R108: or twice what is rougher than 2 ms and a quarter packet");
	is_int(least_us(begin_slow), 45100,
	    "R108: and a packet, if it takes up to 40 ms");
	for (us = 100; us < 200 * MS; us += 100) {
		begin();
		samples(3, 0, 0);
		samples(2, us, 0);
		if (law.dir[DOWN].phase == ADAPTIVE_DRAIN)
			break;
	}
	is_int(us, 8100, "R108: of two samples 1.5 times that");
	begin();
	in.dir[DOWN].use.percent = 3;
	samples(3, 6400, 0);
	is_int(law.dir[DOWN].noise_us, 100, "R108: noise is a mean of 64");
	begin();
	in.dir[DOWN].use.percent = 3;
	samples(3, 64 * MS, 0);
	is_int(law.dir[DOWN].noise_us, 312, "R108: of up to 20 ms");
}

/* The load that made it, and then for how many samples a delay is its queue. */
static void
load_of_late(void)
{
	int n;

	begin();
	in.dir[DOWN].use.backlog = 40000; /* 6 ms */
	in.dir[DOWN].use.percent = 80;
	samples(6, 7 * MS, 0);
	ok(law.dir[DOWN].phase == ADAPTIVE_DRAIN,
	    "R108: 80 %% carried is starved, and its queue not here");
	begin();
	samples(1, 0, 0);
	in.dir[DOWN].use.percent = 3;
	for (n = 0; n < 100 && law.dir[DOWN].phase != ADAPTIVE_DRAIN; n += 5) {
		begin();
		samples(1, 0, 0);
		in.dir[DOWN].use.percent = 3;
		samples(50 - n, 0, 0);
		samples(3, 20 * MS, 0);
	}
	/* Of 1.5 s, 30 samples, three are for the delay to be seen. */
	ok(n >= 25 && n <= 30, "R108: a delay is that of load 1.5 s ago: %d",
	    50 - n);
}

/* Delays that grow by so much with each sample, until there is a cut. */
static void
ramp(enum direction dir, int64_t step_us)
{
	samples(1, 0, 0);
	for (int i = 1; i < 100 && law.dir[dir].phase != ADAPTIVE_DRAIN; i++)
		samples(1, dir == DOWN ? i * step_us : 0,
		    dir == UP ? i * step_us : 0);
}

/* Why it goes on when half of the rate was carried for that time. */
static int64_t
halved(int64_t us)
{
	begin();
	in.dir[DOWN].use.arrival_bps = 25 * MBIT;
	in.dir[DOWN].use.percent = 50;
	samples(3 + (int)(us / (50 * MS)) - 1, 20 * MS, 0);
	samples(1, 0, 0);
	return out.dir[DOWN].why;
}

static void
cuts(void)
{
	begin_starved();
	samples(3, 12 * MS, 0);
	is_int(out.dir[DOWN].rate_bps, 35200000,
	    "R108: 12 ms are drained in 100 ms by 12 %% less");
	is_int(law.dir[DOWN].felt_us - law.dir[DOWN].onset_us, 60 * MS,
	    "R108: a cut is felt a round trip and 40 ms later");
	is_int(law.dir[DOWN].wait_us - law.dir[DOWN].onset_us, 182 * MS,
	    "R108: and judged after 150 ms, the round trip and the queue");
	begin_starved();
	samples(3, 200 * MS, 0);
	is_int(out.dir[DOWN].rate_bps, 12 * MBIT,
	    "R108: no cut takes more than 70 %%");
	/* 10 ms, and what 170 ms add to them. */
	begin_starved();
	ramp(DOWN, 2500);
	ok(is_about(out.dir[DOWN].rate_bps, 32600000),
	    "R108: a queue that grows will be greater when that is felt");
	begin_starved();
	ramp(DOWN, 1500);
	ok(is_about(out.dir[DOWN].rate_bps, 37000000),
	    "R108: less than 4 %% is level");
	begin_starved();
	samples(3, 20 * MS, 0);
	samples(1, 2100, 0);
	is_why(DOWN, "restore", "a queue below half the trigger is gone");
	is_int(out.dir[DOWN].rate_bps, 38800000, "R108: to 0.97 of the knee");
	begin_starved();
	samples(3, 20 * MS, 0);
	samples(3, 3700, 0);
	is_why(DOWN, "drain", "above that it is not");
	is_int(halved(200 * MS), RATE_BRIEF, "R108: of 0.2 s it is an outage");
	is_int(halved(600 * MS), RATE_BRIEF, "R108: and of 0.6 s");
	is_int(halved(900 * MS), RATE_RESTORE, "R108: of 0.9 s it is not");
}

/* What a cut in vain makes of the knee. */
static int64_t
knee_after(int64_t us)
{
	begin();
	samples(3, us, 0);
	while (law.dir[DOWN].knee_bps == 50 * MBIT && in.t_us < 1010 * SEC)
		samples(1, us, 0);
	return law.dir[DOWN].knee_bps;
}

static void
deeper(void)
{
	static const int64_t falls[] = { 60, 50, 40, 28 };

	is_int(knee_after(12 * MS), 46500000, "R108: GREEN: 7 %% less");
	is_int(knee_after(30 * MS), 42500000, "R108: YELLOW: 15 %% less");
	is_int(knee_after(100 * MS), 35 * MBIT, "R108: RED: 30 %% less");
	begin_unmeasured();
	samples(3, 30 * MS, 0);
	for (size_t i = 0; i < sizeof falls / sizeof falls[0]; i++)
		samples(1, falls[i] * MS, 0);
	is_why(DOWN, "drain", "four samples that fall are enough");
	/* Slopes of more than that tell as much: 28 / (1 - 0.3). */
	begin_unmeasured();
	samples(3, 0, 200 * MS);
	in.dir[UP].rate_bps = 28 * MBIT;
	law.dir[UP].knee_bps = 50 * MBIT;
	samples(4, 0, 330 * MS);
	for (int64_t ms = 310; ms >= 250; ms -= 20)
		samples(1, 0, ms * MS);
	is_why(UP, "deeper", "one that is greater than at the cut is not");
	is_int(law.dir[UP].knee_bps, 40 * MBIT,
	    "R108: a queue that drains by half a second a second tells 0.3");
}

static void
measures(void)
{
	begin_starved();
	in.dir[DOWN].use.measured_us = 550 * MS;
	samples(3, 20 * MS, 0);
	is_int(law.dir[DOWN].knee_bps, 40 * MBIT,
	    "R108: counters of 0.55 s tell the capacity");
	begin_starved();
	in.dir[DOWN].use.measured_us = 650 * MS;
	samples(3, 20 * MS, 0);
	ok(law.dir[DOWN].knee_bps != 40 * MBIT, "R108: of 0.65 s they do not");
	for (int ms = 350; ms <= 400; ms += 50) {
		begin_starved();
		in.dir[DOWN].use.measured_us = ms * MS;
		samples(3, 20 * MS, 0);
		in.dir[DOWN].use.arrival_bps = 30 * MBIT;
		samples(3, 20 * MS, 0);
		is_int(law.dir[DOWN].knee_bps, (ms == 350 ? 30 : 40) * MBIT,
		    "R108: a queue of 0.25 s tells what passed in %d ms", ms);
	}
	for (int percent = 80; percent <= 87; percent += 7) {
		begin();
		in.dir[UP].use.arrival_bps = 45 * MBIT;
		in.dir[UP].use.percent = percent;
		samples(3, 0, 12 * MS);
		is_int(law.dir[UP].knee_bps,
		    45 * MBIT + (percent == 80 ? 0 : 90388),
		    "R108: an upload at %d %% may have sent another packet",
		    percent);
	}
	begin();
	samples(3, 0, 0);
	samples(1, 0, 250 * MS);
	samples(1, 0, 500 * MS);
	ok(is_about(law.dir[UP].knee_bps, 12500000),
	    "R108: no slope tells less than a quarter");
	/* 50 / 1.067 by the slope of six, 50 / 1.3 by that of three. */
	begin();
	samples(4, 0, 0);
	samples(1, 0, 9 * MS);
	samples(1, 0, 18 * MS);
	ok(is_about(law.dir[UP].knee_bps, 46870000),
	    "R108: a little queue has a slope of six samples");
	begin();
	samples(4, 0, 0);
	samples(1, 0, 15 * MS);
	samples(1, 0, 30 * MS);
	ok(is_about(law.dir[UP].knee_bps, 38460000),
	    "R108: one of twice the trigger that of three");
}

static void
knees(void)
{
	for (int i = 0; i < 2; i++) {
		begin_starved();
		law.dir[DOWN].knee_bps = 40 * MBIT;
		law.dir[DOWN].hold_us = s.adaptive.hold_us;
		in.dir[DOWN].use.arrival_bps = i == 0 ? 41600000 : 43200000;
		samples(3, 20 * MS, 0);
		is_int(law.dir[DOWN].hold_us,
		    i == 0 ? 2 * s.adaptive.hold_us : s.adaptive.hold_us,
		    "R108: a knee %d %% above is %s", i == 0 ? 4 : 8,
		    i == 0 ? "the same" : "another");
	}
	begin_starved();
	law.dir[DOWN].knee_bps = 40 * MBIT;
	law.dir[DOWN].hold_us = 3 * SEC;
	samples(3, 20 * MS, 0);
	is_int(law.dir[DOWN].hold_us, 4 * SEC,
	    "R108: it is held for up to 4 s");
	begin();
	samples(3, 20 * MS, 0);
	is_int(law.dir[DOWN].hold_us, 500 * MS,
	    "R108: at first for 0.5 s here");
}

/* How many cuts there are while the delay grows by so much with each sample,
 * until it is a path; NONE: within three seconds it is not. */
static int64_t
cuts_until_path(int64_t from_us, int64_t step_us)
{
	int64_t n = 0;

	begin();
	for (int i = 0; i < 60; i++) {
		samples(1, from_us + i * step_us, 0);
		if (out.dir[DOWN].why == RATE_PATH)
			return n;
		n += out.dir[DOWN].why == RATE_DEEPER;
	}
	return NONE;
}

static void
paths(void)
{
	static const int64_t wanders[] = { 0, 0, 6, 6 };
	int n = 0;

	is_int(cuts_until_path(40 * MS, 0), 1,
	    "R108: two cuts that change nothing tell a path");
	is_int(cuts_until_path(40 * MS, 600), 1, "R108: if it wanders, too");
	is_int(cuts_until_path(40 * MS, 1400), NONE,
	    "R108: by more than a fifth, it is a queue");
	is_int(cuts_until_path(70 * MS, 0), NONE,
	    "R108: of 70 ms it is a full buffer");
	/* A little delay that wanders more, but would have drained. */
	begin();
	for (; n < 100 && out.dir[DOWN].why != RATE_PATH; n++)
		samples(1, (20 + wanders[n % 4]) * MS, 0);
	ok(n >= 9 && n <= 11,
	    "R108: it would have drained three times after %d samples", n);
	for (int i = 0; i < 2; i++) {
		begin_known();
		samples(4, i == 0 ? 1000 : 1600, 0);
		ok((law.dir[DOWN].drained_us > 0) == (i == 1),
		    "R108: a %s of the trigger is %s",
		    i == 0 ? "fifth" : "third", i == 0 ? "nothing" : "a delay");
	}
}

/* Growth a second, near a knee or where none is known. */
static int64_t
growth(int64_t knee_bps, int64_t pace_us, int64_t base_us)
{
	begin();
	s.adaptive.probe_ppm = s.adaptive.probe_ppm * 5 / 2; /* the default */
	law.dir[DOWN].knee_bps = knee_bps;
	in.pace_us = pace_us;
	in.base_us = base_us;
	samples(2, 0, 0);
	law.dir[DOWN].grow_ppm = knee_bps == 0 ? 9 * NUMBER_PPM : 0;
	samples(1, 0, 0);
	return law.dir[DOWN].grow_ppm;
}

/* What a step of that time adds. */
static int64_t
step_of(int64_t us)
{
	int64_t before_bps;

	begin_known();
	samples(3, 0, 0);
	before_bps = in.dir[DOWN].rate_bps;
	in.t_us += us - 50 * MS;
	samples(1, 0, 0);
	return in.dir[DOWN].rate_bps - before_bps;
}

static void
climbs(void)
{
	int64_t before_ppm;

	/* 2 * 2.5 ms / (170 ms)^2, and 2 * 25 ms of it. */
	is_int(growth(60 * MBIT, 0, 20 * MS), 173005,
	    "R108: near the knee half a trigger may queue until it is seen");
	is_int(growth(0, 0, 20 * MS), 1730100, "R108: beyond it five");
	is_int(growth(60 * MBIT, 0, 1000), 200000, "R108: but 0.2 a second");
	is_int(growth(0, 0, 1000), 2 * NUMBER_PPM, "R108: and 2 a second");
	is_int(growth(54 * MBIT, 2 * SEC, 20 * MS), 9556,
	    "R108: in passes 1 %% of the time between two more");
	is_int(growth(0, 2 * SEC, 20 * MS), 27606, "R108: and 2 %% beyond");
	is_int(growth(62 * MBIT, 2 * SEC, 20 * MS), 27606,
	    "R108: as below 85 %% of the knee");
	begin();
	samples(10, 0, 0);
	before_ppm = law.dir[DOWN].grow_ppm;
	samples(6, 0, 0);
	ok(law.dir[DOWN].grow_ppm > before_ppm * 2 &&
		law.dir[DOWN].grow_ppm < before_ppm * 3,
	    "R108: it doubles in 300 ms");
	is_int(step_of(3 * SEC), step_of(500 * MS),
	    "R108: no step is longer than 0.5 s");
	ok(step_of(450 * MS) * 2 > step_of(250 * MS) * 3,
	    "R108: one of 0.45 s is as long as it is");
}

static void
shares(void)
{
	begin();
	in.dir[DOWN].use.percent = 70;
	samples(10, 0, 0);
	is_why(DOWN, "unused", "70 % carried is not used");
	in.dir[DOWN].use.percent = 80;
	samples(1, 0, 0);
	is_why(DOWN, "grow", "80 % is");
	begin();
	in.dir[DOWN].use.percent = 3;
	samples(96, 0, 0);
	is_why(DOWN, "unused", "for less than 5 s");
	samples(10, 0, 0);
	is_why(DOWN, "drift", "then it drifts");
	is_int(out.dir[DOWN].rate_bps - 50 * MBIT < 1 * MBIT, 1,
	    "R108: slowly");
	in.dir[DOWN].rate_bps = 50 * MBIT;
	samples(1, 0, 0);
	is_int(out.dir[DOWN].rate_bps - 50 * MBIT,
	    (s.dir[DOWN].base_bps - 50 * MBIT) / 1000,
	    "R108: by 2 %% of the way a second");
}

/* Of round trips alone a queue in our shaper tells, if the other one has less
 * than half of it. */
static void
suspicion(void)
{
	for (int i = 0; i < 4; i++) {
		int64_t most = i % 2 == 0 ? 20000 : 8000; /* 3.2, 1.3 ms */

		begin();
		in.one_way = false;
		in.dir[UP].use.backlog = most;
		in.dir[DOWN].use.backlog = most * (i < 2 ? 4 : 6) / 10;
		samples(3, 12 * MS, 12 * MS);
		is_int(out.dir[DOWN].evidence,
		    i == 0 ? EVIDENCE_QUEUE : EVIDENCE_RTT,
		    "R108: %lld bytes in the upload's shaper, %s of that in the other",
		    (long long)most, i < 2 ? "0.4" : "0.6");
	}
}

/* What comes of a clock that was set back. */
static void
clocks(void)
{
	for (int minutes = 10; minutes <= 20; minutes += 10) {
		begin();
		law.dir[DOWN].wait_us = in.t_us + minutes * 60 * (int64_t)SEC;
		law.dir[DOWN].grow_ppm = 1;
		law_adaptive.forget_later(&law, in.t_us);
		is_int(law.dir[DOWN].grow_ppm, minutes == 10,
		    "R108: a wait of %d minutes is %s", minutes,
		    minutes == 10 ? "one" : "none");
	}
}

/* A delay that goes up and down, of a line that carries little: no path, and no
 * rate ends it. */
static void
endless(void)
{
	int64_t begun_us;

	begin_starved();
	in.dir[DOWN].use.percent = 60;
	in.dir[DOWN].use.arrival_bps = 20 * MBIT;
	samples(3, 20 * MS, 0);
	begun_us = in.t_us;
	while (out.dir[DOWN].why != RATE_LIMIT && in.t_us < begun_us + 30 * SEC)
		samples(1, 20 * MS, 0);
	is_int((in.t_us - begun_us) / (50 * MS), 101,
	    "R108: after 5 s it is left alone");
}

static void
silences(void)
{
	struct law_silence silence = { .dir = DOWN, .rate_bps = 50 * MBIT };
	int64_t rate_bps;

	begin_known();
	silence.silent_us = 900 * MS;
	ok(!law_adaptive.silence(&law, &s, &silence, &rate_bps),
	    "R108: a silence of 0.9 s is short");
	silence.silent_us = 1100 * MS;
	ok(law_adaptive.silence(&law, &s, &silence, &rate_bps),
	    "R108: one of 1.1 s is not");
}

static int
figures(void)
{
	congestion();
	load_of_late();
	cuts();
	deeper();
	measures();
	knees();
	paths();
	climbs();
	shares();
	suspicion();
	clocks();
	endless();
	silences();
	return tap_failed;
}

/* --- changed constants -----------------------------------------------------
 */

/* True if a figure or a rule fails. */
static bool
is_noticed(void)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	if ((child = fork()) == 0) {
		setenv("TAP_FIRST", "1", 1);
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(2);
		(void)figures();
		(void)rules();
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child &&
	    WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static const struct setting *key; /* that adjust_key changes */
static bool doubled;

/* A share gets half or twice as near to 1. */
static void
adjust_key(struct settings *settings)
{
	int64_t *value = (int64_t *)(void *)((char *)settings + key->offset);

	if (key->hi == NUMBER_PPM && *value > NUMBER_PPM / 2)
		*value = NUMBER_PPM -
		    (doubled ? (NUMBER_PPM - *value) / 2 :
			       (NUMBER_PPM - *value) * 2);
	else
		*value = doubled ? *value * 2 : *value / 2;
}

int
main(void)
{
	(void)figures();
	for (size_t i = 0; i < CONSTANTS; i++) {
		int64_t usual = *constants[i].value;

		*constants[i].value = usual / 2;
		ok(is_noticed(), "R108: half of %s is noticed",
		    constants[i].name);
		*constants[i].value = usual * 2;
		ok(is_noticed(), "R108: twice %s is noticed",
		    constants[i].name);
		*constants[i].value = usual;
	}
	adjust = adjust_key;
	for (key = setting_table; key < setting_table + setting_count; key++)
		for (int i = 0; i < 2; i++) {
			if (strcmp(key->section, "adaptive") != 0)
				continue;
			doubled = i == 1;
			ok(is_noticed(), "R108: %s of [adaptive] %s is noticed",
			    doubled ? "twice" : "half", key->key);
		}
	return tap_done();
}

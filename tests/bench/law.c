/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/bench/law: see there. */
#include <stdint.h>
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

#include "assess/law_adaptive.c"
#include "assess/law_adaptive_state.c"
#include "assess/law_adaptive_view.c"
#undef SEC
#undef MS
#undef DIR
#undef AGO
#include "closed_loop.h"

/* What an oracle sets: this part of the line's capacity, at once. */
#define ORACLE 0.95

struct kind {
	const char *name;
	void (*live)(struct model *random); /* is measured as a whole */
};

static bool oracle; /* in place of the law */
static char *const *changes;

static void
draw(double from, double to, double *out, struct model *random)
{
	*out = from * exp(model_random(random) * log(to / from));
}

static void
pass_time(double seconds)
{
	if (oracle)
		for (int i = 0; i < DIRECTIONS; i++)
			loop.m.dir[i].shaper_bps = ORACLE *
			    loop.m.dir[i].capacity_bps;
	run(seconds);
}

static void
carry(double down_part, double up_part, double seconds)
{
	capacity(loop.m.dir[DOWN].nominal_bps * down_part,
	    loop.m.dir[UP].nominal_bps * up_part);
	pass_time(seconds);
}

static void
live_steady(struct model *random)
{
	(void)random;
	pass_time(60);
}

/* As long as the line lasts, and slower by up to two thirds in between. */
static void
live_step(struct model *random)
{
	for (int i = 0; i < 3; i++) {
		carry(1, 1, 10);
		carry(0.35 + 0.5 * model_random(random),
		    0.35 + 0.5 * model_random(random), 10);
	}
}

static void
live_walk(struct model *random)
{
	double part[DIRECTIONS] = { 0.8, 0.8 };

	for (int t = 0; t < 60; t++) {
		for (int i = 0; i < DIRECTIONS; i++)
			part[i] = fmin(1,
			    fmax(0.35,
				part[i] + 0.3 * (model_random(random) - 0.5)));
		carry(part[DOWN], part[UP], 1);
	}
}

/* The upload alone changes. */
static void
live_upload(struct model *random)
{
	for (int i = 0; i < 3; i++) {
		carry(1, 1, 10);
		carry(1, 0.25 + 0.4 * model_random(random), 10);
	}
}

/* Next to nothing for a second or two, as radio links do. */
static void
live_fade(struct model *random)
{
	for (int i = 0; i < 6; i++) {
		double part = 0.08 + 0.1 * model_random(random);

		carry(1, 1, 8);
		carry(part, part, 1 + 1.5 * model_random(random));
	}
}

static void
live_jitter(struct model *random)
{
	(void)random;
	for (int i = 0; i < 6; i++) {
		loop.m.jitter_us *= 12;
		pass_time(4);
		loop.m.jitter_us /= 12;
		pass_time(6);
	}
}

/* Longer, and as short as before. */
static void
live_path(struct model *random)
{
	for (int i = 0; i < 2; i++) {
		double more_us = 5000 + 35000 * model_random(random);

		pass_time(5);
		loop.m.path_us += more_us;
		pass_time(15);
		loop.m.path_us -= more_us;
		pass_time(10);
	}
}

static const struct kind kinds[] = {
	{ "steady", live_steady },
	{ "step", live_step },
	{ "walk", live_walk },
	{ "upload", live_upload },
	{ "fade", live_fade },
	{ "jitter", live_jitter },
	{ "path", live_path },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* NAME=VALUE: a constant, or a key of [adaptive]. */
static void
change(const char *text)
{
	const char *value = strchr(text, '=');
	char name[64];

	if (value == NULL || (size_t)(value - text) >= sizeof name) {
		fprintf(stderr, "usage: law [-n LINES] [NAME=VALUE...]\n");
		exit(64);
	}
	memcpy(name, text, (size_t)(value - text));
	name[value - text] = '\0';
	value++;
	for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
		if (strcmp(constants[i].name, name) == 0) {
			*constants[i].value = strtoll(value, NULL, 10);
			return;
		}
	set("adaptive", name, value);
}

/* Of any size; nobody knows what it carries. */
static void
line(uint64_t seed, bool one_way)
{
	struct model r = { .seed = seed * 7919 };
	double down, up, ratio, path_us, jitter_us;

	draw(4 * MBIT, 160 * MBIT, &down, &r);
	draw(1, 12, &ratio, &r);
	draw(4000, 64000, &path_us, &r);
	draw(100, 3000, &jitter_us, &r);
	up = fmax(down / ratio, 0.8 * MBIT);
	begin_any(seed);
	model_init(&loop.m, seed, down, up, path_us);
	loop.m.jitter_us = jitter_us;
	loop.m.one_way = one_way;
	set_rate("download", "ceiling", 2 * down);
	set_rate("download", "floor", down / 20);
	set_rate("upload", "ceiling", 2 * up);
	set_rate("upload", "floor", fmax(up / 20, 0.1 * MBIT));
	for (char *const *c = changes; *c != NULL; c++)
		change(*c);
	ready();
	demand(HUGE_VAL, HUGE_VAL);
}

#define FIGURES 5 /* used down, up; p50, p95, p99 */

static void
measure(const struct kind *k, uint64_t seed, bool one_way, double out[FIGURES])
{
	struct model random = { .seed = seed * 104729 };

	line(seed, one_way);
	loop.deaf = oracle;
	pass_time(20);
	measure_from_here();
	k->live(&random);
	score_up();
	out[0] += loop.score.utilisation[DOWN];
	out[1] += loop.score.utilisation[UP];
	out[2] += percentile(0.5);
	out[3] += percentile(0.95);
	out[4] += percentile(0.99);
}

static void
row(const char *name, const char *by, const double sum[FIGURES], double lines)
{
	printf("%-8s %-8s %6.3f %6.3f %8.1f %8.1f %8.1f\n", name, by,
	    sum[0] / lines, sum[1] / lines, sum[2] / lines, sum[3] / lines,
	    sum[4] / lines);
	fflush(stdout);
}

int
main(int argc, char *argv[])
{
	static const char *const by[] = { "oracle", "rtt", "stamps" };
	double total[3][FIGURES] = { { 0 } };
	int lines = 30, option;

	while ((option = getopt(argc, argv, "n:")) == 'n')
		lines = atoi(optarg);
	changes = argv + optind;
	printf("%-8s %-8s %6s %6s %8s %8s %8s\n", "line", "by", "down", "up",
	    "p50 ms", "p95", "p99");
	for (size_t k = 0; k < KINDS; k++)
		for (int way = 0; way < 3; way++) {
			double sum[FIGURES] = { 0 };

			oracle = way == 0;
			for (int seed = 1; seed <= lines; seed++)
				measure(&kinds[k], (uint64_t)seed, way == 2,
				    sum);
			row(kinds[k].name, by[way], sum, lines);
			for (int f = 0; f < FIGURES; f++)
				total[way][f] += sum[f];
		}
	for (int way = 0; way < 3; way++)
		row("all", by[way], total[way], lines * (double)KINDS);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the shapers of a line, shows them, and removes them. */
#include "base/number.h"
#include "base/text.h"
#include "program.h"
#include "record/messages.h"
#include "shape/tc_audit.h"
#include "shape/tc_setup.h"

static const char usage_text[] =
    "usage: wanctl-shaper -c FILE up | down | show\n";

static struct settings settings;
static struct tc_kernel kernel;

/* --- up, down ------------------------------------------------------------- */

typedef enum failure (*change_fn)(struct tc_kernel *t, const struct settings *s,
    enum direction dir, bool *changed);

static int
change(change_fn does, const char *done)
{
	int status = STATUS_OK;

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++) {
		bool changed = false;

		if (settings.dir[dir].managed == 0 ||
		    settings.dir[dir].device[0] == '\0')
			continue;
		if (does(&kernel, &settings, dir, &changed) != WORKED) {
			program_warn("%s: %s", direction_names[dir],
			    kernel.detail);
			status = STATUS_RETRY;
		} else if (changed) {
			printf("%s: %s\n", direction_names[dir], done);
		}
	}
	return status;
}

static int
up(void)
{
	if (settings.shaper.make.make == 0)
		program_die(STATUS_CONFIG,
		    "[shaper] make is no: with make = yes, it is made");
	return change(tc_setup_up, "made");
}

/* --- show ----------------------------------------------------------------- */

/* "20Mbit/s"; a CAKE without a limit has 0. */
static void
add_rate(struct text *t, int64_t bps)
{
	char rate[NUMBER_TEXT_MAX];

	if (bps == NONE || bps == 0) {
		text_add(t, " unlimited");
		return;
	}
	number_rate_text(rate, bps);
	text_add(t, " ");
	text_add(t, rate);
}

static void
print_shaper(enum direction dir, const struct tc_look *l)
{
	char line[256];
	struct text t;

	text_init(&t, line, sizeof line);
	text_add(&t, direction_names[dir]);
	text_add(&t, ": ");
	text_add(&t, settings.dir[dir].device);
	text_add(&t, ": ");
	text_add(&t, l->root.kind[0] != '\0' ? l->root.kind : "no qdisc");
	if (strncmp(l->root.kind, "cake", 4) == 0) {
		add_rate(&t, l->root.bps);
		text_add(&t, " ");
		cake_options_text(&l->cake, &t);
	} else if (l->class.kind[0] != '\0') {
		add_rate(&t, l->class.bps);
	}
	if (tc_is_made(&l->root))
		text_add(&t, "; made by wanctl");
	printf("%s\n", line);
}

static int
show_direction(enum direction dir)
{
	enum tc_finding list[TC_FINDINGS];
	struct tc_look l;
	size_t n;

	if (tc_setup_look(&kernel, &settings, dir, &l) != WORKED) {
		program_warn("%s: %s", direction_names[dir], kernel.detail);
		return STATUS_RETRY;
	}
	print_shaper(dir, &l);
	n = tc_audit(&settings, dir, &l, list);
	for (size_t i = 0; i < n; i++)
		printf("%s: %s: %s\n", direction_names[dir],
		    settings.dir[dir].device, tc_finding_text[list[i]]);
	return n > 0 ? STATUS_NO : STATUS_OK;
}

static int
show(void)
{
	int status = STATUS_OK;

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (settings.dir[dir].managed != 0 &&
		    settings.dir[dir].device[0] != '\0') {
			int one = show_direction(dir);

			status = one > status ? one : status;
		}
	return status;
}

/* --- main ----------------------------------------------------------------- */

int
main(int argc, char *argv[])
{
	const char *conf = NULL, *verb;
	int status;

	while (program_options(argc, argv, "c:", usage_text) != -1)
		conf = optarg;
	if (conf == NULL || optind + 1 != argc)
		program_usage(usage_text);
	verb = argv[optind];
	if (strcmp(verb, "up") != 0 && strcmp(verb, "down") != 0 &&
	    strcmp(verb, "show") != 0)
		program_usage(usage_text);
	program_load_settings(&settings, conf);
	if (settings.shaper.backend != BACKEND_CAKE &&
	    settings.shaper.backend != BACKEND_HTB)
		program_die(STATUS_CONFIG,
		    "[shaper] backend: only cake and htb are shapers of this "
		    "host");
	program_keep(PRIVILEGE_FILES | PRIVILEGE_NET_ADMIN);
	if (tc_kernel_open(&kernel) == -1)
		program_fail(STATUS_OS, "netlink");
	status = verb[0] == 'u' ? up() :
	    verb[0] == 'd'      ? change(tc_setup_down, "removed") :
				  show();
	tc_kernel_close(&kernel);
	program_close_stdout();
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "calibrate/calibrate_args.h"

#define SEC 1000000
#define MS 1000

static const char usage_text[] =
    "usage: wanctl-calibrate -c FILE | -w NAME [-fmnRru] [-b BYTES] [-D COMMAND]\n"
    "           [-g PLOT] [-k KEY=VALUE] [-o FILE] [-p PRESET] [-s SERVER]\n"
    "           [-T TARGET] [-t TIME] [-U COMMAND] [-W TIME]\n";

static const struct option longs[] = {
	{ "download", required_argument, NULL, 'D' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "force", no_argument, NULL, 'f' },
	{ "max-bytes", required_argument, NULL, 'b' },
	{ "max-time", required_argument, NULL, 't' },
	{ "measure-only", no_argument, NULL, 'm' },
	{ "output", required_argument, NULL, 'o' },
	{ "plot", required_argument, NULL, 'g' },
	{ "preset", required_argument, NULL, 'p' },
	{ "records", no_argument, NULL, 'r' },
	{ "restore", no_argument, NULL, 'R' },
	{ "server", required_argument, NULL, 's' },
	{ "set", required_argument, NULL, 'k' },
	{ "target", required_argument, NULL, 'T' },
	{ "unproven", no_argument, NULL, 'u' },
	{ "upload", required_argument, NULL, 'U' },
	{ "wan", required_argument, NULL, 'w' },
	{ "warm-up", required_argument, NULL, 'W' },
	{ NULL, 0, NULL, 0 },
};

static const char *
config_dir(void)
{
	const char *dir = getenv("WANCTL_CONFIG_DIR");

	return dir != NULL ? dir : "/etc/wanctl";
}

/* KEY=VALUE of -k, over the file's; what they must do for the rest is said. */
static void
take_keys(struct calibrate *p)
{
	char buf[SETTINGS_FAULT_MAX];
	struct settings_fault fault;
	const char *why;

	for (size_t i = 0; i < p->sets; i++)
		if ((why = calibrate_args_key(&p->settings, p->set[i])) != NULL)
			program_die(STATUS_USAGE, "%s: %s", p->set[i], why);
	if ((why = calibrate_args_complete(&p->settings, buf, &fault)) != NULL)
		program_die(STATUS_CONFIG, "[%s] %s: %s (-k gives keys)",
		    setting_table[fault.row].section,
		    setting_table[fault.row].key, why);
}

/* The text that a new one is made from. A pipe, which has none any more, gives
 * its keys alone. */
static void
read_before(struct calibrate *p)
{
	struct stat st;

	if (!p->measure_only && !p->restore_only && stat(p->conf, &st) == 0 &&
	    S_ISREG(st.st_mode))
		program_read_file(p->conf, p->text_before);
}

static void
load_conf(struct calibrate *p, const char *wan)
{
	static char path[STORE_PATH_MAX];
	static char name[SETTINGS_TEXT_MAX];

	if (wan != NULL) {
		if (!text_is_name(wan, strlen(wan), WAN_MAX - 1))
			program_die(STATUS_USAGE,
			    "%s: not a name (letters, digits, . "
			    "_ -)",
			    wan);
		snprintf(path, sizeof path, "%s/%s.conf", config_dir(), wan);
		p->conf = path;
	}
	p->has_conf = wan == NULL || access(p->conf, F_OK) == 0;
	if (p->out_path == NULL)
		p->out_path = p->conf;
	if (strlen(p->out_path) >= STORE_PATH_MAX)
		program_die(STATUS_USAGE, "%s: too long", p->out_path);
	if (p->has_conf) {
		program_load_settings(&p->settings, p->conf);
		read_before(p);
	} else {
		settings_init(&p->settings);
		(void)text_copy(name, sizeof name, wan, strlen(wan));
		(void)settings_set(&p->settings, "wan", "name", name, 1);
	}
	take_keys(p);
	if (!p->dry_run && !p->force && !p->measure_only && !p->restore_only &&
	    access(p->out_path, F_OK) == 0)
		program_die(STATUS_USAGE,
		    "%s exists: --force changes it and keeps the old one, -o "
		    "FILE writes another, --dry-run only shows it",
		    p->out_path);
}

static void
open_store(struct calibrate *p)
{
	static char path[STORE_PATH_MAX];
	const char *dir = getenv("WANCTL_STATE_DIR");

	if (dir == NULL)
		dir = "/var/lib/wanctl";
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		program_fail(STATUS_OS, "%s", dir);
	snprintf(path, sizeof path, "%s/%s.calibrate", dir,
	    p->settings.wan.name);
	program_open_store(&p->keeper.store, path, NULL);
}

/* wanctl pass and run hold this lock: they would set rates of their own. */
static void
lock_line(const struct calibrate *p)
{
	char path[STORE_PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/%s/lock", program_runtime_dir(),
	    p->settings.wan.name);
	if ((fd = store_open_file(path, O_RDWR, 0)) == -1)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		program_die(STATUS_RETRY,
		    "%s: busy: wanctl is at work on this line; stop it first",
		    p->settings.wan.name);
}

static void
take_number(const char *why, const char *option, const char *text)
{
	if (why != NULL)
		program_die(STATUS_USAGE, "%s %s: %s", option, text, why);
}

static void
take_time(struct calibrate *p, int ch, const char *text)
{
	const struct {
		int ch;
		const char *option;
		int64_t least_us, most_us, *out;
	} times[] = {
		{ 'T', "-T", MS, SEC, &p->target_us },
		{ 't', "-t", 60 * SEC, 3600LL * SEC, &p->budget.max_us },
		{ 'W', "-W", 0, 30 * SEC, &p->loader.ramp_us },
	};

	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		if (times[i].ch == ch)
			take_number(number_duration(text, strlen(text),
					times[i].least_us, times[i].most_us,
					times[i].out),
			    times[i].option, text);
}

/* One option with a word of its own. The name of -w, or NULL. */
static const char *
take_option(struct calibrate *p, int ch)
{
	switch (ch) {
	case 'b':
		take_number(calibrate_args_bytes(optarg, &p->budget.max_bytes),
		    "-b", optarg);
		break;
	case 'c':
		p->conf = optarg;
		break;
	case 'D':
		p->loader.command[DOWN] = optarg;
		break;
	case 'g':
		p->plot = optarg;
		break;
	case 'k':
		if (p->sets == CALIBRATE_SETS)
			program_die(STATUS_USAGE, "-k: too many");
		p->set[p->sets++] = optarg;
		break;
	case 'o':
		p->out_path = optarg;
		break;
	case 'p':
		if ((p->preset = preset_find(optarg)) == NULL)
			program_die(STATUS_USAGE,
			    "-p %s: not fiber, cable, dsl, lte or "
			    "starlink",
			    optarg);
		break;
	case 's':
		p->loader.server = optarg;
		take_number(calibrate_args_server(optarg, &p->loader.ports),
		    "-s", optarg);
		break;
	case 'T':
	case 't':
	case 'W':
		take_time(p, ch, optarg);
		break;
	case 'U':
		p->loader.command[UP] = optarg;
		break;
	case 'w':
		return optarg;
	default:
		p->force |= ch == 'f';
		p->measure_only |= ch == 'm';
		p->dry_run |= ch == 'n';
		p->restore_only |= ch == 'R';
		p->records |= ch == 'r';
		p->unproven |= ch == 'u';
	}
	return NULL;
}

static const char *
parse(struct calibrate *p, int argc, char *argv[])
{
	const char *wan = NULL;
	int ch;

	while ((ch = program_long_options(argc, argv,
		    "b:c:D:fg:k:mno:p:Rrs:T:t:U:uW:w:", longs, usage_text)) !=
	    -1) {
		const char *name = take_option(p, ch);

		if (name != NULL)
			wan = name;
	}
	if (optind != argc || (p->conf == NULL) == (wan == NULL))
		program_usage(usage_text);
	return wan;
}

void
calibrate_options(struct calibrate *p, int argc, char *argv[])
{
	load_conf(p, parse(p, argc, argv));
}

void
calibrate_lock(struct calibrate *p)
{
	open_store(p);
	lock_line(p);
}

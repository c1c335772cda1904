/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program_lines.h"
#include "monitor/gather.h"
#include "program.h"
#include "record/timeline.h"

static const char *
directory(const char *variable, const char *fallback)
{
	const char *dir = secure_getenv(variable);

	return dir != NULL && *dir != '\0' ? dir : fallback;
}

const char *
program_config_dir(void)
{
	return directory("WANCTL_CONFIG_DIR", "/etc/wanctl");
}

const char *
program_state_dir(void)
{
	return directory("WANCTL_STATE_DIR", "/var/lib/wanctl");
}

bool
program_is_wan(const char *wan)
{
	return text_is_name(wan, strlen(wan), SETTINGS_NAME_BYTES);
}

void
program_lines_begin(struct gather *g)
{
	struct timeline timeline;

	g->conf_dir = program_config_dir();
	g->run_dir = program_runtime_dir();
	timeline_start(&timeline, g->run_dir);
	g->now_us = timeline_now(&timeline);
}

int
program_lines_add(struct gather *g, const char *wan, struct text *out)
{
	if (!program_is_wan(wan)) {
		program_say("%s: not a name (letters, digits, . _ -)", wan);
		return STATUS_USAGE;
	}
	switch (gather_line(g, wan, out)) {
	case GATHER_MISSING:
		program_say("%s: no such WAN: %s is missing", wan, g->failed);
		return STATUS_CONFIG;
	case GATHER_FAILED:
		program_say("%s: %s", g->failed, g->why);
		return STATUS_OS;
	default:
		return STATUS_OK;
	}
}

size_t
program_lines_read(struct gather *g, struct health line[static GATHER_LINES])
{
	static char name[GATHER_LINES][WAN_MAX], text[GATHER_BYTES];
	size_t names, n = 0;

	program_lines_begin(g);
	names = gather_names(g, name);
	for (size_t i = 0; i < names; i++) {
		struct text t;

		text_init(&t, text, sizeof text);
		(void)program_lines_add(g, name[i], &t);
		n += health_read_lines(&line[n], 1, text, t.len);
	}
	return n;
}

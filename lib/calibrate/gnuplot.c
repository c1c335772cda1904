/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/gnuplot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "record/store.h"

#define TICK_NS 10000000
#define TICKS 1000

static int
run(const char *path)
{
	const char *argv[] = { "gnuplot", path, NULL };
	const struct timespec tick = { 0, TICK_NS };
	struct child c;
	int status = -1;

	if (child_start(&c, argv, false) == -1)
		return -1;
	for (int i = 0; i < TICKS && c.pid != 0; i++)
		if ((status = child_status(&c)) == -1)
			(void)nanosleep(&tick, NULL);
	child_end(&c, 0);
	return status == 0 ? 0 : -1;
}

int
gnuplot_run(const char *script)
{
	const char *dir = secure_getenv("TMPDIR");
	char path[STORE_PATH_MAX];
	int fd = -1, got;

	if (snprintf(path, sizeof path, "%s/wanctl-gnuplot.XXXXXX",
		dir != NULL && *dir != '\0' ? dir : "/tmp") < (int)sizeof path)
		fd = mkstemp(path);
	if (fd == -1)
		return -1;
	got = store_write(fd, script, strlen(script));
	if (close(fd) == 0 && got == 0)
		got = run(path);
	else
		got = -1;
	(void)unlink(path);
	return got;
}

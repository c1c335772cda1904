/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include "base/clock.h"

#define SHOW_US 200000

FILE *
calibrate_out(const struct calibrate *p)
{
	return p->records ? stderr : stdout;
}

struct text *
calibrate_text(struct calibrate *p)
{
	text_init(&p->text, p->buf, sizeof p->buf);
	return &p->text;
}

static size_t
columns(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == -1 || w.ws_col < 20)
		return 79;
	return w.ws_col - 1;
}

void
calibrate_tick(void *user)
{
	struct calibrate *p = user;
	const struct load_generator *l = &p->loader;
	int64_t now_us = clock_monotonic();
	char buf[256];
	struct text t;

	if (!p->terminal || now_us - p->shown_us < SHOW_US)
		return;
	p->shown_us = now_us;
	text_init(&t, buf, sizeof buf);
	report_live(&t, p->doing, l->now_bps,
	    l->load.pid != 0 ? l->samples.newest_us : -1,
	    budget_left_us(&p->budget, now_us), columns());
	fprintf(stderr, "\r%s\033[K", buf);
	fflush(stderr);
}

void
calibrate_live(struct calibrate *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(p->doing, sizeof p->doing, format, ap);
	va_end(ap);
	p->shown_us = 0;
	calibrate_tick(p);
}

void
calibrate_say(const struct calibrate *p)
{
	if (fprintf(stderr, "%s%s\n", p->terminal ? "\r\033[K" : "", p->buf) <
	    0)
		exit(STATUS_OS);
}

void
calibrate_record(struct calibrate *p, const char *kind)
{
	if (!p->records)
		return;
	printf("%s t=%" PRId64 " wan=%s %s\n", kind, timeline_now(&p->timeline),
	    p->settings.wan.name, p->buf);
	program_close_stdout();
}

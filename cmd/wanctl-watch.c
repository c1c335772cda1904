/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines on a terminal, as they are now or were in a recording. */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/clock.h"
#include "base/number.h"
#include "monitor/screen.h"
#include "program.h"
#include "program_lines.h"

#define SECOND_US 1000000
#define SPEED_MOST 1000

static const char usage_text[] = "usage: wanctl-watch [-1] [WAN ...]\n"
				 "       wanctl-watch -f [-s SPEED] [FILE]\n";

static struct program {
	struct gather gather;
	struct health line[GATHER_LINES];
	struct screen_past past[GATHER_LINES];
	size_t lines;
	char text[PROGRAM_LINES_BYTES];
	char screen[SCREEN_BYTES];
	struct screen_form form;
	bool terminal, quit;
	int keys; /* where they come from; -1: nowhere */
	struct termios before;
} p;

/* --- the terminal --------------------------------------------------------- */

static volatile sig_atomic_t resized, suspended;

static void
on_signal(int sig)
{
	*(sig == SIGWINCH ? &resized : &suspended) = 1;
}

static void
write_all(const char *s, size_t len)
{
	if (store_write(STDOUT_FILENO, s, len) == -1)
		program_stopping = 1;
}

static void
write_text(const char *s)
{
	write_all(s, strlen(s));
}

static void
measure(void)
{
	struct winsize size;

	resized = 0;
	p.form.width = 80;
	p.form.height = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
	    size.ws_row > 0) {
		p.form.width = size.ws_col;
		p.form.height = size.ws_row;
	}
}

/* Keys come at once and are not shown; the screen before comes back at the
 * end. Where records come from standard input, keys do not. */
static void
take_terminal(void)
{
	struct termios raw;

	if (!isatty(STDOUT_FILENO))
		return;
	if (p.keys == -1)
		p.keys = isatty(STDIN_FILENO) ?
		    STDIN_FILENO :
		    open("/dev/tty", O_RDONLY | O_CLOEXEC);
	if (p.keys == -1 || tcgetattr(p.keys, &p.before) == -1)
		return;
	raw = p.before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	(void)tcsetattr(p.keys, TCSANOW, &raw);
	write_text("\033[?1049h\033[?25l\033[2J");
	p.terminal = true;
}

static void
give_back_terminal(void)
{
	if (!p.terminal)
		return;
	(void)tcsetattr(p.keys, TCSANOW, &p.before);
	write_text("\033[0m\033[?25h\033[?1049l");
	p.terminal = false;
}

/* --- what is shown -------------------------------------------------------- */

static void
show(void)
{
	struct text out;

	text_init(&out, p.screen, sizeof p.screen);
	if (p.terminal)
		screen_draw(&out, &p.form, p.line, p.past, p.lines);
	for (size_t i = 0; i < p.lines && !p.terminal; i++) {
		screen_short(&out, &p.line[i]);
		text_add(&out, "\n");
	}
	write_all(p.screen, out.len);
}

static void
look_at_terminal(void)
{
	if (suspended && p.terminal) {
		give_back_terminal();
		(void)raise(SIGSTOP);
		take_terminal();
		resized = 1;
	}
	suspended = 0;
	if (!resized)
		return;
	measure();
	show();
}

static void
read_key(void)
{
	char c;

	if (read(p.keys, &c, 1) != 1)
		program_stopping = 1;
	else if (c == 'q' || c == 'Q')
		p.quit = true;
}

/* Until that time, or until there is something to read from fd (-1: nothing
 * is), or somebody wants it to end: false. */
static bool
wait_until(int64_t until_us, int fd, const sigset_t *mask)
{
	while (!program_stopping && !p.quit) {
		struct pollfd of[] = { { .fd = fd, .events = POLLIN },
			{ .fd = p.terminal ? p.keys : -1, .events = POLLIN } };
		struct timespec left = clock_until(until_us);
		int n;

		look_at_terminal();
		n = ppoll(of, 2, &left, mask);
		if (n > 0 && of[1].revents != 0)
			read_key();
		else if (n >= 0)
			return true;
	}
	return false;
}

/* --- now ------------------------------------------------------------------ */

static int
watch_now(char *const argv[], int argc, bool once, const sigset_t *mask)
{
	int64_t next_us = clock_monotonic();
	int status = STATUS_OK;

	p.lines = program_lines_gather(&p.gather, argv, argc, p.line, p.text,
	    &status);
	if (p.lines == 0)
		return status != STATUS_OK ? status : STATUS_NO;
	if (!once)
		take_terminal();
	for (;;) {
		for (size_t i = 0; i < p.lines; i++)
			screen_note(&p.past[i], &p.line[i]);
		show();
		next_us += SECOND_US;
		if (once || !wait_until(next_us, -1, mask))
			return STATUS_OK;
		p.lines = program_lines_gather(&p.gather, argv, argc, p.line,
		    p.text, NULL);
	}
}

/* --- a recording ---------------------------------------------------------- */

static struct recording {
	struct program_faults faults;
	struct lines in;
	const sigset_t *mask;
	int64_t speed;
	int64_t second_us; /* of the records, when it is over */
	int64_t due_us;    /* ... here */
} recording;

/* The line of a record; a new one if there is room. */
static struct health *
line_of(struct slice wan)
{
	char name[WAN_MAX] = "";
	size_t i;

	if (wan.at != NULL)
		(void)text_copy(name, sizeof name, wan.at, wan.len);
	for (i = 0; i < p.lines; i++)
		if (strcmp(p.line[i].line.wan, name) == 0)
			return &p.line[i];
	if (i == GATHER_LINES)
		return NULL;
	health_init(&p.line[i]);
	(void)text_copy(p.line[i].line.wan, WAN_MAX, name, strlen(name));
	p.line[i].line.steers = 1;
	p.line[i].seen = true;
	p.lines++;
	return &p.line[i];
}

/* Seconds go by in the recording, and a part of one here for each. */
static void
pass_time(int64_t t_us)
{
	struct recording *r = &recording;

	if (r->second_us == 0 || t_us > r->second_us + 60 * SECOND_US) {
		r->second_us = t_us + SECOND_US;
		r->due_us = clock_monotonic();
	}
	while (t_us >= r->second_us && !program_stopping && !p.quit) {
		for (size_t i = 0; i < p.lines; i++) {
			p.line[i].line.now_us = r->second_us;
			screen_note(&p.past[i], &p.line[i]);
		}
		show();
		r->second_us += SECOND_US;
		r->due_us += SECOND_US / r->speed;
		(void)wait_until(r->due_us, -1, r->mask);
	}
}

static void
take(const char *text, size_t len, int64_t number)
{
	struct record r;
	struct slice t;
	struct health *h;
	const char *why = record_parse(&r, text, len);
	int64_t t_us;

	if (why != NULL) {
		program_bad_line(&recording.faults, number, "", why);
		return;
	}
	t = record_get(&r, "t");
	if (t.at == NULL || number_int(t.at, t.len, 1, T_MAX, &t_us) != NULL)
		return;
	pass_time(t_us);
	if ((h = line_of(record_get(&r, "wan"))) != NULL)
		health_read(h, text, len);
}

/* Of records that come as they are made, the newest are shown meanwhile. */
static bool
wait_for_more(struct recording *r)
{
	if (p.terminal)
		show();
	return wait_until(INT64_MAX, r->in.fd, r->mask);
}

static void
read_records(struct recording *r)
{
	enum lines_got got;
	const char *line;
	int64_t number = 0;
	size_t len;

	while (!program_stopping && !p.quit &&
	    (got = lines_next(&r->in, &line, &len)) != LINES_END) {
		if (got == LINES_LINE) {
			take(line, len, ++number);
		} else if (got != LINES_EMPTY) {
			program_bad_line(&r->faults, ++number, "",
			    "too long, or cut off");
		} else if (wait_for_more(r) && lines_fill(&r->in) == -1) {
			program_say("%s", strerror(errno));
			program_stopping = 1;
		}
	}
}

static int
watch_recording(const char *path, int64_t speed, const sigset_t *mask)
{
	struct recording *r = &recording;
	int fd = path == NULL ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		program_fail(STATUS_OS, "%s", path);
	r->speed = speed;
	r->mask = mask;
	r->faults.name = path;
	take_terminal();
	lines_init(&r->in, fd);
	read_records(r);
	show();
	give_back_terminal();
	return r->faults.bad > 0 ? STATUS_DATA : STATUS_OK;
}

int
main(int argc, char *argv[])
{
	const struct sigaction on = { .sa_handler = on_signal };
	bool once = false, file = false;
	int64_t speed = 1;
	sigset_t mask;
	int ch, status;

	(void)setlocale(LC_CTYPE, "");
	while ((ch = program_options(argc, argv, "1fs:", usage_text)) != -1) {
		once = once || ch == '1';
		file = file || ch == 'f';
		if (ch == 's')
			speed = program_want_count('s', optarg);
	}
	argv += optind;
	argc -= optind;
	if (file ? argc > 1 || once : speed != 1)
		program_usage(usage_text);
	if (speed > SPEED_MOST)
		program_die(STATUS_USAGE, "-s: more than %d", SPEED_MOST);
	program_keep(PRIVILEGE_FILES);
	p.form.blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	p.form.colours = secure_getenv("NO_COLOR") == NULL;
	measure();
	p.keys = -1;
	program_catch_signals(&mask, NULL);
	/* With the terminal as it was. */
	program_catch_more(&mask, SIGQUIT);
	program_catch_more(&mask, SIGHUP);
	(void)sigaction(SIGWINCH, &on, NULL);
	(void)sigaction(SIGTSTP, &on, NULL);
	status = file ? watch_recording(argv[0], speed, &mask) :
			watch_now(argv, argc, once, &mask);
	give_back_terminal();
	return status;
}

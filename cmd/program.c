/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/quota.h"

volatile sig_atomic_t program_stopping;

void
program_usage(const char *text)
{
	fputs(text, stderr);
	exit(STATUS_USAGE);
}

void
program_close_stdout(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		program_fail(STATUS_OS, "standard output");
}

/* A standard descriptor that is closed would go to the next file or socket
 * that is opened, and records into it. So there is something that fails. */
static void
hold_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* A message is one write(2): what several programs say to one descriptor does
 * not mix. */
static void
print_lines(void)
{
	static char line[1024];

	(void)setvbuf(stderr, line, _IOLBF, sizeof line);
}

const char *
program_runtime_dir(void)
{
	const char *dir = secure_getenv("WANCTL_RUNTIME_DIR");

	return dir != NULL && *dir != '\0' ? dir : "/run/wanctl";
}

void
program_keep(uint64_t set)
{
	if (privilege_keep(set) == -1)
		program_fail(STATUS_OS, "cannot give privileges away");
}

bool
program_confined(void)
{
	return secure_getenv("WANCTL_UNCONFINED") == NULL;
}

uint32_t
program_chance(void)
{
	uint32_t chance;

	return getrandom(&chance, sizeof chance, GRND_NONBLOCK) ==
		sizeof chance ?
	    chance :
	    0;
}

int
program_long_options(int argc, char *argv[], const char *letters,
    const struct option *longs, const char *usage)
{
	char all[64];
	int ch;

	hold_descriptors();
	print_lines();
	(void)program_messages();
	snprintf(all, sizeof all, "%shV", letters);
	ch = getopt_long(argc, argv, all, longs, NULL);
	if (ch == 'h') {
		fputs(usage, stdout);
		program_close_stdout();
		exit(STATUS_OK);
	}
	if (ch == 'V') {
		printf("%s %s\n", program_invocation_short_name, VERSION);
		program_close_stdout();
		exit(STATUS_OK);
	}
	if (ch == '?')
		program_usage(usage);
	return ch;
}

int
program_options(int argc, char *argv[], const char *letters, const char *usage)
{
	static const struct option none[] = { { NULL, 0, NULL, 0 } };

	return program_long_options(argc, argv, letters, none, usage);
}

int64_t
program_want_duration(char letter, const char *value, int64_t lo_us,
    int64_t hi_us)
{
	char lo[NUMBER_TEXT_MAX], hi[NUMBER_TEXT_MAX];
	int64_t us;
	const char *why = number_duration(value, strlen(value), lo_us, hi_us,
	    &us);

	if (why == NULL)
		return us;
	number_duration_text(lo, lo_us);
	number_duration_text(hi, hi_us);
	program_die(STATUS_USAGE, "-%c %s: %s (%s to %s)", letter, value, why,
	    lo, hi);
}

int64_t
program_want_count(char letter, const char *value)
{
	int64_t n;
	const char *why = number_int(value, strlen(value), 1, PROGRAM_COUNT_MAX,
	    &n);

	if (why != NULL)
		program_die(STATUS_USAGE, "-%c %s: %s (1 to %d)", letter, value,
		    why, PROGRAM_COUNT_MAX);
	return n;
}

bool
program_is_news(enum failure *before, enum failure why)
{
	enum failure known = *before;

	if (why == FAILURE_TIMEOUT && known != WORKED)
		return false;
	*before = why;
	return why != WORKED && why != known;
}

static void
on_signal(int sig)
{
	(void)sig;
	program_stopping = 1;
}

void
program_catch_with(sigset_t *open_mask, int sig, void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, sig);
	if (sigprocmask(SIG_BLOCK, &block, NULL) == -1 ||
	    sigaction(sig, &sa, NULL) == -1)
		program_fail(STATUS_OS, "signals");
	sigdelset(open_mask, sig);
}

void
program_catch_more(sigset_t *open_mask, int sig)
{
	program_catch_with(open_mask, sig, on_signal);
}

void
program_catch_signals(sigset_t *open_mask, struct output *out)
{
	if (sigprocmask(SIG_BLOCK, NULL, open_mask) == -1)
		program_fail(STATUS_OS, "signals");
	program_catch_more(open_mask, SIGTERM);
	program_catch_more(open_mask, SIGINT);
	output_stops(program_messages(), open_mask, &program_stopping);
	if (out != NULL)
		output_stops(out, open_mask, &program_stopping);
}

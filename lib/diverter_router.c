/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backend router: a rule of a remote router's firewall, through
 * wanctl-router(8) as a process of its own, which is kept. One request line,
 * one answer line, with a deadline. Connecting may take longer than that, so a
 * process that is silent is asked again, in vain a few times, before it is
 * ended; late answers have an older id and are skipped. The next request after
 * its end starts another.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "coprocess.h"
#include "diverter.h"
#include "record.h"
#include "text.h"

#define PROGRAM "wanctl-router"
#define SILENT 5 /* requests without an answer */

extern char **environ;

struct word_field {
	int64_t id, ok, on;
	char why[WORD_MAX];
};
static const struct message_field answer_fields[] = {
	FIELD_INT(word_field, "id", id, true, 0, INT64_MAX),
	FIELD_INT(word_field, "ok", ok, true, 0, 1),
	FIELD_INT(word_field, "on", on, false, 0, 1),
	FIELD_TEXT(word_field, "why", why, MESSAGE_NAME, false),
};
static const struct message_kind answer_kind = { "answer", answer_fields,
	FIELD_COUNT(answer_fields) };

static int
router_open(struct diverter *d)
{
	(void)d;
	coprocess_prepare();
	return 0;
}

static void
router_close(struct diverter *d)
{
	if (d->to != -1)
		(void)close(d->to);
	if (d->from != -1)
		(void)close(d->from);
	d->to = d->from = -1;
	if (d->pid == -1)
		return;
	(void)kill(-d->pid, SIGKILL);
	while (waitpid(d->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	d->pid = -1;
}

/* 0, or an errno. */
static int
spawn(struct diverter *d, int in, int out)
{
	char program[] = PROGRAM, option[] = "-c";
	char path[SETTINGS_TEXT_MAX * 4];
	char *argv[] = { program, option, path, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int error;

	(void)snprintf(path, sizeof path, "%s", d->conf);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	error = posix_spawnp(&d->pid, program, &files, &attr, argv, environ);
	if (error != 0)
		d->pid = -1;
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

static int
start(struct diverter *d)
{
	int to[2], from[2], error;

	if (pipe2(to, O_CLOEXEC) == -1)
		return errno;
	if (pipe2(from, O_CLOEXEC) == -1) {
		error = errno;
		(void)close(to[0]);
		(void)close(to[1]);
		return error;
	}
	error = spawn(d, to[0], from[1]);
	(void)close(to[0]);
	(void)close(from[1]);
	d->silent = 0;
	d->to = to[1];
	d->from = from[0];
	(void)fcntl(d->to, F_SETFL, O_NONBLOCK);
	(void)fcntl(d->from, F_SETFL, O_NONBLOCK);
	if (error != 0)
		router_close(d);
	return error;
}

/* Reads up to a line feed. 0, or an errno; EPIPE: it has ended. */
static int
read_line(struct diverter *d, char out[static RECORD_MAX], int64_t until_us)
{
	struct pollfd in = { .fd = d->from, .events = POLLIN };
	size_t len = 0;

	while (len < RECORD_MAX) {
		ssize_t n = read(d->from, out + len, 1);
		struct timespec left = clock_until(until_us);

		if (n == 0)
			return EPIPE;
		if (n == 1 && out[len] == '\n') {
			out[len] = '\0';
			return 0;
		}
		len += n == 1;
		if (n == 1)
			continue;
		if (errno != EAGAIN && errno != EINTR)
			return errno;
		if (left.tv_sec == 0 && left.tv_nsec == 0)
			return ETIMEDOUT;
		(void)ppoll(&in, 1, &left, NULL);
	}
	return EMSGSIZE;
}

static int
await(struct diverter *d, struct word_field *answer, int64_t until_us)
{
	char line[RECORD_MAX];
	const char *culprit;
	struct record r;
	int error;

	for (;;) {
		if ((error = read_line(d, line, until_us)) != 0)
			return error;
		if (record_parse(&r, line, strlen(line)) == NULL &&
		    slice_is(r.kind, answer_kind.kind) &&
		    message_unpack(&answer_kind, answer, &r, &culprit) ==
			NULL &&
		    answer->id == d->id)
			return 0;
	}
}

static const char *
fail(struct diverter *d, int error)
{
	d->silent++;
	if (error != ETIMEDOUT || d->silent >= SILENT)
		router_close(d);
	(void)snprintf(d->detail, sizeof d->detail, "%s: %s", PROGRAM,
	    error == ETIMEDOUT ? "no answer within timeout of [diverter]" :
		error == EPIPE ? "ended; see its own messages" :
				 strerror(error));
	return error == ETIMEDOUT ? "timeout" : "failed";
}

/* Words of the router's are for its own messages; ours must outlive it. */
static const char *
word_of(struct diverter *d, const struct word_field *answer)
{
	static const char *const words[] = { "missing", "duplicate", "timeout",
		"permission", "auth", "unreachable", "dynamic", "invalid",
		"busy", "garbled", "credentials", "cooling", "refused",
		"not_taken", "host_key", "certificate" };

	(void)snprintf(d->detail, sizeof d->detail, "%s: %s", PROGRAM,
	    answer->why[0] != '\0' ? answer->why : "refused");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(answer->why, words[i]) == 0)
			return words[i];
	return "failed";
}

static const char *
ask(struct diverter *d, const char *verb, const char *rest,
    struct word_field *answer)
{
	int64_t until_us = clock_monotonic() + d->settings->diverter.timeout_us;
	char line[RECORD_MAX];
	int len, error;

	if (d->pid == -1 && (error = start(d)) != 0)
		return fail(d, error);
	len = snprintf(line, sizeof line, "%s id=%lld what=rule%s\n", verb,
	    (long long)++d->id, rest);
	if (write(d->to, line, (size_t)len) != len)
		return fail(d, EPIPE);
	if ((error = await(d, answer, until_us)) != 0)
		return fail(d, error);
	d->silent = 0;
	return answer->ok == 1 ? NULL : word_of(d, answer);
}

static const char *
router_get(struct diverter *d, bool *on)
{
	struct word_field answer;
	const char *why = ask(d, "get", "", &answer);

	if (why == NULL && answer.on == NONE) {
		(void)snprintf(d->detail, sizeof d->detail,
		    PROGRAM ": did not say whether the rule is on");
		return "failed";
	}
	if (why == NULL)
		*on = answer.on == 1;
	return why;
}

static const char *
router_set(struct diverter *d, bool on)
{
	struct word_field answer;

	return ask(d, "set", on ? " on=1" : " on=0", &answer);
}

const struct diverter_backend diverter_router = { router_open, router_get,
	router_set, router_close };

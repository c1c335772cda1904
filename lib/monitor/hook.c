/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/hook.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "record/json.h"
#include "record/store.h"

#define MINUTE_US 60000000
#define LOOK_US 50000   /* how often it is looked whether it has ended */
#define GRACE_US 200000 /* between SIGTERM and SIGKILL */

_Static_assert(SETTINGS_TEXT_MAX <= CHILD_COMMAND, "a command");

void
hook_init(struct hook *h)
{
	memset(h, 0, sizeof *h);
	h->child = CHILD_NONE;
	for (size_t i = 0; i < HOOK_A_MINUTE; i++)
		h->begun_us[i] = INT64_MIN / 2;
}

static void
remove_at(struct hook *h, size_t i)
{
	h->waiting--;
	memmove(&h->queue[i], &h->queue[i + 1],
	    (h->waiting - i) * sizeof *h->queue);
}

/* The oldest that is not an end makes room; false if there is none. */
static bool
make_room(struct hook *h)
{
	for (size_t i = 0; i < h->waiting; i++)
		if (h->queue[i].resolved != 1) {
			remove_at(h, i);
			return true;
		}
	return false;
}

bool
hook_add(struct hook *h, const struct alert *alert, int64_t now_us)
{
	bool many = h->begun_us[h->next] > now_us - MINUTE_US;
	bool full = h->waiting == HOOK_QUEUE;

	if ((alert->resolved != 1 && many) || (full && !make_room(h)))
		return false;
	h->begun_us[h->next] = now_us;
	h->next = (h->next + 1) % HOOK_A_MINUTE;
	h->queue[h->waiting++] = *alert;
	return !full;
}

/* Of a key, in the environment: WANCTL_FOR_US. */
static void
name_variable(char name[static 40], const char *key)
{
	(void)snprintf(name, 40, "WANCTL_%s", key);
	for (char *c = name; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
}

static void
set_environment(const struct record *r)
{
	char name[40], value[RECORD_MAX];

	for (size_t i = 0; i < message_alert.count; i++) {
		const char *key = message_alert.fields[i].key;
		struct slice s = record_get(r, key);

		name_variable(name, key);
		/* The record before may have had it. */
		(void)unsetenv(name);
		if (s.at != NULL && text_copy(value, sizeof value, s.at, s.len))
			(void)setenv(name, value, 1);
	}
}

/* A file in memory that is ready to be read: a pipe might be full, or closed.
 * -1 with errno. */
static int
file_of(const char *text, size_t len)
{
	int fd = memfd_create("alert", MFD_CLOEXEC);

	if (fd != -1 &&
	    (store_write(fd, text, len) == -1 ||
		lseek(fd, 0, SEEK_SET) == -1)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool
start(struct hook *h, const struct settings *s, const struct alert *alert,
    int64_t now_us, char detail[static HOOK_DETAIL])
{
	struct child_wiring w = { -1, STDERR_FILENO, -1, true, SIGKILL,
		CHILD_PRIVILEGES };
	char line[RECORD_MAX + 1], json[JSON_MAX], buf[CHILD_COMMAND];
	const char *argv[CHILD_ARGUMENTS];
	size_t len = message_pack(&message_alert, line, alert);
	struct record r;

	if (child_split(s->alert.command, buf, argv) != NULL ||
	    record_parse(&r, line, len - 1) != NULL)
		return false;
	set_environment(&r);
	if ((w.in = file_of(json, json_write(json, &r))) != -1) {
		h->child = CHILD_NONE;
		h->child.pid = child_spawn(argv, &w);
		(void)close(w.in);
		if (h->child.pid > 0) {
			h->until_us = now_us + s->alert.timeout_us;
			return false;
		}
	}
	(void)snprintf(detail, HOOK_DETAIL, "%s: %s", argv[0], strerror(errno));
	h->child = CHILD_NONE;
	return true;
}

/* The one that runs has ended, or has to; true if that is wrong. */
static bool
look_after(struct hook *h, const struct settings *s, int64_t now_us,
    char detail[static HOOK_DETAIL])
{
	int status = child_status(&h->child);

	if (status == -1 && now_us < h->until_us)
		return false;
	if (status == -1)
		(void)snprintf(detail, HOOK_DETAIL,
		    "%.100s: took longer than timeout of [alert]",
		    s->alert.command);
	else if (status > 128)
		(void)snprintf(detail, HOOK_DETAIL,
		    "%.100s: was killed by signal %d", s->alert.command,
		    status - 128);
	else
		(void)snprintf(detail, HOOK_DETAIL, "%.100s: exit status %d",
		    s->alert.command, status);
	child_end(&h->child, GRACE_US);
	h->child = CHILD_NONE;
	return status != 0;
}

bool
hook_look(struct hook *h, const struct settings *s, int64_t now_us,
    char detail[static HOOK_DETAIL])
{
	struct alert alert;

	if (h->child.pid > 0)
		return look_after(h, s, now_us, detail);
	if (h->waiting == 0)
		return false;
	alert = h->queue[0];
	remove_at(h, 0);
	return start(h, s, &alert, now_us, detail);
}

int64_t
hook_due_us(const struct hook *h, int64_t now_us)
{
	if (h->child.pid > 0)
		return h->until_us < now_us + LOOK_US ? h->until_us :
							now_us + LOOK_US;
	return h->waiting > 0 ? now_us : INT64_MAX;
}

void
hook_close(struct hook *h)
{
	child_end(&h->child, GRACE_US);
	h->child = CHILD_NONE;
}

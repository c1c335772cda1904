/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words to the service manager. */
#include "base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

static int
listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, name, strlen(name));
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	else
		unlink(name);
	if (bind(fd, (struct sockaddr *)&at,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    strlen(name))) == -1)
		perror(name);
	return fd;
}

static const char *
heard(int fd)
{
	static char text[100];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);

	if (n == -1)
		return NULL;
	text[n] = '\0';
	return text;
}

/* A child says something, and ends; its pid. */
static pid_t
say_in_child(const char *state)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(notify(state) == 0 ? 0 : 1);
	(void)waitpid(pid, NULL, 0);
	return pid;
}

static void
test_relay(void)
{
	struct notify_relay r;
	char path[100];
	pid_t pid;
	int fd;

	unsetenv("NOTIFY_SOCKET");
	is_int(notify_relay_open(&r), 0, "no manager");
	is_int(r.fd, -1, "... and nothing to read");

	snprintf(path, sizeof path, "/tmp/wanctl-notify-%d", getpid());
	fd = listen_at(path);
	setenv("NOTIFY_SOCKET", path, 1);
	is_int(notify_relay_open(&r), 0, "in the manager's place");
	ok(strcmp(getenv("NOTIFY_SOCKET"), path) != 0, "... by another name");
	pid = say_in_child("READY=1");
	ok(heard(fd) == NULL, "the manager hears nothing by itself");
	notify_relay_pass(&r, pid);
	is_str(heard(fd), "READY=1", "it is passed on");
	(void)say_in_child("WATCHDOG=1");
	notify_relay_pass(&r, pid);
	ok(heard(fd) == NULL, "what another process says is not");
	notify_relay_pass(&r, 0);
	ok(heard(fd) == NULL, "nor is it later");
	close(r.fd);
	close(fd);
	unlink(path);
}

int
main(void)
{
	char path[100], long_path[300];
	int fd;

	unsetenv("NOTIFY_SOCKET");
	is_int(notify("READY=1"), 0, "nobody to tell");
	setenv("NOTIFY_SOCKET", "", 1);
	is_int(notify("READY=1"), 0, "nor with an empty name");

	snprintf(path, sizeof path, "/tmp/wanctl-notify-%d", getpid());
	fd = listen_at(path);
	setenv("NOTIFY_SOCKET", path, 1);
	is_int(notify("READY=1\nSTATUS=down 5mbit"), 0, "told");
	is_str(heard(fd), "READY=1\nSTATUS=down 5mbit", "heard as it was said");
	ok(heard(fd) == NULL, "and nothing else");
	close(fd);
	unlink(path);
	is_int(notify("WATCHDOG=1"), -1, "gone");
	is_int(errno, ENOENT, "says so");

	snprintf(path, sizeof path, "@wanctl-notify-%d", getpid());
	fd = listen_at(path);
	setenv("NOTIFY_SOCKET", path, 1);
	is_int(notify("STOPPING=1"), 0, "a name without a file");
	is_str(heard(fd), "STOPPING=1", "heard too");
	for (int i = 0; i < 2000; i++)
		(void)notify("WATCHDOG=1");
	ok(true, "a manager that does not listen holds nothing up");
	close(fd);

	setenv("NOTIFY_SOCKET", "relative/path", 1);
	is_int(notify("READY=1"), -1, "neither of the two");
	is_int(errno, EINVAL, "says so");
	memset(long_path, 'x', sizeof long_path);
	long_path[0] = '/';
	long_path[sizeof long_path - 1] = '\0';
	setenv("NOTIFY_SOCKET", long_path, 1);
	is_int(notify("READY=1"), -1, "too long");
	is_int(errno, EINVAL, "says so");
	test_relay();
	return tap_done();
}

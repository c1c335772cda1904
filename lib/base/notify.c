/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
send_to(const char *path, const char *state, size_t state_len)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	ssize_t sent;
	int fd;

	if ((path[0] != '/' && path[0] != '@') || len >= sizeof to.sun_path) {
		errno = EINVAL;
		return -1;
	}
	memcpy(to.sun_path, path, len);
	/* '@' stands for the abstract name space. */
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	sent = sendto(fd, state, state_len, MSG_NOSIGNAL | MSG_DONTWAIT,
	    (struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)close(fd);
	return sent == -1 ? -1 : 0;
}

int
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return path == NULL || *path == '\0' ?
	    0 :
	    send_to(path, state, strlen(state));
}

/* --- for another process -------------------------------------------------- */

/* A socket with an abstract name of the kernel's choice, which is put into
 * $NOTIFY_SOCKET. 0, or -1 with errno. */
static int
stand_in(int fd)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t len = sizeof at.sun_family;
	char name[sizeof at.sun_path];
	const int on = 1;
	size_t name_len;

	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == -1 ||
	    bind(fd, (struct sockaddr *)&at, len) == -1)
		return -1;
	len = sizeof at;
	if (getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		return -1;
	name_len = len - offsetof(struct sockaddr_un, sun_path);
	if (name_len < 2 || name_len >= sizeof name) {
		errno = EINVAL;
		return -1;
	}
	(void)snprintf(name, sizeof name, "@%.*s", (int)name_len - 1,
	    at.sun_path + 1);
	return setenv("NOTIFY_SOCKET", name, 1);
}

int
notify_relay_open(struct notify_relay *r)
{
	const char *path = getenv("NOTIFY_SOCKET");

	r->fd = -1;
	if (path == NULL || *path == '\0')
		return 0;
	if (strlen(path) >= sizeof r->manager) {
		errno = EINVAL;
		return -1;
	}
	memcpy(r->manager, path, strlen(path) + 1);
	r->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd == -1)
		return -1;
	if (stand_in(r->fd) == 0)
		return 0;
	(void)close(r->fd);
	r->fd = -1;
	return -1;
}

/* The sender, as the kernel says; -1 if it does not. */
static pid_t
sender(struct msghdr *h)
{
	struct cmsghdr *m = CMSG_FIRSTHDR(h);
	struct ucred who;

	if (m == NULL || m->cmsg_level != SOL_SOCKET ||
	    m->cmsg_type != SCM_CREDENTIALS ||
	    m->cmsg_len != CMSG_LEN(sizeof who))
		return -1;
	memcpy(&who, CMSG_DATA(m), sizeof who);
	return who.pid;
}

void
notify_relay_pass(const struct notify_relay *r, pid_t from)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char text[NOTIFY_MAX];
	ssize_t n;

	for (;;) {
		struct iovec part = { text, sizeof text };
		struct msghdr h = { .msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof control };

		n = recvmsg(r->fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n == -1)
			return;
		if (from > 0 && sender(&h) == from &&
		    (h.msg_flags & MSG_TRUNC) == 0)
			(void)send_to(r->manager, text, (size_t)n);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/privilege.h"
#include "base/text.h"

/* A request to the service, with the end of a pipe for the answer. */
struct question {
	int family;
	char name[RESOLVER_NAME];
};

/* The child's answer; below PIPE_BUF, so it is there whole or not at all. */
struct answer {
	int status; /* of getaddrinfo */
	int error;  /* errno, for EAI_SYSTEM */
	struct resolved found;
};

/* --- the child ------------------------------------------------------------ */

static void
collect(struct resolved *found, const struct addrinfo *list)
{
	for (; list != NULL && found->count < RESOLVER_ADDRESSES;
	     list = list->ai_next) {
		union address *a = &found->address[found->count];

		if ((list->ai_family == AF_INET ||
			list->ai_family == AF_INET6) &&
		    list->ai_addrlen <= sizeof *a) {
			memcpy(a, list->ai_addr, list->ai_addrlen);
			found->count++;
		}
	}
}

/* Nothing of the parent is kept: neither its signal handlers, nor a pipe of
 * which somebody else waits for the end, nor a socket. */
static int
leave_parent(int fd, pid_t parent)
{
	int nowhere = open("/dev/null", O_RDWR);
	sigset_t none;

	/* Where nothing may be opened for writing. */
	if (nowhere == -1)
		nowhere = open("/dev/null", O_RDONLY);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGALRM, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (nowhere != -1)
		for (int i = 0; i < 3; i++)
			(void)dup2(nowhere, i);
	(void)dup2(fd, 3);
#ifdef SYS_close_range
	if (syscall(SYS_close_range, 4U, ~0U, 0) == 0)
		return 3;
#endif
	for (int i = 4; i < 256; i++)
		(void)close(i);
	return 3;
}

static _Noreturn void
child(int fd, const char *name, int family)
{
	struct addrinfo hints = { .ai_family = family,
		.ai_socktype = SOCK_DGRAM };
	struct answer answer;
	struct addrinfo *list = NULL;

	/* The asking process cannot kill us. */
	(void)alarm(RESOLVER_LIMIT_US / 1000000);
	memset(&answer, 0, sizeof answer);
	answer.status = getaddrinfo(name, NULL, &hints, &list);
	answer.error = errno;
	collect(&answer.found, list);
	_exit(write(fd, &answer, sizeof answer) == sizeof answer ? 0 : 1);
}

/* --- the service ---------------------------------------------------------- */

/* Room for one descriptor, aligned as the kernel wants it. */
union passed {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

/* The descriptor that came with a message, or -1. */
static int
passed_fd(struct msghdr *h)
{
	struct cmsghdr *m = CMSG_FIRSTHDR(h);
	int fd;

	if (m == NULL || m->cmsg_level != SOL_SOCKET ||
	    m->cmsg_type != SCM_RIGHTS || m->cmsg_len != CMSG_LEN(sizeof fd))
		return -1;
	memcpy(&fd, CMSG_DATA(m), sizeof fd);
	return fd;
}

/* False at the end. */
static bool
next_question(int service, struct question *q, int *to)
{
	union passed passed;
	struct iovec part = { q, sizeof *q };
	struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &passed,
		.msg_controllen = sizeof passed };
	ssize_t n;

	do
		n = recvmsg(service, &h, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return false;
	*to = passed_fd(&h);
	q->name[sizeof q->name - 1] = '\0';
	return true;
}

/* One child for each question; the kernel reaps them. */
static _Noreturn void
serve(int service)
{
	pid_t self = getpid();
	struct question q = { 0 };
	int to;

	(void)signal(SIGCHLD, SIG_IGN);
	while (next_question(service, &q, &to)) {
		if (to == -1)
			continue;
		if (fork() == 0)
			child(leave_parent(to, self), q.name, q.family);
		(void)close(to);
	}
	_exit(0);
}

int
resolver_serve(void)
{
	pid_t parent = getpid(), pid;
	int end[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		int fd = leave_parent(end[1], parent);

		if (privilege_keep(PRIVILEGE_NONE) == -1)
			_exit(1);
		serve(fd);
	}
	(void)close(end[1]);
	if (pid != -1)
		return end[0];
	(void)close(end[0]);
	return -1;
}

/* --- the parent ----------------------------------------------------------- */

static int
ask_service(int service, const char *name, int family, int to)
{
	struct question q = { .family = family };
	union passed passed = { .head = { .cmsg_level = SOL_SOCKET,
				    .cmsg_type = SCM_RIGHTS,
				    .cmsg_len = CMSG_LEN(sizeof to) } };
	struct iovec part = { &q, sizeof q };
	const struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &passed,
		.msg_controllen = sizeof passed };

	if (!text_copy(q.name, sizeof q.name, name, strlen(name))) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(CMSG_DATA(&passed.head), &to, sizeof to);
	return sendmsg(service, &h, MSG_NOSIGNAL | MSG_DONTWAIT) == -1 ? -1 : 0;
}

/* The child's pid, 0 if it is the service's, -1 with errno. */
static pid_t
start_child(int service, const char *name, int family, int to)
{
	pid_t parent = getpid(), pid;

	if (service != RESOLVER_HERE)
		return ask_service(service, name, family, to);
	pid = fork();
	if (pid == 0)
		child(leave_parent(to, parent), name, family);
	return pid;
}

int
resolver_start(struct resolver *r, int service, const char *name, int family,
    int64_t now_us)
{
	int end[2], failed;

	if (pipe2(end, O_CLOEXEC) == -1)
		return -1;
	r->pid = start_child(service, name, family, end[1]);
	failed = errno;
	(void)close(end[1]);
	if (r->pid == -1) {
		(void)close(end[0]);
		errno = failed;
		return -1;
	}
	r->busy = true;
	r->fd = end[0];
	r->deadline_us = now_us + RESOLVER_LIMIT_US;
	return 0;
}

void
resolver_stop(struct resolver *r)
{
	if (!r->busy)
		return;
	r->busy = false;
	(void)close(r->fd);
	if (r->pid == 0)
		return; /* it dies by its alarm */
	(void)kill(r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) == -1 && errno == EINTR)
		;
}

static const char *
reason(const struct answer *answer)
{
	if (answer->status == EAI_SYSTEM)
		return strerror(answer->error);
	return gai_strerror(answer->status);
}

const char *
resolver_finish(struct resolver *r, struct resolved *found)
{
	struct pollfd in = { .fd = r->fd, .events = POLLIN };
	struct answer answer;
	ssize_t n = 0;
	bool ready = poll(&in, 1, 0) == 1;

	if (ready)
		n = read(r->fd, &answer, sizeof answer);
	resolver_stop(r);
	if (!ready)
		return "no answer in time";
	if (n != sizeof answer)
		return "the resolving process died";
	if (answer.status != 0)
		return reason(&answer);
	if (answer.found.count == 0 || answer.found.count > RESOLVER_ADDRESSES)
		return "no address";
	*found = answer.found;
	return NULL;
}

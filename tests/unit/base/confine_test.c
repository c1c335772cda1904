/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each in a child process, for what is taken away never comes back. */
#include "base/confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"

#define REFUSED 77 /* it is not in force */

static int
in_child(int body(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(body());
	return pid != -1 && waitpid(pid, &status, 0) == pid &&
		WIFEXITED(status) ?
	    WEXITSTATUS(status) :
	    -1;
}

/* Why it cannot be in force here; NULL if it can. */
static const char *
hindrance(bool files)
{
#ifdef __SANITIZE_ADDRESS__
	return "this build does nothing here";
#endif
	if (files &&
	    syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_CREATE_RULESET_VERSION) < 1)
		return "the kernel has no Landlock";
	if (!files && prctl(PR_GET_SECCOMP) == -1)
		return "the kernel has no seccomp";
	return NULL;
}

static void
check_child(const char *what, bool files, int body(void))
{
	const char *why = hindrance(files);

	if (why != NULL)
		printf("ok %d - %s # skip %s\n", ++tap_count, what, why);
	else
		is_int(in_child(body), 0, "%s", what);
}

/* The number of the first that does not hold. */
static int
first_wrong(const bool holds[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!holds[i])
			return (int)i + 1;
	return 0;
}

static bool
fails(int result, int error)
{
	return result == -1 && errno == error;
}

static char path[] = "/tmp/confine_test.XXXXXX";

static int
no_files(void)
{
	int was = open(path, O_RDWR);
	char byte;

	if (!confine_files(CONFINE_NONE))
		return REFUSED;
	const bool holds[] = {
		fails(open(path, O_RDONLY), EACCES),
		fails(open(path, O_WRONLY), EACCES),
		fails(open("/", O_RDONLY), EACCES),
		fails(unlink(path), EACCES),
		fails(mkdir("/tmp/confine_test.dir", 0700), EACCES),
		fails(execl("/bin/true", "true", (char *)NULL), EACCES),
		write(was, "x", 1) == 1,
		pread(was, &byte, 1, 0) == 1,
	};
	return first_wrong(holds, sizeof holds / sizeof *holds);
}

static int
files_to_read(void)
{
	if (!confine_files(CONFINE_READ))
		return REFUSED;
	const bool holds[] = {
		open(path, O_RDONLY) != -1,
		open("/", O_RDONLY | O_DIRECTORY) != -1,
		fails(open(path, O_WRONLY), EACCES),
		fails(open(path, O_RDWR), EACCES),
		fails(open("/tmp/confine_test.new", O_CREAT | O_WRONLY, 0600),
		    EACCES),
		fails(unlink(path), EACCES),
		fails(rename(path, "/tmp/confine_test.moved"), EACCES),
		fails(execl("/bin/true", "true", (char *)NULL), EACCES),
	};
	return first_wrong(holds, sizeof holds / sizeof *holds);
}

static int
few_calls(void)
{
	static const char *const calls[] = { "sendto", NULL };
	static const int families[] = { AF_INET, 0 };
	struct timespec now;
	int null = open("/dev/null", O_WRONLY);
	void *page;

	if (!confine_calls(calls, families))
		return REFUSED;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const bool holds[] = {
		page != MAP_FAILED,
		fails(mprotect(page, 4096, PROT_READ | PROT_EXEC), EPERM),
		mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED,
		mprotect(page, 4096, PROT_READ) == 0,
		write(null, "x", 1) == 1,
		malloc(1 << 20) != NULL,
		clock_gettime(CLOCK_MONOTONIC, &now) == 0,
		socket(AF_INET, SOCK_DGRAM, 0) != -1,
		fails(socket(AF_INET6, SOCK_DGRAM, 0), EPERM),
		fails(socket(AF_UNIX, SOCK_DGRAM, 0), EPERM),
		fails((int)sendto(-1, "", 0, 0, NULL, 0), EBADF),
		fails(open("/dev/null", O_RDONLY), EPERM),
		fails(fork(), EPERM),
		fails(execl("/bin/true", "true", (char *)NULL), EPERM),
		fails(kill(getppid(), 0), EPERM),
	};
	return first_wrong(holds, sizeof holds / sizeof *holds);
}

/* Without its families, no socket at all. */
static int
no_sockets(void)
{
	static const char *const calls[] = { "socket", NULL };
	static const int families[] = { 0 };

	if (!confine_calls(calls, families))
		return REFUSED;
	return fails(socket(AF_INET, SOCK_DGRAM, 0), EPERM) ? 0 : 1;
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd == -1) {
		perror(path);
		return 1;
	}
	check_child("no file can be opened; what is open stays", true,
	    no_files);
	check_child("files can be read alone", true, files_to_read);
	check_child("calls that are not named fail", false, few_calls);
	check_child("no family, no socket", false, no_sockets);
	(void)close(fd);
	(void)unlink(path);
	return tap_done();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- files ---------------------------------------------------------------- */

/* The rights of Landlock's first version, and those that came later: a kernel
 * is asked for what it knows. Headers may be older than the kernel. */
#define RIGHTS_1 UINT64_C(0x1fff)
#define RIGHT_REFER (UINT64_C(1) << 13)     /* version 2 */
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)  /* version 3 */
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static uint64_t
rights_of(long version)
{
	return RIGHTS_1 | (version >= 2 ? RIGHT_REFER : 0) |
	    (version >= 3 ? RIGHT_TRUNCATE : 0) |
	    (version >= 5 ? RIGHT_IOCTL_DEV : 0);
}

/* Below the root directory. */
static bool
allow_reading(int ruleset)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = RIGHTS_READ,
		.parent_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)
	};
	bool done;

	if (rule.parent_fd == -1)
		return false;
	done = syscall(SYS_landlock_add_rule, ruleset,
		   LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	(void)close(rule.parent_fd);
	return done;
}

bool
confine_files(enum confine_files which)
{
	struct landlock_ruleset_attr attr;
	long version;
	bool done;
	int fd;

#ifdef __SANITIZE_ADDRESS__
	return false;
#endif
	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return false;
	memset(&attr, 0, sizeof attr);
	attr.handled_access_fs = rights_of(version);
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof attr.handled_access_fs, 0);
	if (fd == -1)
		return false;
	done = (which == CONFINE_NONE || allow_reading(fd)) &&
	    syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	(void)close(fd);
	return done;
}

/* --- calls ---------------------------------------------------------------- */

/* Machines differ in how the same thing is called; a name that one has not is
 * passed over. */
static const char *const always[] = { "brk", "clock_gettime", "clock_gettime64",
	"close", "exit", "exit_group", "futex", "futex_time64", "getrandom",
	"gettimeofday", "madvise", "mremap", "munmap", "poll", "ppoll",
	"ppoll_time64", "read", "restart_syscall", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "sigreturn", "time", "write",
	"writev", NULL };

static bool
allow(scmp_filter_ctx filter, const char *name, unsigned conditions,
    struct scmp_arg_cmp condition)
{
	int call = seccomp_syscall_resolve_name(name), got;

	if (call == __NR_SCMP_ERROR)
		return true;
	got = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, conditions,
	    &condition);
	return got == 0 || got == -EDOM;
}

static bool
allow_all(scmp_filter_ctx filter, const char *const names[])
{
	const struct scmp_arg_cmp none = { 0 };

	for (; *names != NULL; names++)
		if (strcmp(*names, "socket") != 0 &&
		    !allow(filter, *names, 0, none))
			return false;
	return true;
}

/* Memory becomes no code. */
static bool
allow_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp data = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC,
	    0);

	return allow(filter, "mmap", 1, data) &&
	    allow(filter, "mmap2", 1, data) &&
	    allow(filter, "mprotect", 1, data);
}

static bool
allow_sockets(scmp_filter_ctx filter, const int families[])
{
	for (; *families != 0; families++)
		if (!allow(filter, "socket", 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)*families, 0)))
			return false;
	return true;
}

bool
confine_calls(const char *const names[], const int families[])
{
	scmp_filter_ctx filter;
	bool done;

#ifdef __SANITIZE_ADDRESS__
	return false;
#endif
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (filter == NULL)
		return false;
	done = allow_all(filter, always) && allow_all(filter, names) &&
	    allow_memory(filter) && allow_sockets(filter, families) &&
	    seccomp_load(filter) == 0;
	seccomp_release(filter);
	return done;
}

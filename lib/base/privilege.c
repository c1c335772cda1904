/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/privilege.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORD 32 /* capabilities of each of the kernel's structures */

/* The permitted part of the set stays effective and inheritable. */
static int
limit_sets(uint64_t set)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(set >> i * WORD);
		data[i].effective = data[i].permitted;
		data[i].inheritable = data[i].permitted;
	}
	return (int)syscall(SYS_capset, &header, data);
}

int
privilege_keep(uint64_t set)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	/* The group first: without the user's rights that is refused. */
	if (getegid() != getgid() && setgid(getgid()) == -1)
		return -1;
	if (geteuid() != getuid() && setuid(getuid()) == -1)
		return -1;
	/* A kernel before 4.3 has no ambient set; then none is in it. What is
	 * no longer permitted leaves it by itself. */
	if (set == 0)
		(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return limit_sets(set);
}

void
privilege_hand_on(uint64_t set)
{
	for (unsigned long c = 0; c < 2 * WORD; c++)
		if ((set >> c & 1) == 0 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, c, 0, 0) == -1)
			break; /* the kernel has no more */
}

void
privilege_hide(void)
{
	const struct rlimit none = { 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	/* The leak checker of an instrumented build looks in from outside. */
#ifndef __SANITIZE_ADDRESS__
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

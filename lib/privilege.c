/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "privilege.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int
privilege_drop(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	/* The group first: without the user's rights that is refused. */
	if (getegid() != getgid() && setgid(getgid()) == -1)
		return -1;
	if (geteuid() != getuid() && setuid(getuid()) == -1)
		return -1;
	/* A kernel before 4.3 has no ambient set; then none is in it. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return (int)syscall(SYS_capset, &header, none);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For LD_PRELOAD: half a millisecond passes before each look at a socket that
 * does not wait, as on a slow machine.
 */
#include <dlfcn.h>
#include <poll.h>
#include <unistd.h>

int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	static int (*real)(struct pollfd *, nfds_t, int);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "poll");
	if (timeout_ms == 0)
		usleep(500);
	return real(fds, count, timeout_ms);
}

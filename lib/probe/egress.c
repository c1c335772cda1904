/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/egress.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/text.h"

unsigned
egress_device(int fd, const char *device)
{
	struct ifreq request = { 0 };

	text_copy(request.ifr_name, sizeof request.ifr_name, device,
	    strlen(device));
	if (ioctl(fd, SIOCGIFINDEX, &request) == -1)
		return 0;
	return (unsigned)request.ifr_ifindex;
}

const char *const egress_step_words[EGRESS_STEPS] = {
	[EGRESS_DONE] = "",
	[EGRESS_ICMP_SOCKET] = "cannot open an ICMP socket",
	[EGRESS_UDP_SOCKET] = "cannot open a UDP socket",
	[EGRESS_TCP_SOCKET] = "cannot open a TCP socket",
	[EGRESS_FILTER] = "cannot filter a raw socket",
	[EGRESS_DEVICE] = "cannot bind to the device",
	[EGRESS_MARK] = "cannot set the firewall mark",
	[EGRESS_SOURCE] = "cannot bind to the source address",
	[EGRESS_ERRORS] = "cannot ask for ICMP errors",
};

enum egress_step
egress_bind(int fd, int family, const struct egress *e)
{
	const int yes = 1;
	size_t len = strlen(e->device);

	if (e->later && len > 0 && egress_device(fd, e->device) == 0)
		len = 0;
	if (len > 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, e->device,
		(socklen_t)len) == -1)
		return EGRESS_DEVICE;
	if (e->mark != 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &e->mark, sizeof e->mark) == -1)
		return EGRESS_MARK;
	if (e->later)
		(void)(family == AF_INET ?
			setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &yes,
			    sizeof yes) :
			setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &yes,
			    sizeof yes));
	if (e->source.sa.sa_family == family &&
	    bind(fd, &e->source.sa, address_size(&e->source)) == -1)
		return EGRESS_SOURCE;
	return EGRESS_DONE;
}

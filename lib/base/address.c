/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

const char *
address_parse(union address *a, const char *text)
{
	const char *zone = strchr(text, '%');
	char bare[INET6_ADDRSTRLEN];
	union address got = { 0 };

	if (!text_copy(bare, sizeof bare, text,
		zone == NULL ? strlen(text) : (size_t)(zone - text)))
		return "not an address";
	if (zone == NULL && inet_pton(AF_INET, bare, &got.in.sin_addr) == 1) {
		got.in.sin_family = AF_INET;
		*a = got;
		return NULL;
	}
	if (inet_pton(AF_INET6, bare, &got.in6.sin6_addr) != 1)
		return "not an address";
	got.in6.sin6_family = AF_INET6;
	if (zone != NULL) {
		got.in6.sin6_scope_id = if_nametoindex(zone + 1);
		if (got.in6.sin6_scope_id == 0)
			return "no network device of that name";
	}
	*a = got;
	return NULL;
}

static void
add_zone(char out[static ADDRESS_TEXT], uint32_t index)
{
	char device[IF_NAMESIZE];
	struct text t;

	if (if_indextoname(index, device) == NULL)
		return;
	text_init(&t, out + strlen(out), ADDRESS_TEXT - strlen(out));
	text_add(&t, "%");
	text_add(&t, device);
}

void
address_text(char out[static ADDRESS_TEXT], const union address *a)
{
	if (a->sa.sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &a->in6.sin6_addr, out, ADDRESS_TEXT);
		if (a->in6.sin6_scope_id != 0)
			add_zone(out, a->in6.sin6_scope_id);
		return;
	}
	(void)inet_ntop(AF_INET, &a->in.sin_addr, out, ADDRESS_TEXT);
}

bool
address_equal(const union address *a, const union address *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	if (a->sa.sa_family != AF_INET6)
		return true;
	/* An answer of a link-local address has a zone even where the request
	 * had none, because the socket is bound to the device. */
	if (a->in6.sin6_scope_id != 0 && b->in6.sin6_scope_id != 0 &&
	    a->in6.sin6_scope_id != b->in6.sin6_scope_id)
		return false;
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
		   sizeof a->in6.sin6_addr) == 0;
}

socklen_t
address_size(const union address *a)
{
	return a->sa.sa_family == AF_INET6 ? sizeof a->in6 : sizeof a->in;
}

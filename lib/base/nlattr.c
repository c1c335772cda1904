/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/nlattr.h"

#include <linux/netlink.h>
#include <string.h>

struct nlmsghdr *
nlattr_begin(unsigned char *out, uint16_t type, uint16_t flags, uint32_t seq,
    const void *head, size_t size)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(out);

	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = seq;
	memcpy(mnl_nlmsg_put_extra_header(h, size), head, size);
	return h;
}

struct attrs
nlattr_inside(const struct nlattr *a)
{
	const char *at = mnl_attr_get_payload(a);

	return (
	    struct attrs){ (const void *)at, at + mnl_attr_get_payload_len(a) };
}

const char *
nlattr_open(const unsigned char *m, size_t len, uint16_t type, size_t head,
    struct attrs *all)
{
	struct nlmsghdr h;
	size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(head);

	if (len < NLMSG_HDRLEN + head)
		return "answer too short";
	memcpy(&h, m, sizeof h);
	if (h.nlmsg_len > len || h.nlmsg_len < NLMSG_HDRLEN + head)
		return "answer of a wrong length";
	if (h.nlmsg_type != type)
		return "answer of another type";
	if (at > h.nlmsg_len)
		at = h.nlmsg_len;
	*all = (struct attrs){ (const void *)(m + at),
		(const char *)m + h.nlmsg_len };
	return NULL;
}

int64_t
nlattr_count(uint64_t n)
{
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

int64_t
nlattr_number(const struct nlattr *a, int64_t otherwise)
{
	switch (mnl_attr_get_payload_len(a)) {
	case sizeof(uint64_t):
		return nlattr_count(mnl_attr_get_u64(a));
	case sizeof(uint32_t):
		return mnl_attr_get_u32(a);
	default:
		return otherwise;
	}
}

void
nlattr_text(const struct nlattr *a, char *out, size_t size)
{
	if (mnl_attr_get_payload_len(a) <= size &&
	    mnl_attr_validate(a, MNL_TYPE_NUL_STRING) == 0)
		memcpy(out, mnl_attr_get_str(a), mnl_attr_get_payload_len(a));
}

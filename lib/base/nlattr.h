/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink messages as bytes: begun in a buffer of the caller's, and attributes
 * read with every length checked. Nothing is sent here. Buffers are aligned as
 * struct nlmsghdr is.
 */
#ifndef NLATTR_H
#define NLATTR_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

/* A request with its fixed head; attributes go behind it, and the buffer has
 * to have room for them. */
struct nlmsghdr *nlattr_begin(unsigned char *out, uint16_t type, uint16_t flags,
    uint32_t seq, const void *head, size_t size);

/* Attributes one after the other, until lengths do not fit:
 *	for (EACH_ATTR(a, all)) ... */
struct attrs {
	const struct nlattr *first;
	const char *end;
};
#define EACH_ATTR(a, in)                                   \
	const struct nlattr *a = (in).first;               \
	mnl_attr_ok(a, (int)((in).end - (const char *)a)); \
	a = mnl_attr_next(a)

/* Those within an attribute. */
struct attrs nlattr_inside(const struct nlattr *a);

/* Those behind the fixed head of a message of that type. NULL, or why it
 * cannot be read. */
const char *nlattr_open(const unsigned char *message, size_t len, uint16_t type,
    size_t head, struct attrs *all);

/* An unsigned integer of 4 or 8 bytes, at most INT64_MAX; `otherwise` if it is
 * of another length. */
int64_t nlattr_number(const struct nlattr *a, int64_t otherwise);

/* A count of the kernel's, at most INT64_MAX. */
int64_t nlattr_count(uint64_t n);

/* Copies a text that fits with its NUL; else *out stays as it is. */
void nlattr_text(const struct nlattr *a, char *out, size_t size);

#endif

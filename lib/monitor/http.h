/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request of HTTP/1 (RFC 9112), as far as a monitor's question goes: its
 * method and path, and no more. Pure.
 *
 *	struct http_request r = { 0 };
 *	while (!http_read(&r, bytes that came)) ...
 *	r.status != 0: what is wrong with it, else r.path and r.head
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define HTTP_LINE_MAX 1024   /* bytes of a request line */
#define HTTP_FIELDS_MAX 8192 /* of all header fields */

enum http_status {
	HTTP_GOES_ON = 0,
	HTTP_OK = 200,
	HTTP_BAD = 400,
	HTTP_NOT_FOUND = 404,
	HTTP_METHOD = 405,
	HTTP_TIMEOUT = 408,
	HTTP_URI_LONG = 414,
	HTTP_FIELDS_LONG = 431,
	HTTP_FAILED = 500,
	HTTP_DEGRADED = 503,
};

/* Zero-initialised before the first byte. */
struct http_request {
	enum http_status status;  /* what is wrong with it */
	bool head;                /* the body is not wanted */
	const char *path;         /* "/metrics", without a query */
	size_t len;               /* of the line so far */
	size_t fields;            /* bytes after the line */
	bool in_fields, in_field; /* ... and inside one that is not empty */
	char line[HTTP_LINE_MAX + 1];
};

/* Takes more bytes. True when the request is whole, or wrong. */
bool http_read(struct http_request *r, const char *bytes, size_t len);

/* The head of a reply, up to the empty line after it. A body of `len` bytes
 * follows, unless the request is for the head alone. */
void http_reply(struct text *out, enum http_status status, const char *type,
    size_t len);

/* What is wrong, in words. */
const char *http_error(enum http_status status);

#endif

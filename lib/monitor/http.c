/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/http.h"

#include <string.h>

static bool
fails(struct http_request *r, enum http_status status)
{
	r->status = status;
	return true;
}

/* The path of a target: what is before a query, and after the authority that a
 * proxy may give. NULL: it is not a path. */
static const char *
path_of(char *target)
{
	static const char scheme[] = "http://";

	target[strcspn(target, "?")] = '\0';
	if (strncmp(target, scheme, sizeof scheme - 1) == 0) {
		target += sizeof scheme - 1;
		target += strcspn(target, "/");
		if (*target == '\0')
			return "/";
	}
	return *target == '/' ? target : NULL;
}

/* METHOD SP TARGET SP HTTP/1.x; true if that was wrong. */
static bool
read_line(struct http_request *r)
{
	char *target, *version;

	if (r->len > 0 && r->line[r->len - 1] == '\r')
		r->len--;
	r->line[r->len] = '\0';
	if (strlen(r->line) != r->len)
		return fails(r, HTTP_BAD);
	if ((target = strchr(r->line, ' ')) == NULL)
		return fails(r, HTTP_BAD);
	*target++ = '\0';
	if ((version = strchr(target, ' ')) == NULL)
		return fails(r, HTTP_BAD);
	*version++ = '\0';
	if (strncmp(version, "HTTP/1.", 7) != 0 || strlen(version) != 8)
		return fails(r, HTTP_BAD);
	r->head = strcmp(r->line, "HEAD") == 0;
	if (!r->head && strcmp(r->line, "GET") != 0)
		return fails(r, HTTP_METHOD);
	if ((r->path = path_of(target)) == NULL)
		return fails(r, HTTP_BAD);
	return false;
}

/* Fields are of no interest, but for the empty one, which is the end. */
static bool
read_fields(struct http_request *r, char c)
{
	if (++r->fields > HTTP_FIELDS_MAX)
		return fails(r, HTTP_FIELDS_LONG);
	if (c == '\n') {
		if (!r->in_field)
			return true;
		r->in_field = false;
	} else if (c != '\r') {
		r->in_field = true;
	}
	return false;
}

bool
http_read(struct http_request *r, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if (r->in_fields) {
			if (read_fields(r, c))
				return true;
		} else if (c == '\n') {
			r->in_fields = true;
			if (read_line(r))
				return true;
		} else if (r->len == HTTP_LINE_MAX) {
			return fails(r, HTTP_URI_LONG);
		} else {
			r->line[r->len++] = c;
		}
	}
	return false;
}

struct answer {
	enum http_status status;
	const char *phrase, *error;
};

/* The last one is of all others. */
static const struct answer answers[] = {
	{ HTTP_OK, "OK", "" },
	{ HTTP_BAD, "Bad Request", "Bad request" },
	{ HTTP_NOT_FOUND, "Not Found", "Not found" },
	{ HTTP_METHOD, "Method Not Allowed", "Method not allowed" },
	{ HTTP_TIMEOUT, "Request Timeout", "Request timeout" },
	{ HTTP_URI_LONG, "URI Too Long", "URI too long" },
	{ HTTP_FIELDS_LONG, "Request Header Fields Too Large",
	    "Request header fields too large" },
	{ HTTP_DEGRADED, "Service Unavailable", "Service unavailable" },
	{ HTTP_FAILED, "Internal Server Error", "Internal server error" },
};

static const struct answer *
answer_of(enum http_status status)
{
	size_t last = sizeof answers / sizeof *answers - 1;

	for (size_t i = 0; i < last; i++)
		if (answers[i].status == status)
			return &answers[i];
	return &answers[last];
}

const char *
http_error(enum http_status status)
{
	return answer_of(status)->error;
}

void
http_reply(struct text *out, enum http_status status, const char *type,
    size_t len)
{
	text_add(out, "HTTP/1.1 ");
	text_int(out, status);
	text_add(out, " ");
	text_add(out, answer_of(status)->phrase);
	text_add(out, "\r\nContent-Type: ");
	text_add(out, type);
	text_add(out, "\r\nContent-Length: ");
	text_int(out, (int64_t)len);
	text_add(out, "\r\nCache-Control: no-store\r\nConnection: close\r\n");
	if (status == HTTP_METHOD)
		text_add(out, "Allow: GET, HEAD\r\n");
	text_add(out, "\r\n");
}

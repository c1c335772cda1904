/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request is the same in whatever pieces it comes, and what it says is inside
 * the bytes that came. */
#include "monitor/http.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct http_request whole = { 0 }, pieces = { 0 };
	bool done = http_read(&whole, bytes, size), part = false;
	size_t at = 0;

	for (size_t step = 1; at < size && !part; step++) {
		size_t n = size - at < step ? size - at : step;

		part = http_read(&pieces, bytes + at, n);
		at += n;
	}
	must(done == part);
	must(whole.status == pieces.status && whole.head == pieces.head);
	if (!done || whole.status != HTTP_GOES_ON)
		return 0;
	must(strcmp(whole.path, pieces.path) == 0);
	must(whole.path[0] == '/' && strlen(whole.path) < HTTP_LINE_MAX);
	/* A target that is an authority alone has a path of ours. */
	must(strcmp(whole.path, "/") == 0 ||
	    (whole.path >= whole.line &&
		whole.path < whole.line + sizeof whole.line));
	return 0;
}

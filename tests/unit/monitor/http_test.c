/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests as monitors send them, and as nobody should. */
#include "monitor/http.h"

#include "../tap.h"

static struct http_request r;

/* Reads it in one piece, and byte by byte, which must be the same. */
static bool
reads(const char *text)
{
	static struct http_request bits;
	bool whole, bit = false;
	size_t len = strlen(text);

	memset(&r, 0, sizeof r);
	memset(&bits, 0, sizeof bits);
	whole = http_read(&r, text, len);
	for (size_t i = 0; i < len && !bit; i++)
		bit = http_read(&bits, text + i, 1);
	ok(bit == whole && bits.status == r.status && bits.head == r.head,
	    "... the same in pieces");
	return whole;
}

static void
good(void)
{
	static const struct {
		const char *text, *path;
		bool head;
	} cases[] = {
		{ "GET / HTTP/1.1\r\n\r\n", "/", false },
		{ "GET /metrics HTTP/1.0\r\n\r\n", "/metrics", false },
		{ "HEAD /health HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
		    "/health", true },
		{ "GET /health\x3fx=1\x3fy HTTP/1.1\nHost: a\n\n", "/health",
		    false },
		{ "GET http://a:9101/metrics HTTP/1.1\r\n\r\n", "/metrics",
		    false },
		{ "GET http://a HTTP/1.1\r\n\r\n", "/", false },
		{ "GET / HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n", "/",
		    false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ok(reads(cases[i].text), "R92: a request is whole");
		is_int(r.status, HTTP_GOES_ON, "... and right");
		is_str(r.path, cases[i].path, "... for %s", cases[i].path);
		ok(r.head == cases[i].head, "... the head alone or not");
	}
	ok(!reads("GET / HTTP/1.1\r\nHost: a\r\n"), "R92: there is more");
	ok(!reads("GET / HTTP/1.1\r\n"), "R92: there are fields to come");
	ok(!reads("GE"), "R92: of a line, too");
}

static void
bad(void)
{
	static const struct {
		const char *text;
		enum http_status status;
	} cases[] = {
		{ "\r\n", HTTP_BAD },
		{ "GET /\r\n", HTTP_BAD },
		{ "GET / HTTP/2.0\r\n", HTTP_BAD },
		{ "GET / HTTP/1.10\r\n", HTTP_BAD },
		{ "GET  / HTTP/1.1\r\n", HTTP_BAD },
		{ "GET metrics HTTP/1.1\r\n", HTTP_BAD },
		{ "GET  HTTP/1.1\r\n", HTTP_BAD },
		{ "POST / HTTP/1.1\r\n", HTTP_METHOD },
		{ "get / HTTP/1.1\r\n", HTTP_METHOD },
		{ "\x16\x03\x01\x02\n", HTTP_BAD },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ok(reads(cases[i].text), "R92: a wrong request is at its end");
		is_int(r.status, cases[i].status, "... and refused");
	}
	memset(&r, 0, sizeof r);
	ok(http_read(&r, "GET /\0 HTTP/1.1\n", 16) && r.status == HTTP_BAD,
	    "R92: a NUL is refused");
}

static void
long_ones(void)
{
	static const char begin[] = "GET / HTTP/1.1\n";
	char x = 'x';
	size_t n;

	memset(&r, 0, sizeof r);
	for (n = 0; n < 100000 && !http_read(&r, &x, 1); n++)
		;
	is_int(n, HTTP_LINE_MAX, "R92: a line has 1 KiB at most");
	is_int(r.status, HTTP_URI_LONG, "... and a longer one a status");
	memset(&r, 0, sizeof r);
	(void)http_read(&r, begin, sizeof begin - 1);
	for (n = 0; n < 100000 && !http_read(&r, &x, 1); n++)
		;
	is_int(n, HTTP_FIELDS_MAX, "R92: fields have 8 KiB at most");
	is_int(r.status, HTTP_FIELDS_LONG, "... and more a status");
}

static void
replies(void)
{
	static const enum http_status known[] = { HTTP_OK, HTTP_BAD,
		HTTP_NOT_FOUND, HTTP_METHOD, HTTP_TIMEOUT, HTTP_URI_LONG,
		HTTP_FIELDS_LONG, HTTP_DEGRADED, HTTP_FAILED };
	char buf[400];
	struct text out;

	text_init(&out, buf, sizeof buf);
	http_reply(&out, HTTP_OK, "text/plain", 17);
	is_str(buf,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 17\r\nCache-Control: no-store\r\n"
	    "Connection: close\r\n\r\n",
	    "R92: the head of a reply");
	text_init(&out, buf, sizeof buf);
	http_reply(&out, HTTP_METHOD, "text/plain", 0);
	ok(strstr(buf, "\r\nAllow: GET, HEAD\r\n") != NULL,
	    "R92: a wrong method is told the right ones");
	is_str(http_error(HTTP_NOT_FOUND), "Not found", "R92: in words");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char begin[20];

		text_init(&out, buf, sizeof buf);
		http_reply(&out, known[i], "text/plain", 0);
		(void)snprintf(begin, sizeof begin, "HTTP/1.1 %d ", known[i]);
		ok(strncmp(buf, begin, strlen(begin)) == 0,
		    "R92: the number of status %d", known[i]);
		ok(known[i] == HTTP_FAILED ||
			strcmp(http_error(known[i]), http_error(HTTP_FAILED)) !=
			    0,
		    "... and words of its own");
	}
}

int
main(void)
{
	good();
	bad();
	long_ones();
	replies();
	return tap_done();
}

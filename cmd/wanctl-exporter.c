/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers one request of a monitor, or writes metrics into a file. */
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "monitor/documents.h"
#include "monitor/http.h"
#include "monitor/metrics.h"
#include "program.h"
#include "program_lines.h"

#define REQUEST_US 2000000 /* for a request and its answer */
#define NEW_SUFFIX ".new"

static const char usage_text[] = "usage: wanctl-exporter [-s]\n"
				 "       wanctl-exporter -t FILE\n";

static struct gather gather;
static struct health line[GATHER_LINES];
static char body[GATHER_LINES * METRICS_BYTES];

_Static_assert(DOCUMENTS_BYTES <= METRICS_BYTES, "room for any body");

/* --- bodies --------------------------------------------------------------- */

static struct documents_facts
facts(void)
{
	struct documents_facts f = { VERSION, program_state_dir(), NONE, NONE };

	(void)gather_disk(f.disk, &f.free_bytes, &f.total_bytes);
	return f;
}

static enum http_status
health(struct text *out)
{
	struct documents_facts f = facts();
	size_t lines = program_lines_read(&gather, line);

	return documents_health(out, line, lines, &f) ? HTTP_OK : HTTP_DEGRADED;
}

/* That of the first line that has it. */
static enum http_status
steering(struct text *out)
{
	struct documents_facts f = facts();
	size_t lines = program_lines_read(&gather, line);

	for (size_t i = 0; i < lines; i++)
		if (line[i].line.steers == 1)
			return documents_steering(out, &line[i], &f) ?
			    HTTP_OK :
			    HTTP_DEGRADED;
	return HTTP_NOT_FOUND;
}

static enum http_status
all_metrics(struct text *out)
{
	metrics_write(out, line, program_lines_read(&gather, line), VERSION);
	return HTTP_OK;
}

/* --- a request ------------------------------------------------------------ */

#define JSON "application/json"

struct page {
	const char *path, *type;
	enum http_status (*write)(struct text *out);
};

static const struct page pages[] = {
	{ "/", JSON, health },
	{ "/health", JSON, health },
	{ "/health/steering", JSON, steering },
	{ "/metrics", "text/plain; version=0.0.4; charset=utf-8", all_metrics },
};

/* For a monitor that knows one document, of steering. */
static const struct page steering_pages[] = {
	{ "/", JSON, steering },
	{ "/health", JSON, steering },
	{ "/health/steering", JSON, steering },
	{ NULL, NULL, NULL },
};

static const struct page *
page_of(const struct page *all, const char *path)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (all[i].path != NULL && strcmp(all[i].path, path) == 0)
			return &all[i];
	return NULL;
}

static bool
wait_for(int fd, short what, int64_t until_us)
{
	struct pollfd p = { .fd = fd, .events = what };
	struct timespec left = clock_until(until_us);

	return ppoll(&p, 1, &left, NULL) == 1;
}

/* True if a request came; r->status is set if it is wrong. */
static bool
receive(struct http_request *r, int64_t until_us)
{
	char bytes[4096];
	ssize_t len;

	while (wait_for(STDIN_FILENO, POLLIN, until_us)) {
		len = read(STDIN_FILENO, bytes, sizeof bytes);
		if (len > 0 && http_read(r, bytes, (size_t)len))
			return true;
		if (len <= 0) {
			/* One that only looked whether somebody is there. */
			r->status = HTTP_BAD;
			return r->len > 0 || r->in_fields;
		}
	}
	r->status = HTTP_TIMEOUT;
	return true;
}

/* A reader that does not read is left alone at the deadline. */
static bool
send_all(const char *s, size_t len, int64_t until_us)
{
	while (len > 0) {
		ssize_t n;

		if (!wait_for(STDOUT_FILENO, POLLOUT, until_us))
			return false;
		n = send(STDOUT_FILENO, s, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno == ENOTSOCK)
			n = write(STDOUT_FILENO, s, len);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return false;
		s += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* What is still to come of a request that was refused: a connection that is
 * closed before would take our answer along. */
static void
drain(int64_t until_us)
{
	char bytes[65536];

	(void)shutdown(STDOUT_FILENO, SHUT_WR);
	while (wait_for(STDIN_FILENO, POLLIN, until_us) &&
	    read(STDIN_FILENO, bytes, sizeof bytes) > 0)
		;
}

/* Fills the body; its type, and *status. */
static const char *
answer(const struct http_request *r, const struct page *all, struct text *out,
    enum http_status *status)
{
	const struct page *page;

	*status = r->status;
	if (*status == HTTP_GOES_ON) {
		page = page_of(all, r->path);
		*status = page == NULL ? HTTP_NOT_FOUND : page->write(out);
		if (out->full)
			*status = HTTP_FAILED;
		else if (*status == HTTP_OK || *status == HTTP_DEGRADED)
			return page->type;
	}
	text_init(out, body, sizeof body);
	text_add(out, "{\"error\":\"");
	text_add(out, http_error(*status));
	text_add(out, "\"}\n");
	return JSON;
}

static int
serve(const struct page *all)
{
	static struct http_request r;
	int64_t until_us = clock_monotonic() + REQUEST_US;
	enum http_status status;
	const char *type;
	char buf[512];
	struct text head, out;
	bool sent;

	if (!receive(&r, until_us))
		return STATUS_OK;
	text_init(&out, body, sizeof body);
	type = answer(&r, all, &out, &status);
	text_init(&head, buf, sizeof buf);
	http_reply(&head, status, type, out.len);
	sent = send_all(buf, head.len, until_us) &&
	    (r.head || send_all(body, out.len, until_us));
	if (r.status != HTTP_GOES_ON)
		drain(until_us);
	return sent ? STATUS_OK : STATUS_RETRY;
}

/* --- a file --------------------------------------------------------------- */

/* A reader finds the old one or the new one, whole. */
static int
write_file(const char *path)
{
	char new_path[STORE_PATH_MAX];
	struct text out;
	int fd;

	text_init(&out, body, sizeof body);
	(void)all_metrics(&out);
	if (snprintf(new_path, sizeof new_path, "%s" NEW_SUFFIX, path) >=
	    (int)sizeof new_path)
		program_die(STATUS_USAGE, "%s: too long a name", path);
	if ((fd = store_new_file(new_path, 0644)) == -1)
		program_die(STATUS_OS, "%s: %s", new_path, store_reason(errno));
	/* Whatever the umask: it is for somebody else's program. */
	if (fchmod(fd, 0644) == -1 || store_write(fd, body, out.len) == -1 ||
	    close(fd) == -1 || rename(new_path, path) == -1) {
		int error = errno;

		(void)unlink(new_path);
		program_die(STATUS_OS, "%s: %s", path, strerror(error));
	}
	return STATUS_OK;
}

int
main(int argc, char *argv[])
{
	const struct page *all = pages;
	const char *file = NULL;
	int ch;

	while ((ch = program_options(argc, argv, "st:", usage_text)) != -1) {
		if (ch == 's')
			all = steering_pages;
		else
			file = optarg;
	}
	if (optind != argc || (file != NULL && all != pages))
		program_usage(usage_text);
	program_keep(PRIVILEGE_FILES);
	return file != NULL ? write_file(file) : serve(all);
}

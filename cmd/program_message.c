/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/quota.h"
#include "base/text.h"
#include "monitor/json_tree.h"
#include "program.h"

#define TEXT 1024
#define LINE (2 * TEXT + 256)

/* As syslog(3) numbers them. */
enum priority { PRIORITY_ERROR = 3, PRIORITY_WARNING = 4, PRIORITY_INFO = 6 };

static char wan[WAN_MAX];
static enum { FORM_PLAIN, FORM_JOURNAL, FORM_JSON } form;

void
program_is_of(const char *name)
{
	(void)text_copy(wan, sizeof wan, name, strlen(name));
}

/* --- form ----------------------------------------------------------------- */

/* The service manager says which stream is the journal's, as "device:inode": a
 * program whose standard error is another one must not write priorities. */
static bool
is_journal(void)
{
	const char *stream = secure_getenv("JOURNAL_STREAM"), *colon;
	int64_t device, inode;
	struct stat st;

	return stream != NULL && (colon = strchr(stream, ':')) != NULL &&
	    number_int(stream, (size_t)(colon - stream), 0, INT64_MAX,
		&device) == NULL &&
	    number_int(colon + 1, strlen(colon + 1), 0, INT64_MAX, &inode) ==
	    NULL &&
	    fstat(STDERR_FILENO, &st) == 0 && (int64_t)st.st_dev == device &&
	    (int64_t)st.st_ino == inode;
}

static bool
is_json(void)
{
	const char *wanted = secure_getenv("WANCTL_LOG_FORMAT");

	return wanted != NULL && strcmp(wanted, "json") == 0;
}

/* Once, at the beginning: a program that has confined itself may not look. */
static void
find_form(void)
{
	form = is_json() ? FORM_JSON : is_journal() ? FORM_JOURNAL : FORM_PLAIN;
}

struct output *
program_messages(void)
{
	static struct output messages;

	if (messages.fd != STDERR_FILENO) {
		output_init(&messages, STDERR_FILENO);
		find_form();
	}
	return &messages;
}

static void
add_json(struct text *t, enum priority priority, const char *text)
{
	struct json_tree j = { t, false };
	char date[80];
	struct text d;

	text_init(&d, date, sizeof date);
	text_date(&d, clock_read(CLOCK_REALTIME), 'T');
	json_open(&j, NULL, '{');
	json_word(&j, "timestamp", date);
	json_word(&j, "level",
	    priority == PRIORITY_ERROR       ? "ERROR" :
		priority == PRIORITY_WARNING ? "WARNING" :
					       "INFO");
	json_word(&j, "logger", program_invocation_short_name);
	json_word(&j, "message", text);
	if (wan[0] != '\0')
		json_word(&j, "wan_name", wan);
	json_close(&j, '}');
}

/* One write(2): messages of several programs do not mix. */
static void
write_message(enum priority priority, const char *text)
{
	struct output *out = program_messages();
	char line[LINE];
	struct text t;

	text_init(&t, line, sizeof line);
	if (form == FORM_JSON) {
		add_json(&t, priority, text);
	} else {
		if (form == FORM_JOURNAL) {
			text_add(&t, "<");
			text_int(&t, priority);
			text_add(&t, ">");
		}
		text_add(&t, program_invocation_short_name);
		text_add(&t, ": ");
		text_add(&t, text);
	}
	(void)output_line_lf(out, line, t.len);
	(void)output_flush(out);
}

/* --- what is said --------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void
say_limited(enum priority priority, const char *format, va_list args)
{
	static struct quota quota;
	char text[TEXT];
	int64_t left_out;
	size_t len;

	if (!quota_allows(&quota, format, clock_monotonic(), &left_out))
		return;
	(void)vsnprintf(text, sizeof text, format, args);
	len = strlen(text);
	if (left_out > 0)
		(void)snprintf(text + len, sizeof text - len,
		    " (and %lld more of this kind before)",
		    (long long)left_out);
	write_message(priority, text);
}

void
program_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_limited(PRIORITY_WARNING, format, args);
	va_end(args);
}

void
program_tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_limited(PRIORITY_INFO, format, args);
	va_end(args);
}

void
program_warn(const char *format, ...)
{
	char text[TEXT];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	write_message(PRIORITY_WARNING, text);
}

void
program_die(int status, const char *format, ...)
{
	char text[TEXT];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	write_message(PRIORITY_ERROR, text);
	exit(status);
}

void
program_fail(int status, const char *format, ...)
{
	const char *why = strerror(errno);
	char text[TEXT];
	va_list args;
	size_t len;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	len = strlen(text);
	(void)snprintf(text + len, sizeof text - len, ": %s", why);
	write_message(PRIORITY_ERROR, text);
	exit(status);
}

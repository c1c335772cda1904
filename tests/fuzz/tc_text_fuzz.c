/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tc on another machine says, and what it is told. The first byte chooses
 * where the queues are; up to the first NUL is the name of one, behind it is
 * the answer. Whatever the bytes, nothing but a name gets into the script, and
 * what is read is inside its bounds.
 */
#include "router/tc_text.h"

#include "fuzz.h"
#include "record/messages.h"

static const int64_t both[] = { 87654321, 1234567890 }, nothing[] = { 0, 0 };

/* All of the script is one word in single quotes, and nothing in it ends a
 * command but what we wrote. */
static void
check_script(const struct tc_text_place place[static DIRECTIONS],
    const struct tc_text_shaper s[static DIRECTIONS])
{
	static const char end[] = "cat /proc/uptime; echo WANCTL-OK'";
	char out[TC_TEXT_SCRIPT];
	size_t quotes = 0, ends = 0, len;

	tc_text_script(out, place, both, s);
	len = strlen(out);
	must(len > sizeof end && strcmp(out + len + 1 - sizeof end, end) == 0);
	for (const char *at = out; *at != '\0'; at++) {
		must(*at >= ' ' && *at <= '~');
		quotes += *at == '\'';
		ends += *at == ';';
	}
	must(quotes == 2);
	must(ends == 21);
	must(strchr(out, '`') == NULL && strstr(out, "$(") == NULL);
}

static void
check_count(int64_t n)
{
	must(n == NONE || n >= 0);
}

static void
check_read(const char *reply, size_t len,
    const struct tc_text_place place[static DIRECTIONS], const int64_t *bps)
{
	struct tc_text_shaper s[DIRECTIONS], again[DIRECTIONS];
	int64_t uptime_us;
	struct slice said;
	enum failure why = tc_text_read(reply, len, place, bps, s, &uptime_us,
	    &said);

	must(said.len == 0 ||
	    (said.at >= reply && said.at + said.len <= reply + len));
	check_count(uptime_us);
	if (why != WORKED)
		return;
	for (int i = 0; i < DIRECTIONS; i++) {
		must(s[i].q.bps >= 0);
		check_count(s[i].q.bytes);
		check_count(s[i].q.packets);
		check_count(s[i].q.drops);
		check_count(s[i].q.backlog);
		check_count(s[i].q.queued);
		must(strlen(s[i].keep) < TC_TEXT_KEEP - 1);
	}
	check_script(place, s);
	/* Without the line that ends it there is no answer. */
	for (size_t at = len; at-- > 0;)
		if (len - at >= 9 && memcmp(reply + at, "WANCTL-OK", 9) == 0) {
			must(memchr(reply + at, '\n', len - at) == NULL ||
			    tc_text_read(reply, at, place, bps, again,
				&uptime_us, &said) != WORKED ||
			    memmem(reply, at, "WANCTL-OK\n", 10) != NULL ||
			    memmem(reply, at, "WANCTL-OK\r\n", 11) != NULL);
			break;
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_text_place place[DIRECTIONS] = { { "eth1", "" },
		{ "eth1", "1:20" } };
	struct tc_text_shaper none[DIRECTIONS];
	char name[64] = "";
	const uint8_t *nul;
	char *reply;
	size_t len;

	if (size < 1)
		return 0;
	memset(none, 0, sizeof none);
	if (data[0] % 2 == 1)
		memcpy(place[DOWN].class, "1:10", 5);
	data++, size--;
	nul = memchr(data, '\0', size);
	if (nul != NULL) {
		len = (size_t)(nul - data);
		snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63),
		    (const char *)data);
		if (tc_text_place(&place[UP], name) == NULL)
			check_script(place, none);
		data = nul + 1;
		size -= len + 1;
	}
	reply = malloc(size + 1);
	must(reply != NULL);
	memcpy(reply, data, size);
	check_read(reply, size, place, nothing);
	check_read(reply, size, place, both);
	free(reply);
	return 0;
}

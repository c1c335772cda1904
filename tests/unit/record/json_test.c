/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/json.h"

#include "../random.h"
#include "../tap.h"

static const struct {
	const char *line, *want;
} cases[] = {
	{ "tick", "{\"kind\":\"tick\"}\n" },
	{ "rtt t=1769000000123456 wan=cable host=192.0.2.1 seq=41 us=18234",
	    "{\"kind\":\"rtt\",\"t\":1769000000123456,\"wan\":\"cable\","
	    "\"host\":\"192.0.2.1\",\"seq\":41,\"us\":18234}\n" },
	{ "x a=0 b=-5 c=-0 d=007 e=+1 f=1.5 g=1e3 h=0x10 i=- j=true",
	    "{\"kind\":\"x\",\"a\":0,\"b\":-5,\"c\":\"-0\",\"d\":\"007\","
	    "\"e\":\"+1\",\"f\":\"1.5\",\"g\":\"1e3\",\"h\":\"0x10\","
	    "\"i\":\"-\",\"j\":\"true\"}\n" },
	{ "x a=9007199254740992 b=9007199254740993 c=-9007199254740992 "
	  "d=-9007199254740993 e=99999999999999999999999",
	    "{\"kind\":\"x\",\"a\":9007199254740992,"
	    "\"b\":\"9007199254740993\",\"c\":-9007199254740992,"
	    "\"d\":\"-9007199254740993\","
	    "\"e\":\"99999999999999999999999\"}\n" },
	{ "x a=\"\\/<>&'{}[],:",
	    "{\"kind\":\"x\",\"a\":\"\\\"\\\\/<>&'{}[],:\"}\n" },
	{ "x a=\\\\\\\" b=\"",
	    "{\"kind\":\"x\",\"a\":\"\\\\\\\\\\\\\\\"\",\"b\":\"\\\"\"}\n" },
	{ "rtt wan=5 name=7 host=8 method=9 us=6",
	    "{\"kind\":\"rtt\",\"wan\":\"5\",\"name\":\"7\",\"host\":\"8\","
	    "\"method\":\"9\",\"us\":6}\n" },
	{ "rate wan=5 dir=1 state=2 bps=3 colour=4",
	    "{\"kind\":\"rate\",\"wan\":\"5\",\"dir\":\"1\",\"state\":\"2\","
	    "\"bps\":3,\"colour\":4}\n" },
	{ "x kind=y a=1", "{\"kind\":\"x\",\"_kind\":\"y\",\"a\":1}\n" },
};

static void
test_cases(void)
{
	char out[JSON_MAX];
	struct record r;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		record_parse(&r, cases[i].line, strlen(cases[i].line));
		is_int(json_write(out, &r), strlen(cases[i].want),
		    "case %zu: length", i);
		is_str(out, cases[i].want, "case %zu", i);
	}
}

/* No record is too long: as many keys as there may be, values to escape. */
static void
test_longest(void)
{
	char line[RECORD_MAX] = "k", out[JSON_MAX];
	struct record r;
	size_t len = 1;

	for (int i = 0; i < RECORD_FIELDS; i++)
		len += (size_t)snprintf(line + len, sizeof line - len,
		    " a%d=\\\\\\\\\\\\\\", i);
	while (len < RECORD_MAX - 1)
		line[len++] = '"';
	ok(record_parse(&r, line, len) == NULL && r.fields == RECORD_FIELDS,
	    "a record of 512 bytes and 40 keys");
	len = json_write(out, &r);
	ok(len < JSON_MAX - 1 && strcmp(out + len - 2, "}\n") == 0,
	    "has %zu bytes as JSON", len);

	memset(line, '"', sizeof line);
	memcpy(line, "k a=", 4);
	ok(record_parse(&r, line, RECORD_MAX - 1) == NULL, "one long value");
	len = json_write(out, &r);
	ok(len == 11 + 4 + 2 + 2 * (RECORD_MAX - 5) + 2 + 1,
	    "has %zu bytes as JSON", len);
}

int
main(void)
{
	test_cases();
	test_longest();
	return tap_done();
}

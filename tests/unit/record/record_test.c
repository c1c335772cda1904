/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/record.h"

#include "../random.h"
#include "../tap.h"

#define K8 "abcdefgh"
#define K64 K8 K8 K8 K8 K8 K8 K8 K8

static const struct {
	const char *line, *why;
	size_t fields;
} cases[] = {
	{ "rtt", NULL, 0 },
	{ "r", NULL, 0 },
	{ "rtt t=1", NULL, 1 },
	{ "rtt t=1 host=192.0.2.1 us=-5", NULL, 3 },
	{ "a_9z b_0=c", NULL, 1 },
	{ "rtt a==", NULL, 1 },
	{ "rtt a=b=c", NULL, 1 },
	{ "rtt a=!~\"'\\$(x);", NULL, 1 },
	{ "rtt aa=1 a=1 aaa=1", NULL, 3 },
	{ "rtt t=" K64 K64 K64 K64, NULL, 1 },

	{ "", "does not begin with a kind", 0 },
	{ " rtt t=1", "does not begin with a kind", 0 },
	{ "Rtt t=1", "does not begin with a kind", 0 },
	{ "9rtt t=1", "does not begin with a kind", 0 },
	{ "_rtt t=1", "does not begin with a kind", 0 },
	{ "=", "does not begin with a kind", 0 },
	{ "# rtt", "does not begin with a kind", 0 },
	{ "\xc3\xa9 t=1", "does not begin with a kind", 0 },
	{ "rTt t=1", "bad character after a kind or value", 0 },
	{ "rtt\tt=1", "bad character after a kind or value", 0 },
	{ "rtt=1", "bad character after a kind or value", 0 },
	{ "rtt\r", "bad character after a kind or value", 0 },
	{ "rtt t=1\r", "bad character after a kind or value", 0 },
	{ "rtt t=1\ta=2", "bad character after a kind or value", 0 },
	{ "rtt t=1\x7f", "bad character after a kind or value", 0 },
	{ "rtt t=\xc3\xa9", "key without a value", 0 },
	{ "rtt ", "not key=value", 0 },
	{ "rtt t=1 ", "not key=value", 0 },
	{ "rtt  t=1", "not key=value", 0 },
	{ "rtt t", "not key=value", 0 },
	{ "rtt t 1", "not key=value", 0 },
	{ "rtt T=1", "not key=value", 0 },
	{ "rtt t-x=1", "not key=value", 0 },
	{ "rtt =1", "not key=value", 0 },
	{ "rtt t=", "key without a value", 0 },
	{ "rtt t= a=1", "key without a value", 0 },
	{ "rtt t=1 t=1", "duplicate key", 0 },
	{ "rtt t=1 a=2 t=3", "duplicate key", 0 },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct record r;
		const char *line = cases[i].line;

		is_str(record_parse(&r, line, strlen(line)), cases[i].why,
		    "case %zu%s%s", i, cases[i].why ? ": " : " is a record",
		    cases[i].why ? cases[i].why : "");
		if (cases[i].why == NULL)
			is_int(r.fields, cases[i].fields, "case %zu: keys", i);
	}
}

static void
test_length(void)
{
	char line[RECORD_MAX + 8];
	struct record r;

	memset(line, 'x', sizeof line);
	memcpy(line, "rtt t=", 6);
	is_str(record_parse(&r, line, RECORD_MAX - 1), NULL,
	    "511 bytes and a LF are a record");
	is_int(r.field[0].value.len, RECORD_MAX - 1 - 6, "to the last byte");
	is_str(record_parse(&r, line, RECORD_MAX), "longer than 512 bytes",
	    "512 bytes and a LF are not");
	is_str(record_parse(&r, line, 3), NULL, "what is after the slice");
	is_int(r.fields, 0, "does not count");
	is_str(record_parse(&r, "rtt t=1\0", 8),
	    "bad character after a kind or value", "nor does a NUL end it");
	is_str(record_parse(&r, "rtt t=\0001", 8), "key without a value",
	    "anywhere");
}

static void
test_many_keys(void)
{
	char line[RECORD_MAX] = "k";
	struct record r;
	size_t len = 1;

	for (int i = 0; i <= RECORD_FIELDS; i++) {
		if (i == RECORD_FIELDS)
			is_str(record_parse(&r, line, len), NULL,
			    "40 keys are a record");
		len += (size_t)snprintf(line + len, sizeof line - len,
		    " k%d=%d", i, i);
	}
	is_str(record_parse(&r, line, len), "more than 40 keys", "41 are not");
}

static void
test_get(void)
{
	static const char line[] = "queue dir=down bytes=17 b=1";
	struct record r;
	struct slice v;

	ok(record_parse(&r, line, strlen(line)) == NULL, "a record");
	ok(slice_is(r.kind, "queue"), "its kind");
	ok(!slice_is(r.kind, "queu"), "not less than its kind");
	ok(!slice_is(r.kind, "queues"), "not more than its kind");
	v = record_get(&r, "bytes");
	ok(slice_is(v, "17"), "a value");
	ok(v.at == strchr(line, '1'), "is a part of the line");
	ok(slice_is(record_get(&r, "b"), "1"), "a key is matched as a whole");
	ok(record_get(&r, "byte").at == NULL, "a part of a key is no key");
	ok(record_get(&r, "t").at == NULL, "an absent key has no value");
}

/* --- any record that can be written is read as what was written ----------- */

struct model {
	char kind[20];
	struct {
		char key[20], value[40];
	} field[RECORD_FIELDS];
	size_t fields;
};

static void
random_name(char *out, size_t max, size_t unique)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t len = (size_t)random_int(0, (int64_t)max), i;

	out[0] = chars[random_int(0, 25)];
	for (i = 1; i < len; i++)
		out[i] = chars[random_int(0, (int64_t)strlen(chars) - 1)];
	/* Digits and "_" at the end tell the keys of one record apart. */
	snprintf(out + i, 6, "_%zu", unique);
}

static size_t
random_record(struct model *m, char line[static RECORD_MAX])
{
	size_t len, want = (size_t)random_int(0, RECORD_FIELDS);

	random_name(m->kind, 10, 0);
	len = (size_t)snprintf(line, RECORD_MAX, "%s", m->kind);
	for (m->fields = 0; m->fields < want && len < RECORD_MAX - 48;
	     m->fields++) {
		char *value = m->field[m->fields].value;
		int64_t n = random_int(1, 20);

		random_name(m->field[m->fields].key, 10, m->fields);
		for (int64_t i = 0; i < n; i++)
			value[i] = (char)random_int('!', '~');
		value[n] = '\0';
		len += (size_t)snprintf(line + len, RECORD_MAX - len, " %s=%s",
		    m->field[m->fields].key, value);
	}
	return len;
}

static bool
reads_back(const struct model *m, const char *line, size_t len)
{
	struct record r;

	if (record_parse(&r, line, len) != NULL || r.fields != m->fields ||
	    !slice_is(r.kind, m->kind))
		return false;
	for (size_t i = 0; i < m->fields; i++)
		if (!slice_is(r.field[i].key, m->field[i].key) ||
		    !slice_is(record_get(&r, m->field[i].key),
			m->field[i].value))
			return false;
	return true;
}

/* Every byte of a record counts: cut anywhere, the rest is a record with fewer
 * keys or a shorter value, or none at all, but never reads beyond. */
static void
test_random(void)
{
	char line[RECORD_MAX];
	struct model m;
	struct record r;
	int bad = 0, beyond = 0;

	random_start();
	for (int i = 0; i < 20000; i++) {
		size_t len = random_record(&m, line), cut;

		bad += !reads_back(&m, line, len);
		cut = (size_t)random_int(0, (int64_t)len);
		if (record_parse(&r, line, cut) != NULL || r.fields == 0)
			continue;
		beyond += r.field[r.fields - 1].value.at +
			r.field[r.fields - 1].value.len !=
		    line + cut;
	}
	is_int(bad, 0, "20000 random records are read as written");
	is_int(beyond, 0, "a cut record ends where it was cut");
}

int
main(void)
{
	test_cases();
	test_length();
	test_many_keys();
	test_get();
	test_random();
	return tap_done();
}

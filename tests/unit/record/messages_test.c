/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/messages.h"

#include "../random.h"
#include "../tap.h"

/* Room for the structure of any kind. */
union any {
	struct rtt rtt;
	struct queue queue;
	struct rate rate;
	struct applied applied;
	struct steer steer;
	struct diverted diverted;
	struct alert alert;
	struct memory memory;
};

static const char *
unpack(const struct message_kind *k, union any *m, const char *line,
    const char **culprit)
{
	struct record r;
	const char *why = record_parse(&r, line, strlen(line));

	*culprit = "";
	return why != NULL ? why : message_unpack(k, m, &r, culprit);
}

/* The examples of the design: they are written back byte by byte. */
static const struct {
	const struct message_kind *kind;
	const char *line;
} canonical[] = {
	{ &message_rtt,
	    "rtt t=1769000000123456 wan=cable host=192.0.2.1 seq=41 us=18234 "
	    "up_us=9100 down_us=9134\n" },
	{ &message_rtt,
	    "rtt t=1769000000988000 wan=cable host=192.0.2.9 seq=41 lost=1\n" },
	{ &message_rtt,
	    "rtt t=0 host=2001:db8::1%eth0 seq=0 us=1 up_us=-5 down_us=6 "
	    "queued_us=0 late=1 method=icmp name=one.example\n" },
	{ &message_queue,
	    "queue t=1 wan=cable dir=down bytes=173400123 packets=120934 "
	    "drops=3 backlog=18344 delay_us=410\n" },
	{ &message_queue, "queue t=1 dir=up bytes=9223372036854775807\n" },
	{ &message_rate,
	    "rate t=1 wan=cable dir=down bps=512000000 was=560000000 "
	    "state=yellow delta_us=21800 base_us=18100 load=97 why=probe\n" },
	{ &message_rate,
	    "rate t=1 dir=up bps=1000000000000 state=soft_red "
	    "delta_us=-9007199254740992\n" },
	{ &message_rate, "rate t=1 dir=up state=red why=unmanaged\n" },
	{ &message_applied,
	    "applied t=1 wan=cable dir=down bps=512000000 was=560000000 "
	    "took_us=20100 ok=1\n" },
	{ &message_applied, "applied t=9007199254740992 dir=up ok=0\n" },
};

static void
test_canonical(void)
{
	char out[RECORD_MAX + 1], line[RECORD_MAX + 1];
	const char *culprit;
	union any m;

	for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++) {
		const char *want = canonical[i].line;

		memcpy(line, want, strlen(want));
		line[strlen(want) - 1] = '\0';
		is_str(unpack(canonical[i].kind, &m, line, &culprit), NULL,
		    "example %zu is read", i);
		is_int(message_pack(canonical[i].kind, out, &m), strlen(want),
		    "example %zu is written", i);
		is_str(out, want, "example %zu is written as it was", i);
	}
}

static const struct {
	const struct message_kind *kind;
	const char *line, *culprit, *why;
} refused[] = {
	{ &message_rtt, "rtt host=a seq=1", "t", "is missing" },
	{ &message_rtt, "rtt t=1 seq=1", "host", "is missing" },
	{ &message_rtt, "rtt t=1 host=a", "seq", "is missing" },
	{ &message_rtt, "rtt t=x host=a seq=1", "t", "not a number" },
	{ &message_rtt, "rtt t=-1 host=a seq=1", "t", "number out of range" },
	{ &message_rtt, "rtt t=9007199254740993 host=a seq=1", "t",
	    "number out of range" },
	{ &message_rtt, "rtt t=99999999999999999999 host=a seq=1", "t",
	    "number out of range" },
	{ &message_rtt, "rtt t=1 host=a seq=1.5", "seq", "not a number" },
	{ &message_rtt, "rtt t=1 host=a seq=1 us=0", "us",
	    "number out of range" },
	{ &message_rtt, "rtt t=1 host=a seq=1 us=10000000", "us",
	    "number out of range" },
	{ &message_rtt, "rtt t=1 host=a seq=1 us=1e3", "us", "not a number" },
	{ &message_rtt, "rtt t=1 host=a seq=1 us=+1", "us", "not a number" },
	{ &message_rtt, "rtt t=1 host=a seq=1 lost=0", "lost",
	    "number out of range" },
	{ &message_rtt, "rtt t=1 host=-a seq=1", "host",
	    "not a host, or too long" },
	{ &message_rtt, "rtt t=1 host=a/b seq=1", "host",
	    "not a host, or too long" },
	{ &message_rtt,
	    "rtt t=1 seq=1 host=123456789.123456789.123456789.123456789."
	    "123456789.123456789.1234",
	    "host", "not a host, or too long" },
	{ &message_rtt, "rtt t=1 host=a seq=1 wan=../x", "wan",
	    "not a name, or too long" },
	{ &message_rtt,
	    "rtt t=1 host=a seq=1 wan=123456789012345678901234567890123", "wan",
	    "not a name, or too long" },
	{ &message_queue, "queue t=1 dir=left bytes=1", "dir", "unknown word" },
	{ &message_queue, "queue t=1 dir=dow bytes=1", "dir", "unknown word" },
	{ &message_queue, "queue t=1 dir=down", "bytes", "is missing" },
	{ &message_rate, "rate t=1 dir=up bps=0 state=green", "bps",
	    "number out of range" },
	{ &message_rate, "rate t=1 dir=up bps=1000000000001 state=green", "bps",
	    "number out of range" },
	{ &message_rate, "rate t=1 dir=up bps=1 state=GREEN", "state",
	    "unknown word" },
	{ &message_rate, "rate t=1 dir=up bps=1", "state", "is missing" },
	{ &message_applied, "applied t=1 dir=up", "ok", "is missing" },
	{ &message_applied, "applied t=1 dir=up ok=2", "ok",
	    "number out of range" },
};

static void
test_refused(void)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		const char *culprit, *why;
		union any m;

		why = unpack(refused[i].kind, &m, refused[i].line, &culprit);
		is_str(why, refused[i].why, "%.60s: why", refused[i].line);
		is_str(culprit, refused[i].culprit, "and which key");
	}
}

static void
test_absent(void)
{
	const char *culprit;
	union any m;

	memset(&m, 0x55, sizeof m);
	is_str(unpack(&message_rtt, &m, "rtt seq=7 host=h t=5 colour=blue",
		   &culprit),
	    NULL, "any order, and an unknown key is ignored");
	is_int(m.rtt.seq, 7, "seq");
	is_str(m.rtt.host, "h", "host");
	is_int(m.rtt.t_us, 5, "t");
	is_int(m.rtt.us, NONE, "an absent number is NONE");
	is_int(m.rtt.lost, NONE, "an absent flag too");
	is_str(m.rtt.wan, "", "an absent word is empty");

	memset(&m, 0x55, sizeof m);
	message_clear(&message_rate, &m);
	is_int(m.rate.t_us, NONE, "message_clear: a number");
	is_int(m.rate.state, NONE, "message_clear: a choice");
	is_str(m.rate.why, "", "message_clear: a word");
}

/* --- the table -------------------------------------------------------- */

static void
test_table(void)
{
	for (size_t k = 0; message_kinds[k] != NULL; k++) {
		const struct message_kind *kind = message_kinds[k];
		bool good = kind->count <= 32 && kind->count <= RECORD_FIELDS;

		for (size_t i = 0; i < kind->count; i++) {
			const struct message_field *f = &kind->fields[i];

			good = good && f->offset + 8 <= sizeof(union any);
			for (size_t j = 0; j < i; j++)
				good = good &&
				    strcmp(kind->fields[j].key, f->key) != 0 &&
				    kind->fields[j].offset != f->offset;
		}
		ok(good, "%s: at most 32 keys, each once, each its own member",
		    kind->kind);
		is_str(kind->fields[0].key, "t", "%s begins with t",
		    kind->kind);
	}
}

/* The value whose text is longest. */
static void
fill_longest(const struct message_field *f, char *at)
{
	int64_t n = f->hi, longest = 0;

	if (f->size != 0) {
		memset(at, 'x', f->size - 1);
		at[f->size - 1] = '\0';
		return;
	}
	if (f->lo < 0)
		n = f->lo;
	for (int64_t i = 0; f->type == MESSAGE_ENUM && i <= f->hi; i++)
		if ((int64_t)strlen(f->words[i]) > longest) {
			longest = (int64_t)strlen(f->words[i]);
			n = i;
		}
	memcpy(at, &n, sizeof n);
}

static void
test_longest(void)
{
	char out[RECORD_MAX + 1];

	for (size_t k = 0; message_kinds[k] != NULL; k++) {
		const struct message_kind *kind = message_kinds[k];
		struct record r;
		const char *culprit;
		union any m;
		size_t len;

		for (size_t i = 0; i < kind->count; i++)
			fill_longest(&kind->fields[i],
			    (char *)&m + kind->fields[i].offset);
		len = message_pack(kind, out, &m);
		ok(len > 0, "the longest %s has %zu bytes of 512", kind->kind,
		    len);
		ok(len > 0 && record_parse(&r, out, len - 1) == NULL &&
			message_unpack(kind, &m, &r, &culprit) == NULL,
		    "and is read");
	}
}

/* --- random messages ---------------------------------------------------- */

static void
fill_random(const struct message_field *f, char *at)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
				    "QRSTUVWXYZ0123456789";
	const int64_t none = NONE;
	bool absent = !f->required && random_int(0, 2) == 0;
	int64_t n;

	if (f->size != 0) {
		n = absent ? 0 : random_int(1, (int64_t)f->size - 1);
		for (int64_t i = 0; i < n; i++)
			at[i] = chars[random_int(0, 61)];
		at[n] = '\0';
		return;
	}
	n = random_int(0, 3) == 0 ? (random_int(0, 1) ? f->lo : f->hi) :
				    random_int(f->lo, f->hi);
	memcpy(at, absent ? &none : &n, sizeof n);
}

static bool
same(const struct message_kind *k, const union any *a, const union any *b)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct message_field *f = &k->fields[i];
		const char *p = (const char *)a + f->offset;
		const char *q = (const char *)b + f->offset;

		if (f->size != 0 ? strcmp(p, q) : memcmp(p, q, sizeof(int64_t)))
			return false;
	}
	return true;
}

static bool
round_trip(const struct message_kind *k)
{
	char out[RECORD_MAX + 1], again[RECORD_MAX + 1];
	const char *culprit;
	union any m, back;
	struct record r;
	size_t len;

	for (size_t i = 0; i < k->count; i++)
		fill_random(&k->fields[i], (char *)&m + k->fields[i].offset);
	len = message_pack(k, out, &m);
	return len > 0 && record_parse(&r, out, len - 1) == NULL &&
	    message_unpack(k, &back, &r, &culprit) == NULL &&
	    same(k, &m, &back) && message_pack(k, again, &back) == len &&
	    memcmp(out, again, len) == 0;
}

static void
test_random(void)
{
	random_start();
	for (size_t k = 0; message_kinds[k] != NULL; k++) {
		int bad = 0;

		for (int i = 0; i < 20000; i++)
			bad += !round_trip(message_kinds[k]);
		is_int(bad, 0, "20000 random %s: written, read, the same",
		    message_kinds[k]->kind);
	}
}

int
main(void)
{
	test_table();
	test_canonical();
	test_refused();
	test_absent();
	test_longest();
	test_random();
	return tap_done();
}

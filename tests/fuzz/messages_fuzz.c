/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read from any record is inside the bounds of its table, and is
 * written as a record that is read the same and written the same. */
#include "record/messages.h"

#include "fuzz.h"
#include "router/router_protocol.h"

union any {
	struct rtt rtt;
	struct queue queue;
	struct rate rate;
	struct applied applied;
	struct steer steer;
	struct diverted diverted;
	struct alert alert;
	struct memory memory;
	struct request request;
	struct answer answer;
};

static void
check_bounds(const struct message_kind *k, const union any *m)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct message_field *f = &k->fields[i];
		const char *at = (const char *)m + f->offset;
		int64_t n;

		if (f->size != 0) {
			must(memchr(at, '\0', f->size) != NULL);
			must(!f->required || *at != '\0');
			continue;
		}
		memcpy(&n, at, sizeof n);
		must(n == NONE ? !f->required : n >= f->lo && n <= f->hi);
	}
}

static size_t
check_pack(const struct message_kind *k, char out[static RECORD_MAX + 1],
    const union any *m)
{
	size_t len = message_pack(k, out, m);

	must(len > 0 && len <= RECORD_MAX && out[len - 1] == '\n');
	must(strlen(out) == len);
	return len;
}

static void
check_kind(const struct message_kind *k, const struct record *r)
{
	char out[RECORD_MAX + 1], again[RECORD_MAX + 1];
	const char *culprit = NULL;
	struct record back;
	union any m, n;
	size_t len;

	memset(&m, 0x5a, sizeof m);
	if (message_unpack(k, &m, r, &culprit) != NULL) {
		must(culprit != NULL);
		return;
	}
	check_bounds(k, &m);
	len = check_pack(k, out, &m);
	must(record_parse(&back, out, len - 1) == NULL);
	must(slice_is(back.kind, k->kind));
	must(message_unpack(k, &n, &back, &culprit) == NULL);
	must(check_pack(k, again, &n) == len);
	must(memcmp(out, again, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record r;

	if (record_parse(&r, (const char *)data, size) != NULL)
		return 0;
	/* Whatever kind it says it is. */
	for (size_t i = 0; message_kinds[i] != NULL; i++)
		check_kind(message_kinds[i], &r);
	for (size_t i = 0; request_kinds[i] != NULL; i++)
		check_kind(request_kinds[i], &r);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record that is taken is made of nothing but what was found in it: put
 * together again it is the same bytes, and every key is found. */
#include "record/record.h"

#include "fuzz.h"
#include "record/json.h"

static size_t
put(char *out, size_t at, struct slice s)
{
	must(at + s.len <= RECORD_MAX);
	memcpy(out + at, s.at, s.len);
	return at + s.len;
}

static void
check_again(const struct record *r, const char *line, size_t len)
{
	char again[RECORD_MAX + 2];
	size_t at = put(again, 0, r->kind);

	for (size_t i = 0; i < r->fields; i++) {
		again[at++] = ' ';
		at = put(again, at, r->field[i].key);
		again[at++] = '=';
		at = put(again, at, r->field[i].value);
	}
	must(at == len && memcmp(again, line, len) == 0);
}

static void
check_keys(const struct record *r)
{
	char key[RECORD_MAX];

	for (size_t i = 0; i < r->fields; i++) {
		struct slice k = r->field[i].key, v;

		memcpy(key, k.at, k.len);
		key[k.len] = '\0';
		must(slice_is(k, key));
		v = record_get(r, key);
		must(v.at == r->field[i].value.at &&
		    v.len == r->field[i].value.len);
	}
}

/* One line, quoted everywhere: no byte of the record can leave its string. */
static void
check_json(const struct record *r)
{
	char out[JSON_MAX];
	size_t len = json_write(out, r);
	bool inside = false;

	must(len == strlen(out) && len < JSON_MAX - 1);
	must(out[0] == '{' && strcmp(out + len - 2, "}\n") == 0);
	for (size_t i = 0; i < len - 1; i++) {
		must(out[i] >= ' ' && out[i] <= '~');
		if (inside && out[i] == '\\')
			i++;
		else if (out[i] == '"')
			inside = !inside;
		else
			must(inside || strchr("{}:,-0123456789", out[i]));
	}
	must(!inside);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	struct record r;

	if (record_parse(&r, line, size) != NULL)
		return 0;
	must(size < RECORD_MAX && r.fields <= RECORD_FIELDS);
	check_again(&r, line, size);
	check_keys(&r);
	check_json(&r);
	return 0;
}

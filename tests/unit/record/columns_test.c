/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/columns.h"

#include <string.h>

#include "../tap.h"

#define LINE "rate t=17 wan=cable dir=up bps=900 state=green"

static const char *
columns_of(const char *spec, const char *line)
{
	static char out[COLUMNS_LINE];
	struct columns c;
	struct record r;
	const char *why = columns_parse(&c, spec);

	if (why != NULL)
		return why;
	if (line == NULL)
		return columns_write(out, &c, NULL) > 0 ? out : "nothing";
	(void)record_parse(&r, line, strlen(line));
	return columns_write(out, &c, &r) > 0 ? out : "nothing";
}

/* As wide as it can be: every key once more, and the longest values. */
static void
widest(void)
{
	char spec[400] = "k:", line[RECORD_MAX] = "k";
	struct columns c;
	struct record r;
	static char out[COLUMNS_LINE];
	size_t len = 1;

	for (int i = 0; i < COLUMNS_MAX; i++)
		snprintf(spec + strlen(spec), sizeof spec - strlen(spec),
		    "%sk%d", i > 0 ? "," : "", i);
	is_str(columns_parse(&c, spec), NULL, "R110: forty columns");
	for (int i = 0; i < RECORD_FIELDS; i++)
		len += (size_t)snprintf(line + len, sizeof line - len,
		    " k%d=1234567", i);
	is_str(record_parse(&r, line, strlen(line)), NULL, "a long record");
	ok(columns_write(out, &c, &r) > 0 && strlen(out) == 40 * 8,
	    "R110: all of them are there");
	snprintf(spec + strlen(spec), sizeof spec - strlen(spec), ",k40");
	is_str(columns_parse(&c, spec), "too many keys", "R110: not one more");
}

int
main(void)
{
	static const char *const wrong[] = { "rate", "", ":t",
		"rate:", "rate:t,", "rate:,t", "Rate:t", "rate:T", "rate:t bps",
		"rate:dir=", "rate:dir=up", "rate:=up,t", "rate:1t" };

	is_str(columns_of("rate:t,bps", LINE), "17\t900\n",
	    "R110: two columns, in their order");
	is_str(columns_of("rate:bps,t", LINE), "900\t17\n",
	    "R110: in the other");
	is_str(columns_of("rate:t,delta_us,state", LINE), "17\t\tgreen\n",
	    "R110: an absent value is empty");
	is_str(columns_of("rate:dir=up,t", LINE), "17\n",
	    "R110: of one direction");
	is_str(columns_of("rate:dir=down,t", LINE), "nothing",
	    "R110: not of the other");
	is_str(columns_of("rate:why=up,t", LINE), "nothing",
	    "R110: an absent value is none of those that are chosen");
	is_str(columns_of("rat:t", LINE), "nothing", "R110: another kind");
	is_str(columns_of("rates:t", LINE), "nothing", "R110: a longer name");
	is_str(columns_of("rate:dir=up,t,bps", NULL), "t\tbps\n",
	    "R110: the names of the columns");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct columns c;

		ok(columns_parse(&c, wrong[i]) != NULL, "R110: \"%s\" is wrong",
		    wrong[i]);
	}
	widest();
	return tap_done();
}

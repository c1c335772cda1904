/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assignments of shell files, and what takes a shell. */
#include "conf/shvars.h"

#include <string.h>

#include "../tap.h"

static struct keylist list;

/* "LINE:KEY=VALUE" of each, with "!" for what is refused. */
static const char *
read_text(const char *text, size_t len)
{
	static char out[4096];
	size_t at = 0;

	out[0] = '\0';
	if (shvars_parse(&list, text, len) == -1)
		return list.why;
	for (size_t i = 0; i < list.items; i++)
		at += (size_t)snprintf(out + at, sizeof out - at, "%s%d:%s%s%s",
		    i > 0 ? "|" : "", list.item[i].line,
		    list.item[i].refused != NULL ? "!" : list.item[i].path,
		    list.item[i].refused != NULL ? "" : "=",
		    list.item[i].value);
	return out;
}

static void
test_each(void)
{
	static const struct {
		const char *text, *want;
	} each[] = {
		{ "", "" },
		{ "\n# dl_if=x\n  \t# y\n", "" },
		{ "dl_if=ifb-wan # download\n", "1:dl_if=ifb-wan" },
		{ "  a=1\r\nb=2\r\n", "1:a=1|2:b=2" },
		{ "a=\nb=''\nc=\"\"", "1:a=|2:b=|3:c=" },
		{ "a='x y' # z\n", "1:a=x y" },
		{ "a=\"x # \\\"y\\\" \\$z\"", "1:a=x # \"y\" $z" },
		{ "a=x'y'\"z\"w", "1:a=xyzw" },
		{ "export a=1\nexport\t b=2", "1:a=1|2:!export? b=2" },
		{ "a=$((0x300))", "1:a=0x300" },
		{ "a=\"-m $(( 42 )) -v\"", "1:a=-m 42 -v" },
		{ "a=1.5;", "1:!a=1.5;" },
		{ "a=(\n\"1.1.1.1\" 2.2.2.2 # x\n\n'3.3.3.3'\n)\nb=1",
		    "2:a.0=1.1.1.1|2:a.1=2.2.2.2|4:a.2=3.3.3.3|6:b=1" },
		{ "a=()", "" },
		{ "a=(1 2)# x\n", "1:a.0=1|1:a.1=2" },
		/* These take a shell. */
		{ "a=$b", "1:!a=$b" },
		{ "a=\"$(date)\"\nb=1", "1:!a=\"$(date)\"|2:b=1" },
		{ "a=`x`", "1:!a=`x`" },
		{ "a=\"`x`\"", "1:!a=\"`x`\"" },
		{ "a=$((b))", "1:!a=$((b))" },
		{ "a=$((1+1))", "1:!a=$((1+1))" },
		{ "a=\"$((1\"", "1:!a=\"$((1\"" },
		{ "a=1 b=2", "1:!a=1 b=2" },
		{ "a=1 rm -rf /", "1:!a=1 rm -rf /" },
		{ "a =1", "1:!a =1" },
		{ "a", "1:!a" },
		{ "a+=(1)", "1:!a+=(1)" },
		{ "a[1]=1", "1:!a[1]=1" },
		{ "1a=1", "1:!1a=1" },
		{ "if x; then\n a=1\nfi", "1:!if x; then|2:a=1|3:!fi" },
		{ "a='x\nb=1", "1:!a='x|2:b=1" },
		{ "a=\"x\nb=1", "1:!a=\"x|2:b=1" },
		{ "a=(1 $x\n2)\nb=1", "1:!a=(1 $x|2:!2)|3:b=1" },
		{ "a=(1", "1:!a=(1" },
		{ "a=(1) x", "1:!a=(1) x" },
		{ "a=*", "1:!a=*" },
		{ "a=~/x", "1:!a=~/x" },
		{ "a=x\\y", "1:!a=x\\y" },
	};

	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		is_str(read_text(each[i].text, strlen(each[i].text)),
		    each[i].want, "R118: shell: %s", each[i].text);
	is_str(read_text("a=x\0y\nb=1", 9), "1:!a=x|2:b=1",
	    "R118: a NUL is no text");
	(void)read_text("a=$b\n", 5);
	is_str(list.item[0].refused, "takes a shell", "R118: and why");
	is_str(list.item[0].path, "a", "... of which key");
}

static void
test_too_much(void)
{
	static char text[8192];
	size_t len = 0;

	for (int i = 0; i < KEYLIST_ITEMS + 1; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "a%d=1\n", i);
	is_str(read_text(text, len), "too many values", "R118: 512 values");
	is_int(list.line, KEYLIST_ITEMS + 1, "... and where");
	memset(text, 'x', 300);
	memcpy(text, "a=", 2);
	is_str(read_text(text, 300), "a value is too long",
	    "R118: a long value is not cut");
	memset(text, 'x', 300);
	memcpy(text + 298, "=1", 2);
	read_text(text, 300);
	ok(list.items == 1 && list.item[0].refused != NULL,
	    "R118: a long name is none");
	for (len = 0; len < 6000;)
		len += (size_t)snprintf(text + len, sizeof text - len, "a\n");
	is_str(read_text(text, len), "too many values",
	    "R118: nor are refused lines without end");
}

int
main(void)
{
	test_each();
	test_too_much();
	return tap_done();
}

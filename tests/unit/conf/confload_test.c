/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/confload.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"
#include "base/text.h"

#define WHOLE                                       \
	"schema = 1\n"                              \
	"[download]\nceiling = 500mbit\n"           \
	"floor = 50mbit\n"                          \
	"[upload]\nceiling = 20mbit\nfloor=4mbit\n" \
	"[shaper]\nbackend = print\n"

static char dir[] = "/tmp/confload_test.XXXXXX", path[64];
static struct settings s;
static struct conf_report report;

static void
write_file(const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(text, 1, len, f) != len || fclose(f) != 0)
		abort();
}

static int
load(const char *text)
{
	write_file(text, strlen(text));
	return conf_load(&s, path, &report);
}

/* All faults as "line: text\n". */
static const char *
faults(void)
{
	static char out[CONF_FAULTS * 100];
	struct text t;

	text_init(&t, out, sizeof out);
	for (size_t i = 0; i < report.count && i < CONF_FAULTS; i++) {
		text_int(&t, report.fault[i].line);
		text_add(&t, ": ");
		text_add(&t, report.fault[i].text);
		text_add(&t, "\n");
	}
	return out;
}

static void
test_good(void)
{
	is_int(load(WHOLE), 0, "a whole file");
	is_str(faults(), "", "without faults");
	is_str(s.wan.name, "my-line", "the line is named after the file");
	is_int(s.dir[UP].ceiling_bps, 20000000, "a value");
	is_int(s.line[settings_row("upload", "ceiling")], 6, "and its line");
	is_int(s.line[settings_row("wan", "name")], SETTINGS_DERIVED,
	    "the name has no line");
	is_int(s.line[settings_row("upload", "step")], 0, "nor has a default");

	is_int(load("schema = 1\r\n\r\n" WHOLE), 1, "schema twice");
	is_str(faults(), "3: schema: duplicate key; the first is on line 1\n",
	    "the second is refused");
	is_int(load("; c\n#c\n   \n\t\n[wan] ; c\nname = x ; c\n"), 1,
	    "comments and blank lines");
	is_str(s.wan.name, "x", "are no part of a value");
}

/* The same file with lines of other shapes. */
static void
test_shapes(void)
{
	static const char *const same[] = {
		"schema=1\n[wan]\nname=x\n",
		"schema = 1\r\n[wan]\r\nname = x\r\n",
		"schema  \t=\t 1 \t\n[wan]  \nname = x\n",
		"\n\n# comment\n;comment\nschema = 1;\n",
		"schema = 1 ; comment = 3\n[wan];\n",
	};

	for (size_t i = 0; i < 3; i++) {
		load(same[i]);
		is_str(s.wan.name, "x", "shape %zu", i);
		is_int(s.schema, 1, "shape %zu", i);
	}
	load(same[4]);
	is_int(s.schema, 1, "a comment may have anything in it");
	is_int(report.fault[0].line, 2, "but must stand apart from a section");
	load("schema = 1;\n");
	is_str(report.fault[0].text, "schema: not a number; must be 1",
	    "and from a value");
}

static const struct {
	const char *line, *want;
} bad[] = {
	{ " name = x", "line begins with a blank" },
	{ "\tname = x", "line begins with a blank" },
	{ "name", "not key = value" },
	{ "name: x", "not key = value" },
	{ "na:me = x", "not key = value" },
	{ "name ; = x", "not key = value" },
	{ "\xef\xbb\xbfname = x",
	    "line does not begin with ASCII (byte order mark?)" },
	{ "[wan", "not a [section]" },
	{ "[", "not a [section]" },
	{ "[]", "not a [section]" },
	{ "[wan ; a]", "not a [section]" },
	{ "[a b]", "not a [section]" },
	{ "\vname = x", "line begins with a blank" },
	{ "\fname = x", "line begins with a blank" },
	{ "]", "not key = value" },
	{ "[wan] name = x",
	    "text after the [section]; a comment begins with ;" },
	{ "[wan] # x", "text after the [section]; a comment begins with ;" },
	{ "[wan]x", "text after the [section]; a comment begins with ;" },
	{ "[wann]", "[wann] unknown section" },
	{ "[WAN]", "[WAN] unknown section" },
	{ "[wan\033[2J]", "[wan?[2J] unknown section" },
	{ "colour = red", "[wan] colour: unknown key" },
	{ "col\033our = red", "[wan] col?our: unknown key" },
	{ "ceiling = 1mbit",
	    "[wan] ceiling: unknown key here; there is one in [download]" },
	{ "schema = 1",
	    "[wan] schema: unknown key here; it goes before the first "
	    "[section]" },
	{ "= 3", "[wan] unknown key" },
	{ "name =", "[wan] name: empty value" },
	{ "name = ; x", "[wan] name: empty value" },
	{ "name = a b", "[wan] name: not a name (letters, digits, . _ -)" },
};

static void
test_bad_lines(void)
{
	char text[300], want[300];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[wan]\n%s\n", bad[i].line);
		is_int(load(text), 1, "R80: bad line %zu is refused", i);
		snprintf(want, sizeof want, "2: %s\n", bad[i].want);
		ok(strncmp(faults(), want, strlen(want)) == 0,
		    "R80: with its line and why");
		if (strncmp(faults(), want, strlen(want)) != 0)
			printf("# %s", faults());
	}
}

static void
test_long_lines(void)
{
	char text[1000];

	snprintf(text, sizeof text, "%s[wan]\nname = x%*s\n", WHOLE, 182, ";");
	is_int(load(text), 0, "R80: a line of 190 bytes");
	is_str(s.wan.name, "x", "is read");
	snprintf(text, sizeof text, "%s[wan]\r\nname = x%*s\r\n", WHOLE, 182,
	    ";");
	is_int(load(text), 0, "R80: so it is with CR LF");
	snprintf(text, sizeof text, "%s[wan]\nname = x%*s\n", WHOLE, 183, ";");
	is_int(load(text), 1, "R80: 191 are too many");
	is_str(faults(), "11: line longer than 190 bytes\n",
	    "and that is said");
	snprintf(text, sizeof text, "%s%*s = x\n", WHOLE, 400, "name");
	is_int(load(text), 1, "R80: text behind many blanks");
	is_str(faults(), "10: line longer than 190 bytes\n",
	    "is not taken for a blank line");
	snprintf(text, sizeof text, "%s[wan]\nname = x%*s\r and more\n", WHOLE,
	    182, ";");
	is_int(load(text), 1, "R80: a CR where the buffer ends");
	is_str(faults(), "11: line longer than 190 bytes\n",
	    "does not end the line");
	snprintf(text, sizeof text, "%s;%*s\n#%*s\n", WHOLE, 400, ".", 400,
	    ".");
	is_int(load(text), 0, "R80: comments may be long");
}

static void
test_nul(void)
{
	static const char text[] = WHOLE "[wan]\nname = a\0b\nname = c\n";

	write_file(text, sizeof text - 1);
	is_int(conf_load(&s, path, &report), 1, "R80: a NUL");
	is_str(faults(), "11: NUL byte\n", "is refused");
	is_str(s.wan.name, "c", "and reading goes on behind it");
}

/* R80: all errors, in order of lines, what is about no line last. */
static void
test_all(void)
{
	is_int(load("schema = 2\n"
		    "[wan]\n"
		    "colour = red\n"
		    "[wann]\n"
		    "name = x\n"
		    "[ping\n"
		    "timeout = x\n"
		    "[download]\n"
		    "ceiling = 10mbit\n"
		    "floor = 20mbit\n"
		    "yellow = 50ms\n"
		    "  red = 5ms\n"
		    "[shaper]\n"
		    "backend = magic\n"),
	    1, "R80: many faults");
	is_str(faults(),
	    "1: schema: number out of range; must be 1\n"
	    "3: [wan] colour: unknown key\n"
	    "4: [wann] unknown section\n"
	    "6: not a [section]\n"
	    "10: [download] floor: must not be above ceiling (10mbit)\n"
	    "11: [download] yellow: must be below soft_red (45ms)\n"
	    "12: line begins with a blank\n"
	    "14: [shaper] backend: unknown word; must be cake, htb, command, "
	    "print, router\n"
	    "0: [upload] ceiling: must be given\n"
	    "0: [upload] floor: must be given\n",
	    "R80: all are told, each once");
}

/* The keys of a section that was not understood are not those of another. */
static void
test_skipped(void)
{
	load(WHOLE "[wan]\nname = a\n[ping\nname = b\n[wan]\ndevice = e\n");
	is_str(faults(), "12: not a [section]\n", "one fault");
	is_str(s.wan.name, "a", "the key before it counts");
	is_str(s.wan.device, "e", "and the one of the section after it");
}

static void
test_many(void)
{
	char text[100 * 8 + 1] = "";

	for (int i = 0; i < 100; i++)
		snprintf(text + 8 * i, 9, "[a%04d]\n", i);
	is_int(load(text), 1, "a hundred faults and more");
	ok(report.count > 100, "are counted");
	is_int(report.fault[0].line, 1, "the first are kept");
	is_int(report.fault[CONF_FAULTS - 1].line, CONF_FAULTS,
	    "to the last that there is room for");
	/* A fault that is found late but stands early. */
	text[0] = '\0';
	snprintf(text, 100,
	    "schema = 1\n[download]\nyellow = 60ms\nfloor = 1mbit\n"
	    "ceiling = 2mbit\n");
	for (int i = 0; i < 80; i++)
		snprintf(text + strlen(text), 7, "[a%02d]\n", i);
	load(text);
	is_str(report.fault[0].text,
	    "[download] yellow: must be below soft_red (45ms)",
	    "one that is found last is put first");
	is_int(report.fault[1].line, 6, "before the others");
	is_int(report.fault[CONF_FAULTS - 1].line, CONF_FAULTS + 4,
	    "of which one gives way");
}

static void
test_unreadable(void)
{
	char other[80];

	is_int(load(""), 1, "an empty file");
	is_str(report.fault[0].text, "schema: must be given",
	    "lacks what must be given");
	is_int(conf_load(&s, "/nonexistent/x.conf", &report), -1, "no file");
	is_int(errno, ENOENT, "errno says so");
	is_int(conf_load(&s, dir, &report), -1, "a directory");
	is_int(errno, EISDIR, "errno says so");
	snprintf(other, sizeof other, "%s/bad name.conf", dir);
	if (rename(path, other) != 0)
		abort();
	is_int(conf_load(&s, other, &report), 1, "a name that cannot be one");
	is_str(report.fault[1].text, "[wan] name: must be given",
	    "must be given in the file");
	unlink(other);
}

static void
test_names(void)
{
	static const struct {
		const char *file, *name;
	} names[] = {
		{ "dsl", "dsl" },
		{ "a.b.conf", "a.b" },
		{ ".conf", "" },
		{ "x.CONF", "x.CONF" },
		{ "1234567890123456789012345678901.conf",
		    "1234567890123456789012345678901" },
		{ "123456789012345678901234567890123.conf", "" },
	};
	char file[128];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(file, sizeof file, "%s/%s", dir, names[i].file);
		load(WHOLE);
		if (rename(path, file) != 0)
			abort();
		conf_load(&s, file, &report);
		is_str(s.wan.name, names[i].name, "name of %s", names[i].file);
		unlink(file);
	}
	if (chdir(dir) != 0)
		abort();
	load(WHOLE);
	conf_load(&s, "my-line.conf", &report);
	is_str(s.wan.name, "my-line", "a path without a slash");
	load(WHOLE "[wan]\nname = a/b\n");
	is_str(s.wan.name, "", "a refused name is not replaced");
	is_int(report.count, 1, "and is the one fault");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/my-line.conf", dir);
	test_good();
	test_shapes();
	test_bad_lines();
	test_long_lines();
	test_nul();
	test_all();
	test_skipped();
	test_many();
	test_unreadable();
	test_names();
	unlink(path);
	rmdir(dir);
	return tap_done();
}

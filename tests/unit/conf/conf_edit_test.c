/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of a configuration, changed in its text. */
#include "conf/conf_edit.h"

#include "../tap.h"

static const char base[] = "# Mine.\n"
			   "schema = 1\n"
			   "\n"
			   "[download]\n"
			   "# As measured.\n"
			   "ceiling = 100mbit\n"
			   "floor=10mbit\n"
			   "\n"
			   "# The way up.\n"
			   "[ upload ]\n"
			   "  ceiling : 20mbit\n";

static struct conf_change
change(const char *section, const char *key, const char *value,
    const char *comment)
{
	return (struct conf_change){ section, key, value, comment, false };
}

static void
edits(const char *text, struct conf_change c, const char *want,
    const char *what)
{
	char buf[1024];
	struct text out;

	text_init(&out, buf, sizeof buf);
	conf_edit(&out, text, &c, 1);
	is_str(buf, want, "%s", what);
}

static void
test_one(void)
{
	edits(base, change("download", "ceiling", "90mbit", NULL),
	    "# Mine.\nschema = 1\n\n[download]\n# As measured.\n"
	    "ceiling = 90mbit\nfloor=10mbit\n\n# The way up.\n[ upload ]\n"
	    "  ceiling : 20mbit\n",
	    "a new value in its place, and the comment stays");
	edits(base, change("download", "ceiling", "90mbit", "Less."),
	    "# Mine.\nschema = 1\n\n[download]\n# Less.\n"
	    "ceiling = 90mbit\nfloor=10mbit\n\n# The way up.\n[ upload ]\n"
	    "  ceiling : 20mbit\n",
	    "with a comment of its own");
	edits(base, change("download", "ceiling", "", NULL),
	    "# Mine.\nschema = 1\n\n[download]\n"
	    "floor=10mbit\n\n# The way up.\n[ upload ]\n"
	    "  ceiling : 20mbit\n",
	    "taken away, with its comment");
	edits(base, change("upload", "ceiling", "10mbit", NULL),
	    "# Mine.\nschema = 1\n\n[download]\n# As measured.\n"
	    "ceiling = 100mbit\nfloor=10mbit\n\n# The way up.\n[ upload ]\n"
	    "ceiling = 10mbit\n",
	    "blanks and colons are understood");
	edits(base, change("download", "base", "50mbit", NULL),
	    "# Mine.\nschema = 1\n\n[download]\n# As measured.\n"
	    "ceiling = 100mbit\nfloor=10mbit\nbase = 50mbit\n\n"
	    "# The way up.\n[ upload ]\n  ceiling : 20mbit\n",
	    "a key that was not there ends its section");
	edits(base, change("steer", "to", "lte", "Two."),
	    "# Mine.\nschema = 1\n\n[download]\n# As measured.\n"
	    "ceiling = 100mbit\nfloor=10mbit\n\n# The way up.\n[ upload ]\n"
	    "  ceiling : 20mbit\n\n[steer]\n# Two.\nto = lte\n",
	    "a section that was not there ends the file");
	edits(base, change("steer", "to", "lte", "Two\n\nlines."),
	    "# Mine.\nschema = 1\n\n[download]\n# As measured.\n"
	    "ceiling = 100mbit\nfloor=10mbit\n\n# The way up.\n[ upload ]\n"
	    "  ceiling : 20mbit\n\n[steer]\n# Two\n#\n# lines.\nto = lte\n",
	    "a comment of several lines");
	edits(base, change("steer", "to", "", NULL), base,
	    "what is not there cannot be taken away");
	edits(base, change("", "schema", "2", NULL),
	    "# Mine.\nschema = 2\n\n[download]\n# As measured.\n"
	    "ceiling = 100mbit\nfloor=10mbit\n\n# The way up.\n[ upload ]\n"
	    "  ceiling : 20mbit\n",
	    "a key before any section");
}

static void
test_odd(void)
{
	edits("[a]\nx = 1\nx = 2\n", change("a", "x", "3", NULL),
	    "[a]\nx = 3\n", "a key that was there twice is there once");
	edits("[a]\nx = 1\n[b]\n[a]\nx = 2\n", change("a", "x", "3", NULL),
	    "[a]\nx = 3\n[b]\n[a]\n", "also in two parts of a section");
	edits("[a]\nx = 1", change("a", "y", "2", NULL), "[a]\nx = 1\ny = 2\n",
	    "a last line without its end");
	edits("", change("a", "x", "1", NULL), "\n[a]\nx = 1\n",
	    "nothing at all");
	edits("[a]\nxx = 1\n", change("a", "x", "2", NULL),
	    "[a]\nxx = 1\nx = 2\n", "another key that begins alike");
	edits("[a]\n; x = 1\n", change("a", "x", "2", NULL),
	    "[a]\nx = 2\n; x = 1\n", "a comment is not a key");
	edits("[a]\r\nx = 1\r\ny = 1\r\n", change("a", "x", "2", NULL),
	    "[a]\r\nx = 2\ny = 1\r\n", "lines of another system");
	edits("[a\nx = 1\n", change("a", "x", "2", NULL), "[a\nx = 2\n",
	    "a bracket that is not closed ends with its line");
}

static void
test_several(void)
{
	struct conf_change c[] = { change("a", "z", "26", NULL),
		change("b", "x", "1", NULL), change("c", "u", "1", NULL),
		change("a", "y", "", NULL), change("c", "v", "2", NULL) };
	char buf[256];
	struct text out;

	text_init(&out, buf, sizeof buf);
	conf_edit(&out, "[a]\nx = 24\n\n# Away.\ny = 25\n\n[b]\n\n", c,
	    sizeof c / sizeof c[0]);
	is_str(buf,
	    "[a]\nx = 24\n\nz = 26\n\n[b]\nx = 1\n\n\n[c]\nu = 1\nv = 2\n",
	    "several at once, and one new section for two keys");
	text_init(&out, buf, 8);
	conf_edit(&out, "[a]\nx = 24\n", c, 1);
	ok(out.full, "no room");
}

int
main(void)
{
	test_one();
	test_odd();
	test_several();
	return tap_done();
}

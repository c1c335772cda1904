/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a state: its head, and what is given to whom. */
#include "record/statefile.h"

#include "../tap.h"

struct pet {
	int64_t legs;
};
static const struct message_field pet_fields[] = {
	FIELD_INT(pet, "legs", legs, true, 0, 8),
};
static const struct message_kind pet_kind = { "pet", pet_fields,
	FIELD_COUNT(pet_fields) };
static const struct message_kind *const kinds[] = { &pet_kind, NULL };

static int64_t legs, taken;

static const char *
take(void *to, const struct record *line)
{
	struct pet pet;
	const char *why;

	is_str(to, "us", "the caller's own pointer");
	taken++;
	if (statefile_unpack(kinds, &pet, line, &why) == NULL)
		return why;
	legs += pet.legs;
	return pet.legs == 7 ? "odd" : NULL;
}

static const char *
read_text(const char *text)
{
	static char us[] = "us";

	legs = taken = 0;
	return statefile_read(text, "wanctl-zoo", "cable", take, us);
}

static void
test_round(void)
{
	char buf[256];
	struct text t;
	struct pet pet = { 4 };

	text_init(&t, buf, sizeof buf);
	statefile_begin(&t, "wanctl-zoo", "cable");
	statefile_add(&t, &pet_kind, &pet);
	statefile_live(&t);
	pet.legs = 2;
	statefile_add(&t, &pet_kind, &pet);
	is_str(buf,
	    "state v=1 program=wanctl-zoo wan=cable\n"
	    "pet legs=4\n"
	    "live\n"
	    "pet legs=2\n",
	    "a state");
	is_str(read_text(buf), NULL, "is read");
	is_int(legs, 6, "each record is taken, of both parts");
	is_int(taken, 3, "... but not the head");
}

#define HEAD "state v=1 program=wanctl-zoo wan=cable\n"

static const struct {
	const char *text, *why, *what;
	int64_t legs;
} cases[] = {
	{ "", "is empty", "nothing", 0 },
	{ HEAD, NULL, "a head alone", 0 },
	{ "pet legs=4\n", "does not begin with a state record", "no head", 0 },
	{ "state v=1 program=wanctl-farm wan=cable\npet legs=4\n",
	    "is of another program", "another program's", 0 },
	{ "state v=1 program=wanctl-zoo wan=dsl\npet legs=4\n",
	    "is of another line", "another line's", 0 },
	{ "state v=2 program=wanctl-zoo wan=cable\n", "number out of range",
	    "another version's", 0 },
	{ "state v=0 program=wanctl-zoo wan=cable\n", "number out of range",
	    "an older version's", 0 },
	{ "state v=1 wan=cable\n", "is missing", "a head without a program",
	    0 },
	{ HEAD "plant legs=x\npet legs=4\n", NULL, "an unknown kind", 4 },
	{ HEAD "pet legs=4\npet legs=9\npet legs=4\n", "number out of range",
	    "a record out of its bounds", 4 },
	{ HEAD "pet legs=4\npet legs=7\npet legs=4\n", "odd",
	    "a record that is refused", 11 },
	{ HEAD "pet legs=4\n=\n", "does not begin with a kind",
	    "what is not a record", 4 },
	{ HEAD "pet legs=4", NULL, "a last line without its end", 4 },
	{ HEAD HEAD "pet legs=4\n", NULL, "a second head, which is ignored",
	    4 },
};

int
main(void)
{
	test_round();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *why = read_text(cases[i].text);

		is_str(why, cases[i].why, "%s", cases[i].what);
		is_int(legs, cases[i].legs, "... and what came before");
	}
	return tap_done();
}

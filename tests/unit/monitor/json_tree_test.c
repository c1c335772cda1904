/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/json_tree.h"

#include "../tap.h"
#include "record/messages.h"

int
main(void)
{
	char buf[400];
	struct text out;
	struct json_tree j = { &out, false };

	text_init(&out, buf, sizeof buf);
	json_open(&j, NULL, '{');
	json_word(&j, "a", "b");
	json_word(&j, "null", NULL);
	json_word(&j, "q\"", "\\\"\n\x7f\xc3");
	json_bool(&j, "yes", true);
	json_bool(&j, "no", false);
	json_number(&j, "n", -1500, 3);
	json_number(&j, "unknown", NONE, 3);
	json_open(&j, "list", '[');
	json_close(&j, ']');
	json_open(&j, "lists", '[');
	json_open(&j, NULL, '[');
	json_number(&j, NULL, 1, 0);
	json_number(&j, NULL, 2, 0);
	json_close(&j, ']');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_close(&j, ']');
	json_word(&j, "last", "");
	json_close(&j, '}');
	is_str(buf,
	    "{\"a\":\"b\",\"null\":null,\"q\\\"\":\"\\\\\\\"???\",\"yes\":true,"
	    "\"no\":false,\"n\":-1.5,\"unknown\":null,\"list\":[],"
	    "\"lists\":[[1,2],{}],\"last\":\"\"}",
	    "R92: objects and lists, words and numbers, and what is not known");
	return tap_done();
}

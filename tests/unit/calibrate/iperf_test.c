/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results of iperf3, and what is none. */
#include "calibrate/iperf.h"

#include "../tap.h"

static struct iperf_result r;

static const char *
parse(const char *text)
{
	r.bps = -7;
	return iperf_parse(text, strlen(text), &r);
}

int
main(void)
{
	static char big[300000];

	ok(parse("{\"start\":{},\"intervals\":[{\"sum\":{\"bits_per_second\":"
		 "5}}],\"end\":{\"sum_sent\":{\"bits_per_second\":3},"
		 "\"sum_received\":{\"seconds\":4.5,"
		 "\"bits_per_second\":9.4123e+07}}}") == NULL,
	    "R71: a result");
	is_int(r.bps, 94123000, "R71: what the receiver got");
	ok(parse("{\"end\":{\"sum_received\":{\"bits_per_second\":"
		 "1234567.9}}}") == NULL &&
		r.bps == 1234567,
	    "with a fraction");
	ok(parse("{\"end\":{\"sum_received\":{\"bits_per_second\":"
		 "12345e-1}}}") == NULL &&
		r.bps == 1234,
	    "with a negative exponent");
	ok(parse("{\"end\":{},\"error\":\"the server is busy\"}") == NULL,
	    "an error is a result");
	is_str(r.error, "the server is busy", "... with its text");
	ok(parse("{\"error\":\"\033[2J\"}") != NULL || r.error[0] == '?',
	    "... that a terminal may see");
	is_int(parse("{\"error\":\"x\"}") == NULL ? r.bps : 0, -1,
	    "... and no rate");
	ok(parse("{}") != NULL, "no result");
	ok(parse("[]") != NULL, "no object");
	ok(parse("iperf3: error") != NULL, "no JSON");
	ok(parse("{\"end\":{\"sum_received\":{\"bits_per_second\":-5}}}") !=
		NULL,
	    "a negative rate");
	ok(parse("{\"end\":{\"sum_received\":{\"bits_per_second\":1e29}}}") !=
		NULL,
	    "an absurd rate");
	ok(parse("{\"end\":{\"sum_received\":{\"bits_per_second\":1e99}}}") !=
		NULL,
	    "an absurd exponent");
	ok(parse("{\"end\":{\"sum_received\":{\"bits_per_second\":null}}}") !=
		NULL,
	    "null");
	memset(big, ' ', sizeof big);
	for (size_t i = 0; i < 40000; i += 2)
		memcpy(big + i, i == 0 ? "[1" : ",1", 2);
	ok(iperf_parse(big, sizeof big, &r) != NULL, "too many tokens");
	ok(iperf_parse(big, 5000000, &r) != NULL, "too long");
	return tap_done();
}

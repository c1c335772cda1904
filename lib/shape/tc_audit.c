/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/tc_audit.h"

#include <string.h>

const char *const tc_finding_text[TC_FINDINGS] = {
	[TC_NO_DEVICE] = "there is no such network device",
	[TC_DEVICE_DOWN] = "the device is down: ip link set DEVICE up",
	[TC_NO_FEEDER] = "[wan] device, whose arrivals it is to shape, is not "
			 "there",
	[TC_NO_SHAPER] = "nothing shapes here",
	[TC_NOT_FED] = "nothing that arrives at [wan] device is redirected "
		       "here: the download is not shaped",
	[TC_FED_ELSEWHERE] = "what arrives at [wan] device is redirected to "
			     "another device: the download is not shaped here",
	[TC_NOT_MADE] = "it was not made by wanctl, which leaves it alone in "
			"spite of make = yes",
	[TC_DIFFERS] = "it differs from [shaper]: wanctl shaper up changes it",
	[TC_AUTORATE] = "autorate-ingress is on and would change the rate "
			"back: turn it off",
	[TC_NO_NAT] = "nat is off: behind this host's NAT, one host with many "
		      "connections gets the most of the line",
	[TC_NO_FRAMING] = "the line's framing is not counted: on DSL, where "
			  "it is up to a fifth, rates must stay lower by that",
	[TC_NO_INGRESS] = "ingress is off: what is dropped here has used the "
			  "line, and many connections at once overfill it",
};

static bool
shapes(const struct settings *s, const struct tc_look *l)
{
	return s->shaper.backend == BACKEND_HTB ?
	    l->class.kind[0] != '\0' :
	    strncmp(l->root.kind, "cake", 4) == 0;
}

/* Of a CAKE that others made: what it costs. */
static void
audit_cake(const struct settings *s, enum direction dir,
    const struct tc_look *l, bool found[static TC_FINDINGS])
{
	found[TC_NO_NAT] = l->cake.nat == 0;
	found[TC_NO_FRAMING] = l->cake.raw && l->cake.overhead == 0;
	found[TC_NO_INGRESS] = settings_is_fed(s, dir) && l->cake.ingress == 0;
}

size_t
tc_audit(const struct settings *s, enum direction dir, const struct tc_look *l,
    enum tc_finding list[static TC_FINDINGS])
{
	bool found[TC_FINDINGS] = { false };
	struct cake_options want = cake_options_of(s, dir);
	bool cake = strncmp(l->root.kind, "cake", 4) == 0;
	bool made = tc_is_made(&l->root);
	int to = l->filters.made_to != 0 ? l->filters.made_to :
					   l->filters.others_to;
	size_t n = 0;

	found[TC_NO_DEVICE] = !l->has_device;
	found[TC_DEVICE_DOWN] = l->has_device && !l->device.up;
	found[TC_NO_SHAPER] = l->has_device && !shapes(s, l);
	if (settings_is_fed(s, dir) && s->wan.device[0] != '\0') {
		found[TC_NO_FEEDER] = !l->has_feeder;
		found[TC_NOT_FED] = l->has_feeder && to == 0;
		found[TC_FED_ELSEWHERE] = l->has_device && to != 0 &&
		    to != l->device.ifindex;
	}
	if (shapes(s, l) && s->shaper.make.make != 0) {
		found[TC_NOT_MADE] = !made;
		found[TC_DIFFERS] = made && cake &&
		    !cake_options_equal(&want, &l->cake);
	}
	found[TC_AUTORATE] = cake && l->root.autorate;
	if (cake && !made)
		audit_cake(s, dir, l, found);
	for (int i = 0; i < TC_FINDINGS; i++)
		if (found[i])
			list[n++] = (enum tc_finding)i;
	return n;
}

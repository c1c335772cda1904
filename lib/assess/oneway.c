/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/oneway.h"

#include "base/number.h"

/* Two stamps of a millisecond may be two milliseconds off together. */
#define AGREE_US 3000
/* Faster than clocks drift, slow enough to average what stamps round off. */
#define LEAN_TIME_US 2000000

static bool
agrees(const struct rtt *rtt)
{
	int64_t off_us = rtt->up_us + rtt->down_us - rtt->us;

	return off_us <= AGREE_US && off_us >= -AGREE_US;
}

static int64_t
within(int64_t x, int64_t most)
{
	return x < 0 ? 0 : x > most ? most : x;
}

bool
oneway_add(struct oneway *o, const struct rtt *rtt, int64_t above_us,
    int64_t gate_us, int64_t share_us[DIRECTIONS])
{
	int64_t lean_us, more_us;

	if (rtt->us == NONE || rtt->up_us == NONE || rtt->down_us == NONE)
		return false;
	if (!agrees(rtt)) {
		o->agreed = 0;
		return false;
	}
	if (o->agreed < ONEWAY_TRUST)
		o->agreed++;
	lean_us = rtt->up_us - rtt->down_us;
	if (above_us <= gate_us) {
		ewma_add_after(&o->lean, lean_us, rtt->t_us - o->t_us,
		    LEAN_TIME_US);
		o->t_us = rtt->t_us;
	}
	if (!o->lean.set || o->agreed < ONEWAY_TRUST)
		return false;
	more_us = lean_us - ewma_value(&o->lean, 0);
	if (above_us <= 0) {
		share_us[UP] = share_us[DOWN] = above_us / 2;
	} else {
		share_us[UP] = within((above_us + more_us) / 2, above_us);
		share_us[DOWN] = above_us - share_us[UP];
	}
	return true;
}

void
oneway_lengthen(struct oneway *o, int64_t up_us, int64_t down_us)
{
	int64_t lean_us = ewma_value(&o->lean, 0) + up_us - down_us;

	if (o->lean.set)
		ewma_add(&o->lean, lean_us, 1, 1);
}

void
oneway_follow(struct oneway *o, const struct rtt *rtt, int64_t above_us,
    int64_t more_us)
{
	int64_t sign = above_us < 0 ? -1 : 1, whole_us = sign * above_us;
	int64_t way = more_us < 0 ? -1 : 1;
	int64_t lean_us, up_us;

	if (whole_us == 0 || rtt->up_us == NONE || rtt->down_us == NONE ||
	    !agrees(rtt))
		return;
	lean_us = rtt->up_us - rtt->down_us - ewma_value(&o->lean, 0);
	up_us = way *
	    number_muldiv(within((whole_us + sign * lean_us) / 2, whole_us),
		way * more_us, whole_us);
	oneway_lengthen(o, up_us, more_us - up_us);
}

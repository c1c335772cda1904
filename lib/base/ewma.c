/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ewma.h"

#include "base/number.h"

static int64_t
clamp(int64_t v, int64_t bound)
{
	return v > bound ? bound : v < -bound ? -bound : v;
}

int64_t
ewma_add(struct ewma *e, int64_t x, int64_t num, int64_t den)
{
	int64_t target = clamp(x, EWMA_BOUND) * (1 << EWMA_SHIFT);

	if (!e->set)
		e->scaled = target;
	else if (target >= e->scaled)
		e->scaled += number_muldiv(target - e->scaled, num, den);
	else
		e->scaled -= number_muldiv(e->scaled - target, num, den);
	e->set = true;
	return ewma_value(e, 0);
}

int64_t
ewma_add_after(struct ewma *e, int64_t x, int64_t dt_us, int64_t tau_us)
{
	int64_t dt = clamp(dt_us, EWMA_BOUND), tau = clamp(tau_us, EWMA_BOUND);

	if (tau == 0 || !e->set)
		return ewma_add(e, x, 1, 1);
	if (dt <= 0)
		return ewma_value(e, 0);
	return ewma_add(e, x, dt, tau + dt);
}

int64_t
ewma_value(const struct ewma *e, int64_t none)
{
	int64_t half = (int64_t)1 << (EWMA_SHIFT - 1);

	if (!e->set)
		return none;
	return e->scaled < 0 ? -((-e->scaled + half) >> EWMA_SHIFT) :
			       (e->scaled + half) >> EWMA_SHIFT;
}

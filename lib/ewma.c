/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ewma.h"

/* Weights are brought to this denominator, so that the product of a bounded
 * difference (2^57) and a weight fits into 128 bits with room to spare. */
#define WEIGHT_ONE ((int64_t)1 << 31)

static int64_t
clamp(int64_t v, int64_t bound)
{
	return v > bound ? bound : v < -bound ? -bound : v;
}

int64_t
ewma_add(struct ewma *e, int64_t x, int64_t num, int64_t den)
{
	__extension__ typedef __int128 wide;
	int64_t target = clamp(x, EWMA_BOUND) * (1 << EWMA_SHIFT);

	if (!e->set || num == den)
		e->scaled = target;
	else
		e->scaled += (int64_t)((wide)(target - e->scaled) * num / den);
	e->set = true;
	return ewma_value(e, 0);
}

int64_t
ewma_add_after(struct ewma *e, int64_t x, int64_t dt_us, int64_t tau_us)
{
	int64_t dt = clamp(dt_us, EWMA_BOUND), tau = clamp(tau_us, EWMA_BOUND);
	int64_t num;

	if (tau == 0)
		return ewma_add(e, x, 1, 1);
	/* Both are below 2^41, so the shift stays below 2^63 after the cut. */
	while (tau + dt > WEIGHT_ONE) {
		tau /= 2;
		dt /= 2;
	}
	num = dt > 0 ? dt : (dt_us > 0 ? 1 : 0);
	if (num == 0 && e->set)
		return ewma_value(e, 0);
	return ewma_add(e, x, num > 0 ? num : 1, tau + num);
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

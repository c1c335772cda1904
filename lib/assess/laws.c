/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/laws.h"

const struct law *
law_of(const struct settings *s)
{
	static const struct law *const laws[] = {
		[LAW_CLASSIC] = &law_classic,
		[LAW_ADAPTIVE] = &law_adaptive,
	};

	return laws[s->assess.law];
}

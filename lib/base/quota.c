/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/quota.h"

#include <stddef.h>

static struct quota_kind *
find(struct quota *q, const void *key)
{
	struct quota_kind *k = q->kind;

	while (k < q->kind + QUOTA_KINDS - 1 && k->key != NULL && k->key != key)
		k++;
	if (k->key != key && k->key == NULL)
		k->full_us = INT64_MIN / 2;
	k->key = key;
	return k;
}

bool
quota_allows(struct quota *q, const void *key, int64_t now_us,
    int64_t *left_out)
{
	const int64_t burst_us = (QUOTA_BURST - 1) * (int64_t)QUOTA_PERIOD_US;
	struct quota_kind *k = find(q, key);

	*left_out = 0;
	if (k->full_us - now_us > burst_us) {
		k->left_out++;
		return false;
	}
	*left_out = k->left_out;
	k->left_out = 0;
	k->full_us = (k->full_us > now_us ? k->full_us : now_us) +
	    QUOTA_PERIOD_US;
	return true;
}

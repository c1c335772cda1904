/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steer/diverter.h"

#include <stdio.h>

static const struct diverter_backend *
choose(int64_t backend)
{
	switch (backend) {
	case DIVERTER_COMMAND:
		return &diverter_command;
	case DIVERTER_NFT:
		return &diverter_nft;
	case DIVERTER_RULE:
		return &diverter_rule;
	case DIVERTER_ROUTER:
		return &diverter_router;
	default:
		return &diverter_print;
	}
}

int
diverter_open(struct diverter *d, const struct settings *settings,
    const char *conf)
{
	*d = (struct diverter){ .settings = settings,
		.conf = conf,
		.backend = choose(settings->diverter.backend) };
	return d->backend->open(d);
}

enum failure
diverter_get(struct diverter *d, bool *on)
{
	return d->backend->get(d, on);
}

/* Only a decision that says in so many words that it is none for show. */
enum failure
diverter_carry_out(struct diverter *d, const struct steer *decision)
{
	if (decision->dry_run != 0) {
		(void)snprintf(d->detail, sizeof d->detail,
		    "the decision is a dry run");
		return FAILURE_DRY_RUN;
	}
	return d->backend->set(d, decision->on == 1);
}

void
diverter_close(struct diverter *d)
{
	d->backend->close(d);
}

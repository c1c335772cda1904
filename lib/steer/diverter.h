/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever moves latency-sensitive traffic to the other line, behind one face:
 * an element of a set of nftables, a routing rule, a rule of a router's
 * firewall, a program of the user's, or nothing at all.
 *
 * After a failure, `detail` has the sentence for people. Each call is
 * idempotent and takes no longer than [diverter] timeout.
 */
#ifndef DIVERTER_H
#define DIVERTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "conf/settings.h"
#include "record/messages.h"
#include "router/router_client.h"

#define DIVERTER_DETAIL 256

struct diverter;

struct diverter_backend {
	int (*open)(struct diverter *d); /* 0, or -1 with errno */
	enum failure (*get)(struct diverter *d, bool *on);
	enum failure (*set)(struct diverter *d, bool on);
	void (*close)(struct diverter *d);
};

struct diverter {
	const struct settings *settings;
	const char *conf; /* the configuration's file, for router */
	const struct diverter_backend *backend;
	char detail[DIVERTER_DETAIL];
	bool print_on;    /* print */
	void *nft;        /* nft: struct nft_ctx */
	int64_t commands; /* nft: with that one */
	struct router_client router;
};

extern const struct diverter_backend diverter_print, diverter_command,
    diverter_nft, diverter_rule, diverter_router;

/* Chooses by [diverter] backend. 0, or -1 with errno. */
int diverter_open(struct diverter *d, const struct settings *settings,
    const char *conf);

enum failure diverter_get(struct diverter *d, bool *on);

/* Carries out a decision; one with dry_run=1 is refused, whatever the
 * backend: "dry_run". */
enum failure diverter_carry_out(struct diverter *d,
    const struct steer *decision);

void diverter_close(struct diverter *d);

#endif

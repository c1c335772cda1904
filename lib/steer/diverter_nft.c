/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backend nft: an element of a set is there while traffic is diverted.
 * The set, and the rules that look at it, are the user's and never touched.
 */
#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "steer/diverter.h"

#define COMMAND (2 * SETTINGS_TEXT_MAX + 64)

/* The library keeps a little of each command that fails, and to ask for what is
 * not there is one; so it is begun anew now and then. */
#define COMMANDS_MAX 64

static void
nft_close(struct diverter *d)
{
	if (d->nft != NULL)
		nft_ctx_free(d->nft);
	d->nft = NULL;
}

static int
nft_open(struct diverter *d)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	d->nft = nft;
	d->commands = 0;
	if (nft != NULL && nft_ctx_buffer_output(nft) == 0 &&
	    nft_ctx_buffer_error(nft) == 0)
		return 0;
	nft_close(d);
	errno = ENOMEM;
	return -1;
}

/* Neither may end a command and begin another. */
static bool
is_plain(const char *text)
{
	return text[strcspn(text, ";{}\"'#\\$")] == '\0';
}

/* 0, or not: then the words of the library are in detail. */
static int
run(struct diverter *d, const char *verb, bool with_element)
{
	const char *set = d->settings->diverter.set;
	const char *element = d->settings->diverter.element;
	char command[COMMAND];
	const char *words;

	if (!is_plain(set) || !is_plain(element)) {
		(void)snprintf(d->detail, sizeof d->detail,
		    "set or element of [diverter] is not a plain name");
		return -1;
	}
	if (d->nft == NULL || d->commands++ == COMMANDS_MAX) {
		nft_close(d);
		if (nft_open(d) == -1) {
			(void)snprintf(d->detail, sizeof d->detail, "nft: %s",
			    strerror(errno));
			return -1;
		}
	}
	(void)snprintf(command, sizeof command,
	    with_element ? "%s %s { %s }" : "%s %s", verb, set, element);
	if (nft_run_cmd_from_buffer(d->nft, command) == 0)
		return 0;
	words = nft_ctx_get_error_buffer(d->nft);
	(void)snprintf(d->detail, sizeof d->detail, "nft %.100s: %.*s", command,
	    (int)strcspn(words, "\n"), words);
	text_printable(d->detail);
	return -1;
}

/* A missing element and a missing set are refused with the same words, so the
 * set is asked for too. */
static enum failure
nft_get(struct diverter *d, bool *on)
{
	char detail[DIVERTER_DETAIL];
	bool missing;

	if ((*on = run(d, "get element", true) == 0))
		return WORKED;
	missing = strstr(d->detail, "No such file or directory") != NULL;
	memcpy(detail, d->detail, sizeof detail);
	if (run(d, "list set", false) != 0)
		return FAILURE_MISSING;
	if (missing)
		return WORKED;
	memcpy(d->detail, detail, sizeof detail);
	return FAILURE_FAILED;
}

static enum failure
nft_set(struct diverter *d, bool on)
{
	enum failure why;
	bool is;

	/* To delete what is not there is an error to the library. */
	if ((why = nft_get(d, &is)) != WORKED || is == on)
		return why;
	return run(d, on ? "add element" : "delete element", true) == 0 ?
	    WORKED :
	    FAILURE_FAILED;
}

const struct diverter_backend diverter_nft = { nft_open, nft_get, nft_set,
	nft_close };

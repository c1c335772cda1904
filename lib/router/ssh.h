/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One SSH connection that is kept, over which commands are run one after the
 * other. Everything has a deadline: nothing here waits for longer.
 *
 * The host key must be in the known_hosts file; one that is not there, another
 * one, and one of another type are all refused. Only a public key logs in: no
 * password, no helper of the user's, no file of ssh's own is looked at.
 *
 * After a failure, `detail` has the sentence for people. FAILURE_HOSTKEY and
 * FAILURE_CREDENTIALS last.
 */
#ifndef SSH_H
#define SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

#define SSH_DETAIL 300
#define SSH_REPLY 65536 /* a longer output is refused */

struct ssh_session_struct;

struct ssh_peer {
	const char *address, *user, *known_hosts, *key_file;
	const char *passphrase_file; /* "" if the key has none */
	int port;
	int64_t connect_us, timeout_us;
};

/* Zero-initialised: not connected. */
struct ssh {
	struct ssh_session_struct *session;
	bool connected;
	bool fresh; /* the last ssh_run had connected anew */
	char detail[SSH_DETAIL];
	size_t len;
	char reply[SSH_REPLY];
};

/* Runs a command, connecting first if need be, and leaves what it printed in
 * reply, len. After a failure the connection is closed; *sent says whether the
 * command may have been carried out. */
enum failure ssh_run(struct ssh *s, const struct ssh_peer *peer,
    const char *command, bool *sent);

void ssh_close(struct ssh *s);

/* Fetches the peer's host key without logging in or believing it: the line
 * for known_hosts and its fingerprint. */
#define SSH_KEY_LINE 2048
enum failure ssh_fetch_key(struct ssh *s, const struct ssh_peer *peer,
    char line[static SSH_KEY_LINE], char fingerprint[static 128]);

#endif

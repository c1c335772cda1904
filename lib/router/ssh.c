/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/ssh.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "base/clock.h"
#include "base/text.h"
#include "router/secret.h"
#include "router/tcp.h"

#define KEY_MAX 16384
#define PASSPHRASE_MAX 256

/* Says it and gives the word. */
static enum failure
fail(struct ssh *s, enum failure why, const char *what, const char *more)
{
	(void)snprintf(s->detail, sizeof s->detail, "%s%s%s", what,
	    *more != '\0' ? ": " : "", more);
	text_printable(s->detail);
	return why;
}

/* The library's own words. */
static enum failure
fail_ssh(struct ssh *s, enum failure why, const char *what)
{
	return fail(s, why, what, ssh_get_error(s->session));
}

void
ssh_close(struct ssh *s)
{
	if (s->session == NULL)
		return;
	if (s->connected)
		ssh_silent_disconnect(s->session);
	ssh_free(s->session);
	s->session = NULL;
	s->connected = false;
}

/* Until the connection is ready for more; false when the deadline is past. */
static bool
wait_ready(struct ssh *s, int64_t deadline_us)
{
	int flags = ssh_get_poll_flags(s->session);
	struct pollfd p = { .fd = ssh_get_fd(s->session), .events = POLLIN };
	struct timespec left = clock_until(deadline_us);

	if ((flags & SSH_WRITE_PENDING) != 0)
		p.events |= POLLOUT;
	return ppoll(&p, 1, &left, NULL) != 0;
}

/* --- connecting ----------------------------------------------------------- */

static enum failure
set_options(struct ssh *s, const struct ssh_peer *peer, int fd)
{
	const int no = 0;
	const unsigned port = (unsigned)peer->port;
	ssh_session session = s->session;

	if (ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no) < 0 ||
	    ssh_options_set(session, SSH_OPTIONS_HOST, peer->address) < 0 ||
	    ssh_options_set(session, SSH_OPTIONS_PORT, &port) < 0 ||
	    ssh_options_set(session, SSH_OPTIONS_USER, peer->user) < 0 ||
	    ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS,
		peer->known_hosts) < 0 ||
	    ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS,
		"/dev/null") < 0 ||
	    ssh_options_set(session, SSH_OPTIONS_FD, &fd) < 0)
		return fail_ssh(s, FAILURE_FAILED, "cannot be set up");
	ssh_set_blocking(session, 0);
	return WORKED;
}

static enum failure
handshake(struct ssh *s, const struct ssh_peer *peer, int64_t deadline_us)
{
	const char *detail;
	enum failure why;
	int fd = tcp_connect(peer->address, peer->port, deadline_us, &why,
	    &detail);
	int got;

	if (fd == -1)
		return fail(s, why, "cannot connect to the service ssh",
		    detail);
	s->session = ssh_new();
	if (s->session == NULL) {
		(void)close(fd);
		return fail(s, FAILURE_FAILED, "no memory", "");
	}
	if ((why = set_options(s, peer, fd)) != WORKED) {
		(void)close(fd);
		return why;
	}
	s->connected = true; /* the socket is the library's from here on */
	while ((got = ssh_connect(s->session)) == SSH_AGAIN)
		if (!wait_ready(s, deadline_us))
			return fail(s, FAILURE_TIMEOUT,
			    "no SSH handshake within connect_timeout", "");
	return got == SSH_OK ? WORKED :
			       fail_ssh(s, FAILURE_RESET, "no SSH handshake");
}

static enum failure
check_host_key(struct ssh *s, const struct ssh_peer *peer)
{
	switch (ssh_session_is_known_server(s->session)) {
	case SSH_KNOWN_HOSTS_OK:
		return WORKED;
	case SSH_KNOWN_HOSTS_CHANGED:
		return fail(s, FAILURE_HOSTKEY,
		    "the host key is not the one in known_hosts: either the "
		    "router has a new one, or somebody is in between; if it is "
		    "new, remove the line and run wanctl-router -t",
		    peer->known_hosts);
	case SSH_KNOWN_HOSTS_OTHER:
		return fail(s, FAILURE_HOSTKEY,
		    "the host key is of another type than those in "
		    "known_hosts; if it was changed on purpose, run "
		    "wanctl-router -t",
		    peer->known_hosts);
	case SSH_KNOWN_HOSTS_NOT_FOUND:
	case SSH_KNOWN_HOSTS_UNKNOWN:
		return fail(s, FAILURE_HOSTKEY,
		    "the host key is not known yet; run wanctl-router -t",
		    peer->known_hosts);
	default:
		return fail_ssh(s, FAILURE_HOSTKEY,
		    "the host key cannot be checked");
	}
}

static enum failure
read_key(struct ssh *s, const struct ssh_peer *peer, ssh_key *key)
{
	char text[KEY_MAX], passphrase[PASSPHRASE_MAX] = "";
	const char *wrong = secret_read(peer->key_file, text, sizeof text);
	int got;

	if (wrong != NULL)
		return fail(s, FAILURE_CREDENTIALS, peer->key_file, wrong);
	if (peer->passphrase_file[0] != '\0' &&
	    (wrong = secret_line(peer->passphrase_file, passphrase,
		 sizeof passphrase)) != NULL) {
		secret_wipe(text, sizeof text);
		return fail(s, FAILURE_CREDENTIALS, peer->passphrase_file,
		    wrong);
	}
	/* An empty one, so that nobody is asked for it. */
	got = ssh_pki_import_privkey_base64(text, passphrase, NULL, NULL, key);
	secret_wipe(text, sizeof text);
	secret_wipe(passphrase, sizeof passphrase);
	return got == SSH_OK ? WORKED :
			       fail(s, FAILURE_CREDENTIALS, peer->key_file,
				   "is not a private key, or its passphrase is "
				   "wrong");
}

static enum failure
log_in(struct ssh *s, const struct ssh_peer *peer, int64_t deadline_us)
{
	ssh_key key = NULL;
	enum failure why = read_key(s, peer, &key);
	int got;

	if (why != WORKED)
		return why;
	while ((got = ssh_userauth_publickey(s->session, NULL, key)) ==
	    SSH_AUTH_AGAIN)
		if (!wait_ready(s, deadline_us))
			break;
	ssh_key_free(key);
	switch (got) {
	case SSH_AUTH_SUCCESS:
		return WORKED;
	case SSH_AUTH_AGAIN:
		return fail(s, FAILURE_TIMEOUT,
		    "no answer to the login within "
		    "connect_timeout",
		    "");
	case SSH_AUTH_DENIED:
	case SSH_AUTH_PARTIAL:
		return fail(s, FAILURE_CREDENTIALS,
		    "the router refuses the key of this user", peer->user);
	default:
		return fail_ssh(s, FAILURE_RESET, "the login failed");
	}
}

static enum failure
connect_peer(struct ssh *s, const struct ssh_peer *peer)
{
	int64_t deadline_us = clock_monotonic() + peer->connect_us;
	enum failure why = handshake(s, peer, deadline_us);

	if (why == WORKED)
		why = check_host_key(s, peer);
	if (why == WORKED)
		why = log_in(s, peer, deadline_us);
	if (why != WORKED)
		ssh_close(s);
	return why;
}

/* --- running -------------------------------------------------------------- */

/* Until SSH_AGAIN is over: NULL, or why not. */
#define UNTIL_DONE(s, deadline_us, got, call, what)                    \
	do {                                                           \
		while (((got) = (call)) == SSH_AGAIN)                  \
			if (!wait_ready(s, deadline_us))               \
				return fail(s, FAILURE_TIMEOUT,        \
				    "no answer within timeout", what); \
		if ((got) != SSH_OK)                                   \
			return fail_ssh(s, FAILURE_RESET,              \
			    "lost while it was to " what);             \
	} while (0)

/* One command's answer. */
struct answer {
	struct ssh *ssh;
	bool ended, too_long;
};

/* Standard output is kept; standard error is of no use. */
static int
on_data(ssh_session session, ssh_channel channel, void *data, uint32_t len,
    int is_stderr, void *user)
{
	struct answer *a = user;
	struct ssh *s = a->ssh;

	(void)session;
	(void)channel;
	if (is_stderr)
		return (int)len;
	if (len >= sizeof s->reply - s->len) {
		a->too_long = true;
		return (int)len;
	}
	memcpy(s->reply + s->len, data, len);
	s->len += len;
	return (int)len;
}

static void
on_end(ssh_session session, ssh_channel channel, void *user)
{
	struct answer *a = user;

	(void)session;
	(void)channel;
	a->ended = true;
}

/* The library hands over what it takes from the socket while it takes it
 * (on_data, on_end): it keeps nothing back, so that a wait for the socket is
 * never a wait for what has already come. */
static enum failure
collect(struct ssh *s, ssh_channel channel, const struct answer *a,
    int64_t deadline_us)
{
	for (;;) {
		bool lost = ssh_channel_poll(channel, 0) == SSH_ERROR ||
		    !ssh_is_connected(s->session);

		if (a->too_long)
			return fail(s, FAILURE_GARBLED, "too long an answer",
			    "");
		if (a->ended)
			return WORKED;
		if (lost)
			return fail(s, FAILURE_RESET, "lost during the answer",
			    "");
		if (!wait_ready(s, deadline_us))
			return fail(s, FAILURE_TIMEOUT,
			    "no answer within timeout", "");
	}
}

static enum failure
run_on(struct ssh *s, ssh_channel channel, const char *command,
    const struct answer *a, int64_t deadline_us, bool *sent)
{
	int got;

	UNTIL_DONE(s, deadline_us, got, ssh_channel_open_session(channel),
	    "open a channel");
	*sent = true;
	UNTIL_DONE(s, deadline_us, got,
	    ssh_channel_request_exec(channel, command), "run a command");
	return collect(s, channel, a, deadline_us);
}

static enum failure
run_once(struct ssh *s, const struct ssh_peer *peer, const char *command,
    bool *sent)
{
	int64_t deadline_us = clock_monotonic() + peer->timeout_us;
	struct answer answer = { .ssh = s };
	struct ssh_channel_callbacks_struct on = {
		.userdata = &answer,
		.channel_data_function = on_data,
		.channel_eof_function = on_end,
		.channel_close_function = on_end,
	};
	ssh_channel channel = ssh_channel_new(s->session);
	enum failure why;

	if (channel == NULL)
		return fail(s, FAILURE_FAILED, "no memory", "");
	ssh_callbacks_init(&on);
	s->len = 0;
	if (ssh_set_channel_callbacks(channel, &on) != SSH_OK)
		why = fail(s, FAILURE_FAILED, "no memory", "");
	else
		why = run_on(s, channel, command, &answer, deadline_us, sent);
	/* A channel that the peer has not closed outlives this function. */
	(void)ssh_remove_channel_callbacks(channel, &on);
	ssh_channel_free(channel);
	return why;
}

enum failure
ssh_run(struct ssh *s, const struct ssh_peer *peer, const char *command,
    bool *sent)
{
	enum failure why = WORKED;

	*sent = false;
	s->fresh = false;
	s->len = 0;
	/* A connection that was idle may be gone; that is worth one more
	 * try, as long as the command was not sent. */
	for (int i = 0; i < 2; i++) {
		bool kept = s->session != NULL && ssh_is_connected(s->session);

		if (!kept) {
			ssh_close(s);
			s->fresh = true;
			if ((why = connect_peer(s, peer)) != WORKED)
				return why;
		}
		why = run_once(s, peer, command, sent);
		if (why == WORKED)
			return WORKED;
		ssh_close(s);
		if (!kept || *sent || why == FAILURE_TIMEOUT)
			break;
	}
	return why;
}

/* --- trust ---------------------------------------------------------------- */

enum failure
ssh_fetch_key(struct ssh *s, const struct ssh_peer *peer,
    char line[static SSH_KEY_LINE], char fingerprint[static 128])
{
	enum failure why = handshake(s, peer,
	    clock_monotonic() + peer->connect_us);
	unsigned char *hash = NULL;
	char *text = NULL;
	ssh_key key = NULL;
	size_t len = 0;

	if (why == WORKED &&
	    (ssh_get_server_publickey(s->session, &key) != SSH_OK ||
		ssh_session_export_known_hosts_entry(s->session, &text) !=
		    SSH_OK ||
		!text_copy(line, SSH_KEY_LINE, text, strlen(text)) ||
		ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash,
		    &len) != 0))
		why = fail_ssh(s, FAILURE_FAILED, "no host key");
	ssh_string_free_char(text);
	text = why == WORKED ?
	    ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, len) :
	    NULL;
	if (text != NULL)
		text_copy(fingerprint, 128, text, strlen(text));
	ssh_string_free_char(text);
	ssh_clean_pubkey_hash(&hash);
	ssh_key_free(key);
	ssh_close(s);
	return why;
}

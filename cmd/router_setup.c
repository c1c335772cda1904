/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom to trust, and what is wrong with a router: asked by people. */
#include "router_setup.h"

#include "program.h"
#include "router/discovery.h"

/* --- trust ---------------------------------------------------------------- */

static bool
agreed(bool yes, const char *question)
{
	char answer[16];

	if (yes)
		return true;
	printf("%s [yes/no] ", question);
	(void)fflush(stdout);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	    strncmp(answer, "yes", 3) == 0;
}

static int
trust_ssh(const struct settings *s, struct transport *t, bool yes)
{
	static char line[SSH_KEY_LINE];
	struct ssh_peer peer = transport_peer(s);
	char fingerprint[128] = "";
	enum failure why = ssh_fetch_key(&t->ssh, &peer, line, fingerprint);
	FILE *f;

	if (peer.known_hosts[0] == '\0')
		program_die(STATUS_CONFIG,
		    "no known_hosts in [router]: the file for its key");
	if (why != WORKED) {
		program_warn("%s: ssh: %s: %s", peer.address,
		    failure_words[why], t->ssh.detail);
		return STATUS_RETRY;
	}
	printf("%s: the host key is %s\n", peer.address, fingerprint);
	if (!agreed(yes, "Is it the router's?"))
		return STATUS_NO;
	f = fopen(peer.known_hosts, "ae");
	if (f == NULL)
		program_fail(STATUS_OS, "%s", peer.known_hosts);
	fprintf(f, "%s%s", line, strchr(line, '\n') == NULL ? "\n" : "");
	if (fclose(f) == EOF)
		program_fail(STATUS_OS, "%s", peer.known_hosts);
	printf("added to %s\n", peer.known_hosts);
	return STATUS_OK;
}

/* As a whole, whatever happens. */
static void
keep_pin(const char *path, const char *pin)
{
	char new[SETTINGS_TEXT_MAX + 8];
	FILE *f;

	(void)snprintf(new, sizeof new, "%s.new", path);
	f = fopen(new, "we");
	if (f == NULL)
		program_fail(STATUS_OS, "%s", new);
	fprintf(f, "%s\n", pin);
	if (fclose(f) == EOF || rename(new, path) == -1)
		program_fail(STATUS_OS, "%s", path);
	printf("kept in %s\n", path);
}

static int
trust_rest(const struct settings *s, struct transport *t, bool yes)
{
	struct rest *r = &t->rest;
	struct rest_peer peer = { .address = s->router.address,
		.user = s->router.user,
		.password_file = "",
		.ca_file = "",
		.pin = "",
		.tls_name = s->router.tls_name,
		.port = (int)s->router.rest_port,
		.connect_us = s->router.connect_us,
		.timeout_us = s->router.timeout_us };
	enum failure why = rest_fetch_pin(r, &peer);

	if (why != WORKED) {
		program_warn("%s: rest: %s: %s", peer.address,
		    failure_words[why], r->detail);
		return STATUS_RETRY;
	}
	if (s->router.pin[0] != '/') {
		printf("%s: if the certificate is the router's, in [router]:\n"
		       "pin = %s\n",
		    peer.address, r->pin);
		return STATUS_OK;
	}
	printf("%s: the key of the certificate is %s\n", peer.address, r->pin);
	if (!agreed(yes, "Is it the router's?"))
		return STATUS_NO;
	keep_pin(s->router.pin, r->pin);
	return STATUS_OK;
}

int
router_trust(const struct settings *s, struct transport *t, bool yes)
{
	const int64_t ways[] = { s->router.transport, s->router.fallback };
	int status = STATUS_OK;

	for (int i = 0; i < 2; i++) {
		int got = STATUS_OK;

		if (i == 1 && ways[1] == ways[0])
			break;
		if (ways[i] == TRANSPORT_SSH || ways[i] == TRANSPORT_SSH_TC)
			got = trust_ssh(s, t, yes);
		else if (ways[i] == TRANSPORT_REST && s->router.insecure == 0)
			got = trust_rest(s, t, yes);
		if (got != STATUS_OK)
			status = got;
	}
	program_close_stdout();
	return status;
}

/* --- discover ------------------------------------------------------------- */

struct menu {
	struct discovery *found;
	enum discovery_menu menu;
};

static void
take_row(void *user, const char *const value[])
{
	const struct menu *m = user;

	discovery_add(m->found, m->menu, value);
}

static void
tell_line(void *user, bool wrong, const char *line)
{
	(void)user;
	printf("%s%s\n", wrong ? "wrong: " : "", line);
}

static int
not_discovered(const struct settings *s, struct transport *t, enum failure why)
{

	program_warn("%s: %s: %s: %s", s->router.address, t->ops->name,
	    failure_words[why], t->detail);
	return transport_is_down(why) ? STATUS_RETRY : STATUS_NO;
}

/* Where there are no menus: whether both queues are what they should be. */
static int
discover_queues(const struct settings *s, struct transport *t)
{
	struct routeros_queue q[DIRECTIONS];
	enum failure why = t->ops->get_queues(t, q);

	if (why != WORKED)
		return not_discovered(s, t, why);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (settings_has_queue(s, dir))
			printf("queue %s: %lld bit/s\n", s->router.queue[dir],
			    (long long)q[dir].bps);
	printf("nothing is wrong with that\n");
	program_close_stdout();
	return STATUS_OK;
}

/* A menu that nothing asks for need not be there. */
static enum failure
list_menu(const struct settings *s, struct transport *t, struct menu *m)
{
	const struct discovery_list *of = &discovery_lists[m->menu];
	enum failure why = t->ops->list(t, of->menu, of->properties, take_row,
	    m);

	if ((why != FAILURE_MISSING && why != FAILURE_UNSUPPORTED) ||
	    discovery_needs(s, m->menu))
		return why;
	m->found->absent[m->menu] = true;
	return WORKED;
}

/* Reads only. */
int
router_discover(const struct settings *s, struct transport *t)
{
	static struct discovery found;
	int wrong;

	if (t->ops->list == NULL)
		return discover_queues(s, t);

	for (int i = 0; i < DISCOVERY_MENUS; i++) {
		struct menu m = { &found, (enum discovery_menu)i };
		enum failure why = list_menu(s, t, &m);

		if (why != WORKED)
			return not_discovered(s, t, why);
	}
	wrong = discovery_tell(&found, s, tell_line, NULL);
	if (wrong == 0)
		printf("nothing is wrong with that\n");
	program_close_stdout();
	return wrong == 0 ? STATUS_OK : STATUS_NO;
}

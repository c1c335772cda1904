/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/rest.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/text.h"
#include "router/secret.h"
#include "router/tcp.h"

#define PASSWORD_MAX 256
#define HEADER_MAX 1024
#define URL_MAX 2048
#define NOWHERE "::127.0.0.1:" /* for CURLOPT_CONNECT_TO: of any host */

static enum failure
fail(struct rest *r, enum failure why, const char *what, const char *more)
{
	(void)snprintf(r->detail, sizeof r->detail, "%s%s%s", what,
	    *more != '\0' ? ": " : "", more);
	text_printable(r->detail);
	return why;
}

/* --- libcurl's memory, in which it puts the password into requests ----- */

static void
wipe_and_free(void *p)
{
	if (p == NULL)
		return;
	secret_wipe(p, malloc_usable_size(p));
	free(p);
}

static void *
wipe_and_move(void *p, size_t size)
{
	size_t old = p == NULL ? 0 : malloc_usable_size(p);
	void *to = malloc(size);

	if (to != NULL && p != NULL) {
		memcpy(to, p, old < size ? old : size);
		wipe_and_free(p);
	}
	return to;
}

void
rest_prepare(void)
{
	(void)curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe_and_free,
	    wipe_and_move, strdup, calloc);
}

/* --- ending ------------------------------------------------------------ */

/* The header with the password in it is wiped before it is given back. */
void
rest_close(struct rest *r)
{
	struct curl_slist *h;

	if (r->curl != NULL)
		curl_easy_cleanup(r->curl);
	for (h = r->headers; h != NULL; h = h->next)
		secret_wipe(h->data, strlen(h->data));
	curl_slist_free_all(r->headers);
	curl_slist_free_all(r->connect_to);
	r->curl = r->headers = r->connect_to = NULL;
	r->open = false;
}

/* --- setting up ----------------------------------------------------------- */

static void
base64(char *out, const char *in)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(in);

	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned)(unsigned char)in[i] << 16;

		if (i + 1 < len)
			v |= (unsigned)(unsigned char)in[i + 1] << 8;
		if (i + 2 < len)
			v |= (unsigned char)in[i + 2];
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = i + 1 < len ? digits[v >> 6 & 63] : '=';
		*out++ = i + 2 < len ? digits[v & 63] : '=';
	}
	*out = '\0';
}

static bool
add_header(struct rest *r, const char *header)
{
	struct curl_slist *more = curl_slist_append(r->headers, header);

	if (more == NULL)
		return false;
	r->headers = more;
	return true;
}

static enum failure
add_headers(struct rest *r, const struct rest_peer *peer)
{
	char password[PASSWORD_MAX], plain[PASSWORD_MAX * 2];
	char header[HEADER_MAX] = "Authorization: Basic ";
	const char *wrong = secret_line(peer->password_file, password,
	    sizeof password);
	bool done;

	if (wrong != NULL)
		return fail(r, FAILURE_CREDENTIALS, peer->password_file, wrong);
	(void)snprintf(plain, sizeof plain, "%s:%s", peer->user, password);
	base64(header + strlen(header), plain);
	/* Exactly this type, and no word about waiting before the body. */
	done = add_header(r, header) &&
	    add_header(r, "Content-Type: application/json") &&
	    add_header(r, "Accept: application/json") &&
	    add_header(r, "Expect:");
	secret_wipe(password, sizeof password);
	secret_wipe(plain, sizeof plain);
	secret_wipe(header, sizeof header);
	return done ? WORKED : fail(r, FAILURE_FAILED, "no memory", "");
}

/* A connection is opened only when that was asked for, and by us: the library
 * waits for names without end, and for one address after the other. What it
 * takes for the address is NOWHERE. */
static curl_socket_t
on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct rest *r = user;
	const char *detail;
	int fd;

	(void)purpose;
	(void)address;
	if (!r->may_open)
		return CURL_SOCKET_BAD;
	r->opened = true;
	fd = tcp_connect(r->peer->address, r->peer->port,
	    clock_monotonic() + r->peer->connect_us, &r->no_socket, &detail);
	if (fd != -1)
		return fd;
	(void)fail(r, r->no_socket, "cannot connect to the service www-ssl",
	    detail);
	return CURL_SOCKET_BAD;
}

static int
on_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
	(void)user;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static size_t
on_body(char *data, size_t size, size_t count, void *user)
{
	struct rest *r = user;
	size_t n = size * count;

	if (n > sizeof r->reply - r->len)
		return 0;
	memcpy(r->reply + r->len, data, n);
	r->len += n;
	return n;
}

#define SET(option, value)                                        \
	if (curl_easy_setopt(r->curl, option, value) != CURLE_OK) \
	return fail(r, FAILURE_FAILED, "this libcurl cannot do", #option)

/* Nothing in it is secret. */
static enum failure
read_pin(struct rest *r, const char *path, char pin[static REST_PIN])
{
	static const char what[] =
	    "the file of pin cannot be used; run wanctl-router -t";
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL)
		return fail(r, FAILURE_CERTIFICATE, what, strerror(errno));
	len = fread(pin, 1, REST_PIN - 1, f);
	(void)fclose(f);
	pin[len] = '\0';
	pin[strcspn(pin, "\r\n")] = '\0';
	return strncmp(pin, "sha256//", 8) == 0 ?
	    WORKED :
	    fail(r, FAILURE_CERTIFICATE, what, path);
}

static enum failure
set_tls(struct rest *r, const struct rest_peer *peer)
{
	bool ca = peer->ca_file[0] != '\0';
	char pin[REST_PIN];
	enum failure why;

	/* With nothing but a pin, the key is all that counts. */
	SET(CURLOPT_SSL_VERIFYPEER, ca ? 1L : 0L);
	SET(CURLOPT_SSL_VERIFYHOST, ca ? 2L : 0L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (ca) {
		SET(CURLOPT_CAINFO, peer->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	if (peer->pin[0] == '/') {
		if ((why = read_pin(r, peer->pin, pin)) != WORKED)
			return why;
		SET(CURLOPT_PINNEDPUBLICKEY, pin);
	} else if (peer->pin[0] != '\0') {
		SET(CURLOPT_PINNEDPUBLICKEY, peer->pin);
	}
	if (!ca && peer->pin[0] == '\0')
		return fail(r, FAILURE_CERTIFICATE, "neither ca_file nor pin",
		    "");
	return WORKED;
}

static enum failure
set_up(struct rest *r, const struct rest_peer *peer)
{
	r->curl = curl_easy_init();
	if (r->curl == NULL)
		return fail(r, FAILURE_FAILED, "no memory", "");
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_PROTOCOLS_STR, peer->insecure ? "http" : "https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_MAXCONNECTS, 1L);
	SET(CURLOPT_MAXAGE_CONN, 86400L);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_OPENSOCKETDATA, r);
	SET(CURLOPT_SOCKOPTFUNCTION, on_socket);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, r);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(peer->connect_us / 1000));
	return peer->insecure ? WORKED : set_tls(r, peer);
}

/* --- requests ------------------------------------------------------------- */

/* The name of the certificate stands in the URL. */
static enum failure
set_url(struct rest *r, const struct rest_peer *peer, const char *path)
{
	const char *host = peer->tls_name[0] != '\0' ? peer->tls_name :
						       peer->address;
	bool six = strchr(host, ':') != NULL;
	char url[URL_MAX];
	int len = snprintf(url, sizeof url, "%s://%s%s%s:%d%s",
	    peer->insecure ? "http" : "https", six ? "[" : "", host,
	    six ? "]" : "", peer->port, path);

	if (len < 0 || (size_t)len >= sizeof url)
		return fail(r, FAILURE_FAILED, "too long a name", "");
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PATH_AS_IS, 1L);
	if (r->connect_to == NULL)
		r->connect_to = curl_slist_append(NULL, NOWHERE);
	SET(CURLOPT_CONNECT_TO, r->connect_to);
	return WORKED;
}

static enum failure
set_request(struct rest *r, const struct rest_peer *peer, const char *method,
    const char *body, bool anew)
{
	int64_t us = peer->timeout_us + (anew ? peer->connect_us : 0);

	SET(CURLOPT_TIMEOUT_MS, (long)(us / 1000));
	SET(CURLOPT_HTTPHEADER, r->headers);
	if (body == NULL) {
		SET(CURLOPT_HTTPGET, 1L);
	} else {
		SET(CURLOPT_POSTFIELDSIZE, (long)strlen(body));
		SET(CURLOPT_COPYPOSTFIELDS, body);
	}
	SET(CURLOPT_CUSTOMREQUEST, method);
	return WORKED;
}

static enum failure
why_not(struct rest *r, CURLcode code)
{
	const char *text = curl_easy_strerror(code);

	/* Whatever the library makes of that, it was said. */
	if (r->no_socket != WORKED)
		return r->no_socket;
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return fail(r, FAILURE_TIMEOUT, "no answer in time", "");
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return fail(r, FAILURE_CERTIFICATE,
		    "the certificate is not one that ca_file or tls_name "
		    "vouches for",
		    text);
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return fail(r, FAILURE_CERTIFICATE,
		    "the certificate has another key than pin: either the "
		    "router has a new one, or somebody is in between; if it "
		    "is new, run wanctl-router -t",
		    "");
	case CURLE_SSL_CONNECT_ERROR:
		return fail(r, FAILURE_RESET,
		    "no TLS with this service; it may have no certificate",
		    text);
	case CURLE_WRITE_ERROR:
		return fail(r, FAILURE_GARBLED, "too long an answer", "");
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return fail(r, FAILURE_RESET, "lost during the request", text);
	default:
		return fail(r, FAILURE_FAILED, "the request failed", text);
	}
}

static enum failure
prepare(struct rest *r, const struct rest_peer *peer, const char *method,
    const char *path, const char *body, bool anew)
{
	enum failure why = WORKED;

	if (r->curl == NULL && (why = set_up(r, peer)) == WORKED)
		why = add_headers(r, peer);
	if (why == WORKED)
		why = set_url(r, peer, path);
	if (why == WORKED)
		why = set_request(r, peer, method, body, anew);
	if (why != WORKED)
		rest_close(r);
	return why;
}

enum failure
rest_request(struct rest *r, const struct rest_peer *peer, const char *method,
    const char *path, const char *body, bool anew)
{
	enum failure why;
	CURLcode code;

	r->len = 0;
	r->status = 0;
	if (anew && !r->open)
		rest_close(r);
	if (!anew && !r->open)
		return FAILURE_LOST;
	if ((why = prepare(r, peer, method, path, body, anew)) != WORKED)
		return why;
	r->peer = peer;
	r->no_socket = WORKED;
	r->may_open = anew;
	r->opened = false;
	code = curl_easy_perform(r->curl);
	r->may_open = false;
	if (code == CURLE_OK) {
		r->open = true;
		(void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE,
		    &r->status);
		return WORKED;
	}
	why = why_not(r, code);
	/* It was gone already, and another one is not wanted. */
	if (!anew && code == CURLE_COULDNT_CONNECT)
		why = FAILURE_LOST;
	rest_close(r);
	return why;
}

/* --- trust ---------------------------------------------------------------- */

/* The library tells the pin of a key that does not match only to people who
 * debug. */
static int
on_debug(CURL *curl, curl_infotype type, char *data, size_t size, void *user)
{
	static const char word[] = "sha256//";
	struct rest *r = user;
	const char *at;
	size_t len = 0;

	(void)curl;
	if (type != CURLINFO_TEXT ||
	    (at = memmem(data, size, word, strlen(word))) == NULL)
		return 0;
	while (at + len < data + size && at[len] > ' ' && at[len] <= '~')
		len++;
	(void)text_copy(r->pin, sizeof r->pin, at, len);
	return 0;
}

enum failure
rest_fetch_pin(struct rest *r, const struct rest_peer *peer)
{
	struct rest_peer any = *peer;
	enum failure why;

	any.ca_file = "";
	any.pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	r->pin[0] = '\0';
	rest_close(r);
	if ((why = set_up(r, &any)) == WORKED &&
	    (why = set_url(r, &any, "/")) == WORKED &&
	    curl_easy_setopt(r->curl, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
	    curl_easy_setopt(r->curl, CURLOPT_DEBUGFUNCTION, on_debug) ==
		CURLE_OK &&
	    curl_easy_setopt(r->curl, CURLOPT_DEBUGDATA, r) == CURLE_OK) {
		r->peer = peer;
		r->no_socket = WORKED;
		r->may_open = true;
		why = why_not(r, curl_easy_perform(r->curl));
		r->may_open = false;
	}
	rest_close(r);
	return r->pin[0] != '\0' ? WORKED : why;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One HTTPS connection that is kept, for RouterOS's REST interface. Every
 * request has a deadline.
 *
 * A request that may only go over the connection that is there is refused
 * when that is gone, instead of being sent over a new one: what was learnt
 * before (ids) may not be true any more, and nothing is ever sent twice.
 *
 * After a failure, `detail` has the sentence for people.
 */
#ifndef REST_H
#define REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

#define REST_DETAIL 300
#define REST_REPLY (1 << 20) /* a longer body is refused */
#define REST_PIN 80

struct rest_peer {
	const char *address, *user, *password_file;
	const char *ca_file, *tls_name; /* "" if not given */
	const char *pin; /* too; or the file with it, if it begins with '/' */
	int port;
	bool insecure;
	int64_t connect_us, timeout_us;
};

/* Zero-initialised: not connected. */
struct rest {
	void *curl, *headers, *connect_to;
	bool open;     /* a connection is there, as far as is known */
	bool may_open; /* this request may open one */
	bool opened;   /* it did */
	const struct rest_peer *peer; /* it is to this one, */
	enum failure no_socket;       /* why not */
	long status;                  /* of the last reply */
	char detail[REST_DETAIL];
	char pin[REST_PIN]; /* what the peer's key has, as rest_fetch_pin found
			     */
	size_t len;
	char reply[REST_REPLY];
};

/* method is GET, PATCH or POST; path begins with "/rest/" and is sent as it
 * is; body is NULL or JSON. With `anew` it may open a connection. WORKED:
 * there is an answer, whatever its status; FAILURE_LOST: there is no
 * connection, and nothing was sent. */
enum failure rest_request(struct rest *r, const struct rest_peer *peer,
    const char *method, const char *path, const char *body, bool anew);

/* Once, before the first request: memory that libcurl gives back is wiped. */
void rest_prepare(void);

void rest_close(struct rest *r);

/* Fetches the pin of the peer's certificate into r->pin, believing nothing. */
enum failure rest_fetch_pin(struct rest *r, const struct rest_peer *peer);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures round trips to reflectors by ICMP echo, and one-way delays by ICMP
 * time stamps or by STAMP. STAMP is only used where the settings say so, and
 * then alone: UDP probes are for servers whose owner expects them. So is TCP,
 * alone or in place of ICMP where that is blocked.
 *
 *	probing   the rules: schedule, what an answer or silence means (pure)
 *	reflectors  which of them are probed, and which are spares (pure)
 *	stamps    which reflectors are asked for their time stamps (pure)
 *	fallback  when TCP takes the place of ICMP (pure)
 *	echo      a socket with the kernel's time stamps
 *	connector a socket that connects by TCP
 *	resolver  names, in child processes
 *	route     would packets leave by the right device?
 *
 * and here is what joins them: one loop, in which nothing waits for one
 * reflector. The caller pulls:
 *
 *	while ((got = pinger_next(p, &rtt)) is not PINGER_END or _FAILED)
 *		a record; or a note for people; or PINGER_WAIT, then
 *		flush what is to be written, and pinger_wait
 *
 * Names are resolved at the start, and again after PINGER_FAILURES lost probes
 * in a row, not before PINGER_PAUSE_US, which doubles up to PINGER_PAUSE_MOST.
 * Meanwhile the old address is probed. Until a name has an address the first
 * time, at most a time-out long, its turns are left out; from then on its
 * probes are lost, to the host 0.0.0.0 or ::.
 *
 * If a device is given, [ping] device or else [wan] device, sockets are bound
 * to it, so that no probe ever leaves by another one. When it goes away, the
 * probes are lost. When it comes back as a new device of that name, a socket
 * is opened for that; where that is no longer allowed, PINGER_FAILED.
 *
 * A probe that cannot be sent, or that a router refuses, is reported when that
 * is news: for each reflector, or once if all have the same trouble.
 */
#ifndef PINGER_H
#define PINGER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/resolver.h"
#include "conf/settings.h"
#include "probe/connector.h"
#include "probe/echo.h"
#include "probe/egress.h"
#include "probe/probing.h"
#include "probe/reflectors.h"
#include "probe/tcp_fallback.h"
#include "record/messages.h"
#include "record/timeline.h"

#define PINGER_FAILURES 5
#define PINGER_PAUSE_US 5000000
#define PINGER_PAUSE_MOST 320000000
#define PINGER_STAMPLESS 16 /* answers without a stamp: there are none */
#define PINGER_NOTE_MAX 384
#define PINGER_RANDOM 32 /* numbers fetched at once */

enum pinger_got {
	PINGER_END, /* all probes were sent and have a result */
	PINGER_RECORD,
	PINGER_NOTE, /* p->note: something changed that people should know */
	PINGER_WAIT,
	PINGER_FAILED, /* p->note: it cannot go on; start anew */
};

enum pinger_opened {
	PINGER_OPEN,
	PINGER_REFUSED, /* p->note: what the settings say cannot be */
	PINGER_CANNOT,  /* p->note: the system does not allow it */
	PINGER_ASTRAY,  /* p->note: probes would leave by another device */
};

struct pinger_place {
	union address address;
	char text[ADDRESS_TEXT];
};

/* By TCP to one target; one connection at a time. */
struct pinger_way {
	struct connector connector[2]; /* of IPv4 and IPv6 */
	struct connector *busy;        /* one of them; NULL: none is pending */
	uint16_t wire_seq;
	uint64_t token;
	int64_t seq;
	bool readable;
};

struct pinger_target {
	const char *name; /* as in the settings */
	bool named;       /* it is a name, not an address */
	bool twin;        /* its address is that of another target */
	struct pinger_place place, before;
	int64_t moved_seq; /* probes up to this one went to `before` */
	int64_t t_us;      /* of its last record */

	struct resolver resolver;
	int64_t patience_us;  /* until then its turns are left out; 0: over */
	struct backoff again; /* until its name is resolved once more */
	const char *refusal;  /* what was said about the name, or NULL */

	int64_t lost; /* in a row */
	struct stamps_choice choice;
	struct pinger_way way;
	int trouble; /* errno it has, 0: none */
	bool unsaid; /* that was not told yet */
};

/* One per family, for echo or STAMP, and one for time stamp requests. */
struct pinger_socket {
	struct echo echo;
	bool readable, has_events;
	int stampless_in, stampless_out; /* answers in a row without a stamp */
};
#define PINGER_SOCKETS 3
#define PINGER_TCP PINGER_SOCKETS /* stands for a target's own socket */

struct pinger {
	/* Counted: .sent, .answered, .duplicates, .foreign, .impossible. */
	struct probing probing;
	struct reflectors reflectors;
	char note[PINGER_NOTE_MAX];

	const struct settings *settings;
	struct timeline timeline;
	struct egress egress;
	enum stamps_method method; /* what is possible of [ping] method */
	int tcp_port;              /* 0: TCP is not used */
	struct tcp_fallback fallback;
	struct pinger_socket socket[PINGER_SOCKETS];
	struct pinger_target target[PROBING_TARGETS];
	int names; /* resolves them; -1: there are none */
	struct echo_event event[ECHO_EVENTS];
	int events, event_at;
	size_t event_socket;
	int replies;   /* that may be read before it is time for the rest */
	bool draining; /* all that came in is being read */
	bool noted, failed, lost_device;
	int all_trouble;   /* it was told that all active ones have this */
	int64_t unsaid_us; /* until then others may get the same trouble */
	uint64_t random[PINGER_RANDOM];
	size_t random_left;
};

/* Opens the sockets and begins; count 0 is for ever, and only then are there
 * spares. Uses [ping] and [wan] of *s, which must stay; with `later`, the
 * device may come later, and probes are lost until then; runtime_dir is where
 * clock.h looks for the time. Afterwards no capability is needed. */
enum pinger_opened pinger_open(struct pinger *p, const struct settings *s,
    int64_t count, bool later, const char *runtime_dir);

/* After pinger_open: this process can no longer open a file or start another
 * one, nor make a call that measuring does not take. */
void pinger_confine(void);

/* The next event. Never waits. */
enum pinger_got pinger_next(struct pinger *p, struct rtt *rtt);

/* Until there is something to do, or a signal that `mask` lets through. 0, or
 * -1 with errno. */
int pinger_wait(struct pinger *p, const sigset_t *mask);

void pinger_close(struct pinger *p);

#endif

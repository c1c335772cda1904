/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/router_pause.h"

#include <string.h>

#include "record/statefile.h"
#include "router/router_protocol.h"

#define FAILED_MAX 1000000000

struct write_line {
	int64_t t_us;
};
struct pause_line {
	int64_t failed, until_us, last_us;
};
struct router_line {
	int64_t pauses, sectors;
};

static const struct message_field write_fields[] = {
	FIELD_INT(write_line, "t", t_us, true, 0, T_MAX),
};
static const struct message_field pause_fields[] = {
	FIELD_INT(pause_line, "failed", failed, true, 1, FAILED_MAX),
	FIELD_INT(pause_line, "until_t", until_us, true, 0, T_MAX),
	FIELD_INT(pause_line, "last_us", last_us, true, 0, BREAKER_MOST_US),
};
static const struct message_field router_fields[] = {
	FIELD_INT(router_line, "pauses", pauses, true, 0, T_MAX),
	FIELD_INT(router_line, "sectors", sectors, false, 1, T_MAX),
};
static const struct message_kind write_kind = { "wrote", write_fields,
	FIELD_COUNT(write_fields) };
static const struct message_kind pause_kind = { "pause", pause_fields,
	FIELD_COUNT(pause_fields) };

static const struct message_kind router_kind = { "router", router_fields,
	FIELD_COUNT(router_fields) };

const struct message_kind *const router_pause_kinds[] = { &write_kind,
	&pause_kind, &router_kind, NULL };

int64_t
router_pause_pause_us(const struct router_pause *r, int64_t t_us)
{
	int64_t left_us = r->breaker.until_us - t_us;

	return r->breaker.failed == 0 || left_us < 0 ||
		left_us > BREAKER_MOST_US ?
	    0 :
	    left_us;
}

void
router_pause_failed(struct router_pause *r, int64_t t_us, bool lasting,
    uint32_t chance)
{
	breaker_failed(&r->breaker, t_us, lasting, 0, chance);
	if (r->breaker.failed > FAILED_MAX)
		r->breaker.failed = FAILED_MAX;
	r->pauses++;
}

void
router_pause_cooling(struct router_pause *r, int64_t t_us, int64_t retry_us)
{
	if (r->breaker.failed == 0)
		r->breaker.failed = 1;
	r->breaker.until_us = t_us + retry_us;
	r->pauses++;
}

void
router_pause_worked(struct router_pause *r)
{
	breaker_worked(&r->breaker);
}

void
router_pause_learn(struct router_pause *r, int64_t t_us, enum failure why,
    int64_t retry_us, uint32_t chance)
{
	if (why == WORKED)
		router_pause_worked(r);
	else if (retry_us > 0)
		router_pause_cooling(r, t_us, retry_us);
	else
		router_pause_failed(r, t_us, failure_is_lasting(why), chance);
}

void
router_pause_describe(const struct router_pause *r, const struct settings *s,
    int64_t t_us, struct text *t)
{
	const struct limiter *l = &r->limiter;
	const struct pause_line pause = { r->breaker.failed,
		r->breaker.until_us, r->breaker.last_us };

	const struct router_line router = { r->pauses,
		r->sectors > 0 ? r->sectors : NONE };

	if (r->pauses > 0 || r->sectors > 0)
		statefile_add(t, &router_kind, &router);
	if (r->breaker.failed > 0)
		statefile_add(t, &pause_kind, &pause);
	for (size_t i = l->count; i >= 1; i--) {
		const struct write_line line = {
			l->t_us[(l->next + LIMITER_MAX - i) % LIMITER_MAX]
		};

		if (line.t_us <= t_us &&
		    line.t_us > t_us - s->router.write_window_us)
			statefile_add(t, &write_kind, &line);
	}
}

static void
take_counts(struct router_pause *to, const struct router_line *line)
{
	to->pauses = line->pauses;
	to->sectors = line->sectors != NONE ? line->sectors : 0;
}

static const char *
take_line(void *user, const struct record *r)
{
	struct router_pause *to = user;
	union {
		struct write_line wrote;
		struct pause_line pause;
		struct router_line router;
	} line;
	const char *why;
	const struct message_kind *kind = statefile_unpack(router_pause_kinds,
	    &line, r, &why);

	if (kind == &write_kind)
		limiter_wrote(&to->limiter, line.wrote.t_us);
	else if (kind == &pause_kind)
		to->breaker = (struct breaker){ line.pause.failed,
			line.pause.until_us, line.pause.last_us };
	else if (kind == &router_kind)
		take_counts(to, &line.router);
	return why;
}

const char *
router_pause_restore(struct router_pause *r, const char *text)
{
	const char *why;

	*r = (struct router_pause){ 0 };
	why = statefile_each(text, take_line, r);
	if (why != NULL)
		*r = (struct router_pause){ 0 };
	return why;
}

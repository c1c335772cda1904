/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The meaning of a result: the record, troubles, and targets to probe next. */
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "probe/pinger_parts.h"

void
pinger_fill(struct pinger *p, const struct outcome *o, struct rtt *r)
{
	struct pinger_target *t = &p->target[o->target];
	const char *wan = p->settings->wan.name, *method;
	const struct pinger_place *place = pinger_place_of(t, o->seq);
	int64_t now_us = timeline_now(&p->timeline);

	/* Two records of one reflector never have the same time. */
	t->t_us = now_us > t->t_us ? now_us : t->t_us + 1;
	message_clear(&message_rtt, r);
	r->t_us = t->t_us;
	r->seq = o->seq;
	text_copy(r->wan, sizeof r->wan, wan, strlen(wan));
	text_copy(r->host, sizeof r->host, place->text, strlen(place->text));
	method = pinger_by_stamp(p) ? "stamp" :
	    o->connected            ? "tcp" :
	    o->asked_stamps         ? "timestamp" :
				      "icmp";
	text_copy(r->method, sizeof r->method, method, strlen(method));
	if (o->one_way) {
		r->up_us = o->up_us;
		r->down_us = o->down_us;
	}
	if (t->named && text_is_name(t->name, strlen(t->name), WORD_MAX - 1))
		text_copy(r->name, sizeof r->name, t->name, strlen(t->name));
	if (o->us == 0)
		r->lost = 1;
	else
		r->us = o->us;
	if (o->queued_us >= 0)
		r->queued_us = o->queued_us;
	if (o->late)
		r->late = 1;
}

/* Whether all reflectors that are probed have the trouble of this one. */
static bool
is_common(const struct pinger *p, const struct pinger_target *t)
{
	size_t n = 0;

	for (size_t i = 0; i < p->probing.targets; i++) {
		if (!pinger_has_address(&p->target[i]) ||
		    !p->reflectors.one[i].active)
			continue;
		if (p->target[i].trouble != t->trouble)
			return false;
		n++;
	}
	return n > 1;
}

/* The others get their turn before it is told, as all may have the same. */
void
pinger_trouble(struct pinger *p, struct pinger_target *t, int error,
    int64_t now_us)
{
	if (t->trouble == error)
		return;
	t->trouble = error;
	if (p->all_trouble == error)
		return;
	t->unsaid = true;
	if (p->unsaid_us == 0)
		p->unsaid_us = now_us + p->probing.interval_us * 3 / 2;
	if (!is_common(p, t))
		return;
	pinger_tell(p, "all reflectors: ", strerror(error), NULL, NULL, NULL);
	p->all_trouble = error;
	p->unsaid_us = 0;
	for (size_t i = 0; i < p->probing.targets; i++)
		p->target[i].unsaid = false;
}

/* Tells one of the troubles that no others share. False if there is none. */
bool
pinger_say_trouble(struct pinger *p)
{
	for (size_t i = 0; i < p->probing.targets; i++) {
		struct pinger_target *t = &p->target[i];

		if (!t->unsaid)
			continue;
		t->unsaid = false;
		pinger_tell(p, pinger_has_address(t) ? t->place.text : t->name,
		    ": ", strerror(t->trouble), NULL, NULL);
		return true;
	}
	p->unsaid_us = 0;
	return false;
}

/* An answer: the trouble is over, and with it that of all. */
static void
recover(struct pinger *p, struct pinger_target *t)
{
	if (t->trouble != 0 && !t->unsaid)
		pinger_tell(p, t->place.text, ": answers again", NULL, NULL,
		    NULL);
	for (size_t i = 0; p->all_trouble != 0 && i < p->probing.targets; i++)
		p->target[i].trouble = 0;
	p->all_trouble = 0;
	t->trouble = 0;
	t->unsaid = false;
}

static const char *
word_of(const struct pinger_target *t)
{
	return pinger_has_address(t) ? t->place.text : t->name;
}

static void
say_replaced(struct pinger *p, const struct replacement *r)
{
	static const char *const words[] = {
		[REFLECTORS_LOSES] = " loses probes",
		[REFLECTORS_SLOWER] = " is much slower than the others",
		[REFLECTORS_DRIFTS] = " became slower, alone",
	};

	pinger_tell(p, word_of(&p->target[r->from]), words[r->fault], ": ",
	    word_of(&p->target[r->to]), " takes its place");
}

/* Lets this result count for or against its reflector. */
static void
judge_reflector(struct pinger *p, const struct outcome *o)
{
	int64_t now_us = clock_monotonic();
	struct replacement r;

	if (reflectors_due_us(&p->reflectors) == INT64_MAX || o->late ||
	    (o->us == 0 && p->lost_device))
		return;
	reflectors_add(&p->reflectors, o->target, now_us - o->us, o->us);
	if (!reflectors_judge(&p->reflectors, p->settings, now_us, &r))
		return;
	probing_replace(&p->probing, r.from, r.to);
	say_replaced(p, &r);
}

static void
learn_fallback(struct pinger *p, const struct outcome *o, int64_t now_us)
{
	char port[NUMBER_MAX];
	static const char *const words[] = {
		"ICMP is answered again",
		"none answers ICMP: half of the probes connect to TCP port ",
		"ICMP seems to be blocked: probes connect to TCP port ",
	};
	enum tcp_fallback_phase phase;

	if (p->tcp_port == 0 || pinger_by_tcp_alone(p) ||
	    !tcp_fallback_learn(&p->fallback, o->connected, o->us != 0, now_us))
		return;
	phase = p->fallback.phase;
	number_format(port, p->tcp_port);
	pinger_tell(p, words[phase], phase == TCP_FALLBACK_ICMP ? NULL : port,
	    NULL, NULL, NULL);
}

void
pinger_learn(struct pinger *p, const struct outcome *o)
{
	struct pinger_target *t = &p->target[o->target];
	struct connector *busy = t->way.busy;

	judge_reflector(p, o);
	if (o->connected && busy != NULL && t->way.seq == o->seq) {
		t->way.busy = NULL;
		connector_abandon(busy);
	}
	/* A probe that was never sent says nothing about its target. */
	if (!o->connected && (o->us != 0 || !p->lost_device))
		stamps_learn(&t->choice, o->asked_stamps, o->us != 0,
		    o->one_way, clock_monotonic());
	learn_fallback(p, o, clock_monotonic());
	if (o->us == 0) {
		t->lost++;
		return;
	}
	t->lost = 0;
	/* A pause that has begun stays; the next one is a first one. */
	t->again.pause_us = 0;
	recover(p, t);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An internet line to close the loop over: our shaper in front of a
 * provider's buffer in each direction, a path, and reflectors behind it.
 *
 * Fluid model in steps of 5 ms. A direction carries min(demand, shaper); what
 * exceeds its capacity waits in the buffer, and what the buffer cannot hold is
 * lost. A probe sent at t returns after the queue of then, path, jitter, and
 * the queue that it finds there, late if that is past its time-out; when a
 * buffer is full it may be dropped like any packet. Everything random comes
 * from one seed.
 */
#ifndef MODEL_H
#define MODEL_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "record/zone.h"

#define MODEL_STEP_US 5000
#define MODEL_FLIGHT 64
#define MODEL_HOSTS 8

struct model_direction {
	double capacity_bps, buffer_s; /* buffer in seconds at nominal rate */
	double nominal_bps;
	double demand_bps; /* what users would send; HUGE_VAL is TCP */
	double shaper_bps;
	double queue_bits;
	double sent_bits;     /* through the shaper */
	double served_bits;   /* through the line */
	double possible_bits; /* what the line could have carried */
};

struct model_probe {
	int64_t due_us, sent_us; /* due 0: free */
	int64_t give_up_us;
	int host;
	bool lost;            /* never answered */
	bool late;            /* given up already; the answer still comes */
	bool back;            /* it has come to the queue of the download */
	double rtt_us, up_us; /* the round trip, and the way up of it */
};

struct model {
	int64_t t_us;
	uint64_t seed;
	struct model_direction dir[DIRECTIONS];
	double path_us, jitter_us; /* mean of an exponential */
	double loss;               /* 0..1 */
	double spike;              /* probability of a 200 ms outlier */
	bool blackout;
	bool one_way; /* reflectors stamp their time */
	double offset_us,
	    skew; /* of their clocks: a constant, seconds a second */
	int hosts, next_host;
	double further_us[MODEL_HOSTS]; /* the path to that reflector alone */
	int inside; /* so many of the last are before the queues */
	int64_t seq;
	struct model_probe probe[MODEL_FLIGHT];
};

static inline double
model_random(struct model *m)
{
	/* splitmix64 */
	uint64_t z = (m->seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static inline void
model_init(struct model *m, uint64_t seed, double down_bps, double up_bps,
    double path_us)
{
	const double nominal[DIRECTIONS] = { down_bps, up_bps };

	memset(m, 0, sizeof *m);
	m->seed = seed;
	m->t_us = 1000000000;
	m->path_us = path_us;
	m->hosts = 6;
	for (int i = 0; i < DIRECTIONS; i++) {
		m->dir[i].nominal_bps = m->dir[i].capacity_bps = nominal[i];
		m->dir[i].shaper_bps = nominal[i];
		m->dir[i].buffer_s = 0.4;
	}
}

/* Queueing delay of a direction now, in microseconds. */
static inline double
model_delay_us(const struct model_direction *d)
{
	return d->queue_bits / d->capacity_bps * 1e6;
}

/* Bytes waiting in our shaper: windows fill the tightest queue, and CAKE keeps
 * some 5 ms of it. */
static inline double
model_backlog(const struct model_direction *d)
{
	return d->demand_bps > d->shaper_bps &&
		d->shaper_bps < d->capacity_bps ?
	    d->shaper_bps * 0.005 / 8 :
	    0;
}

static inline bool
model_is_full(const struct model_direction *d)
{
	return d->queue_bits >= 0.999 * d->buffer_s * d->nominal_bps;
}

static inline void
model_flow(struct model_direction *d, double dt)
{
	double in = fmin(d->demand_bps, d->shaper_bps) * dt;
	double room = d->buffer_s * d->nominal_bps;
	double served;

	d->sent_bits += in;
	d->possible_bits += fmin(d->demand_bps, d->capacity_bps) * dt;
	d->queue_bits += in;
	served = fmin(d->queue_bits, d->capacity_bps * dt);
	d->queue_bits -= served;
	d->served_bits += served;
	if (d->queue_bits > room)
		d->queue_bits = room;
}

static inline void
model_step(struct model *m)
{
	for (int i = 0; i < DIRECTIONS; i++)
		model_flow(&m->dir[i], MODEL_STEP_US / 1e6);
	m->t_us += MODEL_STEP_US;
}

/* Sends the next probe; its fate is decided at once. Lost ones come due when
 * they time out. */
static inline void
model_probe_send(struct model *m, int64_t timeout_us)
{
	struct model_probe *p = m->probe;

	while (p < m->probe + MODEL_FLIGHT && p->due_us != 0)
		p++;
	if (p == m->probe + MODEL_FLIGHT)
		return;
	p->host = m->next_host;
	p->sent_us = m->t_us;
	m->next_host = (m->next_host + 1) % m->hosts;
	p->rtt_us = m->path_us + m->further_us[p->host] -
	    m->jitter_us * log(1 - model_random(m));
	p->back = p->host >= m->hosts - m->inside;
	p->up_us = p->rtt_us / 2;
	if (!p->back) {
		p->up_us += model_delay_us(&m->dir[UP]);
		p->rtt_us += model_delay_us(&m->dir[UP]);
	}
	if (model_random(m) < m->spike)
		p->rtt_us += 200000;
	p->late = false;
	p->lost = m->blackout || model_random(m) < m->loss;
	for (int i = 0; i < DIRECTIONS; i++)
		if (model_is_full(&m->dir[i]) && model_random(m) < 0.1)
			p->lost = true;
	p->give_up_us = p->due_us = p->sent_us + timeout_us;
	if (!p->lost && p->rtt_us < (double)timeout_us)
		p->due_us = p->sent_us + (int64_t)p->rtt_us;
}

/* The download's queue is at the end of the path. */
static inline void
model_probe_return(const struct model *m, struct model_probe *p)
{
	if (p->due_us == 0 || p->due_us > m->t_us || p->back || p->lost)
		return;
	p->back = true;
	p->rtt_us += model_delay_us(&m->dir[DOWN]);
	p->due_us = p->sent_us + (int64_t)p->rtt_us;
	if (p->due_us > p->give_up_us)
		p->due_us = p->give_up_us;
}

/* What the stamps of a reflector say of the way up; they are whole
 * milliseconds. */
static inline int64_t
model_stamped_us(const struct model *m, const struct model_probe *p)
{
	double clock = m->offset_us + m->skew * (double)p->sent_us;

	return (int64_t)floor((p->up_us + clock) / 1000) * 1000;
}

/* After it was delivered: true if it comes again, late. */
static inline bool
model_probe_again(struct model_probe *p)
{
	bool again = !p->lost && !p->late &&
	    p->due_us < p->sent_us + (int64_t)p->rtt_us;

	p->late = again;
	p->due_us = again ? p->sent_us + (int64_t)p->rtt_us : 0;
	return again;
}

/* The earliest probe that is due by now, or NULL; the caller then calls
 * model_probe_again. */
static inline struct model_probe *
model_probe_due(struct model *m)
{
	struct model_probe *first = NULL;

	for (int i = 0; i < MODEL_FLIGHT; i++) {
		struct model_probe *p = &m->probe[i];

		model_probe_return(m, p);
		if (p->due_us != 0 && p->due_us <= m->t_us &&
		    (first == NULL || p->due_us < first->due_us))
			first = p;
	}
	return first;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/shortfall.h"

#include "base/number.h"

#define SEC 1000000

/* From so many per cent of its rate on it is full. */
#define FULL 98
#define PACKET 1514
/* More growth than this from one half to the other is that of connections. */
#define LEVEL_PPM 30000

/* The same counter that load is told by. */
static int64_t
bytes_of(const struct utilisation *l)
{
	return l->line_bytes != NONE ? l->line_bytes : l->bytes;
}

/* Packets wait in our shaper, and not only one that is being sent. With the
 * line's overhead, which the shaper counts, it may be full at any load. */
bool
shortfall_queues(const struct settings *s, const struct usage *use,
    int64_t rate_bps)
{
	return use->backlog > PACKET &&
	    number_muldiv(use->backlog - PACKET, (int64_t)8 * SEC, rate_bps) >=
	    s->adaptive.backlog_us;
}

bool
shortfall_carries(const struct settings *s, const struct usage *use,
    int64_t rate_bps)
{
	return use->percent >= FULL || shortfall_queues(s, use, rate_bps);
}

static int64_t
rate_between(int64_t from_us, int64_t from, int64_t to_us, int64_t to)
{
	return number_muldiv(to - from, (int64_t)8 * SEC, to_us - from_us);
}

static void
begin(struct shortfall *f, const struct utilisation *l)
{
	f->from_us = l->t_us;
	f->from_bytes = bytes_of(l);
	f->half_us = 0;
}

/* True if it is full, or uses too little to tell. */
static bool
is_explained(struct shortfall *f, const struct settings *s,
    const struct usage *use, int64_t rate_bps, bool jammed, int64_t t_us)
{
	if (shortfall_carries(s, use, rate_bps)) {
		f->full_us = t_us;
		return true;
	}
	return use->percent * 10000 <
	    (jammed ? s->assess.idle_ppm :
		      (s->assess.idle_ppm + s->assess.busy_ppm) / 2);
}

/* Compares the rates of both halves. */
static void
judge_halves(struct shortfall *f, const struct utilisation *l)
{
	int64_t first = rate_between(f->from_us, f->from_bytes, f->half_us,
	    f->half_bytes);
	int64_t second = rate_between(f->half_us, f->half_bytes, l->t_us,
	    bytes_of(l));

	int64_t more = number_part(first, LEVEL_PPM) +
	    rate_between(f->half_us, 0, l->t_us, 2 * PACKET);

	if (second > first + more) {
		begin(f, l);
		return;
	}
	f->from_us = 0;
	f->line_us = l->t_us;
	f->line_bps = second;
}

/* The counters, or the clock, began anew. */
static bool
is_broken(const struct shortfall *f, const struct utilisation *l)
{
	return f->from_us != 0 &&
	    (f->from_us >= l->t_us || bytes_of(l) < f->from_bytes ||
		(f->half_us != 0 &&
		    (f->half_us >= l->t_us || f->half_us <= f->from_us ||
			bytes_of(l) < f->half_bytes ||
			f->half_bytes < f->from_bytes)));
}

void
shortfall_add(struct shortfall *f, const struct settings *s,
    const struct utilisation *l, const struct usage *use, int64_t rate_bps,
    bool jammed)
{
	int64_t age_us = l->t_us - f->from_us;

	if (f->full_us > l->t_us || is_broken(f, l))
		*f = (struct shortfall){ 0 };
	/* The first reading of a pass. */
	if (use->percent == NONE)
		return;
	if (is_explained(f, s, use, rate_bps, jammed, l->t_us)) {
		f->from_us = f->line_bps = 0;
	} else if (f->from_us == 0) {
		if (f->full_us != 0 &&
		    l->t_us - f->full_us <= s->adaptive.active_us &&
		    f->line_bps == 0)
			begin(f, l);
	} else if (f->half_us == 0) {
		if (age_us * 2 >= s->assess.blackout_watch_us) {
			f->half_us = l->t_us;
			f->half_bytes = bytes_of(l);
		}
	} else if (age_us >= s->assess.blackout_watch_us) {
		judge_halves(f, l);
	}
}

bool
shortfall_is_near(const struct shortfall *f)
{
	return f->from_us != 0 && f->half_us != 0;
}

void
shortfall_follow(struct shortfall *f, int64_t t_us)
{
	f->full_us = t_us;
	f->from_us = f->line_bps = 0;
}

void
shortfall_defer(struct shortfall *f, const struct settings *s, int64_t t_us)
{
	if (f->full_us != 0 &&
	    (f->from_us != 0 || f->line_bps != 0 ||
		t_us - f->full_us <= s->adaptive.active_us))
		shortfall_follow(f, t_us);
}

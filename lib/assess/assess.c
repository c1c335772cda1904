/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/assess.h"

#include <string.h>

#include "assess/assess_parts.h"
#include "base/text.h"

/* While shares are known, a reflector that does not tell is not asked. */
#define ONEWAY_FRESH_US 1000000

/* What the slowest lines carry: less is no load. */
#define CARRIED_LEAST_BPS 1000000

/* Delays of other reflectors this old say nothing about a new one's. */
#define WELCOME_US 2000000

/* A path that alone was longer for so long is longer. */
#define ALONE_US 2000000
/* Delays of another one that are older than this are of another queue. */
#define SHARED_US 500000

const char *
assess_method(const char *method)
{
	return strcmp(method, "tcp") == 0 || strcmp(method, "stamp") == 0 ?
	    method :
	    "";
}

void
assess_init(struct assess *a, const struct settings *s, const struct law *law)
{
	memset(a, 0, sizeof *a);
	a->law = law;
	for (int i = 0; i < DIRECTIONS; i++)
		a->dir[i].rate_bps = s->dir[i].managed != 0 ?
		    s->dir[i].base_bps :
		    s->dir[i].ceiling_bps;
}

void
assess_once(struct assess *a)
{
	a->once = true;
}

/* --- time ---------------------------------------------------------------- */

/* The longest silence that means nothing: in pass mode, that between two
 * passes. */
static int64_t
longest_silence(const struct settings *s)
{
	return s->assess.max_age_us > 2 * s->pass.interval_us ?
	    s->assess.max_age_us :
	    2 * s->pass.interval_us;
}

/* After a longer silence the samples before it say nothing about now. A small
 * step back is another reflector's probe, a large one a clock that was set. */
static bool
is_gap(const struct settings *s, int64_t before_us, int64_t t_us)
{
	return t_us - before_us > longest_silence(s) ||
	    before_us - t_us > s->assess.max_age_us;
}

/* Probes begin anew: nobody measured, or the clock was set. */
static void
begin_probes(struct assess *a)
{
	a->lost_us = 0;
	for (size_t i = 0; i < a->paths; i++)
		a->path[i].t_us = a->path[i].answered_us = a->path[i].alone_us =
		    0;
	for (int i = 0; i < DIRECTIONS; i++)
		a->dir[i].cut_us = 0;
}

/* Advances the time of one kind of record. False if this one is stale; *anew
 * if time begins here. */
static bool
advance(struct assess_time *time, const struct settings *s, int64_t t_us,
    bool *anew)
{
	*anew = time->newest_us == 0 ||
	    t_us - time->newest_us > longest_silence(s);
	if (time->newest_us - t_us > s->assess.max_age_us) {
		if (++time->stale_run < ASSESS_STALE_RUN)
			return false;
		*anew = true;
	}
	time->stale_run = 0;
	if (*anew || t_us > time->newest_us)
		time->newest_us = t_us;
	return true;
}

/* --- a clock that was set back ----------------------------------------- */

static void
forget_if_later(int64_t *t_us, int64_t newest_us)
{
	if (*t_us > newest_us)
		*t_us = 0;
}

static void
forget_path_later(struct assess_path *path, int64_t newest_us)
{
	forget_if_later(&path->t_us, newest_us);
	forget_if_later(&path->rtt.t_us, newest_us);
	forget_if_later(&path->oneway.t_us, newest_us);
	forget_if_later(&path->answered_us, newest_us);
	forget_if_later(&path->alone_us, newest_us);
	/* A restart knows when it was watched by this alone. */
	if (path->rtt.t_us == 0)
		path->t_us = 0;
	if (path->answered_us > path->rtt.t_us)
		path->answered_us = 0;
}

void
assess_forget_later(struct assess *a, const struct settings *s)
{
	int64_t newest_us = a->rtt_time.newest_us;
	/* Counters have a time of their own. */
	int64_t counted_us = newest_us + s->assess.max_age_us;

	forget_if_later(&a->lost_us, newest_us);
	forget_if_later(&a->sample_us, newest_us);
	forget_if_later(&a->one_way_us, newest_us);
	forget_if_later(&a->waiting.t_us, newest_us);
	for (size_t i = 0; i < a->paths; i++)
		forget_path_later(&a->path[i], newest_us);
	for (int i = 0; i < DIRECTIONS; i++) {
		struct assess_direction *d = &a->dir[i];

		forget_if_later(&d->cut_us, counted_us);
		if (d->shortfall.full_us > counted_us ||
		    d->shortfall.from_us > counted_us ||
		    d->shortfall.half_us > counted_us)
			d->shortfall = (struct shortfall){ 0 };
	}
	a->law->forget_later(&a->state, newest_us);
	/* Of decisions by counters, too. */
	tally_forget_later(&a->tally, counted_us);
}

/* --- reflectors ---------------------------------------------------------- */

/* The entry of a reflector; a new one takes the place of the one that has been
 * silent for longest when the table is full. */
static struct assess_path *
find_path(struct assess *a, const char *host, const char *method)
{
	struct assess_path *oldest = &a->path[0];

	for (size_t i = 0; i < a->paths; i++) {
		if (strcmp(a->path[i].host, host) == 0 &&
		    strcmp(a->path[i].method, method) == 0)
			return &a->path[i];
		if (a->path[i].t_us < oldest->t_us)
			oldest = &a->path[i];
	}
	if (a->paths < SETTINGS_HOSTS)
		oldest = &a->path[a->paths++];
	memset(oldest, 0, sizeof *oldest);
	text_copy(oldest->host, sizeof oldest->host, host, strlen(host));
	text_copy(oldest->method, sizeof oldest->method, method,
	    strlen(method));
	return oldest;
}

/* A path that joins while there is a queue would learn the queue. What the
 * others are above their baselines now is not its own. */
static void
welcome(struct assess *a, const struct settings *s, struct assess_path *path,
    const struct rtt *rtt)
{
	int64_t above_us[SETTINGS_HOSTS], common_us;
	size_t n = 0, at;

	if (s->baseline.initial_us != 0 || path->rtt.value.set)
		return;
	for (size_t i = 0; i < a->paths; i++) {
		const struct assess_path *other = &a->path[i];

		if (other == path || other->answered_us == 0 ||
		    rtt->t_us - other->answered_us > WELCOME_US)
			continue;
		for (at = n++; at > 0 && above_us[at - 1] > other->above_us;
		     at--)
			above_us[at] = above_us[at - 1];
		above_us[at] = other->above_us;
	}
	if (n == 0)
		return;
	common_us = above_us[(n - 1) / 2];
	if (common_us > 0 && common_us < rtt->us)
		baseline_set(&path->rtt, s, rtt->us - common_us);
}

/* The delay that all share is at most the one that two others have: one may be
 * before the queue, and never see it. */
static int64_t
shared_us(const struct assess *a, const struct assess_path *path, int64_t t_us)
{
	int64_t least_us = NONE, second_us = NONE;

	for (size_t i = 0; i < a->paths; i++) {
		const struct assess_path *other = &a->path[i];

		if (other == path || other->answered_us == 0 ||
		    t_us - other->answered_us > SHARED_US)
			continue;
		if (least_us == NONE || other->above_us < least_us) {
			second_us = least_us;
			least_us = other->above_us;
		} else if (second_us == NONE || other->above_us < second_us) {
			second_us = other->above_us;
		}
	}
	return second_us;
}

static void
watch_alone(struct assess *a, const struct settings *s,
    struct assess_path *path, int64_t t_us, int64_t above_us)
{
	int64_t shared = shared_us(a, path, t_us);

	if (shared == NONE || shared > s->baseline.gate_us ||
	    above_us <= s->baseline.gate_us) {
		path->alone_us = 0;
		return;
	}
	if (path->alone_us == 0 || path->alone_us > t_us) {
		path->alone_us = t_us;
		path->more_us = above_us;
	}
	if (above_us < path->more_us)
		path->more_us = above_us;
	if (t_us - path->alone_us < ALONE_US)
		return;
	path->alone_us = 0;
	baseline_set(&path->rtt, s, baseline_us(&path->rtt, 0) + path->more_us);
}

/* --- use ------------------------------------------------------------------ */

struct assess_moment
assess_moment_at(const struct assess *a, int64_t t_us)
{
	struct assess_moment now = { .t_us = t_us };

	for (int i = 0; i < DIRECTIONS; i++) {
		const struct assess_direction *d = &a->dir[i];

		now.use[i] = utilisation_at(&d->load, d->rate_bps, t_us);
		/* In a pass the counters are read before the answers are, and
		 * all are of one rate. */
		if (a->once)
			now.use[i].measured_us = d->load.span_us;
	}
	return now;
}

bool
assess_is_loaded(const struct settings *s, const struct usage *use)
{
	return use->percent != NONE &&
	    use->percent >= s->assess.busy_ppm / 10000;
}

/* Counts nothing worth the name: what a person at rest uses. Half of the rate
 * would not do: when the capacity collapses, little arrives and all of it
 * queues. */
static bool
is_idle(const struct settings *s, const struct usage *use)
{
	return use->percent != NONE &&
	    use->percent < s->assess.idle_ppm / 10000;
}

/* A round trip crosses both directions. */
static enum activity
activity_of(const struct settings *s, const struct assess_moment *now)
{
	if (assess_is_loaded(s, &now->use[DOWN]) ||
	    assess_is_loaded(s, &now->use[UP]))
		return ACTIVITY_BUSY;
	return is_idle(s, &now->use[DOWN]) && is_idle(s, &now->use[UP]) ?
	    ACTIVITY_IDLE :
	    ACTIVITY_UNKNOWN;
}

/* --- verdicts ------------------------------------------------------------- */

static void
put_word(char out[static WORD_MAX], const char *word)
{
	text_copy(out, WORD_MAX, word, strlen(word));
}

void
assess_decide(struct assess *a, const struct settings *s, int dir,
    const struct assess_moment *now, const struct law_verdict *verdict,
    int64_t base_us, struct verdict *v)
{
	struct assess_direction *d = &a->dir[dir];
	struct rate *r = &v->rate[v->count++];
	bool managed = s->dir[dir].managed != 0;
	enum rate_reason why = managed ? verdict->why : RATE_UNMANAGED;

	message_clear(&message_rate, r);
	r->t_us = now->t_us;
	text_copy(r->wan, sizeof r->wan, s->wan.name, strlen(s->wan.name));
	r->dir = dir;
	r->bps = managed ? verdict->rate_bps : NONE;
	r->was = managed ? d->rate_bps : NONE;
	r->state = verdict->zone;
	r->delta_us = verdict->delta_us;
	r->base_us = base_us;
	r->load = now->use[dir].percent;
	r->goodput = now->use[dir].goodput_bps;
	put_word(r->evidence, evidence_words[verdict->evidence]);
	put_word(r->why, rate_reasons[why].word);
	tally_decision(&a->tally, r, why, longest_silence(s));
	if (managed)
		d->rate_bps = verdict->rate_bps;
	d->zone = verdict->zone;
	d->last = *r;
}

/* The path became longer, that of every reflector. Of round trips alone, each
 * direction saw the whole of it. */
static void
lengthen(struct assess *a, const struct settings *s, bool one_way,
    int64_t down_us, int64_t up_us)
{
	int64_t more_us = one_way || up_us == 0 || down_us == 0 ?
	    up_us + down_us :
	    up_us;

	for (size_t i = 0; i < a->paths && more_us > 0; i++) {
		struct baseline *b = &a->path[i].rtt;

		if (b->value.set)
			baseline_set(b, s, baseline_us(b, 0) + more_us);
		if (one_way)
			oneway_lengthen(&a->path[i].oneway, up_us, down_us);
	}
}

static void
ask_law(struct assess *a, const struct settings *s, const struct law_input *in,
    struct verdict *v)
{
	struct assess_moment now = { .t_us = in->t_us };
	struct law_output out;

	for (int i = 0; i < DIRECTIONS; i++)
		now.use[i] = in->dir[i].use;
	a->law->step(&a->state, s, in, &out);
	for (int i = 0; i < DIRECTIONS; i++)
		if (out.dir[i].why != RATE_UNDECIDED)
			assess_decide(a, s, i, &now, &out.dir[i], in->base_us,
			    v);
	lengthen(a, s, in->one_way, out.dir[DOWN].longer_us,
	    out.dir[UP].longer_us);
}

/* Each direction's share of a delay. False if the sample does not tell, and
 * those of other reflectors do. */
static bool
share_delay(struct assess *a, const struct settings *s,
    struct assess_path *path, const struct rtt *rtt, struct law_input *in)
{
	int64_t share_us[DIRECTIONS] = { in->above_us, in->above_us };

	if (a->law->wants_shares) {
		in->one_way = oneway_add(&path->oneway, rtt, in->above_us,
		    s->baseline.gate_us, share_us);
		if (in->one_way)
			a->one_way_us = in->t_us;
		else if (a->one_way_us != 0 && in->t_us - a->one_way_us >= 0 &&
		    in->t_us - a->one_way_us < ONEWAY_FRESH_US)
			return false;
	}
	for (int i = 0; i < DIRECTIONS; i++)
		in->dir[i].delta_us = share_us[i];
	return true;
}

/* A new sample for the law. */
static void
take_sample(struct assess *a, const struct settings *s,
    struct assess_path *path, const struct rtt *rtt,
    const struct assess_moment *now, int64_t above_us, struct verdict *v)
{
	struct law_input in = { .t_us = now->t_us,
		.base_us = baseline_us(&path->rtt, 0),
		.above_us = above_us,
		.pace_us = a->once ? s->pass.interval_us : 0 };

	if (is_gap(s, a->sample_us, rtt->t_us))
		a->law->forget(&a->state);
	if (!share_delay(a, s, path, rtt, &in))
		return;
	for (int i = 0; i < DIRECTIONS; i++) {
		in.dir[i].rate_bps = a->dir[i].rate_bps;
		in.dir[i].use = now->use[i];
	}
	a->sample_us = in.t_us;
	if (!a->once || a->law->note == NULL) {
		ask_law(a, s, &in, v);
		return;
	}
	if (a->waiting.t_us != 0)
		a->law->note(&a->state, &a->waiting);
	a->waiting = in;
}

/* --- records ------------------------------------------------------------- */

/* Two probes may come out of order by microseconds: a law's time does not run
 * backwards. */
static int64_t
sample_time(const struct assess *a, const struct settings *s, int64_t t_us)
{
	return t_us < a->sample_us && !is_gap(s, a->sample_us, t_us) ?
	    a->sample_us :
	    t_us;
}

/* By the last answer; a pass is decided on at its end. */
static void
note_jams(struct assess *a)
{
	for (int i = 0; i < DIRECTIONS; i++)
		a->dir[i].jammed = a->dir[i].zone > ZONE_GREEN &&
		    a->dir[i].zone != ZONE_BLACKOUT;
}

static void
take_answer(struct assess *a, const struct settings *s,
    struct assess_path *path, const struct rtt *rtt, struct verdict *v)
{
	struct assess_moment now = assess_moment_at(a,
	    sample_time(a, s, rtt->t_us));
	enum activity activity = activity_of(s, &now);
	int64_t before_us = baseline_us(&path->rtt, 0), above_us, base_us;

	a->lost_us = 0;
	if (rtt->us > s->baseline.max_us && activity == ACTIVITY_IDLE)
		memcpy(a->beyond, rtt->host, sizeof a->beyond);
	welcome(a, s, path, rtt);
	above_us = baseline_add(&path->rtt, s, rtt->t_us, rtt->us, activity);
	watch_alone(a, s, path, rtt->t_us, above_us);
	base_us = baseline_us(&path->rtt, 0);
	if (base_us < before_us || base_us - before_us > s->baseline.gate_us)
		oneway_follow(&path->oneway, rtt, above_us,
		    base_us - before_us);
	path->above_us = above_us;
	path->answered_us = rtt->t_us;
	take_sample(a, s, path, rtt, &now, above_us, v);
	note_jams(a);
}

void
assess_rtt(struct assess *a, const struct settings *s, const struct rtt *rtt,
    struct verdict *v)
{
	struct assess_path *path;
	bool anew, back = rtt->t_us < a->rtt_time.newest_us;

	v->count = 0;
	if (!advance(&a->rtt_time, s, rtt->t_us, &anew)) {
		a->stale++;
		return;
	}
	if (anew)
		begin_probes(a);
	if (anew && back)
		assess_forget_later(a, s);
	path = find_path(a, rtt->host, assess_method(rtt->method));
	if (rtt->t_us > path->t_us || rtt->late == 1)
		tally_probe(&a->tally, &path->probes, rtt);
	if (rtt->t_us <= path->t_us) {
		a->repeated++;
		return;
	}
	path->t_us = rtt->t_us;
	if (rtt->us != NONE) {
		take_answer(a, s, path, rtt, v);
		return;
	}
	if (a->lost_us == 0)
		a->lost_us = rtt->t_us > s->ping.timeout_us ?
		    rtt->t_us - s->ping.timeout_us :
		    1;
	assess_silence(a, s, rtt->t_us, false, v);
}

/* Of a direction that is not managed, and nobody has said what it carries: the
 * most that ever passed. */
static void
learn_carried(struct assess_direction *d, const struct direction_settings *ds)
{
	if (ds->ceiling_bps != 0 || d->load.arrival_bps == NONE)
		return;
	if (d->rate_bps < CARRIED_LEAST_BPS)
		d->rate_bps = CARRIED_LEAST_BPS;
	if (d->rate_bps < d->load.arrival_bps)
		d->rate_bps = d->load.arrival_bps;
}

/* What new counters tell of a direction. */
static void
learn_load(struct assess_direction *d, const struct settings *s,
    const struct queue *queue)
{
	struct usage use;

	if (s->dir[queue->dir].managed == 0) {
		learn_carried(d, &s->dir[queue->dir]);
		return;
	}
	use = utilisation_at(&d->load, d->rate_bps, queue->t_us);
	shortfall_add(&d->shortfall, s, &d->load, &use, d->rate_bps,
	    d->jammed != 0);
}

void
assess_queue(struct assess *a, const struct settings *s,
    const struct queue *queue, struct verdict *v)
{
	struct assess_direction *d;
	bool anew;

	v->count = 0;
	if (!advance(&a->queue_time, s, queue->t_us, &anew)) {
		a->stale++;
		return;
	}
	d = &a->dir[queue->dir];
	if (utilisation_add(&d->load, queue))
		learn_load(d, s, queue);
	assess_silence(a, s, queue->t_us, true, v);
}

void
assess_end(struct assess *a, const struct settings *s, struct verdict *v)
{
	v->count = 0;
	if (a->waiting.t_us == 0)
		return;
	ask_law(a, s, &a->waiting, v);
	a->waiting.t_us = 0;
	note_jams(a);
}

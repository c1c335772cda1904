/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The adaptive law's view of a sample, before any rule. */
#include "assess/law_adaptive_parts.h"
#include "base/number.h"

#define MS 1000
#define SEC 1000000
#define PACKET_BITS (1514 * 8)

/* --- what is seen -------------------------------------------------------- */

/* Where the counters are too old to tell, a step down of the usual size. */
static int64_t
capacity_of(const struct adaptive_view *v)
{
	int64_t c = v->in->dir[v->dir].use.arrival_bps;

	if (c == NONE || v->in->dir[v->dir].use.measured_us > ARRIVAL_US)
		return number_part(v->rate_bps, v->s->dir[v->dir].factor_ppm);
	if (v->dir == UP && v->load >= COARSE_PERCENT && c < v->rate_bps) {
		/* Few packets make the measure coarse. */
		c += COARSE_BITS * (int64_t)SEC /
		    (v->in->dir[UP].use.measured_us + MS);
		if (c > v->rate_bps)
			c = v->rate_bps;
	}
	/* Sent bytes, unless they are next to nothing, either pass or queue. */
	if (v->dir == UP)
		c = number_muldiv(c, NUMBER_PPM,
		    NUMBER_PPM + number_clamp(v->steep_ppm, 0, STEEPEST_PPM));
	return c;
}

/* When the capacity collapses, little arrives and all of it queues. */
static bool
is_loaded(const struct adaptive_view *v)
{
	const struct settings *s = v->s;

	return v->load == NONE || v->load * 10000 >= s->assess.busy_ppm ||
	    (v->load * 10000 >= s->assess.idle_ppm &&
		v->m3_us > s->dir[v->dir].limits.soft_red_us);
}

static int
other_of(int dir)
{
	return dir == UP ? DOWN : UP;
}

/* Of a full packet; 0 where the rate is unknown. */
static int64_t
sending_us(int64_t rate_bps)
{
	return rate_bps == 0 ? 0 : number_muldiv(PACKET_BITS, SEC, rate_bps);
}

/* Time of a full packet, which no rate avoids: on a slow line one that is
 * being sent is not a queue. Some of the other direction's is in the shares of
 * a round trip too. */
static int64_t
packet_us(const struct law_input *in, int dir)
{
	int64_t us = sending_us(in->dir[dir].rate_bps);
	int64_t other_us = sending_us(in->dir[other_of(dir)].rate_bps);

	return us + (in->one_way ? other_us / 2 : other_us);
}

/* The round trip; of a direction that is not managed its queue belongs to it,
 * as nothing ends that. */
static int64_t
lag_us(const struct settings *s, const struct law_input *in, int dir)
{
	int other = other_of(dir);
	int64_t queue_us = in->dir[other].delta_us;

	return s->dir[other].managed == 0 && in->one_way && queue_us > 0 ?
	    in->base_us + queue_us :
	    in->base_us;
}

/* Learned without load, or from the shape of the delay. A packet that is being
 * sent is waited for, or not. */
int64_t
adaptive_noise_us(const struct adaptive_direction *d,
    const struct law_input *in, int dir)
{
	int64_t packet = number_clamp(packet_us(in, dir), 0, PACKET_MAX_US);
	int64_t queues_us = ROUGH_US + number_part(packet, ROUGH_PACKET_PPM);
	int64_t rough_us = ROUGH_TIMES * (d->delays.rough_us - queues_us);

	return rough_us > d->noise_us ? rough_us : d->noise_us;
}

/* The bottleneck is where the queue is: with one in our shaper, which passes
 * all of its rate, a little delay elsewhere is but bursts. */
bool
adaptive_is_ours(const struct adaptive_view *v)
{
	return v->dir == DOWN && v->in->one_way && v->backlog_us != NONE &&
	    v->load != NONE && v->backlog_us >= v->s->adaptive.backlog_us &&
	    !v->starved;
}

struct adaptive_view
adaptive_view_of(struct adaptive_direction *d, const struct settings *s,
    const struct law_input *in, int dir)
{
	const struct adaptive_settings *a = &s->adaptive;
	struct adaptive_view v = { .in = in, .s = s, .dir = dir };
	int64_t before_us = d->step_us;

	delays_add(&d->delays, in->t_us, in->dir[dir].delta_us);
	d->step_us = in->t_us;
	v.dt_us = before_us == 0 ?
	    0 :
	    number_clamp(in->t_us - before_us, 0,
		in->pace_us > STEP_MAX_US ? in->pace_us : STEP_MAX_US);
	v.trigger_us = a->trigger_us +
	    number_part(adaptive_noise_us(d, in, dir), a->noise_ppm) +
	    number_clamp(packet_us(in, dir), 0, PACKET_MAX_US);
	v.m2_us = delays_least(&d->delays, 2);
	v.m3_us = delays_least(&d->delays, 3);
	v.slope_ppm = delays_slope(&d->delays, DELAYS_MAX);
	v.steep_ppm = v.m2_us > STEEP_TRIGGERS * v.trigger_us ?
	    delays_slope(&d->delays, 3) :
	    0;
	if (v.steep_ppm < v.slope_ppm)
		v.steep_ppm = v.slope_ppm;
	v.lag_us = lag_us(s, in, dir);
	v.rate_bps = in->dir[dir].rate_bps;
	v.load = in->dir[dir].use.percent;
	if (is_loaded(&v))
		d->active_us = in->t_us;
	v.active = d->active_us != 0 && in->t_us - d->active_us <= a->active_us;
	v.starved = v.load != NONE && v.load < STARVED_PERCENT;
	v.backlog_us = in->dir[dir].use.backlog == NONE || v.rate_bps == 0 ?
	    NONE :
	    number_muldiv(in->dir[dir].use.backlog, 8 * SEC, v.rate_bps);
	v.capacity_bps = capacity_of(&v);
	v.congested = v.active &&
	    ((v.m3_us > v.trigger_us && !adaptive_is_ours(&v)) ||
		v.m2_us > number_part(v.trigger_us, TWO_SAMPLES_PPM));
	return v;
}

/* The delay that stands although nobody sends. */
void
adaptive_learn_noise(struct law_adaptive *law,
    const struct adaptive_view v[DIRECTIONS])
{
	for (int i = 0; i < DIRECTIONS; i++) {
		struct adaptive_direction *d = &law->dir[i];
		bool alone = v[i].in->one_way || !v[other_of(i)].active;

		if (!v[i].active && alone && d->delays.count >= 3)
			d->noise_us += (number_clamp(v[i].m3_us, 0,
					    NOISE_MAX_US) -
					   d->noise_us) /
			    NOISE_SAMPLES;
	}
}

/* --- whose delay is it, of round trips alone ------------------------------ */

static bool
is_managed(const struct adaptive_view *v)
{
	return v->s->dir[v->dir].managed != 0;
}

/* The queue in our shaper, NONE if it is not known. */
static int64_t
queued_us(const struct adaptive_view *v)
{
	return is_managed(v) ? v->backlog_us : 0;
}

/* The directions that are suspected when a delay begins, as bits. A standing
 * queue in our own shaper shows that the bottleneck is here, so it is looked
 * for before any cut: a cut makes one. */
static int
suspects(const struct adaptive_view v[DIRECTIONS], int64_t *evidence)
{
	int64_t least_us = v[DOWN].s->adaptive.backlog_us;
	int64_t down_us = queued_us(&v[DOWN]), up_us = queued_us(&v[UP]);

	*evidence = ADAPTIVE_LOAD;
	if (!v[DOWN].active || !v[UP].active)
		return v[DOWN].active << DOWN | v[UP].active << UP;
	*evidence = ADAPTIVE_QUEUE;
	if (down_us != NONE && up_us != NONE) {
		if (down_us >= least_us &&
		    up_us < number_part(down_us, NO_QUEUE_PPM))
			return 1 << UP;
		if (up_us >= least_us &&
		    down_us < number_part(up_us, NO_QUEUE_PPM))
			return 1 << DOWN;
	}
	*evidence = ADAPTIVE_TRIAL;
	/* A cut of one that is not managed can be no trial. */
	if (!is_managed(&v[DOWN]) || !is_managed(&v[UP]))
		return is_managed(&v[DOWN]) << DOWN | is_managed(&v[UP]) << UP;
	return ADAPTIVE_BOTH;
}

/* One that was tried in vain, as the other cannot be, gets another trial. */
static bool
is_due_again(const struct law_adaptive *law,
    const struct adaptive_view v[DIRECTIONS])
{
	for (int i = 0; i < DIRECTIONS; i++)
		if (!is_managed(&v[i]) && law->suspects == 1 << i &&
		    v[i].in->t_us - law->dir[other_of(i)].onset_us >=
			TRIAL_AGAIN_US)
			return true;
	return false;
}

void
adaptive_blame(struct law_adaptive *law, struct adaptive_view v[DIRECTIONS],
    enum evidence evidence[DIRECTIONS])
{
	static const enum evidence told_by[] = {
		[ADAPTIVE_TRIAL] = EVIDENCE_RTT,
		[ADAPTIVE_LOAD] = EVIDENCE_LOAD,
		[ADAPTIVE_QUEUE] = EVIDENCE_QUEUE,
	};
	bool both = v[DOWN].active && v[UP].active;

	if (v[DOWN].m3_us <= number_part(v[DOWN].trigger_us, GONE_PPM) ||
	    is_due_again(law, v))
		law->suspects = law->tried = law->evidence = 0;
	else if (law->suspects == 0 && (v[DOWN].congested || v[UP].congested))
		law->suspects = suspects(v, &law->evidence);
	else if (law->suspects != 0 && both && is_managed(&v[DOWN]) &&
	    is_managed(&v[UP]) && v[DOWN].slope_ppm > LEVEL_PPM &&
	    v[DOWN].m3_us > v[DOWN].s->dir[DOWN].limits.red_us)
		law->suspects = ADAPTIVE_BOTH;
	for (int i = 0; i < DIRECTIONS; i++) {
		evidence[i] = told_by[law->evidence];
		v[i].alone = !both;
		v[i].trial = both && law->suspects != ADAPTIVE_BOTH;
		v[i].together = both && law->suspects == ADAPTIVE_BOTH;
		v[i].lone = v[i].trial && !is_managed(&v[other_of(i)]);
		if ((law->suspects & 1 << i) == 0)
			v[i].congested = false;
	}
}

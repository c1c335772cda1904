/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assess/law_adaptive.h"

#include <string.h>

#include "base/number.h"

#define MS 1000
#define SEC 1000000

/* A rate of more than this long ago says nothing about a queue of now. */
#define ARRIVAL_MAX_US (600 * MS)
/* No step counts for longer than this, so that a silence is no climb. */
#define STEP_MAX_US (500 * MS)
/* The slope of samples further apart is not that of one queue. */
#define SLOPE_MAX_US (900 * MS)
#define FLAT_PPM 40000    /* slopes up to this are level */
#define SUDDEN_PPM 150000 /* slopes from this on need more than a trial */
#define SLOPE_TOP_PPM 3000000
/* Until a new rate is in the shaper and has sent a packet. */
#define FELT_US (40 * MS)
#define FELT_SAMPLES 4
#define BOTH 3
/* So many times the queue that there is must have had time to drain. */
#define DRAINED 3
/* What is measured while a line collapses may be next to nothing. */
#define COLLAPSE 8
/* This part of the trigger, above the noise, brakes a climb; one that is braked
 * for longer is no climb. */
#define BRAKE_PPM 400000
#define BRAKE_US SEC
#define PACKET_BITS (1514 * 8)
/* A slower line than this is not told from a queue. */
#define PACKET_MAX_US (40 * MS)
/* Noise is a mean of so many samples, and never more than this. */
#define NOISE_SAMPLES 64
#define NOISE_MAX_US (20 * MS)
/* Queues that come and go are as rough as this. What is rougher is jitter,
 * which stands so many times as high for three samples now and then. */
#define ROUGH_US 2000
#define ROUGH_TIMES 2

const char *const adaptive_phase_names[ADAPTIVE_PHASES] = { "open", "drain",
	"hold" };

/* What is known of a direction at this sample. */
struct view {
	const struct adaptive_input *in;
	const struct settings *s;
	int dir;
	int64_t dt_us, m2_us, m3_us, slope_ppm;
	int64_t trigger_us;
	int64_t steep_ppm; /* slope of the last three when they are far up */
	int64_t rate_bps, load, capacity_bps;
	bool active, starved, congested;
	int64_t backlog_us; /* or NONE */
	bool trial;         /* suspected, but it may be the other one */
	bool together;      /* both are suspected */
	bool alone;         /* the other one is not under load */
};

/* --- what is seen -------------------------------------------------------- */

static int64_t
clamp(int64_t x, int64_t lo, int64_t hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

/* By how much the last sample but one is above both of its neighbours, or
 * below. */
static void
learn_roughness(struct adaptive_direction *d)
{
	const int64_t *t_us = d->t_us + d->count, *x = d->delta_us + d->count;
	int64_t before, after, peak;

	if (d->count < 3 || t_us[-1] - t_us[-3] > SLOPE_MAX_US)
		return;
	before = x[-2] - x[-3];
	after = x[-2] - x[-1];
	if (before < 0) {
		before = -before;
		after = -after;
	}
	peak = clamp(before < after ? before : after, 0, NOISE_MAX_US);
	d->rough_us += (peak - d->rough_us) / NOISE_SAMPLES;
}

static void
add_sample(struct adaptive_direction *d, int64_t t_us, int64_t delta_us)
{
	if (d->count == ADAPTIVE_SAMPLES) {
		d->count--;
		memmove(d->t_us, d->t_us + 1, d->count * sizeof d->t_us[0]);
		memmove(d->delta_us, d->delta_us + 1,
		    d->count * sizeof d->delta_us[0]);
	}
	d->t_us[d->count] = t_us;
	d->delta_us[d->count++] = delta_us;
	learn_roughness(d);
}

/* The least of the last n samples; with fewer there is no standing delay. */
static int64_t
least_of(const struct adaptive_direction *d, size_t n)
{
	int64_t least = 0;

	for (size_t i = 0; i < n && d->count >= n; i++) {
		int64_t x = d->delta_us[d->count - 1 - i];

		if (i == 0 || x < least)
			least = x;
	}
	return least;
}

/* Of the last `of` samples, seconds a second in parts per million. Times in
 * milliseconds keep the sums small. */
static int64_t
slope_of(const struct adaptive_direction *d, size_t of)
{
	int64_t n = 0, st = 0, sx = 0, stt = 0, stx = 0, now, var;

	if (d->count == 0)
		return 0;
	now = d->t_us[d->count - 1];
	for (size_t i = d->count > of ? d->count - of : 0; i < d->count; i++) {
		int64_t t = (d->t_us[i] - now) / MS, x = d->delta_us[i];

		if (now - d->t_us[i] > SLOPE_MAX_US)
			continue;
		n++;
		st += t;
		sx += x;
		stt += t * t;
		stx += t * x;
	}
	var = n * stt - st * st;
	/* Spread over less than some 60 ms a slope is but noise. */
	if (n < 3 || var < n * n * 400)
		return 0;
	return (n * stx - st * sx) * 1000 / var;
}

static int64_t
part(int64_t x, int64_t ppm)
{
	return number_muldiv(x, ppm, NUMBER_PPM);
}

/* Where the counters are too old to tell, a step down of the usual size. */
static int64_t
capacity_of(const struct view *v)
{
	int64_t c = v->in->dir[v->dir].arrival_bps;

	if (c == NONE || v->in->dir[v->dir].measured_us > ARRIVAL_MAX_US)
		return part(v->rate_bps, v->s->dir[v->dir].factor_ppm);
	if (v->dir == UP && v->load >= 85 && c < v->rate_bps) {
		/* Few packets make the measure coarse. */
		c += 3 * PACKET_BITS * (int64_t)SEC / 2 /
		    (v->in->dir[UP].measured_us + MS);
		if (c > v->rate_bps)
			c = v->rate_bps;
	}
	/* What is sent, unless that is next to nothing, either passes or
	 * queues. */
	if (v->dir == UP && v->load >= 40)
		c = number_muldiv(c, NUMBER_PPM,
		    NUMBER_PPM + clamp(v->steep_ppm, 0, SLOPE_TOP_PPM));
	return c;
}

/* When the capacity collapses, little arrives and all of it queues. */
static bool
is_loaded(const struct view *v)
{
	const struct settings *s = v->s;

	return v->load == NONE || v->load * 10000 >= s->assess.busy_ppm ||
	    (v->load * 10000 >= s->assess.idle_ppm &&
		v->m3_us > s->dir[v->dir].limits.soft_red_us);
}

/* Time of a full packet, which no rate avoids: on a slow line one that is
 * being sent is no queue. Some of the other direction's is in the shares of a
 * round trip too. */
static int64_t
packet_us(const struct adaptive_input *in, int dir)
{
	int64_t us = number_muldiv(PACKET_BITS, SEC, in->dir[dir].rate_bps);
	int64_t other_us = number_muldiv(PACKET_BITS, SEC,
	    in->dir[dir == UP ? DOWN : UP].rate_bps);

	return us + (in->one_way ? other_us / 2 : other_us);
}

/* Learned without load, or from the shape of the delay. A packet that is being
 * sent is waited for, or not. */
static int64_t
noise_of(const struct adaptive_direction *d, const struct adaptive_input *in,
    int dir)
{
	int64_t queues_us = ROUGH_US +
	    clamp(packet_us(in, dir), 0, PACKET_MAX_US) / 4;
	int64_t rough_us = ROUGH_TIMES * (d->rough_us - queues_us);

	return rough_us > d->noise_us ? rough_us : d->noise_us;
}

/* The bottleneck is where the queue is: with one in our shaper, which passes
 * all of its rate, a little delay elsewhere is but bursts. */
static bool
is_ours(const struct view *v)
{
	return v->dir == DOWN && v->in->one_way && v->backlog_us != NONE &&
	    v->load != NONE && v->backlog_us >= v->s->adaptive.backlog_us &&
	    !v->starved;
}

static struct view
view_of(struct adaptive_direction *d, const struct settings *s,
    const struct adaptive_input *in, int dir)
{
	const struct adaptive_settings *a = &s->adaptive;
	struct view v = { .in = in, .s = s, .dir = dir };
	int64_t before_us = d->step_us;

	add_sample(d, in->t_us, in->dir[dir].delta_us);
	d->step_us = in->t_us;
	v.dt_us = before_us == 0 ?
	    0 :
	    clamp(in->t_us - before_us, 0,
		in->pace_us > STEP_MAX_US ? in->pace_us : STEP_MAX_US);
	v.trigger_us = a->trigger_us +
	    part(noise_of(d, in, dir), a->noise_ppm) +
	    clamp(packet_us(in, dir), 0, PACKET_MAX_US);
	v.m2_us = least_of(d, 2);
	v.m3_us = least_of(d, 3);
	v.slope_ppm = slope_of(d, ADAPTIVE_SAMPLES);
	v.steep_ppm = v.m2_us > 2 * v.trigger_us ? slope_of(d, 3) : 0;
	if (v.steep_ppm < v.slope_ppm)
		v.steep_ppm = v.slope_ppm;
	v.rate_bps = in->dir[dir].rate_bps;
	v.load = in->dir[dir].load;
	if (is_loaded(&v))
		d->active_us = in->t_us;
	v.active = d->active_us != 0 && in->t_us - d->active_us <= a->active_us;
	v.starved = v.load != NONE && v.load < 90;
	v.backlog_us = in->dir[dir].backlog == NONE ?
	    NONE :
	    number_muldiv(in->dir[dir].backlog, 8 * SEC, v.rate_bps);
	v.capacity_bps = capacity_of(&v);
	v.congested = v.active &&
	    ((v.m3_us > v.trigger_us && !is_ours(&v)) ||
		v.m2_us * 2 > 3 * v.trigger_us);
	return v;
}

/* The delay that stands although nobody sends. */
static void
learn_noise(struct law_adaptive *law, const struct view v[DIRECTIONS])
{
	for (int i = 0; i < DIRECTIONS; i++) {
		struct adaptive_direction *d = &law->dir[i];
		bool alone = v[i].in->one_way || !v[i == UP ? DOWN : UP].active;

		if (!v[i].active && alone && d->count >= 3)
			d->noise_us += (clamp(v[i].m3_us, 0, NOISE_MAX_US) -
					   d->noise_us) /
			    NOISE_SAMPLES;
	}
}

/* --- whose delay is it, of round trips alone ------------------------------ */

static const char *const blame_words[] = { "rtt", "load", "queue" };
enum { BLAME_TRIAL, BLAME_LOAD, BLAME_QUEUE };

/* A delay that is great, or grows fast, leaves no time for a trial. */
static bool
is_sudden(const struct view *v)
{
	return v->slope_ppm >= SUDDEN_PPM ||
	    v->m3_us > v->s->dir[v->dir].limits.soft_red_us;
}

/* Who is suspected when a delay begins, as bits. A standing queue in our own
 * shaper shows that the bottleneck is here, so it is asked before any cut:
 * a cut makes one. */
static int
suspects(const struct view v[DIRECTIONS], int64_t *evidence)
{
	int64_t least_us = v[DOWN].s->adaptive.backlog_us;
	int64_t down_us = v[DOWN].backlog_us, up_us = v[UP].backlog_us;

	*evidence = BLAME_LOAD;
	if (!v[DOWN].active || !v[UP].active)
		return v[DOWN].active << DOWN | v[UP].active << UP;
	*evidence = BLAME_QUEUE;
	if (down_us != NONE && up_us != NONE) {
		if (down_us >= least_us && up_us < down_us / 2)
			return 1 << UP;
		if (up_us >= least_us && down_us < up_us / 2)
			return 1 << DOWN;
	}
	*evidence = BLAME_TRIAL;
	return is_sudden(&v[UP]) ? BOTH : 1 << UP;
}

static void
blame(struct law_adaptive *law, struct view v[DIRECTIONS],
    const char *evidence[DIRECTIONS])
{
	bool both = v[DOWN].active && v[UP].active;

	if (v[DOWN].m3_us <= v[DOWN].trigger_us / 2)
		law->suspects = law->tried = law->evidence = 0;
	else if (law->suspects == 0 && (v[DOWN].congested || v[UP].congested))
		law->suspects = suspects(v, &law->evidence);
	else if (law->suspects != 0 && both && v[DOWN].slope_ppm > FLAT_PPM &&
	    v[DOWN].m3_us > v[DOWN].s->dir[DOWN].limits.red_us)
		law->suspects = BOTH;
	for (int i = 0; i < DIRECTIONS; i++) {
		evidence[i] = blame_words[law->evidence];
		v[i].alone = !both;
		v[i].trial = both && law->suspects != BOTH;
		v[i].together = both && law->suspects == BOTH;
		if ((law->suspects & 1 << i) == 0)
			v[i].congested = false;
		/* Of two that are cut at once, one that still carries its
		 * rate may be innocent. */
		else if (v[i].together && !v[i].starved &&
		    v[i].capacity_bps < part(v[i].rate_bps, 850000))
			v[i].capacity_bps = part(v[i].rate_bps, 850000);
	}
}

/* --- rules --------------------------------------------------------------- */

static struct law_output
output_of(const struct view *v, int64_t rate_bps, const char *why)
{
	const struct direction_settings *ds = &v->s->dir[v->dir];

	return (struct law_output){ zone_of(&ds->limits, v->m3_us),
		clamp(rate_bps, ds->floor_bps[ZONE_RED], ds->ceiling_bps),
		why };
}

/* The queue there will be when a cut of now is felt. */
static int64_t
coming_us(const struct view *v)
{
	int64_t lag_us = v->in->base_us + 150 * MS;

	if (v->slope_ppm <= FLAT_PPM)
		return v->m2_us;
	return v->m2_us + part(lag_us, clamp(v->slope_ppm, 0, NUMBER_PPM));
}

/* Below the knee, deep enough to drain. */
static int64_t
target_bps(const struct adaptive_direction *d, const struct view *v)
{
	int64_t drain_us = v->s->adaptive.drain_us, depth;

	/* What is cut remains so until the next decision. */
	if (drain_us < v->in->pace_us / 2)
		drain_us = v->in->pace_us / 2;
	depth = clamp(number_muldiv(coming_us(v), NUMBER_PPM, drain_us), 50000,
	    700000);

	return part(d->knee_bps, NUMBER_PPM - depth);
}

static struct law_output
cut(struct adaptive_direction *d, const struct view *v, const char *why)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t q_us = coming_us(v), rate = target_bps(d, v);

	d->wait_us = v->in->t_us + a->wait_us + q_us + v->in->base_us +
	    (v->dir == DOWN ? a->wait_us / 2 : 0);
	d->felt_us = v->in->t_us + v->in->base_us + FELT_US;
	d->cut_delta_us = v->m2_us;
	d->phase = ADAPTIVE_DRAIN;
	return output_of(v, rate < v->rate_bps ? rate : v->rate_bps, why);
}

static bool
is_near(int64_t x, int64_t y, int64_t ppm)
{
	int64_t diff = x > y ? x - y : y - x;

	return diff <= part(y, ppm);
}

static void
watch_anew(struct adaptive_direction *d, const struct view *v)
{
	d->flat = 0;
	d->low_us = d->high_us = v->m2_us;
}

/* A queue grows or drains, unless its capacity follows each cut, and then it
 * wanders; a path does not. */
static bool
is_steady(const struct adaptive_direction *d, const struct view *v)
{
	int64_t most_us = v->m2_us / 5 > v->trigger_us / 4 ? v->m2_us / 5 :
							     v->trigger_us / 4;

	return d->high_us - d->low_us <= most_us;
}

/* A download that is cut for both, and carried its rate in full: what it is
 * cut to says nothing of its capacity. */
static bool
is_bystander(const struct view *v)
{
	return v->dir == DOWN && v->together && !v->starved;
}

/* A knee near the one before confirms it: it may be held for longer. */
static struct law_output
begin_episode(struct adaptive_direction *d, const struct view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t least = v->rate_bps / COLLAPSE;
	int64_t knee = clamp(v->capacity_bps, least, v->rate_bps);

	if (d->knee_bps != 0 && is_near(knee, d->knee_bps, 60000) &&
	    !is_bystander(v)) {
		d->hold_us = clamp(d->hold_us * 2, a->hold_us, a->hold_max_us);
		knee = (knee + d->knee_bps) / 2;
		if (knee > v->rate_bps)
			knee = v->rate_bps;
	} else
		d->hold_us = a->hold_us;
	d->knee_bps = knee;
	d->before_bps = v->rate_bps;
	d->onset_us = v->in->t_us;
	d->brake_us = 0;
	watch_anew(d, v);
	return cut(d, v, "capacity");
}

static struct law_output
end_episode(struct adaptive_direction *d, const struct view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t rate = part(d->knee_bps, a->restore_ppm);
	bool brief = v->in->t_us - d->onset_us <= a->brief_us &&
	    d->knee_bps < part(d->before_bps, 600000);

	d->phase = ADAPTIVE_HOLD;
	d->wait_us = v->in->t_us + (brief ? 0 : d->hold_us);
	d->grow_ppm = brief ? a->grow_ppm : 0;
	if (brief)
		d->knee_bps = 0;
	return output_of(v, rate, brief ? "brief" : "restore");
}

/* The trial of this suspect was in vain. */
static struct law_output
acquit(struct law_adaptive *law, struct adaptive_direction *d,
    const struct view *v)
{
	law->suspects = ++law->tried < DIRECTIONS ? BOTH & ~(1 << v->dir) :
						    BOTH;
	law->evidence = BLAME_TRIAL;
	d->phase = ADAPTIVE_HOLD;
	d->wait_us = v->in->t_us + v->s->adaptive.hold_us;
	d->knee_bps = 0;
	return output_of(v, part(d->before_bps, 980000), "acquit");
}

/* How wrong the capacity was, by the delay that is left. */
static int64_t
less_ppm(const struct view *v)
{
	switch (zone_of(&v->s->dir[v->dir].limits, v->m3_us)) {
	case ZONE_RED:
		return 700000;
	case ZONE_GREEN:
		return 930000;
	default:
		return 850000;
	}
}

/* What carries its rate in full while its queue changes by so much a second.
 * The download's shaper is behind the queue: there the delay follows later. */
static int64_t
capacity_by_slope(const struct adaptive_direction *d, const struct view *v)
{
	if (v->dir != UP || !v->in->one_way)
		return 0;
	return number_muldiv(v->rate_bps, NUMBER_PPM,
	    NUMBER_PPM +
		clamp(slope_of(d, FELT_SAMPLES), -300000, SLOPE_TOP_PPM));
}

/* A great queue should have begun to drain by now, and did not. */
static bool
is_in_vain(const struct adaptive_direction *d, const struct view *v)
{
	int64_t due_ppm;

	if (v->dir != UP || !v->in->one_way || d->count < FELT_SAMPLES ||
	    d->t_us[d->count - FELT_SAMPLES] < d->felt_us ||
	    v->m2_us < 3 * v->trigger_us || d->knee_bps <= v->rate_bps)
		return false;
	due_ppm = number_muldiv(d->knee_bps - v->rate_bps, NUMBER_PPM,
	    d->knee_bps);
	return due_ppm > 100000 && slope_of(d, FELT_SAMPLES) > -due_ppm / 3;
}

/* What the knee was measured by was no queue. */
static struct law_output
learn_path(struct adaptive_direction *d, const struct view *v, int64_t us,
    int64_t *longer_us)
{
	int64_t rate = v->rate_bps;

	if (d->phase == ADAPTIVE_DRAIN)
		rate = part(d->before_bps, v->s->adaptive.restore_ppm);
	*longer_us = us;
	d->count = 0;
	d->phase = ADAPTIVE_HOLD;
	d->wait_us = v->in->t_us + v->s->adaptive.hold_us;
	d->knee_bps = d->drained_us = 0;
	return output_of(v, rate, "path");
}

/* The time in which the cut must have shown is over, and it did not. */
static struct law_output
cut_deeper(struct law_adaptive *law, struct adaptive_direction *d,
    const struct view *v, int64_t *longer_us)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	bool level = v->slope_ppm <= FLAT_PPM && v->slope_ppm >= -FLAT_PPM &&
	    v->m2_us * 10 >= d->cut_delta_us * 7 && is_steady(d, v);
	int64_t c = v->in->dir[v->dir].arrival_bps;

	/* What carries all of its rate has no queue that grows elsewhere. */
	if (v->trial &&
	    (v->m3_us <= v->s->dir[v->dir].limits.soft_red_us ||
		(!v->starved && v->slope_ppm > FLAT_PPM)))
		return acquit(law, d, v);
	if (v->trial)
		law->suspects = BOTH;
	if (!level)
		watch_anew(d, v);
	if (level && v->m2_us < a->path_limit_us && !v->starved &&
	    ++d->flat >= 2)
		return learn_path(d, v, v->m2_us, longer_us);
	if (v->starved && c != NONE && c < d->knee_bps)
		d->knee_bps = clamp(c, d->knee_bps / 2, d->knee_bps);
	/* Half is enough for one that may be innocent. */
	else if (!v->together || d->knee_bps > d->before_bps / 2)
		d->knee_bps = clamp(capacity_by_slope(d, v),
		    part(d->knee_bps, less_ppm(v)), d->knee_bps);
	return cut(d, v, "deeper");
}

/* Of this direction alone, and there all the time in which it was measured
 * what passes: then that is what the line carries. */
static bool
is_measured(const struct adaptive_direction *d, const struct view *v)
{
	int64_t span_us = v->in->dir[v->dir].measured_us;

	return !v->trial && !v->together && d->count == ADAPTIVE_SAMPLES &&
	    v->in->dir[v->dir].arrival_bps != NONE &&
	    span_us <= ARRIVAL_MAX_US &&
	    v->in->t_us - d->t_us[0] >= span_us * 2 / 3 &&
	    least_of(d, ADAPTIVE_SAMPLES) > v->trigger_us / 2;
}

/* A queue that stays tells the capacity anew at each sample. True if that is
 * news enough for another cut. */
static bool
follow(struct adaptive_direction *d, const struct view *v)
{
	int64_t c = v->in->dir[v->dir].arrival_bps, slope_ppm = 0;

	/* A longer path is as steady as no queue is. */
	if (!is_measured(d, v) || (is_steady(d, v) && !v->starved))
		return false;
	if (v->dir == UP) {
		/* What is sent now is felt later. */
		if (d->t_us[d->count - FELT_SAMPLES] < d->felt_us)
			return false;
		slope_ppm = slope_of(d, FELT_SAMPLES);
		c = number_muldiv(c, NUMBER_PPM,
		    NUMBER_PPM + clamp(slope_ppm, -300000, SLOPE_TOP_PPM));
		c = (c + d->knee_bps) / 2;
	}
	d->knee_bps = clamp(c, d->before_bps / 4,
	    v->s->dir[v->dir].ceiling_bps);
	return v->in->t_us >= d->felt_us &&
	    target_bps(d, v) < part(v->rate_bps, 900000);
}

static struct law_output
drain(struct law_adaptive *law, struct adaptive_direction *d,
    const struct view *v, int64_t *longer_us)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t age_us = v->in->t_us - d->onset_us;

	if (v->m2_us < d->low_us)
		d->low_us = v->m2_us;
	if (v->m2_us > d->high_us)
		d->high_us = v->m2_us;
	if (v->m2_us < v->trigger_us / 2 ||
	    (v->m2_us < v->trigger_us && age_us > 600 * MS))
		return end_episode(d, v);
	if (age_us > 5 * SEC && v->m3_us < a->path_limit_us) {
		d->phase = ADAPTIVE_HOLD;
		d->wait_us = v->in->t_us + d->hold_us;
		return output_of(v, v->rate_bps, "limit");
	}
	if (follow(d, v))
		return cut(d, v, "deeper");
	if (v->in->t_us < d->wait_us && !is_in_vain(d, v))
		return output_of(v, v->rate_bps, "drain");
	if (!v->active)
		return end_episode(d, v);
	/* It may have grown for a while, until the cut was felt. */
	if (slope_of(d, FELT_SAMPLES) < -FLAT_PPM &&
	    (v->m2_us < d->cut_delta_us ||
		(v->trial && v->m2_us < part(d->high_us, 900000))))
		return output_of(v, v->rate_bps, "drain");
	return cut_deeper(law, d, v, longer_us);
}

static struct law_output
drift(struct adaptive_direction *d, const struct view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t base = v->s->dir[v->dir].base_bps, gap = base - v->rate_bps;
	int64_t step;

	if (v->in->t_us - d->slack_us < a->drift_after_us || gap == 0)
		return output_of(v, v->rate_bps, "unused");
	step = part(number_muldiv(gap < 0 ? -gap : gap, a->drift_ppm,
			NUMBER_PPM),
	    v->dt_us);
	return output_of(v, v->rate_bps + (gap < 0 ? -step : step), "drift");
}

/* What is too fast shows after a round trip and the time of three samples, T;
 * until then g * T * T / 2 seconds of queue build up. Where decisions are far
 * apart, more has to do, or nothing would ever grow. */
static int64_t
growth_within(const struct view *v, int64_t most_ppm, int64_t queue_us)
{
	int64_t lag_us = v->in->base_us + 150 * MS + v->in->pace_us;
	int64_t ppm = number_muldiv(2 * queue_us, SEC, lag_us);

	ppm = number_muldiv(ppm, NUMBER_PPM, lag_us);
	return ppm < most_ppm ? ppm : most_ppm;
}

/* Growth a second: slow near the knee, then twice as fast each `double`, and
 * the less the nearer the delay is to what brakes. */
static int64_t
climb_ppm(struct adaptive_direction *d, const struct view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t queue = v->m3_us - noise_of(d, v->in, v->dir),
		most = part(v->trigger_us, BRAKE_PPM);
	int64_t probe = growth_within(v, a->probe_ppm,
	    a->trigger_us / 2 + v->in->pace_us / 100);
	int64_t grow = growth_within(v, a->grow_ppm,
	    5 * a->trigger_us + v->in->pace_us / 30);

	if (d->grow_ppm < probe)
		d->grow_ppm = probe;
	if (queue < 0)
		queue = 0;
	if (queue >= most)
		return 0;
	if (d->knee_bps == 0 || v->rate_bps > part(d->knee_bps, 1020000))
		d->grow_ppm += number_muldiv(d->grow_ppm, v->dt_us,
		    a->double_us);
	else if (v->in->pace_us > 0 && v->rate_bps < part(d->knee_bps, 850000))
		/* So slowly, it would take minutes to be near. */
		d->grow_ppm = grow;
	else
		d->grow_ppm = probe;
	if (d->grow_ppm > grow)
		d->grow_ppm = grow;
	return number_muldiv(d->grow_ppm, most - queue, most);
}

static bool
is_blind(struct adaptive_direction *d, const struct view *v)
{
	if (v->backlog_us == NONE || v->backlog_us > 0 || v->load >= 95) {
		d->blind_us = 0;
		return false;
	}
	if (d->blind_us == 0)
		d->blind_us = v->in->t_us;
	return v->in->t_us - d->blind_us >= v->s->adaptive.blind_us;
}

static struct law_output
open_up(struct adaptive_direction *d, const struct view *v)
{
	const struct adaptive_settings *a = &v->s->adaptive;
	int64_t ceiling = v->s->dir[v->dir].ceiling_bps, ppm;
	int64_t braked_us = d->brake_us;

	d->brake_us = 0;
	if (v->load != NONE && v->load * 10000 < a->used_ppm) {
		d->blind_us = 0;
		if (v->load * 10000 >= v->s->assess.busy_ppm)
			d->slack_us = 0;
		else if (d->slack_us == 0)
			d->slack_us = v->in->t_us;
		return d->slack_us == 0 ? output_of(v, v->rate_bps, "unused") :
					  drift(d, v);
	}
	d->slack_us = 0;
	if (is_blind(d, v)) {
		int64_t cap = part(v->in->dir[v->dir].arrival_bps, 1100000);

		return output_of(v, cap < v->rate_bps ? cap : v->rate_bps,
		    "blind");
	}
	if (v->rate_bps >= ceiling)
		return output_of(v, ceiling, "ceiling");
	ppm = climb_ppm(d, v);
	if (ppm > 0)
		return output_of(v,
		    v->rate_bps +
			number_muldiv(part(v->rate_bps, ppm), v->dt_us, SEC),
		    d->grow_ppm > a->probe_ppm ? "grow" : "probe");
	d->brake_us = braked_us != 0 ? braked_us : v->in->t_us;
	/* A little delay that stays: a cut tells what it is. */
	return v->in->t_us - d->brake_us >= BRAKE_US && !is_ours(v) &&
		(v->in->one_way || v->alone) && v->m3_us * 2 >= v->trigger_us ?
	    begin_episode(d, v) :
	    output_of(v, v->rate_bps, "brake");
}

/* What a queue would have lost since there was last none, as the line passes
 * more than the rate and nothing is missing of that. */
static void
expect_drained(struct adaptive_direction *d, const struct view *v)
{
	int64_t more_bps = d->knee_bps - v->rate_bps;

	if (v->m3_us < v->trigger_us / 4 || v->starved || v->load == NONE ||
	    !v->active) {
		d->drained_us = d->least_us = d->most_us = 0;
		return;
	}
	if (d->most_us == 0 || v->m3_us < d->least_us)
		d->least_us = v->m3_us;
	if (v->m2_us > d->most_us)
		d->most_us = v->m2_us;
	if (v->in->t_us >= d->felt_us && more_bps > 0)
		d->drained_us += number_muldiv(v->dt_us, more_bps, d->knee_bps);
}

/* Emptied several times over, a queue would be gone; a path, even one that
 * wanders, is still there. Great ones have to be steady: see cut_deeper. */
static bool
is_path(const struct adaptive_direction *d, const struct view *v)
{
	return d->count == ADAPTIVE_SAMPLES && d->most_us > 0 &&
	    d->drained_us >= DRAINED * d->most_us &&
	    d->most_us < v->s->adaptive.path_limit_us / 2;
}

/* Of round trips alone, all that are under load must have had their time. */
static void
find_paths(struct law_adaptive *law, const struct view v[DIRECTIONS],
    bool path[DIRECTIONS])
{
	bool all = true;

	for (int i = 0; i < DIRECTIONS; i++) {
		expect_drained(&law->dir[i], &v[i]);
		path[i] = is_path(&law->dir[i], &v[i]);
		all = all && (path[i] || !v[i].active);
	}
	for (int i = 0; i < DIRECTIONS && !v[DOWN].in->one_way; i++)
		path[i] = path[i] && all;
}

static struct law_output
decide(struct law_adaptive *law, const struct view *v, bool path,
    int64_t *longer_us)
{
	struct adaptive_direction *d = &law->dir[v->dir];

	if (d->count < 3)
		return (
		    struct law_output){ ZONE_UNKNOWN, v->rate_bps, "settle" };
	if (path)
		return learn_path(d, v, d->least_us, longer_us);
	if (d->phase == ADAPTIVE_DRAIN)
		return drain(law, d, v, longer_us);
	if (v->congested)
		return begin_episode(d, v);
	if (d->phase == ADAPTIVE_HOLD && v->in->t_us < d->wait_us)
		return output_of(v, v->rate_bps, "hold");
	d->phase = ADAPTIVE_OPEN;
	return open_up(d, v);
}

void
law_adaptive_note(struct law_adaptive *law, const struct adaptive_input *in)
{
	for (int i = 0; i < DIRECTIONS; i++)
		add_sample(&law->dir[i], in->t_us, in->dir[i].delta_us);
}

void
law_adaptive_step(struct law_adaptive *law, const struct settings *s,
    const struct adaptive_input *in, struct adaptive_output *out)
{
	struct view v[DIRECTIONS];
	bool path[DIRECTIONS];

	for (int i = 0; i < DIRECTIONS; i++) {
		v[i] = view_of(&law->dir[i], s, in, i);
		out->evidence[i] = "owd";
		out->delta_us[i] = v[i].m3_us;
	}
	out->longer_us[UP] = out->longer_us[DOWN] = 0;
	learn_noise(law, v);
	if (!in->one_way)
		blame(law, v, out->evidence);
	find_paths(law, v, path);
	for (int i = 0; i < DIRECTIONS; i++)
		out->out[i] = decide(law, &v[i], path[i], &out->longer_us[i]);
}

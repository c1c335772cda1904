/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The constants of the adaptive law that are not keys of [adaptive], each with
 * the reason why it is there. Names end in the unit: _US is microseconds, _PPM
 * parts per million of what the comment names, _PERCENT a load; others count.
 * law_constants_test has a figure for each of them, and for the keys; it fails
 * when one is half or twice of that. "tests/bench/law NAME=VALUE" shows what
 * another value does on many lines.
 *
 * No include guard: each of these becomes what the includer has defined
 * ADAPTIVE_CONSTANT(name, value) to be. Tests make variables of them.
 */

/* --- samples --- */

/* Three samples of a stream, 50 ms apart: until a queue is believed. */
ADAPTIVE_CONSTANT(BELIEVED_US, 150000)
/* Until a new rate is in the shaper and has sent a packet. */
ADAPTIVE_CONSTANT(FELT_US, 40000)
/* The samples whose slope tells what a cut does. */
ADAPTIVE_CONSTANT(FELT_SAMPLES, 4)
/* A step counts for no longer than this, so that a silence is not a climb. */
ADAPTIVE_CONSTANT(STEP_MAX_US, 500000)
/* A rate of more than this long ago says nothing about a queue of now. */
ADAPTIVE_CONSTANT(ARRIVAL_US, 600000)
/* A wait ends a while after it began; one that is further ahead is of a clock
 * that was set back. */
ADAPTIVE_CONSTANT(WAIT_MOST_US, 900000000)

/* --- what congestion is --- */

/* The least of two samples counts from this part of the trigger on. */
ADAPTIVE_CONSTANT(TWO_SAMPLES_PPM, 1500000)
/* The trigger is longer by the time of a full packet, which no rate avoids, up
 * to this: of a slower line it cannot be told from a queue. */
ADAPTIVE_CONSTANT(PACKET_MAX_US, 40000)
/* Noise is a mean of this many samples, and never more than this. */
ADAPTIVE_CONSTANT(NOISE_SAMPLES, 64)
ADAPTIVE_CONSTANT(NOISE_MAX_US, 20000)
/* Queues that come and go are as rough as this, and this part of a packet's
 * time. What is rougher is jitter, which stands this many times as high for
 * three samples now and then. */
ADAPTIVE_CONSTANT(ROUGH_US, 2000)
ADAPTIVE_CONSTANT(ROUGH_PACKET_PPM, 250000)
ADAPTIVE_CONSTANT(ROUGH_TIMES, 2)
/* What carries less of its rate has its queue elsewhere, or no load. */
ADAPTIVE_CONSTANT(STARVED_PERCENT, 90)
/* A slope up to this, either way, is level; a steeper one than the other
 * counts as that. */
ADAPTIVE_CONSTANT(LEVEL_PPM, 40000)
ADAPTIVE_CONSTANT(STEEPEST_PPM, 3000000)
/* The slope of three samples tells of a queue of more triggers than this. */
ADAPTIVE_CONSTANT(STEEP_TRIGGERS, 2)

/* --- the capacity --- */

/* Few packets make the measure of an upload with more load than this coarse,
 * by this many bits: one and a half of 1514 bytes. */
ADAPTIVE_CONSTANT(COARSE_PERCENT, 85)
ADAPTIVE_CONSTANT(COARSE_BITS, 18168)
/* No slope of a queue that drains tells more capacity than this. */
ADAPTIVE_CONSTANT(DRAINING_PPM, 300000)
/* A knee within this part of the one before confirms it. */
ADAPTIVE_CONSTANT(CONFIRMED_PPM, 60000)
/* A queue that is gone within `brief` was an outage, if the knee was below this
 * part of the rate before. */
ADAPTIVE_CONSTANT(OUTAGE_PPM, 600000)

/* --- cuts --- */

/* How far below the knee a queue is drained at most. */
ADAPTIVE_CONSTANT(DEEPEST_PPM, 700000)
/* A queue is gone when it is below this part of the trigger. */
ADAPTIVE_CONSTANT(GONE_PPM, 500000)
/* The part of the knee that is left when a cut did not end the delay, by the
 * zone of that. */
ADAPTIVE_CONSTANT(LESS_GREEN_PPM, 930000)
ADAPTIVE_CONSTANT(LESS_YELLOW_PPM, 850000)
ADAPTIVE_CONSTANT(LESS_RED_PPM, 700000)
/* A queue was there in this part of the time in which it was counted what
 * passes: then that is the capacity. */
ADAPTIVE_CONSTANT(MEASURED_PPM, 666667)

/* A delay that no cut ends for as long, and that is no path, is left alone. */
ADAPTIVE_CONSTANT(ENDLESS_US, 5000000)

/* --- longer paths --- */

/* A delay that this many cuts in a row do not change is a path: it has wandered
 * by no more than this part of itself. */
ADAPTIVE_CONSTANT(FLAT_CUTS, 2)
ADAPTIVE_CONSTANT(WANDERS_PPM, 200000)
/* Or it is one that would have drained this many times, unless it is above this
 * part of path_limit: the capacity of a great queue may fall with the rate. */
ADAPTIVE_CONSTANT(DRAINED, 3)
ADAPTIVE_CONSTANT(GREAT_PPM, 500000)
/* What is below this part of the trigger is neither queue nor path. */
ADAPTIVE_CONSTANT(NOTHING_PPM, 250000)

/* --- the climb --- */

/* The queue that growth may make until it is seen: near the knee this part of
 * the trigger, beyond it that many triggers; and of passes these parts of the
 * time between two, as they would never climb otherwise. */
ADAPTIVE_CONSTANT(NEAR_TRIGGER_PPM, 500000)
ADAPTIVE_CONSTANT(BEYOND_TRIGGERS, 5)
ADAPTIVE_CONSTANT(NEAR_PACE_PPM, 10000)
ADAPTIVE_CONSTANT(BEYOND_PACE_PPM, 20000)
/* Beyond the knee begins at this part of it. */
ADAPTIVE_CONSTANT(BEYOND_PPM, 1020000)
/* Below this part of it passes climb in great steps. */
ADAPTIVE_CONSTANT(FAR_PPM, 850000)
/* A delay of this part of the trigger, above the noise, brakes a climb. One
 * that is braked for longer than this is not a climb; where the delay may be
 * the other direction's, it is given more time to go by itself. */
ADAPTIVE_CONSTANT(BRAKE_PPM, 400000)
ADAPTIVE_CONSTANT(BRAKE_US, 1000000)
ADAPTIVE_CONSTANT(BRAKE_MOST_US, 3000000)
/* What carries more of its rate than this is not blind; what is blind is bound
 * to this part of what arrives. */
ADAPTIVE_CONSTANT(SIGHTED_PERCENT, 95)
ADAPTIVE_CONSTANT(BLIND_PPM, 1100000)

/* --- of round trips alone --- */

/* The shaper with less than this part of the other one's queue has none. */
ADAPTIVE_CONSTANT(NO_QUEUE_PPM, 500000)
/* The part of the rate before that an acquitted direction gets back. */
ADAPTIVE_CONSTANT(ACQUITTED_PPM, 980000)
/* A queue of a second has begun to drain by then, and its delay to fall. */
ADAPTIVE_CONSTANT(LONE_TRIAL_US, 3000000)
/* A cut of a second or two each minute is what a trial may cost. */
ADAPTIVE_CONSTANT(TRIAL_AGAIN_US, 60000000)

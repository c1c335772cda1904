/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of two lines leave, for the tests of those who show it. */
#ifndef STATE_H
#define STATE_H

#define STATE_NOW "1769000010000000"

/* A line that is well, with a router and steering. */
#define STATE_WELL                                                           \
	"line wan=Cable t=" STATE_NOW " interval_us=2000000 backend=flash "  \
	"steers=1 delta_us=15000 red=2 green=15 down_ceiling_bps=100000000 " \
	"down_floor_bps=10000000 up_ceiling_bps=5000000 "                    \
	"up_floor_bps=1000000\n"                                             \
	"queue t=1769000009900000 wan=Cable dir=down bytes=1000 packets=10 " \
	"drops=3 marks=4 backlog=1500 line_bytes=1100\n"                     \
	"queue t=1769000009900000 wan=Cable dir=up bytes=200 packets=20\n"   \
	"state v=1 program=wanctl-assess wan=Cable\n"                        \
	"baseline host=192.0.2.1 us=18100\n"                                 \
	"baseline host=192.0.2.1 method=stamp us=17900\n"                    \
	"baseline host=2001:db8::1 us=9000\n"                                \
	"live\n"                                                             \
	"watch host=192.0.2.1 t=1769000009000000 least_us=1 watched_us=1 "   \
	"idle_us=0 busy=0\n"                                                 \
	"watch host=2001:db8::1 t=1768990000000000 least_us=1 "              \
	"watched_us=1 idle_us=0 busy=0\n"                                    \
	"rate t=1769000009500000 wan=Cable dir=down bps=45200000 "           \
	"state=yellow delta_us=1234 base_us=18100 load=34 why=grow\n"        \
	"rate t=1769000009600000 wan=Cable dir=up bps=4000000 state=green "  \
	"delta_us=-200 base_us=18100 load=101 why=hold\n"                    \
	"probes host=192.0.2.1 answered=90 lost=10 late=2\n"                 \
	"probes host=192.0.2.1 method=stamp answered=9 lost=1 late=0\n"      \
	"since t=1769000000000000 answered=99 lost=11 late=2\n"              \
	"spent dir=down unknown_us=100000 green_us=2500000 yellow_us=1 "     \
	"soft_red_us=0 red_us=0 blackout_us=0 t=1769000009500000 "           \
	"state=yellow\n"                                                     \
	"delays dir=down ms_1=1 ms_2=2 ms_5=3 ms_10=4 ms_15=5 ms_25=6 "      \
	"ms_50=7 ms_80=8 ms_120=9 ms_200=10 ms_500=11 ms_1000=12 more=13 "   \
	"sum_us=20500000\n"                                                  \
	"decided dir=down why=grow count=90\n"                               \
	"decided dir=down why=hold count=1\n"                                \
	"decided dir=up why=hold count=5\n"                                  \
	"end lines=1 crc=1\n"                                                \
	"state v=1 program=wanctl-setrate wan=Cable\n"                       \
	"shaper dir=down bps=45200000 writes=12 failures=3 held=2\n"         \
	"shaper dir=up bps=4000000 writes=8 failures=0\n"                    \
	"router pauses=6 sectors=4321\n"                                     \
	"live\n"                                                             \
	"applied t=1769000009510000 wan=Cable dir=down bps=45000000 "        \
	"want=45200000 took_us=310 ok=1 wrote=1\n"                           \
	"applied t=1769000009610000 wan=Cable dir=up bps=4000000 "           \
	"want=4000000 took_us=290 ok=1 wrote=0\n"                            \
	"state v=1 program=wanctl-steer wan=Cable\n"                         \
	"steering state=degraded to=dsl changed=1769000004500000 "           \
	"changes=7\n"                                                        \
	"brake until=1769000011000000\n"                                     \
	"clock back=0 bad=0 decisions=77 away=4\n"                           \
	"votes red=2 green=0 red_t=1 green_t=1 calm_t=1\n"                   \
	"steer t=1769000009700000 wan=Cable to=dsl on=1 dry_run=0 "          \
	"confidence=77 state=red delta_us=9000 alternate=good "              \
	"to_rtt_us=30000 why=score\n"                                        \
	"diverted t=1769000009700000 wan=Cable to=dsl want=1 on=1 ok=1\n"

/* One that is configured and never ran. */
#define STATE_NEW                                                        \
	"line wan=dsl t=" STATE_NOW " interval_us=2000000 backend=here " \
	"steers=0\n"

#endif
